// SPDX-License-Identifier: Apache-2.0
#include "tune/trial.h"

#include <algorithm>
#include <cstring>

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

Tensor trialOperand(const Graph& graph, ValueId value, const TacticRequest& request, std::mt19937& random) {
    constexpr int64_t kPeriod = 65536 + 8;
    const Fact& fact = graph.fact(value);
    if (fact.constant) return *fact.constant;
    if (fact.elements && isKnown(*fact.elements, request))
        return Tensor::of(fact.type, evalShape(fact.shape, request.opt), evalShape(*fact.elements, request.opt));
    Tensor tensor(fact.type, evalShape(fact.shape, request.opt));
    const bool isNumber = fact.type == DType::I32 || fact.type == DType::I64;
    for (int64_t i = 0; i < std::min(tensor.count(), kPeriod); ++i) {
        const double unit = static_cast<double>(random() % 2048) / 1024 - 1;
        tensor.set(i, isNumber ? 1 : fact.type == DType::Bool ? (unit < 0 ? 0 : 1) : unit);
    }
    const int64_t period = bytesFor(fact.type, kPeriod);
    auto* data = static_cast<char*>(tensor.mutableData());
    for (int64_t at = period; at < tensor.bytes(); at += period)
        std::memcpy(data + at, data, static_cast<size_t>(std::min(period, tensor.bytes() - at)));
    return tensor;
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
