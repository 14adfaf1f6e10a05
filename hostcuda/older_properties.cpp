// SPDX-License-Identifier: Apache-2.0
// The device properties in the layouts of runtimes 11 and 12, for programs that were built with them. The layout of 11
// is the beginning of that of 12. Tested by older_runtimes_test.cpp.
#include "older_properties.h"

#include <cstddef>
#include <cstring>

#include "device_properties.h"

namespace opentrt::hostcuda {
namespace {

// clang-format off
#define HOSTCUDA_FIELDS_12(FIELD) \
    FIELD(char, name, [256]) \
    FIELD(cudaUUID_t, uuid, ) \
    FIELD(char, luid, [8]) \
    FIELD(unsigned int, luidDeviceNodeMask, ) \
    FIELD(size_t, totalGlobalMem, ) \
    FIELD(size_t, sharedMemPerBlock, ) \
    FIELD(int, regsPerBlock, ) \
    FIELD(int, warpSize, ) \
    FIELD(size_t, memPitch, ) \
    FIELD(int, maxThreadsPerBlock, ) \
    FIELD(int, maxThreadsDim, [3]) \
    FIELD(int, maxGridSize, [3]) \
    FIELD(int, clockRate, ) \
    FIELD(size_t, totalConstMem, ) \
    FIELD(int, major, ) \
    FIELD(int, minor, ) \
    FIELD(size_t, textureAlignment, ) \
    FIELD(size_t, texturePitchAlignment, ) \
    FIELD(int, deviceOverlap, ) \
    FIELD(int, multiProcessorCount, ) \
    FIELD(int, kernelExecTimeoutEnabled, ) \
    FIELD(int, integrated, ) \
    FIELD(int, canMapHostMemory, ) \
    FIELD(int, computeMode, ) \
    FIELD(int, maxTexture1D, ) \
    FIELD(int, maxTexture1DMipmap, ) \
    FIELD(int, maxTexture1DLinear, ) \
    FIELD(int, maxTexture2D, [2]) \
    FIELD(int, maxTexture2DMipmap, [2]) \
    FIELD(int, maxTexture2DLinear, [3]) \
    FIELD(int, maxTexture2DGather, [2]) \
    FIELD(int, maxTexture3D, [3]) \
    FIELD(int, maxTexture3DAlt, [3]) \
    FIELD(int, maxTextureCubemap, ) \
    FIELD(int, maxTexture1DLayered, [2]) \
    FIELD(int, maxTexture2DLayered, [3]) \
    FIELD(int, maxTextureCubemapLayered, [2]) \
    FIELD(int, maxSurface1D, ) \
    FIELD(int, maxSurface2D, [2]) \
    FIELD(int, maxSurface3D, [3]) \
    FIELD(int, maxSurface1DLayered, [2]) \
    FIELD(int, maxSurface2DLayered, [3]) \
    FIELD(int, maxSurfaceCubemap, ) \
    FIELD(int, maxSurfaceCubemapLayered, [2]) \
    FIELD(size_t, surfaceAlignment, ) \
    FIELD(int, concurrentKernels, ) \
    FIELD(int, ECCEnabled, ) \
    FIELD(int, pciBusID, ) \
    FIELD(int, pciDeviceID, ) \
    FIELD(int, pciDomainID, ) \
    FIELD(int, tccDriver, ) \
    FIELD(int, asyncEngineCount, ) \
    FIELD(int, unifiedAddressing, ) \
    FIELD(int, memoryClockRate, ) \
    FIELD(int, memoryBusWidth, ) \
    FIELD(int, l2CacheSize, ) \
    FIELD(int, persistingL2CacheMaxSize, ) \
    FIELD(int, maxThreadsPerMultiProcessor, ) \
    FIELD(int, streamPrioritiesSupported, ) \
    FIELD(int, globalL1CacheSupported, ) \
    FIELD(int, localL1CacheSupported, ) \
    FIELD(size_t, sharedMemPerMultiprocessor, ) \
    FIELD(int, regsPerMultiprocessor, ) \
    FIELD(int, managedMemory, ) \
    FIELD(int, isMultiGpuBoard, ) \
    FIELD(int, multiGpuBoardGroupID, ) \
    FIELD(int, hostNativeAtomicSupported, ) \
    FIELD(int, singleToDoublePrecisionPerfRatio, ) \
    FIELD(int, pageableMemoryAccess, ) \
    FIELD(int, concurrentManagedAccess, ) \
    FIELD(int, computePreemptionSupported, ) \
    FIELD(int, canUseHostPointerForRegisteredMem, ) \
    FIELD(int, cooperativeLaunch, ) \
    FIELD(int, cooperativeMultiDeviceLaunch, ) \
    FIELD(size_t, sharedMemPerBlockOptin, ) \
    FIELD(int, pageableMemoryAccessUsesHostPageTables, ) \
    FIELD(int, directManagedMemAccessFromHost, ) \
    FIELD(int, maxBlocksPerMultiProcessor, ) \
    FIELD(int, accessPolicyMaxWindowSize, ) \
    FIELD(size_t, reservedSharedMemPerBlock, ) \
    FIELD(int, hostRegisterSupported, ) \
    FIELD(int, sparseCudaArraySupported, ) \
    FIELD(int, hostRegisterReadOnlySupported, ) \
    FIELD(int, timelineSemaphoreInteropSupported, ) \
    FIELD(int, memoryPoolsSupported, ) \
    FIELD(int, gpuDirectRDMASupported, ) \
    FIELD(unsigned int, gpuDirectRDMAFlushWritesOptions, ) \
    FIELD(int, gpuDirectRDMAWritesOrdering, ) \
    FIELD(unsigned int, memoryPoolSupportedHandleTypes, ) \
    FIELD(int, deferredMappingCudaArraySupported, ) \
    FIELD(int, ipcEventSupported, ) \
    FIELD(int, clusterLaunch, ) \
    FIELD(int, unifiedFunctionPointers, )
// clang-format on

#define HOSTCUDA_MEMBER(type, name, bounds) type name bounds;
#define HOSTCUDA_COPY(type, name, bounds)                                 \
    static_assert(sizeof older.name == sizeof current.name, "same type"); \
    std::memcpy(&older.name, &current.name, sizeof older.name);

struct Properties12 {
    HOSTCUDA_FIELDS_12(HOSTCUDA_MEMBER)
    int reserved[63];
};

Properties12 translate(const cudaDeviceProp& current) {
    Properties12 older{};
    HOSTCUDA_FIELDS_12(HOSTCUDA_COPY)
    return older;
}

// In 11 the struct ends before this member.
constexpr size_t sizeIn11 = offsetof(Properties12, hostRegisterSupported);

}  // namespace

void writeProperties(void* properties, int runtime) {
    const Properties12 older = translate(deviceProperties());
    std::memcpy(properties, &older, runtime >= 12 ? sizeof older : sizeIn11);
}

}  // namespace opentrt::hostcuda
