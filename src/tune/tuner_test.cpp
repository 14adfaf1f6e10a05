// SPDX-License-Identifier: Apache-2.0
// Tuning without a clock: the timer answers from a table of tactic (or "from.to" of a reformat) and milliseconds.
#include "tune/tuner.h"

#include <gtest/gtest.h>

#include "graph/text.h"
#include "tune/trial.h"

namespace opentrt {
namespace {

class TableTimer final : public Timer {
public:
    explicit TableTimer(std::map<std::string, double> table) : table_(std::move(table)) {}

    double time(const TimingProblem& problem, const Tactic& tactic, double) override {
        ++asked;
        return lookUp(problem.graph[problem.node].name + " " + tactic.name, lookUp(tactic.name, 100));
    }
    double timeReformat(const Backend&, DType, Format from, Format to, const std::vector<int64_t>&) override {
        ++asked;
        return lookUp(std::string(name(from)) + "." + name(to), 10);
    }
    void settle(const TimingProblem&, const std::vector<Tactic>& tactics, std::vector<double>& times) override {
        for (size_t t = 0; t < tactics.size(); ++t) times[t] = settled(tactics[t].name, times[t]);
    }
    std::function<double(const std::string& tactic, double ms)> settled = [](const auto&, double ms) { return ms; };
    int asked = 0;

private:
    double lookUp(const std::string& key, double otherwise) const {
        const auto at = table_.find(key);
        return at == table_.end() ? otherwise : at->second;
    }
    std::map<std::string, double> table_;
};

//! Two pointwise operators behind each other, each of which runs in every format.
constexpr const char* kChain = R"(graph net {
    stage planned
    input %x: f32[1,16,4,4]
    %a = Unary(%x) {operation=exp} "first"
    %y = Unary(%a) {operation=sqrt} "second"
    output %y
})";

std::vector<std::string> tuned(Timer& timer, TimingCache* cache = nullptr) {
    const Graph graph = parseGraph(kChain);
    TuneRequest request;
    request.backend = &cpuBackend();
    request.timer = &timer;
    request.cache = cache;
    const Tuned result = tune(graph, request);
    std::vector<std::string> names;
    for (NodeId id : graph.order()) names.push_back(result.nodes.at(id).tactic.name);
    return names;
}

const std::string kLinear = "cpu.pointwise.linear", kChw16 = "cpu.pointwise.chw16", kNhwc = "cpu.pointwise.nhwc";

TEST(Tuner, TakesTheFastestTacticWhenReformatsAreFree) {
    TableTimer timer(
        {{"first " + kChw16, 1}, {"second " + kNhwc, 1}, {"linear.chw16", 0}, {"chw16.nhwc", 0}, {"nhwc.linear", 0}});
    EXPECT_EQ(tuned(timer), (std::vector<std::string>{kChw16, kNhwc}));
}

TEST(Tuner, StaysInOneFormatWhenReformatsCostMoreThanTheyGain) {
    TableTimer timer({{"first " + kChw16, 1}, {"second " + kChw16, 1}, {kLinear, 5}});
    // 5 + 5 in linear against 1 + 1 and two reformats of 10.
    EXPECT_EQ(tuned(timer), (std::vector<std::string>{kLinear, kLinear}));
}

TEST(Tuner, PaysForReformatsWhenTwoFastKernelsShareThem) {
    TableTimer timer({{"first " + kChw16, 1}, {"second " + kChw16, 1}, {kLinear, 12}});
    // 12 + 12 in linear against 1 + 1 and two reformats of 10; one fast kernel alone would not pay.
    EXPECT_EQ(tuned(timer), (std::vector<std::string>{kChw16, kChw16}));
}

