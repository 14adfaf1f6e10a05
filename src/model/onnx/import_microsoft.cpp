// SPDX-License-Identifier: Apache-2.0
// The fused transformer operators that ONNX Runtime's optimizer writes into files, taken apart again.
// Tested by tests/onnx_nodes/own_cases.py, which computes what they mean with numpy.
#include <cmath>

#include "model/onnx/attention_parts.h"
#include "model/onnx/build.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/quantize.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::MatrixOperation;

ITensor& sum(Context& c, ITensor& a, ITensor& b) {
    return binary(c, a, b, ElementWiseOperation::kSUM);
}

ITensor& part(Context& c, ITensor& x, int axis, const Size& start, const Size& size) {
    return sliced(c, x, {{axis}, {start}, {size}, {}});
}

//! Over the last axis; without beta RMS normalisation.
ITensor& normalized(Context& c, ITensor& x, ITensor& gamma, ITensor* beta, float epsilon) {
    const int rank = dimsOf(x).nbDims;
    std::vector<ITensor*> inputs{&x, &raised(c, gamma, rank)};
    if (beta) inputs.push_back(&raised(c, *beta, rank));
    return c.made(cat("Normalization{axes=[", rank - 1, "], epsilon=", realText(c.node.real("epsilon", epsilon)),
                      ", rms=", flagText(!beta), "}"),
                  inputs);
}

int64_t headsOf(Context& c, const char* attribute = "num_heads") {
    const int64_t heads = c.node.integer(attribute);
    if (heads < 1) fail(Code::kINVALID_NODE, cat("attribute ", attribute, " is ", heads));
    return heads;
}

//! Integers as a bool mask that broadcasts to [batch, heads, queries, keys]; a list holds the lengths that count.
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

//! A bias on top of the mask.
void addBias(Context& c, int input, AttentionSpec& spec) {
    if (!c.has(input)) return;
    ITensor& bias = c.tensorOfRank(input, 4);
    const DataType type = bias.getType();
    spec.mask = spec.mask ? &select(c, *spec.mask, bias, c.number(type, -INFINITY, 4)) : &bias;
}

ITensor& withPast(Context& c, ITensor* past, ITensor& present) {
    return past ? concatenated(c, {past, &present}, 2) : present;
}

struct Rotation {
    bool interleaved;
    int64_t dim;
};

ITensor& rotated(Context& c, ITensor& x, ITensor& places, int cosines, int sines, const Rotation& rotation) {
    return c.made(cat("RotaryEmbedding{interleaved=", flagText(rotation.interleaved), ", dim=", rotation.dim, "}"),
                  {&x, &c.tensor(cosines), &c.tensor(sines), &places});
}

struct AttentionInputs {
    int mask, past, bias;  //!< bias -1: there is none
};

//! One product makes queries, keys and values of x; output 1 holds keys and values for the next run.
void importProjectedAttention(Context& c, ITensor& x, ITensor& w, const AttentionInputs& at) {
    if (c.node.flag("do_rotary") || c.node.flag("past_present_share_buffer"))
        fail(Code::kUNSUPPORTED_NODE, "do_rotary and shared buffers are not supported; use GroupQueryAttention");
    const int64_t heads = headsOf(c);
    ITensor& weights = raised(c, w, 3);
    ITensor* all = &c.out(c.network.addMatrixMultiply(x, MatrixOperation::kNONE, weights, MatrixOperation::kNONE));
    if (c.has(2)) all = &sum(c, *all, c.tensorOfRank(2, 3));
    std::vector<int64_t> widths = c.node.integers("qkv_hidden_sizes");
    const int64_t width = dimsOf(*all).d[2];
    if (widths.empty() && width > 0) widths.assign(3, width / 3);
    if (widths.size() != 3) fail(Code::kUNSUPPORTED_NODE_SHAPE, "the weights should be static");
    const auto piece = [&](int64_t start, int64_t size) -> ITensor& {
        return headsApart(c, part(c, *all, 2, start, size), heads, "num_heads");
    };
    ITensor* past[2] = {nullptr, nullptr};
    for (int64_t i = 0; i < 2 && c.has(at.past); ++i) past[i] = &squeezed(c, part(c, c.tensor(at.past), 0, i, 1), {0});
    ITensor& q = piece(0, widths[0]);
    ITensor& k = withPast(c, past[0], piece(widths[0], widths[1]));
    ITensor& v = withPast(c, past[1], piece(widths[0] + widths[1], widths[2]));
    const ScaledQueries queries = scaledQueries(c, q, c.node.real("scale", 0));
    AttentionSpec spec{queries.q, k, v};
    spec.scale = queries.scale;
    spec.causal = c.node.flag("unidirectional");
    if (past[0]) spec.offset = sizeOf(c, *past[0], 2);
    setMask(c, at.mask, spec);
    if (at.bias >= 0) addBias(c, at.bias, spec);
    c.output(0, headsTogether(c, attentionFromParts(c, spec).y));
    if (c.wants(1)) c.output(1, concatenated(c, {&unsqueezed(c, k, {0}), &unsqueezed(c, v, {0})}, 0));
}

}  // namespace

