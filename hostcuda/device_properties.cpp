// SPDX-License-Identifier: Apache-2.0
// Honest where the word has a meaning on a processor: memory, caches, clock, cores, unified addressing. Where it has
// none:
// - the compute capability is a feature level, chosen so that programs offer every precision they know for GPUs of
// 2023;
// - launch limits are the usual ones of a GPU, since programs divide by them, although no kernel can be launched;
// - everything about textures, surfaces, clusters, sharing and graphics is zero.
#include "device_properties.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "machine.h"

namespace opentrt::hostcuda {
namespace {

constexpr int largest = std::numeric_limits<int>::max();

int asInt(size_t value) {
    return static_cast<int>(std::min<size_t>(value, largest));
}

void describeMemory(cudaDeviceProp& p) {
    p.totalGlobalMem = totalMemory();
    p.l2CacheSize = asInt(machine().lastLevelCache);
    p.integrated = 1;
    p.canMapHostMemory = 1;
    p.unifiedAddressing = 1;
    p.managedMemory = 1;
    p.concurrentManagedAccess = 1;
    p.directManagedMemAccessFromHost = 1;
    p.pageableMemoryAccess = 1;
    p.pageableMemoryAccessUsesHostPageTables = 1;
    p.canUseHostPointerForRegisteredMem = 1;
    p.hostRegisterSupported = 1;
    p.hostRegisterReadOnlySupported = 1;
    p.hostNativeAtomicSupported = 1;
    p.memoryPoolsSupported = 1;
    p.memPitch = largest;
    p.textureAlignment = 512;
    p.texturePitchAlignment = 32;
    p.surfaceAlignment = 512;
}

void describeLaunchLimits(cudaDeviceProp& p) {
    p.warpSize = 32;
    p.maxThreadsPerBlock = 1024;
    p.maxThreadsDim[0] = p.maxThreadsDim[1] = 1024;
    p.maxThreadsDim[2] = 64;
    p.maxGridSize[0] = largest;
    p.maxGridSize[1] = p.maxGridSize[2] = 65535;
    p.maxThreadsPerMultiProcessor = 1024;
    p.maxBlocksPerMultiProcessor = 16;
    p.regsPerBlock = p.regsPerMultiprocessor = 65536;
    p.sharedMemPerBlock = p.sharedMemPerBlockOptin = 48 << 10;
    // The memory that one core has to itself.
    p.sharedMemPerMultiprocessor = std::max<size_t>(machine().privateCache, p.sharedMemPerBlock);
    p.totalConstMem = 64 << 10;
}

cudaDeviceProp describe() {
    cudaDeviceProp p{};
    const std::string name = machine().name + " (host CPU)";
    std::strncpy(p.name, name.c_str(), sizeof p.name - 1);
    std::memcpy(p.uuid.bytes, "host-cuda-device", sizeof p.uuid.bytes);
    p.major = 9;
    p.minor = 0;
    p.multiProcessorCount = machine().processors;
    p.clockRate = machine().clockKilohertz;
    p.concurrentKernels = 1;
    p.asyncEngineCount = 2;
    p.deviceOverlap = 1;
    p.computePreemptionSupported = 1;
    p.hostNumaId = -1;
    p.deviceNumaId = -1;
    describeMemory(p);
    describeLaunchLimits(p);
    return p;
}

}  // namespace

const cudaDeviceProp& deviceProperties() {
    static const auto* properties = new cudaDeviceProp(describe());
    return *properties;
}

cudaError_t deviceAttribute(cudaDeviceAttr attribute, int& value) {
    if (attribute < cudaDevAttrMaxThreadsPerBlock || attribute >= cudaDevAttrMax) return cudaErrorInvalidValue;
    const cudaDeviceProp& p = deviceProperties();
    switch (attribute) {
        case cudaDevAttrMaxThreadsPerBlock:
            value = p.maxThreadsPerBlock;
            break;
        case cudaDevAttrMaxBlockDimX:
            value = p.maxThreadsDim[0];
            break;
        case cudaDevAttrMaxBlockDimY:
            value = p.maxThreadsDim[1];
            break;
        case cudaDevAttrMaxBlockDimZ:
            value = p.maxThreadsDim[2];
            break;
        case cudaDevAttrMaxGridDimX:
            value = p.maxGridSize[0];
            break;
        case cudaDevAttrMaxGridDimY:
            value = p.maxGridSize[1];
            break;
        case cudaDevAttrMaxGridDimZ:
            value = p.maxGridSize[2];
            break;
        case cudaDevAttrMaxSharedMemoryPerBlock:
            value = asInt(p.sharedMemPerBlock);
            break;
        case cudaDevAttrMaxSharedMemoryPerBlockOptin:
            value = asInt(p.sharedMemPerBlockOptin);
            break;
        case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
            value = asInt(p.sharedMemPerMultiprocessor);
            break;
        case cudaDevAttrTotalConstantMemory:
            value = asInt(p.totalConstMem);
            break;
        case cudaDevAttrWarpSize:
            value = p.warpSize;
            break;
        case cudaDevAttrMaxPitch:
            value = asInt(p.memPitch);
            break;
        case cudaDevAttrMaxRegistersPerBlock:
            value = p.regsPerBlock;
            break;
        case cudaDevAttrMaxRegistersPerMultiprocessor:
            value = p.regsPerMultiprocessor;
            break;
        case cudaDevAttrMaxThreadsPerMultiProcessor:
            value = p.maxThreadsPerMultiProcessor;
            break;
        case cudaDevAttrMaxBlocksPerMultiprocessor:
            value = p.maxBlocksPerMultiProcessor;
            break;
        case cudaDevAttrClockRate:
            value = p.clockRate;
            break;
        case cudaDevAttrTextureAlignment:
            value = asInt(p.textureAlignment);
            break;
        case cudaDevAttrTexturePitchAlignment:
            value = asInt(p.texturePitchAlignment);
            break;
        case cudaDevAttrSurfaceAlignment:
            value = asInt(p.surfaceAlignment);
            break;
        case cudaDevAttrGpuOverlap:
            value = p.deviceOverlap;
            break;
        case cudaDevAttrMultiProcessorCount:
            value = p.multiProcessorCount;
            break;
        case cudaDevAttrIntegrated:
            value = p.integrated;
            break;
        case cudaDevAttrCanMapHostMemory:
            value = p.canMapHostMemory;
            break;
        case cudaDevAttrConcurrentKernels:
            value = p.concurrentKernels;
            break;
        case cudaDevAttrL2CacheSize:
            value = p.l2CacheSize;
            break;
        case cudaDevAttrAsyncEngineCount:
            value = p.asyncEngineCount;
            break;
        case cudaDevAttrUnifiedAddressing:
            value = p.unifiedAddressing;
            break;
        case cudaDevAttrComputeCapabilityMajor:
            value = p.major;
            break;
        case cudaDevAttrComputeCapabilityMinor:
            value = p.minor;
            break;
        case cudaDevAttrManagedMemory:
            value = p.managedMemory;
            break;
        case cudaDevAttrHostNativeAtomicSupported:
            value = p.hostNativeAtomicSupported;
            break;
        case cudaDevAttrPageableMemoryAccess:
            value = p.pageableMemoryAccess;
            break;
        case cudaDevAttrConcurrentManagedAccess:
            value = p.concurrentManagedAccess;
            break;
        case cudaDevAttrComputePreemptionSupported:
            value = p.computePreemptionSupported;
            break;
        case cudaDevAttrCanUseHostPointerForRegisteredMem:
            value = p.canUseHostPointerForRegisteredMem;
            break;
        case cudaDevAttrHostRegisterSupported:
            value = p.hostRegisterSupported;
            break;
        case cudaDevAttrHostRegisterReadOnlySupported:
            value = p.hostRegisterReadOnlySupported;
            break;
        case cudaDevAttrPageableMemoryAccessUsesHostPageTables:
            value = p.pageableMemoryAccessUsesHostPageTables;
            break;
        case cudaDevAttrDirectManagedMemAccessFromHost:
            value = p.directManagedMemAccessFromHost;
            break;
        case cudaDevAttrMemoryPoolsSupported:
            value = p.memoryPoolsSupported;
            break;
        case cudaDevAttrMemSyncDomainCount:
            value = 1;
            break;
        case cudaDevAttrNumaId:
            value = p.deviceNumaId;
            break;
        case cudaDevAttrHostNumaId:
            value = p.hostNumaId;
            break;
        default:
            value = 0;
            break;
    }
    return cudaSuccess;
}

}  // namespace opentrt::hostcuda
