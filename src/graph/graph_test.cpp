// SPDX-License-Identifier: Apache-2.0
#include "graph/graph.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/evaluate.h"
#include "graph/scalar.h"
#include "graph/test_ops.h"
#include "graph/verify.h"

namespace opentrt {
namespace {

using namespace testing;

const Dim N = Dim::symbol("N");

Tensor vec(std::vector<double> values) {
    const auto count = static_cast<int64_t>(values.size());
    return Tensor::of(DType::F32, {count}, values);
}

template <class F>
std::string errorOf(F action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

//! x -> a = x + c -> b = halve(a), b is the output.
struct Chain {
    Graph graph{"chain"};
    ValueId x = graph.addInput("x", DType::F32, {N});
    ValueId c = graph.addConstant("c", vec({10}));
    ValueId a = graph.add(std::make_unique<TestAdd>(), {x, c}, "a");
    ValueId b = graph.add(std::make_unique<TestHalve>(), {a}, "b");
    NodeId nodeA = graph[a].producer, nodeB = graph[b].producer;
    Chain() { graph.markOutput(b); }
};

std::unique_ptr<Graph> bodyOfOneAdd() {
    auto body = std::make_unique<Graph>("body");
    const ValueId p = body->addInput("p", DType::F32, {});
    const ValueId q = body->addInput("q", DType::F32, {});
    body->markOutput(body->add(std::make_unique<TestAdd>(), {p, q}, "sum"));
    return body;
}

TEST(Graph, InfersAsItIsBuilt) {
    Chain chain;
    EXPECT_EQ(str(chain.graph.fact(chain.a).shape), "[N]");
    EXPECT_EQ(str(chain.graph.fact(chain.b).shape), "[floordiv(N+1,2)]");
    EXPECT_TRUE(chain.graph.isConstant(chain.c));
    EXPECT_FALSE(chain.graph.isConstant(chain.a));
    EXPECT_TRUE(chain.graph.isInput(chain.x));
    EXPECT_TRUE(chain.graph.isOutput(chain.b));
    EXPECT_EQ(chain.graph.findValue("a"), chain.a);
    EXPECT_EQ(chain.graph.findValue("nothing"), std::nullopt);
    verify(chain.graph);
}

TEST(Graph, EvaluatesWithBroadcast) {
    Chain chain;
    const auto outputs = evaluate(chain.graph, {vec({1, 2, 3})});
    EXPECT_EQ(outputs.at(0).toDoubles(), (std::vector<double>{11, 13}));
    int seen = 0;
    evaluate(chain.graph, {vec({1, 2, 3})}, [&](NodeId id, const std::vector<Tensor>& made) {
        seen += id == chain.nodeA && made[0].toDoubles() == std::vector<double>{11, 12, 13};
    });
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(evaluateNode(chain.graph, chain.nodeB, {vec({5, 6})}).at(0).toDoubles(), std::vector<double>{5});
}

TEST(Graph, BroadcastsAlongInnerAndOuterAxes) {
    Graph graph;
    const ValueId x = graph.addInput("x", DType::I32, {2, 1, 3});
    const ValueId y = graph.addInput("y", DType::I32, {1, 2, 1});
    graph.markOutput(graph.add(std::make_unique<TestAdd>(), {x, y}, "z"));
    const auto out = evaluate(graph, {Tensor::of(DType::I32, {2, 1, 3}, std::vector<int64_t>{0, 1, 2, 3, 4, 5}),
                                      Tensor::of(DType::I32, {1, 2, 1}, std::vector<int64_t>{10, 20})});
    EXPECT_EQ(out[0].dims(), (std::vector<int64_t>{2, 2, 3}));
    EXPECT_EQ(out[0].toInts(), (std::vector<int64_t>{10, 11, 12, 20, 21, 22, 13, 14, 15, 23, 24, 25}));
}

TEST(Graph, OptionalInputsMayBeLeftOut) {
    Graph graph;
    const ValueId x = graph.addInput("x", DType::F32, {2});
    graph.markOutput(graph.add(std::make_unique<TestAdd>(), {x, ValueId{}}, "y"));
    EXPECT_EQ(evaluate(graph, {vec({1, 2})})[0].toDoubles(), (std::vector<double>{1, 2}));
    verify(graph);
}

TEST(Graph, ErrorsNameTheLayerAndLeaveTheGraphAsItWas) {
    Chain chain;
    const auto before = chain.graph.str();
    const ValueId other = chain.graph.addConstant("two", Tensor::scalar(DType::I32, 2));
    EXPECT_EQ(errorOf([&] {
                  chain.graph.add(std::make_unique<TestAdd>(), {chain.x, other}, "bad");
              }),
              "bad: input types are f32 and i32");
    EXPECT_EQ(errorOf([&] { chain.graph.addNode(std::make_unique<TestAdd>(), {}, "none"); }),
              "none: TestAdd takes 1 to 2 inputs, not 0");
    auto wrongAxis = std::make_unique<TestHalve>();
    wrongAxis->axis = 3;
    EXPECT_EQ(errorOf([&] { chain.graph.add(std::move(wrongAxis), {chain.x}, ""); }),
              "unnamed TestHalve: axis 3 is out of range for rank 1; it must lie in [-1,0]");
    chain.graph.removeDead();
    EXPECT_EQ(chain.graph.str(), before);
    verify(chain.graph);
}

TEST(Graph, RefusesInputsThatNoMachineHolds) {
    Graph graph("g");
    EXPECT_THROW(graph.addInput("x", DType::F32, {2, -3}), Error);
    EXPECT_THROW(graph.addInput("x", DType::F32, {int64_t{1} << 40, int64_t{1} << 40}), Error);
    EXPECT_THROW(graph.addInput("x", DType::F32, {INT64_MIN + 2}), Error);
    EXPECT_TRUE(graph.inputs().empty());
}

TEST(Graph, OrderPutsProducersFirstAndThenFollowsIds) {
    Graph graph;
    const ValueId x = graph.addInput("x", DType::F32, {4});
    std::vector<NodeId> made;
    for (int i = 0; i < 4; ++i)
        made.push_back(graph.addNode(std::make_unique<TestAdd>(), {x}, std::string(1, static_cast<char>('a' + i))));
    EXPECT_EQ(graph.order(), made);
    graph.setInput(made[0], 0, graph[made[3]].outputs[0]);
    EXPECT_EQ(graph.order(), (std::vector<NodeId>{made[1], made[2], made[3], made[0]}));
    graph.setInput(made[3], 0, graph[made[0]].outputs[0]);
    const auto error = errorOf([&] { graph.order(); });
    EXPECT_TRUE(error == "a: the layer depends on its own output" || error == "d: the layer depends on its own output")
        << error;
}

TEST(Graph, ReplacingAnOutputHandsOverItsName) {
    Chain chain;
    chain.graph.replaceUses(chain.b, chain.a);
    EXPECT_EQ(chain.graph.outputs(), std::vector<ValueId>{chain.a});
    EXPECT_EQ(chain.graph[chain.a].name, "b");
    chain.graph.erase(chain.nodeB);
    verify(chain.graph);
    EXPECT_FALSE(chain.graph.isLive(chain.b));
    EXPECT_EQ(chain.graph.order(), std::vector<NodeId>{chain.nodeA});
}

TEST(Graph, AnOutputIsNotReplacedByAnInput) {
    Chain chain;
    chain.graph.replaceUses(chain.b, chain.x);
    EXPECT_EQ(chain.graph.outputs(), std::vector<ValueId>{chain.b}) << "x is an input and keeps its name";
    chain.graph.replaceUses(chain.a, chain.x);
    EXPECT_EQ(chain.graph[chain.nodeB].inputs[0], chain.x);
    EXPECT_TRUE(chain.graph[chain.a].uses.empty());
    verify(chain.graph);
}

TEST(Graph, ErasingWhatIsNeededIsRefused) {
    Chain chain;
    EXPECT_THROW(chain.graph.erase(chain.nodeA), Error);
    EXPECT_THROW(chain.graph.erase(chain.nodeB), Error);
    EXPECT_THROW(chain.graph.removeInput(chain.x), Error);
}

TEST(Graph, RemovesWhatNobodyNeeds) {
    Chain chain;
    chain.graph.setOutputs({chain.a});
    const ValueId idle = chain.graph.addConstant("idle", vec({1}));
    EXPECT_TRUE(chain.graph.removeDead());
    EXPECT_TRUE(chain.graph[chain.nodeB].dead);
    EXPECT_FALSE(chain.graph[chain.nodeA].dead);
    EXPECT_FALSE(chain.graph.isLive(idle));
    EXPECT_TRUE(chain.graph.isLive(chain.x)) << "inputs stay";
    EXPECT_FALSE(chain.graph.removeDead());
    verify(chain.graph);
}

TEST(Graph, SideEffectsKeepNodesAlive) {
    Graph graph;
    const ValueId x = graph.addInput("x", DType::Bool, {});
    auto op = std::make_unique<TestAssert>();
    op->message = "x is false";
    const NodeId node = graph.addNode(std::move(op), {x}, "check");
    EXPECT_FALSE(graph.removeDead());
    EXPECT_FALSE(graph[node].dead);
    EXPECT_EQ(errorOf([&] { evaluate(graph, {Tensor::scalar(DType::Bool, 0)}); }), "check: x is false");
    EXPECT_EQ(errorOf([&] { evaluate(graph, {Tensor::scalar(DType::Bool, 1)}); }), "no error");
}

TEST(Graph, InferReportsChanges) {
    Chain chain;
    EXPECT_FALSE(chain.graph.infer(chain.nodeB));
    chain.graph[chain.x].fact.shape = {8};
    chain.graph.inferAll();
    EXPECT_EQ(str(chain.graph.fact(chain.b).shape), "[4]");
}

TEST(Graph, ShapeTensorsCarryTheirElements) {
    Graph graph;
    const ValueId s = graph.addShapeInput("a/s", DType::I64, {2});
    const ValueId one = graph.addConstant("one", Tensor::of(DType::I64, {2}, std::vector<int64_t>{1, 5}));
    const ValueId sum = graph.add(std::make_unique<TestAdd>(), {s, one}, "sum");
    const ValueId z = graph.add(std::make_unique<TestZeros>(), {sum}, "z");
    graph.markOutput(z);
    EXPECT_EQ(str(graph.fact(z).shape), "[a_s#0+1,a_s#1+5]");
    const auto out = evaluate(graph, {Tensor::of(DType::I64, {2}, std::vector<int64_t>{1, 0})});
    EXPECT_EQ(out[0].dims(), (std::vector<int64_t>{2, 5}));
    const ValueId clash = graph.addShapeInput("a_s", DType::I64, {1});
    EXPECT_EQ((*graph.fact(clash).elements)[0].str(), "a_s_#0");
    EXPECT_THROW(graph.addShapeInput("f", DType::F32, {1}), Error);
    EXPECT_THROW(graph.addShapeInput("n", DType::I32, {N}), Error);
}

TEST(Graph, DataDependentSizesAreSymbolsWithBounds) {
    Graph graph;
    graph.ranges["N"] = {1, 7};
    const ValueId x = graph.addInput("x", DType::F32, {N});
    const NodeId node = graph.addNode(std::make_unique<TestPositive>(), {x}, "pos");
    const ValueId kept = graph[node].outputs[0];
    EXPECT_EQ(graph[kept].name, "pos:0");
    const ValueId half = graph.add(std::make_unique<TestHalve>(), {kept}, "half");
    graph.setOutputs({half, graph[node].outputs[1]});
    EXPECT_EQ(str(graph.fact(half).shape), "[floordiv($pos_0.0+1,2)]");
    EXPECT_EQ(graph.ranges.at("$pos_0.0").max, 7);
    ASSERT_EQ(graph.dataSizes().size(), 1u);
    EXPECT_EQ(graph.dataSizes()[0].value, kept);
    EXPECT_EQ(graph.dataSizes()[0].upperBound, N);
    EXPECT_FALSE(graph.infer(node)) << "the symbol stays the same";
    verify(graph);
    const auto out = evaluate(graph, {vec({-1, 2, 3, 4})});
    EXPECT_EQ(out[0].toDoubles(), (std::vector<double>{2, 4}));
    EXPECT_EQ(out[1].getInt(0), 3);
    graph.setOutputs({});
    graph.removeDead();
    EXPECT_TRUE(graph.dataSizes().empty());
    EXPECT_EQ(graph.ranges.count("$pos_0.0"), 0u);
}

TEST(Graph, EvaluationChecksInputsAndInference) {
    Chain chain;
    EXPECT_EQ(errorOf([&] { evaluate(chain.graph, {}); }), "the graph has 1 inputs, given are 0");
    EXPECT_EQ(errorOf([&] { evaluate(chain.graph, {Tensor(DType::I32, {3})}); }),
              "x: the input is i32[3] instead of f32[N]");
    chain.graph[chain.b].fact.shape = {N};
    const auto error = errorOf([&] { evaluate(chain.graph, {vec({1, 2, 3})}); });
    EXPECT_NE(error.find("b: output 0 is f32[2] instead of f32[N] on axis 0, which is 3"), std::string::npos) << error;
}

TEST(Graph, BodiesAreInferredFromOutside) {
    Graph graph;
    graph.stage = Stage::Planned;
    const ValueId x = graph.addInput("x", DType::F32, {N});
    const ValueId c = graph.addConstant("c", vec({1}));
    std::vector<std::unique_ptr<Graph>> bodies;
    bodies.push_back(bodyOfOneAdd());
    const NodeId node = graph.addNode(std::make_unique<TestRegion>(), {x, c}, "region", std::move(bodies), 1);
    graph.markOutput(graph[node].outputs[0]);
    EXPECT_EQ(str(graph.fact(graph[node].outputs[0]).shape), "[N]");
    const Graph& body = *graph[node].bodies[0];
    EXPECT_EQ(body.stage, Stage::Planned);
    EXPECT_TRUE(body.isConstant(body.inputs()[1])) << "the body sees contents that are known outside";
    EXPECT_EQ(evaluate(graph, {vec({1, 2})})[0].toDoubles(), (std::vector<double>{2, 3}));
    verify(graph);
    EXPECT_NE(errorOf([&] {
                  std::vector<std::unique_ptr<Graph>> more;
                  more.push_back(bodyOfOneAdd());
                  graph.addNode(std::make_unique<TestRegion>(), {x}, "short", std::move(more), 1);
              }).find("short: body 0 has 2 inputs, but 1 values are passed to it"),
              std::string::npos);
}

TEST(Graph, SizesMadeInABodyStayThere) {
    Graph graph;
    graph.stage = Stage::Planned;
    const ValueId x = graph.addInput("x", DType::F32, {8});
    const NodeId first = graph.addNode(std::make_unique<TestPositive>(), {x}, "pos");
    auto body = std::make_unique<Graph>();
    const ValueId p = body->addInput("p", DType::F32, {8});
    const NodeId inner = body->addNode(std::make_unique<TestPositive>(), {p}, "pos");
    body->markOutput((*body)[inner].outputs[0]);
    EXPECT_EQ(str(body->fact(body->outputs()[0]).shape), "[$pos_0.0]") << "the same name as outside";
    std::vector<std::unique_ptr<Graph>> bodies;
    bodies.push_back(std::move(body));
    const NodeId region =
        graph.addNode(std::make_unique<TestRegion>(), {graph[first].outputs[0]}, "region", std::move(bodies), 1);
    const ValueId out = graph[region].outputs[0];
    graph.markOutput(out);
    EXPECT_EQ(str(graph.fact(out).shape), "[$region.0]");
    const Graph& within = *graph[region].bodies[0];
    EXPECT_EQ(str(within.fact(within.inputs()[0]).shape), "[$pos_0.0]");
    EXPECT_EQ(str(within.fact(within.outputs()[0]).shape), "[$region.0.pos_0.0]");
    EXPECT_EQ(graph.ranges.at("$region.0").max, 8);
    EXPECT_EQ(
        evaluate(graph, {Tensor::of(DType::F32, {8}, std::vector<int>{1, -1, 2, -2, 3, -3, 0, 0})})[0].toDoubles(),
        (std::vector<double>{1, 2, 3}));
    verify(graph);
}

TEST(Graph, ClonesAreDeep) {
    Graph graph;
    graph.stage = Stage::Planned;
    const ValueId x = graph.addInput("x", DType::F32, {2});
    std::vector<std::unique_ptr<Graph>> bodies;
    bodies.push_back(bodyOfOneAdd());
    const NodeId node = graph.addNode(std::make_unique<TestRegion>(), {x, x}, "region", std::move(bodies), 1);
    graph.markOutput(graph[node].outputs[0]);
    Graph copy = graph.clone();
    EXPECT_EQ(copy.str(), graph.str());
    Graph& body = *copy[node].bodies[0];
    static_cast<TestAdd&>(*body[NodeId{0}].op).factor = 3;
    EXPECT_NE(copy.str(), graph.str());
    EXPECT_EQ(evaluate(graph, {vec({1, 2})})[0].toDoubles(), (std::vector<double>{2, 4}));
    EXPECT_EQ(evaluate(copy, {vec({1, 2})})[0].toDoubles(), (std::vector<double>{6, 12}));
}

TEST(Graph, UniqueNamesAvoidValuesAndNodes) {
    Chain chain;
    EXPECT_EQ(chain.graph.uniqueName("fresh"), "fresh");
    EXPECT_EQ(chain.graph.uniqueName("a"), "a_1");
    EXPECT_EQ(chain.graph.uniqueName(""), "_1");
}

TEST(Graph, OperatorsCompareByTheirFields) {
    TestAdd one, two;
    EXPECT_TRUE(one == two);
    EXPECT_EQ(str(one), "TestAdd");
    two.factor = 0.5;
    EXPECT_FALSE(one == two);
    EXPECT_EQ(str(two), "TestAdd{factor=0.5}");
    EXPECT_NE(as<TestAdd>(one), nullptr);
    EXPECT_EQ(as<TestHalve>(one), nullptr);
    TestHalve halve;
    ScalarProgram program;
    ScalarBuilder builder(program, {}, {});
    EXPECT_THROW(halve.emitScalar(builder), Error);
}

TEST(Graph, ReferencesOutliveWhatIsAdded) {
    Chain chain;
    const Node* node = &chain.graph[chain.nodeA];
    const Fact* fact = &chain.graph.fact(chain.x);
    for (int i = 0; i < 1000; ++i) chain.graph.add(std::make_unique<TestHalve>(), {chain.b}, "more");
    EXPECT_EQ(node, &chain.graph[chain.nodeA]);
    EXPECT_EQ(fact, &chain.graph.fact(chain.x));
}

TEST(Graph, LongChainsStayCheap) {
    // Quadratic work over so many nodes would not end within the limit of a test.
    Graph graph;
    ValueId value = graph.addInput("x", DType::F32, {N, 3});
    for (int i = 0; i < 50000; ++i) value = graph.add(std::make_unique<TestAdd>(), {value}, "n" + std::to_string(i));
    graph.markOutput(value);
    graph.inferAll();
    EXPECT_EQ(graph.order().size(), 50000u);
    EXPECT_FALSE(graph.removeDead());
}

}  // namespace
}  // namespace opentrt
