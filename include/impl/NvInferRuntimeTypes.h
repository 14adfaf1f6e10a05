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
    //! Sets the shape `select` of input `inputName`; every extent at least 0, fixed ones as in the network. The input
    //! need not exist yet. \return False if the values contradict those set before.
    bool setDimensions(char const* inputName, OptProfileSelector select, impl::DimsArg dims) noexcept {
        return mImpl->setDimensions(inputName, select, impl::toDims64(dims));
    }

    //! The shape `select` of an input; nbDims -1 if it was not set.
    TRT_ERA Dims getDimensions(char const* inputName, OptProfileSelector select) const noexcept {
        return impl::fromDims64(mImpl->getDimensions(inputName, select));
    }

    //! setShapeValuesV2() with 32-bit values. Deprecated since 10.11.
    TRT_DEPRECATED bool setShapeValues(char const* inputName, OptProfileSelector select, int32_t const* values,
                                       int32_t nbValues) noexcept {
        return mImpl->setShapeValues(inputName, select, values, nbValues);
    }

    //! Number of values set for a shape tensor input; -1 if none were.
    int32_t getNbShapeValues(char const* inputName) const noexcept { return mImpl->getNbShapeValues(inputName); }

    //! The values `select` of a shape tensor input that fit 32 bits; null if none were set. Valid until they change.
    //! Deprecated since 10.11.
    TRT_DEPRECATED int32_t const* getShapeValues(char const* inputName, OptProfileSelector select) const noexcept {
        return mImpl->getShapeValues(inputName, select);
    }

    //! Wish, 0 to 1, of how much memory beyond the tightest layout this profile may take; a hint. \return False for
    //! another value.
    bool setExtraMemoryTarget(float target) noexcept { return mImpl->setExtraMemoryTarget(target); }

    //! The wish; 1 at first.
    float getExtraMemoryTarget() const noexcept { return mImpl->getExtraMemoryTarget(); }

    //! Whether min <= opt <= max holds for everything set. The builder checks the rest against the network.
    bool isValid() const noexcept { return mImpl->isValid(); }

    //! Sets the `nbValues` values `select` of input `inputName`, a shape tensor of rank 0 or 1; copies them. The
    //! number must be the same for all three. \return False if the values contradict those set before. Since 10.11.
    bool setShapeValuesV2(char const* inputName, OptProfileSelector select, int64_t const* values,
                          int32_t nbValues) noexcept {
        return mImpl->setShapeValuesV2(inputName, select, values, nbValues);
    }

    //! The values `select` of a shape tensor input; null if none were set. Valid until they change. Since 10.11.
    int64_t const* getShapeValuesV2(char const* inputName, OptProfileSelector select) const noexcept {
        return mImpl->getShapeValuesV2(inputName, select);
    }

protected:
    apiv::VOptimizationProfile* mImpl{nullptr};
    virtual ~IOptimizationProfile() noexcept = default;
};

//! What ICudaEngine::serializeWithConfig() leaves out of a plan, nothing at first. Made by
//! ICudaEngine::createSerializationConfig(), deleted by the application. Since 9.3.
class ISerializationConfig : public INoCopy {
public:
    virtual ~ISerializationConfig() noexcept = default;

    //! Replaces all flags. \return Whether that worked.
    bool setFlags(SerializationFlags serializationFlags) noexcept { return mImpl->setFlags(serializationFlags); }

    //! All flags; none at first.
    SerializationFlags getFlags() const noexcept { return mImpl->getFlags(); }

    //! Clears one flag. \return Whether that worked.
    bool clearFlag(SerializationFlag serializationFlag) noexcept { return mImpl->clearFlag(serializationFlag); }

    //! Sets one flag. \return Whether that worked.
    bool setFlag(SerializationFlag serializationFlag) noexcept { return mImpl->setFlag(serializationFlag); }

    //! Whether a flag is set.
    bool getFlag(SerializationFlag serializationFlag) const noexcept { return mImpl->getFlag(serializationFlag); }

protected:
    apiv::VSerializationConfig* mImpl{nullptr};
};

//! Options of a context. Made by ICudaEngine::createRuntimeConfig(), deleted by the application after the last context
//! was made with it. Since 10.11.
class IRuntimeConfig : public INoCopy {
public:
    virtual ~IRuntimeConfig() noexcept = default;

    //! Sets when a context gets its activation memory.
    void setExecutionContextAllocationStrategy(ExecutionContextAllocationStrategy strategy) noexcept {
        mImpl->setExecutionContextAllocationStrategy(strategy);
    }

    //! That strategy; kSTATIC at first.
    ExecutionContextAllocationStrategy getExecutionContextAllocationStrategy() const noexcept {
        return mImpl->getExecutionContextAllocationStrategy();
    }

protected:
    apiv::VRuntimeConfig* mImpl{nullptr};
};

}  // namespace nvinfer1

#endif  // NV_INFER_RUNTIME_TYPES_H
