// SPDX-License-Identifier: Apache-2.0
// Kernels and device symbols: declared so that programs compile; every call answers with an error (see README.md).
#pragma once

#include "../driver_types.h"
#include "declare.h"
#include "graph_types.h"
#include "kernel_types.h"

#ifdef __cplusplus
extern "C" {
#endif

// Launching and asking about kernels.
HOSTCUDA_DECL cudaError_t cudaLaunchKernel(const void* func, dim3 gridDim, dim3 blockDim, void** args, size_t sharedMem,
                                           cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* func, void** args);
HOSTCUDA_DECL cudaError_t cudaLaunchCooperativeKernel(const void* func, dim3 gridDim, dim3 blockDim, void** args,
                                                      size_t sharedMem, cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaFuncGetAttributes(struct cudaFuncAttributes* attr, const void* func);
HOSTCUDA_DECL cudaError_t cudaFuncSetAttribute(const void* func, enum cudaFuncAttribute attr, int value);
HOSTCUDA_DECL cudaError_t cudaFuncSetCacheConfig(const void* func, enum cudaFuncCache cacheConfig);
HOSTCUDA_DECL cudaError_t cudaFuncSetSharedMemConfig(const void* func, enum cudaSharedMemConfig config);
HOSTCUDA_DECL cudaError_t cudaFuncGetName(const char** name, const void* func);
HOSTCUDA_DECL cudaError_t cudaGetFuncBySymbol(cudaFunction_t* functionPtr, const void* symbolPtr);
HOSTCUDA_DECL cudaError_t cudaGetKernel(cudaKernel_t* kernelPtr, const void* entryFuncAddr);
HOSTCUDA_DECL cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* numBlocks, const void* func, int blockSize,
                                                                        size_t dynamicSMemSize);
HOSTCUDA_DECL cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* numBlocks, const void* func,
                                                                                 int blockSize, size_t dynamicSMemSize,
                                                                                 unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaOccupancyAvailableDynamicSMemPerBlock(size_t* dynamicSmemSize, const void* func,
                                                                    int numBlocks, int blockSize);

// Kernels in graphs.
HOSTCUDA_DECL cudaError_t cudaGraphAddKernelNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                                 const cudaGraphNode_t* dependencies, size_t numDependencies,
                                                 const struct cudaKernelNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphKernelNodeGetParams(cudaGraphNode_t node, struct cudaKernelNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphKernelNodeSetParams(cudaGraphNode_t node, const struct cudaKernelNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphExecKernelNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
                                                           const struct cudaKernelNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphKernelNodeCopyAttributes(cudaGraphNode_t hDst, cudaGraphNode_t hSrc);

// Variables of device code.
HOSTCUDA_DECL cudaError_t cudaGetSymbolAddress(void** ptr, const void* symbol);
HOSTCUDA_DECL cudaError_t cudaGetSymbolSize(size_t* size, const void* symbol);
HOSTCUDA_DECL cudaError_t cudaMemcpyToSymbol(const void* symbol, const void* src, size_t count,
                                             size_t offset HOSTCUDA_DEFAULT(0),
                                             enum cudaMemcpyKind kind HOSTCUDA_DEFAULT(cudaMemcpyHostToDevice));
HOSTCUDA_DECL cudaError_t cudaMemcpyFromSymbol(void* dst, const void* symbol, size_t count,
                                               size_t offset HOSTCUDA_DEFAULT(0),
                                               enum cudaMemcpyKind kind HOSTCUDA_DEFAULT(cudaMemcpyDeviceToHost));
HOSTCUDA_DECL cudaError_t cudaMemcpyToSymbolAsync(const void* symbol, const void* src, size_t count, size_t offset,
                                                  enum cudaMemcpyKind kind, cudaStream_t stream HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaMemcpyFromSymbolAsync(void* dst, const void* symbol, size_t count, size_t offset,
                                                    enum cudaMemcpyKind kind, cudaStream_t stream HOSTCUDA_DEFAULT(0));

#ifdef __cplusplus
}
#endif
