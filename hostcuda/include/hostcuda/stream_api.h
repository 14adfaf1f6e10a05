// SPDX-License-Identifier: Apache-2.0
// Streams, events and stream capture.
#pragma once

#include "../driver_types.h"
#include "declare.h"
#include "graph_types.h"

typedef void(CUDART_CB* cudaStreamCallback_t)(cudaStream_t stream, cudaError_t status, void* userData);

#ifdef __cplusplus
extern "C" {
#endif

// Streams.
HOSTCUDA_DECL cudaError_t cudaStreamCreate(cudaStream_t* stream);
HOSTCUDA_DECL cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned int flags, int priority);
HOSTCUDA_DECL cudaError_t cudaStreamDestroy(cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaStreamSynchronize(cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaStreamQuery(cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event,
                                              unsigned int flags HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t callback, void* userData,
                                                unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t fn, void* userData);
HOSTCUDA_DECL cudaError_t cudaStreamGetPriority(cudaStream_t stream, int* priority);
HOSTCUDA_DECL cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned int* flags);
HOSTCUDA_DECL cudaError_t cudaStreamGetId(cudaStream_t stream, unsigned long long* streamId);
HOSTCUDA_DECL cudaError_t cudaStreamGetDevice(cudaStream_t stream, int* device);
HOSTCUDA_DECL cudaError_t cudaStreamGetAttribute(cudaStream_t stream, cudaLaunchAttributeID attr,
                                                 cudaLaunchAttributeValue* value_out);
HOSTCUDA_DECL cudaError_t cudaStreamSetAttribute(cudaStream_t stream, cudaLaunchAttributeID attr,
                                                 const cudaLaunchAttributeValue* value);
HOSTCUDA_DECL cudaError_t cudaStreamCopyAttributes(cudaStream_t dst, cudaStream_t src);
HOSTCUDA_DECL cudaError_t cudaStreamAttachMemAsync(cudaStream_t stream, void* ptr, size_t length HOSTCUDA_DEFAULT(0),
                                                   unsigned int flags HOSTCUDA_DEFAULT(cudaMemAttachSingle));

// Events.
HOSTCUDA_DECL cudaError_t cudaEventCreate(cudaEvent_t* event);
HOSTCUDA_DECL cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream HOSTCUDA_DEFAULT(0),
                                                   unsigned int flags HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaEventQuery(cudaEvent_t event);
HOSTCUDA_DECL cudaError_t cudaEventSynchronize(cudaEvent_t event);
HOSTCUDA_DECL cudaError_t cudaEventDestroy(cudaEvent_t event);
HOSTCUDA_DECL cudaError_t cudaEventElapsedTime(float* ms, cudaEvent_t start, cudaEvent_t end);

// Capture into graphs.
HOSTCUDA_DECL cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode);
HOSTCUDA_DECL cudaError_t cudaStreamBeginCaptureToGraph(cudaStream_t stream, cudaGraph_t graph,
                                                        const cudaGraphNode_t* dependencies,
                                                        const cudaGraphEdgeData* edges, size_t numDependencies,
                                                        enum cudaStreamCaptureMode mode);
HOSTCUDA_DECL cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph);
HOSTCUDA_DECL cudaError_t cudaStreamIsCapturing(cudaStream_t stream, enum cudaStreamCaptureStatus* status);
HOSTCUDA_DECL cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, enum cudaStreamCaptureStatus* status,
                                                   unsigned long long* id HOSTCUDA_DEFAULT(0),
                                                   cudaGraph_t* graph HOSTCUDA_DEFAULT(0),
                                                   const cudaGraphNode_t** dependencies HOSTCUDA_DEFAULT(0),
                                                   const cudaGraphEdgeData** edges HOSTCUDA_DEFAULT(0),
                                                   size_t* numDependencies HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaStreamGetCaptureInfo_v2(cudaStream_t stream, enum cudaStreamCaptureStatus* status,
                                                      unsigned long long* id, cudaGraph_t* graph,
                                                      const cudaGraphNode_t** dependencies, size_t* numDependencies);
HOSTCUDA_DECL cudaError_t cudaStreamUpdateCaptureDependencies(cudaStream_t stream, cudaGraphNode_t* dependencies,
                                                              const cudaGraphEdgeData* edges, size_t numDependencies,
                                                              unsigned int flags HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaThreadExchangeStreamCaptureMode(enum cudaStreamCaptureMode* mode);

#ifdef __cplusplus
}
#endif
