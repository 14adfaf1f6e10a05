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

//! A backend of eight tactics a node, "slow.0" to "slow.7", which are slower and slower by estimate; of the last one it
//! knows nothing.
class Estimating final : public Backend {
public:
    std::string_view name() const override { return "slow"; }
    std::string device() const override { return "slow"; }
    TacticList tactics(const Graph&, NodeId, const TacticRequest&) const override {
        TacticList list;
        for (int t = 0; t < 8; ++t)
            list.tactics.push_back({cat("slow.", t), {Format::Linear}, {Format::Linear}, -1, false});
        return list;
    }
    std::vector<double> estimates(const Graph&, NodeId, const std::vector<Tactic>& tactics,
                                  const TacticRequest&) const override {
        std::vector<double> times;
        for (const Tactic& tactic : tactics)
            times.push_back(tactic.name == "slow.7" ? 0 : 1 + (tactic.name.back() - '0'));
        return times;
    }
    bool canRun(const Graph&, NodeId) const override { return true; }
    CompiledStep compile(const Graph&, NodeId, const Tactic&, const TacticRequest&) const override { return {}; }
    std::shared_ptr<const Kernel> load(const std::string&, const std::string&,
                                       const std::vector<Tensor>&) const override {
        return nullptr;
    }
    CompiledStep compileReformat(DType, Format, Format) const override { return {}; }
    bool isHere() const override { return false; }
};

//! Numbers of the tactics that were timed for one node.
std::string triedWith(double trust, TimingCache* cache = nullptr, bool selects = false) {
    struct Noting final : Timer {
        double time(const TimingProblem&, const Tactic& tactic, double) override {
            timed += tactic.name.back();
            return 1;
        }
        double timeReformat(const Backend&, DType, Format, Format, const std::vector<int64_t>&) override { return 1; }
        std::string timed;
    } timer;
    const Estimating backend;
    const Graph graph = parseGraph("graph net { stage planned input %x: f32[4] %y = Unary(%x) output %y }");
    TuneRequest request;
    request.backend = &backend;
    request.timer = &timer;
    request.cache = cache;
    request.effort.trust = trust;
    if (selects) request.select = [](const Graph&, NodeId, std::vector<Tactic>&, std::vector<double>&) {};
    const Tuned result = tune(graph, request);
    const auto& refusals = result.nodes.at(graph.order().front()).refusals;
    EXPECT_EQ(refusals.size() + timer.timed.size() + (cache ? 1 : 0), 8u);
    for (const Refusal& refusal : refusals) EXPECT_NE(refusal.reason.find("an estimate of"), std::string::npos);
    return timer.timed;
}

TEST(Tuner, TriesNoCandidateThatIsFarSlowerByEstimate) {
    EXPECT_EQ(triedWith(3), "01237") << "one more, so that there are a few";
    EXPECT_EQ(triedWith(6), "0123457");
    EXPECT_EQ(triedWith(0), "01234567") << "nothing is dropped";
    EXPECT_EQ(triedWith(3, nullptr, true), "01234567") << "a selector sees all";
}

TEST(Tuner, KeepsCandidatesThatTheCacheKnows) {
    const Graph graph = parseGraph("graph net { stage planned input %x: f32[4] %y = Unary(%x) output %y }");
    TimingCache cache("slow");
    cache.put(problemKey(graph, graph.order().front(), {}), "slow.5", 0.1F);
    EXPECT_EQ(triedWith(3, &cache), "01237");
}

}  // namespace
}  // namespace opentrt
