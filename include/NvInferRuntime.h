// SPDX-License-Identifier: Apache-2.0
//! \file NvInferRuntime.h
//! The runtime API: load engines, run them, refit them, write plugins. Programs that never build include this file
//! only.
#ifndef NV_INFER_RUNTIME_H
#define NV_INFER_RUNTIME_H

#include "NvInferImpl.h"
#include "NvInferLegacyDims.h"
#include "NvInferPluginBase.h"
#include "NvInferRuntimeCommon.h"
#include "impl/NvInferContext.h"
#include "impl/NvInferEngine.h"
#include "impl/NvInferPluginDynamic.h"
#include "impl/NvInferPluginV3.h"
#include "impl/NvInferRefitter.h"
#include "impl/NvInferRuntimeCallbacks.h"
#include "impl/NvInferRuntimeEnums.h"
#include "impl/NvInferRuntimeTypes.h"

//! Makes an nvinfer1::IRuntime; `logger` is an nvinfer1::ILogger, `version` the caller's NV_TENSORRT_VERSION.
//! Null, with an error to the logger, when it has no meaning for this library.
extern "C" TENSORRTAPI void* createInferRuntime_INTERNAL(void* logger, int32_t version) noexcept;
//! Makes an nvinfer1::IRefitter for `engine`, an nvinfer1::ICudaEngine; else as createInferRuntime_INTERNAL().
extern "C" TENSORRTAPI void* createInferRefitter_INTERNAL(void* engine, void* logger, int32_t version) noexcept;

//! Major version of the loaded library. Since 10.0.
extern "C" TENSORRTAPI int32_t getInferLibMajorVersion() noexcept;
//! Minor version of the loaded library. Since 10.0.
extern "C" TENSORRTAPI int32_t getInferLibMinorVersion() noexcept;
//! Patch version of the loaded library. Since 10.0.
extern "C" TENSORRTAPI int32_t getInferLibPatchVersion() noexcept;
//! Build number of the loaded library. Since 10.0.
extern "C" TENSORRTAPI int32_t getInferLibBuildVersion() noexcept;

namespace nvinfer1 {
namespace {  // Each object file keeps its own copy, for the version that it was compiled for.

//! A runtime that reports to `logger`, owned by the caller; null on failure.
inline IRuntime* createInferRuntime(ILogger& logger) noexcept {
    return static_cast<IRuntime*>(createInferRuntime_INTERNAL(&logger, static_cast<int32_t>(NV_TENSORRT_VERSION)));
}

//! A refitter of `engine` that reports to `logger`, owned by the caller; null on failure, for example when the engine
//! is not refittable.
inline IRefitter* createInferRefitter(ICudaEngine& engine, ILogger& logger) noexcept {
    return static_cast<IRefitter*>(
        createInferRefitter_INTERNAL(&engine, &logger, static_cast<int32_t>(NV_TENSORRT_VERSION)));
}

}  // namespace
}  // namespace nvinfer1

#endif  // NV_INFER_RUNTIME_H
