// SPDX-License-Identifier: Apache-2.0
#include "builder/refit.h"

#include <algorithm>

#include "base/error.h"
#include "graph/text.h"
#include "network/network.h"

namespace opentrt::builder {

namespace {

//! Integers of so few elements may be sizes, which no refit may change.
constexpr int64_t kMayBeSizes = 64;
//! Shorter constants that no refit changes are part of the text.
constexpr int64_t kInText = 16;

bool isRefittable(const Value& value, const network::Network& network, bool onlyMarked) {
    const Tensor& tensor = *value.fact.constant;
    if (!value.origin || tensor.count() == 0 || value.origin->role == "power") return false;
    const bool integers = tensor.type() == DType::I32 || tensor.type() == DType::I64 || tensor.type() == DType::Bool;
    if (integers && tensor.count() <= kMayBeSizes) return false;
    const std::string& name = network.nameOfWeights(value.origin->values);
    return !onlyMarked || (!name.empty() && network.areWeightsMarkedRefittable(name.c_str()));
}

void refusePlugins(const Graph& graph) {
    for (const NodeId id : graph.order()) {
        if (graph[id].op->kind() == "Plugin") {
            throw Error(ErrorCode::Unsupported, graph[id].name,
                        "an engine with plugin layers is to be refittable, which this version cannot make; build it "
                        "without BuilderFlag::kREFIT and kSTRIP_PLAN");
        }
        for (const auto& body : graph[id].bodies) refusePlugins(*body);
    }
}

//! The blob of a constant: one that is there already, or a new one.
int32_t blobOf(Plan& plan, const Tensor& tensor) {
    for (size_t b = 0; b < plan.blobs.size(); ++b) {
        const Tensor& there = plan.blobs[b];
        const bool same =
            there.data() == tensor.data() && there.type() == tensor.type() && there.dims() == tensor.dims();
        if (same && tensor.count() > 0) return static_cast<int32_t>(b);
    }
    plan.blobs.push_back(tensor);
    return static_cast<int32_t>(plan.blobs.size()) - 1;
}

void requireSameTensors(const Plan& before, const Plan& after) {
    for (size_t t = 0; t < before.tensors.size(); ++t) {
        const PlanTensor& old = before.tensors[t];
        const PlanTensor& now = after.tensors[t];
        if (old.name == now.name && old.type == now.type && old.shape == now.shape) continue;
        throw Error(ErrorCode::InvalidArgument, old.name,
                    cat("with the new weights the tensor would be ", name(now.type), str(now.shape), " when it is ",
                        name(old.type), str(old.shape)));
    }
}

}  // namespace

RefitRecord recordForRefit(const Graph& graph, const network::Network& network, bool onlyMarked) {
    refusePlugins(graph);
    RefitRecord record{std::make_shared<PlanRefit>(), {}};
    PrintOptions options;
    options.store = [&](const Value& value) -> std::optional<size_t> {
        const Tensor& tensor = *value.fact.constant;
        const bool refittable = isRefittable(value, network, onlyMarked);
        if (!refittable && tensor.count() <= kInText) return {};
        if (refittable) {
            const WeightOrigin& origin = *value.origin;
            record.refit->weights.push_back({network.nameOfWeights(origin.values), origin.layer, origin.role,
                                             origin.given, tensor.dims(),
                                             static_cast<int32_t>(record.constants.size())});
        }
        record.constants.push_back(tensor);
        return record.constants.size() - 1;
    };
    record.refit->graph = print(graph, options);
    return record;
}

void keepForRefit(Plan& plan, RefitRecord record) {
    record.refit->stored.clear();
    for (const Tensor& tensor : record.constants) record.refit->stored.push_back(blobOf(plan, tensor));
    plan.refit = std::move(record.refit);
    plan.refittable = true;
}

Plan recompile(const Plan& plan, const std::vector<Tensor>& constants, Log& log) {
    const PlanRefit& refit = *plan.refit;
    const Backend* backend = findBackend(plan.backend);
    if (!backend) throw Error(ErrorCode::Unsupported, plan.name, whyNoBackend(plan.backend));
    TimingCache times = TimingCache::parse(refit.times.data(), refit.times.size(), backend->device(), true);
    CompileRequest request;
    request.profiles = plan.profiles;
    for (const PlanTensor& tensor : plan.tensors) request.formats.push_back(tensor.format);
    request.backend = backend;
    request.log = &log;
    request.cache = &times;
    request.optimizationLevel = refit.optimizationLevel;
    request.timingIterations = refit.timingIterations;
    request.workspaceBytes = refit.workspaceBytes;
    request.tacticSources = refit.tacticSources;
    request.tf32 = refit.tf32;
    request.probeUnfused = refit.probeUnfused;
    request.maxAuxStreams = refit.maxAuxStreams;
    request.pipeline.stronglyTyped = refit.stronglyTyped;
    if (refit.narrow >= 0) request.pipeline.narrow = static_cast<DType>(refit.narrow);
    Graph graph = parseGraph(refit.graph, constants);
    if (graph.inputs().size() + graph.outputs().size() != plan.tensors.size()) {
        throw Error(ErrorCode::InvalidArgument, plan.name,
                    "the plan's network has other inputs or outputs than the plan");
    }
    Plan fresh = compile(std::move(graph), std::move(request));
    requireSameTensors(plan, fresh);
    keepForRefit(fresh, {std::make_shared<PlanRefit>(refit), constants});
    return fresh;
}

}  // namespace opentrt::builder
