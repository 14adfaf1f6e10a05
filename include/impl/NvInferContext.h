// SPDX-License-Identifier: Apache-2.0
//! \file NvInferContext.h
//! Execution context and inspector. Part of NvInferRuntime.h.
#ifndef NV_INFER_CONTEXT_H
#define NV_INFER_CONTEXT_H

#include "NvInferEngine.h"
#include "NvInferRuntimeCallbacks.h"

namespace nvinfer1 {

//! One stream of inferences of an engine: shapes, addresses, activation memory.
//!
//! Made by ICudaEngine::createExecutionContext(), deleted by the application before its engine. One thread at a time,
//! and one inference in flight at a time; several contexts of an engine run side by side, each with a profile of its
//! own unless profile sharing was enabled. Functions that answer bool report an error when they answer false.
class IExecutionContext : public INoCopy {
public:
    virtual ~IExecutionContext() noexcept = default;

    //! setDebugSync().
    void setDebugSync(bool sync) noexcept { mImpl->setDebugSync(sync); }

    //! getDebugSync().
    bool getDebugSync() const noexcept { return mImpl->getDebugSync(); }

    //! setProfiler().
    void setProfiler(IProfiler* profiler) noexcept { mImpl->setProfiler(profiler); }

    //! getProfiler().
    IProfiler* getProfiler() const noexcept { return mImpl->getProfiler(); }

    //! getEngine().
    ICudaEngine const& getEngine() const noexcept { return mImpl->getEngine(); }

    //! setName().
    void setName(char const* name) noexcept { mImpl->setName(name); }

    //! getName().
    char const* getName() const noexcept { return mImpl->getName(); }

    //! setDeviceMemory().
    void setDeviceMemory(void* memory) noexcept { mImpl->setDeviceMemory(memory); }

    //! setDeviceMemoryV2().
    void setDeviceMemoryV2(void* memory, int64_t size) noexcept { mImpl->setDeviceMemoryV2(memory, size); }

    //! getTensorStrides().
    TRT_ERA Dims getTensorStrides(char const* tensorName) const noexcept {
        return impl::fromDims64(mImpl->getTensorStrides(tensorName));
    }

    //! getOptimizationProfile().
    int32_t getOptimizationProfile() const noexcept { return mImpl->getOptimizationProfile(); }

    //! setInputShape().
    bool setInputShape(char const* tensorName, impl::DimsArg dims) noexcept {
        return mImpl->setInputShape(tensorName, impl::toDims64(dims));
    }

    //! getTensorShape().
    TRT_ERA Dims getTensorShape(char const* tensorName) const noexcept {
        return impl::fromDims64(mImpl->getTensorShape(tensorName));
    }

    //! allInputDimensionsSpecified().
    bool allInputDimensionsSpecified() const noexcept { return mImpl->allInputDimensionsSpecified(); }

    //! allInputShapesSpecified().
    bool allInputShapesSpecified() const noexcept { return mImpl->allInputShapesSpecified(); }

    //! setErrorRecorder().
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }

    //! getErrorRecorder().
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    //! executeV2().
    bool executeV2(void* const* bindings) noexcept { return mImpl->executeV2(bindings); }

    //! setOptimizationProfileAsync().
    bool setOptimizationProfileAsync(int32_t profileIndex, cudaStream_t stream) noexcept {
        return mImpl->setOptimizationProfileAsync(profileIndex, stream);
    }

    //! setEnqueueEmitsProfile().
    void setEnqueueEmitsProfile(bool enqueueEmitsProfile) noexcept {
        mImpl->setEnqueueEmitsProfile(enqueueEmitsProfile);
    }

    //! getEnqueueEmitsProfile().
    bool getEnqueueEmitsProfile() const noexcept { return mImpl->getEnqueueEmitsProfile(); }

    //! reportToProfiler().
    bool reportToProfiler() const noexcept { return mImpl->reportToProfiler(); }

    //! setTensorAddress().
    bool setTensorAddress(char const* tensorName, void* data) noexcept {
        return mImpl->setTensorAddress(tensorName, data);
    }

    //! getTensorAddress().
    void const* getTensorAddress(char const* tensorName) const noexcept { return mImpl->getTensorAddress(tensorName); }

    //! setOutputTensorAddress().
    bool setOutputTensorAddress(char const* tensorName, void* data) noexcept {
        return mImpl->setOutputTensorAddress(tensorName, data);
    }

