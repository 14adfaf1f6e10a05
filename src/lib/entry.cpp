// SPDX-License-Identifier: Apache-2.0
// The functions that libnvinfer exports. Everything else is reached through the objects that they make.
#include <unistd.h>

#include "NvInferConsistency.h"
#include "NvInferSafeRuntime.h"
#include "base/pages.h"
#include "builder/api_builder.h"
#include "builder/api_refitter.h"
#include "opentrt/extension.h"
#include "runtime/api_engine.h"
#include "runtime/api_runtime.h"

namespace {

using opentrt::Error;
using opentrt::ErrorCode;
using opentrt::api::Reporter;

constexpr int32_t kMajor = 10, kMinor = 16, kPatch = 0, kBuild = 0;

//! Era of the caller, after checks; throws Error.
int32_t eraOfCaller(nvinfer1::ILogger* logger, int32_t version) {
    if (!logger) throw Error(ErrorCode::InvalidArgument, "", "the logger is null");
    opentrt::plugin::rememberLogger(logger);
    opentrt::runtime::EngineShell::makeRefitter = &opentrt::builder::makeRefitter;
    const int32_t era = opentrt::api::eraOf(version);
    if (era == 0) {
        throw Error(ErrorCode::InvalidArgument, "",
                    opentrt::cat("the program was compiled for version ", version,
                                 " of TensorRT when this library serves 5.x to 11.x"));
    }
    return era;
}

template <class F>
void* make(void* logger, const F& body) noexcept {
    auto* ours = static_cast<nvinfer1::ILogger*>(logger);
    Reporter reporter(ours);
    return opentrt::api::guarded(reporter, static_cast<void*>(nullptr), [&] { return body(ours); });
}

const opentrt::runtime::EngineShell& shellOf(const void* engine) {
    return static_cast<const opentrt::runtime::EngineShell&>(*static_cast<const nvinfer1::ICudaEngine*>(engine));
}

void* refuse(void* logger, const char* feature) noexcept {
    Reporter(static_cast<nvinfer1::ILogger*>(logger)).unsupported(feature);
    return nullptr;
}

}  // namespace

extern "C" {

//! Found by tools that read the symbols of a library.
__attribute__((visibility("default"))) extern const int32_t tensorrt_version_10_16_0_0 = kMajor * 10000 + kMinor * 100;

void* createInferBuilder_INTERNAL(void* logger, int32_t version) noexcept {
    return make(logger, [&](nvinfer1::ILogger* ours) -> void* {
        const int32_t era = eraOfCaller(ours, version);
        return static_cast<nvinfer1::IBuilder*>(new opentrt::builder::Builder(ours, era));
    });
}

void* createInferRuntime_INTERNAL(void* logger, int32_t version) noexcept {
    return make(logger, [&](nvinfer1::ILogger* ours) -> void* {
        const int32_t era = eraOfCaller(ours, version);
        return static_cast<nvinfer1::IRuntime*>(new opentrt::runtime::RuntimeShell(ours, era));
    });
}

void* createInferRefitter_INTERNAL(void* engine, void* logger, int32_t version) noexcept {
    return make(logger, [&](nvinfer1::ILogger* ours) -> void* {
        eraOfCaller(ours, version);
        if (!engine) throw Error(ErrorCode::InvalidArgument, "", "the engine to refit is null");
        auto* shell = static_cast<opentrt::runtime::EngineShell*>(static_cast<nvinfer1::ICudaEngine*>(engine));
        return shell->createRefitter(*ours);
    });
}

void* createSafeInferRuntime_INTERNAL(void* logger, int32_t) noexcept {
    return refuse(logger, "the safety runtime");
}
void* createConsistencyChecker_INTERNAL(void* logger, void const*, size_t, int32_t) {
    return refuse(logger, "the consistency checker of safety plans");
}

nvinfer1::IPluginRegistry* getPluginRegistry() noexcept {
    return &opentrt::plugin::processRegistry();
}
nvinfer1::ILogger* getLogger() noexcept {
    return opentrt::plugin::processLogger();
}

int32_t getInferLibVersion() noexcept {
    return kMajor * 10000 + kMinor * 100 + kPatch;
}
int32_t getInferLibMajorVersion() noexcept {
    return kMajor;
}
int32_t getInferLibMinorVersion() noexcept {
    return kMinor;
}
int32_t getInferLibPatchVersion() noexcept {
    return kPatch;
}
int32_t getInferLibBuildVersion() noexcept {
    return kBuild;
}

void* opentrtDeserializeFromFile(void* runtime, char const* path) noexcept {
    if (!runtime) return nullptr;
    auto* ours = static_cast<opentrt::runtime::RuntimeShell*>(static_cast<nvinfer1::IRuntime*>(runtime));
    return ours->deserializeFile(path);
}

void opentrtNoteMappedFile(void const* begin, uint64_t bytes, bool mapped) noexcept {
    Reporter silent(nullptr);
    opentrt::api::guarded(silent, [&] {
        if (mapped) {
            opentrt::noteMappedFile(begin, bytes);
        } else {
            opentrt::forgetMappedFile(begin);
        }
    });
}

bool opentrtRunsOnHost(void const* engine) noexcept {
    return shellOf(engine).engine().place().isHost();
}
void* opentrtAllocate(void const* engine, int64_t bytes) noexcept {
    const auto& shell = shellOf(engine);
    return opentrt::api::guarded(shell.reporter(), static_cast<void*>(nullptr),
                                 [&] { return shell.engine().place().allocate(bytes); });
}
void opentrtRelease(void const* engine, void* memory) noexcept {
    shellOf(engine).engine().place().release(memory);
}
bool opentrtCopy(void const* engine, void* to, void const* from, int64_t bytes, bool toDevice) noexcept {
    const auto& shell = shellOf(engine);
    return opentrt::api::guarded(shell.reporter(), [&] {
        const opentrt::Device& place = shell.engine().place();
        toDevice ? place.upload(to, from, bytes, nullptr) : place.download(to, from, bytes, nullptr);
    });
}

}  // extern "C"

namespace nvinfer1 {

extern "C" nvinfer1::IPluginRegistry* getBuilderPluginRegistry(nvinfer1::EngineCapability capability) noexcept {
    return capability == EngineCapability::kSTANDARD ? &opentrt::plugin::processRegistry() : nullptr;
}

extern "C" nvinfer1::safe::IPluginRegistry* getBuilderSafePluginRegistry(nvinfer1::EngineCapability) noexcept {
    return nullptr;
}

extern "C" bool setInternalLibraryPath(AsciiChar const* path) noexcept {
    // All parts of the library are in one file, so there is nothing to look for.
    return path != nullptr && ::access(path, F_OK) == 0;
}

}  // namespace nvinfer1
