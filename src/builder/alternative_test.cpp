// SPDX-License-Identifier: Apache-2.0
// On the CPU as if it kept statistics of rows, or ran chains of products, with times that the test makes up.
#include "builder/alternative.h"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <map>

#include "backends/forwarding_backend.h"
#include "backends/region.h"
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
        if (problem.key.find("RowStatistics") != std::string::npos) return leaving;
        const size_t products = productsIn(problem.key);
        return products < 2 ? 1 : chains.at(problem.key.find("[1,7,") != std::string::npos).at(products);
    }
    double timeReformat(const Backend&, DType, Format, Format, const std::vector<int64_t>&) override { return 100; }
    bool comparesNetworks(const Device&) const override { return true; }
    std::vector<double> compare(const Device&, const std::vector<Rendition>& renditions, double, double) override {
        for (const Rendition& r : renditions) r.play(nullptr);
        std::vector<double> times(renditions.size(), 2);
        if (renditions[1].name == "the second network") ++compared, times[1] = folded;
        return times;
    }

    double leaving = 1, folded = 1;  //!< milliseconds
    //! By number of products: those in front of the softmax, and behind it.
    std::array<std::map<size_t, double>, 2> chains{{{{3, 2}}, {{3, 2}}}};
    int timed = 0, compared = 0;

private:
    static size_t productsIn(const std::string& key) {
        size_t count = 0;
        for (size_t at = 0; (at = key.find("Convolution(", at)) != std::string::npos; ++at) ++count;
        return count;
    }
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

//! The same, as if it ran products together, by `most` tactics each.
class WithChains final : public TwinBackend {
public:
    explicit WithChains(size_t most) : TwinBackend(refBackend()), most_(most) {}
    bool canRun(const Graph&, NodeId) const override { return true; }
    TacticList tactics(const Graph& graph, NodeId node, const TacticRequest& request) const override {
        TacticList list = TwinBackend::tactics(graph, node, request);
        if (!viewRegion(graph, node).isPlain()) list.tactics.resize(most_);
        return list;
    }
    bool compileAhead(const std::vector<CompileJob>& jobs, const TacticRequest&,
                      const std::function<bool(int done, int total)>&) const override {
        chainsCompiled.push_back(std::count_if(jobs.begin(), jobs.end(), [](const CompileJob& job) {
            return !viewRegion(job.graph, job.node).isPlain();
        }));
        return true;
    }

    mutable std::vector<int64_t> chainsCompiled;  //!< in each batch

private:
    size_t most_;
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

const StatisticsBackend kBackend;

size_t layersOf(SaidTimes& times, TimingCache* cache = nullptr, const Backend& backend = kBackend,
                const char* network = kNetwork) {
    CompileRequest request;
    request.backend = &backend;
    request.timer = &times;
    request.cache = cache;
    return compile(parseGraph(network), std::move(request)).programs[0].steps.size();
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

TEST(Alternative, TheWholeNetworkDecidesAboutPairsOfProducts) {
    constexpr const char* kPair = R"(graph net {
    input %x: f16[3,8]
    const %v: f16[8,64] = random(1)
    const %w: f16[64,8] = random(2)
    %a = MatrixMultiply(%x, %v) "first"
    %h = Activation(%a) {function=relu} "active"
    %y = MatrixMultiply(%h, %w) "second"
    output %y
})";
    const LoneTacticsBackend backend;
    for (const double folded : {1.9, 2.1}) {
        SaidTimes times;
        times.folded = folded;
        EXPECT_EQ(layersOf(times, nullptr, backend, kPair), folded < 2 ? 1u : 2u);
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

//! Three products, and three others with seven channels.
constexpr const char* kPictures = R"(graph net {
    input %x: f32[1,4,8,8]
    const %w0: f32[4,4,3,3] = random(1)
    const %w1: f32[5,4,1,1] = random(2)
    const %w2: f32[6,5,1,1] = random(3)
    const %w3: f32[7,6,3,3] = random(4)
    const %w4: f32[7,7,1,1] = random(5)
    const %w5: f32[4,7,1,1] = random(6)
    %a = Convolution(%x, %w0) {pre=[1,1], post=[1,1]} "a"
    %b = Convolution(%a, %w1) "b"
    %c = Convolution(%b, %w2) "c"
    %p = Softmax(%c) {axis=1} "softmax"
    %d = Convolution(%p, %w3) {pre=[1,1], post=[1,1]} "d"
    %e = Convolution(%d, %w4) "e"
    %f = Convolution(%e, %w5) "f"
    output %f
})";

const WithChains kChains(2);

TEST(Alternative, ProductsRunTogetherWhereTheyTakeLessTime) {
    SaidTimes times;
    EXPECT_EQ(layersOf(times, nullptr, kChains, kPictures), 3u);
    EXPECT_EQ(times.compared, 0);
}

TEST(Alternative, EachKindOfChainIsComparedWithItsParts) {
    SaidTimes times;
    times.chains[0] = {{3, 2.9}};
    EXPECT_EQ(layersOf(times, nullptr, kChains, kPictures), 5u);
    times.chains[1] = {{3, 2.9}};
    EXPECT_EQ(layersOf(times, nullptr, kChains, kPictures), 7u);
    EXPECT_EQ(times.compared, 0);
}

TEST(Alternative, ChainsOfOneTacticAreTimed) {
    const WithChains backend(1);
    SaidTimes times;
    times.chains[0] = {{3, 3.1}};
    EXPECT_EQ(layersOf(times, nullptr, backend, kPictures), 5u);
}

TEST(Alternative, KernelsOfChainsAreCompiledBesideThoseOfTheirParts) {
    const WithChains backend(2);
    SaidTimes times;
    layersOf(times, nullptr, backend, kPictures);
    ASSERT_FALSE(backend.chainsCompiled.empty());
    EXPECT_EQ(backend.chainsCompiled[0], 4);
}

TEST(Alternative, ChainsAreFoundInTheTimingCache) {
    SaidTimes times;
    times.chains[0] = {{3, 2.8}};
    times.chains[1] = {{3, 2.6}};
    TimingCache cache(kChains.device());
    EXPECT_EQ(layersOf(times, &cache, kChains, kPictures), 5u);
    SaidTimes later;
    EXPECT_EQ(layersOf(later, &cache, kChains, kPictures), 5u);
    EXPECT_EQ(later.timed, 0);
}

}  // namespace
}  // namespace opentrt
