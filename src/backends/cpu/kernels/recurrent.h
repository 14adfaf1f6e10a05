// SPDX-License-Identifier: Apache-2.0
// RNN, GRU and LSTM over a sequence with the meaning of ONNX (see ops/recurrent.h), f32. The input part of all steps is
// one matrix product; each step multiplies the state by packed recurrent weights, whose columns are ordered so that all
// gates of 16 hidden units lie together, and updates these units at once. The two directions run in parallel, and large
// cells share the units of a step among threads.
#pragma once
#include <cstdint>
#include <vector>

namespace opentrt::cpu::kernels {

enum class CellKind : uint8_t { Rnn, Gru, Lstm };
enum class CellFunction : uint8_t {
    Sigmoid,
    Tanh,
    Relu,
    Affine,
    LeakyRelu,
    ThresholdedRelu,
    ScaledTanh,
    HardSigmoid,
    Elu,
    Softsign,
    Softplus
};
struct CellActivation {
    CellFunction function = CellFunction::Sigmoid;
    float alpha = 0, beta = 0;
};

struct RecurrentCell {
    CellKind kind = CellKind::Lstm;
    int64_t inputs = 0, hidden = 0;
    int directions = 1;
    bool reverse = false;  //!< the only direction runs backwards; with two, the second does
    CellActivation activations[2][3] = {{{}, {CellFunction::Tanh}, {CellFunction::Tanh}},
                                        {{}, {CellFunction::Tanh}, {CellFunction::Tanh}}};  //!< by direction: f, g, h
    float clip = 0;                  //!< bounds arguments of activations; 0: none
    bool inputForget = false;        //!< lstm
    bool linearBeforeReset = false;  //!< gru

    int64_t gates() const { return kind == CellKind::Lstm ? 4 : kind == CellKind::Gru ? 3 : 1; }
};

//! Floats of packed weights. w [d][g * h][i], r [d][g * h][h], b [d][2 * g * h] or null, peepholes [d][3 * h] or null,
//! gates in ONNX order (gru z r h; lstm i o f c; peepholes i o f).
int64_t recurrentWeightsSize(const RecurrentCell& cell);
void recurrentWeights(const RecurrentCell& cell, const float* w, const float* r, const float* b, const float* peepholes,
                      float* packed);

struct RecurrentArgs {
    int64_t steps = 0, batch = 1;
    bool batchFirst =
        false;  //!< x [b][t][i], y [b][t][d][h], states [b][d][h]; else [t][b][i], [t][d][b][h], [d][b][h]
    const float* x = nullptr;
    const int32_t* lengths = nullptr;    //!< [batch] or null
    const float* initial = nullptr;      //!< states or null
    const float* initialCell = nullptr;  //!< lstm
    float* y = nullptr;                  //!< outputs; any may be null
    float* last = nullptr;
    float* lastCell = nullptr;
};
int64_t recurrentWorkspace(const RecurrentCell& cell, int64_t steps, int64_t batch);  //!< floats
void recurrent(const RecurrentCell& cell, const float* packed, const RecurrentArgs& args, float* workspace);

}  // namespace opentrt::cpu::kernels
