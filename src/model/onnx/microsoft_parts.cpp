// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/microsoft_parts.h"

#include <cmath>

#include "model/onnx/build.h"
#include "model/onnx/op_text.h"

namespace opentrt::model {

using nvinfer1::ElementWiseOperation;
using nvinfer1::MatrixOperation;

ITensor& sum(Context& c, ITensor& a, ITensor& b) {
    return binary(c, a, b, ElementWiseOperation::kSUM);
}

ITensor& productOf(Context& c, ITensor& a, ITensor& b) {
    return binary(c, a, b, ElementWiseOperation::kPROD);
}

ITensor& part(Context& c, ITensor& x, int axis, const Size& start, const Size& size) {
    return sliced(c, x, {{axis}, {start}, {size}, {}});
}

ITensor& normalized(Context& c, ITensor& x, ITensor& gamma, ITensor* beta, float epsilon) {
    const int rank = dimsOf(x).nbDims;
    std::vector<ITensor*> inputs{&x, &raised(c, gamma, rank)};
    if (beta) inputs.push_back(&raised(c, *beta, rank));
    return c.made(cat("Normalization{axes=[", rank - 1, "], epsilon=", realText(c.node.real("epsilon", epsilon)),
                      ", rms=", flagText(!beta), "}"),
                  inputs);
}

int64_t headsOf(Context& c, const char* attribute) {
    const int64_t heads = c.node.integer(attribute);
    if (heads < 1) fail(Code::kINVALID_NODE, cat("attribute ", attribute, " is ", heads));
    return heads;
}

void setMask(Context& c, int input, AttentionSpec& spec) {
    if (!c.has(input)) return;
    ITensor& mask = c.tensor(input);
    const int rank = dimsOf(mask).nbDims;
    if (rank == 1) {
        ITensor& lengths = unsqueezed(c, cast(c, mask, DataType::kINT64), {1, 2, 3});
        ITensor& keys = transposed(c, positions(c, spec.k, 2, DataType::kINT64), {0, 1, 3, 2});
        spec.mask = &binary(c, keys, lengths, ElementWiseOperation::kLESS);
        return;
    }
    if (rank > 3) fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("a mask of rank ", rank, " is not supported"));
    const std::vector<int> ones = rank == 2 ? std::vector<int>{1, 2} : std::vector<int>{1};
    spec.mask = &unsqueezed(c, withNumber(c, cast(c, mask, DataType::kINT32), ElementWiseOperation::kGREATER, 0), ones);
}

void addBias(Context& c, int input, AttentionSpec& spec) {
    if (!c.has(input)) return;
    ITensor& bias = c.tensorOfRank(input, 4);
    const DataType type = bias.getType();
    spec.mask = spec.mask ? &select(c, *spec.mask, bias, c.number(type, -INFINITY, 4)) : &bias;
}

ITensor& withPast(Context& c, ITensor* past, ITensor& present) {
    return past ? concatenated(c, {past, &present}, 2) : present;
}

std::vector<int64_t> projectedWidths(Context& c, ITensor& all) {
    std::vector<int64_t> widths = c.node.integers("qkv_hidden_sizes");
    const int64_t width = dimsOf(all).d[2];
    if (widths.empty() && width > 0) widths.assign(3, width / 3);
    if (widths.size() != 3) fail(Code::kUNSUPPORTED_NODE_SHAPE, "the weights should be static");
    return widths;
}

ITensor& projected(Context& c, ITensor& x, ITensor& weights, int bias) {
    const int rank = dimsOf(x).nbDims;
    ITensor& all =
        c.out(c.network.addMatrixMultiply(x, MatrixOperation::kNONE, raised(c, weights, rank), MatrixOperation::kNONE));
    return c.has(bias) ? sum(c, all, c.tensorOfRank(bias, rank)) : all;
}

ITensor& rotated(Context& c, ITensor& x, ITensor* places, ITensor& cosines, ITensor& sines, const Rotation& rotation) {
    std::vector<ITensor*> inputs{&x, &cosines, &sines};
    if (places) inputs.push_back(places);
    return c.made(cat("RotaryEmbedding{interleaved=", flagText(rotation.interleaved), ", dim=", rotation.dim, "}"),
                  inputs);
}

ITensor& headsForRotation(Context& c, ITensor& cosines) {
    int64_t heads = c.node.integer("num_heads", 0);
    if (heads == 0) {
        const int64_t half = dimsOf(cosines).d[1];
        const int64_t width = c.dims(0).d[2];
        if (c.node.integer("rotary_embedding_dim", 0) != 0 || half < 1 || width < 1)
            fail(Code::kUNSUPPORTED_NODE_ATTR, "attribute num_heads is needed to take the input apart");
        heads = width / (2 * half);
    }
    return headsApart(c, c.tensor(0), heads, "num_heads");
}

}  // namespace opentrt::model
