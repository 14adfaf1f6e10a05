// SPDX-License-Identifier: Apache-2.0
#include "pool.h"

#include <mutex>

#include "capture.h"
#include "handles.h"
#include "lifetime.h"

namespace opentrt::hostcuda {
namespace {

using Pools = Handles<Pool>;

struct Current {
    std::mutex mutex;
    std::shared_ptr<Pool> pool = defaultPool();
};

Current& current() {
    static auto* c = new Current;
    return *c;
}

cudaMemPool_t handleOf(const std::shared_ptr<Pool>& pool) {
    return reinterpret_cast<cudaMemPool_t>(pool.get());
}

bool isThisDevice(const cudaMemLocation& location) {
    return location.type == cudaMemLocationTypeDevice && location.id == 0;
}

cudaError_t setHigh(std::atomic<uint64_t>& high, uint64_t value, uint64_t now) {
    if (value != 0) return cudaErrorInvalidValue;
    high = now;
    return cudaSuccess;
}

cudaError_t getAttribute(const Pool& pool, cudaMemPoolAttr attribute, void* value) {
    auto* flag = static_cast<int*>(value);
    auto* amount = static_cast<uint64_t*>(value);
    switch (attribute) {
        case cudaMemPoolReuseFollowEventDependencies:
            *flag = pool.reuseFollowEvents;
            break;
        case cudaMemPoolReuseAllowOpportunistic:
            *flag = pool.reuseOpportunistic;
            break;
        case cudaMemPoolReuseAllowInternalDependencies:
            *flag = pool.reuseInternalDependencies;
            break;
        case cudaMemPoolAttrReleaseThreshold:
            *amount = pool.releaseThreshold;
            break;
        case cudaMemPoolAttrReservedMemCurrent:
        case cudaMemPoolAttrUsedMemCurrent:
            *amount = pool.used;
            break;
        case cudaMemPoolAttrReservedMemHigh:
            *amount = pool.reservedHigh;
            break;
        case cudaMemPoolAttrUsedMemHigh:
            *amount = pool.usedHigh;
            break;
        default:
            return cudaErrorInvalidValue;
    }
    return cudaSuccess;
}

cudaError_t setAttribute(Pool& pool, cudaMemPoolAttr attribute, const void* value) {
    const auto* flag = static_cast<const int*>(value);
    const auto* amount = static_cast<const uint64_t*>(value);
    switch (attribute) {
        case cudaMemPoolReuseFollowEventDependencies:
            pool.reuseFollowEvents = *flag != 0;
            break;
        case cudaMemPoolReuseAllowOpportunistic:
            pool.reuseOpportunistic = *flag != 0;
            break;
        case cudaMemPoolReuseAllowInternalDependencies:
            pool.reuseInternalDependencies = *flag != 0;
            break;
        case cudaMemPoolAttrReleaseThreshold:
            pool.releaseThreshold = *amount;
            break;
        case cudaMemPoolAttrReservedMemHigh:
            return setHigh(pool.reservedHigh, *amount, pool.used);
        case cudaMemPoolAttrUsedMemHigh:
            return setHigh(pool.usedHigh, *amount, pool.used);
        default:
            return cudaErrorInvalidValue;
    }
    return cudaSuccess;
}

}  // namespace

void Pool::count(size_t size) {
    const uint64_t now = used.fetch_add(size) + size;
    for (auto* high : {&usedHigh, &reservedHigh}) {
        uint64_t seen = high->load();
        while (seen < now && !high->compare_exchange_weak(seen, now)) {
        }
    }
}

const std::shared_ptr<Pool>& defaultPool() {
    static const auto* pool = new std::shared_ptr<Pool>(std::make_shared<Pool>());
    return *pool;
}

std::shared_ptr<Pool> currentPool() {
    std::lock_guard lock(current().mutex);
    return current().pool;
}

std::shared_ptr<Pool> findPool(cudaMemPool_t handle) {
    return handle == handleOf(defaultPool()) ? defaultPool() : Pools::all().find(handle);
}

void destroyAllPools() {
    Pools::all().takeAll();
    std::lock_guard lock(current().mutex);
    current().pool = defaultPool();
}

}  // namespace opentrt::hostcuda

using namespace opentrt::hostcuda;

