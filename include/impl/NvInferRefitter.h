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

    //! Chooses the DLA core that engines run on, 0 to getNbDLACores() - 1.
    void setDLACore(int32_t dlaCore) noexcept { mImpl->setDLACore(dlaCore); }

    //! That core.
    int32_t getDLACore() const noexcept { return mImpl->getDLACore(); }

    //! Number of DLA cores; 0 on a machine without.
    int32_t getNbDLACores() const noexcept { return mImpl->getNbDLACores(); }

    //! Sets the allocator of device memory for engines loaded afterwards; null for the default. It must outlive them.
    void setGpuAllocator(IGpuAllocator* allocator) noexcept { mImpl->setGpuAllocator(allocator); }

    //! Sets the recorder of errors of this runtime and of engines loaded afterwards; null takes it away. Since 6.0.
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }

    //! The recorder; null if there is none. Since 6.0.
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    //! Loads a plan of `size` bytes, which may be freed afterwards. The engine is owned by the caller; null, with an
    //! error, if the plan is damaged, of another version or for another device.
    ICudaEngine* deserializeCudaEngine(void const* blob, std::size_t size) noexcept {
        return mImpl->deserializeCudaEngine(blob, size);
    }

    //! Loads a plan from a stream. Since 10.0; deprecated since 10.7.
    TRT_DEPRECATED ICudaEngine* deserializeCudaEngine(IStreamReader& streamReader) noexcept {
        return mImpl->deserializeCudaEngine(streamReader);
    }

    //! Loads a plan from a stream with random access. Since 10.7.
    ICudaEngine* deserializeCudaEngine(IStreamReaderV2& streamReader) noexcept {
        return mImpl->deserializeCudaEngineV2(streamReader);
    }

    //! The logger it was made with. Since 8.2.
    ILogger* getLogger() const noexcept { return mImpl->getLogger(); }

    //! Sets how many threads it may use, the calling one included. \return False for less than 1. Since 8.4.
    bool setMaxThreads(int32_t maxThreads) noexcept { return mImpl->setMaxThreads(maxThreads); }

    //! That number; 1 at first. Since 8.4.
    int32_t getMaxThreads() const noexcept { return mImpl->getMaxThreads(); }

    //! Sets where temporary files may be made; copies the string; null for the system's place. Since 8.6.
    void setTemporaryDirectory(char const* path) noexcept { mImpl->setTemporaryDirectory(path); }

    //! That directory. Since 8.6.
    char const* getTemporaryDirectory() const noexcept { return mImpl->getTemporaryDirectory(); }

    //! Sets which temporary files are allowed; both kinds at first. Since 8.6.
    void setTempfileControlFlags(TempfileControlFlags flags) noexcept { mImpl->setTempfileControlFlags(flags); }

    //! Those flags. Since 8.6.
    TempfileControlFlags getTempfileControlFlags() const noexcept { return mImpl->getTempfileControlFlags(); }

    //! The registry of this runtime, whose parent is the process-wide one. Since 8.6.
    IPluginRegistry& getPluginRegistry() noexcept { return mImpl->getPluginRegistry(); }

    //! A runtime from another library file, owned by the caller, to be deleted after all its engines; null on
    //! failure. Since 8.6.
    IRuntime* loadRuntime(char const* path) noexcept { return mImpl->loadRuntime(path); }

    //! Whether plans may bring host code, such as a lean runtime. Set it for trusted plans only. Since 8.6.
    void setEngineHostCodeAllowed(bool allowed) noexcept { mImpl->setEngineHostCodeAllowed(allowed); }

    //! That setting; false at first. Since 8.6.
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

    //! Gives new weights for one role of a layer: type and count as at build time. \return Whether they were
    //! accepted.
    bool setWeights(char const* layerName, WeightsRole role, Weights weights) noexcept {
        return mImpl->setWeights(layerName, role, weights);
    }

    //! Applies all weights given, in this thread; those given stay set. \return False, with the engine unchanged, if
    //! weights are missing.
    bool refitCudaEngine() noexcept { return mImpl->refitCudaEngine(); }

    //! Number of weights that depend on those given and must be given too; names and roles of the first `size` go to
    //! the arrays, which may be null. Names live as long as the engine.
    int32_t getMissing(int32_t size, char const** layerNames, WeightsRole* roles) noexcept {
        return mImpl->getMissing(size, layerNames, roles);
    }

    //! Number of weights that can be changed; arrays as in getMissing().
    int32_t getAll(int32_t size, char const** layerNames, WeightsRole* roles) noexcept {
        return mImpl->getAll(size, layerNames, roles);
    }

    //! Gives a new range of an INT8 tensor. 6.0 to 10.16; deprecated since 10.0.
    TRT_DEPRECATED bool setDynamicRange(char const* tensorName, float min, float max) noexcept {
        return mImpl->setDynamicRange(tensorName, min, max);
    }

    //! Lower end of a range; 0 if it has none. 6.0 to 10.16; deprecated since 10.0.
    TRT_DEPRECATED float getDynamicRangeMin(char const* tensorName) const noexcept {
        return mImpl->getDynamicRangeMin(tensorName);
    }

    //! Upper end of a range; 0 if it has none. 6.0 to 10.16; deprecated since 10.0.
    TRT_DEPRECATED float getDynamicRangeMax(char const* tensorName) const noexcept {
        return mImpl->getDynamicRangeMax(tensorName);
    }

    //! Number of tensors with a range; names of the first `size` go to the array, which may be null. 6.0 to 10.16;
    //! deprecated since 10.0.
    TRT_DEPRECATED int32_t getTensorsWithDynamicRange(int32_t size, char const** tensorNames) const noexcept {
        return mImpl->getTensorsWithDynamicRange(size, tensorNames);
    }

    //! Sets the recorder of errors; null takes it away. Since 6.0.
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }

    //! The recorder, at first the engine's; null if there is none. Since 6.0.
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    //! Gives new weights, in host memory, for the name set by INetworkDefinition::setWeightsName(). \return Whether
    //! they were accepted. Since 8.0.
    bool setNamedWeights(char const* name, Weights weights) noexcept { return mImpl->setNamedWeights(name, weights); }

    //! getMissing() for named weights. Since 8.0.
    int32_t getMissingWeights(int32_t size, char const** weightsNames) noexcept {
        return mImpl->getMissingWeights(size, weightsNames);
    }

    //! getAll() for named weights. Since 8.0.
    int32_t getAllWeights(int32_t size, char const** weightsNames) noexcept {
        return mImpl->getAllWeights(size, weightsNames);
    }

    //! The logger it was made with. Since 8.2.
    ILogger* getLogger() const noexcept { return mImpl->getLogger(); }

    //! Sets how many threads it may use, the calling one included. \return False for less than 1. Since 8.4.
    bool setMaxThreads(int32_t maxThreads) noexcept { return mImpl->setMaxThreads(maxThreads); }

    //! That number; 1 at first. Since 8.4.
    int32_t getMaxThreads() const noexcept { return mImpl->getMaxThreads(); }

    //! Weights given for a name; count 0 if none were. Since 9.1.
    Weights getNamedWeights(char const* weightsName) const noexcept { return mImpl->getNamedWeights(weightsName); }

    //! Where those weights live. Since 9.1.
    TensorLocation getWeightsLocation(char const* weightsName) const noexcept {
        return mImpl->getWeightsLocation(weightsName);
    }

    //! Takes weights back. \return Whether there were any. Since 9.1.
    bool unsetNamedWeights(char const* weightsName) noexcept { return mImpl->unsetNamedWeights(weightsName); }

    //! Whether refitting checks values, for example that none overflows. Since 9.1.
    void setWeightsValidation(bool weightsValidation) noexcept { mImpl->setWeightsValidation(weightsValidation); }

    //! That setting; true at first. Since 9.1.
    bool getWeightsValidation() const noexcept { return mImpl->getWeightsValidation(); }

    //! Applies all weights given, in the order of `stream`; given memory must live until then. \return As
    //! refitCudaEngine(). Since 9.1.
    bool refitCudaEngineAsync(cudaStream_t stream) noexcept { return mImpl->refitCudaEngineAsync(stream); }

    //! Type and count that a name expects, values null; count -1 for an unknown name. Since 10.0.
    Weights getWeightsPrototype(char const* weightsName) const noexcept {
        return mImpl->getWeightsPrototype(weightsName);
    }

    //! Deletes the object; the form of 5.x to 9.x. Since 10.0: `delete`.
    TRT_DEPRECATED void destroy() noexcept { delete this; }

#if NV_TENSORRT_COMPAT_MAJOR >= 9
    //! The same for weights in host or device memory. Since 9.1.
    bool setNamedWeights(char const* name, Weights weights, TensorLocation location) noexcept {
        return mImpl->setNamedWeightsWithLocation(name, weights, location);
    }
#endif

protected:
    apiv::VRefitter* mImpl{nullptr};
};

}  // namespace nvinfer1

#endif  // NV_INFER_REFITTER_H
