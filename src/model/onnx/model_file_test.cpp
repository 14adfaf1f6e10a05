// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/model_file.h"

#include <gtest/gtest.h>

#include "model/onnx/errors.h"
#include "model/onnx/test_models.h"
#include "model/onnx/wire_writer.h"

namespace opentrt::model {
namespace {

std::unique_ptr<ModelFile> load(const std::string& bytes) {
    return ModelFile::fromBytes(bytes.data(), bytes.size(), "");
}

std::string reasonFor(const std::string& bytes) {
    try {
        load(bytes);
    } catch (const ImportError& error) {
        EXPECT_EQ(error.code(), Code::kMODEL_DESERIALIZE_FAILED);
        return error.what();
    }
    return "";
}

std::string sample() {
    onnx::TestModel m;
    m.input("x", onnx::FLOAT, {-1, 3});
    m.add(onnx::floats("w", {3}, {1, 2, 3}));
    m.add(onnx::with(onnx::node("Gemm", {"x", "w", ""}, {"y"}), onnx::attribute("alpha", 0.5F),
                     onnx::attribute("transB", int64_t{1}), onnx::attribute("list", std::vector<int64_t>{-1, 300})));
    return m.output("y").bytes();
}

constexpr const char* kText = R"(
ir_version: 8  # a comment
opset_import { domain: "" version: 17 }
doc_string: "skipped" " and so is this"
metadata_props { key: "k" value: "{" }
graph {
  node { input: "x" input: 'w' output: "y" op_type: "Add" name: "a\"b\x41\102"
         attribute { name: "axes" ints: [1, -2] type: INTS } attribute < name: "f" f: 1.5e-1 type: FLOAT > }
  initializer { dims: 2 data_type: 1 name: "w" raw_data: "\000\000\200?\000\000\000@" }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "n" } dim { dim_value: 2 } } } } }
  output { name: "y" }
}
)";

}  // namespace

TEST(ModelFile, ReadsWhatTheWriterWrote) {
    const auto file = load(sample());
    const onnx::ModelProto& m = file->proto();
    EXPECT_EQ(file->opset(""), 17);
    EXPECT_EQ(file->opset("other"), -1);
    ASSERT_EQ(m.graph->node.size(), 1U);
    const onnx::NodeProto& node = m.graph->node[0];
    EXPECT_EQ(node.opType, "Gemm");
    EXPECT_EQ(node.input, (std::vector<std::string>{"x", "w", ""}));
    EXPECT_EQ(node.attribute[0].f, 0.5F);
    EXPECT_EQ(node.attribute[1].i, 1);
    EXPECT_EQ(node.attribute[2].ints, (std::vector<int64_t>{-1, 300}));
    EXPECT_EQ(m.graph->input[0].type.tensor->shape->dim[0].symbol, "d0");
    EXPECT_EQ(m.graph->input[0].type.tensor->shape->dim[1].value, 3);
    EXPECT_EQ(realAt(*file->read(m.graph->initializer[0]), 2), 3.0);
    EXPECT_EQ(onnx::WireWriter::write(m), sample());
}

TEST(ModelFile, ReadsTheTextForm) {
    const auto file = load(kText);
    const onnx::GraphProto& graph = *file->proto().graph;
    ASSERT_EQ(graph.node.size(), 1U);
    EXPECT_EQ(graph.node[0].name, "a\"bAB");
    EXPECT_EQ(graph.node[0].input, (std::vector<std::string>{"x", "w"}));
    EXPECT_EQ(graph.node[0].attribute[0].ints, (std::vector<int64_t>{1, -2}));
    EXPECT_EQ(graph.node[0].attribute[0].type, onnx::AttributeType::Ints);
    EXPECT_EQ(graph.node[0].attribute[1].f, 0.15F);
    EXPECT_EQ(realAt(*file->read(graph.initializer[0]), 1), 2.0);
    EXPECT_EQ(graph.input[0].type.tensor->shape->dim[0].symbol, "n");
}

TEST(ModelFile, NamesTheLineOfABadText) {
    EXPECT_NE(reasonFor("graph {\n  name: 5\n}").find("line 2"), std::string::npos);
    EXPECT_NE(reasonFor("graph {").find("in text form"), std::string::npos);
    EXPECT_NE(reasonFor("graph { name: \"x }").find("does not end"), std::string::npos);
}

TEST(ModelFile, EveryTruncationIsReadOrRefusedCleanly) {
    const std::string whole = sample();
    for (size_t size = 0; size < whole.size(); ++size) {
        try {
            load(whole.substr(0, size));
        } catch (const ImportError& error) {
            EXPECT_EQ(error.code(), Code::kMODEL_DESERIALIZE_FAILED) << size;
        }
    }
}

TEST(ModelFile, RefusesFieldsThatReachBeyondTheFile) {
    EXPECT_NE(reasonFor(std::string("\x3A\xFF\xFF\xFF\x07", 5)).find("beyond its message"), std::string::npos);
    EXPECT_NE(reasonFor(std::string("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 12)).find("ten bytes"),
              std::string::npos);
    EXPECT_NE(reasonFor("\x0B").find("wire type"), std::string::npos);
    EXPECT_NE(reasonFor("").find("empty"), std::string::npos);
}

TEST(ModelFile, RefusesDeepNesting) {
    onnx::GraphProto graph;
    for (int depth = 0; depth < 200; ++depth) {
        onnx::GraphProto outer;
        outer.node.push_back(
            onnx::with(onnx::node("If", {"c"}, {"y"}), onnx::attribute("then_branch", std::move(graph))));
        graph = std::move(outer);
    }
    onnx::TestModel m;
    m.graph() = std::move(graph);
    EXPECT_NE(reasonFor(m.bytes()).find("nested too deep"), std::string::npos);
}

TEST(ModelFile, ReplacesInitializers) {
    const auto file = load(sample());
    const float mine[] = {4, 5, 6};
    EXPECT_THROW(file->replaceInitializer("w", mine, 8), ImportError);
    EXPECT_THROW(file->replaceInitializer("v", mine, 12), ImportError);
    file->replaceInitializer("w", mine, 12);
    EXPECT_EQ(file->read(file->proto().graph->initializer[0])->data, static_cast<const void*>(mine));
}

}  // namespace opentrt::model
