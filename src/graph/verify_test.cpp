// SPDX-License-Identifier: Apache-2.0
// Each rule is broken once; the verifier must name it.
#include "graph/verify.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/test_ops.h"

namespace opentrt {
namespace {

using namespace testing;

struct Small {
    Graph graph{"small"};
    ValueId x = graph.addInput("x", DType::F32, {4});
    ValueId c = graph.addConstant("c", Tensor(DType::F32, {4}));
    ValueId y = graph.add(std::make_unique<TestAdd>(), {x, c}, "y");
    NodeId node = graph[y].producer;
    Small() { graph.markOutput(y); }

    std::string problem() {
        try {
            verify(graph);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), error.code() == ErrorCode::InvalidArgument ? error.code() : ErrorCode::Internal);
            return error.what();
        }
        return "";
    }
    void expect(std::string_view part) {
        const auto text = problem();
        EXPECT_NE(text.find(part), std::string::npos) << text;
    }
};

TEST(Verify, AcceptsASoundGraph) {
    EXPECT_EQ(Small().problem(), "");
}

TEST(Verify, FindsAUseThatIsNotListed) {
    Small s;
    s.graph[s.x].uses.clear();
    s.expect("'x' lists its use as input 0 of y 0 times");
}

TEST(Verify, FindsAListedUseThatIsNone) {
    Small s;
    s.graph[s.x].uses.push_back({s.node, 1});
    s.expect("'x' is listed as input 1 of y, which reads something else");
}

TEST(Verify, FindsAnInputThatDoesNotExist) {
    Small s;
    s.graph[s.node].inputs[0] = ValueId{99};
    s.graph[s.x].uses.clear();
    s.expect("y reads value 99, which does not exist");
}

TEST(Verify, FindsADeadInput) {
    Small s;
    s.graph[s.c].fact.constant.reset();
    s.expect("y reads 'c', which is dead");
}

TEST(Verify, FindsACycle) {
    Small s;
    s.graph.setInput(s.node, 0, s.y);
    s.expect("y: the layer depends on its own output");
}

TEST(Verify, FindsFactsThatInferenceDoesNotShare) {
    Small s;
    s.graph[s.y].fact.shape = {5};
    s.expect("'y' of y is said to be f32[5], but inference gives f32[4]");
}

TEST(Verify, FindsAConstantThatIsNotWhatItsFactSays) {
    Small s;
    s.graph[s.c].fact.type = DType::F16;
    s.expect("'c' holds f32[4] but its fact says f16[4]");
}

TEST(Verify, FindsOutputsOfOneName) {
    Small s;
    const ValueId z = s.graph.add(std::make_unique<TestAdd>(), {s.x}, "y");
    s.graph.markOutput(z);
    s.expect("the name 'y' is that of two outputs");
}

TEST(Verify, FindsInputsOfOneNameAndWithoutName) {
    Small s;
    s.graph.addInput("x", DType::F32, {1});
    s.expect("the name 'x' is that of two inputs");
    Small t;
    t.graph.addInput("", DType::F32, {1});
    t.expect("an input has no name");
}

TEST(Verify, FindsAnOperatorInTheWrongStage) {
    Small s;
    std::vector<std::unique_ptr<Graph>> bodies;
    bodies.push_back(std::make_unique<Graph>());
    s.graph.addNode(std::make_unique<TestRegion>(), {}, "r", std::move(bodies), 0);
    s.expect("r: TestRegion must not occur in stage imported");
    s.graph.stage = Stage::Planned;
    s.expect("r has a body of another stage");
    s.graph.inferAll();
    EXPECT_EQ(s.problem(), "");
}

TEST(Verify, LooksIntoBodies) {
    Small s;
    s.graph.stage = Stage::Planned;
    auto body = std::make_unique<Graph>("inner");
    const ValueId p = body->addInput("p", DType::F32, {4});
    body->markOutput(body->add(std::make_unique<TestAdd>(), {p}, "q"));
    std::vector<std::unique_ptr<Graph>> bodies;
    bodies.push_back(std::move(body));
    const NodeId region = s.graph.addNode(std::make_unique<TestRegion>(), {s.x}, "r", std::move(bodies), 1);
    EXPECT_EQ(s.problem(), "");
    (*s.graph[region].bodies[0])[p].uses.clear();
    s.expect("graph 'inner' is broken: 'p' lists its use");
}

}  // namespace
}  // namespace opentrt
