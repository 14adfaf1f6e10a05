// SPDX-License-Identifier: Apache-2.0
//! \file NvInferRuntimeTypes.h
//! Weights, host memory, profiles, small configuration objects. Part of NvInferRuntime.h.
#ifndef NV_INFER_RUNTIME_TYPES_H
#define NV_INFER_RUNTIME_TYPES_H

#include "NvInferImplRuntime.h"

namespace nvinfer1 {

//! Base of the objects that the library makes: neither copied nor moved.
class INoCopy {
protected:
    INoCopy() = default;
    virtual ~INoCopy() = default;
    INoCopy(INoCopy const& other) = delete;
    INoCopy& operator=(INoCopy const& other) = delete;
    INoCopy(INoCopy&& other) = delete;
    INoCopy& operator=(INoCopy&& other) = delete;
};

//! An array of values that the application owns. The library reads it until the engine is built (weights of a network)
//! or refitted (weights of a refitter) and copies nothing before that.
class Weights {
public:
    DataType type;       //!< Element type.
    void const* values;  //!< Elements in row-major order, host memory unless said otherwise; null if count is 0.
    int64_t count;       //!< Number of elements, not bytes.
};

//! Bytes on the host that the library allocated and the application deletes: a plan, a timing cache.
//!
//! The functions are virtual because programs of 6.0 to 7.2 derive from this class.
class IHostMemory : public INoCopy {
public:
    virtual ~IHostMemory() noexcept = default;

    //! The first byte, valid as long as the object.
    virtual void* data() const noexcept { return mImpl->data(); }
    //! Size in bytes.
    virtual std::size_t size() const noexcept { return mImpl->size(); }
    //! Type of the elements; kINT8 for a plan.
    virtual DataType type() const noexcept { return mImpl->type(); }
    //! Deletes the object; the form of 5.x to 9.x. Since 10.0: `delete`.
    TRT_DEPRECATED virtual void destroy() noexcept { delete this; }

protected:
    apiv::VHostMemory* mImpl{nullptr};
};

//! Shapes that an engine is built for: a minimum, an optimum and a maximum for every input with a dimension of -1, and
//! values for every input that is a shape tensor.
//!
//! Made by IBuilder::createOptimizationProfile() and owned by the builder; read when it is added to the configuration.
//! Since 6.0.
class IOptimizationProfile : public INoCopy {
public:
    //! setDimensions().
    bool setDimensions(char const* inputName, OptProfileSelector select, impl::DimsArg dims) noexcept {
        return mImpl->setDimensions(inputName, select, impl::toDims64(dims));
    }

    //! getDimensions().
    TRT_ERA Dims getDimensions(char const* inputName, OptProfileSelector select) const noexcept {
        return impl::fromDims64(mImpl->getDimensions(inputName, select));
    }

    //! setShapeValues().
    bool setShapeValues(char const* inputName, OptProfileSelector select, int32_t const* values,
                        int32_t nbValues) noexcept {
        return mImpl->setShapeValues(inputName, select, values, nbValues);
    }

    //! getNbShapeValues().
    int32_t getNbShapeValues(char const* inputName) const noexcept { return mImpl->getNbShapeValues(inputName); }

    //! getShapeValues().
    int32_t const* getShapeValues(char const* inputName, OptProfileSelector select) const noexcept {
        return mImpl->getShapeValues(inputName, select);
    }

    //! setExtraMemoryTarget().
    bool setExtraMemoryTarget(float target) noexcept { return mImpl->setExtraMemoryTarget(target); }

    //! getExtraMemoryTarget().
    float getExtraMemoryTarget() const noexcept { return mImpl->getExtraMemoryTarget(); }

    //! isValid().
    bool isValid() const noexcept { return mImpl->isValid(); }

    //! setShapeValuesV2().
    bool setShapeValuesV2(char const* inputName, OptProfileSelector select, int64_t const* values,
                          int32_t nbValues) noexcept {
        return mImpl->setShapeValuesV2(inputName, select, values, nbValues);
    }

    //! getShapeValuesV2().
    int64_t const* getShapeValuesV2(char const* inputName, OptProfileSelector select) const noexcept {
        return mImpl->getShapeValuesV2(inputName, select);
    }

protected:
    apiv::VOptimizationProfile* mImpl{nullptr};
    virtual ~IOptimizationProfile() noexcept = default;
};

//! What ICudaEngine::serializeWithConfig() leaves out of a plan. Made by ICudaEngine::createSerializationConfig(),
//! deleted by the application. Since 9.3.
class ISerializationConfig : public INoCopy {
public:
    virtual ~ISerializationConfig() noexcept = default;

    //! setFlags().
    bool setFlags(SerializationFlags serializationFlags) noexcept { return mImpl->setFlags(serializationFlags); }

    //! getFlags().
    SerializationFlags getFlags() const noexcept { return mImpl->getFlags(); }

    //! clearFlag().
    bool clearFlag(SerializationFlag serializationFlag) noexcept { return mImpl->clearFlag(serializationFlag); }

    //! setFlag().
    bool setFlag(SerializationFlag serializationFlag) noexcept { return mImpl->setFlag(serializationFlag); }

    //! getFlag().
    bool getFlag(SerializationFlag serializationFlag) const noexcept { return mImpl->getFlag(serializationFlag); }

protected:
    apiv::VSerializationConfig* mImpl{nullptr};
};

//! Options of a context. Made by ICudaEngine::createRuntimeConfig(), deleted by the application after the last context
//! was made with it. Since 10.11.
class IRuntimeConfig : public INoCopy {
public:
    virtual ~IRuntimeConfig() noexcept = default;

    //! setExecutionContextAllocationStrategy().
    void setExecutionContextAllocationStrategy(ExecutionContextAllocationStrategy strategy) noexcept {
        mImpl->setExecutionContextAllocationStrategy(strategy);
    }

    //! getExecutionContextAllocationStrategy().
    ExecutionContextAllocationStrategy getExecutionContextAllocationStrategy() const noexcept {
        return mImpl->getExecutionContextAllocationStrategy();
    }

protected:
    apiv::VRuntimeConfig* mImpl{nullptr};
};

}  // namespace nvinfer1

#endif  // NV_INFER_RUNTIME_TYPES_H
