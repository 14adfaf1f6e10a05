// SPDX-License-Identifier: Apache-2.0
#include "runtime/api_runtime.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <span>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/host_memory.h"
#include "plan/serialize.h"
#include "plugin/plugin_backend.h"
#include "runtime/api_cuda.h"
#include "runtime/api_memory.h"

namespace opentrt::runtime {

using api::guarded;

namespace {

//! Bytes in one aligned block that grows while a stream is read.
class Buffer {
public:
    uint8_t* grow(size_t size) {
        if (!memory_ || memory_->size() < size) {
            auto larger = std::make_unique<api::HostMemory>(std::max(size, memory_ ? 2 * memory_->size() : size));
            if (used_ > 0) std::memcpy(larger->data(), memory_->data(), used_);
            memory_ = std::move(larger);
        }
        return static_cast<uint8_t*>(memory_->data());
    }
    void use(size_t more) { used_ += more; }
    size_t used() const { return used_; }
    std::shared_ptr<uint8_t> share() const { return memory_ ? memory_->share() : nullptr; }

private:
    std::unique_ptr<api::HostMemory> memory_;
    size_t used_ = 0;
};

constexpr size_t kPiece = size_t{4} << 20;

//! Reads to the end; `read` answers the number of bytes, 0 at the end, negative on failure.
template <class Read>
Buffer readAll(const Read& read) {
    Buffer buffer;
    for (;;) {
        uint8_t* memory = buffer.grow(buffer.used() + kPiece);
        const int64_t count = read(memory + buffer.used(), static_cast<int64_t>(kPiece));
        if (count < 0 || count > static_cast<int64_t>(kPiece)) {
            throw Error(ErrorCode::FailedInitialization, "",
                        cat("the stream reader answered ", count, " when asked for ", kPiece, " bytes"));
        }
        if (count == 0) return buffer;
        buffer.use(static_cast<size_t>(count));
    }
}

struct File {
    explicit File(const char* path) : descriptor(path ? open(path, O_RDONLY | O_CLOEXEC) : -1) {
        if (descriptor < 0) {
            throw Error(ErrorCode::InvalidArgument, path ? path : "",
                        cat("the plan file cannot be opened: ", path ? std::strerror(errno) : "the path is null"));
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { close(descriptor); }
    int descriptor;
};

std::shared_ptr<const void> map(const char* path, size_t& size) {
    const File file(path);
    struct stat status {};
    if (fstat(file.descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
        throw Error(ErrorCode::InvalidArgument, path, "the plan is not a file with content");
    }
    size = static_cast<size_t>(status.st_size);
    void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0);
    if (memory == MAP_FAILED) {
        throw Error(ErrorCode::FailedAllocation, path, cat("the plan file cannot be mapped: ", std::strerror(errno)));
    }
    return {memory, [size](const void* p) { munmap(const_cast<void*>(p), size); }};
}

}  // namespace

RuntimeShell::RuntimeShell(ILogger* logger, int32_t era)
    : reporter_(logger, era), plugins_(reporter_, &plugin::processRegistry()), temporaryDirectory_("/tmp") {
    mImpl = this;
}

ICudaEngine* RuntimeShell::load(std::span<const uint8_t> bytes, std::shared_ptr<const void> keep, WeightCheck check) {
    const auto start = std::chrono::steady_clock::now();
    plugin::PluginBackend plugins(&plugins_, {allocator_, reporter_.recorder(), &CudaRuntime::finishNested});
    plugins.setFactory(factory_, plugin::layoutOfEra(reporter_.era()));
    auto engine = makeEngine(reporter_, deserialize(bytes, std::move(keep), check), allocator_, &plugins);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    reporter_.info("Loaded engine \"", engine->getName(), "\": ", bytes.size(), " bytes, ", engine->getNbLayers(),
                   " layers, ", engine->getDeviceMemorySizeV2(), " bytes of activation memory per context, in ",
                   time.count(), " ms");
    return engine.release();
}

ICudaEngine* RuntimeShell::deserializeCudaEngine(void const* blob, std::size_t size) noexcept {
    return guarded(reporter_, static_cast<ICudaEngine*>(nullptr), [&] {
        if (!blob || size == 0) throw Error(ErrorCode::InvalidArgument, "", "the plan is empty");
        const api::HostMemory copy(size);
        std::memcpy(copy.data(), blob, size);
        return load({copy.share().get(), size}, copy.share());
    });
}

ICudaEngine* RuntimeShell::deserializeCudaEngine(IStreamReader& streamReader) noexcept {
    return guarded(reporter_, static_cast<ICudaEngine*>(nullptr), [&] {
        const Buffer all = readAll([&](void* to, int64_t count) { return streamReader.read(to, count); });
        return load({all.share().get(), all.used()}, all.share());
    });
}

ICudaEngine* RuntimeShell::deserializeCudaEngineV2(IStreamReaderV2& streamReader) noexcept {
    return guarded(reporter_, static_cast<ICudaEngine*>(nullptr), [&] {
        const Buffer all = readAll([&](void* to, int64_t count) { return streamReader.read(to, count, nullptr); });
        return load({all.share().get(), all.used()}, all.share());
    });
}

ICudaEngine* RuntimeShell::deserializeCudaEngineWithFactory(void const* blob, std::size_t size, IPluginFactory* factory,
                                                            int32_t) noexcept {
    factory_ = factory;
    ICudaEngine* engine = deserializeCudaEngine(blob, size);
    factory_ = nullptr;
    return engine;
}

ICudaEngine* RuntimeShell::deserializeFile(const char* path) noexcept {
    return guarded(reporter_, static_cast<ICudaEngine*>(nullptr), [&] {
        size_t size = 0;
        const auto memory = map(path, size);
        return load({static_cast<const uint8_t*>(memory.get()), size}, memory, WeightCheck::Small);
    });
}

void RuntimeShell::setDLACore(int32_t dlaCore) noexcept {
    reporter_.warning("DLA core ", dlaCore, " is chosen when this machine has none; engines run on the CPU");
    dlaCore_ = dlaCore;
}

bool RuntimeShell::setMaxThreads(int32_t maxThreads) noexcept {
    return guarded(reporter_, [&] {
        if (maxThreads < 1)
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("at most ", maxThreads, " threads are allowed when 1 is the least"));
        maxThreads_ = maxThreads;
    });
}

void RuntimeShell::setTemporaryDirectory(char const* path) noexcept {
    temporaryDirectory_ = path ? path : "/tmp";
}

IRuntime* RuntimeShell::loadRuntime(char const* path) noexcept {
    return guarded(reporter_, static_cast<IRuntime*>(nullptr), [&]() -> IRuntime* {
        void* library = path ? dlopen(path, RTLD_LAZY | RTLD_LOCAL) : nullptr;
        if (!library) {
            const char* reason = path ? dlerror() : "the path is null";
            throw Error(ErrorCode::InvalidArgument, path ? path : "",
                        cat("the runtime library cannot be loaded: ", reason));
        }
        using Factory = void* (*)(void*, int32_t);
        const auto factory = reinterpret_cast<Factory>(dlsym(library, "createInferRuntime_INTERNAL"));
        if (!factory) {
            dlclose(library);
            throw Error(ErrorCode::InvalidArgument, path, "the library has no createInferRuntime_INTERNAL");
        }
        return static_cast<IRuntime*>(factory(reporter_.logger(), static_cast<int32_t>(NV_TENSORRT_VERSION)));
    });
}

}  // namespace opentrt::runtime
