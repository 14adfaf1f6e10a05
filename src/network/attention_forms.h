// SPDX-License-Identifier: Apache-2.0
// Attention over sequences of different length, and over sequences packed one behind the other, in terms of the plain
// operator: packed ones become one sequence, in which a mask lets each query see the keys of its own item only.
#pragma once
#include "network/composer.h"
#include "ops/attention.h"

namespace opentrt::network {

//! What IAttention was given. Values that were not are invalid.
struct AttentionParts {
    ops::Attention op;
    ValueId query, key, value, mask, quantizeScale;
    ValueId queryLengths, keyLengths;  //!< packed: offsets, one more than items; keys not packed: lengths
    bool packedQuery = false, packedKeys = false;
};

//! Adds the nodes of an attention; `composer` is called after it. The plain form is one node of that name.
ValueId addAttention(Graph& graph, Composer& composer, const AttentionParts& parts);

//! A cache [B,H,M,D] with the tokens of an update [tokens,H,D] written; item b's are those from offsets[b] on, its
//! first place is positions[b]. An item that does not fit is left out.
ValueId addPackedCacheUpdate(Composer& composer, ValueId cache, ValueId update, ValueId positions, ValueId offsets);

}  // namespace opentrt::network