//! Sum of input, skip and bias (which is also an output), normalised.
void importSkipLayerNormalization(Context& c) {
    const bool rms = c.node.op() == "SkipSimplifiedLayerNormalization";
    const int bias = rms ? 3 : 4;
    if (c.wants(1) || c.wants(2)) fail(Code::kUNSUPPORTED_NODE, "the outputs mean and inv_std_var are not supported");
    const int rank = c.rank(0);
    ITensor* x = &sum(c, c.tensor(0), c.tensorOfRank(1, rank));
    if (c.has(bias)) x = &sum(c, *x, c.tensorOfRank(bias, rank));
    ITensor* beta = nullptr;
    if (!rms) beta = c.has(3) ? &c.tensor(3) : &c.number(x->getType(), 0, 1);
    c.output(0, normalized(c, *x, c.tensor(2), beta, rms ? 1e-6F : 1e-12F));
    if (c.wants(3)) c.output(3, *x);
}

namespace {

struct EmbedInputs {
    ITensor &words, &places;
    ITensor* segments;
    ITensor &gamma, &beta;
    int mask, positions;  //!< inputs; positions -1: there is none
};

void embed(Context& c, const EmbedInputs& in) {
    ITensor& ids = c.tensor(0);
    ITensor* x = &gathered(c, in.words, ids, 0);
    const bool given = in.positions >= 0 && c.has(in.positions);
    ITensor& places =
        given ? gathered(c, in.places, c.tensor(in.positions), 0) : part(c, in.places, 0, 0, sizeOf(c, ids, 1));
    x = &sum(c, *x, places);
    if (in.segments && c.has(1)) x = &sum(c, *x, gathered(c, *in.segments, c.tensor(1), 0));
    c.output(0, normalized(c, *x, in.gamma, &in.beta, 1e-12F));
    if (c.wants(1)) {
        if (c.has(in.mask)) {
            ITensor& mask = cast(c, c.tensor(in.mask), DataType::kINT32);
            c.output(1, reduce(c, mask, nvinfer1::ReduceOperation::kSUM, {1}, false));
        } else {
            c.output(1, expanded(c, c.number(DataType::kINT32, 0, 1), {sizeOf(c, ids, 0)}));
        }
    }
    if (c.wants(2)) c.output(2, *x);
}

}  // namespace

void importEmbedLayerNormalization(Context& c) {
    embed(c, {c.tensor(2), c.tensor(3), c.optional(4), c.tensor(5), c.tensor(6), 7, 8});
}

//! The tables, gamma and beta are quantized; scales and zero points stand behind the mask, in the same order.
void importQEmbedLayerNormalization(Context& c) {
    const auto table = [&](int input, int place) -> ITensor& {
        return dequantized(c, input, 8 + place, 13 + place, 0);
    };
    ITensor* segments = c.has(4) ? &table(4, 2) : nullptr;
    embed(c, {table(2, 0), table(3, 1), segments, table(5, 3), table(6, 4), 7, -1});
}

