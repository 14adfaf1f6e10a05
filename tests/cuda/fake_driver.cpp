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

using Lines = std::vector<std::string>;

//! What is captured, by stream.
std::map<StreamHandle, Lines>& captures() {
    static std::map<StreamHandle, Lines> open;
    return open;
}
void put(StreamHandle stream, std::string line) {
    const auto capture = captures().find(stream);
    (capture == captures().end() ? fakeState().launches : capture->second).push_back(std::move(line));
}

std::string lineOf(FunctionHandle function, unsigned x, unsigned y, unsigned z, unsigned threads) {
    return cat(*reinterpret_cast<const std::string*>(function), " ", x, "x", y, "x", z, " of ", threads);
}

Status launch(const LaunchConfig* config, FunctionHandle function, void** parameters, void**) {
    if (config->gridX == 0 || config->gridY == 0 || config->gridZ == 0 || !parameters[0]) return kInvalid;
    put(config->stream, lineOf(function, config->gridX, config->gridY, config->gridZ, config->blockX));
    return 0;
}

template <class Handle>
Status make(Handle* handle, size_t& count) {
    *handle = reinterpret_cast<Handle>(new Lines);
    ++count;
    return 0;
}
template <class Handle>
Status destroy(Handle handle, size_t& count) {
    delete reinterpret_cast<Lines*>(handle);
    --count;
    return 0;
}

void addStreams(Driver& d) {
    d.streamCreate = [](StreamHandle* stream, unsigned) { return make(stream, fakeState().streams); };
    d.streamDestroy = [](StreamHandle stream) { return destroy(stream, fakeState().streams); };
    d.streamSynchronize = [](StreamHandle stream) { return captures().count(stream) ? kInvalid : 0; };
    d.captureBegin = [](StreamHandle stream, int) { return captures()[stream] = {}, 0; };
    d.captureStatus = [](StreamHandle stream, int* status) { return *status = captures().count(stream) ? 1 : 0, 0; };
    d.captureEnd = [](StreamHandle stream, GraphHandle* graph) {
        make(graph, fakeState().graphs);
        *reinterpret_cast<Lines*>(*graph) = captures().at(stream);
        captures().erase(stream);
        return 0;
    };
    d.graphInstantiate = [](GraphExecHandle* exec, GraphHandle graph, unsigned long long) {
        make(exec, fakeState().graphs);
        *reinterpret_cast<Lines*>(*exec) = *reinterpret_cast<Lines*>(graph);
        return 0;
    };
    d.captureInfo = [](StreamHandle stream, int* status, unsigned long long*, GraphHandle*,
                       const GraphNodeHandle** latest, size_t* count) {
        static GraphNodeHandle node;  // the number of a line, from 1
        *status = 1;
        node = reinterpret_cast<GraphNodeHandle>(captures().at(stream).size());
        return *latest = &node, *count = 1, 0;
    };
    d.graphNodes = [](GraphHandle graph, GraphNodeHandle*, size_t* count) {
        return *count = reinterpret_cast<Lines*>(graph)->size(), 0;
    };
    d.graphKernelSet = [](GraphExecHandle exec, GraphNodeHandle node, const KernelNode* kernel) {
        (*reinterpret_cast<Lines*>(exec)).at(reinterpret_cast<size_t>(node) - 1) =
            cat("changed ", lineOf(kernel->function, kernel->gridX, kernel->gridY, kernel->gridZ, kernel->blockX));
        return 0;
    };
    d.graphUpdate = [](GraphExecHandle exec, GraphHandle graph, GraphUpdateResult*) {
        *reinterpret_cast<Lines*>(exec) = *reinterpret_cast<Lines*>(graph);
        return 0;
    };
    d.graphLaunch = [](GraphExecHandle exec, StreamHandle stream) {
        put(stream, "graph:");
        for (const std::string& line : *reinterpret_cast<Lines*>(exec)) put(stream, line);
        return 0;
    };
    d.graphDestroy = [](GraphHandle graph) { return destroy(graph, fakeState().graphs); };
    d.graphExecDestroy = [](GraphExecHandle exec) { return destroy(exec, fakeState().graphs); };
    d.eventCreate = [](EventHandle* event, unsigned) { return make(event, fakeState().events); };
    d.eventDestroy = [](EventHandle event) { return destroy(event, fakeState().events); };
    d.eventRecord = [](EventHandle, StreamHandle stream) { return put(stream, "event"), 0; };
    d.eventRecordAs = [](EventHandle, StreamHandle stream, unsigned flags) {
        return put(stream, flags == 1 ? "external event" : "event"), 0;
    };
    d.streamWait = [](StreamHandle stream, EventHandle, unsigned) { return put(stream, "wait"), 0; };
    d.eventSynchronize = [](EventHandle) { return 0; };
    d.eventElapsed = [](float* milliseconds, EventHandle, EventHandle) { return *milliseconds = 0.5f, 0; };
}

Driver makeTable() {
    Driver d;
    addStreams(d);
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
    d.contextDevice = [](int* device) { return *device = fakeState().device, 0; };
    d.hostAllocate = [](void** memory, size_t bytes) {
        ++fakeState().pinned;
        return *memory = std::malloc(bytes), 0;
    };
    d.hostFree = [](void* memory) {
        --fakeState().pinned;
        return std::free(memory), 0;
    };
    d.memoryInfo = [](size_t* unused, size_t* total) { return *unused = size_t{1} << 30, *total = size_t{4} << 30, 0; };
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
