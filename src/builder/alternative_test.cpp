// SPDX-License-Identifier: Apache-2.0
// On the CPU as if it kept statistics of rows, with times that the test makes up.
#include "builder/alternative.h"

#include <gtest/gtest.h>

#include "backends/forwarding_backend.h"
#include "builder/compile.h"
#include "graph/text.h"
#include "runtime/context.h"

namespace opentrt {
namespace {

//! Layers by themselves and whole networks take what the test says.
class SaidTimes final : public Timer {
public:
    double time(const TimingProblem& problem, const Tactic&, double) override {
        ++timed;
        return problem.key.find("RowStatistics") == std::string::npos ? 1 : leaving;
    }
    double timeReformat(const Backend&, DType, Format, Format, const std::vector<int64_t>&) override { return 100; }
    bool comparesNetworks(const Device&) const override { return true; }
    std::vector<double> compare(const Device&, const std::vector<Rendition>& renditions, double) override {
        for (const Rendition& r : renditions) r.play(nullptr);
        std::vector<double> times(renditions.size(), 2);
        if (renditions[1].name == "the second network") ++compared, times[1] = folded;
        return times;
    }

    double leaving = 1, folded = 1;  //!< milliseconds
    int timed = 0, compared = 0;
};

//! The reference backend, which has one tactic of each, as if it kept statistics.
template <class Base>
class WithStatistics final : public Base {
public:
    WithStatistics() : Base(refBackend()) {}
    bool keepsRowStatistics() const override { return true; }
    bool computesInHalf() const override { return true; }
    bool canRun(const Graph&, NodeId) const override { return true; }
};
//! What there is one tactic of is not measured, so there are two of each.
using StatisticsBackend = WithStatistics<TwinBackend>;
using LoneTacticsBackend = WithStatistics<ForwardingBackend>;

constexpr const char* kNetwork = R"(graph net {
    input %x: f16[3,8]
    const %v: f16[8,64] = random(1)
    const %w: f16[64,64] = random(2)
    %a = MatrixMultiply(%x, %v) "first"
    %n = Normalization(%a) {axes=[1]} "norm"
    %y = MatrixMultiply(%n, %w) "second"
    output %y
})";

const StatisticsBackend kBackend;

size_t layersOf(SaidTimes& times, TimingCache* cache = nullptr, const Backend& backend = kBackend) {
    CompileRequest request;
    request.backend = &backend;
    request.timer = &times;
    request.cache = cache;
    return compile(parseGraph(kNetwork), std::move(request)).programs[0].steps.size();
}

TEST(Alternative, NormalisationsJoinProductsWhenTheLayersAreClearlyFaster) {
    SaidTimes times;
    EXPECT_EQ(layersOf(times), 2u);
    EXPECT_EQ(times.compared, 0);
}

TEST(Alternative, NormalisationsStayWhenTheLayersAreClearlyFasterSo) {
    SaidTimes times;
    times.leaving = 3;
    EXPECT_EQ(layersOf(times), 3u);
    EXPECT_EQ(times.compared, 0);
}

TEST(Alternative, TheWholeNetworkDecidesBetweenSimilarSums) {
    for (const double folded : {1.9, 2.1}) {
        SaidTimes times;
        times.leaving = 2;
        times.folded = folded;
        EXPECT_EQ(layersOf(times), folded < 2 ? 2u : 3u);
        EXPECT_EQ(times.compared, 1);
    }
}

TEST(Alternative, TheWholeNetworkDecidesWhereLayersAreNotMeasured) {
    const LoneTacticsBackend backend;
    for (const double folded : {1.9, 2.1}) {
        SaidTimes times;
        times.folded = folded;
        EXPECT_EQ(layersOf(times, nullptr, backend), folded < 2 ? 2u : 3u);
        EXPECT_EQ(times.timed, 0);
        EXPECT_EQ(times.compared, 1);
    }
}

TEST(Alternative, IsFoundInTheTimingCache) {
    for (const double folded : {1.9, 2.1}) {
        SaidTimes times;
        times.leaving = 2;
        times.folded = folded;
        TimingCache cache(StatisticsBackend().device());
        const size_t layers = layersOf(times, &cache);
        SaidTimes later;
        later.folded = 4 - folded;
        EXPECT_EQ(layersOf(later, &cache), layers);
        EXPECT_EQ(later.timed, 0);
        EXPECT_EQ(later.compared, 0);
    }
}

}  // namespace
}  // namespace opentrt
