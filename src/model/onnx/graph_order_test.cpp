// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/graph_order.h"

#include <gtest/gtest.h>

#include "model/onnx/errors.h"
#include "model/onnx/test_models.h"

namespace opentrt::model {
namespace {

std::vector<int> orderOf(const std::vector<onnx::NodeProto>& nodes) {
    NodeList list;
    for (const onnx::NodeProto& node : nodes) list.push_back(&node);
    return executionOrder(list);
}

std::vector<onnx::NodeProto> listOf(onnx::NodeProto a, onnx::NodeProto b, onnx::NodeProto c) {
    std::vector<onnx::NodeProto> nodes;
    nodes.push_back(std::move(a));
    nodes.push_back(std::move(b));
    nodes.push_back(std::move(c));
    return nodes;
}

}  // namespace

TEST(GraphOrder, KeepsTheFileOrderWhenItWorks) {
    using onnx::node;
    EXPECT_EQ(orderOf(listOf(node("A", {"x"}, {"a"}), node("B", {"x"}, {"b"}), node("C", {"b", "a"}, {"c"}))),
              (std::vector<int>{0, 1, 2}));
}

TEST(GraphOrder, PutsProducersFirst) {
    using onnx::node;
    EXPECT_EQ(orderOf(listOf(node("C", {"b"}, {"c"}), node("B", {"a"}, {"b"}), node("A", {"x"}, {"a"}))),
              (std::vector<int>{2, 1, 0}));
}

TEST(GraphOrder, CountsNamesThatInnerGraphsUse) {
    onnx::GraphProto branch;
    branch.node.push_back(onnx::node("Neg", {"late"}, {"inner"}));
    std::vector<onnx::NodeProto> nodes;
    nodes.push_back(onnx::with(onnx::node("If", {"c"}, {"y"}), onnx::attribute("then_branch", std::move(branch))));
    nodes.push_back(onnx::node("Abs", {"x"}, {"late"}));
    EXPECT_EQ(orderOf(nodes), (std::vector<int>{1, 0}));
}

TEST(GraphOrder, NamesANodeOnACycle) {
    std::vector<onnx::NodeProto> nodes;
    nodes.push_back(onnx::node("A", {"b"}, {"a"}));
    nodes.push_back(onnx::node("B", {"a"}, {"b"}));
    try {
        orderOf(nodes);
        FAIL();
    } catch (const ImportError& error) {
        EXPECT_EQ(error.code(), Code::kINVALID_GRAPH);
        EXPECT_NE(std::string(error.what()).find("cycle"), std::string::npos);
    }
    nodes[0].input = {"a"};
    EXPECT_THROW(orderOf(nodes), ImportError);
}

TEST(GraphOrder, SortsLongChainsWithoutRecursion) {
    std::vector<onnx::NodeProto> nodes;
    constexpr int kCount = 50000;
    for (int i = 0; i < kCount; ++i) {
        nodes.push_back(onnx::node("A", {"t" + std::to_string(kCount - i - 1)}, {"t" + std::to_string(kCount - i)}));
    }
    EXPECT_EQ(orderOf(nodes).front(), kCount - 1);
}

}  // namespace opentrt::model
