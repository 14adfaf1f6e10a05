// SPDX-License-Identifier: Apache-2.0
// Attention of ONNX Runtime with projections inside or before it, and its caches: keys and values of earlier runs to
// which new ones are joined, or buffers with room for all into which they are written.
// Tested by tests/onnx_nodes/own_cases.py and own_attention.py.
#include "model/onnx/build.h"
#include "model/onnx/microsoft_parts.h"
#include "model/onnx/operators.h"
#include "model/onnx/quantize.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;

//! Places of inputs; -1: the operator does not have it.
struct Inputs {
    int bias, mask, scores, keys, values, length, beams;
};

struct Cached {
    ITensor& present;  //!< for the next run
    ITensor& seen;     //!< what the queries look at
};

//! Where keys and values of earlier runs end, and from which beam each came.
class Cache {
public:
    Cache(Context& c, const Inputs& at, bool shared) : c_(c) {
        if (shared && !has(at.length)) fail(Code::kINVALID_NODE, "a shared buffer needs input past_sequence_length");
        if (shared) length_ = numberOf(c, at.length);
        if (has(at.beams)) beams_ = &cast(c, c.tensor(at.beams), DataType::kINT64);
    }

    //! How many positions of `past` count.
    Size before(ITensor& past) { return length_ ? *length_ : sizeOf(c_, past, 2); }

    Cached operator()(ITensor* past, ITensor& fresh) {
        if (!past) return {fresh, fresh};
        const Size kept = before(*past);
        const Size end = plus(c_, kept, sizeOf(c_, fresh, 2));
        ITensor& present = length_ ? written(*past, fresh, end) : concatenated(c_, {past, &fresh}, 2);
        ITensor& seen = length_ ? part(c_, present, 2, 0, end) : present;
        return {present, beams_ ? fromBeams(seen, kept) : seen};
    }

private:
    bool has(int input) const { return input >= 0 && c_.has(input); }

    //! `fresh` in the rows of the buffer between those that count already and `end`.
    ITensor& written(ITensor& buffer, ITensor& fresh, const Size& end) {
        SliceWindow shift{{2}, {minus(c_, 0, *length_)}, {sizeOf(c_, buffer, 2)}, {}};
        shift.mode = nvinfer1::SampleMode::kFILL;
        shift.fill = &c_.number(fresh.getType(), 0);
        ITensor& rows = positions(c_, buffer, 2, DataType::kINT64);
        ITensor& old = binary(c_, rows, asTensor(c_, *length_), ElementWiseOperation::kLESS);
        ITensor& behind = binary(c_, rows, asTensor(c_, minus(c_, end, 1)), ElementWiseOperation::kGREATER);
        return select(c_, binary(c_, old, behind, ElementWiseOperation::kOR), buffer, sliced(c_, fresh, shift));
    }

    //! Rows of earlier runs from the beam of the same item that made them.
    ITensor& fromBeams(ITensor& seen, const Size& kept) {
        const Sizes dims = sizesOf(c_, seen);
        const Size width = sizeOf(c_, *beams_, 1);
        ITensor& own = unsqueezed(c_, ramp(c_, dims[0], DataType::kINT64), {1});
        ITensor& item = binary(c_, own, asTensor(c_, width), ElementWiseOperation::kDIV);
        ITensor& first = binary(c_, item, asTensor(c_, width), ElementWiseOperation::kPROD);
        ITensor& flat = reshapedTo(c_, *beams_, {dims[0], sizeOf(c_, *beams_, 2)});
        ITensor& other = sum(c_, part(c_, flat, 1, 0, dims[2]), first);
        ITensor& row = unsqueezed(c_, ramp(c_, dims[2], DataType::kINT64), {0});
        ITensor& old = binary(c_, row, asTensor(c_, kept), ElementWiseOperation::kLESS);
        ITensor& source = unsqueezed(c_, select(c_, old, other, own), {1, 3});
        auto& layer = c_.add(c_.network.addGatherV2(seen, expanded(c_, source, dims), nvinfer1::GatherMode::kELEMENT));
        layer.setGatherAxis(0);
        return *layer.getOutput(0);
    }

    Context& c_;
    std::optional<Size> length_;
    ITensor* beams_ = nullptr;
};

//! Delivers output 0; `products`: the output that wants them, too.
void attend(Context& c, ITensor& q, const Cached& k, const Cached& v, const Inputs& at, const Size& offset,
            int products = -1) {
    const ScaledQueries queries = scaledQueries(c, q, c.node.real("scale", 0));
    AttentionSpec spec{queries.q, k.seen, v.seen};
    spec.scale = queries.scale;
    spec.causal = c.node.flag("unidirectional");
    spec.offset = offset;
    setMask(c, at.mask, spec);
    if (at.scores >= 0) addBias(c, at.scores, spec);
    const AttentionResult result = attentionFromParts(c, spec);
    c.output(0, headsTogether(c, result.y));
    if (products >= 0 && c.wants(products)) c.output(products, identity(c, result.products));
}

