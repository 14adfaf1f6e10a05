// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/node.h"

#include <gtest/gtest.h>

#include "model/onnx/errors.h"
#include "model/onnx/test_models.h"

namespace opentrt::model {

using onnx::attribute;

TEST(Node, ReadsAttributesOfTheRightType) {
    const onnx::NodeProto proto =
        onnx::with(onnx::node("Op", {"x"}, {"y"}), attribute("i", int64_t{7}), attribute("f", 0.5F),
                   attribute("s", std::string("text")), attribute("list", std::vector<int64_t>{1, 2}));
    const Node node(proto, 3, 13);
    EXPECT_EQ(node.integer("i", 0), 7);
    EXPECT_EQ(node.integer("absent", 9), 9);
    EXPECT_EQ(node.real("f", 0), 0.5F);
    EXPECT_EQ(node.text("s", ""), "text");
    EXPECT_EQ(node.integers("list"), (std::vector<int64_t>{1, 2}));
    EXPECT_THROW(node.integer("absent"), ImportError);
}

TEST(Node, NamesTheAttributeOfAWrongType) {
    const onnx::NodeProto proto = onnx::with(onnx::node("Op", {}, {}), attribute("axis", 0.5F));
    try {
        Node(proto, 0, 13).integer("axis", 0);
        FAIL();
    } catch (const ImportError& error) {
        EXPECT_EQ(error.code(), Code::kUNSUPPORTED_NODE_ATTR);
        EXPECT_STREQ(error.what(), "attribute axis is of type FLOAT when it should be INT");
    }
}

TEST(Node, ForgetsEmptyInputsAtTheEnd) {
    const onnx::NodeProto proto = onnx::node("Op", {"a", "", "b", "", ""}, {"", "y"});
    const Node node(proto, 0, 13);
    EXPECT_EQ(node.inputCount(), 3);
    EXPECT_FALSE(node.hasInput(1));
    EXPECT_FALSE(node.hasInput(4));
    EXPECT_FALSE(node.hasOutput(0));
    EXPECT_TRUE(node.hasOutput(1));
    EXPECT_EQ(node.title(), "Op_");
}

TEST(Node, LooksReferencesUpInTheCaller) {
    onnx::AttributeProto reference = attribute("axis", int64_t{0});
    reference.reference = "outer";
    const onnx::NodeProto inner = onnx::with(onnx::node("Softmax", {"x"}, {"y"}), std::move(reference));
    onnx::FunctionProto function;
    function.attribute.push_back(attribute("outer", int64_t{4}));
    const onnx::NodeProto call = onnx::with(onnx::node("F", {}, {}), attribute("outer", int64_t{5}));
    const onnx::NodeProto bareCall = onnx::node("F", {}, {});
    const Node caller(call, 0, 1);
    const Node bare(bareCall, 0, 1);
    EXPECT_EQ(Node(inner, 0, 13, &caller, &function).integer("axis", 1), 5);
    EXPECT_EQ(Node(inner, 0, 13, &bare, &function).integer("axis", 1), 4);
    EXPECT_EQ(Node(inner, 0, 13, &bare, nullptr).integer("axis", 1), 1);
}

TEST(Node, TreatsInputsThatACallerLeftOutAsMissing) {
    const onnx::NodeProto proto = onnx::node("Clip", {"x", "low", "high"}, {"y"});
    const Node::Names leftOut{"low", "high"};
    const Node node(proto, 0, 13, nullptr, nullptr, &leftOut);
    EXPECT_EQ(node.inputCount(), 1);
    EXPECT_FALSE(node.hasInput(1));
}

}  // namespace opentrt::model
