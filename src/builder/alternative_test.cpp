// SPDX-License-Identifier: Apache-2.0
// On the CPU as if it kept statistics of rows, with times that the test makes up.
#include "builder/alternative.h"

#include <gtest/gtest.h>

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

class StatisticsBackend final : public Backend {
public:
    std::string_view name() const override { return refBackend().name(); }
    std::string device() const override { return refBackend().device(); }
    bool keepsRowStatistics() const override { return true; }
    bool computesInHalf() const override { return true; }
    TacticList tactics(const Graph& graph, NodeId node, const TacticRequest& request) const override {
        TacticList list = refBackend().tactics(graph, node, request);
        list.tactics.push_back(list.tactics.front());  // what there is one of is not measured
        list.tactics.back().name += kTwin;
        return list;
    }
    CompiledStep compile(const Graph& graph, NodeId node, const Tactic& tactic,
                         const TacticRequest& request) const override {
        Tactic own = tactic;
        own.name = own.name.substr(0, own.name.rfind(kTwin));
        return refBackend().compile(graph, node, own, request);
    }
    bool canRun(const Graph&, NodeId) const override { return true; }
    CompiledStep compileReformat(DType type, Format from, Format to) const override {
        return refBackend().compileReformat(type, from, to);
    }
    std::shared_ptr<const Kernel> load(const std::string& kernel, const std::string& params,
                                       const std::vector<Tensor>& weights) const override {
        return refBackend().load(kernel, params, weights);
    }

private:
    static constexpr const char* kTwin = ".twin";
};

constexpr const char* kNetwork = R"(graph net {
    input %x: f16[3,8]
    const %v: f16[8,64] = random(1)
    const %w: f16[64,64] = random(2)
    %a = MatrixMultiply(%x, %v) "first"
    %n = Normalization(%a) {axes=[1]} "norm"
    %y = MatrixMultiply(%n, %w) "second"
    output %y
})";

size_t layersOf(SaidTimes& times, TimingCache* cache = nullptr) {
    static const StatisticsBackend backend;
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
