// SPDX-License-Identifier: Apache-2.0
// Conditionals and loops: which layers go into which body, what the whole computes, and what is refused.
#include "network/test_support.h"

namespace opentrt::network {
namespace {

using Numbers = std::vector<double>;

Tensor yes(bool value) {
    return Tensor::of(DType::Bool, {}, Numbers{value ? 1.0 : 0.0});
}

struct Conditional : TestNet {
    ITensor& x = input("x", {2});
    ITensor& condition = input("condition", {}, DataType::kBOOL);
    IIfConditional* conditional = (*this)->addIfConditional();
    ITensor& unary(ITensor& value, UnaryOperation operation, const char* name) {
        ILayer* layer = (*this)->addUnary(value, operation);
        layer->setName(name);
        return *layer->getOutput(0);
    }
};

TEST(ConditionalTest, PutsWhatABranchAloneNeedsIntoTheBranch) {
    Conditional net;
    net.conditional->setName("choice");
    net.conditional->setCondition(net.condition);
    IIfConditionalInputLayer* inside = net.conditional->addInput(net.x);
    inside->setName("in");
    ITensor& shared = net.unary(net.x, UnaryOperation::kABS, "shared");
    ITensor& then = net.unary(*inside->getOutput(0), UnaryOperation::kNEG, "then");
    ITensor& sum = *net->addElementWise(then, shared, ElementWiseOperation::kSUM)->getOutput(0);
    net.output(net.conditional->addOutput(sum, shared), "y");
    const Graph graph = net.graph();
    std::vector<std::string> outside, inThen, inElse;
    for (const NodeId id : graph.order()) {
        outside.push_back(graph[id].name);
        if (graph[id].bodies.empty()) continue;
        const Graph &thenBody = *graph[id].bodies[0], &elseBody = *graph[id].bodies[1];
        for (const NodeId b : thenBody.order()) inThen.push_back(thenBody[b].name);
        for (const NodeId b : elseBody.order()) inElse.push_back(elseBody[b].name);
    }
    EXPECT_EQ(outside, (std::vector<std::string>{"shared", "choice"}));
    EXPECT_EQ(inThen, (std::vector<std::string>{"in", "then", "(Unnamed Layer* 4)"}));
    EXPECT_TRUE(inElse.empty());
    EXPECT_EQ(net.run({floats({2}, {1, -2}), yes(true)}), (Numbers{0, 4}));
    EXPECT_EQ(net.run({floats({2}, {1, -2}), yes(false)}), (Numbers{1, 2}));
}

TEST(ConditionalTest, AnswersShapesByTheFirstBranch) {
    Conditional net;
    net.conditional->setCondition(net.condition);
    IIfConditionalOutputLayer* output = net.conditional->addOutput(net.unary(net.x, UnaryOperation::kNEG, "then"),
                                                                   net.unary(net.x, UnaryOperation::kABS, "else"));
    EXPECT_EQ(sizes(output->getOutput(0)->getDimensions()), (std::vector<int64_t>{2}));
    EXPECT_EQ(output->getConditional(), net.conditional);
}

TEST(ConditionalTest, NeedsACondition) {
    Conditional net;
    net.conditional->setName("choice");
    net.output(net.conditional->addOutput(net.x, net.unary(net.x, UnaryOperation::kNEG, "n")), "y");
    EXPECT_EQ(net.text(), "choice: the conditional has no condition; call setCondition");
}

TEST(ConditionalTest, KeepsAnAssertionInItsBranch) {
    Conditional net;
    net.conditional->setCondition(net.condition);
    ITensor& inside = *net.conditional->addInput(net.x)->getOutput(0);
    ITensor& doubled = *net->addElementWise(inside, inside, ElementWiseOperation::kSUM)->getOutput(0);
    ITensor& positive =
        *net->addElementWise(doubled, net.constant({1}, {0}), ElementWiseOperation::kGREATER)->getOutput(0);
    net->addAssertion(positive, "x should be positive");
    net.output(net.conditional->addOutput(doubled, net.unary(net.x, UnaryOperation::kNEG, "else")), "y");
    EXPECT_EQ(net.run({floats({2}, {1, 2}), yes(true)}), (Numbers{2, 4}));
    EXPECT_EQ(net.run({floats({2}, {-1, 2}), yes(false)}), (Numbers{1, -2}));
    EXPECT_THROW(net.run({floats({2}, {-1, 2}), yes(true)}), Error);
}

//! Sums x, one element at each trip, into a recurrence.
struct Summing : TestNet {
    ITensor& x = input("x", {3});
    ILoop* loop = (*this)->addLoop();
    IRecurrenceLayer* sum = loop->addRecurrence(constant({}, {0}));
    ITensor* element = loop->addIterator(x)->getOutput(0);
    ITensor* next = (*this)->addElementWise(*sum->getOutput(0), *element, ElementWiseOperation::kSUM)->getOutput(0);
    ITensor& trips = constant({}, {3}, DType::I32);
    Summing() {
        loop->setName("summing");
        sum->setName("sum");
        sum->setInput(1, *next);
    }
};

TEST(LoopTest, CarriesARecurrence) {
    Summing net;
    net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
    net.output(net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE), "total");
    EXPECT_EQ(net.run({floats({3}, {1, 2, 4})}), (Numbers{7}));
}

TEST(LoopTest, StacksTheValuesOfTheTrips) {
    for (const bool reverse : {false, true}) {
        Summing net;
        net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
        ILoopOutputLayer* stack =
            net.loop->addLoopOutput(*net.next, reverse ? LoopOutput::kREVERSE : LoopOutput::kCONCATENATE);
        stack->setInput(1, net.trips);
        net.output(stack, "sums");
        EXPECT_EQ(sizes(stack->getOutput(0)->getDimensions()), (std::vector<int64_t>{3}));
        EXPECT_EQ(net.run({floats({3}, {1, 2, 4})}), reverse ? (Numbers{7, 3, 1}) : (Numbers{1, 3, 7}));
    }
}

TEST(LoopTest, LeavesOutStacksThatNobodyReads) {
    Summing net;
    net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
    ITensor* slice = net->addUnary(*net.next, UnaryOperation::kNEG)->getOutput(0);
    slice->setName("slice");
    net.loop->addLoopOutput(*slice, LoopOutput::kCONCATENATE)->setInput(1, net.trips);
    net.output(net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE), "total");
    EXPECT_EQ(net.text().find("slice"), std::string::npos) << net.text();
    EXPECT_EQ(net.run({floats({3}, {1, 2, 4})}), (Numbers{7}));
}

