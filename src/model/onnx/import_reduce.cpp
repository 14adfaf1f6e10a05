// SPDX-License-Identifier: Apache-2.0
// Reductions, searches along an axis, and the softmax family.
#include "model/onnx/build.h"
#include "model/onnx/computed_axes.h"
#include "model/onnx/lookup.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::ReduceOperation;
using nvinfer1::TopKOperation;
using nvinfer1::UnaryOperation;

//! A reduction is the operation on f(x), and something done to the result.
enum class Before { Nothing, Abs, Square, Exp };
enum class After { Nothing, Sqrt, Log };
struct ReduceRow {
    Before before;
    ReduceOperation operation;
    After after;
};

constexpr NamedRow<ReduceRow> kReductions[] = {
    {"ReduceSum", {Before::Nothing, ReduceOperation::kSUM, After::Nothing}},
    {"ReduceMean", {Before::Nothing, ReduceOperation::kAVG, After::Nothing}},
    {"ReduceMax", {Before::Nothing, ReduceOperation::kMAX, After::Nothing}},
    {"ReduceMin", {Before::Nothing, ReduceOperation::kMIN, After::Nothing}},
    {"ReduceProd", {Before::Nothing, ReduceOperation::kPROD, After::Nothing}},
    {"ReduceL1", {Before::Abs, ReduceOperation::kSUM, After::Nothing}},
    {"ReduceL2", {Before::Square, ReduceOperation::kSUM, After::Sqrt}},
    {"ReduceSumSquare", {Before::Square, ReduceOperation::kSUM, After::Nothing}},
    {"ReduceLogSum", {Before::Nothing, ReduceOperation::kSUM, After::Log}},
    {"ReduceLogSumExp", {Before::Exp, ReduceOperation::kSUM, After::Log}},
};

//! What a reduction goes over.
struct ReducedAxes {
    std::vector<int> known;
    Sizes marks;    //!< per dimension, when the network computes the axes; see computed_axes.h
    int count = 0;  //!< of computed axes
};

//! None given means all, unless the node says that it then does nothing.
ReducedAxes reducedAxes(Context& c, int rank) {
    const bool given = c.has(1) && !c.node.has("axes") && c.dims(1).nbDims == 1 && c.dims(1).d[0] != 0;
    if (given && !c.integers(1)) {
        const AxisHits hits = axisHits(c, 1, rank);
        return {{}, spreadOver(c, hits, rank), static_cast<int>(hits.size())};
    }
    std::vector<int64_t> axes;
    if (c.node.has("axes")) axes = c.node.integers("axes");
    if (given) axes = *c.integers(1);
    if (!axes.empty()) return {checkedAxes(axes, rank), {}};
    return {c.node.flag("noop_with_empty_axes") ? std::vector<int>{} : allAxes(rank), {}};
}

//! The axes stay as ones.
ITensor& reducedOver(Context& c, ITensor& x, ReduceOperation operation, const ReducedAxes& axes) {
    if (!axes.marks.empty()) return reducedOverMarked(c, x, operation, axes.marks);
    return axes.known.empty() ? x : reduce(c, x, operation, axes.known, true);
}

ITensor& withoutAxes(Context& c, ITensor& x, const ReducedAxes& axes) {
    if (axes.marks.empty()) return squeezed(c, x, axes.known);
    return reshapedTo(c, x, withoutMarked(c, sizesOf(c, x), axes.marks, axes.count));
}

//! log(sum(exp(x))) with the maximum taken out, so that nothing overflows.
ITensor& logSumExp(Context& c, ITensor& x, const ReducedAxes& axes) {
    ITensor& most = reducedOver(c, x, ReduceOperation::kMAX, axes);
    ITensor& parts = unary(c, binary(c, x, most, ElementWiseOperation::kSUB), UnaryOperation::kEXP);
    ITensor& sum = reducedOver(c, parts, ReduceOperation::kSUM, axes);
    return binary(c, unary(c, sum, UnaryOperation::kLOG), most, ElementWiseOperation::kSUM);
}

ITensor& before(Context& c, ITensor& x, Before what) {
    if (what == Before::Abs) return unary(c, x, UnaryOperation::kABS);
    return what == Before::Square ? binary(c, x, x, ElementWiseOperation::kPROD) : x;
}

ITensor& after(Context& c, ITensor& x, After what) {
    if (what == After::Nothing) return x;
    return unary(c, x, what == After::Sqrt ? UnaryOperation::kSQRT : UnaryOperation::kLOG);
}

ITensor& flipped(Context& c, ITensor& x, int axis) {
    const Size size = sizeOf(c, x, axis);
    return sliced(c, x, {{axis}, {minus(c, size, 1)}, {size}, {-1}});
}

//! Index of the largest or smallest element along an axis, kept as a dimension of 1; the first or the last one if
//! several are equal.
ITensor& bestIndex(Context& c, ITensor& x, int axis, TopKOperation operation, bool last) {
    ITensor& data = last ? flipped(c, x, axis) : x;
    auto& layer = c.add(c.network.addTopK(data, operation, 1, 1U << static_cast<uint32_t>(axis), DataType::kINT64));
    ITensor& index = *layer.getOutput(1);
    if (!last) return index;
    const Size end = minus(c, sizeOf(c, x, axis), 1);
    return binary(c, asTensor(c, end), index, ElementWiseOperation::kSUB);
}

