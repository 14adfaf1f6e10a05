// SPDX-License-Identifier: Apache-2.0
// Transformers of ONNX Runtime without padding: the tokens of all sequences lie behind each other in one list, and
// `token_offset` says where each lies among [batch, positions], first those that count and then the padding.
// Tested by tests/onnx_nodes/own_attention.py.
#include "model/onnx/build.h"
#include "model/onnx/microsoft_parts.h"
#include "model/onnx/operators.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;

//! Rows of [batch, positions, ...] as one list, and back.
ITensor& asRows(Context& c, ITensor& x, const Size& width) {
    return reshapedTo(c, x, {times(c, sizeOf(c, x, 0), sizeOf(c, x, 1)), width});
}

class Packing {
public:
    //! Of `tokens` [count, width].
    Packing(Context& c, ITensor& offsets, ITensor& tokens) : c_(c), batch_(sizesOf(c, offsets)) {
        ITensor& all = reshapedTo(c, offsets, {times(c, batch_[0], batch_[1])});
        places_ = &part(c, all, 0, 0, sizeOf(c, tokens, 0));
    }

    //! [batch, positions, width] with zeros for padding.
    ITensor& restored(ITensor& tokens) {
        const Size width = sizeOf(c_, tokens, 1);
        ITensor& none = expanded(c_, c_.number(tokens.getType(), 0, 2), {times(c_, batch_[0], batch_[1]), width});
        ITensor& rows = unsqueezed(c_, *places_, {1});
        ITensor& all = c_.out(c_.network.addScatter(none, rows, tokens, nvinfer1::ScatterMode::kND));
        return reshapedTo(c_, all, {batch_[0], batch_[1], width});
    }

    //! What restored() undoes.
    ITensor& packed(ITensor& x) { return gathered(c_, asRows(c_, x, sizeOf(c_, x, 2)), *places_, 0); }

private:
    Context& c_;
    Sizes batch_;
    ITensor* places_;
};

//! Of queries, keys and values as lists of tokens; `at` are the inputs cumulative_sequence_length and attention_bias.
void attendPacked(Context& c, Packing& packing, const std::vector<ITensor*>& lists, int64_t heads, int lengths,
                  int bias) {
    const auto apart = [&](size_t i) -> ITensor& {
        return headsApart(c, packing.restored(*lists[i]), heads, "num_heads");
    };
    const ScaledQueries queries = scaledQueries(c, apart(0), c.node.real("scale", 0));
    AttentionSpec spec{queries.q, apart(1), apart(2)};
    spec.scale = queries.scale;
    ITensor& ends = c.tensor(lengths);
    const Size count = minus(c, sizeOf(c, ends, 0), 1);
    spec.valid = &binary(c, part(c, ends, 0, 1, count), part(c, ends, 0, 0, count), ElementWiseOperation::kSUB);
    addBias(c, bias, spec);
    c.output(0, packing.packed(headsTogether(c, attentionFromParts(c, spec).y)));
}

}  // namespace

//! The counts of tokens tell which positions are padding, always behind.
void importRemovePadding(Context& c) {
    ITensor& x = c.tensor(0);
    ITensor& counts = cast(c, c.tensor(1), DataType::kINT64);
    const Sizes dims = sizesOf(c, x);
    ITensor& position = unsqueezed(c, ramp(c, dims[1], DataType::kINT64), {0});
    ITensor& counted = binary(c, position, unsqueezed(c, counts, {1}), ElementWiseOperation::kLESS);
    ITensor& flat = reshapedTo(c, counted, {times(c, dims[0], dims[1])});
    const auto where = [&](ITensor& mask) -> ITensor& {
        ITensor& found = c.out(c.network.addNonZero(mask, DataType::kINT64));
        return reshaped(c, found, {-1});
    };
    ITensor& tokens = where(flat);
    ITensor& padding = where(unary(c, flat, nvinfer1::UnaryOperation::kNOT));
    c.output(0, gathered(c, asRows(c, x, dims[2]), tokens, 0));
    const auto narrow = [&](ITensor& integers) -> ITensor& { return cast(c, integers, DataType::kINT32); };
    c.output(1, narrow(reshapedTo(c, concatenated(c, {&tokens, &padding}, 0), {dims[0], dims[1]})));
    if (c.wants(2)) {
        ITensor& axis = c.number(DataType::kINT32, 0);
        ITensor& sums = c.out(
            c.network.addCumulative(counts, axis, nvinfer1::CumulativeOperation::kSUM, /*exclusive=*/false, false));
        c.output(2, narrow(concatenated(c, {&c.number(DataType::kINT64, 0, 1), &sums}, 0)));
    }
    if (c.wants(3)) c.output(3, narrow(reduce(c, counts, nvinfer1::ReduceOperation::kMAX, {0}, true)));
}

void importRestorePadding(Context& c) {
    Packing packing(c, c.tensor(1), c.tensor(0));
    c.output(0, packing.restored(c.tensor(0)));
}

//! One product makes queries, keys and values.
void importPackedAttention(Context& c) {
    Packing packing(c, c.tensor(3), c.tensor(0));
    ITensor& all = unsqueezed(c, projected(c, c.tensor(0), c.tensor(1), 2), {0});
    Size start = 0;
    std::vector<ITensor*> lists;
    for (const int64_t width : projectedWidths(c, all)) {
        lists.push_back(&squeezed(c, part(c, all, 2, start, width), {0}));
        start = plus(c, start, width);
    }
    attendPacked(c, packing, lists, headsOf(c), 4, 5);
}

//! Queries, keys and values are inputs, or one: [tokens, heads, 3, size].
void importPackedMultiHeadAttention(Context& c) {
    Packing packing(c, c.tensor(4), c.tensor(0));
    const bool one = c.rank(0) == 4;
    if (!one && (!c.has(1) || !c.has(2))) fail(Code::kINVALID_NODE, "keys or values are missing");
    std::vector<ITensor*> lists;
    Size start = 0;
    for (int i = 0; i < 3; ++i) {
        ITensor* x = one ? &squeezed(c, part(c, c.tensor(0), 2, i, 1), {2}) : &c.tensor(i);
        const Sizes dims = sizesOf(c, *x);
        if (one) x = &reshapedTo(c, *x, {dims[0], times(c, dims[1], dims[2])});
        const Size width = sizeOf(c, *x, 1);
        if (c.has(3)) x = &sum(c, *x, part(c, c.tensor(3), 0, start, width));
        start = plus(c, start, width);
        lists.push_back(x);
    }
    attendPacked(c, packing, lists, headsOf(c), 5, 6);
}

}  // namespace opentrt::model
