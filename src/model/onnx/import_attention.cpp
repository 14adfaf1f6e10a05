// SPDX-License-Identifier: Apache-2.0
// Attention and rotary embeddings of opset 23. Three-dimensional inputs hold the heads side by side and are taken apart
// first.
#include <cmath>

#include "model/onnx/build.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

//! [batch, positions, heads * size] as [batch, heads, positions, size].
ITensor& splitHeads(Context& c, ITensor& x, const char* attribute) {
    const int64_t heads = c.node.integer(attribute);
    const Sizes dims = sizesOf(c, x);
    if (heads < 1 || (dims[2].known && *dims[2].known % heads != 0)) {
        fail(Code::kINVALID_NODE,
             cat("attribute ", attribute, " is ", heads, ", which does not divide ", toList(dimsOf(x))));
    }
    ITensor& split = reshapedTo(c, x, {dims[0], dims[1], heads, divided(c, dims[2], heads)});
    return transposed(c, split, {0, 2, 1, 3});
}

ITensor& mergeHeads(Context& c, ITensor& x) {
    ITensor& turned = transposed(c, x, {0, 2, 1, 3});
    const Sizes dims = sizesOf(c, turned);
    return reshapedTo(c, turned, {dims[0], dims[1], times(c, dims[2], dims[3])});
}

void requireRank(Context& c, int input, int rank) {
    if (c.rank(input) != rank)
        fail(Code::kINVALID_NODE, cat("input ", input, " has rank ", c.rank(input), " when it should be ", rank));
}

ITensor& withPast(Context& c, ITensor& present, int past) {
    return c.has(past) ? concatenated(c, {&c.tensor(past), &present}, 2) : present;
}

}  // namespace

void importAttention(Context& c) {
    if (c.has(6))
        fail(Code::kUNSUPPORTED_NODE_INPUT, "input nonpad_kv_seqlen is not supported; give attn_mask instead");
    if (c.node.real("softcap", 0) != 0) fail(Code::kUNSUPPORTED_NODE_ATTR, "attribute softcap is not supported");
    if (c.node.integer("left_window_size", -1) >= 0 || c.node.integer("right_window_size", -1) >= 0) {
        fail(Code::kUNSUPPORTED_NODE_ATTR, "a window (left_window_size, right_window_size) is not supported");
    }
    const bool merged = c.rank(0) == 3;
    for (int i = 0; i < 3; ++i) requireRank(c, i, merged ? 3 : 4);
    ITensor& q = merged ? splitHeads(c, c.tensor(0), "q_num_heads") : c.tensor(0);
    ITensor& k = withPast(c, merged ? splitHeads(c, c.tensor(1), "kv_num_heads") : c.tensor(1), 4);
    ITensor& v = withPast(c, merged ? splitHeads(c, c.tensor(2), "kv_num_heads") : c.tensor(2), 5);
    const int64_t size = dimsOf(q).d[3];
    if (size < 1 && !c.node.has("scale"))
        fail(Code::kUNSUPPORTED_NODE_DYNAMIC, "the head size must be static, or attribute scale given");
    const double scale = c.node.has("scale") ? c.node.real("scale", 1) : 1 / std::sqrt(static_cast<double>(size));
    // With a cache the queries are the last positions of the keys.
    const char* causal = !c.node.flag("is_causal") ? "none" : c.has(4) ? "lower_right" : "upper_left";
    std::vector<ITensor*> inputs{&q, &k, &v};
    if (c.has(3)) inputs.push_back(&c.tensorOfRank(3, 4));
    ITensor& y = c.made(cat("Attention{causal=", causal, ", scale=", realText(scale), "}"), inputs);
    c.output(0, merged ? mergeHeads(c, y) : y);
    if (c.wants(1)) c.output(1, identity(c, k));
    if (c.wants(2)) c.output(2, identity(c, v));
}

void importRotaryEmbedding(Context& c) {
    const bool merged = c.rank(0) == 3;
    requireRank(c, 0, merged ? 3 : 4);
    ITensor& x = merged ? splitHeads(c, c.tensor(0), "num_heads") : c.tensor(0);
    const int64_t dim = c.node.integer("rotary_embedding_dim", 0);
    if (dim < 0 || dim % 2 != 0 || dim > (1 << 20))
        fail(Code::kINVALID_NODE, cat("attribute rotary_embedding_dim is ", dim));
    std::vector<ITensor*> inputs{&x, &c.tensor(1), &c.tensor(2)};
    if (c.has(3)) inputs.push_back(&c.tensor(3));
    ITensor& y =
        c.made(cat("RotaryEmbedding{interleaved=", flagText(c.node.flag("interleaved")), ", dim=", dim, "}"), inputs);
    c.output(0, merged ? mergeHeads(c, y) : y);
}

}  // namespace opentrt::model
