// SPDX-License-Identifier: Apache-2.0
//! \file NvInferBuilder.h
//! The builder and the entry points of the build library.
#ifndef NV_INFER_BUILDER_H
#define NV_INFER_BUILDER_H

#include "NvInferBuilderConfig.h"
#include "NvInferNetwork.h"

namespace nvinfer1 {

//! Makes networks, options and profiles, and turns a network into an engine. Made by createInferBuilder(); the caller
//! deletes it after everything that it made. Build functions may be called from one thread at a time.
class IBuilder : public INoCopy {
public:
    virtual ~IBuilder() noexcept = default;

    //! \return true if kHALF is faster than kFLOAT here. Deprecated since 10.5.
    TRT_DEPRECATED bool platformHasFastFp16() const noexcept { return mImpl->platformHasFastFp16(); }

    //! \return true if kINT8 is faster than kFLOAT here. Deprecated since 10.5.
    TRT_DEPRECATED bool platformHasFastInt8() const noexcept { return mImpl->platformHasFastInt8(); }

    //! \return the largest batch a DLA serves, 0 if there is none.
    int32_t getMaxDLABatchSize() const noexcept { return mImpl->getMaxDLABatchSize(); }

    //! \return the number of DLA cores.
    int32_t getNbDLACores() const noexcept { return mImpl->getNbDLACores(); }

    //! Sets the allocator of device memory for building and for the engines. Not owned; it must outlive them. Null
    //! restores the built-in one.
    void setGpuAllocator(IGpuAllocator* allocator) noexcept { mImpl->setGpuAllocator(allocator); }

    //! \return new options with default values; the caller deletes them. Since 6.0.
    IBuilderConfig* createBuilderConfig() noexcept { return mImpl->createBuilderConfig(); }

    //! Makes an empty network.
    //! \param flags bit `1 << NetworkDefinitionCreationFlag` each. Without kEXPLICIT_BATCH, programs of 9.x and before
    //! get an implicit batch, those of 11 a strongly typed network.
    //! \return null after an error; the caller deletes it. Since 6.0.
    INetworkDefinition* createNetworkV2(NetworkDefinitionCreationFlags flags) noexcept {
        return mImpl->createNetworkV2(flags);
    }

    //! \return a new profile, owned by the builder. Since 6.0.
    IOptimizationProfile* createOptimizationProfile() noexcept { return mImpl->createOptimizationProfile(); }

    //! Sets the recorder of errors of the builder. Not owned; null removes it, errors go to the logger then. Since
    //! 6.0.
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }
    //! \return the recorder of errors of the builder. Since 6.0.
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    //! Restores the state after creation, without the logger and the allocator. Since 6.0.
    void reset() noexcept { mImpl->reset(); }

    //! \return true if TF32 exists here. 7.1 to 10.16, deprecated since 10.5.
    TRT_DEPRECATED bool platformHasTf32() const noexcept { return mImpl->platformHasTf32(); }

    //! Builds a plan.
    //! \return the bytes, which the caller deletes; null after an error, told to the recorder or the logger. Since
    //! 8.0.
    IHostMemory* buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config) noexcept {
        return mImpl->buildSerializedNetwork(network, config);
    }

    //! Builds a plan and writes it to a stream.
    //! \return false after an error. Since 10.13.
    bool buildSerializedNetworkToStream(INetworkDefinition& network, IBuilderConfig& config,
                                        IStreamWriter& writer) noexcept {
        return mImpl->buildSerializedNetworkToStream(network, config, writer);
    }

#if NV_TENSORRT_COMPAT_MAJOR >= 10
    //! Builds a plan and a readable text of its kernels.
    //! \param kernelText receives the text, which the caller deletes.
    //! \return like the other overload. Since 10.13.
    IHostMemory* buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config,
                                        IHostMemory*& kernelText) noexcept {
        return mImpl->buildSerializedNetworkWithKernelText(network, config, kernelText);
    }