    //! setInputTensorAddress().
    bool setInputTensorAddress(char const* tensorName, void const* data) noexcept {
        return mImpl->setInputTensorAddress(tensorName, data);
    }

    //! getOutputTensorAddress().
    void* getOutputTensorAddress(char const* tensorName) const noexcept {
        return mImpl->getOutputTensorAddress(tensorName);
    }

    //! inferShapes().
    int32_t inferShapes(int32_t nbMaxNames, char const** tensorNames) noexcept {
        return mImpl->inferShapes(nbMaxNames, tensorNames);
    }

    //! updateDeviceMemorySizeForShapes().
    size_t updateDeviceMemorySizeForShapes() noexcept { return mImpl->updateDeviceMemorySizeForShapes(); }

    //! setInputConsumedEvent().
    bool setInputConsumedEvent(cudaEvent_t event) noexcept { return mImpl->setInputConsumedEvent(event); }

    //! getInputConsumedEvent().
    cudaEvent_t getInputConsumedEvent() const noexcept { return mImpl->getInputConsumedEvent(); }

    //! setOutputAllocator().
    bool setOutputAllocator(char const* tensorName, IOutputAllocator* outputAllocator) noexcept {
        return mImpl->setOutputAllocator(tensorName, outputAllocator);
    }

    //! getOutputAllocator().
    IOutputAllocator* getOutputAllocator(char const* tensorName) const noexcept {
        return mImpl->getOutputAllocator(tensorName);
    }

    //! getMaxOutputSize().
    int64_t getMaxOutputSize(char const* tensorName) const noexcept { return mImpl->getMaxOutputSize(tensorName); }

    //! setTemporaryStorageAllocator().
    bool setTemporaryStorageAllocator(IGpuAllocator* allocator) noexcept {
        return mImpl->setTemporaryStorageAllocator(allocator);
    }

    //! getTemporaryStorageAllocator().
    IGpuAllocator* getTemporaryStorageAllocator() const noexcept { return mImpl->getTemporaryStorageAllocator(); }

    //! enqueueV3().
    bool enqueueV3(cudaStream_t stream) noexcept { return mImpl->enqueueV3(stream); }

    //! setPersistentCacheLimit().
    void setPersistentCacheLimit(size_t size) noexcept { mImpl->setPersistentCacheLimit(size); }

    //! getPersistentCacheLimit().
    size_t getPersistentCacheLimit() const noexcept { return mImpl->getPersistentCacheLimit(); }

    //! setNvtxVerbosity().
    bool setNvtxVerbosity(ProfilingVerbosity verbosity) noexcept { return mImpl->setNvtxVerbosity(verbosity); }

    //! getNvtxVerbosity().
    ProfilingVerbosity getNvtxVerbosity() const noexcept { return mImpl->getNvtxVerbosity(); }

    //! setAuxStreams().
    void setAuxStreams(cudaStream_t* auxStreams, int32_t nbStreams) noexcept {
        mImpl->setAuxStreams(auxStreams, nbStreams);
    }

    //! setDebugListener().
    bool setDebugListener(IDebugListener* listener) noexcept { return mImpl->setDebugListener(listener); }

    //! getDebugListener().
    IDebugListener* getDebugListener() noexcept { return mImpl->getDebugListener(); }

    //! setTensorDebugState().
    bool setTensorDebugState(char const* name, bool flag) noexcept { return mImpl->setTensorDebugState(name, flag); }

    //! getDebugState().
    bool getDebugState(char const* name) const noexcept { return mImpl->getDebugState(name); }

    //! getRuntimeConfig().
    IRuntimeConfig* getRuntimeConfig() const noexcept { return mImpl->getRuntimeConfig(); }

    //! setAllTensorsDebugState().
    bool setAllTensorsDebugState(bool flag) noexcept { return mImpl->setAllTensorsDebugState(flag); }

    //! setUnfusedTensorsDebugState().
    bool setUnfusedTensorsDebugState(bool flag) noexcept { return mImpl->setUnfusedTensorsDebugState(flag); }

    //! getUnfusedTensorsDebugState().
    bool getUnfusedTensorsDebugState() const noexcept { return mImpl->getUnfusedTensorsDebugState(); }

    //! setCommunicator().
    bool setCommunicator(void* communicator) noexcept { return mImpl->setCommunicator(communicator); }

