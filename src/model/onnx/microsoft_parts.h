// SPDX-License-Identifier: Apache-2.0
// What the importers of ONNX Runtime's attentions and normalisations share. Tested by tests/onnx_nodes/own_*.py.
#pragma once
#include "model/onnx/attention_parts.h"

namespace opentrt::model {

ITensor& sum(Context& c, ITensor& a, ITensor& b);
ITensor& productOf(Context& c, ITensor& a, ITensor& b);  //!< element by element
ITensor& part(Context& c, ITensor& x, int axis, const Size& start, const Size& size);
//! Over the last axis, with attribute epsilon; without beta RMS normalisation.
ITensor& normalized(Context& c, ITensor& x, ITensor& gamma, ITensor* beta, float epsilon);

int64_t headsOf(Context& c, const char* attribute = "num_heads");
//! Integers as a bool mask that broadcasts to [batch, heads, queries, keys]; a list holds the lengths that count.
void setMask(Context& c, int input, AttentionSpec& spec);
//! A bias on top of the mask.
void addBias(Context& c, int input, AttentionSpec& spec);
//! [batch, heads, positions, size]; past may be null.
ITensor& withPast(Context& c, ITensor* past, ITensor& present);

//! The three parts of the last of three dimensions, whose widths attribute qkv_hidden_sizes has when they differ.
std::vector<int64_t> projectedWidths(Context& c, ITensor& all);
//! x [.., width] times weights, plus a bias that may be left out.
ITensor& projected(Context& c, ITensor& x, ITensor& weights, int bias);

struct Rotation {
    bool interleaved;
    int64_t dim;  //!< 0: all of a head
};
//! `places` null: the caches [batch, positions, size] have one row for each position.
ITensor& rotated(Context& c, ITensor& x, ITensor* places, ITensor& cosines, ITensor& sines, const Rotation& rotation);
//! [batch, positions, heads * size] taken apart for a rotation, by num_heads or by the width of the cache.
ITensor& headsForRotation(Context& c, ITensor& cosines);

}  // namespace opentrt::model
