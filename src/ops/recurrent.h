// SPDX-License-Identifier: Apache-2.0
// Recurrent, with the meaning of ONNX RNN, GRU, LSTM. d directions (2 if bidirectional), h = hidden, g gates (rnn 1;
// gru 3 in order z r h; lstm 4 in order i o f c). Inputs: 0 x [T, B, I], 1 W [d, g*h, I], 2 R [d, g*h, h], and
// optional: 3 B [d, 2*g*h] (input then recurrent biases), 4 lengths [B] (i32), 5 initial state [d, B, h], 6 initial
// cell [d, B, h] (lstm), 7 peepholes [d, 3*h] in order i o f (lstm). Outputs: 0 Y [T, d, B, h], 1 last state [d, B, h],
// 2 last cell (lstm only). layout 1 puts the batch first: x [B, T, I], states [B, d, h], Y [B, T, d, h]. Behind an
// item's length Y is 0 and the last state is the one at its length; the reverse direction starts at its length.
// activations: empty, or 1 (rnn), 2 (gru), 3 (lstm) names per direction out of Relu Tanh Sigmoid Affine LeakyRelu
// ThresholdedRelu ScaledTanh HardSigmoid Elu Softsign Softplus, with alphas and betas given in order to those that take
// them (missing ones: the ONNX defaults). clip > 0 bounds the activations' arguments. Types: f32 f16 bf16; every
// element of a state is rounded to the type at each step. Tested by tests/ops/recurrent.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

enum class RecurrentCell { Rnn, Gru, Lstm };
inline constexpr const char* kRecurrentCellNames[] = {"rnn", "gru", "lstm"};
enum class RecurrentDirection { Forward, Reverse, Bidirectional };
inline constexpr const char* kRecurrentDirectionNames[] = {"forward", "reverse", "bidirectional"};

class Recurrent : public OpBase<Recurrent> {
public:
    static constexpr OpInfo kInfo{"Recurrent", OpClass::Opaque, 3, 8, -1, "RNN, GRU or LSTM over a sequence"};

    RecurrentCell cell = RecurrentCell::Lstm;
    RecurrentDirection direction = RecurrentDirection::Forward;
    int64_t hidden = 0;
    std::vector<std::string> activations;
    std::vector<double> alphas;
    std::vector<double> betas;
    double clip = 0;                 //!< 0: none
    bool inputForget = false;        //!< lstm: the forget gate is 1 - input gate
    bool linearBeforeReset = false;  //!< gru
    int64_t layout = 0;

    int64_t directions() const { return direction == RecurrentDirection::Bidirectional ? 2 : 1; }
    int64_t gates() const { return cell == RecurrentCell::Lstm ? 4 : cell == RecurrentCell::Gru ? 3 : 1; }
    //! Number of outputs a node of this operator has.
    int outputCount() const { return cell == RecurrentCell::Lstm ? 3 : 2; }

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    double flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const override;
    void fields(FieldVisitor& v) override {
        v.field("cell", cell, kRecurrentCellNames);
        v.field("direction", direction, kRecurrentDirectionNames);
        v.field("hidden", hidden);
        v.field("activations", activations);
        v.field("alphas", alphas);
        v.field("betas", betas);
        v.field("clip", clip);
        v.field("inputForget", inputForget);
        v.field("linearBeforeReset", linearBeforeReset);
        v.field("layout", layout);
    }
};

}  // namespace opentrt::ops
