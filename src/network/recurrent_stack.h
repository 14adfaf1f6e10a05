// SPDX-License-Identifier: Apache-2.0
// Stacked recurrent layers of TensorRT 5 to 9 as Recurrent nodes, one for each layer of the stack.
#pragma once
#include "NvInfer.h"
#include "network/composer.h"

namespace opentrt::network {

//! What both recurrent layers of the API know. Pseudo-layer l is a layer of the stack, or with two directions 2i and
//! 2i+1 are the forward and backward directions of layer i.
struct RecurrentStack {
    nvinfer1::RNNOperation operation = nvinfer1::RNNOperation::kRELU;
    nvinfer1::RNNDirection direction = nvinfer1::RNNDirection::kUNIDIRECTION;
    nvinfer1::RNNInputMode mode = nvinfer1::RNNInputMode::kLINEAR;
    int32_t layers = 1;
    int64_t hidden = 1;
    int64_t steps = 1;

    bool isLstm() const { return operation == nvinfer1::RNNOperation::kLSTM; }
    int32_t directions() const { return direction == nvinfer1::RNNDirection::kBIDIRECTION ? 2 : 1; }
    int32_t pseudoLayers() const { return layers * directions(); }
    //! Gates in the order of the operator.
    std::vector<nvinfer1::RNNGateType> gates() const;
    //! Columns of a matrix of a pseudo-layer; 0 for the skipped one of the first layer.
    int64_t columns(int32_t pseudoLayer, bool isW, int64_t dataLength) const;
};

//! Where the weights are: a matrix, or a bias (`isBias`), of W or of R. Without values when there is none.
using RecurrentWeights =
    std::function<nvinfer1::Weights(int32_t pseudoLayer, nvinfer1::RNNGateType gate, bool isW, bool isBias)>;

//! Adds the nodes. x is [leading..., steps, data], lengths [leading...], states [leading..., pseudo-layers, hidden];
//! all but x may be left out. Returns the hidden states of all steps [leading..., steps, hidden * directions], the last
//! hidden state and, for an LSTM, the last cell state, shaped like the initial one.
std::vector<ValueId> addRecurrentStack(Graph& graph, Composer& composer, const RecurrentStack& stack,
                                       const RecurrentWeights& weights, ValueId x, ValueId lengths, ValueId state,
                                       ValueId cell);

}  // namespace opentrt::network
