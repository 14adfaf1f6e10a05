// SPDX-License-Identifier: Apache-2.0
//! \file NvInferAlgorithm.h
//! Algorithm selection: the user picks among the tactics of each step (7.1 to 10.16).
#ifndef NV_INFER_ALGORITHM_H
#define NV_INFER_ALGORITHM_H

#include "../NvInferRuntime.h"

namespace nvinfer1 {

class IAlgorithmIOInfo : public INoCopy {
public:
    DataType getDataType() const noexcept { return mImpl->getDataType(); }

    TRT_ERA Dims getStrides() const noexcept { return impl::fromDims64(mImpl->getStrides()); }

    int64_t getVectorizedDim() const noexcept { return mImpl->getVectorizedDim(); }

    int64_t getComponentsPerElement() const noexcept { return mImpl->getComponentsPerElement(); }

protected:
    virtual ~IAlgorithmIOInfo() noexcept = default;
    //! The part of the implementation that serves other eras.
    apiv::VAlgorithmIOInfoExt* ext() const noexcept { return static_cast<apiv::VAlgorithmIOInfoExt*>(mImpl); }

    apiv::VAlgorithmIOInfo* mImpl;
};

class IAlgorithmVariant : public INoCopy {
public:
    int64_t getImplementation() const noexcept { return mImpl->getImplementation(); }

    int64_t getTactic() const noexcept { return mImpl->getTactic(); }

protected:
    virtual ~IAlgorithmVariant() noexcept = default;
    apiv::VAlgorithmVariant* mImpl;
};

class IAlgorithmContext : public INoCopy {
public:
    char const* getName() const noexcept { return mImpl->getName(); }

    TRT_ERA Dims getDimensions(int32_t index, OptProfileSelector select) const noexcept {
        return impl::fromDims64(mImpl->getDimensions(index, select));
    }

    int32_t getNbInputs() const noexcept { return mImpl->getNbInputs(); }

    int32_t getNbOutputs() const noexcept { return mImpl->getNbOutputs(); }

protected:
    virtual ~IAlgorithmContext() noexcept = default;
    apiv::VAlgorithmContext* mImpl;
};

class IAlgorithm : public INoCopy {
public:
    IAlgorithmVariant const& getAlgorithmVariant() const noexcept { return mImpl->getAlgorithmVariant(); }

    float getTimingMSec() const noexcept { return mImpl->getTimingMSec(); }

    std::size_t getWorkspaceSize() const noexcept { return mImpl->getWorkspaceSize(); }

    IAlgorithmIOInfo const* getAlgorithmIOInfoByIndex(int32_t index) const noexcept {
        return mImpl->getAlgorithmIOInfoByIndex(index);
    }

protected:
    virtual ~IAlgorithm() noexcept = default;
    apiv::VAlgorithm* mImpl;
};

class IAlgorithmSelector : public IVersionedInterface {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IAlgorithmSelector", 1, 0}; }

    virtual int32_t selectAlgorithms(IAlgorithmContext const& context, IAlgorithm const* const* choices,
                                     int32_t nbChoices, int32_t* selection) = 0;

    virtual void reportAlgorithms(IAlgorithmContext const* const* algoContexts, IAlgorithm const* const* algoChoices,
                                  int32_t nbAlgorithms) = 0;

    virtual ~IAlgorithmSelector() noexcept = default;
};

}  // namespace nvinfer1

#endif  // NV_INFER_ALGORITHM_H
