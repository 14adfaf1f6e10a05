// SPDX-License-Identifier: Apache-2.0
//! \file NvInferRefitter.h
//! Runtime and refitter. Part of NvInferRuntime.h.
#ifndef NV_INFER_REFITTER_H
#define NV_INFER_REFITTER_H

#include "NvInferEngine.h"
#include "NvInferRuntimeCallbacks.h"

namespace nvinfer1 {

//! Loads engines from plans.
//!
//! Made by createInferRuntime(), deleted by the application after all its engines. Its settings count for the engines
//! loaded afterwards. One thread at a time.
class IRuntime : public INoCopy {
public:
    virtual ~IRuntime() noexcept = default;

    //! setDLACore().
    void setDLACore(int32_t dlaCore) noexcept { mImpl->setDLACore(dlaCore); }

    //! getDLACore().
    int32_t getDLACore() const noexcept { return mImpl->getDLACore(); }

    //! getNbDLACores().
    int32_t getNbDLACores() const noexcept { return mImpl->getNbDLACores(); }

    //! setGpuAllocator().
    void setGpuAllocator(IGpuAllocator* allocator) noexcept { mImpl->setGpuAllocator(allocator); }

    //! setErrorRecorder().
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }

    //! getErrorRecorder().
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    //! deserializeCudaEngine().
    ICudaEngine* deserializeCudaEngine(void const* blob, std::size_t size) noexcept {
        return mImpl->deserializeCudaEngine(blob, size);
    }

    //! deserializeCudaEngine().
    ICudaEngine* deserializeCudaEngine(IStreamReader& streamReader) noexcept {
        return mImpl->deserializeCudaEngine(streamReader);
    }

    //! deserializeCudaEngine().
    ICudaEngine* deserializeCudaEngine(IStreamReaderV2& streamReader) noexcept {
        return mImpl->deserializeCudaEngineV2(streamReader);
    }

    //! getLogger().
    ILogger* getLogger() const noexcept { return mImpl->getLogger(); }

    //! setMaxThreads().
    bool setMaxThreads(int32_t maxThreads) noexcept { return mImpl->setMaxThreads(maxThreads); }

    //! getMaxThreads().
    int32_t getMaxThreads() const noexcept { return mImpl->getMaxThreads(); }

    //! setTemporaryDirectory().
    void setTemporaryDirectory(char const* path) noexcept { mImpl->setTemporaryDirectory(path); }

    //! getTemporaryDirectory().
    char const* getTemporaryDirectory() const noexcept { return mImpl->getTemporaryDirectory(); }

    //! setTempfileControlFlags().
    void setTempfileControlFlags(TempfileControlFlags flags) noexcept { mImpl->setTempfileControlFlags(flags); }

    //! getTempfileControlFlags().
    TempfileControlFlags getTempfileControlFlags() const noexcept { return mImpl->getTempfileControlFlags(); }

    //! getPluginRegistry().
    IPluginRegistry& getPluginRegistry() noexcept { return mImpl->getPluginRegistry(); }

    //! loadRuntime().
    IRuntime* loadRuntime(char const* path) noexcept { return mImpl->loadRuntime(path); }

    //! setEngineHostCodeAllowed().
    void setEngineHostCodeAllowed(bool allowed) noexcept { mImpl->setEngineHostCodeAllowed(allowed); }

    //! getEngineHostCodeAllowed().
    bool getEngineHostCodeAllowed() const noexcept { return mImpl->getEngineHostCodeAllowed(); }

    //! Loads a plan that may hold layers of type IPlugin, restored by `factory`, which may be null. Until 9.x.
    TRT_DEPRECATED ICudaEngine* deserializeCudaEngine(void const* blob, std::size_t size,
                                                      IPluginFactory* factory) noexcept {
        return factory == nullptr ? mImpl->deserializeCudaEngine(blob, size)
                                  : static_cast<apiv::VRuntimeExt*>(mImpl)->deserializeCudaEngineWithFactory(
                                        blob, size, factory, static_cast<int32_t>(NV_TENSORRT_VERSION));
    }

    //! Deletes the object; the form of 5.x to 9.x. Since 10.0: `delete`.
    TRT_DEPRECATED void destroy() noexcept { delete this; }

protected:
    apiv::VRuntime* mImpl{nullptr};
};

