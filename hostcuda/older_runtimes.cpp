// SPDX-License-Identifier: Apache-2.0
// Functions whose signature or meaning changed between runtimes 11, 12 and 13, under the symbol versions of the older
// ones. Programs linked against those find here what they were built for. Tested by older_runtimes_test.cpp.
#include <cstdint>
#include <cstring>

#include "entry.h"
#include "memory.h"
#include "older_properties.h"

using namespace opentrt::hostcuda;

#define HOSTCUDA_AT_11(function, name) HOSTCUDA_VERSION(function, name "@libcudart.so.11.0")
#define HOSTCUDA_AT_12(function, name) HOSTCUDA_VERSION(function, name "@libcudart.so.12")
#define HOSTCUDA_AT_11_AND_12(function, name) \
    HOSTCUDA_AT_11(function, name);           \
    HOSTCUDA_AT_12(function, name)
#define HOSTCUDA_OLD extern "C" __attribute__((visibility("default"))) cudaError_t

namespace {

cudaStream_t own(cudaStream_t stream) {
    return stream ? stream : cudaStreamPerThread;
}

cudaMemLocation locationOf(int device) {
    if (device == cudaCpuDeviceId) return {cudaMemLocationTypeHost, 0};
    return {cudaMemLocationTypeDevice, device};
}

}  // namespace

HOSTCUDA_DECLARE(cudaGraphInstantiate);
HOSTCUDA_DECLARE(cudaGraphExecUpdate);
HOSTCUDA_DECLARE(cudaGetDriverEntryPoint);
HOSTCUDA_DECLARE(cudaMemPrefetchAsync);
HOSTCUDA_DECLARE(cudaMemAdvise);
HOSTCUDA_DECLARE(cudaMemcpyBatchAsync);
HOSTCUDA_DECLARE(cudaStreamGetCaptureInfo);
HOSTCUDA_DECLARE(cudaStreamUpdateCaptureDependencies);
HOSTCUDA_DECLARE(cudaGraphAddNode);
HOSTCUDA_DECLARE(cudaGraphAddDependencies);
HOSTCUDA_DECLARE(cudaGraphRemoveDependencies);
HOSTCUDA_DECLARE(cudaGraphGetEdges);
HOSTCUDA_DECLARE(cudaGraphNodeGetDependencies);
HOSTCUDA_DECLARE(cudaGraphNodeGetDependentNodes);

// Versions and properties.
HOSTCUDA_AT_11(hostcuda_version11, "cudaRuntimeGetVersion");
HOSTCUDA_OLD hostcuda_version11(int* version) {
    return query([&] { return version ? (*version = 11080, cudaSuccess) : cudaErrorInvalidValue; });
}

HOSTCUDA_AT_12(hostcuda_version12, "cudaRuntimeGetVersion");
HOSTCUDA_OLD hostcuda_version12(int* version) {
    return query([&] { return version ? (*version = 12090, cudaSuccess) : cudaErrorInvalidValue; });
}

HOSTCUDA_AT_11_AND_12(hostcuda_properties11, "cudaGetDeviceProperties");
HOSTCUDA_OLD hostcuda_properties11(void* properties, int device) {
    return query([&] {
        if (!properties) return cudaErrorInvalidValue;
        if (device != 0) return cudaErrorInvalidDevice;
        return writeProperties(properties, 11), cudaSuccess;
    });
}

HOSTCUDA_AT_12(hostcuda_properties12, "cudaGetDeviceProperties_v2");
HOSTCUDA_OLD hostcuda_properties12(void* properties, int device) {
    return query([&] {
        if (!properties) return cudaErrorInvalidValue;
        if (device != 0) return cudaErrorInvalidDevice;
        return writeProperties(properties, 12), cudaSuccess;
    });
}

HOSTCUDA_AT_11(hostcuda_driverEntryPoint11, "cudaGetDriverEntryPoint");
HOSTCUDA_OLD hostcuda_driverEntryPoint11(const char* symbol, void** function, unsigned long long flags) {
    return hostcuda_cudaGetDriverEntryPoint(symbol, function, flags, nullptr);
}
HOSTCUDA_AT_11(hostcuda_driverEntryPoint11_ptsz, "cudaGetDriverEntryPoint_ptsz");
HOSTCUDA_OLD hostcuda_driverEntryPoint11_ptsz(const char* symbol, void** function, unsigned long long flags) {
    return hostcuda_driverEntryPoint11(symbol, function, flags);
}

// Memory. The attributes of a pointer had no reserved tail.
HOSTCUDA_AT_11_AND_12(hostcuda_pointerAttributes11, "cudaPointerGetAttributes");
HOSTCUDA_OLD hostcuda_pointerAttributes11(void* attributes, const void* ptr) {
    return enter([&] {
        if (!attributes) return cudaErrorInvalidValue;
        const PointerDescription description = describePointer(ptr);
        std::memcpy(attributes, &description, sizeof description);
        return cudaSuccess;
    });
}

