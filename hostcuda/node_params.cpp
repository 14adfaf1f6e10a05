// SPDX-License-Identifier: Apache-2.0
#include "node_params.h"

#include "copy.h"
#include "event.h"
#include "graph_memory.h"

namespace opentrt::hostcuda {
namespace {

cudaError_t acceptCopy(const Copy& copy, Work& work) {
    if (copy.empty()) return cudaErrorInvalidValue;
    const cudaError_t status = checkCopy(copy);
    if (status == cudaSuccess) work = copy;
    return status;
}

}  // namespace

cudaError_t readHost(const cudaHostNodeParams* params, Work& work) {
    if (!params || !params->fn) return cudaErrorInvalidValue;
    work = HostCall{params->fn, params->userData, false, 0};
    return cudaSuccess;
}

cudaError_t readMemcpy(const cudaMemcpy3DParms* params, Work& work) {
    Copy copy;
    if (!params) return cudaErrorInvalidValue;
    const cudaError_t status = readCopy(*params, copy);
    return status == cudaSuccess ? acceptCopy(copy, work) : status;
}

cudaError_t readMemcpy1D(void* dst, const void* src, size_t count, cudaMemcpyKind kind, Work& work) {
    return acceptCopy(Copy::line(dst, src, count, kind), work);
}

cudaError_t readMemset(const cudaMemsetParams* params, Work& work) {
    if (!params || !params->width || !params->height) return cudaErrorInvalidValue;
    const Fill fill{static_cast<char*>(params->dst),
                    params->pitch,
                    0,
                    params->value,
                    params->elementSize,
                    params->width,
                    params->height,
                    1};
    const cudaError_t status = checkFill(fill);
    if (status == cudaSuccess) work = fill;
    return status;
}

cudaError_t readChild(cudaGraph_t child, Work& work) {
    const auto graph = findGraph(child);
    if (!graph) return cudaErrorInvalidValue;
    if (graph->allocates) return cudaErrorNotSupported;
    auto clone = cloneGraph(*graph);
    clone->embedded = true;
    work = ChildGraph{std::move(clone)};
    return cudaSuccess;
}

template <class EventWork>
cudaError_t readEvent(cudaEvent_t event, Work& work) {
    auto found = findEvent(event);
    if (!found) return cudaErrorInvalidValue;
    work = EventWork{std::move(found)};
    return cudaSuccess;
}

template cudaError_t readEvent<RecordEvent>(cudaEvent_t, Work&);
template cudaError_t readEvent<AwaitEvent>(cudaEvent_t, Work&);

cudaError_t readAlloc(cudaMemAllocNodeParams* params, Work& work) {
    if (!params || !params->bytesize || params->poolProps.allocType != cudaMemAllocationTypePinned)
        return cudaErrorInvalidValue;
    const cudaMemLocation& where = params->poolProps.location;
    if (where.type != cudaMemLocationTypeDevice || where.id != 0) return cudaErrorInvalidValue;
    auto memory = makeGraphMemory(params->bytesize);
    params->dptr = memory->block->base;
    work = AllocateMemory{std::move(memory)};
    return cudaSuccess;
}

cudaError_t readFree(void* ptr, Work& work) {
    auto memory = findGraphMemory(ptr);
    if (!memory) return cudaErrorInvalidValue;
    work = FreeMemory{std::move(memory)};
    return cudaSuccess;
}

cudaError_t readAny(cudaGraphNodeParams* params, Work& work) {
    if (!params) return cudaErrorInvalidValue;
    switch (params->type) {
        case cudaGraphNodeTypeEmpty:
            work = Nothing{};
            return cudaSuccess;
        case cudaGraphNodeTypeMemcpy:
            return readMemcpy(&params->memcpy.copyParams, work);
        case cudaGraphNodeTypeGraph:
            return readChild(params->graph.graph, work);
        case cudaGraphNodeTypeEventRecord:
            return readEvent<RecordEvent>(params->eventRecord.event, work);
        case cudaGraphNodeTypeWaitEvent:
            return readEvent<AwaitEvent>(params->eventWait.event, work);
        case cudaGraphNodeTypeMemFree:
            return readFree(params->free.dptr, work);
        case cudaGraphNodeTypeHost: {
            const cudaHostNodeParams host{params->host.fn, params->host.userData};
            return readHost(&host, work);
        }
        case cudaGraphNodeTypeMemset: {
            const cudaMemsetParamsV2& m = params->memset;
            const cudaMemsetParams memset{m.dst, m.pitch, m.value, m.elementSize, m.width, m.height};
            return readMemset(&memset, work);
        }
        case cudaGraphNodeTypeMemAlloc: {
            cudaMemAllocNodeParamsV2& a = params->alloc;
            cudaMemAllocNodeParams alloc{a.poolProps, a.accessDescs, a.accessDescCount, a.bytesize, nullptr};
            const cudaError_t status = readAlloc(&alloc, work);
            a.dptr = alloc.dptr;
            return status;
        }
        case cudaGraphNodeTypeKernel:
        case cudaGraphNodeTypeConditional:
        case cudaGraphNodeTypeExtSemaphoreSignal:
        case cudaGraphNodeTypeExtSemaphoreWait:
            return cudaErrorNotSupported;
        default:
            return cudaErrorInvalidValue;
    }
}

cudaMemcpy3DParms describe(const Copy& c) {
    const auto pitched = [&](const char* base, size_t pitch, size_t slice) {
        return cudaPitchedPtr{const_cast<char*>(base), pitch, c.width, pitch ? slice / pitch : 0};
    };
    cudaMemcpy3DParms params{};
    params.srcPtr = pitched(c.src, c.srcPitch, c.srcSlice);
    params.dstPtr = pitched(c.dst, c.dstPitch, c.dstSlice);
    params.extent = {c.width, c.height, c.depth};
    params.kind = c.kind;
    return params;
}

cudaMemsetParams describe(const Fill& f) {
    return {f.dst, f.pitch, f.value, f.elementSize, f.width, f.height};
}

}  // namespace opentrt::hostcuda