TEST(LoopTest, RunsWhileAConditionHolds) {
    TestNet net;
    ITensor& limit = net.input("limit", {});
    ILoop* loop = net->addLoop();
    IRecurrenceLayer* value = loop->addRecurrence(net.constant({}, {1}));
    ITensor& doubled =
        *net->addElementWise(*value->getOutput(0), *value->getOutput(0), ElementWiseOperation::kSUM)->getOutput(0);
    value->setInput(1, doubled);
    loop->addTripLimit(*net->addElementWise(*value->getOutput(0), limit, ElementWiseOperation::kLESS)->getOutput(0),
                       TripLimit::kWHILE);
    net.output(loop->addLoopOutput(*value->getOutput(0), LoopOutput::kLAST_VALUE), "power");
    EXPECT_EQ(net.run({floats({}, {20})}), (Numbers{32}));
    EXPECT_EQ(net.run({floats({}, {0})}), (Numbers{1}));
}

TEST(LoopTest, LeavesOutsideWhatDoesNotChange) {
    Summing net;
    net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
    ILayer* outside = net->addUnary(net.constant({}, {2}), UnaryOperation::kNEG);
    outside->setName("outside");
    ILayer* inside = net->addElementWise(*net.next, *outside->getOutput(0), ElementWiseOperation::kPROD);
    inside->setName("inside");
    net.sum->setInput(1, *inside->getOutput(0));
    net.output(net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE), "y");
    const Graph graph = net.graph();
    bool outsideIsOutside = false;
    for (const NodeId id : graph.order()) outsideIsOutside = outsideIsOutside || graph[id].name == "outside";
    EXPECT_TRUE(outsideIsOutside);
    EXPECT_EQ(net.run({floats({3}, {1, 2, 4})}), (Numbers{-8}));
}

TEST(LoopTest, HoldsAConditional) {
    Summing net;
    net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
    IIfConditional* conditional = net->addIfConditional();
    ITensor& zero = net.constant({}, {0});
    conditional->setCondition(*net->addElementWise(*net.element, zero, ElementWiseOperation::kGREATER)->getOutput(0));
    ITensor& added = *net->addElementWise(*conditional->addInput(*net.sum->getOutput(0))->getOutput(0), *net.element,
                                          ElementWiseOperation::kSUM)
                          ->getOutput(0);
    net.sum->setInput(1, *conditional->addOutput(added, *net.sum->getOutput(0))->getOutput(0));
    net.output(net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE), "y");
    EXPECT_EQ(net.run({floats({3}, {1, -2, 4})}), (Numbers{5}));
}

