// SPDX-License-Identifier: Apache-2.0
#include "debug/explain.h"

#include <cmath>

#include "debug/cost.h"

namespace opentrt::debug {
namespace {

Json passesJson(const Record& record) {
    Json passes = Json::array();
    for (const PassRecord& pass : record.passes) {
        Json json{{"name", pass.name}, {"purpose", pass.purpose}, {"nodes", pass.nodes}, {"rewrites", pass.rewrites}};
        if (!pass.text.empty()) json["graph"] = pass.text;
        passes.push_back(std::move(json));
    }
    return passes;
}

//! A tactic that cannot run has no time.
Json timeJson(double ms) {
    return std::isfinite(ms) ? Json(ms) : Json();
}

Json layerJson(const Record& record, NodeId id) {
    const Graph& graph = record.planned;
    const Node& node = graph[id];
    const Choice& choice = record.tuned.nodes.at(id);
    Json layer{{"name", node.name}, {"operator", str(*node.op)}, {"metadata", node.options.metadata}};
    layer["inputs"] = Json::array();
    for (const ValueId in : node.inputs) layer["inputs"].push_back(in.valid() ? Json(graph[in].name) : Json());
    layer["outputs"] = Json::array();
    for (const ValueId out : node.outputs) {
        layer["outputs"].push_back(
            {{"name", graph[out].name}, {"type", name(graph.fact(out).type)}, {"shape", str(graph.fact(out).shape)}});
    }
    layer["tactic"] = choice.tactic.name;
    layer["reference"] = choice.tactic.usesReference;
    layer["ms"] = choice.timeMs;
    const Cost cost = costOf(graph, id, record.opt);
    layer["flops"] = cost.flops;
    layer["bytes"] = cost.bytes;
    layer["candidates"] = Json::array();
    if (const auto at = record.candidates.find(id); at != record.candidates.end()) {
        for (const Candidate& c : at->second)
            layer["candidates"].push_back({{"tactic", c.tactic.name}, {"ms", timeJson(c.ms)}});
    }
    layer["refusals"] = Json::array();
    for (const Refusal& r : choice.refusals) layer["refusals"].push_back({{"tactic", r.tactic}, {"reason", r.reason}});
    return layer;
}

}  // namespace

RecordRequest recordRequest(const Json& request) {
    RecordRequest result;
    result.texts = request.value("graphs", false);
    result.weights = request.value("weights", false);
    result.maxRewrites = request.value("maxRewrites", INT64_MAX);
    for (const Json& pass : request.value("disable", Json::array())) result.disabled.insert(pass.get<std::string>());
    return result;
}

Json explain(const Record& record) {
    Json json{{"device", record.plan.device}, {"passes", passesJson(record)}, {"layers", Json::array()}};
    for (const NodeId id : record.planned.order()) json["layers"].push_back(layerJson(record, id));
    Json reformats = Json::array();
    for (const PlanStep& step : record.plan.programs[0].steps) {
        if (step.op == "Reformat" || step.op == "Copy")
            reformats.push_back({{"name", step.name}, {"tactic", step.tactic}});
    }
    json["reformats"] = std::move(reformats);
    json["totalMs"] = record.tuned.totalMs;
    int64_t weights = 0, activations = 0;
    for (const Tensor& blob : record.plan.blobs) weights += blob.bytes();
    for (const int64_t bytes : record.plan.programs[0].arenaBytes) activations = std::max(activations, bytes);
    json["weightBytes"] = weights;
    json["activationBytes"] = activations;
    json["plan"] = str(record.plan);
    return json;
}

std::string dump(const Json& json) {
    return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace opentrt::debug
