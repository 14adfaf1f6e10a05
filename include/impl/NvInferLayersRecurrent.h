// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersRecurrent.h
//! Recurrent layers of 5.x to 9.x. New code writes a loop instead.
#ifndef NV_INFER_LAYERS_RECURRENT_H
#define NV_INFER_LAYERS_RECURRENT_H

#include "NvInferTensor.h"

namespace nvinfer1 {

//! Recurrent cells. Until 9.x.
enum class RNNOperation : int32_t {
    kRELU = 0,  //!< h = relu(W x + R h + b).
    kTANH = 1,  //!< h = tanh(W x + R h + b).
    kLSTM = 2,  //!< Long short-term memory, four gates.
    kGRU = 3,   //!< Gated recurrent unit, three gates, the reset gate applied after the product with R.
};

//! In which direction a sequence is read. Until 9.x.
enum class RNNDirection : int32_t {
    kUNIDIRECTION = 0,  //!< From the start.
    kBIDIRECTION = 1,   //!< From both ends, the results concatenated.
};

//! What the first layer does with its input. Until 9.x.
enum class RNNInputMode : int32_t {
    kLINEAR = 0,  //!< Multiplies it with W.
    kSKIP = 1,    //!< Takes it as it is: as many features as hidden units.
};

//! Gates of a cell. Until 9.x.
enum class RNNGateType : int32_t {
    kINPUT = 0,   //!< Input gate of an LSTM, and the only gate of plain cells.
    kOUTPUT = 1,  //!< Output gate of an LSTM.
    kFORGET = 2,  //!< Forget gate of an LSTM.
    kUPDATE = 3,  //!< Update gate of a GRU.
    kRESET = 4,   //!< Reset gate of a GRU.
    kCELL = 5,    //!< Cell candidate of an LSTM.
    kHIDDEN = 6,  //!< Hidden candidate of a GRU.
};

//! The first recurrent layer (5.x to 7.x): weights of all gates, layers and directions in one array.
//! Only with an implicit batch. Input (seqLength, items, dataLength), or (seqLength, dataLength). Output 0: the states
//! of all steps; output 1: the last one, (layers * directions, items, hidden); output 2, LSTM: the last cell state.
class IRNNLayer : public ILayer {
public:
    //! \return how many layers are stacked.
    uint32_t getLayerCount() const noexcept { return mImpl->getLayerCount(); }
    //! \return the number of hidden units of one layer and direction.
    std::size_t getHiddenSize() const noexcept { return mImpl->getHiddenSize(); }
    //! \return the number of time steps.
    int32_t getSeqLength() const noexcept { return mImpl->getSeqLength(); }
    //! \return the number of features of one input step.
    int32_t getDataLength() const noexcept { return mImpl->getDataLength(); }

    //! Sets the cell type.
    void setOperation(RNNOperation op) noexcept { mImpl->setOperation(op); }
    //! \return the cell type.
    RNNOperation getOperation() const noexcept { return mImpl->getOperation(); }
    //! Sets whether the first layer multiplies its input with a matrix or takes it as it is.
    void setInputMode(RNNInputMode op) noexcept { mImpl->setInputMode(op); }
    //! \return the input mode.
    RNNInputMode getInputMode() const noexcept { return mImpl->getInputMode(); }
    //! Sets whether the sequence is also read from its end.
    void setDirection(RNNDirection op) noexcept { mImpl->setDirection(op); }
    //! \return the direction.
    RNNDirection getDirection() const noexcept { return mImpl->getDirection(); }

    //! Sets the matrices by layer and direction: W, then R, of forget, input, cell, output; or update, reset, hidden.
    void setWeights(Weights weights) noexcept { mImpl->setWeights(weights); }
    //! \return the matrices.
    Weights getWeights() const noexcept { return mImpl->getWeights(); }
    //! Sets the biases in the order of the matrices.
    void setBias(Weights bias) noexcept { mImpl->setBias(bias); }
    //! \return the biases.
    Weights getBias() const noexcept { return mImpl->getBias(); }

