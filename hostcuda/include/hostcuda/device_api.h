// SPDX-License-Identifier: Apache-2.0
// Devices, errors, versions and profiling.
#pragma once

#include "../driver_types.h"
#include "declare.h"

#ifdef __cplusplus
extern "C" {
#endif

// Errors: the last error is kept per thread; reading it with cudaGetLastError clears it.
HOSTCUDA_DECL cudaError_t cudaGetLastError(void);
HOSTCUDA_DECL cudaError_t cudaPeekAtLastError(void);
HOSTCUDA_DECL const char* cudaGetErrorName(cudaError_t error);
HOSTCUDA_DECL const char* cudaGetErrorString(cudaError_t error);

// The one device.
HOSTCUDA_DECL cudaError_t cudaGetDeviceCount(int* count);
HOSTCUDA_DECL cudaError_t cudaGetDevice(int* device);
HOSTCUDA_DECL cudaError_t cudaSetDevice(int device);
HOSTCUDA_DECL cudaError_t cudaInitDevice(int device, unsigned int deviceFlags, unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp* prop, int device);
HOSTCUDA_DECL cudaError_t cudaDeviceGetAttribute(int* value, enum cudaDeviceAttr attr, int device);
HOSTCUDA_DECL cudaError_t cudaChooseDevice(int* device, const struct cudaDeviceProp* prop);
HOSTCUDA_DECL cudaError_t cudaSetValidDevices(int* device_arr, int len);
HOSTCUDA_DECL cudaError_t cudaSetDeviceFlags(unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaGetDeviceFlags(unsigned int* flags);
HOSTCUDA_DECL cudaError_t cudaDeviceReset(void);
HOSTCUDA_DECL cudaError_t cudaDeviceSynchronize(void);
HOSTCUDA_DECL cudaError_t cudaDeviceSetLimit(enum cudaLimit limit, size_t value);
HOSTCUDA_DECL cudaError_t cudaDeviceGetLimit(size_t* value, enum cudaLimit limit);
HOSTCUDA_DECL cudaError_t cudaDeviceGetCacheConfig(enum cudaFuncCache* config);
HOSTCUDA_DECL cudaError_t cudaDeviceSetCacheConfig(enum cudaFuncCache cacheConfig);
HOSTCUDA_DECL cudaError_t cudaDeviceGetSharedMemConfig(enum cudaSharedMemConfig* config);
HOSTCUDA_DECL cudaError_t cudaDeviceSetSharedMemConfig(enum cudaSharedMemConfig config);
HOSTCUDA_DECL cudaError_t cudaDeviceGetStreamPriorityRange(int* leastPriority, int* greatestPriority);
HOSTCUDA_DECL cudaError_t cudaDeviceGetPCIBusId(char* pciBusId, int len, int device);
HOSTCUDA_DECL cudaError_t cudaDeviceGetByPCIBusId(int* device, const char* pciBusId);
HOSTCUDA_DECL cudaError_t cudaCtxResetPersistingL2Cache(void);
HOSTCUDA_DECL cudaError_t cudaDeviceFlushGPUDirectRDMAWrites(enum cudaFlushGPUDirectRDMAWritesTarget target,
                                                             enum cudaFlushGPUDirectRDMAWritesScope scope);

// Peers: there are none.
HOSTCUDA_DECL cudaError_t cudaDeviceCanAccessPeer(int* canAccessPeer, int device, int peerDevice);
HOSTCUDA_DECL cudaError_t cudaDeviceEnablePeerAccess(int peerDevice, unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaDeviceDisablePeerAccess(int peerDevice);
HOSTCUDA_DECL cudaError_t cudaDeviceGetP2PAttribute(int* value, enum cudaDeviceP2PAttr attr, int srcDevice,
                                                    int dstDevice);

// Versions and the driver interface, of which no entry point exists.
HOSTCUDA_DECL cudaError_t cudaDriverGetVersion(int* driverVersion);
HOSTCUDA_DECL cudaError_t cudaRuntimeGetVersion(int* runtimeVersion);
HOSTCUDA_DECL cudaError_t
cudaGetDriverEntryPoint(const char* symbol, void** funcPtr, unsigned long long flags,
                        enum cudaDriverEntryPointQueryResult* driverStatus HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t
cudaGetDriverEntryPointByVersion(const char* symbol, void** funcPtr, unsigned int cudaVersion, unsigned long long flags,
                                 enum cudaDriverEntryPointQueryResult* driverStatus HOSTCUDA_DEFAULT(0));

#ifdef __cplusplus
}
#endif
