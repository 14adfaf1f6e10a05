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

std::string keyOf(const Graph& graph, const TuneRequest& tuning) {
    uint64_t hash = 0;
    for (const NodeId node : graph.order()) hash = hashText(problemKey(graph, node, tuning.tactics.opt), hash);
    return cat("normalisations in the products of the network ", hash);
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
        auto engine = std::make_shared<Engine>(lower(planned.graph, planned.tuned, lowering), tuning.plugins);
        return std::make_unique<LiveNetwork>(planned.graph, std::move(engine), tuning);
    };
    try {
        const auto a = run(first), b = run(second);
        if (!a->isReady() || !b->isReady()) return {};
        const std::vector<Rendition> renditions{{"the first network", [] {}, [&](void* stream) { a->run(stream); }},
                                                {"the second network", [] {}, [&](void* stream) { b->run(stream); }}};
        const auto times = tuning.timer->compare(a->place(), renditions, tuning.effort.rehearsalSeconds);
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

bool isFaster(const Planned& folded, const Planned& apart, const TuneRequest& tuning, const LowerRequest& lowering) {
    const auto say = [&](const char* what, double with, double without) {
        if (!tuning.log) return;
        tuning.log->verbose("with normalisations in products ", what, " ", with, " ms instead of ", without);
    };
    const double with = folded.tuned.totalMs, without = apart.tuned.totalMs;
    say("the layers take", with, without);
    const bool isClear = isTimed(folded) && isTimed(apart) && std::fabs(with - without) > kClear * without;
    if (isClear || tuning.effort.rehearsalSeconds <= 0 || tuning.errorOnCacheMiss) return with < without;
    const auto times = compareInTurns(apart, folded, tuning, lowering);
    if (!times) return with < without;
    say("the network takes", times->second, times->first);
    return times->second < times->first;
}

}  // namespace

void foldNormsWhereFaster(Graph& graph, Tuned& tuned, const PipelineRequest& pipeline, const TuneRequest& tuning,
                          const LowerRequest& lowering) {
    Graph folded = graph.clone();
    if (!runPass(kNormsPass, folded, pipeline)) return;
    for (const NodeId node : folded.order()) giveBackConstants(folded, node);
    const std::string key = keyOf(folded, tuning);
    constexpr const char *kFolded = "folded", *kApart = "apart";
    const bool known = tuning.cache->find(key, kFolded) || tuning.cache->find(key, kApart);
    if (known && !tuning.cache->find(key, kFolded)) return;
    Tuned other = tune(folded, tuning);
    const bool faster = known || isFaster({folded, other}, {graph, tuned}, tuning, lowering);
    tuning.cache->put(key, faster ? kFolded : kApart, faster ? other.totalMs : tuned.totalMs);
    if (!faster) return;
    graph = std::move(folded);
    tuned = std::move(other);
}

}  // namespace opentrt
