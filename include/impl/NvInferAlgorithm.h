// SPDX-License-Identifier: Apache-2.0
//! \file NvInferAlgorithm.h
//! Algorithm selection: the user picks among the tactics of each step (7.1 to 10.16).
#ifndef NV_INFER_ALGORITHM_H
#define NV_INFER_ALGORITHM_H

#include "../NvInferRuntime.h"

namespace nvinfer1 {

//! One input or output of an algorithm. Owned by the library; valid during the callback. 7.1 to 10.16.
class IAlgorithmIOInfo : public INoCopy {
public:
    //! \return the element type.
    DataType getDataType() const noexcept { return mImpl->getDataType(); }

    //! \return the distance between elements in each dimension, in elements, those of a vector counted as one.
    TRT_ERA Dims getStrides() const noexcept { return impl::fromDims64(mImpl->getStrides()); }

    //! \return the dimension whose elements are grouped into vectors, -1 if none. Since 8.6.
    int64_t getVectorizedDim() const noexcept { return mImpl->getVectorizedDim(); }

    //! \return the number of elements in a vector, 1 if there are no vectors. Since 8.6.
    int64_t getComponentsPerElement() const noexcept { return mImpl->getComponentsPerElement(); }

    //! \return the memory format. Until 9.x.
    TRT_DEPRECATED TensorFormat getTensorFormat() const noexcept { return ext()->getTensorFormat(); }

protected:
    virtual ~IAlgorithmIOInfo() noexcept = default;
    //! The part of the implementation that serves other eras.
    apiv::VAlgorithmIOInfoExt* ext() const noexcept { return static_cast<apiv::VAlgorithmIOInfoExt*>(mImpl); }

    apiv::VAlgorithmIOInfo* mImpl;
};

//! Names an algorithm: an implementation and one of its tactics. The pair stays the same between builds on one device
//! with one version. Owned by the library; valid during the callback. 7.1 to 10.16.
class IAlgorithmVariant : public INoCopy {
public:
    //! \return the number of the implementation.
    int64_t getImplementation() const noexcept { return mImpl->getImplementation(); }

    //! \return the number of the tactic.
    int64_t getTactic() const noexcept { return mImpl->getTactic(); }

protected:
    virtual ~IAlgorithmVariant() noexcept = default;
    apiv::VAlgorithmVariant* mImpl;
};

//! The step for which an algorithm is chosen. Owned by the library; valid during the callback. 7.1 to 10.16.
class IAlgorithmContext : public INoCopy {
public:
    //! \return the name of the step, made of the layers in it.
    char const* getName() const noexcept { return mImpl->getName(); }

    //! \return the smallest, usual or largest shape of port `index`: inputs first, then outputs.
    TRT_ERA Dims getDimensions(int32_t index, OptProfileSelector select) const noexcept {
        return impl::fromDims64(mImpl->getDimensions(index, select));
    }

    //! \return the number of inputs.
    int32_t getNbInputs() const noexcept { return mImpl->getNbInputs(); }

    //! \return the number of outputs.
    int32_t getNbOutputs() const noexcept { return mImpl->getNbOutputs(); }

protected:
    virtual ~IAlgorithmContext() noexcept = default;
    apiv::VAlgorithmContext* mImpl;
};

//! A candidate for a step. Owned by the library; valid during the callback. 7.1 to 10.16.
class IAlgorithm : public INoCopy {
public:
    //! \return the name of the algorithm.
    IAlgorithmVariant const& getAlgorithmVariant() const noexcept { return mImpl->getAlgorithmVariant(); }

    //! \return its time in milliseconds; 0 before it was timed.
    float getTimingMSec() const noexcept { return mImpl->getTimingMSec(); }

    //! \return its workspace in bytes.
    std::size_t getWorkspaceSize() const noexcept { return mImpl->getWorkspaceSize(); }

    //! \return port `index`, inputs first, then outputs; null beyond. Since 8.0.
    IAlgorithmIOInfo const* getAlgorithmIOInfoByIndex(int32_t index) const noexcept {
        return mImpl->getAlgorithmIOInfoByIndex(index);
    }

    //! \return port `index`, inputs first, then outputs; the index must be valid. Until 9.x.
    TRT_DEPRECATED IAlgorithmIOInfo const& getAlgorithmIOInfo(int32_t index) const noexcept {
        return *mImpl->getAlgorithmIOInfoByIndex(index);
    }

protected:
    virtual ~IAlgorithm() noexcept = default;
    apiv::VAlgorithm* mImpl;
};

//! Implemented by the user: picks algorithms by hand, or records them, so that builds can be repeated. Called from the
//! thread that builds. 7.1 to 10.16; an editable timing cache does the same.
class IAlgorithmSelector : public IVersionedInterface {
public:
    //! \return the name and version of this interface.
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IAlgorithmSelector", 1, 0}; }

    //! Names the candidates that may be used for a step.
    //! \param choices the `nbChoices` candidates
    //! \param selection receives the indices of those allowed
    //! \return how many were written; 0 leaves the choice to the builder's default, a negative number fails the build.
    virtual int32_t selectAlgorithms(IAlgorithmContext const& context, IAlgorithm const* const* choices,
                                     int32_t nbChoices, int32_t* selection) = 0;

    //! Tells what was chosen.
    //! \param algoContexts the `nbAlgorithms` steps
    //! \param algoChoices their algorithms.
    virtual void reportAlgorithms(IAlgorithmContext const* const* algoContexts, IAlgorithm const* const* algoChoices,
                                  int32_t nbAlgorithms) = 0;

    virtual ~IAlgorithmSelector() noexcept = default;
};

//! The versioned names of the reference headers.
namespace v_1_0 {
using nvinfer1::IAlgorithmSelector;
}  // namespace v_1_0

}  // namespace nvinfer1

#endif  // NV_INFER_ALGORITHM_H
