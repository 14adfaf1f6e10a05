// SPDX-License-Identifier: Apache-2.0
#include "debug/record.h"

#include "builder/sizes.h"
#include "graph/text.h"

namespace opentrt::debug {

void KeepingLog::write(Severity severity, const std::string& message) {
    if (severity == Severity::Verbose) kept_.push_back(message);
    if (next_ && next_->wants(severity)) next_->write(severity, message);
}

namespace {

//! The runner's own lines say how long a pass took, which is no rewrite.
std::vector<std::string> rewritesOf(std::vector<std::string> lines) {
    std::erase_if(lines, [](const std::string& line) { return line.rfind("pass ", 0) == 0; });
    return lines;
}

std::string purposeOf(const std::string& pass) {
    for (const Pass& p : pipeline()) {
        if (p.name == pass) return p.purpose;
    }
    return "the network as it was given";
}

}  // namespace

Record record(network::Network& network, const builder::BuilderConfig& config, const RecordRequest& request) {
    Record record;
    std::optional<KeepingLog> log;
    const Graph* whole = nullptr;  // bodies of If and Loop, which have node ids of their own, are tuned as well
    builder::BuildRequest build{network, config, network.reporter()};
    build.adjust = [&](CompileRequest& compiling) {
        log.emplace(compiling.log);
        compiling.log = &*log;
        compiling.pipeline.disabled = request.disabled;
        compiling.pipeline.maxRewrites = request.maxRewrites;
        record.pipeline = compiling.pipeline;
        record.pipeline.log = nullptr;
        record.pipeline.backend = compiling.backend = &defaultBackend();
        compiling.pipeline.dump = [&](const std::string& pass, const Graph& graph) {
            if (record.passes.empty()) record.imported = graph.clone();
            whole = &graph;
            PassRecord& p = record.passes.emplace_back();
            p.name = pass;
            p.purpose = purposeOf(pass);
            p.nodes = graph.order().size();
            p.rewrites = rewritesOf(log->take());
            if (request.texts) p.text = print(graph, {.weights = request.weights, .hashes = !request.weights});
        };
        const auto select = compiling.select;
        compiling.select = [&, select](const Graph& graph, NodeId node, std::vector<Tactic>& tactics,
                                       std::vector<double>& times) {
            if (select) select(graph, node, tactics, times);
            if (&graph != whole) return;
            auto& candidates = record.candidates[node];
            for (size_t t = 0; t < tactics.size(); ++t) candidates.push_back({tactics[t], times[t]});
        };
        const auto inspect = compiling.inspect;
        compiling.inspect = [&, inspect](const Graph& graph, const Tuned& tuned) {
            if (inspect) inspect(graph, tuned);
            record.planned = graph.clone();
            record.tuned = tuned;
        };
    };
    record.plan = builder::buildPlan(build);
    if (!record.plan.profiles.empty()) record.opt = symbolsAt(record.imported, record.plan.profiles.front(), 1);
    return record;
}

}  // namespace opentrt::debug