HOSTCUDA_AT_11_AND_12(hostcuda_memPrefetch11, "cudaMemPrefetchAsync");
HOSTCUDA_OLD hostcuda_memPrefetch11(const void* ptr, size_t count, int device, cudaStream_t stream) {
    return hostcuda_cudaMemPrefetchAsync(ptr, count, locationOf(device), 0, stream);
}

HOSTCUDA_AT_11_AND_12(hostcuda_memPrefetch11_ptsz, "cudaMemPrefetchAsync_ptsz");
HOSTCUDA_OLD hostcuda_memPrefetch11_ptsz(const void* ptr, size_t count, int device, cudaStream_t stream) {
    return hostcuda_memPrefetch11(ptr, count, device, own(stream));
}

HOSTCUDA_AT_12(hostcuda_memPrefetch12_ptsz, "cudaMemPrefetchAsync_v2_ptsz");
HOSTCUDA_OLD hostcuda_memPrefetch12_ptsz(const void* ptr, size_t count, cudaMemLocation location, unsigned flags,
                                         cudaStream_t stream) {
    return hostcuda_cudaMemPrefetchAsync(ptr, count, location, flags, own(stream));
}

HOSTCUDA_AT_11_AND_12(hostcuda_memAdvise11, "cudaMemAdvise");
HOSTCUDA_OLD hostcuda_memAdvise11(const void* ptr, size_t count, cudaMemoryAdvise advice, int device) {
    return hostcuda_cudaMemAdvise(ptr, count, advice, locationOf(device));
}

HOSTCUDA_AT_12(hostcuda_memcpyBatch12, "cudaMemcpyBatchAsync");
HOSTCUDA_OLD hostcuda_memcpyBatch12(void** dsts, void** srcs, size_t* sizes, size_t count, cudaMemcpyAttributes* attrs,
                                    size_t* attrsIdxs, size_t numAttrs, size_t* failIdx, cudaStream_t stream) {
    if (failIdx) *failIdx = SIZE_MAX;  // the failing copy is not singled out
    return hostcuda_cudaMemcpyBatchAsync(dsts, srcs, sizes, count, attrs, attrsIdxs, numAttrs, stream);
}

HOSTCUDA_AT_12(hostcuda_memcpyBatch12_ptsz, "cudaMemcpyBatchAsync_ptsz");
HOSTCUDA_OLD hostcuda_memcpyBatch12_ptsz(void** dsts, void** srcs, size_t* sizes, size_t count,
                                         cudaMemcpyAttributes* attrs, size_t* attrsIdxs, size_t numAttrs,
                                         size_t* failIdx, cudaStream_t stream) {
    return hostcuda_memcpyBatch12(dsts, srcs, sizes, count, attrs, attrsIdxs, numAttrs, failIdx, own(stream));
}

// Capture.
HOSTCUDA_AT_11_AND_12(hostcuda_captureInfo11, "cudaStreamGetCaptureInfo");
HOSTCUDA_OLD hostcuda_captureInfo11(cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long* id) {
    return hostcuda_cudaStreamGetCaptureInfo(stream, status, id, nullptr, nullptr, nullptr, nullptr);
}

HOSTCUDA_AT_11_AND_12(hostcuda_captureInfo11_ptsz, "cudaStreamGetCaptureInfo_ptsz");
HOSTCUDA_OLD hostcuda_captureInfo11_ptsz(cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long* id) {
    return hostcuda_captureInfo11(own(stream), status, id);
}

HOSTCUDA_AT_11_AND_12(hostcuda_captureInfo12, "cudaStreamGetCaptureInfo_v2");
HOSTCUDA_OLD hostcuda_captureInfo12(cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long* id,
                                    cudaGraph_t* graph, const cudaGraphNode_t** dependencies, size_t* count) {
    return hostcuda_cudaStreamGetCaptureInfo(stream, status, id, graph, dependencies, nullptr, count);
}

HOSTCUDA_AT_11_AND_12(hostcuda_captureInfo12_ptsz, "cudaStreamGetCaptureInfo_v2_ptsz");
HOSTCUDA_OLD hostcuda_captureInfo12_ptsz(cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long* id,
                                         cudaGraph_t* graph, const cudaGraphNode_t** dependencies, size_t* count) {
    return hostcuda_captureInfo12(own(stream), status, id, graph, dependencies, count);
}

HOSTCUDA_AT_12(hostcuda_captureInfo13_ptsz, "cudaStreamGetCaptureInfo_v3_ptsz");
HOSTCUDA_OLD hostcuda_captureInfo13_ptsz(cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long* id,
                                         cudaGraph_t* graph, const cudaGraphNode_t** dependencies,
                                         const cudaGraphEdgeData** edges, size_t* count) {
    return hostcuda_cudaStreamGetCaptureInfo(own(stream), status, id, graph, dependencies, edges, count);
}

