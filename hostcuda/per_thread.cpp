// SPDX-License-Identifier: Apache-2.0
// The variants of functions for programs built with CUDA_API_PER_THREAD_DEFAULT_STREAM: their null stream is the
// calling thread's own stream. Those that end in _ptsz take a stream; those in _ptds are synchronous and run on that
// stream. Tested by default_stream_test.cpp.
#include "entry.h"

namespace {

cudaStream_t own(cudaStream_t stream) {
    return stream ? stream : cudaStreamPerThread;
}

}  // namespace

#define HOSTCUDA_TAKES_STREAM(name, parameters, arguments) \
    HOSTCUDA_DECLARE(name);                                \
    HOSTCUDA_EXPORT(name##_ptsz, cudaError_t) parameters { \
        return hostcuda_##name arguments;                  \
    }

// For functions whose signature is new in runtime 13; older_runtimes.cpp has the others.
#define HOSTCUDA_TAKES_STREAM_13(name, parameters, arguments)                                         \
    HOSTCUDA_DECLARE(name);                                                                           \
    HOSTCUDA_VERSION(hostcuda_##name##_ptsz, #name "_ptsz@@libcudart.so.13");                         \
    extern "C" __attribute__((visibility("default"))) cudaError_t hostcuda_##name##_ptsz parameters { \
        return hostcuda_##name arguments;                                                             \
    }

#define HOSTCUDA_SYNCHRONOUS(name, parameters, arguments)                                            \
    HOSTCUDA_EXPORT(name##_ptds, cudaError_t) parameters {                                           \
        const cudaError_t status = hostcuda_##name##Async arguments;                                 \
        return status == cudaSuccess ? hostcuda_cudaStreamSynchronize(cudaStreamPerThread) : status; \
    }

HOSTCUDA_DECLARE(cudaStreamSynchronize);

HOSTCUDA_TAKES_STREAM(cudaEventRecordWithFlags, (cudaEvent_t event, cudaStream_t stream, unsigned int flags),
                      (event, own(stream), flags))
