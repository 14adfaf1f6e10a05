// SPDX-License-Identifier: Apache-2.0
// Rules of whole networks: inputs and outputs, names, the boundaries of loops and conditionals.
#include "layer_rows.h"

namespace apitest {
namespace {

//! A network that cannot be built, and the words that say why.
struct BadNetwork {
    const char* rule;
    std::function<ITensor*(Rig&)> make;
    const char* words;
};

void expectRefused(const std::vector<BadNetwork>& networks) {
    for (const BadNetwork& bad : networks) {
        SCOPED_TRACE(bad.rule);
        Rig rig(DataType::kFLOAT);
        ITensor* y = bad.make(rig);
        if (y) rig.net.output(y, "y");
        EXPECT_FALSE(rig.net.run());
        EXPECT_TRUE(rig.net.logger.error(bad.words)) << rig.net.logger.all();
    }
}

TEST(NetworkRules, InputsAndOutputs) {
    const auto same = [](Rig& r) -> ITensor& { return *r.n.addIdentity(r.data({2}, {1, 2}))->getOutput(0); };
    expectRefused({
        {"no output",
         [=](Rig& r) {
             same(r);
             return nullptr;
         },
         "the network has no output; mark one with markOutput"},
        {"an input as an output",
         [](Rig& r) {
             return &r.data({2}, {1, 2});
         },
         "y: a network input cannot be an output, too; insert an identity layer"},
        {"an output named as an input",
         [=](Rig& r) {
             r.net.output(&same(r), "x0");
             return nullptr;
         },
         "x0: two inputs or outputs of the network have this name"},
        {"outputs that are renamed",
         [=](Rig& r) {
             ITensor &a = same(r), &b = same(r);
             r.net.output(&a, "a");
             r.net.output(&b, "b");
             b.setName("a");
             return nullptr;
         },
         "a: two inputs or outputs of the network have this name"},
    });
}

//! x' = exp(x) three times.
struct LoopOf {
    explicit LoopOf(Rig& rig, bool limited = true) : loop(*rig.n.addLoop()) {
        if (limited) loop.addTripLimit(rig.fixed({}, {3}), TripLimit::kCOUNT);
        recurrence = loop.addRecurrence(rig.data({2}, {1, 2}));
        next = rig.n.addUnary(*recurrence->getOutput(0), UnaryOperation::kEXP)->getOutput(0);
        recurrence->setInput(1, *next);
    }
    ITensor* last() { return loop.addLoopOutput(*recurrence->getOutput(0), LoopOutput::kLAST_VALUE)->getOutput(0); }
    ILoop& loop;
    IRecurrenceLayer* recurrence;
    ITensor* next;
};

TEST(NetworkRules, Loops) {
    const auto limit = [](const Sizes& dims, DataType type, TripLimit kind) {
        return [=](Rig& r) {
            LoopOf l(r, kind == TripLimit::kWHILE);
            l.loop.addTripLimit(r.as(type, dims, Doubles(dims.empty() ? 1 : 2, 1)), kind);
            return l.last();
        };
    };
    const auto i32 = DataType::kINT32, f32 = DataType::kFLOAT, flag = DataType::kBOOL;
    expectRefused({
        {"no limit", [](Rig& r) { return LoopOf(r, false).last(); }, "the loop has no trip limit; call addTripLimit"},
        {"count of f32", limit({}, f32, TripLimit::kCOUNT), "input 0 is f32 when it should be i32 or i64"},
        {"two counts", limit({2}, i32, TripLimit::kCOUNT), "input 0 has dimensions [2] when it should be a single"},
        {"condition of i32", limit({}, i32, TripLimit::kWHILE), "input 1 is i32 when it should be bool"},
        {"two conditions", limit({2}, flag, TripLimit::kWHILE),
         "input 1 has dimensions [2] when it should be a single"},
        {"a recurrence without a next value",
         [](Rig& r) {
             LoopOf l(r);
             l.loop.addRecurrence(r.data({1}, {1}));
             return l.last();
         },
         "the recurrence has no next value; set it as input 1"},
        {"a next value of another type",
         [](Rig& r) {
             LoopOf l(r);
             l.recurrence->setInput(1, *r.n.addCast(*l.next, DataType::kINT32)->getOutput(0));
             return l.last();
         },
         "carried value 0 is f32 at first and i32 after an iteration"},
        {"the last value of a layer",
         [](Rig& r) {
             LoopOf l(r);
             return l.loop.addLoopOutput(*l.next, LoopOutput::kLAST_VALUE)->getOutput(0);
         },
         "a last-value output takes the output of one of the loop's recurrences"},
        {"an inner tensor as an output", [](Rig& r) { return LoopOf(r).next; },
         "a tensor of the inside of a loop is used outside of it; pass it out with addLoopOutput"},
        {"an axis that does not exist",
         [](Rig& r) {
             LoopOf l(r);
             l.loop.addIterator(r.data({2}, {1, 2}), 1);
             return l.last();
         },
         "axis 1 does not exist in [2]"},
    });
}

TEST(NetworkRules, ALoopHasOneLimitOfAKind) {
    Rig rig(DataType::kFLOAT);
    LoopOf l(rig);
    EXPECT_EQ(l.loop.addTripLimit(rig.fixed({}, {3}), TripLimit::kCOUNT), nullptr);
    EXPECT_TRUE(rig.net.logger.error("the loop has a limit of this kind")) << rig.net.logger.all();
}

TEST(NetworkRules, Conditionals) {
    const auto branches = [](const Sizes& dims, DataType type, std::function<ITensor*(Rig&, ITensor&)> otherwise) {
        return [=](Rig& r) {
            IIfConditional* c = r.n.addIfConditional();
            c->setCondition(r.as(type, dims, Doubles(dims.empty() ? 1 : 2, 1)));
            ITensor& x = *c->addInput(r.data({2}, {1, 2}))->getOutput(0);
            ITensor& then = *r.n.addUnary(x, UnaryOperation::kEXP)->getOutput(0);
            return c->addOutput(then, *otherwise(r, x))->getOutput(0);
        };
    };
    const auto same = [](Rig&, ITensor& x) { return &x; };
    const auto flag = DataType::kBOOL;
    expectRefused({
        {"condition of i32", branches({}, DataType::kINT32, same), "input 0 is i32 when it should be bool"},
        {"two conditions", branches({2}, flag, same), "input 0 has dimensions [2] when it should be a single element"},
        {"branches of two types",
         branches({}, flag, [](Rig& r, ITensor& x) { return r.n.addCast(x, DataType::kINT32)->getOutput(0); }),
         "output 0 is f32 in the true branch and i32 in the false branch"},
        {"branches of two ranks",
         branches({}, flag, [](Rig& r, ITensor& x) { return r.n.addUnsqueeze(x, r.shape({0}))->getOutput(0); }),
         "output 0 has dimensions [2] in the true branch and [1,2] in the false branch, which differ in rank"},
        {"no condition",
         [](Rig& r) {
             ITensor& x = r.data({2}, {1, 2});
             return r.n.addIfConditional()->addOutput(x, x)->getOutput(0);
         },
         "the conditional has no condition; call setCondition"},
    });
}

}  // namespace
}  // namespace apitest
