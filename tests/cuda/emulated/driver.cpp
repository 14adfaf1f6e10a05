// SPDX-License-Identifier: Apache-2.0
// The CUDA driver's entry points for the emulated device: one of compute capability 8.0 whose memory is this process's,
// and whose streams are those of streams.h. Memory ends where a page ends, so that kernels that go too far are caught.
#include "backends/cuda/driver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include "block.h"
#include "streams.h"

using namespace opentrt::cuda;  // NOLINT: the types of the interface
namespace emulated = opentrt::emulated;
using emulated::streams;
using emulated::Work;

namespace opentrt::cuda {

struct FunctionTag {
    int device;
    std::string name;
    void (*run)(const void*);
    size_t bytes;  // of the parameter
    bool meets;
};
struct ModuleTag {
    int device = 0;
    void* library = nullptr;
    bool meets = false;
    std::map<std::string, std::unique_ptr<FunctionTag>> functions;
};
struct GraphExecTag {
    std::shared_ptr<const GraphTag> graph;
    unsigned started = 0;
};

}  // namespace opentrt::cuda

namespace {

constexpr Status kInvalid = 1, kOutOfMemory = 2, kNoContext = 201, kNotRecorded = 400, kUnsupported = 900, kFault = 719;
constexpr size_t kPage = 4096;
std::recursive_mutex mutex;  // one block runs at a time

struct Area {
    void* start;
    size_t pages, bytes;
};
std::map<DevicePointer, Area>& areas() {
    static auto& all = *new std::map<DevicePointer, Area>;  // libraries call the driver when the process ends, too
    return all;
}

bool isInside(DevicePointer at, size_t bytes) {
    auto area = areas().upper_bound(at);
    if (area == areas().begin()) return false;
    --area;
    return at + bytes <= area->first + area->second.bytes;
}

//! Memory of the host that copies read and write when their turn comes.
std::map<const void*, size_t>& pinned() {
    static auto& all = *new std::map<const void*, size_t>;
    return all;
}
bool isPinned(const void* memory) {
    const std::lock_guard lock(mutex);
    auto area = pinned().upper_bound(memory);
    if (area == pinned().begin()) return false;
    --area;
    return static_cast<const char*>(memory) < static_cast<const char*>(area->first) + area->second;
}

Status put(StreamHandle stream, Work work) {
    const std::lock_guard lock(mutex);
    return streams().put(stream, std::move(work));
}

Status runKernel(const FunctionTag* function, const LaunchConfig& c, const void* argument) {
    if (std::getenv("OPENTRT_EMULATED_TRACE")) {
        std::fprintf(stderr, "%s %ux%ux%u of %u\n", function->name.c_str(), c.gridX, c.gridY, c.gridZ, c.blockX);
    }
    const emulated::Shape shape{{c.gridX, c.gridY, c.gridZ}, {c.blockX, c.blockY, c.blockZ}, c.sharedBytes};
    if (emulated::runBlocks(shape, function->meets, [&] { function->run(argument); })) return 0;
    std::fprintf(stderr, "the threads of %s wait for ever\n", function->name.c_str());
    return kFault;
}

//! The work of a kernel with a copy of its parameter.
Work kernelWork(FunctionHandle function, const LaunchConfig& config, void** parameters) {
    // Wide enough for what kernels align their parameter to.
    const auto argument =
        std::make_shared<std::vector<std::max_align_t>>(function->bytes / sizeof(std::max_align_t) + 1);
    std::memcpy(argument->data(), parameters[0], function->bytes);
    return [=] { return runKernel(function, config, argument->data()); };
}

//! Nodes are known by their numbers, from 1.
size_t indexOf(GraphNodeHandle node) {
    return reinterpret_cast<size_t>(node) - 1;
}

//! Of the calling thread, which has none at first.
thread_local ContextHandle current = nullptr;
int currentDevice() {
    return static_cast<int>(reinterpret_cast<intptr_t>(current)) - 1;
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default"))) Status

//! For libraries of the emulated device.
EXPORT emulatedPut(StreamHandle stream, const Work& work) {
    return put(stream, work);
}
EXPORT cuInit(unsigned) {
    return 0;
}
EXPORT cuDriverGetVersion(int* version) {
    return *version = 12000, 0;
}
EXPORT cuDeviceGetCount(int* count) {
    const char* asked = std::getenv("OPENTRT_EMULATED_DEVICES");
    return *count = asked ? std::atoi(asked) : 1, 0;
}
EXPORT cuDeviceGet(int* device, int ordinal) {
    int count = 0;
    cuDeviceGetCount(&count);
    return ordinal < count ? (*device = ordinal, 0) : 101;
}
EXPORT cuDeviceGetName(char* name, int size, int) {
    return std::snprintf(name, static_cast<size_t>(size), "emulated device"), 0;
}
EXPORT cuDeviceGetAttribute(int* value, DeviceAttribute attribute, int) {
    switch (attribute) {
        case DeviceAttribute::kMajor:
            return *value = 8, 0;
        case DeviceAttribute::kMinor:
            return *value = 0, 0;
        case DeviceAttribute::kMultiprocessors:
            return *value = 8, 0;
        case DeviceAttribute::kSharedPerBlock:
        case DeviceAttribute::kSharedPerMultiprocessor:
            return *value = 166912, 0;
        case DeviceAttribute::kL2Bytes:
            return *value = 40 << 20, 0;
    }
    return kInvalid;
}
//! The context of a device is its number and one.
EXPORT cuDevicePrimaryCtxRetain(ContextHandle* context, int device) {
    return *context = reinterpret_cast<ContextHandle>(static_cast<intptr_t>(device) + 1), 0;
}
EXPORT cuCtxGetCurrent(ContextHandle* context) {
    return *context = current, 0;
}
EXPORT cuCtxSetCurrent(ContextHandle context) {
    return current = context, 0;
}
EXPORT cuCtxGetDevice(int* device) {
    return current ? (*device = currentDevice(), 0) : kNoContext;
}
EXPORT cuMemAllocHost_v2(void** memory, size_t bytes) {
    const std::lock_guard lock(mutex);
    *memory = std::aligned_alloc(kPage, (bytes + kPage - 1) / kPage * kPage);
    if (*memory) pinned()[*memory] = bytes;
    return *memory ? 0 : kOutOfMemory;
}
EXPORT cuMemFreeHost(void* memory) {
    const std::lock_guard lock(mutex);
    streams().finishAll();
    pinned().erase(memory);
    return std::free(memory), 0;
}
EXPORT cuMemGetInfo_v2(size_t* unused, size_t* total) {
    return *unused = *total = size_t{8} << 30, 0;
}
EXPORT cuMemAlloc_v2(DevicePointer* memory, size_t bytes) {
    if (!current) return kNoContext;
    const std::lock_guard lock(mutex);
    const size_t room = (bytes + 15) / 16 * 16, pages = (room + kPage - 1) / kPage + 1;
    void* start = mmap(nullptr, pages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return kOutOfMemory;
    char* end = static_cast<char*>(start) + (pages - 1) * kPage;
    mprotect(end, kPage, PROT_NONE);
    std::memset(start, 0xff, (pages - 1) * kPage);
    *memory = reinterpret_cast<DevicePointer>(end - room);
    areas()[*memory] = {start, pages, bytes};
    return 0;
}
EXPORT cuMemFree_v2(DevicePointer memory) {
    const std::lock_guard lock(mutex);
    const auto at = areas().find(memory);
    if (at == areas().end()) return kInvalid;
    streams().finishAll();
    munmap(at->second.start, at->second.pages * kPage);
    areas().erase(at);
    return 0;
}
EXPORT cuMemcpyHtoDAsync_v2(DevicePointer to, const void* from, size_t bytes, StreamHandle stream) {
    if (!isInside(to, bytes)) return kInvalid;
    if (isPinned(from)) return put(stream, [=] { return std::memcpy(reinterpret_cast<void*>(to), from, bytes), 0; });
    const auto* first = static_cast<const char*>(from);
    const auto copy = std::make_shared<std::vector<char>>(first, first + bytes);
    return put(stream, [=] { return std::memcpy(reinterpret_cast<void*>(to), copy->data(), bytes), 0; });
}
EXPORT cuMemcpyDtoHAsync_v2(void* to, DevicePointer from, size_t bytes, StreamHandle stream) {
    if (!isInside(from, bytes)) return kInvalid;
    const Status status = put(stream, [=] { return std::memcpy(to, reinterpret_cast<void*>(from), bytes), 0; });
    if (status != 0 || isPinned(to)) return status;
    const std::lock_guard lock(mutex);
    return streams().captures(stream) ? kUnsupported : streams().finish(stream);
}
EXPORT cuMemcpyHtoD_v2(DevicePointer to, const void* from, size_t bytes) {
    return cuMemcpyHtoDAsync_v2(to, from, bytes, nullptr);
}
EXPORT cuMemcpyDtoH_v2(void* to, DevicePointer from, size_t bytes) {
    return cuMemcpyDtoHAsync_v2(to, from, bytes, nullptr);
}
EXPORT cuMemcpyDtoDAsync_v2(DevicePointer to, DevicePointer from, size_t bytes, StreamHandle stream) {
    if (!isInside(to, bytes) || !isInside(from, bytes)) return kInvalid;
    return put(stream,
               [=] { return std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes), 0; });
}
EXPORT cuMemsetD8Async(DevicePointer to, unsigned char value, size_t bytes, StreamHandle stream) {
    if (!isInside(to, bytes)) return kInvalid;
    return put(stream, [=] { return std::memset(reinterpret_cast<void*>(to), value, bytes), 0; });
}
EXPORT cuStreamCreate(StreamHandle* stream, unsigned flags) {
    constexpr unsigned kNonBlocking = 1;
    const std::lock_guard lock(mutex);
    if (!current) return kNoContext;
    *stream = new StreamTag;
    (*stream)->device = currentDevice();
    (*stream)->blocks = !(flags & kNonBlocking);
    return streams().add(*stream), 0;
}
EXPORT cuStreamDestroy_v2(StreamHandle stream) {
    const std::lock_guard lock(mutex);
    return streams().destroy(stream), 0;
}
EXPORT cuStreamSynchronize(StreamHandle stream) {
    const std::lock_guard lock(mutex);
    return streams().finish(stream);
}
EXPORT cuCtxSynchronize() {
    const std::lock_guard lock(mutex);
    return streams().finishAll();
}
EXPORT cuStreamBeginCapture_v2(StreamHandle stream, int) {
    const std::lock_guard lock(mutex);
    return streams().beginCapture(stream);
}
EXPORT cuStreamEndCapture(StreamHandle stream, GraphHandle* graph) {
    const std::lock_guard lock(mutex);
    return streams().endCapture(stream, graph);
}
EXPORT cuGraphInstantiateWithFlags(GraphExecHandle* exec, GraphHandle graph, unsigned long long) {
    return *exec = new GraphExecTag{std::make_shared<GraphTag>(*graph)}, 0;
}
EXPORT cuStreamIsCapturing(StreamHandle stream, int* status) {
    const std::lock_guard lock(mutex);
    return *status = streams().captures(stream), 0;
}
EXPORT cuStreamGetCaptureInfo_v2(StreamHandle stream, int* status, unsigned long long* id, GraphHandle* graph,
                                 const GraphNodeHandle** latest, size_t* count) {
    const std::lock_guard lock(mutex);
    if (!streams().captures(stream)) return kInvalid;
    stream->told.clear();
    for (const size_t node : stream->front) stream->told.push_back(reinterpret_cast<GraphNodeHandle>(node + 1));
    *latest = stream->told.data();
    *count = stream->told.size();
    *graph = nullptr;  // nobody changes what is being recorded
    return *status = 1, *id = 1, 0;
}
EXPORT cuGraphGetNodes(GraphHandle graph, GraphNodeHandle* nodes, size_t* count) {
    if (nodes) return kUnsupported;
    return *count = graph->nodes.size(), 0;
}
EXPORT cuGraphExecUpdate_v2(GraphExecHandle exec, GraphHandle graph, GraphUpdateResult*) {
    return exec->graph = std::make_shared<GraphTag>(*graph), 0;
}
EXPORT cuGraphLaunch(GraphExecHandle exec, StreamHandle stream) {
    const std::lock_guard lock(mutex);
    return streams().start(exec->graph, exec->started++, stream);
}
EXPORT cuGraphExecDestroy(GraphExecHandle exec) {
    delete exec;
    return 0;
}
EXPORT cuGraphDestroy(GraphHandle graph) {
    delete graph;
    return 0;
}
EXPORT cuEventCreate(EventHandle* event, unsigned) {
    return *event = new EventTag, 0;
}
EXPORT cuEventDestroy_v2(EventHandle event) {
    delete event;
    return 0;
}
EXPORT cuEventRecord(EventHandle event, StreamHandle stream) {
    const std::lock_guard lock(mutex);
    return streams().record(event, stream), 0;
}
EXPORT cuStreamWaitEvent(StreamHandle stream, EventHandle event, unsigned) {
    const std::lock_guard lock(mutex);
    return streams().await(stream, event);
}
EXPORT cuEventSynchronize(EventHandle event) {
    const std::lock_guard lock(mutex);
    return streams().finish(event);
}
//! Of a graph: a node that passes the event each time.
EXPORT cuEventRecordWithFlags(EventHandle event, StreamHandle stream, unsigned external) {
    const std::lock_guard lock(mutex);
    if (external && streams().captures(stream)) return streams().recordEachTime(event, stream), 0;
    return streams().record(event, stream), 0;
}
EXPORT cuEventElapsedTime(float* milliseconds, EventHandle from, EventHandle to) {
    const std::lock_guard lock(mutex);
    if (!from->mark || !to->mark) return kNotRecorded;
    return *milliseconds = 0.01f, 0;
}
EXPORT cuModuleLoadData(ModuleHandle* module, const void* image) {
    const std::lock_guard lock(mutex);
    const std::string head(static_cast<const char*>(image), strcspn(static_cast<const char*>(image), "\n"));
    const size_t bytes = std::stoul(head.substr(6));
    char path[] = "/tmp/opentrt_emulated_XXXXXX";
    const int file = mkstemp(path);
    const char* code = static_cast<const char*>(image) + head.size() + 1;
    const bool written = file >= 0 && write(file, code, bytes) == static_cast<ssize_t>(bytes);
    close(file);
    void* library = written ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
    unlink(path);
    if (!library) return std::fprintf(stderr, "%s\n", dlerror()), kInvalid;
    *static_cast<emulated::Device**>(dlsym(library, "emulated")) = &emulated::device();
    *module = new ModuleTag;
    (*module)->device = currentDevice();
    (*module)->library = library;
    (*module)->meets = head[0] == 'm';
    return 0;
}
EXPORT cuModuleUnload(ModuleHandle module) {
    const std::lock_guard lock(mutex);
    streams().finishAll();
    dlclose(module->library);
    delete module;
    return 0;
}
EXPORT cuModuleGetFunction(FunctionHandle* function, ModuleHandle module, const char* name) {
    const std::lock_guard lock(mutex);
    auto& known = module->functions[name];
    if (!known) {
        const auto run =
            reinterpret_cast<void (*)(const void*)>(dlsym(module->library, ("run_" + std::string(name)).c_str()));
        const auto size = reinterpret_cast<size_t (*)()>(dlsym(module->library, ("size_" + std::string(name)).c_str()));
        if (!run || !size) return 500;
        known.reset(new FunctionTag{module->device, name, run, size(), module->meets});
    }
    return *function = known.get(), 0;
}
EXPORT cuFuncSetAttribute(FunctionHandle, FunctionAttribute, int) {
    return 0;
}
EXPORT cuLaunchKernelEx(const LaunchConfig* config, FunctionHandle function, void** parameters, void**) {
    const LaunchConfig c = *config;
    if (!c.gridX || !c.gridY || !c.gridZ || !c.blockX || c.blockX > 1024 || c.gridY > 65535 || c.gridZ > 65535)
        return kInvalid;
    const std::lock_guard lock(mutex);
    const bool isStream = streams().has(c.stream);
    if (function->device != currentDevice() || (isStream && c.stream->device != currentDevice())) return kNoContext;
    return put(c.stream, kernelWork(function, c, parameters));
}
EXPORT cuGraphExecKernelNodeSetParams_v2(GraphExecHandle exec, GraphNodeHandle node, const KernelNode* kernel) {
    LaunchConfig config;
    config.gridX = kernel->gridX;
    config.gridY = kernel->gridY;
    config.gridZ = kernel->gridZ;
    config.blockX = kernel->blockX;
    config.sharedBytes = kernel->sharedBytes;
    auto changed = std::make_shared<GraphTag>(*exec->graph);  // what was started already runs as it was
    changed->nodes.at(indexOf(node)).work = kernelWork(kernel->function, config, kernel->parameters);
    return exec->graph = std::move(changed), 0;
}
EXPORT cuTensorMapEncodeTiled() {
    return kUnsupported;
}
EXPORT cuTensorMapEncodeIm2col() {
    return kUnsupported;
}
EXPORT cuGetErrorName(Status, const char** name) {
    return *name = "CUDA_ERROR_EMULATED", 0;
}
EXPORT cuGetErrorString(Status status, const char** text) {
    *text = status == kOutOfMemory   ? "out of memory"
            : status == kUnsupported ? "not while capturing"
                                     : "invalid argument";
    return 0;
}
