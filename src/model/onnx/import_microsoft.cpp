// SPDX-License-Identifier: Apache-2.0
// Normalisations, embeddings, rotations and grouped attention that ONNX Runtime's optimizer writes into files, taken
// apart again. Tested by tests/onnx_nodes/own_*.py, which compute what they mean with numpy.
#include "model/onnx/build.h"
#include "model/onnx/microsoft_parts.h"
#include "model/onnx/operators.h"
#include "model/onnx/quantize.h"

namespace opentrt::model {

using nvinfer1::ElementWiseOperation;

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

namespace {

//! Caches of GroupQueryAttention that hold the whole sequence, not quantized.
void requirePlainCache(Context& c) {
    const auto isQuantized = [&](const char* attribute) { return c.node.text(attribute, "NONE") != "NONE"; };
    if (isQuantized("k_quant_type") || isQuantized("v_quant_type") || c.has(12) || c.has(13))
        fail(Code::kUNSUPPORTED_NODE_ATTR, "quantized caches are not supported");
    if (c.node.flag("sliding_window_cache"))
        fail(Code::kUNSUPPORTED_NODE_ATTR, "caches of a window (sliding_window_cache) are not supported");
    if (c.has(14) != c.has(15)) fail(Code::kINVALID_NODE, "q_norm_weight and k_norm_weight should both be given");
}

struct Heads {
    ITensor *q, *k, *v;  //!< [batch, heads, positions, size]
};

//! From three inputs or one in which they lie side by side, normalised by head where the node says so.
Heads groupedHeads(Context& c, int64_t heads, int64_t keyHeads) {
    ITensor* parts[3] = {&c.tensor(0), c.optional(1), c.optional(2)};
    if (!parts[1] != !parts[2]) fail(Code::kINVALID_NODE, "keys or values are missing");
    if (!parts[1]) {
        ITensor& all = *parts[0];
        const Size size = divided(c, sizeOf(c, all, 2), heads + 2 * keyHeads);
        const Size narrow = times(c, size, keyHeads);
        const Size wide = times(c, size, heads);
        parts[0] = &part(c, all, 2, 0, wide);
        parts[1] = &part(c, all, 2, wide, narrow);
        parts[2] = &part(c, all, 2, plus(c, wide, narrow), narrow);
    }
    Heads apart{&headsApart(c, *parts[0], heads, "num_heads"), &headsApart(c, *parts[1], keyHeads, "kv_num_heads"),
                &headsApart(c, *parts[2], keyHeads, "kv_num_heads")};
    if (!c.has(14)) return apart;
    const float epsilon = c.node.real("qk_norm_epsilon", 1e-6F);
    apart.q = &normalized(c, *apart.q, c.tensor(14), nullptr, epsilon);
    apart.k = &normalized(c, *apart.k, c.tensor(15), nullptr, epsilon);
    return apart;
}

//! Input `past` with the new rows behind the first `before` [batch, 1] of its own.
ITensor& inCache(Context& c, int past, ITensor& fresh, ITensor& before) {
    if (!c.has(past)) return fresh;
    ITensor& old = c.tensor(past);
    const Size rows = larger(c, sizeOf(c, old, 2), numberOf(c, 6));
    Sizes dims = sizesOf(c, fresh);
    dims[2] = rows;
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
}

}  // namespace

//! The new rows go behind those that count in the cache, which the lengths (input 5, less one) say per batch.
void importGroupQueryAttention(Context& c) {
    requirePlainCache(c);
    const int64_t heads = headsOf(c);
    auto [q, k, v] = groupedHeads(c, heads, headsOf(c, "kv_num_heads"));
    const Size batch = sizeOf(c, *q, 0);
    const Size count = sizeOf(c, *q, 2);
    ITensor& lengths =
        withNumber(c, reshapedTo(c, cast(c, c.tensor(5), DataType::kINT64), {batch, 1}), ElementWiseOperation::kSUM, 1);
    ITensor& before = binary(c, lengths, asTensor(c, count), ElementWiseOperation::kSUB);
    if (c.node.flag("do_rotary")) {
        ITensor& places = c.has(9) ? cast(c, c.tensor(9), DataType::kINT64)
                                   : sum(c, before, raised(c, ramp(c, count, DataType::kINT64), 2));
        const Rotation rotation{c.node.flag("rotary_interleaved"), 0};
        q = &rotated(c, *q, &places, c.tensor(7), c.tensor(8), rotation);
        k = &rotated(c, *k, &places, c.tensor(7), c.tensor(8), rotation);
    }
    ITensor& keys = inCache(c, 3, *k, before);
    ITensor& values = inCache(c, 4, *v, before);
    const ScaledQueries queries = scaledQueries(c, *q, c.node.real("scale", 0));
    AttentionSpec spec{queries.q, keys, values};
    spec.scale = queries.scale;
    spec.softcap = c.node.real("softcap", 0);
    spec.causal = c.node.flag("causal", true);
    spec.valid = &reshapedTo(c, lengths, {batch});
    if (c.has(11)) {
        spec.sink = &reshaped(c, c.tensor(11), {1, -1, 1, 1});
    } else if (c.node.flag("smooth_softmax")) {
        spec.sink = &expanded(c, c.number(q->getType(), 0, 4), {1, heads, 1, 1});
    }
    const int64_t window = c.node.integer("local_window_size", -1);
    if (window > 0) spec.left = window - 1;
    addBias(c, 10, spec);
    const AttentionResult result = attentionFromParts(c, spec);
    c.output(0, headsTogether(c, result.y));
    if (c.wants(1)) c.output(1, identity(c, keys));
    if (c.wants(2)) c.output(2, identity(c, values));
    const int64_t seen = c.node.integer("qk_output", 0);
    if (c.wants(3) && (seen == 1 || seen == 2)) c.output(3, identity(c, seen == 1 ? result.biased : result.weights));
}

//! Unlike the standard's, the places come before the caches, and one place may stand for the first of all.
void importMicrosoftRotaryEmbedding(Context& c) {
    const bool merged = c.rank(0) == 3;
    ITensor& x = merged ? headsForRotation(c, c.tensor(2)) : c.tensor(0);
    ITensor* places = &cast(c, c.tensor(1), DataType::kINT64);
    if (dimsOf(*places).nbDims == 1) {
        const Size count = sizeOf(c, x, 2);
        ITensor& all = sum(c, raised(c, ramp(c, count, DataType::kINT64), 2), raised(c, *places, 2));
        places = &expanded(c, all, {sizeOf(c, x, 0), count});
    }
    const Rotation rotation{c.node.flag("interleaved"), c.node.integer("rotary_embedding_dim", 0)};
    ITensor& y = rotated(c, x, places, c.tensor(2), c.tensor(3), rotation);
    c.output(0, merged ? headsTogether(c, y) : y);
}

//! Three places for each position (time, height, width), each of which has its share of the angles: one behind the
//! other, or, interleaved, every third as long as the share lasts and the time's from there on.
void importMRotaryEmbedding(Context& c) {
    if (c.node.flag("is_packed_batching")) fail(Code::kUNSUPPORTED_NODE_ATTR, "is_packed_batching is not supported");
    const bool merged = c.rank(0) == 3;
    ITensor& x = merged ? headsForRotation(c, c.tensor(2)) : c.tensor(0);
    const std::vector<int64_t> share = c.node.integers("mrope_section");
    const auto isNegative = [](int64_t size) { return size < 0; };
    if (share.size() != 3 || std::any_of(share.begin(), share.end(), isNegative))
        fail(Code::kINVALID_NODE, cat("attribute mrope_section = ", share, " should be three sizes"));
    const int64_t half = share[0] + share[1] + share[2], width = c.dims(2).d[1];
    if (width >= 0 && half != width)
        fail(Code::kINVALID_NODE, cat("attribute mrope_section = ", share, " should sum to ", width));
    const bool turns = c.node.integer("mrope_layout", 0) == 1;
    std::vector<int64_t> source;
    for (int64_t i = 0; i < half; ++i) {
        if (turns) {
            const int64_t stream = i % 3;
            source.push_back(stream > 0 && i < 3 * share[static_cast<size_t>(stream)] ? stream : 0);
        } else {
            source.push_back(i < share[0] ? 0 : i < share[0] + share[1] ? 1 : 2);
        }
    }
    ITensor& streams = unsqueezed(c, c.integerList(source), {0, 1, 2});
    const auto angles = [&](int cache) -> ITensor& {
        ITensor& all = gathered(c, c.tensor(cache), c.tensor(1), 0);  // [3, batch, positions, half]
        Sizes dims = sizesOf(c, all);
        dims[0] = 1;
        auto& layer = c.add(c.network.addGatherV2(all, expanded(c, streams, dims), nvinfer1::GatherMode::kELEMENT));
        layer.setGatherAxis(0);
        return squeezed(c, *layer.getOutput(0), {0});
    };
    ITensor& cosines = angles(2);
    ITensor& sines = angles(3);
    const Rotation rotation{c.node.flag("interleaved"), c.node.integer("rotary_embedding_dim", 0)};
    ITensor& y = rotated(c, x, nullptr, cosines, sines, rotation);
    c.output(0, merged ? headsTogether(c, y) : y);
}

//! Queries and keys with their rotated halves, by the sine and cosine of one angle for each element.
void importGemmaRotaryEmbedding(Context& c) {
    const auto factor = [&](nvinfer1::UnaryOperation function) -> ITensor& {
        return unsqueezed(c, cast(c, unary(c, c.tensor(0), function), c.type(1)), {1});
    };
    ITensor& cosines = factor(nvinfer1::UnaryOperation::kCOS);
    ITensor& sines = factor(nvinfer1::UnaryOperation::kSIN);
    for (int i = 0; i < 2; ++i) {
        ITensor& straight = productOf(c, c.tensor(2 * i + 1), cosines);
        c.output(i, sum(c, straight, productOf(c, c.tensor(2 * i + 2), sines)));
    }
}

}  // namespace opentrt::model
