// SPDX-License-Identifier: Apache-2.0
#include "builder/int8.h"

#include <gtest/gtest.h>

#include "graph/evaluate.h"
#include "graph/text.h"

namespace opentrt::builder {
namespace {

//! Two convolutions, the second with a residual, and a product behind them.
constexpr const char* kNet = R"(graph net {
  input %x: f32[1,16,6,6]
  const %w: f32[16,16,3,3] = random(1)
  const %b: f32[16] = random(2)
  const %v: f32[16,16,1,1] = random(3)
  const %m: f32[1,1,6,8] = random(4)
  %c = Convolution(%x, %w, %b) {pre=[1,1], post=[1,1]} "conv"
  %r = Activation(%c) {function=relu} "relu"
  %d = Convolution(%r, %v) "second"
  %s = ElementWise(%d, %r) "sum"
  %y = MatrixMultiply(%s, %m) "odd"
  output %y
})";

Tensor wave(const Fact& fact) {
    Tensor t(fact.type, staticDims(fact.shape));
    for (int64_t i = 0; i < t.count(); ++i) t.set(i, std::sin(static_cast<double>(i)));
    return t;
}

int count(const Graph& graph, std::string_view kind) {
    int n = 0;
    for (const NodeId node : graph.order()) n += graph[node].op->kind() == kind;
    return n;
}

TEST(Int8, StandsAroundProductsOfTensorsWithRanges) {
    Graph graph = parseGraph(kNet);
    const Tensor x = wave(graph.fact(graph.inputs()[0]));
    const Tensor before = evaluate(graph, {x})[0];
    EXPECT_EQ(quantizeByRanges(graph, {{"x", 1.0F}, {"r", 40.0F}, {"s", 400.0F}}), 2) << graph.str();
    EXPECT_EQ(count(graph, "Quantize"), 2);    // x and r; the inner size of the last product is 6
    EXPECT_EQ(count(graph, "Dequantize"), 4);  // and two weights
    const Tensor after = evaluate(graph, {x})[0];
    double most = 0, worst = 0;
    for (int64_t i = 0; i < before.count(); ++i) {
        most = std::max(most, std::abs(before.get(i)));
        worst = std::max(worst, std::abs(before.get(i) - after.get(i)));
    }
    EXPECT_GT(worst, 0);
    EXPECT_LT(worst, 0.03 * most);
}

TEST(Int8, IsReadByTheSumOfAResidual) {
    Graph graph = parseGraph(kNet);
    quantizeByRanges(graph, {{"r", 40.0F}});
    const ValueId r = *graph.findValue("r");
    ASSERT_EQ(graph[r].uses.size(), 1u);
    EXPECT_EQ(graph[graph[r].uses[0].node].op->kind(), "Quantize");
}

TEST(Int8, LeavesLayersAloneThatHaveAPrecisionOrNoRange) {
    Graph graph = parseGraph(kNet);
    const std::string before = graph.str();
    EXPECT_EQ(quantizeByRanges(graph, {{"y", 3.0F}, {"s", 3.0F}, {"x", 0.0F}}), 0);
    EXPECT_EQ(graph.str(), before);
    for (const NodeId node : graph.order()) graph[node].options.precision = DType::F32;
    EXPECT_EQ(quantizeByRanges(graph, {{"x", 1.0F}, {"r", 40.0F}}), 0);
}

}  // namespace
}  // namespace opentrt::builder