void importMicrosoftAttention(Context& c) {
    if (c.has(6)) fail(Code::kUNSUPPORTED_NODE, "shared buffers are not supported; use GroupQueryAttention");
    importProjectedAttention(c, c.tensor(0), c.tensor(1), {3, 4, 5});
}

//! Input and weights are quantized, the rest is not.
void importQAttention(Context& c) {
    importProjectedAttention(c, dequantized(c, 0, 3, 6, 0), dequantized(c, 1, 4, 7, 1), {5, 8, -1});
}

void importMultiHeadAttention(Context& c) {
    const int64_t heads = headsOf(c);
    // Biases lie behind each other in one list.
    ITensor* bias = c.has(3) ? &c.tensor(3) : nullptr;
    Size start = 0;
    const auto split = [&](ITensor& x) -> ITensor& {
        if (dimsOf(x).nbDims == 4) return x;
        const Size width = sizeOf(c, x, 2);
        ITensor& biased = bias ? sum(c, x, part(c, *bias, 0, start, width)) : x;
        start = plus(c, start, width);
        return headsApart(c, biased, heads, "num_heads");
    };
    // Queries, keys and values may be packed into one tensor, or keys and values: [batch, positions, heads, 2 or 3,
    // size].
    const auto unpacked = [&](int input, int64_t at) -> ITensor& {
        ITensor& one = squeezed(c, part(c, c.tensor(input), 3, at, 1), {3});
        const Sizes d = sizesOf(c, one);
        return reshapedTo(c, one, {d[0], d[1], times(c, d[2], d[3])});
    };
    const bool all = c.rank(0) == 5, pairs = !all && c.has(1) && c.rank(1) == 5;
    if (!all && !pairs && (!c.has(1) || !c.has(2))) fail(Code::kINVALID_NODE, "keys or values are missing");
    ITensor& q = split(all ? unpacked(0, 0) : c.tensor(0));
    ITensor& newKeys = split(all ? unpacked(0, 1) : pairs ? unpacked(1, 0) : c.tensor(1));
    ITensor& newValues = split(all ? unpacked(0, 2) : pairs ? unpacked(1, 1) : c.tensor(2));
    ITensor& k = withPast(c, c.optional(6), newKeys);
    ITensor& v = withPast(c, c.optional(7), newValues);
    const ScaledQueries queries = scaledQueries(c, q, c.node.real("scale", 0));
    AttentionSpec spec{queries.q, k, v};
    spec.scale = queries.scale;
    spec.causal = c.node.flag("unidirectional");
    if (c.has(6)) spec.offset = sizeOf(c, c.tensor(6), 2);
    setMask(c, 4, spec);
    addBias(c, 5, spec);
    c.output(0, headsTogether(c, attentionFromParts(c, spec).y));
    if (c.wants(1)) c.output(1, identity(c, k));
    if (c.wants(2)) c.output(2, identity(c, v));
}

