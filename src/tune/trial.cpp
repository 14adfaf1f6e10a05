// SPDX-License-Identifier: Apache-2.0
#include "tune/trial.h"

#include <algorithm>

#include "base/error.h"
#include "graph/extract.h"
#include "graph/text.h"

namespace opentrt {

std::string problemKey(const Graph& graph, NodeId node, const SymbolValues& sizes) {
    std::string key = print(extractNode(graph, node), {.weights = false, .hashes = false, .names = false});
    for (const auto& [symbol, value] : sizes) {
        if (key.find(symbol) != std::string::npos) key += cat("\n", symbol, "=", value);
    }
    return key;
}

bool isKnown(const Shape& shape, const TacticRequest& request) {
    std::set<std::string> symbols;
    for (const Dim& d : shape) d.collectSymbols(symbols);
    return std::none_of(symbols.begin(), symbols.end(), [&](const auto& s) { return request.guessed.count(s) > 0; });
}

bool hasKnownSizes(const Graph& graph, NodeId id, const TacticRequest& request) {
    const Node& node = graph[id];
    const auto known = [&](ValueId v) { return !v.valid() || isKnown(graph.fact(v).shape, request); };
    return std::all_of(node.inputs.begin(), node.inputs.end(), known) &&
           std::all_of(node.outputs.begin(), node.outputs.end(), known);
}

double timeOf(const TuneRequest& request, const TimingProblem& problem, const Tactic& tactic, double bestSoFar) {
    const auto known = request.cache ? request.cache->find(problem.key, tactic.name) : std::nullopt;
    if (known) return *known;
    if (request.errorOnCacheMiss) {
        throw Error(ErrorCode::InvalidState, problem.graph[problem.node].name,
                    cat("the timing cache has no entry for tactic ", tactic.name));
    }
    const auto ms = static_cast<float>(request.timer->time(problem, tactic, bestSoFar));
    if (request.cache) request.cache->put(problem.key, tactic.name, ms);
    return ms;
}

}  // namespace opentrt