#endif

    //! Builds an engine without serializing it.
    //! \return null after an error; the caller deletes it. Since 6.0.
    ICudaEngine* buildEngineWithConfig(INetworkDefinition& network, IBuilderConfig& config) noexcept {
        return mImpl->buildEngineWithConfig(network, config);
    }

    //! \return true if the network satisfies the restrictions that the options ask for, such as DLA. Since 8.0.
    bool isNetworkSupported(INetworkDefinition const& network, IBuilderConfig const& config) const noexcept {
        return mImpl->isNetworkSupported(network, config);
    }

    //! \return the logger given to createInferBuilder(). Since 8.2.
    ILogger* getLogger() const noexcept {
        return mImpl->getLogger();
    }

    //! Limits the threads used for building, the caller's included; 1 by default.
    //! \return false for numbers below 1. Since 8.4.
    bool setMaxThreads(int32_t maxThreads) noexcept {
        return mImpl->setMaxThreads(maxThreads);
    }
    //! \return the largest number of threads used for building. Since 8.4.
    int32_t getMaxThreads() const noexcept {
        return mImpl->getMaxThreads();
    }

    //! \return the plugins of this builder; its parent is the global registry. Since 8.6.
    IPluginRegistry& getPluginRegistry() noexcept {
        return mImpl->getPluginRegistry();
    }

// These functions use each other, and options that are deprecated today.
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

    //! Makes a network with an implicit batch dimension. Until 7.2; use createNetworkV2().
    TRT_DEPRECATED INetworkDefinition* createNetwork() noexcept {
        return ext()->createImplicitBatchNetwork();
    }
    //! Sets the largest batch of engines with an implicit batch dimension; 1 by default. Until 9.x.
    TRT_DEPRECATED void setMaxBatchSize(int32_t batchSize) noexcept {
        ext()->setMaxBatchSize(batchSize);
    }
    //! \return the largest batch of engines with an implicit batch dimension. Until 9.x.
    TRT_DEPRECATED int32_t getMaxBatchSize() const noexcept {
        return ext()->getMaxBatchSize();
    }
    //! Deletes the builder. Until 9.x; use `delete` now.
    TRT_DEPRECATED void destroy() noexcept {
        delete this;
    }

    //! Builds an engine with the options set by the functions below. Until 7.2; use buildEngineWithConfig().
    TRT_DEPRECATED ICudaEngine* buildCudaEngine(INetworkDefinition& network) noexcept {
        return buildEngineWithConfig(network, ext()->getLegacyConfig());
    }
#if NV_TENSORRT_COMPAT_MAJOR <= 7
    //! Restores the defaults of the options below. Until 7.2; use reset().
    TRT_DEPRECATED void reset(INetworkDefinition&) noexcept {
        ext()->getLegacyConfig().reset();
    }
