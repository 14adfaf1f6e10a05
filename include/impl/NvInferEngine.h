// SPDX-License-Identifier: Apache-2.0
//! \file NvInferEngine.h
//! The engine. Part of NvInferRuntime.h.
#ifndef NV_INFER_ENGINE_H
#define NV_INFER_ENGINE_H

#include "NvInferRuntimeTypes.h"

namespace nvinfer1 {

//! An optimized network: weights, execution plan, input and output tensors. Immutable but for refitting, so many
//! threads may use one engine at a time, each with a context of its own.
//!
//! Made by IRuntime::deserializeCudaEngine() or IBuilder::buildEngineWithConfig(), deleted by the application after all
//! its contexts. Functions with a tensor name answer as their text says, and report an error, for an unknown name.
class ICudaEngine : public INoCopy {
public:
    virtual ~ICudaEngine() noexcept = default;

    //! Shape of an input or output, -1 where it depends on the inputs; nbDims -1 for an unknown name. Since 8.5.
    TRT_ERA Dims getTensorShape(char const* tensorName) const noexcept {
        return impl::fromDims64(mImpl->getTensorShape(tensorName));
    }

    //! Element type of an input or output; kFLOAT for an unknown name. Since 8.5.
    DataType getTensorDataType(char const* tensorName) const noexcept { return mImpl->getTensorDataType(tensorName); }

    //! Number of layers after optimization, not those of the network.
    int32_t getNbLayers() const noexcept { return mImpl->getNbLayers(); }

    //! The plan, to be loaded by IRuntime::deserializeCudaEngine(); owned by the caller, null on failure.
    IHostMemory* serialize() const noexcept { return mImpl->serialize(); }

    //! Where an input or output must live: kHOST for shape tensors, else kDEVICE. kDEVICE for an unknown name. Since
    //! 8.5.
    TensorLocation getTensorLocation(char const* tensorName) const noexcept {
        return mImpl->getTensorLocation(tensorName);
    }

    //! Whether an input's values are needed, or an output's values are produced, while shapes are computed. Since
    //! 8.5.
    bool isShapeInferenceIO(char const* tensorName) const noexcept { return mImpl->isShapeInferenceIO(tensorName); }

    //! Whether a tensor is an input, an output or neither. Since 8.5.
    TensorIOMode getTensorIOMode(char const* tensorName) const noexcept { return mImpl->getTensorIOMode(tensorName); }

    //! The input whose memory output `tensorName` is written to, as a KV cache is; null if it has its own. Since
    //! 10.15.
    TRT_NODISCARD char const* getAliasedInputTensor(char const* tensorName) const noexcept {
        return mImpl->getAliasedInputTensor(tensorName);
    }

    //! A context whose activation memory the application gives. Deprecated since 10.0: use kUSER_MANAGED.
    TRT_DEPRECATED IExecutionContext* createExecutionContextWithoutDeviceMemory() noexcept {
        return mImpl->createExecutionContextWithoutDeviceMemory();
    }

    //! Options for createExecutionContext(), owned by the caller; null on failure. Since 10.11.
    IRuntimeConfig* createRuntimeConfig() noexcept { return mImpl->createRuntimeConfig(); }

    //! getDeviceMemorySizeV2(). Deprecated since 10.1.
    TRT_DEPRECATED size_t getDeviceMemorySize() const noexcept { return mImpl->getDeviceMemorySize(); }

    //! getDeviceMemorySizeForProfileV2(). Since 10.0; deprecated since 10.1.
    TRT_DEPRECATED size_t getDeviceMemorySizeForProfile(int32_t profileIndex) const noexcept {
        return mImpl->getDeviceMemorySizeForProfile(profileIndex);
    }

    //! Bytes of activation memory that a context needs, the largest over all profiles. It depends on the weight
    //! streaming budget. Since 10.1.
    int64_t getDeviceMemorySizeV2() const noexcept { return mImpl->getDeviceMemorySizeV2(); }

