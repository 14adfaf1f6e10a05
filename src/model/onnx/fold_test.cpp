// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/fold.h"

#include <gtest/gtest.h>

#include "model/onnx/test_models.h"

namespace opentrt::model {
namespace {

using nvinfer1::DataType;
using nvinfer1::Dims;
using Optional = std::optional<int64_t>;

ElementsPtr ints(const std::vector<Optional>& values, std::vector<int64_t> dims = {-1}) {
    auto e = std::make_shared<Elements>();
    e->dims = dims == std::vector<int64_t>{-1} ? std::vector<int64_t>{static_cast<int64_t>(values.size())} : dims;
    for (const Optional& v : values) e->values.push_back(v ? Element{true, *v, 0} : Element{});
    return e;
}

ElementsPtr reals(const std::vector<double>& values) {
    auto e = std::make_shared<Elements>();
    e->type = DataType::kFLOAT;
    e->dims = {static_cast<int64_t>(values.size())};
    for (const double v : values) e->values.push_back({true, 0, v});
    return e;
}

struct Case {
    onnx::NodeProto proto;
    std::vector<FoldInput> inputs;
    explicit Case(const std::string& op) : proto(onnx::node(op, {}, {"y"})) {}
    Case& in(ElementsPtr e) {
        const DataType type = e ? e->type : DataType::kINT64;
        inputs.push_back({std::move(e), nullptr, type});
        proto.input.push_back("i" + std::to_string(inputs.size()));
        return *this;
    }
    template <class T>
    Case& set(const std::string& name, T value) {
        proto.attribute.push_back(onnx::attribute(name, value));
        return *this;
    }
    ElementsPtr run(int opset = 13) {
        const Node node(proto, 0, opset);
        const auto result = fold(node, inputs);
        return result.empty() ? nullptr : result[0];
    }
    std::vector<Optional> values(int opset = 13) {
        const ElementsPtr result = run(opset);
        std::vector<Optional> list;
        for (size_t i = 0; result && i < result->size(); ++i) {
            list.push_back(result->values[i].known ? Optional(result->values[i].integer) : Optional());
        }
        return list;
    }
};

using List = std::vector<Optional>;
constexpr std::nullopt_t kUnknown = std::nullopt;

}  // namespace

TEST(Fold, TracksKnownDimensionsOfADynamicShape) {
    Case c("Shape");
    const Dims dims{3, {-1, 3, 224}};
    c.inputs.push_back({nullptr, &dims, DataType::kFLOAT});
    c.proto.input = {"x"};
    EXPECT_EQ(c.values(), (List{kUnknown, 3, 224}));
    EXPECT_EQ(c.set("start", int64_t{-2}).values(15), (List{3, 224}));
    EXPECT_EQ(c.set("end", int64_t{2}).values(15), (List{3}));
}

TEST(Fold, BroadcastsArithmetic) {
    EXPECT_EQ(Case("Add").in(ints({1, kUnknown, 3})).in(ints({10}, {})).values(), (List{11, kUnknown, 13}));
    EXPECT_EQ(Case("Div").in(ints({7, -7})).in(ints({2})).values(), (List{3, -3}));
    EXPECT_EQ(Case("Mod").in(ints({-7, 7})).in(ints({3, -3})).values(), (List{2, -2}));
    EXPECT_EQ(Case("Mod").in(ints({-7})).in(ints({3})).set("fmod", int64_t{1}).values(), (List{-1}));
    EXPECT_EQ(Case("Mul").in(ints({kUnknown, 5})).in(ints({0, 2})).values(), (List{0, 10}));
    EXPECT_EQ(Case("Max").in(ints({1, 9})).in(ints({5})).in(ints({7})).values(), (List{7, 9}));
    EXPECT_EQ(Case("Pow").in(ints({3})).in(ints({4})).values(), (List{81}));
}

TEST(Fold, KnowsNothingOfUndefinedArithmetic) {
    EXPECT_EQ(Case("Div").in(ints({7})).in(ints({0})).run(), nullptr);
    EXPECT_EQ(Case("Div").in(ints({INT64_MIN})).in(ints({-1})).run(), nullptr);
    EXPECT_EQ(Case("Add").in(ints({1, 2})).in(ints({1, 2, 3})).run(), nullptr);
    EXPECT_EQ(Case("Add").in(ints({1})).in(nullptr).run(), nullptr);
}

TEST(Fold, ComparesAndSelects) {
    EXPECT_EQ(Case("Equal").in(ints({1, kUnknown})).in(ints({1})).values(), (List{1, kUnknown}));
    EXPECT_EQ(Case("Equal").in(ints({1})).in(ints({1})).run()->type, DataType::kBOOL);
    EXPECT_EQ(Case("Where").in(ints({1, 0, kUnknown})).in(ints({5})).in(ints({6})).values(), (List{5, 6, kUnknown}));
}

TEST(Fold, CastsAsTheTypesSay) {
    EXPECT_EQ(Case("Cast").in(reals({2.9, -2.9})).set("to", int64_t{onnx::INT64}).values(), (List{2, -2}));
    EXPECT_EQ(Case("Cast").in(ints({0, 7})).set("to", int64_t{onnx::BOOL}).values(), (List{0, 1}));
    EXPECT_EQ(Case("Cast").in(ints({int64_t{1} << 32})).set("to", int64_t{onnx::INT32}).values(), (List{0}));
    EXPECT_EQ(Case("Cast").in(reals({1e30})).set("to", int64_t{onnx::INT64}).run(), nullptr);
    EXPECT_EQ(Case("Floor").in(reals({-0.5})).run()->values[0].real, -1.0);
}

TEST(Fold, GathersFromShapes) {
    const ElementsPtr shape = ints({kUnknown, 3, 4});
    EXPECT_EQ(Case("Gather").in(shape).in(ints({-1}, {})).values(), (List{4}));
    EXPECT_EQ(Case("Gather").in(shape).in(ints({0, 1})).values(), (List{kUnknown, 3}));
    EXPECT_EQ(Case("Gather").in(shape).in(ints({3})).run(), nullptr);
}

TEST(Fold, ConcatenatesTrackedAndUntracked) {
    Case c("Concat");
    c.set("axis", int64_t{0}).in(ints({2}));
    const Dims two{1, {2}};
    c.inputs.push_back({nullptr, &two, DataType::kINT64});
    c.proto.input.push_back("t");
    EXPECT_EQ(c.values(), (List{2, kUnknown, kUnknown}));
}

TEST(Fold, SlicesWithClampingAndSteps) {
    const ElementsPtr x = ints({0, 1, 2, 3, 4});
    const auto slice = [&](int64_t start, int64_t end, int64_t step) {
        return Case("Slice").in(x).in(ints({start})).in(ints({end})).in(ints({0})).in(ints({step})).values();
    };
    EXPECT_EQ(slice(1, INT64_MAX, 1), (List{1, 2, 3, 4}));
    EXPECT_EQ(slice(-2, 100, 1), (List{3, 4}));
    EXPECT_EQ(slice(0, -1, 2), (List{0, 2}));
    EXPECT_EQ(slice(-1, INT64_MIN, -2), (List{4, 2, 0}));
    EXPECT_EQ(slice(3, 1, 1), List{});
    EXPECT_EQ(Case("Slice").in(x).set("starts", std::vector<int64_t>{2}).set("ends", std::vector<int64_t>{4}).values(9),
              (List{2, 3}));
}

TEST(Fold, ChangesShapes) {
    EXPECT_EQ(Case("Unsqueeze").in(ints({5}, {})).in(ints({0})).run()->dims, (std::vector<int64_t>{1}));
    EXPECT_EQ(Case("Squeeze").in(ints({5}, {1, 1})).in(ints({0})).run()->dims, (std::vector<int64_t>{1}));
    EXPECT_EQ(Case("Squeeze").in(ints({5}, {1, 1})).run()->dims, (std::vector<int64_t>{}));
    EXPECT_EQ(Case("Reshape").in(ints({1, 2, 3, 4})).in(ints({2, -1})).run()->dims, (std::vector<int64_t>{2, 2}));
    EXPECT_EQ(Case("Reshape").in(ints({1, 2, 3})).in(ints({2, -1})).run(), nullptr);
    EXPECT_EQ(Case("Unsqueeze").in(ints({5}, {})).in(ints({3})).run(), nullptr);
}

TEST(Fold, MakesSequencesAndConstants) {
    EXPECT_EQ(Case("Range").in(ints({1}, {})).in(ints({8}, {})).in(ints({3}, {})).values(), (List{1, 4, 7}));
    EXPECT_EQ(Case("Range").in(ints({3}, {})).in(ints({0}, {})).in(ints({-1}, {})).values(), (List{3, 2, 1}));
    EXPECT_EQ(Case("Range").in(ints({0}, {})).in(ints({5}, {})).in(ints({0}, {})).run(), nullptr);
    EXPECT_EQ(Case("ReduceProd").in(ints({2, 3, 4})).set("keepdims", int64_t{0}).values(), (List{24}));
    Case c("ConstantOfShape");
    c.proto.attribute.push_back(onnx::attribute("value", onnx::integers("", {1}, {7})));
    EXPECT_EQ(c.in(ints({2})).values(), (List{7, 7}));
    EXPECT_EQ(Case("ConstantOfShape").in(ints({1 << 20})).run(), nullptr);
    EXPECT_EQ(Case("ConstantOfShape").in(ints({-1})).run(), nullptr);
}

}  // namespace opentrt::model
