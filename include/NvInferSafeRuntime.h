// SPDX-License-Identifier: Apache-2.0
//! \file NvInferSafeRuntime.h
//! Names of the safety runtime of 8.2 to 10.4, so that programs which mention it compile. This library has no safety
//! runtime: the factory functions answer null.
#ifndef NV_INFER_SAFE_RUNTIME_H
#define NV_INFER_SAFE_RUNTIME_H

#include "NvInferRuntimeCommon.h"

namespace nvinfer1 {

//! The safety runtime.
namespace safe {

class ICudaEngine;
class IExecutionContext;

//! Loads plans of the safety runtime.
class IRuntime {
public:
    //! Loads a plan.
    virtual ICudaEngine* deserializeCudaEngine(void const* const blob, std::size_t const size) noexcept = 0;
    //! Sets the allocator of device memory.
    virtual void setGpuAllocator(IGpuAllocator* const allocator) noexcept = 0;
    //! Sets the recorder of errors.
    virtual void setErrorRecorder(IErrorRecorder* const recorder) noexcept = 0;
    //! The recorder of errors.
    virtual IErrorRecorder* getErrorRecorder() const noexcept = 0;

    IRuntime() = default;
    virtual ~IRuntime() noexcept = default;
    IRuntime(IRuntime const&) = delete;
    IRuntime(IRuntime&&) = delete;
    IRuntime& operator=(IRuntime const&) & = delete;
    IRuntime& operator=(IRuntime&&) & = delete;
};

//! Engine of the safety runtime; functions as in nvinfer1::ICudaEngine.
class ICudaEngine {
public:
    //! \name Bindings, until 9.x
    //!@{
    virtual int32_t getNbBindings() const noexcept = 0;
    virtual int32_t getBindingIndex(AsciiChar const* const name) const noexcept = 0;
    virtual AsciiChar const* getBindingName(int32_t const bindingIndex) const noexcept = 0;
    virtual bool bindingIsInput(int32_t const bindingIndex) const noexcept = 0;
    virtual Dims getBindingDimensions(int32_t const bindingIndex) const noexcept = 0;
    virtual DataType getBindingDataType(int32_t const bindingIndex) const noexcept = 0;
    virtual int32_t getBindingBytesPerComponent(int32_t const bindingIndex) const noexcept = 0;
    virtual int32_t getBindingComponentsPerElement(int32_t const bindingIndex) const noexcept = 0;
    virtual TensorFormat getBindingFormat(int32_t const bindingIndex) const noexcept = 0;
    virtual int32_t getBindingVectorizedDim(int32_t const bindingIndex) const noexcept = 0;
    //!@}

    //! A new context.
    virtual IExecutionContext* createExecutionContext() noexcept = 0;
    //! A new context that is given its memory.
    virtual IExecutionContext* createExecutionContextWithoutDeviceMemory() noexcept = 0;
    //! Bytes of that memory.
    virtual size_t getDeviceMemorySize() const noexcept = 0;
    //! Name of the network.
    virtual AsciiChar const* getName() const noexcept = 0;
    //! Sets the recorder of errors.
    virtual void setErrorRecorder(IErrorRecorder* const recorder) noexcept = 0;
    //! The recorder of errors.
    virtual IErrorRecorder* getErrorRecorder() const noexcept = 0;

    //! \name Inputs and outputs by name, since 8.5
    //!@{
    virtual Dims getTensorShape(AsciiChar const* const tensorName) const noexcept = 0;
    virtual DataType getTensorDataType(AsciiChar const* const tensorName) const noexcept = 0;
    virtual TensorIOMode getTensorIOMode(AsciiChar const* const tensorName) const noexcept = 0;
    virtual int32_t getTensorBytesPerComponent(AsciiChar const* const tensorName) const noexcept = 0;
    virtual int32_t getTensorComponentsPerElement(AsciiChar const* const tensorName) const noexcept = 0;
    virtual TensorFormat getTensorFormat(AsciiChar const* const tensorName) const noexcept = 0;
    virtual int32_t getTensorVectorizedDim(AsciiChar const* const tensorName) const noexcept = 0;
    virtual int32_t getNbIOTensors() const noexcept = 0;
    virtual AsciiChar const* getIOTensorName(int32_t const index) const noexcept = 0;
    //!@}

    ICudaEngine() = default;
    virtual ~ICudaEngine() noexcept = default;
    ICudaEngine(ICudaEngine const&) = delete;
    ICudaEngine(ICudaEngine&&) = delete;
    ICudaEngine& operator=(ICudaEngine const&) & = delete;
    ICudaEngine& operator=(ICudaEngine&&) & = delete;
};

//! Counts of bad values that a context saw. 8.2 to 8.6.
struct FloatingPointErrorInformation {
    int32_t nbNanErrors;  //!< Not-a-numbers.
    int32_t nbInfErrors;  //!< Infinities.
};

//! Errors that a context saw. Since 9.0.
struct RuntimeErrorInformation {
    uint64_t bitMask;  //!< Set of RuntimeErrorType.
};

//! Kinds of those errors. Since 9.0.
enum class RuntimeErrorType : uint64_t {
    kNAN_CONSUMED = 1ULL << 0,  //!< A not-a-number was quantized.
    kINF_CONSUMED = 1ULL << 1,  //!< An infinity was quantized.
    kGATHER_OOB = 1ULL << 2,    //!< An index of a gather was out of bounds.
    kSCATTER_OOB = 1ULL << 3,   //!< An index of a scatter was out of bounds.
    kSCATTER_RACE = 1ULL << 4,  //!< Two indices of a scatter were equal.
};

//! Context of the safety runtime; functions as in nvinfer1::IExecutionContext.
class IExecutionContext {
public:
#if NV_TENSORRT_COMPAT_MAJOR <= 8
    using ErrorInformation = FloatingPointErrorInformation;  //!< What the error buffer holds.
#else
    using ErrorInformation = RuntimeErrorInformation;  //!< What the error buffer holds.
#endif