    //! The same for one profile. Since 10.1.
    int64_t getDeviceMemorySizeForProfileV2(int32_t profileIndex) const noexcept {
        return mImpl->getDeviceMemorySizeForProfileV2(profileIndex);
    }

    //! Whether an IRefitter can change its weights.
    bool isRefittable() const noexcept { return mImpl->isRefittable(); }

    //! Bytes of one component of a vectorized tensor in profile 0; -1 if it is not vectorized. Since 8.5.
    int32_t getTensorBytesPerComponent(char const* tensorName) const noexcept {
        return mImpl->getTensorBytesPerComponent(tensorName);
    }

    //! The same in any profile. Since 8.6.
    int32_t getTensorBytesPerComponent(char const* tensorName, int32_t profileIndex) const noexcept {
        return mImpl->getTensorBytesPerComponentV2(tensorName, profileIndex);
    }

    //! Components per vector of a vectorized tensor in profile 0; -1 if it is not vectorized. Since 8.5.
    int32_t getTensorComponentsPerElement(char const* tensorName) const noexcept {
        return mImpl->getTensorComponentsPerElement(tensorName);
    }

    //! The same in any profile. Since 8.6.
    int32_t getTensorComponentsPerElement(char const* tensorName, int32_t profileIndex) const noexcept {
        return mImpl->getTensorComponentsPerElementV2(tensorName, profileIndex);
    }

    //! Layout of an input or output in profile 0. Since 8.5.
    TensorFormat getTensorFormat(char const* tensorName) const noexcept { return mImpl->getTensorFormat(tensorName); }

    //! The same in any profile. Since 8.6.
    TensorFormat getTensorFormat(char const* tensorName, int32_t profileIndex) const noexcept {
        return mImpl->getTensorFormatV2(tensorName, profileIndex);
    }

    //! Layout and type of an input or output in profile 0 in words; an empty string for an unknown name. Since 8.5.
    char const* getTensorFormatDesc(char const* tensorName) const noexcept {
        return mImpl->getTensorFormatDesc(tensorName);
    }

    //! The same in any profile. Since 8.6.
    char const* getTensorFormatDesc(char const* tensorName, int32_t profileIndex) const noexcept {
        return mImpl->getTensorFormatDescV2(tensorName, profileIndex);
    }

    //! Dimension along which a tensor is vectorized in profile 0; -1 if it is not. Since 8.5.
    int32_t getTensorVectorizedDim(char const* tensorName) const noexcept {
        return mImpl->getTensorVectorizedDim(tensorName);
    }

    //! The same in any profile. Since 8.6.
    int32_t getTensorVectorizedDim(char const* tensorName, int32_t profileIndex) const noexcept {
        return mImpl->getTensorVectorizedDimV2(tensorName, profileIndex);
    }

    //! The network's name; null or empty if it had none. Since 6.0.
    char const* getName() const noexcept { return mImpl->getName(); }

    //! Number of optimization profiles, at least 1. Since 6.0.
    int32_t getNbOptimizationProfiles() const noexcept { return mImpl->getNbOptimizationProfiles(); }

    //! A shape of an input in a profile; nbDims -1 for a wrong name or index. Since 8.5.
    TRT_ERA Dims getProfileShape(char const* tensorName, int32_t profileIndex,
                                 OptProfileSelector select) const noexcept {
        return impl::fromDims64(mImpl->getProfileShape(tensorName, profileIndex, select));
    }

    //! Values of a shape tensor input in a profile, null if it has none. Since 10.0; deprecated since 10.11.
    TRT_DEPRECATED int32_t const* getProfileTensorValues(char const* tensorName, int32_t profileIndex,
                                                         OptProfileSelector select) const noexcept {
        return mImpl->getProfileTensorValues(tensorName, profileIndex, select);
    }

    //! What the engine was built for. Since 6.0.
    EngineCapability getEngineCapability() const noexcept { return mImpl->getEngineCapability(); }

    //! Sets the recorder of errors of this engine and of contexts made later; null takes it away. Since 6.0.
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }

    //! The recorder, null if there is none. Since 6.0.
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    //! Whether shapes leave out a batch dimension that execute() and enqueue() give. Since 7.0; deprecated since
    //! 10.0.
    TRT_DEPRECATED bool hasImplicitBatchDimension() const noexcept { return mImpl->hasImplicitBatchDimension(); }

    //! Tactic sources that the build allowed. Since 8.0.
    TacticSources getTacticSources() const noexcept { return mImpl->getTacticSources(); }

    //! How much the engine remembers about its layers. Since 8.2.
    ProfilingVerbosity getProfilingVerbosity() const noexcept { return mImpl->getProfilingVerbosity(); }

    //! An inspector, owned by the caller; null on failure. Since 8.2.
    IEngineInspector* createEngineInspector() const noexcept { return mImpl->createEngineInspector(); }

    //! Number of inputs and outputs. Since 8.5.
    int32_t getNbIOTensors() const noexcept { return mImpl->getNbIOTensors(); }

    //! Name of input or output `index`, 0 to getNbIOTensors() - 1; null for another index. Since 8.5.
    char const* getIOTensorName(int32_t index) const noexcept { return mImpl->getIOTensorName(index); }

    //! On which devices the plan runs. Since 8.6.
    HardwareCompatibilityLevel getHardwareCompatibilityLevel() const noexcept {
        return mImpl->getHardwareCompatibilityLevel();
    }

    //! Number of streams beside the main one that an inference uses. Since 8.6.
    int32_t getNbAuxStreams() const noexcept { return mImpl->getNbAuxStreams(); }

    //! Options for serializeWithConfig(), owned by the caller; null on failure. Since 9.3.
    ISerializationConfig* createSerializationConfig() noexcept { return mImpl->createSerializationConfig(); }

    //! The plan without what `config` excludes; owned by the caller, null on failure. Since 9.3.
    IHostMemory* serializeWithConfig(ISerializationConfig& config) const noexcept {
        return mImpl->serializeWithConfig(config);
    }

    //! setWeightStreamingBudgetV2() with -1 for automatic and 0 for off. Since 10.0; deprecated since 10.1.
    TRT_DEPRECATED bool setWeightStreamingBudget(int64_t gpuMemoryBudget) noexcept {
        return mImpl->setWeightStreamingBudget(gpuMemoryBudget);
    }

    //! The budget set by setWeightStreamingBudget(). Since 10.0; deprecated since 10.1.
    TRT_DEPRECATED int64_t getWeightStreamingBudget() const noexcept { return mImpl->getWeightStreamingBudget(); }

    //! Smallest useful budget. Since 10.0; deprecated since 10.1: any budget from 0 on is allowed.
    TRT_DEPRECATED int64_t getMinimumWeightStreamingBudget() const noexcept {
        return mImpl->getMinimumWeightStreamingBudget();
    }

    //! Bytes of weights that may stay on the host until needed; 0 if the build did not allow it. Since 10.0.
    int64_t getStreamableWeightsSize() const noexcept { return mImpl->getStreamableWeightsSize(); }

    //! Sets how many bytes of streamable weights may live on the device, 0 to getStreamableWeightsSize(); that size
    //! turns streaming off. No context may exist. \return Whether it was set. Since 10.1.
    bool setWeightStreamingBudgetV2(int64_t gpuMemoryBudget) noexcept {
        return mImpl->setWeightStreamingBudgetV2(gpuMemoryBudget);
    }

    //! The budget in bytes. Since 10.1.
    int64_t getWeightStreamingBudgetV2() const noexcept { return mImpl->getWeightStreamingBudgetV2(); }

    //! A budget that suits the free device memory now. Since 10.1.
    int64_t getWeightStreamingAutomaticBudget() const noexcept { return mImpl->getWeightStreamingAutomaticBudget(); }

    //! Bytes of device memory that streaming takes in each context with the current budget. Since 10.1.
    int64_t getWeightStreamingScratchMemorySize() const noexcept {
        return mImpl->getWeightStreamingScratchMemorySize();
    }