#endif

    //! Sets the scratch memory of layers in bytes. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setMaxWorkspaceSize(std::size_t value) noexcept {
        ext()->getLegacyConfig().setMaxWorkspaceSize(value);
    }
    //! \return the scratch memory of layers in bytes. Until 7.2.
    TRT_DEPRECATED std::size_t getMaxWorkspaceSize() const noexcept {
        return ext()->getLegacyConfig().getMaxWorkspaceSize();
    }
    //! Sets whether kHALF is allowed, under its oldest name. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setHalf2Mode(bool value) noexcept {
        setLegacyFlag(BuilderFlag::kFP16, value);
    }
    //! \return whether kHALF is allowed, under its oldest name. Until 7.2.
    TRT_DEPRECATED bool getHalf2Mode() const noexcept {
        return ext()->getLegacyConfig().getFlag(BuilderFlag::kFP16);
    }
    //! Sets whether kHALF is allowed. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setFp16Mode(bool value) noexcept {
        setLegacyFlag(BuilderFlag::kFP16, value);
    }
    //! \return whether kHALF is allowed. Until 7.2.
    TRT_DEPRECATED bool getFp16Mode() const noexcept {
        return ext()->getLegacyConfig().getFlag(BuilderFlag::kFP16);
    }
    //! Sets whether kINT8 is allowed. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setInt8Mode(bool value) noexcept {
        setLegacyFlag(BuilderFlag::kINT8, value);
    }
    //! \return whether kINT8 is allowed. Until 7.2.
    TRT_DEPRECATED bool getInt8Mode() const noexcept {
        return ext()->getLegacyConfig().getFlag(BuilderFlag::kINT8);
    }
    //! Sets whether layers must run in the types set for them. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setStrictTypeConstraints(bool value) noexcept {
        setLegacyFlag(BuilderFlag::kSTRICT_TYPES, value);
    }
    //! \return whether layers must run in the types set for them. Until 7.2.
    TRT_DEPRECATED bool getStrictTypeConstraints() const noexcept {
        return ext()->getLegacyConfig().getFlag(BuilderFlag::kSTRICT_TYPES);
    }
    //! Sets whether weights can be replaced. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setRefittable(bool value) noexcept {
        setLegacyFlag(BuilderFlag::kREFIT, value);
    }
    //! \return whether weights can be replaced. Until 7.2.
    TRT_DEPRECATED bool getRefittable() const noexcept {
        return ext()->getLegacyConfig().getFlag(BuilderFlag::kREFIT);
    }
    //! Sets whether the engine checks after every layer. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setDebugSync(bool value) noexcept {
        setLegacyFlag(BuilderFlag::kDEBUG, value);
    }
    //! \return whether the engine checks after every layer. Until 7.2.
    TRT_DEPRECATED bool getDebugSync() const noexcept {
        return ext()->getLegacyConfig().getFlag(BuilderFlag::kDEBUG);
    }
    //! Sets the smallest number of runs when timing. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setMinFindIterations(int32_t value) noexcept {
        ext()->getLegacyConfig().setMinTimingIterations(value);
    }
    //! \return the smallest number of runs when timing. Until 7.2.
    TRT_DEPRECATED int32_t getMinFindIterations() const noexcept {
        return ext()->getLegacyConfig().getMinTimingIterations();
    }
    //! Sets the number of runs that a time is the mean of. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setAverageFindIterations(int32_t value) noexcept {
        ext()->getLegacyConfig().setAvgTimingIterations(value);
    }
    //! \return the number of runs that a time is the mean of. Until 7.2.
    TRT_DEPRECATED int32_t getAverageFindIterations() const noexcept {
        return ext()->getLegacyConfig().getAvgTimingIterations();
    }
    //! Sets where layers run. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setDefaultDeviceType(DeviceType value) noexcept {
        ext()->getLegacyConfig().setDefaultDeviceType(value);
    }
    //! \return where layers run. Until 7.2.
    TRT_DEPRECATED DeviceType getDefaultDeviceType() const noexcept {
        return ext()->getLegacyConfig().getDefaultDeviceType();
    }
    //! Sets the DLA core to build for. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setDLACore(int32_t value) noexcept {
        ext()->getLegacyConfig().setDLACore(value);
    }
    //! \return the DLA core to build for. Until 7.2.
    TRT_DEPRECATED int32_t getDLACore() const noexcept {
        return ext()->getLegacyConfig().getDLACore();
    }
    //! Sets the restricted runtime to build for. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setEngineCapability(EngineCapability value) noexcept {
        ext()->getLegacyConfig().setEngineCapability(value);
    }
    //! \return the restricted runtime to build for. Until 7.2.
    TRT_DEPRECATED EngineCapability getEngineCapability() const noexcept {
        return ext()->getLegacyConfig().getEngineCapability();
    }
    //! Sets the calibrator; not owned. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setInt8Calibrator(IInt8Calibrator* calibrator) noexcept {
        ext()->getLegacyConfig().setInt8Calibrator(calibrator);
    }
    //! Sets where a layer runs. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void setDeviceType(ILayer* layer, DeviceType deviceType) noexcept {
        ext()->getLegacyConfig().setDeviceType(layer, deviceType);
    }
    //! \return where a layer runs. Until 7.2.
    TRT_DEPRECATED DeviceType getDeviceType(ILayer const* layer) const noexcept {
        return ext()->getLegacyConfig().getDeviceType(layer);
    }
    //! \return true if setDeviceType() was called for the layer. Until 7.2.
    TRT_DEPRECATED bool isDeviceTypeSet(ILayer const* layer) const noexcept {
        return ext()->getLegacyConfig().isDeviceTypeSet(layer);
    }
    //! Lets the layer run on the default device again. Until 7.2.
    TRT_DEPRECATED void resetDeviceType(ILayer* layer) noexcept {
        ext()->getLegacyConfig().resetDeviceType(layer);
    }
    //! \return true if the layer can run on a DLA. Until 7.2.
    TRT_DEPRECATED bool canRunOnDLA(ILayer const* layer) const noexcept {
        return ext()->getLegacyConfig().canRunOnDLA(layer);
    }
    //! Sets whether the GPU runs what a DLA cannot. Until 7.2; see IBuilderConfig.
    TRT_DEPRECATED void allowGPUFallback(bool setFallBackMode) noexcept {
        setLegacyFlag(BuilderFlag::kGPU_FALLBACK, setFallBackMode);
    }

#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif
protected:
    //! The part of the implementation that serves other eras.
    apiv::VBuilderExt* ext() const noexcept {
        return static_cast<apiv::VBuilderExt*>(mImpl);
    }

    //! Switches a flag of the options that builders of 5.x to 7.x kept in themselves.
    void setLegacyFlag(BuilderFlag flag, bool on) noexcept {
        IBuilderConfig& config = ext()->getLegacyConfig();
        on ? config.setFlag(flag) : config.clearFlag(flag);
    }

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
