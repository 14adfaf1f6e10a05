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

    //! Makes the context wait after each layer of executeV2(), so that an error names its layer.
    void setDebugSync(bool sync) noexcept { mImpl->setDebugSync(sync); }

    //! Whether it waits; false at first.
    bool getDebugSync() const noexcept { return mImpl->getDebugSync(); }

    //! Sets the receiver of layer times; null takes it away.
    void setProfiler(IProfiler* profiler) noexcept { mImpl->setProfiler(profiler); }

    //! The receiver, null if there is none.
    IProfiler* getProfiler() const noexcept { return mImpl->getProfiler(); }

    //! The engine.
    ICudaEngine const& getEngine() const noexcept { return mImpl->getEngine(); }

    //! Names the context in messages; copies the string.
    void setName(char const* name) noexcept { mImpl->setName(name); }

    //! The name, empty at first.
    char const* getName() const noexcept { return mImpl->getName(); }

    //! setDeviceMemoryV2() without the size, which is trusted.
    void setDeviceMemory(void* memory) noexcept { mImpl->setDeviceMemory(memory); }

    //! Gives activation memory to a kUSER_MANAGED context: `size` bytes, at least what
    //! ICudaEngine::getDeviceMemorySizeForProfileV2() or updateDeviceMemorySizeForShapes() says, aligned to 256. Must
    //! live until the inferences are done. Since 10.1.
    void setDeviceMemoryV2(void* memory, int64_t size) noexcept { mImpl->setDeviceMemoryV2(memory, size); }

    //! Distance of neighbours along each dimension, in elements, or in vectors for a vectorized format; -1 where it
    //! is not known yet. Since 8.5.
    TRT_ERA Dims getTensorStrides(char const* tensorName) const noexcept {
        return impl::fromDims64(mImpl->getTensorStrides(tensorName));
    }

    //! Index of the current profile, -1 if none is chosen. Since 6.0.
    int32_t getOptimizationProfile() const noexcept { return mImpl->getOptimizationProfile(); }

    //! Sets the shape of an input with variable extents, within the current profile. \return Whether it was accepted.
    //! Since 8.5.
    bool setInputShape(char const* tensorName, impl::DimsArg dims) noexcept {
        return mImpl->setInputShape(tensorName, impl::toDims64(dims));
    }

    //! Shape of an input or output, -1 where it is not known yet; nbDims -1 for an unknown name. Since 8.5.
    TRT_ERA Dims getTensorShape(char const* tensorName) const noexcept {
        return impl::fromDims64(mImpl->getTensorShape(tensorName));
    }

    //! Whether the shapes of all inputs are set. Since 6.0.
    bool allInputDimensionsSpecified() const noexcept { return mImpl->allInputDimensionsSpecified(); }

    //! Whether the values of all shape tensor inputs are set. Since 6.0; deprecated since 10.0: use inferShapes().
    TRT_DEPRECATED bool allInputShapesSpecified() const noexcept { return mImpl->allInputShapesSpecified(); }

    //! Sets the recorder of errors; null takes it away. Since 6.0.
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }

    //! The recorder, at first the engine's; null if there is none. Since 6.0.
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    //! Runs an inference and waits for it. `bindings` has an address per input and output in the order of
    //! ICudaEngine::getIOTensorName(); up to 9.x an address per binding, those of other profiles are not read. Since
    //! 6.0.
    TRT_ERA bool executeV2(void* const* bindings) noexcept { return mImpl->executeV2(ofProfile(bindings)); }

    //! Chooses a profile in the order of `stream`; all input shapes must be set again. Wait for the stream before an
    //! inference on another one. Since 7.2.
    bool setOptimizationProfileAsync(int32_t profileIndex, cudaStream_t stream) noexcept {
        return mImpl->setOptimizationProfileAsync(profileIndex, stream);
    }

    //! Whether enqueueV3() waits and reports layer times by itself; else reportToProfiler() does. Since 8.2.
    void setEnqueueEmitsProfile(bool enqueueEmitsProfile) noexcept {
        mImpl->setEnqueueEmitsProfile(enqueueEmitsProfile);
    }

    //! That setting; true at first. Since 8.2.
    bool getEnqueueEmitsProfile() const noexcept { return mImpl->getEnqueueEmitsProfile(); }

    //! Waits for the last enqueued inference and reports its layer times. \return False without a profiler or an
    //! inference. Since 8.2.
    bool reportToProfiler() const noexcept { return mImpl->reportToProfiler(); }

    //! Sets the memory of an input or output: device memory, host memory for a shape tensor, aligned to 256 bytes. It
    //! is read and written during an inference. Since 8.5.
    bool setTensorAddress(char const* tensorName, void* data) noexcept {
        return mImpl->setTensorAddress(tensorName, data);
    }

    //! That address; null if it is not set. Since 8.5.
    void const* getTensorAddress(char const* tensorName) const noexcept { return mImpl->getTensorAddress(tensorName); }

    //! setTensorAddress() for an output. Since 10.0.
    bool setOutputTensorAddress(char const* tensorName, void* data) noexcept {
        return mImpl->setOutputTensorAddress(tensorName, data);
    }

    //! setTensorAddress() for an input that is only read. Since 8.5.
    bool setInputTensorAddress(char const* tensorName, void const* data) noexcept {
        return mImpl->setInputTensorAddress(tensorName, data);
    }

    //! Address of an output; null if it is not set or no output. Since 8.5.
    void* getOutputTensorAddress(char const* tensorName) const noexcept {
        return mImpl->getOutputTensorAddress(tensorName);
    }

    //! Computes all shapes from what is set. \return 0 on success; the number of inputs that lack shape or values,
    //! the first `nbMaxNames` of which are named in `tensorNames`; negative on an error. Since 8.5.
    int32_t inferShapes(int32_t nbMaxNames, char const** tensorNames) noexcept {
        return mImpl->inferShapes(nbMaxNames, tensorNames);
    }

    //! Bytes of activation memory that the current input shapes need, for setDeviceMemoryV2(); 0 on failure. Since
    //! 10.0.
    size_t updateDeviceMemorySizeForShapes() noexcept { return mImpl->updateDeviceMemorySizeForShapes(); }

    //! Sets an event that enqueueV3() records when the inputs may be overwritten; null for none. Since 8.5.
    bool setInputConsumedEvent(cudaEvent_t event) noexcept { return mImpl->setInputConsumedEvent(event); }

    //! That event; null if there is none. Since 8.5.
    cudaEvent_t getInputConsumedEvent() const noexcept { return mImpl->getInputConsumedEvent(); }

    //! Lets the application provide the memory of an output when its size is known; null takes it away. It has
    //! precedence over an address. Since 8.5.
    bool setOutputAllocator(char const* tensorName, IOutputAllocator* outputAllocator) noexcept {
        return mImpl->setOutputAllocator(tensorName, outputAllocator);
    }

    //! That allocator; null if there is none. Since 8.5.
    IOutputAllocator* getOutputAllocator(char const* tensorName) const noexcept {
        return mImpl->getOutputAllocator(tensorName);
    }

    //! Bytes that an output needs at most with the current input shapes; -1 if that is not known. Since 8.5.
    int64_t getMaxOutputSize(char const* tensorName) const noexcept { return mImpl->getMaxOutputSize(tensorName); }

    //! Sets the allocator of memory needed only during an inference; null for the engine's. Since 8.5.
    bool setTemporaryStorageAllocator(IGpuAllocator* allocator) noexcept {
        return mImpl->setTemporaryStorageAllocator(allocator);
    }

    //! That allocator; null if none was set. Since 8.5.
    IGpuAllocator* getTemporaryStorageAllocator() const noexcept { return mImpl->getTemporaryStorageAllocator(); }

    //! Starts an inference on `stream`. Shapes and addresses must be set; addresses and memory must not change until
    //! the work is done. Since 8.5.
    bool enqueueV3(cudaStream_t stream) noexcept { return mImpl->enqueueV3(stream); }

    //! Sets the bytes of L2 cache for activations that stay between layers; a hint. Since 8.5.
    void setPersistentCacheLimit(size_t size) noexcept { mImpl->setPersistentCacheLimit(size); }

    //! That limit; 0 at first. Since 8.5.
    size_t getPersistentCacheLimit() const noexcept { return mImpl->getPersistentCacheLimit(); }

    //! Sets how much the context tells to profilers of the device, at most as much as the build kept. \return False
    //! for more. Since 8.5.
    bool setNvtxVerbosity(ProfilingVerbosity verbosity) noexcept { return mImpl->setNvtxVerbosity(verbosity); }

    //! That verbosity. Since 8.5.
    ProfilingVerbosity getNvtxVerbosity() const noexcept { return mImpl->getNvtxVerbosity(); }

    //! Gives `nbStreams` streams for work beside the main one, those missing are the context's own; null and 0 for
    //! its own. Since 8.6.
    void setAuxStreams(cudaStream_t* auxStreams, int32_t nbStreams) noexcept {
        mImpl->setAuxStreams(auxStreams, nbStreams);
    }

    //! Sets the receiver of debug tensors; null takes it away. \return Whether it was set. Since 10.0.
    bool setDebugListener(IDebugListener* listener) noexcept { return mImpl->setDebugListener(listener); }

    //! That receiver; null if there is none. Since 10.0.
    IDebugListener* getDebugListener() noexcept { return mImpl->getDebugListener(); }

    //! Whether a debug tensor is handed to the listener. \return False for an unmarked tensor. Since 10.0.
    bool setTensorDebugState(char const* name, bool flag) noexcept { return mImpl->setTensorDebugState(name, flag); }

    //! That state; false at first. Since 10.0.
    bool getDebugState(char const* name) const noexcept { return mImpl->getDebugState(name); }

    //! The options with which it was made, owned by the caller; null on failure. Since 10.11.
    IRuntimeConfig* getRuntimeConfig() const noexcept { return mImpl->getRuntimeConfig(); }

    //! setTensorDebugState() for all debug tensors. Since 10.0.
    bool setAllTensorsDebugState(bool flag) noexcept { return mImpl->setAllTensorsDebugState(flag); }

    //! Whether tensors between fused layers are handed to the listener, see
    //! INetworkDefinition::markUnfusedTensorsAsDebugTensors(). Since 10.12.
    bool setUnfusedTensorsDebugState(bool flag) noexcept { return mImpl->setUnfusedTensorsDebugState(flag); }

    //! That state; false at first. Since 10.12.
    bool getUnfusedTensorsDebugState() const noexcept { return mImpl->getUnfusedTensorsDebugState(); }

    //! Sets the communicator (an ncclComm_t) of collective layers. Since 10.16.
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

    // The addresses of the current profile.
    TRT_ERA void* const* ofProfile(void* const* bindings) const noexcept {
#if NV_TENSORRT_COMPAT_MAJOR <= 9
        int32_t const profile = mImpl->getOptimizationProfile();
        return profile > 0 && bindings != nullptr ? bindings + profile * mImpl->getEngine().getNbIOTensors() : bindings;
#else
        return bindings;
#endif
    }
};