TEST(LoopTest, ChecksAnAssertionAtEachTrip) {
    Summing net;
    net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
    ITensor& small =
        *net->addElementWise(*net.sum->getOutput(0), net.constant({}, {5}), ElementWiseOperation::kLESS)->getOutput(0);
    net->addAssertion(small, "the sum is too large");
    net.output(net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE), "y");
    EXPECT_EQ(net.run({floats({3}, {1, 2, 9})}), (Numbers{12}));  // 9 comes behind the last check
    EXPECT_THROW(net.run({floats({3}, {1, 9, 2})}), Error);
}

TEST(LoopTest, ChecksAnAssertionOnItsResultOnce) {
    Summing net;
    net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
    ILayer* total = net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE);
    net.output(total, "y");
    net->addAssertion(
        *net->addElementWise(*total->getOutput(0), net.constant({}, {5}), ElementWiseOperation::kGREATER)->getOutput(0),
        "the sum is too small");
    EXPECT_EQ(net.run({floats({3}, {1, 2, 9})}), (Numbers{12}));
    EXPECT_THROW(net.run({floats({3}, {1, 2, 1})}), Error);
}

TEST(LoopTest, RefusesWhatIsIncomplete) {
    {
        Summing net;
        net.output(net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE), "y");
        EXPECT_EQ(net.text(), "summing: the loop has no trip limit; call addTripLimit");
    }
    {
        TestNet net;
        ILoop* loop = net->addLoop();
        IRecurrenceLayer* value = loop->addRecurrence(net.input("x", {}));
        value->setName("value");
        loop->addTripLimit(net.constant({}, {3}, DType::I32), TripLimit::kCOUNT);
        net.output(loop->addLoopOutput(*value->getOutput(0), LoopOutput::kLAST_VALUE), "y");
        EXPECT_EQ(net.text(), "value: the recurrence has no next value; set it as input 1");
    }
    {
        Summing net;
        net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
        net.output(net.loop->addLoopOutput(*net.next, LoopOutput::kLAST_VALUE), "y");
        EXPECT_EQ(net.text(), "y: a last-value output takes the output of one of the loop's recurrences");
    }
    {
        Summing net;
        net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
        net.output(net->addUnary(*net.sum->getOutput(0), UnaryOperation::kNEG), "y");
        EXPECT_EQ(net.text(),
                  "sum: a tensor of the inside of a loop is used outside of it; pass it out with addLoopOutput");
    }
}

TEST(LoopTest, RefusesWhatDependsOnItself) {
    {
        Summing net;
        net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
        ILayer* a = net->addUnary(*net.sum->getOutput(0), UnaryOperation::kNEG);
        a->setName("a");
        ILayer* b = net->addUnary(*a->getOutput(0), UnaryOperation::kNEG);
        b->setName("b");
        a->setInput(0, *b->getOutput(0));
        net.sum->setInput(1, *b->getOutput(0));
        net.output(net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE), "y");
        EXPECT_EQ(net.text(), "b: the layer depends on its own output");
    }
    {
        Summing net;
        net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
        ILayer* total = net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE);
        net.output(total, "y");
        net.sum->setInput(0, *net->addUnary(*total->getOutput(0), UnaryOperation::kNEG)->getOutput(0));
        EXPECT_EQ(net.text(), "y: the loop depends on its own output");
    }
}

TEST(LoopTest, RefusesABeginningFromItsInside) {
    Summing net;
    net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
    net.sum->setInput(0, *net.next);
    net.output(net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE), "y");
    EXPECT_NE(net.text().find("a tensor of the inside of a loop is used outside of it; pass it out with addLoopOutput"),
              std::string::npos)
        << net.text();
}

TEST(LoopTest, RefusesLoopsThatReadEachOthersInside) {
    TestNet net;
    ITensor& trips = net.constant({}, {3}, DType::I32);
    IRecurrenceLayer* values[2];
    ILoop* loops[2];
    for (int i = 0; i < 2; ++i) {
        loops[i] = net->addLoop();
        loops[i]->addTripLimit(trips, TripLimit::kCOUNT);
        values[i] = loops[i]->addRecurrence(net.constant({}, {1}));
        values[i]->setName(i == 0 ? "first" : "second");
    }
    for (int i = 0; i < 2; ++i) {
        ITensor& sum =
            *net->addElementWise(*values[i]->getOutput(0), *values[1 - i]->getOutput(0), ElementWiseOperation::kSUM)
                 ->getOutput(0);
        values[i]->setInput(1, sum);
    }
    net.output(loops[0]->addLoopOutput(*values[0]->getOutput(0), LoopOutput::kLAST_VALUE), "y");
    net.output(loops[1]->addLoopOutput(*values[1]->getOutput(0), LoopOutput::kLAST_VALUE), "z");
    EXPECT_EQ(net.text(),
              "second: a tensor of the inside of a loop is used outside of it; pass it out with addLoopOutput");
}

