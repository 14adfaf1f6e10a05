// SPDX-License-Identifier: Apache-2.0
// LSTM, GRU and RNN: one operator with the meaning of ONNX behind all three.
#include "model/onnx/build.h"
#include "model/onnx/lookup.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"

namespace opentrt::model {
namespace {

struct Cell {
    const char* text;
    int64_t gates;
    int outputs;
    int inputs;  //!< without peepholes and cell state where the operator has none
};

constexpr NamedRow<Cell> kCells[] = {
    {"LSTM", {"lstm", 4, 3, 8}},
    {"GRU", {"gru", 3, 2, 6}},
    {"RNN", {"rnn", 1, 2, 6}},
};

constexpr const char* kActivations[] = {
    "Relu",       "Tanh",        "Sigmoid", "Affine",   "LeakyRelu", "ThresholdedRelu",
    "ScaledTanh", "HardSigmoid", "Elu",     "Softsign", "Softplus"};

//! Names are matched without regard to case, as ONNX says.
std::string activationName(const std::string& given) {
    const auto lower = [](std::string text) {
        std::transform(text.begin(), text.end(), text.begin(),
                       [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
        return text;
    };
    for (const char* known : kActivations) {
        if (lower(known) == lower(given)) return known;
    }
    fail(Code::kUNSUPPORTED_NODE_ATTR, cat("activation \"", given, "\" is not supported"));
}

std::string activationsText(Context& c) {
    std::string text;
    for (const std::string& name : c.node.texts("activations"))
        text += (text.empty() ? "\"" : ",\"") + activationName(name) + "\"";
    return "[" + text + "]";
}

std::string numbersText(Context& c, const char* attribute) {
    const std::vector<float> values = c.node.reals(attribute);
    return realsText({values.begin(), values.end()});
}

int64_t hiddenSize(Context& c, ITensor& recurrent) {
    const int64_t given = c.node.integer("hidden_size", 0);
    const nvinfer1::Dims recurrence = dimsOf(recurrent);
    const int64_t found = recurrence.nbDims == 3 ? recurrence.d[2] : -1;
    if (found < 1 || (given != 0 && given != found)) {
        fail(Code::kINVALID_NODE,
             cat("hidden_size is ", given, " but the recurrence weights have dimensions ", toList(recurrence)));
    }
    return found;
}

//! Weights and recurrence weights are those of the node, or what they stand for.
void addRecurrent(Context& c, const Cell& cell, ITensor& weights, ITensor& recurrent) {
    const std::string direction = c.node.text("direction", "forward");
    if (direction != "forward" && direction != "reverse" && direction != "bidirectional") {
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute direction = \"", direction, "\" is not supported"));
    }
    std::string text =
        cat("Recurrent{cell=", cell.text, ", direction=", direction, ", hidden=", hiddenSize(c, recurrent),
            ", activations=", activationsText(c), ", alphas=", numbersText(c, "activation_alpha"),
            ", betas=", numbersText(c, "activation_beta"), ", clip=", realText(c.node.real("clip", 0)),
            ", inputForget=", flagText(c.node.flag("input_forget")),
            ", linearBeforeReset=", flagText(c.node.flag("linear_before_reset")),
            ", layout=", c.node.integer("layout", 0), "}");
    std::vector<ITensor*> inputs{&c.tensor(0), &weights, &recurrent};
    for (int i = 3; i < std::min(cell.inputs, c.inputCount()); ++i) {
        ITensor* input = c.optional(i);
        const bool lengths = i == 4 && input;
        inputs.push_back(lengths ? &cast(c, *input, DataType::kINT32) : input);
    }
    while (!inputs.empty() && !inputs.back()) inputs.pop_back();
    nvinfer1::ILayer& layer = c.addOperator(text, inputs, cell.outputs);
    for (int i = 0; i < cell.outputs; ++i) {
        if (c.wants(i)) c.output(i, *layer.getOutput(i));
    }
}

//! Quantized weights [directions, inputs, gates] as floats in the order of LSTM, [directions, gates, inputs]. The scale
//! is one number per direction, or per gate as well.
ITensor& dequantizedGates(Context& c, int input, int scale, int zero) {
    const auto spread = [&](int list) -> ITensor& {
        ITensor& real = cast(c, c.tensor(list), DataType::kFLOAT);
        return unsqueezed(c, real, dimsOf(real).nbDims == 1 ? std::vector<int>{1, 2} : std::vector<int>{1});
    };
    ITensor& steps = cast(c, c.tensor(input), DataType::kFLOAT);
    ITensor& centred = c.has(zero) ? binary(c, steps, spread(zero), nvinfer1::ElementWiseOperation::kSUB) : steps;
    ITensor& real = binary(c, centred, spread(scale), nvinfer1::ElementWiseOperation::kPROD);
    return transposed(c, real, {0, 2, 1});
}

}  // namespace

void importRecurrent(Context& c) {
    if (!c.has(0) || !c.has(1) || !c.has(2)) fail(Code::kINVALID_NODE, "the inputs X, W and R are required");
    addRecurrent(c, *findRow(kCells, c.node.op()), c.tensor(1), c.tensor(2));
}

//! ONNX Runtime rounds inputs and states to eight bits before each product; here only the weights are quantized.
void importDynamicQuantizeLstm(Context& c) {
    if (c.rank(1) != 3 || c.rank(2) != 3) fail(Code::kINVALID_NODE, "the weights should have rank 3");
    addRecurrent(c, *findRow(kCells, "LSTM"), dequantizedGates(c, 1, 8, 9), dequantizedGates(c, 2, 10, 11));
}

}  // namespace opentrt::model
