// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersControl.h
//! Loops, conditionals and assertions.
#ifndef NV_INFER_LAYERS_CONTROL_H
#define NV_INFER_LAYERS_CONTROL_H

#include "NvInferTensor.h"

namespace nvinfer1 {

//! What leaves a loop. Since 7.0.
enum class LoopOutput : int32_t {
    kLAST_VALUE = 0,   //!< The value after the last trip.
    kCONCATENATE = 1,  //!< The values of all trips, stacked along an axis.
    kREVERSE = 2,      //!< The same, the last trip first.
};

//! What ends a loop. Since 7.0.
enum class TripLimit : int32_t {
    kCOUNT = 0,  //!< A count of trips, a scalar kINT32 or kINT64 shape tensor from outside the loop.
    kWHILE = 1,  //!< A scalar kBOOL of the loop, looked at before each trip.
};

//! Base of the layers at the border of a loop. Since 7.0.
class ILoopBoundaryLayer : public ILayer {
public:
    //! \return the loop the layer belongs to.
    ILoop* getLoop() const noexcept { return mBoundary->getLoop(); }

protected:
    virtual ~ILoopBoundaryLayer() noexcept = default;
    apiv::VLoopBoundaryLayer* mBoundary;
};

//! A value carried from trip to trip. Input 0: the value before the first trip, from outside; input 1, to be connected
//! with setInput(): the value for the next trip, from inside. Output: the value in this trip. Since 7.0.
class IRecurrenceLayer : public ILoopBoundaryLayer {
protected:
    virtual ~IRecurrenceLayer() noexcept = default;
    apiv::VRecurrenceLayer* mImpl;
};

//! A value that leaves a loop. Input 0: the value inside; input 1, kCONCATENATE and kREVERSE only: the extent of the
//! stack, a scalar shape tensor from outside, at least the number of trips. Output: see LoopOutput. Since 7.0.
class ILoopOutputLayer : public ILoopBoundaryLayer {
public:
    //! \return what leaves the loop.
    LoopOutput getLoopOutput() const noexcept { return mImpl->getLoopOutput(); }

    //! Sets the axis along which values are stacked. Ignored by kLAST_VALUE.
    void setAxis(int32_t axis) noexcept { mImpl->setAxis(axis); }
    //! \return the axis along which values are stacked.
    int32_t getAxis() const noexcept { return mImpl->getAxis(); }

protected:
    virtual ~ILoopOutputLayer() noexcept = default;
    apiv::VLoopOutputLayer* mImpl;
};

//! Ends a loop. Input 0: the count or the condition. No output. Since 7.0.
class ITripLimitLayer : public ILoopBoundaryLayer {
public:
    //! \return what ends the loop.
    TripLimit getTripLimit() const noexcept { return mImpl->getTripLimit(); }

protected:
    virtual ~ITripLimitLayer() noexcept = default;
    apiv::VTripLimitLayer* mImpl;
};

//! The slices of a tensor, one per trip. Input 0: the tensor, from outside. Output: slice number "trip" along the
//! axis, that axis removed. Since 7.0.
class IIteratorLayer : public ILoopBoundaryLayer {
public:
    //! Sets the axis that is cut.
    void setAxis(int32_t axis) noexcept { mImpl->setAxis(axis); }
    //! \return the axis that is cut.
    int32_t getAxis() const noexcept { return mImpl->getAxis(); }

    //! Sets whether the last slice comes first.
    void setReverse(bool reverse) noexcept { mImpl->setReverse(reverse); }
    //! \return whether the last slice comes first.
    bool getReverse() const noexcept { return mImpl->getReverse(); }

protected:
    virtual ~IIteratorLayer() noexcept = default;
    apiv::VIteratorLayer* mImpl;
};

//! A loop under construction. A layer belongs to the body if it depends on a recurrence or an iterator, or feeds the
//! condition. Owned by the network. Since 7.0.
class ILoop : public INoCopy {
public:
    //! Adds a value carried from trip to trip; connect input 1 of the layer.
    //! \return null after an error.
    IRecurrenceLayer* addRecurrence(ITensor& initialValue) noexcept { return mImpl->addRecurrence(initialValue); }

    //! Ends the loop by count or condition; a loop may have one of each.
    //! \return null after an error.
    ITripLimitLayer* addTripLimit(ITensor& tensor, TripLimit limit) noexcept {
        return mImpl->addTripLimit(tensor, limit);
    }