//! The new rows go behind those that count in the cache, which the lengths (input 5, less one) say per batch.
void importGroupQueryAttention(Context& c) {
    const int64_t heads = headsOf(c);
    const int64_t keyHeads = headsOf(c, "kv_num_heads");
    ITensor* q = &c.tensor(0);
    ITensor* k = nullptr;
    ITensor* v = nullptr;
    if (c.has(1)) {
        k = &c.tensor(1);
        v = &c.tensor(2);
    } else {
        const Size size = divided(c, sizeOf(c, *q, 2), heads + 2 * keyHeads);
        const Size narrow = times(c, size, keyHeads);
        const Size wide = times(c, size, heads);
        ITensor& all = *q;
        q = &part(c, all, 2, 0, wide);
        k = &part(c, all, 2, wide, narrow);
        v = &part(c, all, 2, plus(c, wide, narrow), narrow);
    }
    q = &headsApart(c, *q, heads, "num_heads");
    k = &headsApart(c, *k, keyHeads, "kv_num_heads");
    v = &headsApart(c, *v, keyHeads, "kv_num_heads");
    const Size batch = sizeOf(c, *q, 0);
    const Size count = sizeOf(c, *q, 2);
    ITensor& lengths =
        withNumber(c, reshapedTo(c, cast(c, c.tensor(5), DataType::kINT64), {batch, 1}), ElementWiseOperation::kSUM, 1);
    ITensor& before = binary(c, lengths, asTensor(c, count), ElementWiseOperation::kSUB);
    if (c.node.flag("do_rotary")) {
        ITensor& places = sum(c, before, raised(c, ramp(c, count, DataType::kINT64), 2));
        const Rotation rotation{c.node.flag("rotary_interleaved"), 0};
        q = &rotated(c, *q, places, 7, 8, rotation);
        k = &rotated(c, *k, places, 7, 8, rotation);
    }
    const auto cached = [&](int past, ITensor& fresh) -> ITensor& {
        if (!c.has(past)) return fresh;
        ITensor& old = c.tensor(past);
        const Size rows = larger(c, sizeOf(c, old, 2), numberOf(c, 6));
        const Sizes dims{batch, keyHeads, rows, sizeOf(c, fresh, 3)};
        // Row r of the result is row r of the cache, or row `last cached + r - before` of both joined.
        ITensor& joined = concatenated(c, {&old, &fresh}, 2);
        ITensor& row = unsqueezed(c, ramp(c, rows, DataType::kINT64), {0, 1, 3});
        ITensor& kept = unsqueezed(c, before, {2, 3});
        ITensor& shift = binary(c, asTensor(c, sizeOf(c, old, 2)), kept, ElementWiseOperation::kSUB);
        ITensor& isOld = binary(c, row, kept, ElementWiseOperation::kLESS);
        ITensor& where = select(c, isOld, row, sum(c, row, shift));
        ITensor& last = asTensor(c, minus(c, sizeOf(c, joined, 2), 1));
        ITensor& safe = binary(c, where, last, ElementWiseOperation::kMIN);
        auto& layer = c.add(c.network.addGatherV2(joined, expanded(c, safe, dims), nvinfer1::GatherMode::kELEMENT));
        layer.setGatherAxis(2);
        return *layer.getOutput(0);
    };
    ITensor& keys = cached(3, *k);
    ITensor& values = cached(4, *v);
    const ScaledQueries queries = scaledQueries(c, *q, c.node.real("scale", 0));
    AttentionSpec spec{queries.q, keys, values};
    spec.scale = queries.scale;
    spec.softcap = c.node.real("softcap", 0);
    spec.causal = true;
    spec.valid = &reshapedTo(c, lengths, {batch});
    const int64_t window = c.node.integer("local_window_size", -1);
    if (window > 0) spec.left = window - 1;
    addBias(c, 10, spec);
    c.output(0, headsTogether(c, attentionFromParts(c, spec).y));
    if (c.wants(1)) c.output(1, identity(c, keys));
    if (c.wants(2)) c.output(2, identity(c, values));
}

//! Unlike the standard's, the places come before the caches, and one place may stand for the first of all.
void importMicrosoftRotaryEmbedding(Context& c) {
    const bool merged = c.rank(0) == 3;
    const int64_t dim = c.node.integer("rotary_embedding_dim", 0);
    int64_t heads = c.node.integer("num_heads", 0);
    if (merged && heads == 0) {
        const int64_t half = c.dims(2).d[1];
        const int64_t width = c.dims(0).d[2];
        if (dim != 0 || half < 1 || width < 1)
            fail(Code::kUNSUPPORTED_NODE_ATTR, "attribute num_heads is needed to take the input apart");
        heads = width / (2 * half);
    }
    ITensor& x = merged ? headsApart(c, c.tensor(0), heads, "num_heads") : c.tensor(0);
    ITensor* places = &cast(c, c.tensor(1), DataType::kINT64);
    if (dimsOf(*places).nbDims == 1) {
        const Size count = sizeOf(c, x, 2);
        ITensor& all = sum(c, raised(c, ramp(c, count, DataType::kINT64), 2), raised(c, *places, 2));
        places = &expanded(c, all, {sizeOf(c, x, 0), count});
    }
    ITensor& y = rotated(c, x, *places, 2, 3, {c.node.flag("interleaved"), dim});
    c.output(0, merged ? headsTogether(c, y) : y);
}

}  // namespace opentrt::model