TEST(Tuner, TrustsTheSecondLookAtTheBestAndKeepsIt) {
    TimingCache cache("cpu");
    TableTimer timer({{kChw16, 1}, {kNhwc, 2}, {kLinear, 3}, {"linear.chw16", 0}, {"chw16.linear", 0}});
    timer.settled = [](const std::string& tactic, double ms) { return tactic == kChw16 ? 8 * ms : ms; };
    EXPECT_EQ(tuned(timer, &cache), (std::vector<std::string>{kLinear, kLinear}));
    timer.settled = [](const std::string&, double) { return 100.0; };
    EXPECT_EQ(tuned(timer, &cache), (std::vector<std::string>{kLinear, kLinear}));
}

TEST(Tuner, TimesNothingWhenTheCacheKnowsEverything) {
    TimingCache cache("cpu");
    TableTimer first({{kChw16, 1}, {"linear.chw16", 0}, {"chw16.linear", 0}});
    const auto choice = tuned(first, &cache);
    EXPECT_GT(first.asked, 0);
    TableTimer second({});
    EXPECT_EQ(tuned(second, &cache), choice);
    EXPECT_EQ(second.asked, 0);
}

TEST(Tuner, KeysDoNotDependOnTrainedNumbers) {
    const auto key = [](const std::string& numbers) {
        const Graph graph = parseGraph(cat("graph { stage planned input %x: f32[2,3] const %c: f32[1,3] = ", numbers,
                                           " %y = ElementWise(%x, %c) output %y }"));
        return problemKey(graph, graph.order().front(), {});
    };
    EXPECT_EQ(key("[1,2,3]"), key("[4,5,6]"));
}

TEST(Tuner, WarnsExactlyWhenItFallsBackToTheReference) {
    class Collector final : public Log {
    public:
        void write(Severity severity, const std::string& message) override {
            if (severity == Severity::Warning) warnings.push_back(message);
        }
        std::vector<std::string> warnings;
    } log;
    const Graph graph = parseGraph(R"(graph net {
        stage planned
        input %x: i4[8]
        %y = Cast(%x) {to=f32} "unpack"
        output %y
    })");
    TableTimer timer({});
    TuneRequest request;
    request.backend = &cpuBackend();
    request.timer = &timer;
    request.log = &log;
    const Tuned result = tune(graph, request);
    const Choice& choice = result.nodes.at(graph.order().front());
    EXPECT_EQ(log.warnings.size(), choice.tactic.usesReference ? 1u : 0u);
}

int timedAt(int level) {
    class Counter final : public Timer {
    public:
        double time(const TimingProblem&, const Tactic&, double) override { return ++asked; }
        double timeReformat(const Backend&, DType, Format, Format, const std::vector<int64_t>&) override { return 1; }
        int asked = 0;
    } timer;
    const Graph graph = parseGraph(kChain);
    TuneRequest request;
    request.backend = &cpuBackend();
    request.timer = &timer;
    request.effort = effortAt(level);
    tune(graph, request);
    return timer.asked;
}

TEST(Tuner, TimesNothingAtLevelZeroAndMoreCandidatesAtHigherLevels) {
    EXPECT_EQ(timedAt(0), 0);
    EXPECT_EQ(timedAt(1), 6);  // three of the four formats for each of two nodes
    EXPECT_EQ(timedAt(3), 8);
    EXPECT_EQ(timedAt(5), timedAt(3));
}

TEST(Effort, GrowsWithTheLevel) {
    for (int level = 1; level < 5; ++level) {
        const Effort lower = effortAt(level), higher = effortAt(level + 1);
        EXPECT_LE(lower.candidates, higher.candidates);
        EXPECT_LT(lower.iterations, higher.iterations);
        EXPECT_LT(lower.patience, higher.patience);
    }
    EXPECT_EQ(effortAt(9).iterations, effortAt(5).iterations);
}

TEST(Tuner, CancelsWhenProgressSaysSo) {
    TableTimer timer({});
    const Graph graph = parseGraph(kChain);
    TuneRequest request;
    request.backend = &cpuBackend();
    request.timer = &timer;
    request.progress = [](int done, int) { return done < 1; };
    EXPECT_THROW(tune(graph, request), Error);
}

}  // namespace
}  // namespace opentrt