    //! Cuts `tensor` along `axis`, one slice per trip.
    //! \return null after an error.
    IIteratorLayer* addIterator(ITensor& tensor, int32_t axis = 0, bool reverse = false) noexcept {
        return mImpl->addIterator(tensor, axis, reverse);
    }

    //! Lets `tensor` leave the loop, see LoopOutput; connect input 1 for the stacked kinds.
    //! \return null after an error.
    ILoopOutputLayer* addLoopOutput(ITensor& tensor, LoopOutput outputKind, int32_t axis = 0) noexcept {
        return mImpl->addLoopOutput(tensor, outputKind, axis);
    }

    //! Sets the name of the loop. The string is copied.
    void setName(char const* name) noexcept { mImpl->setName(name); }
    //! \return the name of the loop.
    char const* getName() const noexcept { return mImpl->getName(); }

protected:
    virtual ~ILoop() noexcept = default;
    apiv::VLoop* mImpl;
};

//! Base of the layers at the border of a conditional. Since 8.2.
class IIfConditionalBoundaryLayer : public ILayer {
public:
    //! \return the conditional the layer belongs to.
    IIfConditional* getConditional() const noexcept { return mBoundary->getConditional(); }

protected:
    virtual ~IIfConditionalBoundaryLayer() noexcept = default;
    apiv::VConditionalBoundaryLayer* mBoundary;
};

//! Chooses the branch. Input: a scalar kBOOL. No output of use. Since 8.2.
class IConditionLayer : public IIfConditionalBoundaryLayer {
protected:
    virtual ~IConditionLayer() noexcept = default;
    apiv::VConditionLayer* mImpl;
};

//! A value that leaves a conditional. Input 0: from the true branch, input 1: from the false branch; of one type and
//! rank, the extents may differ. Output: that of the branch taken. Since 8.2.
class IIfConditionalOutputLayer : public IIfConditionalBoundaryLayer {
protected:
    virtual ~IIfConditionalOutputLayer() noexcept = default;
    apiv::VConditionalOutputLayer* mImpl;
};

//! Lets a value into both branches. Input: from outside. Output: the value, for use inside. Since 8.2.
class IIfConditionalInputLayer : public IIfConditionalBoundaryLayer {
protected:
    virtual ~IIfConditionalInputLayer() noexcept = default;
    apiv::VConditionalInputLayer* mImpl;
};

//! An if-then-else under construction: only the branch taken is computed. A layer belongs to a branch if it lies
//! between the inputs and one side of the outputs. Owned by the network. Since 8.2.
class IIfConditional : public INoCopy {
public:
    //! Sets the scalar kBOOL that chooses the branch.
    //! \return null after an error.
    IConditionLayer* setCondition(ITensor& condition) noexcept { return mImpl->setCondition(condition); }

    //! Adds a value that leaves the conditional.
    //! \return null after an error.
    IIfConditionalOutputLayer* addOutput(ITensor& trueSubgraphOutput, ITensor& falseSubgraphOutput) noexcept {
        return mImpl->addOutput(trueSubgraphOutput, falseSubgraphOutput);
    }

    //! Lets a value into the branches.
    //! \return null after an error.
    IIfConditionalInputLayer* addInput(ITensor& input) noexcept { return mImpl->addInput(input); }

    //! Sets the name of the conditional. The string is copied.
    void setName(char const* name) noexcept { mImpl->setName(name); }
    //! \return the name of the conditional.
    char const* getName() const noexcept { return mImpl->getName(); }

protected:
    virtual ~IIfConditional() noexcept = default;
    apiv::VIfConditional* mImpl;
};

//! Checks that all elements of a kBOOL shape tensor are true: when building if they are known then, else when running,
//! which fails with the message. Input: the tensor. No output. Since 8.2.
class IAssertionLayer : public ILayer {
public:
    //! Sets the message of a failed check. The string is copied.
    void setMessage(char const* message) noexcept { mImpl->setMessage(message); }
    //! \return the message of a failed check.
    char const* getMessage() const noexcept { return mImpl->getMessage(); }

protected:
    virtual ~IAssertionLayer() noexcept = default;
    apiv::VAssertionLayer* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<LoopOutput> : EnumCount<3> {};
template <>
struct EnumMaxImpl<TripLimit> : EnumCount<2> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_CONTROL_H