    //! The engine.
    virtual ICudaEngine const& getEngine() const noexcept = 0;
    //! Names the context.
    virtual void setName(AsciiChar const* const name) noexcept = 0;
    //! The name.
    virtual AsciiChar const* getName() const noexcept = 0;
    //! Gives activation memory.
    virtual void setDeviceMemory(void* const memory) noexcept = 0;
    //! Strides by binding. Until 9.x.
    virtual Dims getStrides(int32_t const bindingIndex) const noexcept = 0;
    //! Sets the recorder of errors.
    virtual void setErrorRecorder(IErrorRecorder* const recorder) noexcept = 0;
    //! The recorder of errors.
    virtual IErrorRecorder* getErrorRecorder() const noexcept = 0;
    //! Starts an inference with addresses by binding. Until 9.x.
    virtual bool enqueueV2(void* const* const bindings, cudaStream_t const stream,
                           cudaEvent_t const* const inputConsumed) noexcept = 0;
    //! Sets where errors are noted.
    virtual void setErrorBuffer(ErrorInformation* const buffer) noexcept = 0;
    //! That place.
    virtual ErrorInformation* getErrorBuffer() const noexcept = 0;

    //! \name Inputs and outputs by name, since 8.5
    //!@{
    virtual Dims getTensorStrides(AsciiChar const* const tensorName) const noexcept = 0;
    virtual bool setInputTensorAddress(AsciiChar const* const tensorName, void const* const data) noexcept = 0;
    virtual bool setOutputTensorAddress(AsciiChar const* const tensorName, void* const data) noexcept = 0;
    virtual bool setInputConsumedEvent(cudaEvent_t const event) noexcept = 0;
    virtual cudaEvent_t getInputConsumedEvent() const noexcept = 0;
    virtual void const* getInputTensorAddress(AsciiChar const* const tensorName) const noexcept = 0;
    virtual void* getOutputTensorAddress(AsciiChar const* const tensorName) const noexcept = 0;
    virtual bool enqueueV3(cudaStream_t const stream) noexcept = 0;
    //!@}

    IExecutionContext() = default;
    virtual ~IExecutionContext() noexcept = default;
    IExecutionContext(IExecutionContext const&) = delete;
    IExecutionContext(IExecutionContext&&) = delete;
    IExecutionContext& operator=(IExecutionContext const&) & = delete;
    IExecutionContext& operator=(IExecutionContext&&) & = delete;
};

//! Plugin creators of the safety runtime; functions as in nvinfer1::IPluginRegistry. Since 8.6.
class IPluginRegistry {
public:
    //! Adds a creator.
    virtual bool registerCreator(IPluginCreator& creator, AsciiChar const* const pluginNamespace) noexcept = 0;
    //! All creators.
    virtual IPluginCreator* const* getPluginCreatorList(int32_t* const numCreators) const noexcept = 0;
    //! One creator.
    virtual IPluginCreator* getPluginCreator(AsciiChar const* const pluginName, AsciiChar const* const pluginVersion,
                                             AsciiChar const* const pluginNamespace = "") noexcept = 0;
    //! Sets the recorder of errors.
    virtual void setErrorRecorder(IErrorRecorder* const recorder) noexcept = 0;
    //! The recorder of errors.
    virtual IErrorRecorder* getErrorRecorder() const noexcept = 0;
    //! Takes a creator out.
    virtual bool deregisterCreator(IPluginCreator const& creator) noexcept = 0;

    IPluginRegistry() = default;
    IPluginRegistry(IPluginRegistry const&) = delete;
    IPluginRegistry(IPluginRegistry&&) = delete;
    IPluginRegistry& operator=(IPluginRegistry const&) & = delete;
    IPluginRegistry& operator=(IPluginRegistry&&) & = delete;

protected:
    virtual ~IPluginRegistry() noexcept = default;
};

//! Reports that there is no safety runtime. \return Null.
inline IRuntime* createInferRuntime(ILogger& logger) noexcept {
    logger.log(ILogger::Severity::kERROR, "the safety runtime is not supported: use nvinfer1::createInferRuntime");
    return nullptr;
}

//! The registry of the safety runtime: null, there is none.
inline IPluginRegistry* getSafePluginRegistry() noexcept {
    return nullptr;
}

//! Registers a creator of type T if there is a registry.
template <typename T>
class PluginRegistrar {
public:
    PluginRegistrar() {
        if (IPluginRegistry* registry = getSafePluginRegistry()) {
            registry->registerCreator(instance, "");
        }
    }

private:
    T instance{};
};

}  // namespace safe
}  // namespace nvinfer1

//! Always null: there is no safety runtime. 6.0 to 7.2.
extern "C" TENSORRTAPI void* createSafeInferRuntime_INTERNAL(void* logger, int32_t version) noexcept;

//! Registers the plugin creator class `name` with the safety runtime.
#define REGISTER_SAFE_TENSORRT_PLUGIN(name) \
    static nvinfer1::safe::PluginRegistrar<name> pluginRegistrar##name {}

#endif  // NV_INFER_SAFE_RUNTIME_H
