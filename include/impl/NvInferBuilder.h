// SPDX-License-Identifier: Apache-2.0
//! \file NvInferBuilder.h
//! The builder and the entry points of the build library.
#ifndef NV_INFER_BUILDER_H
#define NV_INFER_BUILDER_H

#include "NvInferBuilderConfig.h"
#include "NvInferNetwork.h"

namespace nvinfer1 {

class IBuilder : public INoCopy {
public:
    virtual ~IBuilder() noexcept = default;

    TRT_DEPRECATED bool platformHasFastFp16() const noexcept { return mImpl->platformHasFastFp16(); }

    TRT_DEPRECATED bool platformHasFastInt8() const noexcept { return mImpl->platformHasFastInt8(); }

    int32_t getMaxDLABatchSize() const noexcept { return mImpl->getMaxDLABatchSize(); }

    int32_t getNbDLACores() const noexcept { return mImpl->getNbDLACores(); }

    void setGpuAllocator(IGpuAllocator* allocator) noexcept { mImpl->setGpuAllocator(allocator); }

    IBuilderConfig* createBuilderConfig() noexcept { return mImpl->createBuilderConfig(); }

    INetworkDefinition* createNetworkV2(NetworkDefinitionCreationFlags flags) noexcept {
        return mImpl->createNetworkV2(flags);
    }

    IOptimizationProfile* createOptimizationProfile() noexcept { return mImpl->createOptimizationProfile(); }

    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    void reset() noexcept { mImpl->reset(); }

    TRT_DEPRECATED bool platformHasTf32() const noexcept { return mImpl->platformHasTf32(); }

    IHostMemory* buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config) noexcept {
        return mImpl->buildSerializedNetwork(network, config);
    }

    bool buildSerializedNetworkToStream(INetworkDefinition& network, IBuilderConfig& config,
                                        IStreamWriter& writer) noexcept {
        return mImpl->buildSerializedNetworkToStream(network, config, writer);
    }

    IHostMemory* buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config,
                                        IHostMemory*& kernelText) noexcept {
        return mImpl->buildSerializedNetworkWithKernelText(network, config, kernelText);
    }

    ICudaEngine* buildEngineWithConfig(INetworkDefinition& network, IBuilderConfig& config) noexcept {
        return mImpl->buildEngineWithConfig(network, config);
    }

    bool isNetworkSupported(INetworkDefinition const& network, IBuilderConfig const& config) const noexcept {
        return mImpl->isNetworkSupported(network, config);
    }

    ILogger* getLogger() const noexcept { return mImpl->getLogger(); }

    bool setMaxThreads(int32_t maxThreads) noexcept { return mImpl->setMaxThreads(maxThreads); }
    int32_t getMaxThreads() const noexcept { return mImpl->getMaxThreads(); }

    IPluginRegistry& getPluginRegistry() noexcept { return mImpl->getPluginRegistry(); }

protected:
    //! The part of the implementation that serves other eras.
    apiv::VBuilderExt* ext() const noexcept { return static_cast<apiv::VBuilderExt*>(mImpl); }

    apiv::VBuilder* mImpl;
};

}  // namespace nvinfer1

//! Makes a builder; called through nvinfer1::createInferBuilder.
//! \param logger an nvinfer1::ILogger, kept by pointer. Null is an error.
//! \param version the caller's NV_TENSORRT_VERSION; it decides whose era's defaults hold.
//! \return an nvinfer1::IBuilder, or null after a message to the logger when the major version is not served.
extern "C" TENSORRTAPI void* createInferBuilder_INTERNAL(void* logger, int32_t version) noexcept;

namespace nvinfer1 {
// Without external linkage, so that objects compiled for different versions do not share one copy.
namespace {

//! Makes a builder. The caller deletes it after everything that it made.
//! \param logger must outlive the builder and all objects made by it; called from several threads at once.
//! \return null if the library does not serve the version of this header; the logger is told why.
inline IBuilder* createInferBuilder(ILogger& logger) noexcept {
    return static_cast<IBuilder*>(createInferBuilder_INTERNAL(&logger, static_cast<int32_t>(NV_TENSORRT_VERSION)));
}

}  // namespace

//! \return the registry of the plugins that networks of this capability may use: the global one for
//! EngineCapability::kSTANDARD, null for the others. Since 8.4.
extern "C" TENSORRTAPI nvinfer1::IPluginRegistry* getBuilderPluginRegistry(
    nvinfer1::EngineCapability capability) noexcept;

//! Names the folder in which the library looks for its own further libraries. Call it before the first builder or
//! runtime is made. \return false if the folder does not exist. Since 10.16.
extern "C" TENSORRTAPI bool setInternalLibraryPath(AsciiChar const* path) noexcept;

namespace safe {
class IPluginRegistry;
}  // namespace safe

//! \return null: there is no safety runtime. Deprecated; since 8.6.
extern "C" TRT_DEPRECATED_API nvinfer1::safe::IPluginRegistry* getBuilderSafePluginRegistry(
    nvinfer1::EngineCapability capability) noexcept;

}  // namespace nvinfer1

#endif  // NV_INFER_BUILDER_H