TEST(LoopTest, RefusesATripCountOfItsOwn) {
    Summing net;
    net.loop->addTripLimit(*net->addCast(*net.sum->getOutput(0), DataType::kINT32)->getOutput(0), TripLimit::kCOUNT);
    net.output(net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE), "y");
    EXPECT_EQ(net.text(),
              "sum: a tensor of the inside of a loop is used outside of it; pass it out with addLoopOutput");
}

TEST(LoopTest, RefusesASecondLimitOfAKind) {
    Summing net;
    EXPECT_NE(net.loop->addTripLimit(net.trips, TripLimit::kCOUNT), nullptr);
    EXPECT_EQ(net.loop->addTripLimit(net.trips, TripLimit::kCOUNT), nullptr);
    EXPECT_NE(net.error().find("summing: the loop has a limit of this kind"), std::string::npos);
}

TEST(LoopTest, KeepsUnchangingLayersOfABranchInTheBranch) {
    Summing net;
    ITensor& w = net.input("w", {});
    net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
    IIfConditional* conditional = net->addIfConditional();
    conditional->setName("choice");
    ITensor& zero = net.constant({}, {0});
    conditional->setCondition(*net->addElementWise(*net.element, zero, ElementWiseOperation::kGREATER)->getOutput(0));
    ILayer* costly = net->addUnary(*conditional->addInput(w)->getOutput(0), UnaryOperation::kEXP);
    costly->setName("costly");
    ITensor& added =
        *net->addElementWise(*costly->getOutput(0), *net.sum->getOutput(0), ElementWiseOperation::kSUM)->getOutput(0);
    net.sum->setInput(1, *conditional->addOutput(added, *net.sum->getOutput(0))->getOutput(0));
    net.output(net.loop->addLoopOutput(*net.sum->getOutput(0), LoopOutput::kLAST_VALUE), "y");
    const Graph graph = net.graph();
    for (const NodeId id : graph.order()) EXPECT_NE(graph[id].name, "costly");
    EXPECT_EQ(net.run({floats({3}, {1, -2, 4}), floats({}, {0})}), (Numbers{2}));
}

TEST(ConditionalTest, RefusesAConditionThatDependsOnItsOutput) {
    Conditional net;
    net.conditional->setCondition(net.condition);
    IIfConditionalOutputLayer* output = net.conditional->addOutput(net.unary(net.x, UnaryOperation::kNEG, "then"),
                                                                   net.unary(net.x, UnaryOperation::kABS, "else"));
    net.output(output, "y");
    net.conditional->setCondition(*net->addCast(*output->getOutput(0), DataType::kBOOL)->getOutput(0));
    EXPECT_EQ(net.text(), "y: the conditional depends on its own output");
}

TEST(ConditionalTest, RefusesBranchesOfDifferentRanks) {
    Conditional net;
    net.conditional->setName("choice");
    net.conditional->setCondition(net.condition);
    net.output(net.conditional->addOutput(net.x, net.input("z", {2, 1})), "y");
    EXPECT_EQ(net.text(),
              "choice: output 0 has dimensions [2] in the true branch and [2,1] in the false branch, which differ in "
              "rank");
}

TEST(LoopTest, ShowsTheParts) {
    Summing net;
    ITripLimitLayer* limit = net.loop->addTripLimit(net.trips, TripLimit::kCOUNT);
    EXPECT_EQ(limit->getTripLimit(), TripLimit::kCOUNT);
    EXPECT_EQ(limit->getLoop(), net.loop);
    EXPECT_STREQ(net.loop->getName(), "summing");
    IIteratorLayer* iterator = net.loop->addIterator(net.input("m", {2, 5}), 1, true);
    EXPECT_EQ(iterator->getAxis(), 1);
    EXPECT_TRUE(iterator->getReverse());
    EXPECT_EQ(sizes(iterator->getOutput(0)->getDimensions()), (std::vector<int64_t>{2}));
    iterator->setAxis(0);
    iterator->setReverse(false);
    EXPECT_EQ(sizes(iterator->getOutput(0)->getDimensions()), (std::vector<int64_t>{5}));
    ILoopOutputLayer* output = net.loop->addLoopOutput(*net.next, LoopOutput::kCONCATENATE, 0);
    EXPECT_EQ(output->getLoopOutput(), LoopOutput::kCONCATENATE);
    EXPECT_EQ(output->getAxis(), 0);
    EXPECT_EQ(output->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_NE(net.error().find("a stacked loop output needs its length as input 1"), std::string::npos);
}

}  // namespace
}  // namespace opentrt::network