    //! Whether a tensor was marked for debugging. Since 10.0.
    bool isDebugTensor(char const* name) const noexcept { return mImpl->isDebugTensor(name); }

    //! Values of a shape tensor input in a profile, null if it has none. Since 10.11.
    int64_t const* getProfileTensorValuesV2(char const* tensorName, int32_t profileIndex,
                                            OptProfileSelector select) const noexcept {
        return mImpl->getProfileTensorValuesV2(tensorName, profileIndex, select);
    }

    //! A figure of the engine; -1 if it is not known. Since 10.14.
    int64_t getEngineStat(EngineStat stat) const noexcept { return mImpl->getEngineStat(stat); }

    // Programs of 5.x to 9.x number the tensors: binding i is tensor i % n of profile i / n, n being getNbIOTensors().

    //! Number of bindings: inputs and outputs times profiles. Until 9.x.
    TRT_DEPRECATED int32_t getNbBindings() const noexcept { return mImpl->getNbIOTensors() * profiles(); }

    //! Index of the binding named `name`; -1 if there is none. A name may end in " [profile k]". Until 9.x.
    TRT_DEPRECATED int32_t getBindingIndex(char const* name) const noexcept { return ext().getBindingIndex(name); }

    //! Name of a binding, with " [profile k]" behind it for a profile k other than 0; null for a wrong index.
    //! Until 9.x.
    TRT_DEPRECATED char const* getBindingName(int32_t bindingIndex) const noexcept {
        return ext().getBindingName(bindingIndex);
    }

    //! Whether a binding is an input. Until 9.x.
    TRT_DEPRECATED bool bindingIsInput(int32_t bindingIndex) const noexcept {
        return mImpl->getTensorIOMode(tensorOf(bindingIndex)) == TensorIOMode::kINPUT;
    }

    //! Shape of a binding, without an implicit batch dimension; -1 where it varies. Until 9.x.
    TRT_DEPRECATED TRT_ERA Dims getBindingDimensions(int32_t bindingIndex) const noexcept {
        return impl::fromDims64(mImpl->getTensorShape(tensorOf(bindingIndex)));
    }

    //! Element type of a binding. Until 9.x.
    TRT_DEPRECATED DataType getBindingDataType(int32_t bindingIndex) const noexcept {
        return mImpl->getTensorDataType(tensorOf(bindingIndex));
    }

    //! Largest batch of an engine with implicit batch dimension, else 1. Until 9.x.
    TRT_DEPRECATED int32_t getMaxBatchSize() const noexcept { return ext().getMaxBatchSize(); }

    //! Bytes of scratch memory that the build allowed. Until 7.2.
    TRT_DEPRECATED std::size_t getWorkspaceSize() const noexcept { return ext().getWorkspaceSize(); }

    //! Where a binding must live. Until 9.x.
    TRT_DEPRECATED TensorLocation getLocation(int32_t bindingIndex) const noexcept {
        return mImpl->getTensorLocation(tensorOf(bindingIndex));
    }

    //! Bytes of one component of a vectorized binding, -1 if it is not vectorized. 6.0 to 9.x.
    TRT_DEPRECATED int32_t getBindingBytesPerComponent(int32_t bindingIndex) const noexcept {
        return mImpl->getTensorBytesPerComponentV2(tensorOf(bindingIndex), profileOf(bindingIndex));
    }

    //! Components per vector of a vectorized binding, -1 if it is not vectorized. 6.0 to 9.x.
    TRT_DEPRECATED int32_t getBindingComponentsPerElement(int32_t bindingIndex) const noexcept {
        return mImpl->getTensorComponentsPerElementV2(tensorOf(bindingIndex), profileOf(bindingIndex));
    }

    //! Layout of a binding. 6.0 to 9.x.
    TRT_DEPRECATED TensorFormat getBindingFormat(int32_t bindingIndex) const noexcept {
        return mImpl->getTensorFormatV2(tensorOf(bindingIndex), profileOf(bindingIndex));
    }