//! Up to opset 12 the input counts as a matrix: one row per place before the axis, normalised as a whole.
template <class Function>
void overAxis(Context& c, const Function& apply) {
    ITensor& x = c.tensor(0);
    const nvinfer1::Dims dims = dimsOf(x);
    if (dims.nbDims == 0) {
        ITensor& list = unsqueezed(c, x, {0});
        return c.output(0, asScalar(c, apply(list, 0)));
    }
    const bool old = c.node.opset() < 13;
    const int axis = checkedAxis(c.node.integer("axis", old ? 1 : -1), dims.nbDims);
    const bool onlyOnes = std::all_of(dims.d + axis + 1, dims.d + dims.nbDims, [](int64_t d) { return d == 1; });
    if (!old || onlyOnes) return c.output(0, apply(x, axis));
    const Sizes sizes = sizesOf(c, x);
    const Sizes rows(sizes.begin(), sizes.begin() + axis);
    const Sizes columns(sizes.begin() + axis, sizes.end());
    ITensor& matrix = reshapedTo(c, x, {product(c, rows), product(c, columns)});
    c.output(0, reshapedTo(c, apply(matrix, 1), sizes));
}

ITensor& softmax(Context& c, ITensor& x, int axis) {
    auto& layer = c.add(c.network.addSoftMax(x));
    layer.setAxes(1U << static_cast<uint32_t>(axis));
    return *layer.getOutput(0);
}

}  // namespace

void importReduce(Context& c) {
    ITensor& given = c.tensor(0);
    const ReduceRow row = *findRow(kReductions, c.node.op());
    const bool keep = c.node.flag("keepdims", true);
    const ReducedAxes axes = reducedAxes(c, dimsOf(given).nbDims);
    const bool boolean = given.getType() == DataType::kBOOL;
    ITensor& x = boolean ? cast(c, given, DataType::kINT32) : given;
    ITensor* result = nullptr;
    if (row.before == Before::Exp) {
        result = &logSumExp(c, x, axes);
        if (!keep) result = &withoutAxes(c, *result, axes);
    } else if (!axes.known.empty()) {
        result = &after(c, reduce(c, before(c, x, row.before), row.operation, axes.known, keep), row.after);
    } else {
        result = &after(c, reducedOver(c, before(c, x, row.before), row.operation, axes), row.after);
        if (!keep) result = &withoutAxes(c, *result, axes);
    }
    // The extremes of nothing are the lowest and the highest integer, which mean false and true.
    if (boolean) result = &withNumber(c, *result, ElementWiseOperation::kGREATER, 0);
    c.output(0, result == &given ? identity(c, given) : *result);
}

void importArgExtreme(Context& c) {
    ITensor& x = c.tensor(0);
    const int rank = dimsOf(x).nbDims;
    const int axis = checkedAxis(c.node.integer("axis", 0), rank);
    const TopKOperation operation = c.node.op() == "ArgMax" ? TopKOperation::kMAX : TopKOperation::kMIN;
    ITensor& index = bestIndex(c, x, axis, operation, c.node.flag("select_last_index"));
    c.output(0, c.node.flag("keepdims", true) ? index : squeezed(c, index, {axis}));
}

void importTopK(Context& c) {
    ITensor& x = c.tensor(0);
    const int axis = checkedAxis(c.node.integer("axis", -1), dimsOf(x).nbDims);
    const TopKOperation operation = c.node.flag("largest", true) ? TopKOperation::kMAX : TopKOperation::kMIN;
    const Size k = c.node.opset() < 10 ? Size(c.node.integer("k")) : numberOf(c, 1);
    if (k.known && (*k.known < 0 || *k.known > (int64_t{1} << 31) - 1))
        fail(Code::kINVALID_NODE, cat("k is ", *k.known));
    const auto number = static_cast<int32_t>(k.known.value_or(1));
    auto& layer = c.add(c.network.addTopK(x, operation, number, 1U << static_cast<uint32_t>(axis), DataType::kINT64));
    if (!k.known) layer.setInput(1, asScalar(c, *k.tensor));
    c.output(0, *layer.getOutput(0));
    c.output(1, *layer.getOutput(1));
}

//! Sums or products of everything up to each element. Over an axis that the network computes, all axes are tried and
//! the right one is selected.
void importCumulative(Context& c) {
    ITensor& x = c.tensor(0);
    const int rank = dimsOf(x).nbDims;
    const std::string text =
        cat("Cumulative{operation=", c.node.op() == "CumProd" ? "prod" : "sum",
            ", exclusive=", flagText(c.node.flag("exclusive")), ", reverse=", flagText(c.node.flag("reverse")), "}");
    const auto over = [&](int axis) -> ITensor& { return c.made(text, {&x, &c.number(DataType::kINT64, axis)}); };
    const Size axis = numberOf(c, 1);
    if (axis.known) return c.output(0, over(checkedAxis(*axis.known, rank)));
    ITensor* result = &over(0);
    for (int i = 1; i < rank; ++i) {
        const Size here = plus(c, isEqual(c, axis, i), isEqual(c, axis, i - rank));
        result = &select(c, cast(c, asTensor(c, here), DataType::kBOOL), over(i), *result);
    }
    c.output(0, *result);
}

void importSoftmax(Context& c) {
    overAxis(c, [&](ITensor& x, int axis) -> ITensor& { return softmax(c, x, axis); });
}

void importLogSoftmax(Context& c) {
    overAxis(c, [&](ITensor& x, int axis) -> ITensor& { return logSoftmax(c, x, axis); });
}

//! One at the first of the largest elements, zero elsewhere.
void importHardmax(Context& c) {
    overAxis(c, [&](ITensor& x, int axis) -> ITensor& {
        ITensor& index = bestIndex(c, x, axis, TopKOperation::kMAX, false);
        ITensor& hit = binary(c, positions(c, x, axis, DataType::kINT64), index, ElementWiseOperation::kEQUAL);
        return cast(c, hit, x.getType());
    });
}

}  // namespace opentrt::model