HOSTCUDA_AT_11_AND_12(hostcuda_updateCapture11, "cudaStreamUpdateCaptureDependencies");
HOSTCUDA_OLD hostcuda_updateCapture11(cudaStream_t stream, cudaGraphNode_t* dependencies, size_t count,
                                      unsigned flags) {
    return hostcuda_cudaStreamUpdateCaptureDependencies(stream, dependencies, nullptr, count, flags);
}

HOSTCUDA_AT_11_AND_12(hostcuda_updateCapture11_ptsz, "cudaStreamUpdateCaptureDependencies_ptsz");
HOSTCUDA_OLD hostcuda_updateCapture11_ptsz(cudaStream_t stream, cudaGraphNode_t* dependencies, size_t count,
                                           unsigned flags) {
    return hostcuda_updateCapture11(own(stream), dependencies, count, flags);
}

HOSTCUDA_AT_12(hostcuda_updateCapture13_ptsz, "cudaStreamUpdateCaptureDependencies_v2_ptsz");
HOSTCUDA_OLD hostcuda_updateCapture13_ptsz(cudaStream_t stream, cudaGraphNode_t* dependencies,
                                           const cudaGraphEdgeData* edges, size_t count, unsigned flags) {
    return hostcuda_cudaStreamUpdateCaptureDependencies(own(stream), dependencies, edges, count, flags);
}

// Graphs: edges carried no data, and 11 instantiated and updated with other parameters.
HOSTCUDA_AT_11(hostcuda_graphInstantiate11, "cudaGraphInstantiate");
HOSTCUDA_OLD hostcuda_graphInstantiate11(cudaGraphExec_t* exec, cudaGraph_t graph, cudaGraphNode_t* errorNode,
                                         char* logBuffer, size_t bufferSize) {
    if (errorNode) *errorNode = nullptr;
    if (logBuffer && bufferSize) *logBuffer = 0;
    return hostcuda_cudaGraphInstantiate(exec, graph, 0);
}

HOSTCUDA_AT_11(hostcuda_graphExecUpdate11, "cudaGraphExecUpdate");
HOSTCUDA_OLD hostcuda_graphExecUpdate11(cudaGraphExec_t exec, cudaGraph_t graph, cudaGraphNode_t* errorNode,
                                        cudaGraphExecUpdateResult* result) {
    cudaGraphExecUpdateResultInfo info{cudaGraphExecUpdateError, nullptr, nullptr};
    const cudaError_t status = hostcuda_cudaGraphExecUpdate(exec, graph, &info);
    if (errorNode) *errorNode = info.errorNode;
    if (result) *result = info.result;
    return status;
}

HOSTCUDA_AT_12(hostcuda_graphAddNode12, "cudaGraphAddNode");
HOSTCUDA_OLD hostcuda_graphAddNode12(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies,
                                     size_t count, cudaGraphNodeParams* params) {
    return hostcuda_cudaGraphAddNode(node, graph, dependencies, nullptr, count, params);
}

HOSTCUDA_AT_11_AND_12(hostcuda_graphAddDependencies11, "cudaGraphAddDependencies");
HOSTCUDA_OLD hostcuda_graphAddDependencies11(cudaGraph_t graph, const cudaGraphNode_t* from, const cudaGraphNode_t* to,
                                             size_t count) {
    return hostcuda_cudaGraphAddDependencies(graph, from, to, nullptr, count);
}

HOSTCUDA_AT_11_AND_12(hostcuda_graphRemoveDependencies11, "cudaGraphRemoveDependencies");
HOSTCUDA_OLD hostcuda_graphRemoveDependencies11(cudaGraph_t graph, const cudaGraphNode_t* from,
                                                const cudaGraphNode_t* to, size_t count) {
    return hostcuda_cudaGraphRemoveDependencies(graph, from, to, nullptr, count);
}

HOSTCUDA_AT_11_AND_12(hostcuda_graphGetEdges11, "cudaGraphGetEdges");
HOSTCUDA_OLD hostcuda_graphGetEdges11(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to, size_t* count) {
    return hostcuda_cudaGraphGetEdges(graph, from, to, nullptr, count);
}

HOSTCUDA_AT_11_AND_12(hostcuda_graphDependencies11, "cudaGraphNodeGetDependencies");
HOSTCUDA_OLD hostcuda_graphDependencies11(cudaGraphNode_t node, cudaGraphNode_t* nodes, size_t* count) {
    return hostcuda_cudaGraphNodeGetDependencies(node, nodes, nullptr, count);
}

HOSTCUDA_AT_11_AND_12(hostcuda_graphDependents11, "cudaGraphNodeGetDependentNodes");
HOSTCUDA_OLD hostcuda_graphDependents11(cudaGraphNode_t node, cudaGraphNode_t* nodes, size_t* count) {
    return hostcuda_cudaGraphNodeGetDependentNodes(node, nodes, nullptr, count);
}
