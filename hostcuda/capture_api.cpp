// SPDX-License-Identifier: Apache-2.0
// The exported functions of stream capture. Tested by capture_test.cpp and capture_rules_test.cpp.
#include "api.h"
#include "capture.h"

using namespace opentrt::hostcuda;

HOSTCUDA_API(cudaStreamBeginCapture)(cudaStream_t stream, cudaStreamCaptureMode mode) {
    return onStream(stream, [&](Stream& s) {
        std::lock_guard lock(graphLock());
        return beginCapture(s, mode, nullptr, {});
    });
}

HOSTCUDA_API(cudaStreamBeginCaptureToGraph)
(cudaStream_t stream, cudaGraph_t graph, const cudaGraphNode_t* dependencies, const cudaGraphEdgeData* edges,
 size_t numDependencies, cudaStreamCaptureMode mode) {
    return onStream(stream, [&](Stream& s) {
        std::lock_guard lock(graphLock());
        auto into = findGraph(graph);
        std::vector<GraphNode*> after;
        if (!into || !plainEdges(edges, numDependencies)) return cudaErrorInvalidValue;
        const cudaError_t status = readDependencies(*into, dependencies, numDependencies, after);
        return status == cudaSuccess ? beginCapture(s, mode, std::move(into), std::move(after)) : status;
    });
}

HOSTCUDA_API(cudaStreamEndCapture)(cudaStream_t stream, cudaGraph_t* graph) {
    return onStream(stream, [&](Stream& s) {
        std::lock_guard lock(graphLock());
        return endCapture(s, graph);
    });
}

HOSTCUDA_API(cudaStreamIsCapturing)(cudaStream_t stream, cudaStreamCaptureStatus* status) {
    return onStream(stream, [&](Stream& s) {
        CaptureView view;
        if (!status) return cudaErrorInvalidValue;
        const cudaError_t result = viewCapture(s, view);
        if (result == cudaSuccess) *status = view.status;
        return result;
    });
}

HOSTCUDA_API_13(cudaStreamGetCaptureInfo)
(cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long* id, cudaGraph_t* graph,
 const cudaGraphNode_t** dependencies, const cudaGraphEdgeData** edges, size_t* numDependencies) {
    return onStream(stream, [&](Stream& s) {
        CaptureView view;
        if (!status) return cudaErrorInvalidValue;
        const cudaError_t result = viewCapture(s, view);
        if (result != cudaSuccess) return result;
        *status = view.status;
        if (view.status != cudaStreamCaptureStatusActive) return cudaSuccess;
        if (id) *id = view.id;
        if (graph) *graph = view.graph;
        if (dependencies) *dependencies = view.dependencies;
        if (edges) *edges = nullptr;
        if (numDependencies) *numDependencies = view.numDependencies;
        return cudaSuccess;
    });
}
HOSTCUDA_ALSO_12(cudaStreamGetCaptureInfo, "cudaStreamGetCaptureInfo_v3");

HOSTCUDA_API_13(cudaStreamUpdateCaptureDependencies)
(cudaStream_t stream, cudaGraphNode_t* dependencies, const cudaGraphEdgeData* edges, size_t numDependencies,
 unsigned int flags) {
    return onStream(stream, [&](Stream& s) {
        if (!plainEdges(edges, numDependencies)) return cudaErrorInvalidValue;
        std::lock_guard lock(graphLock());
        return updateDependencies(s, dependencies, numDependencies, flags);
    });
}
HOSTCUDA_ALSO_12(cudaStreamUpdateCaptureDependencies, "cudaStreamUpdateCaptureDependencies_v2");

HOSTCUDA_API(cudaThreadExchangeStreamCaptureMode)(cudaStreamCaptureMode* mode) {
    return enter([&] {
        if (!mode || *mode < cudaStreamCaptureModeGlobal || *mode > cudaStreamCaptureModeRelaxed)
            return cudaErrorInvalidValue;
        *mode = exchangeThreadMode(*mode);
        return cudaSuccess;
    });
}