    //! Sets the hidden state before the first step, of the shape of output 1. Zero when not set.
    void setHiddenState(ITensor& hidden) noexcept { mImpl->setHiddenState(hidden); }
    //! \return the initial hidden state, or null.
    ITensor* getHiddenState() const noexcept { return mImpl->getHiddenState(); }
    //! Sets the LSTM cell state before the first step, of the hidden state's shape. Zero when not set.
    void setCellState(ITensor& cell) noexcept { mImpl->setCellState(cell); }
    //! \return the initial cell state, or null.
    ITensor* getCellState() const noexcept { return mImpl->getCellState(); }

protected:
    virtual ~IRNNLayer() noexcept = default;
    apiv::VRNNLayer* mImpl;
};

//! Stacked recurrent layers with a matrix and a bias per gate. Until 9.x; new code writes a loop.
//! Input 0: (leading..., maxSeqLen, dataLength). Output 0: hidden states of all steps, (leading..., maxSeqLen, hidden
//! * directions). Output 1: the last hidden state, (leading..., layers * directions, hidden). Output 2, LSTM: the last
//! cell state. Pseudo-layer 2i is the forward, 2i + 1 the backward direction of layer i when bidirectional.
class IRNNv2Layer : public ILayer {
public:
    //! \return how many layers are stacked.
    int32_t getLayerCount() const noexcept { return mImpl->getLayerCount(); }

    //! \return the number of hidden units of one layer and direction.
    int32_t getHiddenSize() const noexcept { return mImpl->getHiddenSize(); }

    //! \return the extent of the time axis.
    int32_t getMaxSeqLength() const noexcept { return mImpl->getMaxSeqLength(); }

    //! \return the number of features of one input step.
    int32_t getDataLength() const noexcept { return mImpl->getDataLength(); }

    //! Sets the lengths of the sequences, kINT32, of the leading dimensions' shape. All full when not set.
    void setSequenceLengths(ITensor& seqLengths) noexcept { mImpl->setSequenceLengths(seqLengths); }
    //! \return the lengths of the sequences, or null.
    ITensor* getSequenceLengths() const noexcept { return mImpl->getSequenceLengths(); }

    //! Sets the cell type.
    void setOperation(RNNOperation op) noexcept { mImpl->setOperation(op); }
    //! \return the cell type.
    RNNOperation getOperation() const noexcept { return mImpl->getOperation(); }

    //! Sets whether the first layer multiplies its input with a matrix.
    void setInputMode(RNNInputMode op) noexcept { mImpl->setInputMode(op); }
    //! \return whether the first layer multiplies its input with a matrix.
    RNNInputMode getInputMode() const noexcept { return mImpl->getInputMode(); }

    //! Sets whether the sequence is also read from its end.
    void setDirection(RNNDirection op) noexcept { mImpl->setDirection(op); }
    //! \return whether the sequence is also read from its end.
    RNNDirection getDirection() const noexcept { return mImpl->getDirection(); }

    //! Sets a matrix of pseudo-layer `layerIndex`: W (isW) of hidden x input elements, or R of hidden x hidden, row by
    //! row. The values are not copied.
    void setWeightsForGate(int32_t layerIndex, RNNGateType gate, bool isW, Weights weights) noexcept {
        mImpl->setWeightsForGate(layerIndex, gate, isW, weights);
    }
    //! \return the matrix set for the gate.
    Weights getWeightsForGate(int32_t layerIndex, RNNGateType gate, bool isW) const noexcept {
        return mImpl->getWeightsForGate(layerIndex, gate, isW);
    }

    //! Sets a bias of pseudo-layer `layerIndex`: that of W (isW) or of R, hidden elements. The values are not copied.
    void setBiasForGate(int32_t layerIndex, RNNGateType gate, bool isW, Weights bias) noexcept {
        mImpl->setBiasForGate(layerIndex, gate, isW, bias);
    }
    //! \return the bias set for the gate.
    Weights getBiasForGate(int32_t layerIndex, RNNGateType gate, bool isW) const noexcept {
        return mImpl->getBiasForGate(layerIndex, gate, isW);
    }

    //! Sets the hidden state before the first step, (leading..., layers * directions, hidden). Zero when not set.
    void setHiddenState(ITensor& hidden) noexcept { mImpl->setHiddenState(hidden); }
    //! \return the initial hidden state, or null.
    ITensor* getHiddenState() const noexcept { return mImpl->getHiddenState(); }

    //! Sets the LSTM cell state before the first step, of the hidden state's shape. Zero when not set.
    void setCellState(ITensor& cell) noexcept { mImpl->setCellState(cell); }
    //! \return the initial cell state, or null.
    ITensor* getCellState() const noexcept { return mImpl->getCellState(); }

protected:
    virtual ~IRNNv2Layer() noexcept = default;
    apiv::VRNNv2Layer* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<RNNOperation> : EnumCount<4> {};
template <>
struct EnumMaxImpl<RNNDirection> : EnumCount<2> {};
template <>
struct EnumMaxImpl<RNNInputMode> : EnumCount<2> {};
template <>
struct EnumMaxImpl<RNNGateType> : EnumCount<7> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_RECURRENT_H
