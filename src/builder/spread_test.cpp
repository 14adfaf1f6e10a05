// SPDX-License-Identifier: Apache-2.0
// On the CPU, which runs all lanes as one, with times that the test makes up.
#include "builder/spread.h"

#include <gtest/gtest.h>

#include "builder/compile.h"
#include "graph/text.h"
#include "plan/order.h"
#include "plan/serialize.h"

namespace opentrt {
namespace {

constexpr const char* kTwoBranches = R"(graph net {
    input %x: f32[1,16,12,12]
    const %u: f32[16,16,3,3] = random(6)
    const %v: f32[16,16,3,3] = random(7)
    const %w: f32[16,16,3,3] = random(8)
    %h = Softmax(%x) {axis=1} "head"
    %a = Convolution(%h, %u, _) {pre=[1,1], post=[1,1]} "left"
    %b = Convolution(%h, %v, _) {pre=[1,1], post=[1,1]} "right"
    %c = Convolution(%b, %w, _) {pre=[1,1], post=[1,1]} "right again"
    %p = Softmax(%a) {axis=1} "of the left"
    %q = Softmax(%c) {axis=2} "of the right"
    output %p
    output %q
})";

class NetworkTimes final : public Timer {
public:
    double time(const TimingProblem&, const Tactic&, double) override { return 1; }
    double timeReformat(const Backend&, DType, Format, Format, const std::vector<int64_t>&) override { return 1; }
    std::vector<double> compare(const Device&, const std::vector<Rendition>& renditions, double, double) override {
        std::vector<double> times;
        for (const Rendition& r : renditions) {
            r.play(nullptr);
            times.push_back(times.empty() ? 8 : spread);
        }
        ++compared;
        return tells ? times : std::vector<double>();
    }
    double spread = 7;  //!< milliseconds of the network in several lanes
    bool tells = true;
    int compared = 0;
};

struct Spread : testing::Test {
    NetworkTimes timer;
    TimingCache cache{cpuBackend().device()};
    SpreadRequest request;
    float milliseconds = 0.006F;  //!< of each step

    int32_t lanes() {
        const Graph graph = parseGraph(kTwoBranches);
        CompileRequest compiling;
        compiling.backend = &cpuBackend();
        compiling.optimizationLevel = 0;
        Graph planned;
        compiling.inspect = [&](const Graph& g, const Tuned&) { planned = g.clone(); };
        Plan plan = compile(graph.clone(), compiling);
        for (PlanStep& step : plan.programs[0].steps) step.buildTimeMs = milliseconds;
        TuneRequest tuning;
        tuning.backend = &cpuBackend();
        tuning.timer = &timer;
        tuning.cache = &cache;
        request.mayLeave.assign(plan.programs[0].steps.size(), true);
        request.ranges = {SymbolRanges()};
        spread(planned, plan, tuning, request);
        return StepOrder(deserialize(serialize(plan)).programs[0].steps).laneCount();
    }
};

TEST_F(Spread, TakesLanesThatAreMeasuredFaster) {
    request.isTimed = request.measures = true;
    EXPECT_EQ(lanes(), 2);
    EXPECT_EQ(timer.compared, 1);
}

TEST_F(Spread, StaysInOneLaneWhereNothingIsWon) {
    request.isTimed = request.measures = true;
    timer.spread = 7.99;
    EXPECT_EQ(lanes(), 1);
    cache.clear();
    timer.spread = 7;
    timer.tells = false;
    EXPECT_EQ(lanes(), 1) << "nobody can tell";
    timer.tells = true;
    request.measures = false;
    EXPECT_EQ(lanes(), 1);
    request.measures = true;
    request.maxAuxStreams = 0;
    EXPECT_EQ(lanes(), 1);
    request.maxAuxStreams = -1;
    milliseconds = 1;
    EXPECT_EQ(lanes(), 1) << "each step has the device to itself";
    EXPECT_EQ(timer.compared, 2);
}

TEST_F(Spread, IsRememberedInTheTimingCache) {
    request.isTimed = request.measures = true;
    EXPECT_EQ(lanes(), 2);
    timer.spread = 9;
    EXPECT_EQ(lanes(), 2);
    request.measures = false;
    EXPECT_EQ(lanes(), 2);
    cache.clear();
    request.measures = true;
    EXPECT_EQ(lanes(), 1);
    timer.spread = 7;
    EXPECT_EQ(lanes(), 1);
    EXPECT_EQ(timer.compared, 2);
}

TEST_F(Spread, FollowsTheRulesWhereLanesAreAskedForAndNothingIsMeasured) {
    request.isTimed = true;
    request.maxAuxStreams = 2;
    EXPECT_EQ(lanes(), 2);
    request.measures = true;
    timer.tells = false;
    EXPECT_EQ(lanes(), 2);
    EXPECT_EQ(lanes(), 2);
    EXPECT_EQ(timer.compared, 1) << "what cannot be measured is remembered, too";
    cache.clear();
    timer.tells = true;
    timer.spread = 9;
    EXPECT_EQ(lanes(), 1);
    EXPECT_EQ(lanes(), 1);
    EXPECT_EQ(timer.compared, 2);
}

TEST_F(Spread, MakesLanesWithoutTimesOnlyWhenAskedTo) {
    EXPECT_EQ(lanes(), 1);
    request.maxAuxStreams = 3;
    milliseconds = 0;
    EXPECT_EQ(lanes(), 2);
    EXPECT_EQ(timer.compared, 0);
}

}  // namespace
}  // namespace opentrt