//! One product makes queries, keys and values of x; output 1 holds keys and values for the next run.
void importProjectedAttention(Context& c, ITensor& x, ITensor& weights, const Inputs& at) {
    if (c.node.flag("do_rotary"))
        fail(Code::kUNSUPPORTED_NODE_ATTR, "do_rotary is not supported; use GroupQueryAttention");
    const int64_t heads = headsOf(c);
    ITensor& all = projected(c, x, weights, at.bias);
    const std::vector<int64_t> widths = projectedWidths(c, all);
    const auto piece = [&](int64_t start, int64_t size) -> ITensor& {
        return headsApart(c, part(c, all, 2, start, size), heads, "num_heads");
    };
    ITensor* past[2] = {nullptr, nullptr};
    for (int64_t i = 0; i < 2 && c.has(at.keys); ++i) past[i] = &squeezed(c, part(c, c.tensor(at.keys), 0, i, 1), {0});
    Cache cache(c, at, c.node.flag("past_present_share_buffer"));
    ITensor& q = piece(0, widths[0]);
    const Cached k = cache(past[0], piece(widths[0], widths[1]));
    const Cached v = cache(past[1], piece(widths[0] + widths[1], widths[2]));
    attend(c, q, k, v, at, past[0] ? cache.before(*past[0]) : Size(0));
    if (c.wants(1)) c.output(1, concatenated(c, {&unsqueezed(c, k.present, {0}), &unsqueezed(c, v.present, {0})}, 0));
}

//! Queries, keys and values are inputs: side by side, heads apart, or packed into one tensor.
void importHeads(Context& c, const Inputs& at, bool shared) {
    const int64_t heads = headsOf(c);
    // Biases lie behind each other in one list.
    ITensor* bias = c.optional(at.bias);
    Size start = 0;
    const auto split = [&](ITensor& x) -> ITensor& {
        if (dimsOf(x).nbDims == 4) return x;
        const Size width = sizeOf(c, x, 2);
        ITensor& biased = bias ? sum(c, x, part(c, *bias, 0, start, width)) : x;
        start = plus(c, start, width);
        return headsApart(c, biased, heads, "num_heads");
    };
    // [batch, positions, heads, 2 or 3, size]
    const auto unpacked = [&](int input, int64_t place) -> ITensor& {
        ITensor& one = squeezed(c, part(c, c.tensor(input), 3, place, 1), {3});
        const Sizes d = sizesOf(c, one);
        return reshapedTo(c, one, {d[0], d[1], times(c, d[2], d[3])});
    };
    const bool all = c.rank(0) == 5, pairs = !all && c.has(1) && c.rank(1) == 5;
    // Side by side in one tensor: all three of the same width.
    const bool row = !all && !c.has(1) && !c.has(2);
    const Size third = row ? divided(c, sizeOf(c, c.tensor(0), 2), 3) : Size(0);
    const auto inRow = [&](int64_t place) -> ITensor& {
        return part(c, c.tensor(0), 2, times(c, third, place), third);
    };
    if (!all && !pairs && !row && (!c.has(1) || !c.has(2))) fail(Code::kINVALID_NODE, "keys or values are missing");
    ITensor& q = split(all ? unpacked(0, 0) : row ? inRow(0) : c.tensor(0));
    ITensor& newKeys = split(all ? unpacked(0, 1) : pairs ? unpacked(1, 0) : row ? inRow(1) : c.tensor(1));
    ITensor& newValues = split(all ? unpacked(0, 2) : pairs ? unpacked(1, 1) : row ? inRow(2) : c.tensor(2));
    // Heads that are apart already are those of another sequence: nothing joins them.
    const bool cross = c.has(1) && c.rank(1) == 4;
    ITensor* past = cross ? nullptr : c.optional(at.keys);
    Cache cache(c, at, shared && past);
    const Cached k = cache(past, newKeys);
    const Cached v = cache(cross ? nullptr : c.optional(at.values), newValues);
    attend(c, q, k, v, at, past ? cache.before(*past) : Size(0), 3);
    if (c.wants(1)) c.output(1, identity(c, k.present));
    if (c.wants(2)) c.output(2, identity(c, v.present));
}

}  // namespace

void importMicrosoftAttention(Context& c) {
    importProjectedAttention(c, c.tensor(0), c.tensor(1), {2, 3, 5, 4, 4, 6, -1});
}

//! Input and weights are quantized, the rest is not.
void importQAttention(Context& c) {
    importProjectedAttention(c, dequantized(c, 0, 3, 6, 0), dequantized(c, 1, 4, 7, 1), {2, 5, -1, 8, 8, -1, -1});
}

void importDecoderMaskedSelfAttention(Context& c) {
    importProjectedAttention(c, c.tensor(0), c.tensor(1), {2, 3, 5, 4, 4, 6, 8});
}

void importMultiHeadAttention(Context& c) {
    importHeads(c, {3, 4, 5, 6, 7, 8, 9}, c.has(8));
}

void importDecoderMaskedMultiHeadAttention(Context& c) {
    importHeads(c, {10, 3, 4, 5, 6, 7, 9}, c.node.flag("past_present_share_buffer"));
}

}  // namespace opentrt::model
