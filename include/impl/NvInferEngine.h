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

    //! getTensorShape().
    TRT_ERA Dims getTensorShape(char const* tensorName) const noexcept {
        return impl::fromDims64(mImpl->getTensorShape(tensorName));
    }

    //! getTensorDataType().
    DataType getTensorDataType(char const* tensorName) const noexcept { return mImpl->getTensorDataType(tensorName); }

    //! getNbLayers().
    int32_t getNbLayers() const noexcept { return mImpl->getNbLayers(); }

    //! serialize().
    IHostMemory* serialize() const noexcept { return mImpl->serialize(); }

    //! createExecutionContext().
    IExecutionContext* createExecutionContext(
        ExecutionContextAllocationStrategy strategy = ExecutionContextAllocationStrategy::kSTATIC) noexcept {
        return mImpl->createExecutionContext(strategy);
    }

    //! getTensorLocation().
    TensorLocation getTensorLocation(char const* tensorName) const noexcept {
        return mImpl->getTensorLocation(tensorName);
    }

    //! isShapeInferenceIO().
    bool isShapeInferenceIO(char const* tensorName) const noexcept { return mImpl->isShapeInferenceIO(tensorName); }

    //! getTensorIOMode().
    TensorIOMode getTensorIOMode(char const* tensorName) const noexcept { return mImpl->getTensorIOMode(tensorName); }

    //! getAliasedInputTensor().
    char const* getAliasedInputTensor(char const* tensorName) const noexcept {
        return mImpl->getAliasedInputTensor(tensorName);
    }

    //! createExecutionContextWithoutDeviceMemory().
    IExecutionContext* createExecutionContextWithoutDeviceMemory() noexcept {
        return mImpl->createExecutionContextWithoutDeviceMemory();
    }

    //! createExecutionContext().
    IExecutionContext* createExecutionContext(IRuntimeConfig* runtimeConfig) noexcept {
        return mImpl->createExecutionContextWithRuntimeConfig(runtimeConfig);
    }

    //! createRuntimeConfig().
    IRuntimeConfig* createRuntimeConfig() noexcept { return mImpl->createRuntimeConfig(); }

    //! getDeviceMemorySize().
    size_t getDeviceMemorySize() const noexcept { return mImpl->getDeviceMemorySize(); }

    //! getDeviceMemorySizeForProfile().
    size_t getDeviceMemorySizeForProfile(int32_t profileIndex) const noexcept {
        return mImpl->getDeviceMemorySizeForProfile(profileIndex);
    }

    //! getDeviceMemorySizeV2().
    int64_t getDeviceMemorySizeV2() const noexcept { return mImpl->getDeviceMemorySizeV2(); }

    //! getDeviceMemorySizeForProfileV2().
    int64_t getDeviceMemorySizeForProfileV2(int32_t profileIndex) const noexcept {
        return mImpl->getDeviceMemorySizeForProfileV2(profileIndex);
    }

    //! isRefittable().
    bool isRefittable() const noexcept { return mImpl->isRefittable(); }

    //! getTensorBytesPerComponent().
    int32_t getTensorBytesPerComponent(char const* tensorName) const noexcept {
        return mImpl->getTensorBytesPerComponent(tensorName);
    }

    //! getTensorBytesPerComponent().
    int32_t getTensorBytesPerComponent(char const* tensorName, int32_t profileIndex) const noexcept {
        return mImpl->getTensorBytesPerComponentV2(tensorName, profileIndex);
    }

    //! getTensorComponentsPerElement().
    int32_t getTensorComponentsPerElement(char const* tensorName) const noexcept {
        return mImpl->getTensorComponentsPerElement(tensorName);
    }

    //! getTensorComponentsPerElement().
    int32_t getTensorComponentsPerElement(char const* tensorName, int32_t profileIndex) const noexcept {
        return mImpl->getTensorComponentsPerElementV2(tensorName, profileIndex);
    }

    //! getTensorFormat().
    TensorFormat getTensorFormat(char const* tensorName) const noexcept { return mImpl->getTensorFormat(tensorName); }

    //! getTensorFormat().
    TensorFormat getTensorFormat(char const* tensorName, int32_t profileIndex) const noexcept {
        return mImpl->getTensorFormatV2(tensorName, profileIndex);
    }

    //! getTensorFormatDesc().
    char const* getTensorFormatDesc(char const* tensorName) const noexcept {
        return mImpl->getTensorFormatDesc(tensorName);
    }

    //! getTensorFormatDesc().
    char const* getTensorFormatDesc(char const* tensorName, int32_t profileIndex) const noexcept {
        return mImpl->getTensorFormatDescV2(tensorName, profileIndex);
    }

    //! getTensorVectorizedDim().
    int32_t getTensorVectorizedDim(char const* tensorName) const noexcept {
        return mImpl->getTensorVectorizedDim(tensorName);
    }

    //! getTensorVectorizedDim().
    int32_t getTensorVectorizedDim(char const* tensorName, int32_t profileIndex) const noexcept {
        return mImpl->getTensorVectorizedDimV2(tensorName, profileIndex);
    }

    //! getName().
    char const* getName() const noexcept { return mImpl->getName(); }

    //! getNbOptimizationProfiles().
    int32_t getNbOptimizationProfiles() const noexcept { return mImpl->getNbOptimizationProfiles(); }

    //! getProfileShape().
    TRT_ERA Dims getProfileShape(char const* tensorName, int32_t profileIndex,
                                 OptProfileSelector select) const noexcept {
        return impl::fromDims64(mImpl->getProfileShape(tensorName, profileIndex, select));
    }

    //! getProfileTensorValues().
    int32_t const* getProfileTensorValues(char const* tensorName, int32_t profileIndex,
                                          OptProfileSelector select) const noexcept {
        return mImpl->getProfileTensorValues(tensorName, profileIndex, select);
    }

    //! getEngineCapability().
    EngineCapability getEngineCapability() const noexcept { return mImpl->getEngineCapability(); }

    //! setErrorRecorder().
    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }

    //! getErrorRecorder().
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    //! hasImplicitBatchDimension().
    bool hasImplicitBatchDimension() const noexcept { return mImpl->hasImplicitBatchDimension(); }

    //! getTacticSources().
    TacticSources getTacticSources() const noexcept { return mImpl->getTacticSources(); }

    //! getProfilingVerbosity().
    ProfilingVerbosity getProfilingVerbosity() const noexcept { return mImpl->getProfilingVerbosity(); }

    //! createEngineInspector().
    IEngineInspector* createEngineInspector() const noexcept { return mImpl->createEngineInspector(); }

    //! getNbIOTensors().
    int32_t getNbIOTensors() const noexcept { return mImpl->getNbIOTensors(); }

    //! getIOTensorName().
    char const* getIOTensorName(int32_t index) const noexcept { return mImpl->getIOTensorName(index); }

    //! getHardwareCompatibilityLevel().
    HardwareCompatibilityLevel getHardwareCompatibilityLevel() const noexcept {
        return mImpl->getHardwareCompatibilityLevel();
    }

    //! getNbAuxStreams().
    int32_t getNbAuxStreams() const noexcept { return mImpl->getNbAuxStreams(); }

    //! createSerializationConfig().
    ISerializationConfig* createSerializationConfig() noexcept { return mImpl->createSerializationConfig(); }

    //! serializeWithConfig().
    IHostMemory* serializeWithConfig(ISerializationConfig& config) const noexcept {
        return mImpl->serializeWithConfig(config);
    }

    //! setWeightStreamingBudget().
    bool setWeightStreamingBudget(int64_t gpuMemoryBudget) noexcept {
        return mImpl->setWeightStreamingBudget(gpuMemoryBudget);
    }

    //! getWeightStreamingBudget().
    int64_t getWeightStreamingBudget() const noexcept { return mImpl->getWeightStreamingBudget(); }

    //! getMinimumWeightStreamingBudget().
    int64_t getMinimumWeightStreamingBudget() const noexcept { return mImpl->getMinimumWeightStreamingBudget(); }

    //! getStreamableWeightsSize().
    int64_t getStreamableWeightsSize() const noexcept { return mImpl->getStreamableWeightsSize(); }

    //! setWeightStreamingBudgetV2().
    bool setWeightStreamingBudgetV2(int64_t gpuMemoryBudget) noexcept {
        return mImpl->setWeightStreamingBudgetV2(gpuMemoryBudget);
    }

    //! getWeightStreamingBudgetV2().
    int64_t getWeightStreamingBudgetV2() const noexcept { return mImpl->getWeightStreamingBudgetV2(); }

    //! getWeightStreamingAutomaticBudget().
    int64_t getWeightStreamingAutomaticBudget() const noexcept { return mImpl->getWeightStreamingAutomaticBudget(); }

    //! getWeightStreamingScratchMemorySize().
    int64_t getWeightStreamingScratchMemorySize() const noexcept {
        return mImpl->getWeightStreamingScratchMemorySize();
    }

    //! isDebugTensor().
    bool isDebugTensor(char const* name) const noexcept { return mImpl->isDebugTensor(name); }

    //! getProfileTensorValuesV2().
    int64_t const* getProfileTensorValuesV2(char const* tensorName, int32_t profileIndex,
                                            OptProfileSelector select) const noexcept {
        return mImpl->getProfileTensorValuesV2(tensorName, profileIndex, select);
    }

    //! getEngineStat().
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

protected:
    apiv::VCudaEngine* mImpl{nullptr};

private:
    apiv::VCudaEngineExt& ext() const noexcept { return *static_cast<apiv::VCudaEngineExt*>(mImpl); }
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
