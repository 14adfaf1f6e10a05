// SPDX-License-Identifier: Apache-2.0
// The exported functions on devices. There is one, number 0. Settings that tune a GPU are accepted and kept where a
// program may read them back. Tested by device_test.cpp.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>

#include "capture.h"
#include "device_properties.h"
#include "handles.h"
#include "lifetime.h"

using namespace opentrt::hostcuda;

namespace {

constexpr int version = CUDART_VERSION;

std::atomic<unsigned> deviceFlags{cudaDeviceMapHost};
std::atomic<int> cacheConfig{cudaFuncCachePreferNone};

// The limits, by their number; the one at 3 no longer exists.
std::atomic<size_t> limits[] = {1024, size_t{1} << 20, size_t{8} << 20, 0, 2048, 64, 0};

std::atomic<size_t>* findLimit(cudaLimit limit) {
    if (limit < 0 || limit > cudaLimitPersistingL2CacheSize || limit == cudaLimitDevRuntimeSyncDepth) return nullptr;
    return &limits[limit];
}

cudaError_t checkDevice(int device) {
    return device == 0 ? cudaSuccess : cudaErrorInvalidDevice;
}

cudaError_t setFlags(unsigned flags) {
    const unsigned schedule = flags & cudaDeviceScheduleMask;
    if ((flags & ~static_cast<unsigned>(cudaDeviceMask)) || (schedule & (schedule - 1))) return cudaErrorInvalidValue;
    deviceFlags = flags | cudaDeviceMapHost;
    return cudaSuccess;
}

template <class T>
cudaError_t give(T* result, T value) {
    if (!result) return cudaErrorInvalidValue;
    *result = value;
    return cudaSuccess;
}

}  // namespace

HOSTCUDA_API(cudaGetDeviceCount)(int* count) {
    return query([&] { return give(count, 1); });
}

HOSTCUDA_API(cudaGetDevice)(int* device) {
    return enter([&] { return give(device, 0); });
}

HOSTCUDA_API(cudaSetDevice)(int device) {
    return enter([&] { return checkDevice(device); });
}

HOSTCUDA_API(cudaInitDevice)(int device, unsigned int deviceFlagsWanted, unsigned int flags) {
    return enter([&] {
        if (device != 0) return cudaErrorInvalidDevice;
        return flags & cudaInitDeviceFlagsAreValid ? setFlags(deviceFlagsWanted) : cudaSuccess;
    });
}

