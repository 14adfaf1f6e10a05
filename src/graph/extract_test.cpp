// SPDX-License-Identifier: Apache-2.0
#include "graph/extract.h"

#include <gtest/gtest.h>

#include "graph/evaluate.h"
#include "graph/test_ops.h"
#include "graph/text.h"
#include "graph/verify.h"

namespace opentrt {
namespace {

using namespace testing;

TEST(Extract, OneNodeBecomesAGraph) {
    Graph graph = parseGraph(R"(graph {
        range N [1,9]
        range other [3,4]
        input %x: f32[N]
        const %w: f32[1] = [2]
        const %big: f32[100] = random(1)
        %y = TestAdd(%x, %w) {factor=3} "layer"
        %z = TestAdd(%big, %big)
        output %y output %z
    })");
    const NodeId add = graph[*graph.findValue("y")].producer;
    const Graph small = extractNode(graph, add);
    verify(small);
    EXPECT_EQ(small.inputs().size(), 1u) << "the small constant stays";
    EXPECT_EQ(extractedInputs(graph, add), std::vector<int>{0});
    EXPECT_EQ(small.ranges.at("N").max, 9);
    EXPECT_EQ(small.ranges.size(), 1u) << "nothing that the node does not depend on";
    EXPECT_EQ(evaluate(small, {Tensor::of(DType::F32, {2}, std::vector<int>{1, 2})})[0].toDoubles(),
              (std::vector<double>{9, 12}));

    const NodeId twice = graph[*graph.findValue("z")].producer;
    EXPECT_EQ(extractNode(graph, twice).inputs().size(), 1u) << "one input for both uses, and no large constant";
    EXPECT_EQ(extractedInputs(graph, twice), std::vector<int>{0});
}

TEST(Extract, TheTextReadsBackWithKnownElements) {
    const Graph graph = parseGraph(R"(graph {
        input %s: i64[2] shape
        const %one: i64[2] = [1,5]
        %sum = TestAdd(%s, %one)
        %z = TestZeros(%sum)
        output %z
    })");
    const Graph small = extractNode(graph, graph[*graph.findValue("z")].producer);
    const auto text = print(small);
    EXPECT_NE(text.find("input %i0: i64[2] holds [s#0+1,s#1+5]"), std::string::npos) << text;
    EXPECT_EQ(print(parseGraph(text)), text);
}

TEST(Extract, DataDependentSizesKeepTheirName) {
    const Graph graph = parseGraph(R"(graph {
        input %x: f32[8]
        %pos, %count = TestPositive(%x) "p"
        output %pos
    })");
    const ValueId pos = graph.outputs()[0];
    const Graph small = extractNode(graph, graph[pos].producer);
    EXPECT_EQ(str(small.fact(small.outputs()[0]).shape), "[$p_0.0]");
    EXPECT_EQ(print(parseGraph(print(small))), print(small));
}

}  // namespace
}  // namespace opentrt