HOSTCUDA_API(cudaDeviceGetDefaultMemPool)(cudaMemPool_t* pool, int device) {
    return enter([&] {
        if (!pool) return cudaErrorInvalidValue;
        if (device != 0) return cudaErrorInvalidDevice;
        *pool = handleOf(defaultPool());
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaDeviceGetMemPool)(cudaMemPool_t* pool, int device) {
    return enter([&] {
        if (!pool) return cudaErrorInvalidValue;
        if (device != 0) return cudaErrorInvalidDevice;
        *pool = handleOf(currentPool());
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaDeviceSetMemPool)(int device, cudaMemPool_t pool) {
    return enter([&] {
        if (device != 0) return cudaErrorInvalidDevice;
        auto found = findPool(pool);
        if (!found) return cudaErrorInvalidValue;
        std::lock_guard lock(current().mutex);
        current().pool = std::move(found);
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaMemPoolCreate)(cudaMemPool_t* pool, const cudaMemPoolProps* props) {
    return enter([&] {
        if (!pool || !props || props->allocType != cudaMemAllocationTypePinned || !isThisDevice(props->location))
            return cudaErrorInvalidValue;
        if (props->handleTypes != cudaMemHandleTypeNone) return cudaErrorNotSupported;
        *pool = Pools::all().add<cudaMemPool_t>(std::make_shared<Pool>());
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaMemPoolDestroy)(cudaMemPool_t pool) {
    return enter([&] {
        // What is still allocated keeps the pool's books alive.
        auto taken = Pools::all().take(pool);
        if (!taken) return cudaErrorInvalidValue;
        std::lock_guard lock(current().mutex);
        if (current().pool == taken) current().pool = defaultPool();
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaMemPoolTrimTo)(cudaMemPool_t pool, size_t) {
    return enter([&] { return findPool(pool) ? refuseUnsafe() : cudaErrorInvalidValue; });
}

HOSTCUDA_API(cudaMemPoolSetAttribute)(cudaMemPool_t pool, cudaMemPoolAttr attr, void* value) {
    return enter([&] {
        auto found = findPool(pool);
        return found && value ? setAttribute(*found, attr, value) : cudaErrorInvalidValue;
    });
}

HOSTCUDA_API(cudaMemPoolGetAttribute)(cudaMemPool_t pool, cudaMemPoolAttr attr, void* value) {
    return enter([&] {
        auto found = findPool(pool);
        return found && value ? getAttribute(*found, attr, value) : cudaErrorInvalidValue;
    });
}

HOSTCUDA_API(cudaMemPoolSetAccess)(cudaMemPool_t pool, const cudaMemAccessDesc* descList, size_t count) {
    return enter([&] {
        if (!findPool(pool) || (count && !descList)) return cudaErrorInvalidValue;
        for (size_t i = 0; i < count; ++i) {
            if (!isThisDevice(descList[i].location)) return cudaErrorInvalidDevice;
            // The owner's own access cannot be taken away.
            if (descList[i].flags != cudaMemAccessFlagsProtReadWrite) return cudaErrorInvalidValue;
        }
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaMemPoolGetAccess)(cudaMemAccessFlags* flags, cudaMemPool_t pool, cudaMemLocation* location) {
    return enter([&] {
        if (!flags || !location || !findPool(pool)) return cudaErrorInvalidValue;
        if (!isThisDevice(*location)) return cudaErrorInvalidDevice;
        *flags = cudaMemAccessFlagsProtReadWrite;
        return cudaSuccess;
    });
}

// Runtime 13 asks by place and kind of memory; there is one place with pools, and one kind.
HOSTCUDA_API_13(cudaMemGetDefaultMemPool)(cudaMemPool_t* pool, cudaMemLocation* location, cudaMemAllocationType type) {
    if (!location || type != cudaMemAllocationTypePinned) return settle(cudaErrorInvalidValue);
    return hostcuda_cudaDeviceGetDefaultMemPool(pool, isThisDevice(*location) ? 0 : cudaInvalidDeviceId);
}

HOSTCUDA_API_13(cudaMemGetMemPool)(cudaMemPool_t* pool, cudaMemLocation* location, cudaMemAllocationType type) {
    if (!location || type != cudaMemAllocationTypePinned) return settle(cudaErrorInvalidValue);
    return hostcuda_cudaDeviceGetMemPool(pool, isThisDevice(*location) ? 0 : cudaInvalidDeviceId);
}

HOSTCUDA_API_13(cudaMemSetMemPool)(cudaMemLocation* location, cudaMemAllocationType type, cudaMemPool_t pool) {
    if (!location || type != cudaMemAllocationTypePinned) return settle(cudaErrorInvalidValue);
    return hostcuda_cudaDeviceSetMemPool(isThisDevice(*location) ? 0 : cudaInvalidDeviceId, pool);
}