HOSTCUDA_API_13(cudaGetDeviceProperties)(cudaDeviceProp* prop, int device) {
    return query([&] {
        if (!prop) return cudaErrorInvalidValue;
        if (device != 0) return cudaErrorInvalidDevice;
        *prop = deviceProperties();
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaDeviceGetAttribute)(int* value, cudaDeviceAttr attr, int device) {
    return enter([&] {
        if (!value) return cudaErrorInvalidValue;
        return device == 0 ? deviceAttribute(attr, *value) : cudaErrorInvalidDevice;
    });
}

HOSTCUDA_API(cudaChooseDevice)(int* device, const cudaDeviceProp* prop) {
    return query([&] { return prop ? give(device, 0) : cudaErrorInvalidValue; });
}

HOSTCUDA_API(cudaSetValidDevices)(int* devices, int count) {
    return enter([&] {
        if (count < 0 || count > 1 || (count && (!devices || devices[0] != 0))) return cudaErrorInvalidValue;
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaSetDeviceFlags)(unsigned int flags) {
    return enter([&] { return setFlags(flags); });
}

HOSTCUDA_API(cudaGetDeviceFlags)(unsigned int* flags) {
    return enter([&] { return give(flags, deviceFlags.load()); });
}

HOSTCUDA_API(cudaDeviceSynchronize)() {
    return enter([] {
        // The calling work is part of what it would wait for.
        if (running()) return cudaErrorNotPermitted;
        const cudaError_t status = refuseDuringAny();
        if (status == cudaSuccess) synchronizeAll();
        return status;
    });
}
HOSTCUDA_ALSO_11_AND_12(cudaDeviceSynchronize, "cudaThreadSynchronize");

HOSTCUDA_API(cudaDeviceReset)() {
    return enter([] {
        if (running()) return cudaErrorNotPermitted;
        synchronizeAll();
        releaseEverything();
        deviceFlags = cudaDeviceMapHost;
        return cudaSuccess;
    });
}
HOSTCUDA_ALSO_11_AND_12(cudaDeviceReset, "cudaThreadExit");

HOSTCUDA_API(cudaDeviceGetLimit)(size_t* value, cudaLimit limit) {
    return enter([&] {
        const auto* found = findLimit(limit);
        return found ? give(value, found->load()) : cudaErrorUnsupportedLimit;
    });
}
HOSTCUDA_ALSO_11_AND_12(cudaDeviceGetLimit, "cudaThreadGetLimit");

// No part of a cache can be set aside, so that limit stays zero.
HOSTCUDA_API(cudaDeviceSetLimit)(cudaLimit limit, size_t value) {
    return enter([&] {
        auto* found = findLimit(limit);
        if (!found) return cudaErrorUnsupportedLimit;
        if (limit == cudaLimitPersistingL2CacheSize && value) return cudaErrorInvalidValue;
        const cudaError_t status = refuseUnsafe();
        if (status == cudaSuccess) *found = value;
        return status;
    });
}
HOSTCUDA_ALSO_11_AND_12(cudaDeviceSetLimit, "cudaThreadSetLimit");

HOSTCUDA_API(cudaDeviceGetCacheConfig)(cudaFuncCache* config) {
    return enter([&] { return give(config, static_cast<cudaFuncCache>(cacheConfig.load())); });
}
HOSTCUDA_ALSO_11_AND_12(cudaDeviceGetCacheConfig, "cudaThreadGetCacheConfig");

HOSTCUDA_API(cudaDeviceSetCacheConfig)(cudaFuncCache config) {
    return enter([&] {
        if (config < cudaFuncCachePreferNone || config > cudaFuncCachePreferEqual) return cudaErrorInvalidValue;
        cacheConfig = config;
        return cudaSuccess;
    });
}
HOSTCUDA_ALSO_11_AND_12(cudaDeviceSetCacheConfig, "cudaThreadSetCacheConfig");

HOSTCUDA_API(cudaDeviceGetSharedMemConfig)(cudaSharedMemConfig* config) {
    return enter([&] { return give(config, cudaSharedMemBankSizeFourByte); });
}

HOSTCUDA_API(cudaDeviceSetSharedMemConfig)(cudaSharedMemConfig) {
    return enter([] { return cudaSuccess; });
}

// The workers share the processor as the system's scheduler sees fit: there is one priority.
HOSTCUDA_API(cudaDeviceGetStreamPriorityRange)(int* leastPriority, int* greatestPriority) {
    return enter([&] {
        if (leastPriority) *leastPriority = 0;
        if (greatestPriority) *greatestPriority = 0;
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaDeviceGetPCIBusId)(char* busId, int len, int device) {
    return enter([&] {
        if (!busId) return cudaErrorInvalidValue;
        if (device != 0) return cudaErrorInvalidDevice;
        if (len < static_cast<int>(sizeof pciBusId)) return cudaErrorInvalidValue;
        std::memcpy(busId, pciBusId, sizeof pciBusId);
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaDeviceGetByPCIBusId)(int* device, const char* busId) {
    return enter([&] {
        unsigned domain = 0, bus = 0, slot = 0, function = 0;
        if (!device || !busId) return cudaErrorInvalidValue;
        if (std::sscanf(busId, "%x:%x:%x.%x", &domain, &bus, &slot, &function) < 3 &&
            (domain = 0, std::sscanf(busId, "%x:%x.%x", &bus, &slot, &function) < 2))
            return cudaErrorInvalidValue;
        if (domain || bus || slot || function) return cudaErrorInvalidDevice;
        *device = 0;
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaDeviceCanAccessPeer)(int* canAccess, int device, int peer) {
    return enter([&] {
        if (device != 0 || peer != 0) return cudaErrorInvalidDevice;
        return give(canAccess, 0);
    });
}

HOSTCUDA_API(cudaDeviceEnablePeerAccess)(int peer, unsigned int flags) {
    return enter([&] {
        if (flags) return cudaErrorInvalidValue;
        return peer == 0 ? cudaErrorPeerAccessUnsupported : cudaErrorInvalidDevice;
    });
}

HOSTCUDA_API(cudaDeviceDisablePeerAccess)(int peer) {
    return enter([&] { return peer == 0 ? cudaErrorPeerAccessNotEnabled : cudaErrorInvalidDevice; });
}

// There is no pair of two devices.
HOSTCUDA_API(cudaDeviceGetP2PAttribute)(int*, cudaDeviceP2PAttr, int, int) {
    return enter([] { return cudaErrorInvalidDevice; });
}

HOSTCUDA_API(cudaCtxResetPersistingL2Cache)() {
    return enter([] { return cudaSuccess; });
}

HOSTCUDA_API(cudaDeviceFlushGPUDirectRDMAWrites)
(cudaFlushGPUDirectRDMAWritesTarget, cudaFlushGPUDirectRDMAWritesScope) {
    return enter([] { return cudaErrorNotSupported; });
}

HOSTCUDA_API(cudaDriverGetVersion)(int* driverVersion) {
    return query([&] { return give(driverVersion, version); });
}

HOSTCUDA_API_13(cudaRuntimeGetVersion)(int* runtimeVersion) {
    return query([&] { return give(runtimeVersion, version); });
}

HOSTCUDA_API(cudaProfilerStart)() {
    return enter([] { return cudaSuccess; });
}

HOSTCUDA_API(cudaProfilerStop)() {
    return enter([] { return cudaSuccess; });
}
