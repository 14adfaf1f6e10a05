// SPDX-License-Identifier: Apache-2.0
// Attention from its parts, for what the attention operator does not do in one step: softcaps, windows, caches of which
// only the beginning is valid, and looks at the scores. Tested by the node tests of ONNX.
#pragma once
#include <optional>

#include "model/onnx/sizes.h"

namespace opentrt::model {

//! [batch, positions, heads * size] as [batch, heads, positions, size], and back.
ITensor& headsApart(Context& c, ITensor& x, int64_t heads, const char* attribute);
ITensor& headsTogether(Context& c, ITensor& x);
//! Each head of [batch, heads, positions, size] `count` times in a row.
ITensor& repeatedHeads(Context& c, ITensor& x, const Size& count);

struct ScaledQueries {
    ITensor& q;
    double scale;
};
//! Queries [batch, heads, positions, size] and what their products are multiplied by: `given`, or 1 / sqrt(size) when
//! that is 0. A size that is known only at run time is brought into the queries.
ScaledQueries scaledQueries(Context& c, ITensor& q, double given);

struct AttentionSpec {
    ITensor& q;  //!< all [batch, heads, positions, size]; k and v may have fewer heads
    ITensor& k;
    ITensor& v;
    ITensor* mask = nullptr;  //!< bool (true: look) or a bias, broadcast to [batch, heads, queries, keys]
    double scale = 1;
    double softcap = 0;        //!< 0: none
    bool causal = false;       //!< key j counts for query i when j <= i + offset
    Size offset = 0;           //!< number of keys before the first query
    ITensor* valid = nullptr;  //!< [batch]: number of keys that count; then the last queries are their last ones
    int64_t left = -1;         //!< how many keys before and behind the query count; -1: all
    int64_t right = -1;
    std::optional<DataType> softmaxType{};
    ITensor* sink = nullptr;  //!< [1, heads, 1, 1]: a score of each head that takes its share and gives nothing
};

struct AttentionResult {
    ITensor& y;
    ITensor& products;  //!< scaled
    ITensor& capped;
    ITensor& biased;
    ITensor& weights;
};
AttentionResult attentionFromParts(Context& c, const AttentionSpec& spec);

}  // namespace opentrt::model
