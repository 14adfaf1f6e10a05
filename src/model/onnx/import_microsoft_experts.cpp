// SPDX-License-Identifier: Apache-2.0
// Mixtures of experts of ONNX Runtime: every expert computes every token, and the router's weights, 0 for those that it
// did not choose, add them up. Tested by tests/onnx_nodes/own_experts.py.
#include <cmath>

#include "model/onnx/build.h"
#include "model/onnx/operators.h"
#include "model/onnx/packed_weights.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::ActivationType;
using nvinfer1::ElementWiseOperation;
using nvinfer1::MatrixOperation;

//! One layer of all experts: weights [experts, out, in] and bias [experts, out], null for none.
struct ExpertLayer {
    ITensor* weights = nullptr;
    ITensor* bias = nullptr;
};

//! [1 or experts, tokens, in] to [experts, tokens, out].
ITensor& applied(Context& c, ITensor& x, const ExpertLayer& layer) {
    ITensor& y =
        c.out(c.network.addMatrixMultiply(x, MatrixOperation::kNONE, *layer.weights, MatrixOperation::kTRANSPOSE));
    return layer.bias ? binary(c, y, unsqueezed(c, *layer.bias, {1}), ElementWiseOperation::kSUM) : y;
}

//! Every second element of the last axis, or half of it.
ITensor& halfOf(Context& c, ITensor& x, int64_t which, bool interleaved) {
    const Size half = divided(c, sizeOf(c, x, 2), 2);
    if (!interleaved) return sliced(c, x, {{2}, {times(c, half, which)}, {half}, {}});
    return sliced(c, x, {{2}, {which}, {half}, {2}});
}

//! gate * sigmoid(alpha * gate) * (linear + beta), both limited before.
ITensor& swiglu(Context& c, ITensor& gate, ITensor& linear) {
    ITensor *g = &gate, *l = &linear;
    const float limit = c.node.real("swiglu_limit", 0);
    if (limit > 0) {
        g = &withNumber(c, *g, ElementWiseOperation::kMIN, limit);
        l = &activation(c, *l, ActivationType::kCLIP, -limit, limit);
    }
    ITensor& scaled = withNumber(c, *g, ElementWiseOperation::kPROD, c.node.real("activation_alpha", 1));
    ITensor& soft = binary(c, *g, activation(c, scaled, ActivationType::kSIGMOID), ElementWiseOperation::kPROD);
    ITensor& shifted = withNumber(c, *l, ElementWiseOperation::kSUM, c.node.real("activation_beta", 0));
    return binary(c, soft, shifted, ElementWiseOperation::kPROD);
}

//! What lies between the layers; `up` is null without a third layer.
ITensor& activated(Context& c, ITensor& x, ITensor* up) {
    const std::string kind = c.node.text("activation_type", "relu");
    const int64_t fusion = c.node.integer("swiglu_fusion", 0);
    if (kind == "swiglu") {
        if (fusion == 0 && !up) fail(Code::kINVALID_NODE, "swiglu without fusion needs the third weights");
        return fusion == 0 ? swiglu(c, x, *up) : swiglu(c, halfOf(c, x, 0, fusion == 1), halfOf(c, x, 1, fusion == 1));
    }
    ITensor* y = &x;
    if (kind == "relu") y = &activation(c, x, ActivationType::kRELU);
    if (kind == "gelu") y = &activation(c, x, ActivationType::kGELU_TANH);
    if (kind == "silu") y = &binary(c, x, activation(c, x, ActivationType::kSIGMOID), ElementWiseOperation::kPROD);
    if (kind != "relu" && kind != "gelu" && kind != "silu" && kind != "identity")
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute activation_type = \"", kind, "\" is not supported"));
    return up ? binary(c, *y, *up, ElementWiseOperation::kPROD) : *y;
}

