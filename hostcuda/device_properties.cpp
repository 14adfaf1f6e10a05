// SPDX-License-Identifier: Apache-2.0
// Honest where the word has a meaning on a processor: memory, caches, clock, cores, unified addressing. Where it has
// none:
// - the compute capability is a feature level, chosen so that programs offer every precision they know for GPUs of
// 2023;
// - launch limits are the usual ones of a GPU, since programs divide by them, although no kernel can be launched;
// - everything about textures, surfaces, clusters, sharing and graphics is zero.
#include "device_properties.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

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

using Attributes = std::array<int, cudaDevAttrMax>;

// By number. Those that are not named are zero: no such ability.
Attributes attributesOf(const cudaDeviceProp& p) {
    Attributes values{};
    const std::pair<cudaDeviceAttr, int> named[] = {
        {cudaDevAttrMaxThreadsPerBlock, p.maxThreadsPerBlock},
        {cudaDevAttrMaxBlockDimX, p.maxThreadsDim[0]},
        {cudaDevAttrMaxBlockDimY, p.maxThreadsDim[1]},
        {cudaDevAttrMaxBlockDimZ, p.maxThreadsDim[2]},
        {cudaDevAttrMaxGridDimX, p.maxGridSize[0]},
        {cudaDevAttrMaxGridDimY, p.maxGridSize[1]},
        {cudaDevAttrMaxGridDimZ, p.maxGridSize[2]},
        {cudaDevAttrMaxSharedMemoryPerBlock, asInt(p.sharedMemPerBlock)},
        {cudaDevAttrMaxSharedMemoryPerBlockOptin, asInt(p.sharedMemPerBlockOptin)},
        {cudaDevAttrMaxSharedMemoryPerMultiprocessor, asInt(p.sharedMemPerMultiprocessor)},
        {cudaDevAttrTotalConstantMemory, asInt(p.totalConstMem)},
        {cudaDevAttrWarpSize, p.warpSize},
        {cudaDevAttrMaxPitch, asInt(p.memPitch)},
        {cudaDevAttrMaxRegistersPerBlock, p.regsPerBlock},
        {cudaDevAttrMaxRegistersPerMultiprocessor, p.regsPerMultiprocessor},
        {cudaDevAttrMaxThreadsPerMultiProcessor, p.maxThreadsPerMultiProcessor},
        {cudaDevAttrMaxBlocksPerMultiprocessor, p.maxBlocksPerMultiProcessor},
        {cudaDevAttrClockRate, p.clockRate},
        {cudaDevAttrTextureAlignment, asInt(p.textureAlignment)},
        {cudaDevAttrTexturePitchAlignment, asInt(p.texturePitchAlignment)},
        {cudaDevAttrSurfaceAlignment, asInt(p.surfaceAlignment)},
        {cudaDevAttrGpuOverlap, p.deviceOverlap},
        {cudaDevAttrMultiProcessorCount, p.multiProcessorCount},
        {cudaDevAttrIntegrated, p.integrated},
        {cudaDevAttrCanMapHostMemory, p.canMapHostMemory},
        {cudaDevAttrConcurrentKernels, p.concurrentKernels},
        {cudaDevAttrL2CacheSize, p.l2CacheSize},
        {cudaDevAttrAsyncEngineCount, p.asyncEngineCount},
        {cudaDevAttrUnifiedAddressing, p.unifiedAddressing},
        {cudaDevAttrComputeCapabilityMajor, p.major},
        {cudaDevAttrComputeCapabilityMinor, p.minor},
        {cudaDevAttrManagedMemory, p.managedMemory},
        {cudaDevAttrHostNativeAtomicSupported, p.hostNativeAtomicSupported},
        {cudaDevAttrPageableMemoryAccess, p.pageableMemoryAccess},
        {cudaDevAttrConcurrentManagedAccess, p.concurrentManagedAccess},
        {cudaDevAttrComputePreemptionSupported, p.computePreemptionSupported},
        {cudaDevAttrCanUseHostPointerForRegisteredMem, p.canUseHostPointerForRegisteredMem},
        {cudaDevAttrHostRegisterSupported, p.hostRegisterSupported},
        {cudaDevAttrHostRegisterReadOnlySupported, p.hostRegisterReadOnlySupported},
        {cudaDevAttrPageableMemoryAccessUsesHostPageTables, p.pageableMemoryAccessUsesHostPageTables},
        {cudaDevAttrDirectManagedMemAccessFromHost, p.directManagedMemAccessFromHost},
        {cudaDevAttrMemoryPoolsSupported, p.memoryPoolsSupported},
        {cudaDevAttrMemSyncDomainCount, 1},
        {cudaDevAttrNumaId, p.deviceNumaId},
        {cudaDevAttrHostNumaId, p.hostNumaId},
    };
    for (const auto& [attribute, value] : named) values[attribute] = value;
    return values;
}

}  // namespace

const cudaDeviceProp& deviceProperties() {
    static const auto* properties = new cudaDeviceProp(describe());
    return *properties;
}

cudaError_t deviceAttribute(cudaDeviceAttr attribute, int& value) {
    static const auto* attributes = new Attributes(attributesOf(deviceProperties()));
    if (attribute < cudaDevAttrMaxThreadsPerBlock || attribute >= cudaDevAttrMax) return cudaErrorInvalidValue;
    value = (*attributes)[attribute];
    return cudaSuccess;
}

}  // namespace opentrt::hostcuda
