// SPDX-License-Identifier: Apache-2.0
// The exported functions that read and change the parameters of graph nodes. Tested by graph_test.cpp.
#include "entry.h"
#include "event.h"
#include "graph_memory.h"
#include "node_params.h"

using namespace opentrt::hostcuda;

namespace {

// Runs body(work) on the work of a node that holds this kind.
template <class Kind, class Body>
cudaError_t onNode(cudaGraphNode_t node, const Body& body) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        if (!isNode(node)) return cudaErrorInvalidValue;
        Kind* work = std::get_if<Kind>(&node->work);
        return work ? body(*work) : cudaErrorInvalidValue;
    });
}

template <class Kind, class Result, class Get>
cudaError_t get(cudaGraphNode_t node, Result* result, const Get& read) {
    return onNode<Kind>(node, [&](const Kind& work) {
        if (!result) return cudaErrorInvalidValue;
        *result = read(work);
        return cudaSuccess;
    });
}

// Replaces the node's work by what read(work) describes.
template <class Kind, class Read>
cudaError_t set(cudaGraphNode_t node, const Read& read) {
    return onNode<Kind>(node, [&](Kind&) {
        Work work;
        const cudaError_t status = read(work);
        if (status == cudaSuccess) node->work = std::move(work);
        return status;
    });
}

cudaEvent_t handleOf(const std::shared_ptr<Event>& event) {
    return reinterpret_cast<cudaEvent_t>(event.get());
}

}  // namespace

HOSTCUDA_API(cudaGraphHostNodeGetParams)(cudaGraphNode_t node, cudaHostNodeParams* params) {
    return get<HostCall>(node, params, [](const HostCall& w) { return cudaHostNodeParams{w.function, w.argument}; });
}

HOSTCUDA_API(cudaGraphHostNodeSetParams)(cudaGraphNode_t node, const cudaHostNodeParams* params) {
    return set<HostCall>(node, [&](Work& work) { return readHost(params, work); });
}

HOSTCUDA_API(cudaGraphMemcpyNodeGetParams)(cudaGraphNode_t node, cudaMemcpy3DParms* params) {
    return get<Copy>(node, params, [](const Copy& w) { return describe(w); });
}

HOSTCUDA_API(cudaGraphMemcpyNodeSetParams)(cudaGraphNode_t node, const cudaMemcpy3DParms* params) {
    return set<Copy>(node, [&](Work& work) { return readMemcpy(params, work); });
}

HOSTCUDA_API(cudaGraphMemcpyNodeSetParams1D)
(cudaGraphNode_t node, void* dst, const void* src, size_t count, cudaMemcpyKind kind) {
    return set<Copy>(node, [&](Work& work) { return readMemcpy1D(dst, src, count, kind, work); });
}

HOSTCUDA_API(cudaGraphMemsetNodeGetParams)(cudaGraphNode_t node, cudaMemsetParams* params) {
    return get<Fill>(node, params, [](const Fill& w) { return describe(w); });
}

HOSTCUDA_API(cudaGraphMemsetNodeSetParams)(cudaGraphNode_t node, const cudaMemsetParams* params) {
    return set<Fill>(node, [&](Work& work) { return readMemset(params, work); });
}

HOSTCUDA_API(cudaGraphChildGraphNodeGetGraph)(cudaGraphNode_t node, cudaGraph_t* graph) {
    return get<ChildGraph>(node, graph, [](const ChildGraph& w) { return opentrt::hostcuda::handleOf(*w.graph); });
}

HOSTCUDA_API(cudaGraphEventRecordNodeGetEvent)(cudaGraphNode_t node, cudaEvent_t* event) {
    return get<RecordEvent>(node, event, [](const RecordEvent& w) { return handleOf(w.event); });
}

HOSTCUDA_API(cudaGraphEventRecordNodeSetEvent)(cudaGraphNode_t node, cudaEvent_t event) {
    return set<RecordEvent>(node, [&](Work& work) { return readEvent<RecordEvent>(event, work); });
}

HOSTCUDA_API(cudaGraphEventWaitNodeGetEvent)(cudaGraphNode_t node, cudaEvent_t* event) {
    return get<AwaitEvent>(node, event, [](const AwaitEvent& w) { return handleOf(w.event); });
}

HOSTCUDA_API(cudaGraphEventWaitNodeSetEvent)(cudaGraphNode_t node, cudaEvent_t event) {
    return set<AwaitEvent>(node, [&](Work& work) { return readEvent<AwaitEvent>(event, work); });
}

HOSTCUDA_API(cudaGraphMemAllocNodeGetParams)(cudaGraphNode_t node, cudaMemAllocNodeParams* params) {
    return get<AllocateMemory>(node, params, [](const AllocateMemory& w) {
        cudaMemAllocNodeParams p{};
        p.poolProps.allocType = cudaMemAllocationTypePinned;
        p.poolProps.location = {cudaMemLocationTypeDevice, 0};
        p.bytesize = w.memory->block->size;
        p.dptr = w.memory->block->base;
        return p;
    });
}

HOSTCUDA_API(cudaGraphMemFreeNodeGetParams)(cudaGraphNode_t node, void* dptr) {
    return get<FreeMemory>(node, static_cast<void**>(dptr),
                           [](const FreeMemory& w) -> void* { return w.memory->block->base; });
}

HOSTCUDA_API(cudaGraphNodeSetParams)(cudaGraphNode_t node, cudaGraphNodeParams* params) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        if (!isNode(node) || !params || typeOf(node->work) != params->type) return cudaErrorInvalidValue;
        if (params->type == cudaGraphNodeTypeMemAlloc || params->type == cudaGraphNodeTypeMemFree)
            return cudaErrorNotSupported;
        Work work;
        const cudaError_t status = readAny(params, work);
        if (status == cudaSuccess) node->work = std::move(work);
        return status;
    });
}