    // Programs of 5.x to 9.x number the tensors, see ICudaEngine::getNbBindings(). `bindings` has that many addresses.

    //! Runs `batchSize` items of an engine with implicit batch dimension and waits. Until 9.x.
    TRT_DEPRECATED bool execute(int32_t batchSize, void* const* bindings) noexcept {
        return ext().execute(batchSize, bindings);
    }

    //! Starts the same on `stream`; `inputConsumed`, if not null, is recorded when the inputs may be overwritten.
    //! Until 9.x.
    TRT_DEPRECATED bool enqueue(int32_t batchSize, void* const* bindings, cudaStream_t stream,
                                cudaEvent_t* inputConsumed) noexcept {
        return ext().enqueue(batchSize, bindings, stream, inputConsumed);
    }

    //! Starts an inference on `stream` with addresses by binding. 6.0 to 9.x.
    TRT_DEPRECATED bool enqueueV2(void* const* bindings, cudaStream_t stream, cudaEvent_t* inputConsumed) noexcept {
        return ext().enqueueV2(bindings, stream, inputConsumed);
    }

    //! Chooses a profile and waits until the switch is done. 6.0 to 9.x.
    TRT_DEPRECATED bool setOptimizationProfile(int32_t profileIndex) noexcept {
        return mImpl->setOptimizationProfileAsync(profileIndex, nullptr);
    }

    //! Sets the shape of an input binding of the current profile. 6.0 to 9.x.
    TRT_DEPRECATED bool setBindingDimensions(int32_t bindingIndex, impl::DimsArg dimensions) noexcept {
        return ext().setBindingDimensions(bindingIndex, impl::toDims64(dimensions));
    }

    //! Shape of a binding, -1 where it is not known yet; nbDims -1 on error. 6.0 to 9.x.
    TRT_DEPRECATED TRT_ERA Dims getBindingDimensions(int32_t bindingIndex) const noexcept {
        return impl::fromDims64(ext().getBindingDimensions(bindingIndex));
    }

    //! Distance of neighbours along each dimension of a binding, in elements or vectors. 6.0 to 9.x.
    TRT_DEPRECATED TRT_ERA Dims getStrides(int32_t bindingIndex) const noexcept {
        return impl::fromDims64(ext().getStrides(bindingIndex));
    }

    //! Copies the values of an input binding that is a shape tensor; `data` is host memory. 6.0 to 9.x.
    TRT_DEPRECATED bool setInputShapeBinding(int32_t bindingIndex, int32_t const* data) noexcept {
        return ext().setInputShapeBinding(bindingIndex, data);
    }

    //! Copies out the values of a shape tensor binding, input or output. 6.0 to 9.x.
    TRT_DEPRECATED bool getShapeBinding(int32_t bindingIndex, int32_t* data) const noexcept {
        return ext().getShapeBinding(bindingIndex, data);
    }

    //! Deletes the object; the form of 5.x to 9.x. Since 10.0: `delete`.
    TRT_DEPRECATED void destroy() noexcept { delete this; }

protected:
    apiv::VExecutionContext* mImpl{nullptr};

private:
    apiv::VExecutionContextExt& ext() const noexcept { return *static_cast<apiv::VExecutionContextExt*>(mImpl); }
};

//! Describes an engine's layers as text or JSON, as detailed as the profiling verbosity of the build allows.
//!
//! Made by ICudaEngine::createEngineInspector(), deleted by the application before the engine. Not thread-safe.
//! Since 8.2.
class IEngineInspector : public INoCopy {
public:
    virtual ~IEngineInspector() noexcept = default;

    //! setExecutionContext().
    bool setExecutionContext(IExecutionContext const* context) noexcept { return mImpl->setExecutionContext(context); }

    //! getExecutionContext().
    IExecutionContext const* getExecutionContext() const noexcept { return mImpl->getExecutionContext(); }

    //! getLayerInformation().
    char const* getLayerInformation(int32_t layerIndex, LayerInformationFormat format) const noexcept {
        return mImpl->getLayerInformation(layerIndex, format);
    }

    //! getEngineInformation().
    char const* getEngineInformation(LayerInformationFormat format) const noexcept {
        return mImpl->getEngineInformation(format);
    }

    //! setErrorRecorder().
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }

    //! getErrorRecorder().
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

protected:
    apiv::VEngineInspector* mImpl{nullptr};
};

}  // namespace nvinfer1

#endif  // NV_INFER_CONTEXT_H
