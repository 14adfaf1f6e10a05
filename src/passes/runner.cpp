// SPDX-License-Identifier: Apache-2.0
// One function runs every pass: skips it if disabled, times it, removes what became dead, verifies, dumps, and says
// which pass failed.
#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "graph/verify.h"
#include "passes/pipeline.h"

namespace opentrt {

namespace {

void checkNames(const std::set<std::string>& disabled) {
    for (const std::string& name : disabled) {
        const auto passes = pipeline();
        const bool known = std::any_of(passes.begin(), passes.end(), [&](const Pass& p) { return p.name == name; });
        if (!known) throw Error(ErrorCode::InvalidConfig, "", cat("there is no pass named \"", name, "\" to disable"));
    }
}

void setStage(Graph& graph, Stage stage) {
    graph.stage = stage;
    for (NodeId id : graph.order()) {
        for (auto& body : graph[id].bodies) setStage(*body, stage);
    }
}

bool runOne(const Pass& pass, Graph& graph, PassContext& context) {
    const auto start = std::chrono::steady_clock::now();
    const int32_t before = static_cast<int32_t>(graph.order().size());
    bool changed = false;
    try {
        changed = pass.rules ? passes::applyRules(graph, context, pass.rules()) : pass.run(graph, context);
        changed = graph.removeDead() || changed;
    } catch (const Error& error) {
        throw Error(error.code(), error.layer(), cat("pass ", pass.name, ": ", error.what()), error.where());
    }
    setStage(graph, pass.after);
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    context.log.verbose("pass ", pass.name, ": ", before, " -> ", graph.order().size(), " nodes",
                        changed ? "" : ", nothing to do", ", ", ms, " ms");
    return changed;
}

//! Bodies of If and Loop go through the same passes; those of fused regions are left alone.
bool runOnBodies(const Pass& pass, Graph& graph, PassContext& context) {
    bool changed = false;
    for (NodeId id : graph.order()) {
        if (graph[id].op->kind() == "Region") continue;
        for (auto& body : graph[id].bodies) {
            changed = runOne(pass, *body, context) || changed;
            changed = runOnBodies(pass, *body, context) || changed;
        }
    }
    return changed;
}

bool runEverywhere(const Pass& pass, Graph& graph, PassContext& context) {
    bool changed = false;
    for (bool again = true; again;) {
        context.inBody = false;
        changed = runOne(pass, graph, context) || changed;
        context.inBody = true;
        const bool changedBodies = runOnBodies(pass, graph, context);
        changed = changedBodies || changed;
        again = changedBodies && pass.untilStable;
        if (again) graph.inferAll();
    }
    return changed;
}

PassContext contextOf(const PipelineRequest& request) {
    return {*request.backend,      request.log ? *request.log : Log::silent(),
            request.stronglyTyped, false,
            request.narrow,        request.maxRewrites,
            request.wants};
}

bool runAndCheck(const Pass& pass, Graph& graph, PassContext& context, const PipelineRequest& request) {
    const bool changed = runEverywhere(pass, graph, context);
    if (request.verify) verify(graph);
    if (request.dump) request.dump(pass.name, graph);
    return changed;
}

}  // namespace

void runPipeline(Graph& graph, const PipelineRequest& request) {
    checkNames(request.disabled);
    PassContext context = contextOf(request);
    if (request.dump) request.dump("imported", graph);
    for (const Pass& pass : pipeline()) {
        if (request.disabled.count(pass.name)) {
            setStage(graph, pass.after);
            continue;
        }
        runAndCheck(pass, graph, context, request);
    }
}

bool runPass(const std::string& name, Graph& graph, const PipelineRequest& request) {
    const auto passes = pipeline();
    const auto at = std::find_if(passes.begin(), passes.end(), [&](const Pass& pass) { return pass.name == name; });
    check(at != passes.end(), "a pass of no known name");
    PassContext context = contextOf(request);
    return runAndCheck(*at, graph, context, request);
}

}  // namespace opentrt