//! [tokens, experts]: the weight of each expert, 0 for those that are not among the best k.
ITensor& routing(Context& c, ITensor& logits) {
    if (c.node.flag("use_sparse_mixer"))
        fail(Code::kUNSUPPORTED_NODE_ATTR, "attribute use_sparse_mixer is not supported");
    const int64_t k = c.node.integer("k", 1);
    auto& softmax = c.add(c.network.addSoftMax(logits));
    softmax.setAxes(1U << 1U);
    auto& best = c.add(
        c.network.addTopK(*softmax.getOutput(0), nvinfer1::TopKOperation::kMAX, static_cast<int32_t>(k), 1U << 1U));
    ITensor* weights = best.getOutput(0);
    if (c.node.flag("normalize_routing_weights")) {
        ITensor& total = reduce(c, *weights, nvinfer1::ReduceOperation::kSUM, {1}, true);
        weights = &binary(c, *weights, total, ElementWiseOperation::kDIV);
    }
    ITensor& none = expanded(c, c.number(weights->getType(), 0, 2), sizesOf(c, logits));
    auto& placed = c.add(c.network.addScatter(none, *best.getOutput(1), *weights, nvinfer1::ScatterMode::kELEMENT));
    placed.setAxis(1);
    return *placed.getOutput(0);
}

void mixed(Context& c, const ExpertLayer& first, const ExpertLayer& second, const ExpertLayer& third) {
    ITensor& x = c.tensor(0);
    const Sizes dims = sizesOf(c, x);
    ITensor& weights = routing(c, c.tensor(1));
    const Size tokens = sizeOf(c, weights, 0);
    ITensor& rows = reshapedTo(c, x, {1, tokens, dims.back()});
    const int64_t experts = dimsOf(*first.weights).d[0];
    if (experts < 1) fail(Code::kUNSUPPORTED_NODE_SHAPE, "the number of experts is not known");
    ITensor& all = expanded(c, rows, {experts, tokens, dims.back()});
    ITensor* up = third.weights ? &applied(c, all, third) : nullptr;
    ITensor& y = applied(c, activated(c, applied(c, all, first), up), second);
    ITensor& factors = unsqueezed(c, transposed(c, weights, {1, 0}), {2});
    ITensor& sum =
        reduce(c, binary(c, y, factors, ElementWiseOperation::kPROD), nvinfer1::ReduceOperation::kSUM, {0}, false);
    c.output(0, reshapedTo(c, sum, dims));
}

//! Codes of few bits along the last axis, with a scale for each row or each block of it, as reals.
ITensor& expertWeights(Context& c, int codes, int scales, int zeros, const char* bitsName) {
    PackedWeights packed;
    packed.bits = c.node.integer(bitsName, c.node.integer("expert_weight_bits", 4));
    packed.block = c.node.integer("block_size", 0);
    packed.codes = c.constant(codes);
    packed.scales = c.constant(scales);
    packed.zeros = c.constant(zeros);
    if (!packed.codes || !packed.scales || (c.has(zeros) && !packed.zeros))
        fail(Code::kUNSUPPORTED_NODE_INPUT, "weights, scales and zero points should be constants");
    return c.constantTensor(unpacked(packed, c.type(0)));
}

}  // namespace

void importMoE(Context& c) {
    mixed(c, {&c.tensor(2), c.optional(3)}, {&c.tensor(4), c.optional(5)}, {c.optional(6), c.optional(7)});
}

void importQMoE(Context& c) {
    if (c.node.text("quant_type", "int") != "int" || c.node.integer("weights_prepacked", 0) == 1)
        fail(Code::kUNSUPPORTED_NODE_ATTR, "only quant_type = \"int\" without weights_prepacked is supported");
    if (c.has(14)) fail(Code::kUNSUPPORTED_NODE_INPUT, "input router_weights is not supported");
    if (c.inputCount() > 15)
        fail(Code::kUNSUPPORTED_NODE_INPUT, "global scales and scales of activations are not supported");
    const ExpertLayer first{&expertWeights(c, 2, 3, 11, "fc1_expert_weight_bits"), c.optional(4)};
    const ExpertLayer second{&expertWeights(c, 5, 6, 12, "fc2_expert_weight_bits"), c.optional(7)};
    ExpertLayer third;
    if (c.has(8)) third = {&expertWeights(c, 8, 9, 13, "fc3_expert_weight_bits"), c.optional(10)};
    mixed(c, first, second, third);
}

}  // namespace opentrt::model
