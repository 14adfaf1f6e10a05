// SPDX-License-Identifier: Apache-2.0
// The exported hints on managed memory. Nothing migrates, since there is only one memory; the hints are kept so that
// they can be read back. Tested by memory_test.cpp.
#include "api.h"
#include "block.h"
#include "capture.h"

using namespace opentrt::hostcuda;

namespace {

bool isHost(const cudaMemLocation& where) {
    return where.type == cudaMemLocationTypeHost || where.type == cudaMemLocationTypeHostNuma ||
           where.type == cudaMemLocationTypeHostNumaCurrent;
}

// The device number that the older attributes use for a place, or an error.
cudaError_t readLocation(const cudaMemLocation& where, int& device) {
    device = isHost(where) ? cudaCpuDeviceId : where.id;
    if (isHost(where)) return cudaSuccess;
    if (where.type != cudaMemLocationTypeDevice) return cudaErrorInvalidValue;
    return where.id == 0 ? cudaSuccess : cudaErrorInvalidDevice;
}

// The managed block that holds the whole range, or null.
std::shared_ptr<Block> managedRange(const void* ptr, size_t count) {
    auto block = findBlock(ptr);
    const bool fits = block && block->kind == BlockKind::managed && count && staysInside(ptr, count);
    return fits ? block : nullptr;
}

cudaError_t advise(Block& block, cudaMemoryAdvise advice, const cudaMemLocation& where) {
    int device = cudaInvalidDeviceId;
    const bool placed = advice == cudaMemAdviseSetPreferredLocation || advice == cudaMemAdviseSetAccessedBy ||
                        advice == cudaMemAdviseUnsetAccessedBy;
    if (placed) {
        const cudaError_t status = readLocation(where, device);
        if (status != cudaSuccess) return status;
    }
    switch (advice) {
        case cudaMemAdviseSetReadMostly:
            block.readMostly = true;
            break;
        case cudaMemAdviseUnsetReadMostly:
            block.readMostly = false;
            break;
        case cudaMemAdviseSetPreferredLocation:
            block.preferredLocation = device;
            break;
        case cudaMemAdviseUnsetPreferredLocation:
            block.preferredLocation = cudaInvalidDeviceId;
            break;
        case cudaMemAdviseSetAccessedBy:
        case cudaMemAdviseUnsetAccessedBy:
            break;
        default:
            return cudaErrorInvalidValue;
    }
    return cudaSuccess;
}

cudaMemLocationType placeOf(int device) {
    if (device == cudaInvalidDeviceId) return cudaMemLocationTypeInvalid;
    return device == cudaCpuDeviceId ? cudaMemLocationTypeHost : cudaMemLocationTypeDevice;
}

cudaError_t readAttribute(const Block& block, cudaMemRangeAttribute attribute, int* values, size_t count) {
    switch (attribute) {
        case cudaMemRangeAttributeReadMostly:
            values[0] = block.readMostly;
            break;
        case cudaMemRangeAttributePreferredLocation:
            values[0] = block.preferredLocation;
            break;
        case cudaMemRangeAttributeLastPrefetchLocation:
            values[0] = block.lastPrefetch;
            break;
        case cudaMemRangeAttributePreferredLocationType:
            values[0] = placeOf(block.preferredLocation);
            break;
        case cudaMemRangeAttributePreferredLocationId:
            values[0] = block.preferredLocation;
            break;
        case cudaMemRangeAttributeLastPrefetchLocationType:
            values[0] = placeOf(block.lastPrefetch);
            break;
        case cudaMemRangeAttributeLastPrefetchLocationId:
            values[0] = block.lastPrefetch;
            break;
        case cudaMemRangeAttributeAccessedBy:
            // Both sides can always reach the memory.
            for (size_t i = 0; i < count; ++i) values[i] = i == 0 ? 0 : i == 1 ? cudaCpuDeviceId : cudaInvalidDeviceId;
            break;
        default:
            return cudaErrorInvalidValue;
    }
    return cudaSuccess;
}

cudaError_t readRange(void* data, size_t dataSize, cudaMemRangeAttribute attribute, const void* ptr, size_t count) {
    const auto block = managedRange(ptr, count);
    if (!block || !data || !dataSize || dataSize % sizeof(int)) return cudaErrorInvalidValue;
    return readAttribute(*block, attribute, static_cast<int*>(data), dataSize / sizeof(int));
}

}  // namespace

HOSTCUDA_API_13(cudaMemPrefetchAsync)
(const void* ptr, size_t count, cudaMemLocation location, unsigned int flags, cudaStream_t stream) {
    return onStream(stream, [&](Stream& s) {
        int device;
        const cudaError_t refusal = refuseCapturing(s);
        if (refusal != cudaSuccess) return refusal;
        const auto block = managedRange(ptr, count);
        if (!block || flags) return cudaErrorInvalidValue;
        const cudaError_t status = readLocation(location, device);
        if (status != cudaSuccess) return status;
        block->lastPrefetch = device;
        return submit(s, Nothing{});
    });
}
HOSTCUDA_ALSO_12(cudaMemPrefetchAsync, "cudaMemPrefetchAsync_v2");

HOSTCUDA_API_13(cudaMemAdvise)(const void* ptr, size_t count, cudaMemoryAdvise advice, cudaMemLocation location) {
    return enter([&] {
        const auto block = managedRange(ptr, count);
        return block ? advise(*block, advice, location) : cudaErrorInvalidValue;
    });
}
HOSTCUDA_ALSO_12(cudaMemAdvise, "cudaMemAdvise_v2");

HOSTCUDA_API(cudaMemRangeGetAttribute)
(void* data, size_t dataSize, cudaMemRangeAttribute attribute, const void* ptr, size_t count) {
    return enter([&] { return readRange(data, dataSize, attribute, ptr, count); });
}

HOSTCUDA_API(cudaMemRangeGetAttributes)
(void** data, size_t* dataSizes, cudaMemRangeAttribute* attributes, size_t numAttributes, const void* ptr,
 size_t count) {
    return enter([&] {
        if (!data || !dataSizes || !attributes || !numAttributes) return cudaErrorInvalidValue;
        cudaError_t status = cudaSuccess;
        for (size_t i = 0; i < numAttributes && status == cudaSuccess; ++i)
            status = readRange(data[i], dataSizes[i], attributes[i], ptr, count);
        return status;
    });
}