//! Describes an engine's layers as text or JSON, as detailed as the profiling verbosity of the build allows.
//!
//! Made by ICudaEngine::createEngineInspector(), deleted by the application before the engine. Not thread-safe.
//! Since 8.2.
class IEngineInspector : public INoCopy {
public:
    virtual ~IEngineInspector() noexcept = default;

    //! Sets a context whose shapes the texts are to show, null for none. It must outlive its use.
    bool setExecutionContext(IExecutionContext const* context) noexcept { return mImpl->setExecutionContext(context); }

    //! That context; null if there is none.
    IExecutionContext const* getExecutionContext() const noexcept { return mImpl->getExecutionContext(); }

    //! Text on layer `layerIndex`, valid until the next call; empty on error.
    char const* getLayerInformation(int32_t layerIndex, LayerInformationFormat format) const noexcept {
        return mImpl->getLayerInformation(layerIndex, format);
    }

    //! Text on all layers, valid until the next call; empty on error.
    char const* getEngineInformation(LayerInformationFormat format) const noexcept {
        return mImpl->getEngineInformation(format);
    }

    //! Sets the recorder of errors; null takes it away.
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }

    //! The recorder, at first the engine's; null if there is none.
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

protected:
    apiv::VEngineInspector* mImpl{nullptr};
};

}  // namespace nvinfer1

#endif  // NV_INFER_CONTEXT_H
