// SPDX-License-Identifier: Apache-2.0
#include "fake_driver.h"

#include <cstdlib>
#include <cstring>
#include <map>

#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr Status kInvalid = 1, kOutOfMemory = 2;

std::map<const char*, size_t>& memory() {
    static std::map<const char*, size_t> blocks;
    return blocks;
}

bool isAllocated(const void* address, size_t bytes) {
    const auto* at = static_cast<const char*>(address);
    auto block = memory().upper_bound(at);
    if (block == memory().begin()) return false;
    --block;
    return at + bytes <= block->first + block->second;
}

const void* host(DevicePointer pointer) {
    return reinterpret_cast<const void*>(pointer);
}

Status allocate(DevicePointer* result, size_t bytes) {
    if (fakeState().failAllocation-- == 0) return kOutOfMemory;
    void* block = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    memory()[static_cast<const char*>(block)] = bytes;
    ++fakeState().allocations;
    *result = reinterpret_cast<DevicePointer>(block);
    return 0;
}
Status release(DevicePointer pointer) {
    if (memory().erase(static_cast<const char*>(host(pointer))) == 0) return kInvalid;
    --fakeState().allocations;
    std::free(const_cast<void*>(host(pointer)));
    return 0;
}
Status copy(void* to, const void* from, size_t bytes) {
    std::memcpy(to, from, bytes);
    return 0;
}

Status attribute(int* value, DeviceAttribute which, int) {
    switch (which) {
        case DeviceAttribute::kMajor:
            *value = 9;
            break;
        case DeviceAttribute::kMinor:
            *value = 0;
            break;
        case DeviceAttribute::kMultiprocessors:
            *value = 132;
            break;
        case DeviceAttribute::kSharedPerBlock:
            *value = 232448;
            break;
        case DeviceAttribute::kSharedPerMultiprocessor:
            *value = 233472;
            break;
        case DeviceAttribute::kL2Bytes:
            *value = 62914560;
            break;
    }
    return 0;
}

Status launch(const LaunchConfig* config, FunctionHandle function, void** parameters, void**) {
    const std::string& name = *reinterpret_cast<const std::string*>(function);
    if (config->gridX == 0 || config->gridY == 0 || config->gridZ == 0 || !parameters[0]) return kInvalid;
    fakeState().launches.push_back(
        cat(name, " ", config->gridX, "x", config->gridY, "x", config->gridZ, " of ", config->blockX));
    return 0;
}

Driver makeTable() {
    Driver d;
    d.init = [](unsigned) { return 0; };
    d.driverVersion = [](int* v) { return *v = 13000, 0; };
    d.deviceCount = [](int* n) { return *n = 1, 0; };
    d.deviceGet = [](int* device, int ordinal) { return *device = ordinal, 0; };
    d.deviceName = [](char* name, int size, int) {
        return std::strncpy(name, "NVIDIA H200", static_cast<size_t>(size)), 0;
    };
    d.deviceAttribute = attribute;
    d.primaryRetain = [](ContextHandle* context, int) { return *context = reinterpret_cast<ContextHandle>(1), 0; };
    d.contextGet = [](ContextHandle* context) { return *context = reinterpret_cast<ContextHandle>(1), 0; };
    d.contextSet = [](ContextHandle) { return 0; };
    d.memoryAllocate = allocate;
    d.memoryFree = release;
    d.copyIn = [](DevicePointer to, const void* from, size_t bytes, StreamHandle) {
        return isAllocated(host(to), bytes) ? copy(const_cast<void*>(host(to)), from, bytes) : kInvalid;
    };
    d.copyOut = [](void* to, DevicePointer from, size_t bytes, StreamHandle) {
        return isAllocated(host(from), bytes) ? copy(to, host(from), bytes) : kInvalid;
    };
    d.copyWithin = [](DevicePointer to, DevicePointer from, size_t bytes, StreamHandle) {
        return isAllocated(host(to), bytes) && isAllocated(host(from), bytes)
                   ? copy(const_cast<void*>(host(to)), host(from), bytes)
                   : kInvalid;
    };
    d.fillBytes = [](DevicePointer to, unsigned char value, size_t bytes, StreamHandle) {
        if (!isAllocated(host(to), bytes)) return kInvalid;
        std::memset(const_cast<void*>(host(to)), value, bytes);
        return 0;
    };
    d.streamSynchronize = [](StreamHandle) { return 0; };
    d.moduleLoad = [](ModuleHandle* module, const void*) {
        ++fakeState().modules;
        return *module = reinterpret_cast<ModuleHandle>(1), 0;
    };
    d.moduleUnload = [](ModuleHandle) {
        --fakeState().modules;
        return 0;
    };
    d.moduleFunction = [](FunctionHandle* function, ModuleHandle, const char* name) {
        static std::map<std::string, std::string> names;
        return *function = reinterpret_cast<FunctionHandle>(&(names[name] = name)), 0;
    };
    d.functionSet = [](FunctionHandle, FunctionAttribute, int) { return 0; };
    d.launch = launch;
    d.errorName = [](Status, const char** name) { return *name = "CUDA_ERROR_FAKE", 0; };
    d.errorText = [](Status status, const char** text) {
        return *text = status == kOutOfMemory ? "out of memory" : "invalid argument", 0;
    };
    return d;
}

}  // namespace

const Driver& fakeDriver() {
    static const Driver table = makeTable();
    return table;
}

FakeState& fakeState() {
    static FakeState state;
    return state;
}

}  // namespace opentrt::cuda
