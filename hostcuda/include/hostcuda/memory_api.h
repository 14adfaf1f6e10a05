// SPDX-License-Identifier: Apache-2.0
// Memory, copies and pools.
#pragma once

#include "../driver_types.h"
#include "declare.h"

#ifdef __cplusplus
extern "C" {
#endif

// Allocation. Device memory is ordinary memory aligned to 256 bytes.
HOSTCUDA_DECL cudaError_t cudaMalloc(void** ptr, size_t size);
HOSTCUDA_DECL cudaError_t cudaFree(void* ptr);
HOSTCUDA_DECL cudaError_t cudaMallocHost(void** ptr, size_t size);
HOSTCUDA_DECL cudaError_t cudaFreeHost(void* ptr);
HOSTCUDA_DECL cudaError_t cudaHostAlloc(void** host, size_t size, unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaHostRegister(void* ptr, size_t size, unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaHostUnregister(void* ptr);
HOSTCUDA_DECL cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaHostGetFlags(unsigned int* flags, void* host);
HOSTCUDA_DECL cudaError_t cudaMallocManaged(void** ptr, size_t size,
                                            unsigned int flags HOSTCUDA_DEFAULT(cudaMemAttachGlobal));
HOSTCUDA_DECL cudaError_t cudaMallocPitch(void** ptr, size_t* pitch, size_t width, size_t height);
HOSTCUDA_DECL cudaError_t cudaMalloc3D(struct cudaPitchedPtr* pitched, struct cudaExtent extent);
HOSTCUDA_DECL cudaError_t cudaMemGetInfo(size_t* free, size_t* total);
HOSTCUDA_DECL cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes* attributes, const void* ptr);

// Copies and fills.
HOSTCUDA_DECL cudaError_t cudaMemcpy(void* dst, const void* src, size_t count, enum cudaMemcpyKind kind);
HOSTCUDA_DECL cudaError_t cudaMemcpyAsync(void* dst, const void* src, size_t count, enum cudaMemcpyKind kind,
                                          cudaStream_t stream HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaMemcpyPeer(void* dst, int dstDevice, const void* src, int srcDevice, size_t count);
HOSTCUDA_DECL cudaError_t cudaMemcpyPeerAsync(void* dst, int dstDevice, const void* src, int srcDevice, size_t count,
                                              cudaStream_t stream HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaMemcpy2D(void* dst, size_t dpitch, const void* src, size_t spitch, size_t width,
                                       size_t height, enum cudaMemcpyKind kind);
HOSTCUDA_DECL cudaError_t cudaMemcpy2DAsync(void* dst, size_t dpitch, const void* src, size_t spitch, size_t width,
                                            size_t height, enum cudaMemcpyKind kind,
                                            cudaStream_t stream HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaMemcpy3D(const struct cudaMemcpy3DParms* p);
HOSTCUDA_DECL cudaError_t cudaMemcpy3DAsync(const struct cudaMemcpy3DParms* p, cudaStream_t stream HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaMemcpy3DPeer(const struct cudaMemcpy3DPeerParms* p);
HOSTCUDA_DECL cudaError_t cudaMemcpy3DPeerAsync(const struct cudaMemcpy3DPeerParms* p,
                                                cudaStream_t stream HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaMemcpyBatchAsync(void* const* dsts, const void* const* srcs, const size_t* sizes,
                                               size_t count, struct cudaMemcpyAttributes* attrs, size_t* attrsIdxs,
                                               size_t numAttrs, cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaMemset(void* ptr, int value, size_t count);
HOSTCUDA_DECL cudaError_t cudaMemsetAsync(void* ptr, int value, size_t count, cudaStream_t stream HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaMemset2D(void* ptr, size_t pitch, int value, size_t width, size_t height);
HOSTCUDA_DECL cudaError_t cudaMemset2DAsync(void* ptr, size_t pitch, int value, size_t width, size_t height,
                                            cudaStream_t stream HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaMemset3D(struct cudaPitchedPtr pitched, int value, struct cudaExtent extent);
HOSTCUDA_DECL cudaError_t cudaMemset3DAsync(struct cudaPitchedPtr pitched, int value, struct cudaExtent extent,
                                            cudaStream_t stream HOSTCUDA_DEFAULT(0));

// Descriptions of array elements, of which no array can be made.
HOSTCUDA_DECL struct cudaChannelFormatDesc cudaCreateChannelDesc(int x, int y, int z, int w,
                                                                 enum cudaChannelFormatKind f);

// Hints on managed memory. The forms of runtime 12 are overloads in compatibility.h.
HOSTCUDA_DECL cudaError_t cudaMemPrefetchAsync(const void* ptr, size_t count, struct cudaMemLocation location,
                                               unsigned int flags, cudaStream_t stream HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaMemAdvise(const void* ptr, size_t count, enum cudaMemoryAdvise advice,
                                        struct cudaMemLocation location);
HOSTCUDA_DECL cudaError_t cudaMemRangeGetAttribute(void* data, size_t dataSize, enum cudaMemRangeAttribute attribute,
                                                   const void* ptr, size_t count);
HOSTCUDA_DECL cudaError_t cudaMemRangeGetAttributes(void** data, size_t* dataSizes,
                                                    enum cudaMemRangeAttribute* attributes, size_t numAttributes,
                                                    const void* ptr, size_t count);

// Stream-ordered allocation and its pools.
HOSTCUDA_DECL cudaError_t cudaMallocAsync(void** ptr, size_t size, cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaFreeAsync(void* ptr, cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaMallocFromPoolAsync(void** ptr, size_t size, cudaMemPool_t pool, cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device);
HOSTCUDA_DECL cudaError_t cudaDeviceSetMemPool(int device, cudaMemPool_t pool);
HOSTCUDA_DECL cudaError_t cudaDeviceGetMemPool(cudaMemPool_t* pool, int device);
HOSTCUDA_DECL cudaError_t cudaMemGetDefaultMemPool(cudaMemPool_t* pool, struct cudaMemLocation* location,
                                                   enum cudaMemAllocationType type);
HOSTCUDA_DECL cudaError_t cudaMemGetMemPool(cudaMemPool_t* pool, struct cudaMemLocation* location,
                                            enum cudaMemAllocationType type);
HOSTCUDA_DECL cudaError_t cudaMemSetMemPool(struct cudaMemLocation* location, enum cudaMemAllocationType type,
                                            cudaMemPool_t pool);
HOSTCUDA_DECL cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const struct cudaMemPoolProps* poolProps);
HOSTCUDA_DECL cudaError_t cudaMemPoolDestroy(cudaMemPool_t pool);
HOSTCUDA_DECL cudaError_t cudaMemPoolTrimTo(cudaMemPool_t pool, size_t minBytesToKeep);
HOSTCUDA_DECL cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, enum cudaMemPoolAttr attr, void* value);
HOSTCUDA_DECL cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, enum cudaMemPoolAttr attr, void* value);
HOSTCUDA_DECL cudaError_t cudaMemPoolSetAccess(cudaMemPool_t pool, const struct cudaMemAccessDesc* descList,
                                               size_t count);
HOSTCUDA_DECL cudaError_t cudaMemPoolGetAccess(enum cudaMemAccessFlags* flags, cudaMemPool_t pool,
                                               struct cudaMemLocation* location);

// Sharing between processes: refused.
HOSTCUDA_DECL cudaError_t cudaIpcGetMemHandle(cudaIpcMemHandle_t* handle, void* ptr);
HOSTCUDA_DECL cudaError_t cudaIpcOpenMemHandle(void** ptr, cudaIpcMemHandle_t handle, unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaIpcCloseMemHandle(void* ptr);
HOSTCUDA_DECL cudaError_t cudaIpcGetEventHandle(cudaIpcEventHandle_t* handle, cudaEvent_t event);
HOSTCUDA_DECL cudaError_t cudaIpcOpenEventHandle(cudaEvent_t* event, cudaIpcEventHandle_t handle);
HOSTCUDA_DECL cudaError_t cudaMemPoolExportToShareableHandle(void* shareableHandle, cudaMemPool_t pool,
                                                             enum cudaMemAllocationHandleType handleType,
                                                             unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaMemPoolImportFromShareableHandle(cudaMemPool_t* pool, void* shareableHandle,
                                                               enum cudaMemAllocationHandleType handleType,
                                                               unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaMemPoolExportPointer(struct cudaMemPoolPtrExportData* exportData, void* ptr);
HOSTCUDA_DECL cudaError_t cudaMemPoolImportPointer(void** ptr, cudaMemPool_t pool,
                                                   struct cudaMemPoolPtrExportData* exportData);

#ifdef __cplusplus
}
#endif
