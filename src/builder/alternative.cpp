// SPDX-License-Identifier: Apache-2.0
#include "builder/alternative.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/hash.h"
#include "builder/live_network.h"
#include "graph/give_back.h"
#include "ops/region.h"
#include "passes/pipeline.h"
#include "tune/trial.h"

namespace opentrt {

namespace {

//! Sums of layers that differ by a larger part say which network is faster.
constexpr double kClear = 0.1;

//! How long each of two networks runs in its turn. Large ones are limited by power, to which the clock answers slowly.
double turnMsOf(double networkMs) {
    constexpr double kLarge = 1, kLargeTurn = 50;
    return networkMs < kLarge ? Timer::kTurnMs : kLargeTurn;
}

std::string keyOf(const std::string& what, const Graph& graph, const TuneRequest& tuning) {
    uint64_t hash = 0;
    for (const NodeId node : graph.order()) hash = hashText(problemKey(graph, node, tuning.tactics.opt), hash);
    return cat(what, " of the network ", hash);
}

struct Planned {
    const Graph& graph;
    const Tuned& tuned;
};

//! Milliseconds of both networks, measured in turns; nothing where networks are not compared, or cannot be recorded.
std::optional<std::pair<double, double>> compareInTurns(const Planned& first, const Planned& second,
                                                        const TuneRequest& tuning, const LowerRequest& lowering) {
    if (!tuning.timer->comparesNetworks(tuning.backend->place())) return {};
    const auto run = [&](const Planned& planned) {
        auto engine =
            std::make_shared<Engine>(lower(planned.graph, planned.tuned, lowering), tuning.plugins, tuning.memory);
        return std::make_unique<LiveNetwork>(planned.graph, std::move(engine), tuning);
    };
    try {
        const auto a = run(first), b = run(second);
        if (!a->isReady() || !b->isReady()) return {};
        const std::vector<Rendition> renditions{{"the first network", [] {}, [&](void* stream) { a->run(stream); }},
                                                {"the second network", [] {}, [&](void* stream) { b->run(stream); }}};
        const auto times = tuning.timer->compare(a->place(), renditions, tuning.effort.rehearsalSeconds,
                                                 turnMsOf(first.tuned.totalMs));
        if (times.size() == 2) return std::pair(times[0], times[1]);
    } catch (const Error& error) {  // beside the weights, which the build holds as well
        if (error.code() != ErrorCode::FailedAllocation) throw;
    }
    return {};
}

//! Whether all regions of a network were timed, so that sums of layers say something. Those with one tactic are not.
bool isTimed(const Planned& planned) {
    return std::all_of(planned.tuned.nodes.begin(), planned.tuned.nodes.end(), [&](const auto& node) {
        return !as<ops::Region>(*planned.graph[node.first].op) || node.second.timeMs > 0;
    });
}

bool isFaster(const std::string& what, const Planned& folded, const Planned& apart, const TuneRequest& tuning,
              const LowerRequest& lowering) {
    const auto say = [&](const char* whole, double with, double without) {
        if (!tuning.log) return;
        tuning.log->verbose("with ", what, " ", whole, " ", with, " ms instead of ", without);
    };
    const double with = folded.tuned.totalMs, without = apart.tuned.totalMs;
    say("the layers take", with, without);
    const bool isClear = isTimed(folded) && isTimed(apart) && std::fabs(with - without) > kClear * without;
    if (isClear || tuning.effort.rehearsalSeconds <= 0 || tuning.errorOnCacheMiss) return with < without;
    const Phases::Open phase(tuning.phases, "comparing networks");
    const auto times = compareInTurns(apart, folded, tuning, lowering);
    if (!times) return with < without;
    say("the network takes", times->second, times->first);
    return times->second < times->first;
}

//! One kernel for several nodes of the network without it.
struct Chain {
    NodeId region;
    std::vector<NodeId> parts;
    std::string kind;  //!< its problem
};

//! Joins the chains of which `wants` says of the kind that it is wanted.
std::vector<Chain> joinChains(Graph& graph, const PipelineRequest& pipeline, const TuneRequest& tuning,
                              const std::function<bool(const std::string& kind)>& wants) {
    std::vector<Chain> chains;
    PipelineRequest joining = pipeline;
    joining.wants = [&](const Graph& g, NodeId region, const std::vector<NodeId>& parts) {
        std::string kind = problemKey(g, region, tuning.tactics.opt);
        const bool isWanted = wants(kind);
        if (isWanted) chains.push_back({region, parts, std::move(kind)});
        return isWanted;
    };
    if (runPass(kChainsPass, graph, joining)) giveBackConstants(graph);
    return chains;
}

//! Whether it takes clearly less time than its parts; in the network those begin while others end. One that could not
//! be timed does not.
bool pays(const Chain& chain, const Tuned& joined, const Tuned& apart, const std::string& name, Log* log) {
    const double with = joined.nodes.at(chain.region).timeMs;
    double without = 0;
    for (const NodeId part : chain.parts) without += apart.nodes.at(part).timeMs;
    if (log) log->verbose(name, " as one kernel takes ", with, " ms instead of ", without);
    return with > 0 && with < (1 - kClear) * without;
}

}  // namespace

void runPassWhereFaster(const char* pass, Graph& graph, Tuned& tuned, const PipelineRequest& pipeline,
                        const TuneRequest& tuning, const LowerRequest& lowering) {
    Graph folded = graph.clone();
    if (!runPass(pass, folded, pipeline)) return;
    giveBackConstants(folded);
    const std::string what = pass == std::string_view(kNormsPass) ? "normalisations in products" : "products in pairs",
                      key = keyOf(what, folded, tuning);
    constexpr const char *kFolded = "folded", *kApart = "apart";
    const bool known = tuning.cache->find(key, kFolded) || tuning.cache->find(key, kApart);
    if (known && !tuning.cache->find(key, kFolded)) return;
    TuneRequest timing = tuning;
    for (const NodeId node : folded.order()) {  // also those of one tactic, which replaces two that are timed
        if (pass == std::string_view(kMlpsPass) && as<ops::Region>(*folded[node].op)) timing.timed.insert(node);
    }
    Tuned other = tune(folded, timing);
    const bool faster = known || isFaster(what, {folded, other}, {graph, tuned}, tuning, lowering);
    tuning.cache->put(key, faster ? kFolded : kApart, faster ? other.totalMs : tuned.totalMs);
    if (!faster) return;
    graph = std::move(folded);
    tuned = std::move(other);
}

std::vector<CompileJob> kernelsOfChains(Graph& copy, const PipelineRequest& pipeline, const TuneRequest& tuning) {
    std::vector<CompileJob> jobs;
    std::set<std::string> seen;
    for (const Chain& chain : joinChains(copy, pipeline, tuning, [](const std::string&) { return true; })) {
        if (!seen.insert(chain.kind).second) continue;
        std::vector<Tactic> tactics = tuning.backend->tactics(copy, chain.region, tuning.tactics).tactics;
        tactics.resize(std::min(tactics.size(), tuning.effort.candidates));
        for (const Tactic& tactic : tactics) {
            if (!tuning.cache->find(chain.kind, tactic.name)) jobs.push_back({copy, chain.region, tactic});
        }
    }
    return jobs;
}

void joinChainsWhereFaster(Graph& graph, Tuned& tuned, const PipelineRequest& pipeline, const TuneRequest& tuning) {
    Graph joined;
    Tuned with;
    const auto plan = [&](const std::function<bool(const std::string&)>& wants) {
        joined = graph.clone();
        std::vector<Chain> chains = joinChains(joined, pipeline, tuning, wants);
        TuneRequest timing = tuning;
        for (const Chain& chain : chains) timing.timed.insert(chain.region);
        if (!chains.empty()) with = tune(joined, timing);
        return chains;
    };
    const std::vector<Chain> all = plan([](const std::string&) { return true; });
    std::set<std::string> slower, faster;
    for (const Chain& chain : all) {
        const bool wins = pays(chain, with, tuned, joined[chain.region].name, tuning.log);
        (wins ? faster : slower).insert(chain.kind);
    }
    if (faster.empty()) return;
    if (!slower.empty()) plan([&](const std::string& kind) { return faster.count(kind) > 0; });
    graph = std::move(joined);
    tuned = std::move(with);
}

}  // namespace opentrt