//! Replaces weights of an engine that was built with BuilderFlag::kREFIT or a related flag.
//!
//! Made by createInferRefitter(), deleted by the application before its engine. New weights are given by layer and role
//! or by name, then applied together; the memory they stand in must live until then. No context of the engine may run
//! meanwhile. One thread at a time.
class IRefitter : public INoCopy {
public:
    virtual ~IRefitter() noexcept = default;

    //! setWeights().
    bool setWeights(char const* layerName, WeightsRole role, Weights weights) noexcept {
        return mImpl->setWeights(layerName, role, weights);
    }

    //! refitCudaEngine().
    bool refitCudaEngine() noexcept { return mImpl->refitCudaEngine(); }

    //! getMissing().
    int32_t getMissing(int32_t size, char const** layerNames, WeightsRole* roles) noexcept {
        return mImpl->getMissing(size, layerNames, roles);
    }

    //! getAll().
    int32_t getAll(int32_t size, char const** layerNames, WeightsRole* roles) noexcept {
        return mImpl->getAll(size, layerNames, roles);
    }

    //! setDynamicRange().
    bool setDynamicRange(char const* tensorName, float min, float max) noexcept {
        return mImpl->setDynamicRange(tensorName, min, max);
    }

    //! getDynamicRangeMin().
    float getDynamicRangeMin(char const* tensorName) const noexcept { return mImpl->getDynamicRangeMin(tensorName); }

    //! getDynamicRangeMax().
    float getDynamicRangeMax(char const* tensorName) const noexcept { return mImpl->getDynamicRangeMax(tensorName); }

    //! getTensorsWithDynamicRange().
    int32_t getTensorsWithDynamicRange(int32_t size, char const** tensorNames) const noexcept {
        return mImpl->getTensorsWithDynamicRange(size, tensorNames);
    }

    //! setErrorRecorder().
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }

    //! getErrorRecorder().
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    //! setNamedWeights().
    bool setNamedWeights(char const* name, Weights weights) noexcept { return mImpl->setNamedWeights(name, weights); }

    //! getMissingWeights().
    int32_t getMissingWeights(int32_t size, char const** weightsNames) noexcept {
        return mImpl->getMissingWeights(size, weightsNames);
    }

    //! getAllWeights().
    int32_t getAllWeights(int32_t size, char const** weightsNames) noexcept {
        return mImpl->getAllWeights(size, weightsNames);
    }

    //! getLogger().
    ILogger* getLogger() const noexcept { return mImpl->getLogger(); }

    //! setMaxThreads().
    bool setMaxThreads(int32_t maxThreads) noexcept { return mImpl->setMaxThreads(maxThreads); }

    //! getMaxThreads().
    int32_t getMaxThreads() const noexcept { return mImpl->getMaxThreads(); }

    //! setNamedWeights().
    bool setNamedWeights(char const* name, Weights weights, TensorLocation location) noexcept {
        return mImpl->setNamedWeightsWithLocation(name, weights, location);
    }

    //! getNamedWeights().
    Weights getNamedWeights(char const* weightsName) const noexcept { return mImpl->getNamedWeights(weightsName); }

    //! getWeightsLocation().
    TensorLocation getWeightsLocation(char const* weightsName) const noexcept {
        return mImpl->getWeightsLocation(weightsName);
    }

    //! unsetNamedWeights().
    bool unsetNamedWeights(char const* weightsName) noexcept { return mImpl->unsetNamedWeights(weightsName); }

    //! setWeightsValidation().
    void setWeightsValidation(bool weightsValidation) noexcept { mImpl->setWeightsValidation(weightsValidation); }

    //! getWeightsValidation().
    bool getWeightsValidation() const noexcept { return mImpl->getWeightsValidation(); }

    //! refitCudaEngineAsync().
    bool refitCudaEngineAsync(cudaStream_t stream) noexcept { return mImpl->refitCudaEngineAsync(stream); }

    //! getWeightsPrototype().
    Weights getWeightsPrototype(char const* weightsName) const noexcept {
        return mImpl->getWeightsPrototype(weightsName);
    }

    //! Deletes the object; the form of 5.x to 9.x. Since 10.0: `delete`.
    TRT_DEPRECATED void destroy() noexcept { delete this; }

protected:
    apiv::VRefitter* mImpl{nullptr};
};

}  // namespace nvinfer1

#endif  // NV_INFER_REFITTER_H
