// SPDX-License-Identifier: Apache-2.0
// Signatures of runtimes 10 to 12 as overloads, so that older sources compile unchanged.
#pragma once

#include "graph_api.h"
#include "memory_api.h"
#include "stream_api.h"

namespace hostcuda {
inline cudaMemLocation locationOfDevice(int device) {
    cudaMemLocation location;
    location.type = device == cudaCpuDeviceId ? cudaMemLocationTypeHost : cudaMemLocationTypeDevice;
    location.id = device == cudaCpuDeviceId ? 0 : device;
    return location;
}
}  // namespace hostcuda

static inline cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, cudaGraphNode_t* errorNode,
                                               char* logBuffer, size_t bufferSize) {
    if (errorNode) *errorNode = nullptr;
    if (logBuffer && bufferSize) logBuffer[0] = 0;
    return cudaGraphInstantiate(exec, graph, 0ULL);
}

static inline cudaError_t cudaGraphExecUpdate(cudaGraphExec_t exec, cudaGraph_t graph, cudaGraphNode_t* errorNode,
                                              enum cudaGraphExecUpdateResult* result) {
    cudaGraphExecUpdateResultInfo info;
    cudaError_t status = cudaGraphExecUpdate(exec, graph, &info);
    if (errorNode) *errorNode = info.errorNode;
    if (result) *result = info.result;
    return status;
}

static inline cudaError_t cudaMemPrefetchAsync(const void* ptr, size_t count, int device, cudaStream_t stream = 0) {
    return cudaMemPrefetchAsync(ptr, count, hostcuda::locationOfDevice(device), 0u, stream);
}

static inline cudaError_t cudaMemAdvise(const void* ptr, size_t count, enum cudaMemoryAdvise advice, int device) {
    return cudaMemAdvise(ptr, count, advice, hostcuda::locationOfDevice(device));
}

static inline cudaError_t cudaGraphAddDependencies(cudaGraph_t graph, const cudaGraphNode_t* from,
                                                   const cudaGraphNode_t* to, size_t numDependencies) {
    return cudaGraphAddDependencies(graph, from, to, nullptr, numDependencies);
}

static inline cudaError_t cudaGraphRemoveDependencies(cudaGraph_t graph, const cudaGraphNode_t* from,
                                                      const cudaGraphNode_t* to, size_t numDependencies) {
    return cudaGraphRemoveDependencies(graph, from, to, nullptr, numDependencies);
}

static inline cudaError_t cudaGraphGetEdges(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to,
                                            size_t* numEdges) {
    return cudaGraphGetEdges(graph, from, to, nullptr, numEdges);
}

static inline cudaError_t cudaGraphNodeGetDependencies(cudaGraphNode_t node, cudaGraphNode_t* dependencies,
                                                       size_t* numDependencies) {
    return cudaGraphNodeGetDependencies(node, dependencies, nullptr, numDependencies);
}

static inline cudaError_t cudaGraphNodeGetDependentNodes(cudaGraphNode_t node, cudaGraphNode_t* nodes,
                                                         size_t* numNodes) {
    return cudaGraphNodeGetDependentNodes(node, nodes, nullptr, numNodes);
}

static inline cudaError_t cudaGraphAddNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                           const cudaGraphNode_t* dependencies, size_t numDependencies,
                                           struct cudaGraphNodeParams* params) {
    return cudaGraphAddNode(node, graph, dependencies, nullptr, numDependencies, params);
}

static inline cudaError_t cudaStreamUpdateCaptureDependencies(cudaStream_t stream, cudaGraphNode_t* dependencies,
                                                              size_t numDependencies, unsigned int flags = 0) {
    return cudaStreamUpdateCaptureDependencies(stream, dependencies, nullptr, numDependencies, flags);
}

static inline cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, enum cudaStreamCaptureStatus* status,
                                                   unsigned long long* id, cudaGraph_t* graph,
                                                   const cudaGraphNode_t** dependencies, size_t* numDependencies) {
    return cudaStreamGetCaptureInfo(stream, status, id, graph, dependencies, nullptr, numDependencies);
}