HOSTCUDA_TAKES_STREAM(cudaEventRecord, (cudaEvent_t event, cudaStream_t stream), (event, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaFreeAsync, (void* ptr, cudaStream_t stream), (ptr, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaGraphInstantiateWithParams,
                      (cudaGraphExec_t * exec, cudaGraph_t graph, cudaGraphInstantiateParams* params),
                      (exec, graph, params))
HOSTCUDA_TAKES_STREAM(cudaGraphLaunch, (cudaGraphExec_t exec, cudaStream_t stream), (exec, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaGraphUpload, (cudaGraphExec_t exec, cudaStream_t stream), (exec, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaLaunchCooperativeKernel,
                      (const void* func, dim3 gridDim, dim3 blockDim, void** args, size_t sharedMem,
                       cudaStream_t stream),
                      (func, gridDim, blockDim, args, sharedMem, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaLaunchHostFunc, (cudaStream_t stream, cudaHostFn_t fn, void* userData),
                      (own(stream), fn, userData))
HOSTCUDA_TAKES_STREAM(cudaLaunchKernelExC, (const cudaLaunchConfig_t* config, const void* func, void** args),
                      (config, func, args))
HOSTCUDA_TAKES_STREAM(cudaLaunchKernel,
                      (const void* func, dim3 gridDim, dim3 blockDim, void** args, size_t sharedMem,
                       cudaStream_t stream),
                      (func, gridDim, blockDim, args, sharedMem, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMallocAsync, (void** ptr, size_t size, cudaStream_t stream), (ptr, size, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMallocFromPoolAsync, (void** ptr, size_t size, cudaMemPool_t pool, cudaStream_t stream),
                      (ptr, size, pool, own(stream)))
HOSTCUDA_TAKES_STREAM_13(cudaMemPrefetchAsync,
                         (const void* ptr, size_t count, cudaMemLocation location, unsigned int flags,
                          cudaStream_t stream),
                         (ptr, count, location, flags, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMemcpy2DAsync,
                      (void* dst, size_t dpitch, const void* src, size_t spitch, size_t width, size_t height,
                       cudaMemcpyKind kind, cudaStream_t stream),
                      (dst, dpitch, src, spitch, width, height, kind, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMemcpy3DAsync, (const cudaMemcpy3DParms* p, cudaStream_t stream), (p, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMemcpy3DPeerAsync, (const cudaMemcpy3DPeerParms* p, cudaStream_t stream), (p, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMemcpyAsync,
                      (void* dst, const void* src, size_t count, cudaMemcpyKind kind, cudaStream_t stream),
                      (dst, src, count, kind, own(stream)))
HOSTCUDA_TAKES_STREAM_13(cudaMemcpyBatchAsync,
                         (void* const* dsts, const void* const* srcs, const size_t* sizes, size_t count,
                          cudaMemcpyAttributes* attrs, size_t* attrsIdxs, size_t numAttrs, cudaStream_t stream),
                         (dsts, srcs, sizes, count, attrs, attrsIdxs, numAttrs, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMemcpyFromSymbolAsync,
                      (void* dst, const void* symbol, size_t count, size_t offset, cudaMemcpyKind kind,
                       cudaStream_t stream),
                      (dst, symbol, count, offset, kind, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMemcpyToSymbolAsync,
                      (const void* symbol, const void* src, size_t count, size_t offset, cudaMemcpyKind kind,
                       cudaStream_t stream),
                      (symbol, src, count, offset, kind, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMemset2DAsync,
                      (void* ptr, size_t pitch, int value, size_t width, size_t height, cudaStream_t stream),
                      (ptr, pitch, value, width, height, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMemset3DAsync, (cudaPitchedPtr pitched, int value, cudaExtent extent, cudaStream_t stream),
                      (pitched, value, extent, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaMemsetAsync, (void* ptr, int value, size_t count, cudaStream_t stream),
                      (ptr, value, count, own(stream)))
HOSTCUDA_TAKES_STREAM(cudaStreamAddCallback,
                      (cudaStream_t stream, cudaStreamCallback_t callback, void* userData, unsigned int flags),
                      (own(stream), callback, userData, flags))
HOSTCUDA_TAKES_STREAM(cudaStreamAttachMemAsync, (cudaStream_t stream, void* ptr, size_t length, unsigned int flags),
                      (own(stream), ptr, length, flags))
HOSTCUDA_TAKES_STREAM(cudaStreamBeginCaptureToGraph,
                      (cudaStream_t stream, cudaGraph_t graph, const cudaGraphNode_t* dependencies,
                       const cudaGraphEdgeData* edges, size_t numDependencies, cudaStreamCaptureMode mode),
                      (own(stream), graph, dependencies, edges, numDependencies, mode))
HOSTCUDA_TAKES_STREAM(cudaStreamBeginCapture, (cudaStream_t stream, cudaStreamCaptureMode mode), (own(stream), mode))
HOSTCUDA_TAKES_STREAM(cudaStreamCopyAttributes, (cudaStream_t dst, cudaStream_t src), (own(dst), own(src)))
HOSTCUDA_TAKES_STREAM(cudaStreamEndCapture, (cudaStream_t stream, cudaGraph_t* graph), (own(stream), graph))
HOSTCUDA_TAKES_STREAM(cudaStreamGetAttribute,
                      (cudaStream_t stream, cudaLaunchAttributeID attr, cudaLaunchAttributeValue* value_out),
                      (own(stream), attr, value_out))
HOSTCUDA_TAKES_STREAM_13(cudaStreamGetCaptureInfo,
                         (cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long* id,
                          cudaGraph_t* graph, const cudaGraphNode_t** dependencies, const cudaGraphEdgeData** edges,
                          size_t* numDependencies),
                         (own(stream), status, id, graph, dependencies, edges, numDependencies))
HOSTCUDA_TAKES_STREAM(cudaStreamGetDevice, (cudaStream_t stream, int* device), (own(stream), device))
HOSTCUDA_TAKES_STREAM(cudaStreamGetFlags, (cudaStream_t stream, unsigned int* flags), (own(stream), flags))
HOSTCUDA_TAKES_STREAM(cudaStreamGetId, (cudaStream_t stream, unsigned long long* streamId), (own(stream), streamId))
HOSTCUDA_TAKES_STREAM(cudaStreamGetPriority, (cudaStream_t stream, int* priority), (own(stream), priority))
HOSTCUDA_TAKES_STREAM(cudaStreamIsCapturing, (cudaStream_t stream, cudaStreamCaptureStatus* status),
                      (own(stream), status))
HOSTCUDA_TAKES_STREAM(cudaStreamQuery, (cudaStream_t stream), (own(stream)))
HOSTCUDA_TAKES_STREAM(cudaStreamSetAttribute,
                      (cudaStream_t stream, cudaLaunchAttributeID attr, const cudaLaunchAttributeValue* value),
                      (own(stream), attr, value))
HOSTCUDA_TAKES_STREAM(cudaStreamSynchronize, (cudaStream_t stream), (own(stream)))
HOSTCUDA_TAKES_STREAM_13(cudaStreamUpdateCaptureDependencies,
                         (cudaStream_t stream, cudaGraphNode_t* dependencies, const cudaGraphEdgeData* edges,
                          size_t numDependencies, unsigned int flags),
                         (own(stream), dependencies, edges, numDependencies, flags))
HOSTCUDA_TAKES_STREAM(cudaStreamWaitEvent, (cudaStream_t stream, cudaEvent_t event, unsigned int flags),
                      (own(stream), event, flags))

HOSTCUDA_SYNCHRONOUS(cudaMemcpy2D,
                     (void* dst, size_t dpitch, const void* src, size_t spitch, size_t width, size_t height,
                      cudaMemcpyKind kind),
                     (dst, dpitch, src, spitch, width, height, kind, cudaStreamPerThread))
HOSTCUDA_SYNCHRONOUS(cudaMemcpy3DPeer, (const cudaMemcpy3DPeerParms* p), (p, cudaStreamPerThread))
HOSTCUDA_SYNCHRONOUS(cudaMemcpy3D, (const cudaMemcpy3DParms* p), (p, cudaStreamPerThread))
HOSTCUDA_SYNCHRONOUS(cudaMemcpyFromSymbol,
                     (void* dst, const void* symbol, size_t count, size_t offset, cudaMemcpyKind kind),
                     (dst, symbol, count, offset, kind, cudaStreamPerThread))
HOSTCUDA_SYNCHRONOUS(cudaMemcpyToSymbol,
                     (const void* symbol, const void* src, size_t count, size_t offset, cudaMemcpyKind kind),
                     (symbol, src, count, offset, kind, cudaStreamPerThread))
HOSTCUDA_SYNCHRONOUS(cudaMemcpy, (void* dst, const void* src, size_t count, cudaMemcpyKind kind),
                     (dst, src, count, kind, cudaStreamPerThread))
HOSTCUDA_SYNCHRONOUS(cudaMemset2D, (void* ptr, size_t pitch, int value, size_t width, size_t height),
                     (ptr, pitch, value, width, height, cudaStreamPerThread))
HOSTCUDA_SYNCHRONOUS(cudaMemset3D, (cudaPitchedPtr pitched, int value, cudaExtent extent),
                     (pitched, value, extent, cudaStreamPerThread))
HOSTCUDA_SYNCHRONOUS(cudaMemset, (void* ptr, int value, size_t count), (ptr, value, count, cudaStreamPerThread))