    //! Layout and type of a binding in words. 6.0 to 9.x.
    TRT_DEPRECATED char const* getBindingFormatDesc(int32_t bindingIndex) const noexcept {
        return mImpl->getTensorFormatDescV2(tensorOf(bindingIndex), profileOf(bindingIndex));
    }

    //! Dimension along which a binding is vectorized, -1 if none. 6.0 to 9.x.
    TRT_DEPRECATED int32_t getBindingVectorizedDim(int32_t bindingIndex) const noexcept {
        return mImpl->getTensorVectorizedDimV2(tensorOf(bindingIndex), profileOf(bindingIndex));
    }

    //! A shape of an input binding in a profile; the binding may be the input's index in any profile. 6.0 to 9.x.
    TRT_DEPRECATED TRT_ERA Dims getProfileDimensions(int32_t bindingIndex, int32_t profileIndex,
                                                     OptProfileSelector select) const noexcept {
        return impl::fromDims64(mImpl->getProfileShape(tensorOf(bindingIndex), profileIndex, select));
    }

    //! The values of a shape tensor input in a profile; null if it is none. 6.0 to 9.x.
    TRT_DEPRECATED int32_t const* getProfileShapeValues(int32_t profileIndex, int32_t inputIndex,
                                                        OptProfileSelector select) const noexcept {
        return mImpl->getProfileTensorValues(tensorOf(inputIndex), profileIndex, select);
    }

    //! Whether a binding is a shape tensor: its values are needed to compute shapes. 6.0 to 9.x.
    TRT_DEPRECATED bool isShapeBinding(int32_t bindingIndex) const noexcept {
        return mImpl->isShapeInferenceIO(tensorOf(bindingIndex));
    }

    //! Whether a binding is data for the layers. 6.0 to 9.x.
    TRT_DEPRECATED bool isExecutionBinding(int32_t bindingIndex) const noexcept {
        return mImpl->getTensorLocation(tensorOf(bindingIndex)) == TensorLocation::kDEVICE;
    }

    //! Deletes the object; the form of 5.x to 9.x. Since 10.0: `delete`.
    TRT_DEPRECATED void destroy() noexcept { delete this; }

#if NV_TENSORRT_COMPAT_MAJOR >= 10
    //! A new context, owned by the caller; null on failure. `strategy` tells when it gets its activation memory.
    IExecutionContext* createExecutionContext(
        ExecutionContextAllocationStrategy strategy = ExecutionContextAllocationStrategy::kSTATIC) noexcept {
        return mImpl->createExecutionContext(strategy);
    }

    //! A new context with the options of `runtimeConfig`, owned by the caller; null on failure. Since 10.11.
    IExecutionContext* createExecutionContext(IRuntimeConfig* runtimeConfig) noexcept {
        return mImpl->createExecutionContextWithRuntimeConfig(runtimeConfig);
    }
#else
    //! A new context, owned by the caller; null on failure. The form of 5.x to 9.x.
    IExecutionContext* createExecutionContext() noexcept {
        return mImpl->createExecutionContext(ExecutionContextAllocationStrategy::kSTATIC);
    }
#endif

protected:
    apiv::VCudaEngine* mImpl{nullptr};

private:
    apiv::VCudaEngineExt& ext() const noexcept {
        return *static_cast<apiv::VCudaEngineExt*>(mImpl);
    }
    // The name of a binding's tensor; the library reports a wrong index.
    char const* tensorOf(int32_t bindingIndex) const noexcept {
        int32_t const n = mImpl->getNbIOTensors();
        bool const valid = bindingIndex >= 0 && n > 0 && bindingIndex / n < profiles();
        return mImpl->getIOTensorName(valid ? bindingIndex % n : bindingIndex);
    }
    int32_t profiles() const noexcept {
        int32_t const n = mImpl->getNbOptimizationProfiles();
        return n > 1 ? n : 1;
    }
    int32_t profileOf(int32_t bindingIndex) const noexcept {
        int32_t const n = mImpl->getNbIOTensors();
        return n > 0 ? bindingIndex / n : 0;
    }
};

}  // namespace nvinfer1

#endif  // NV_INFER_ENGINE_H
