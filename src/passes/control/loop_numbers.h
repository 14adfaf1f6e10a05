// SPDX-License-Identifier: Apache-2.0
// Integers of a loop's body that follow from another one: scale * base + offset. Counters, indices and conditions on
// them are of this kind.
#pragma once
#include <optional>

#include "graph/graph.h"

namespace opentrt::passes {

struct Linear {
    int64_t scale = 0;
    int64_t offset = 0;
};
//! `value`, which has one element, in terms of `base`; nothing when it is something else.
std::optional<Linear> linearIn(const Graph& body, ValueId base, ValueId value);

//! A comparison that holds while scale * base + offset < limit.
struct Below {
    Linear left;
    ValueId limit;  //!< in the body; does not follow from the base
};
std::optional<Below> belowLimit(const Graph& body, ValueId base, ValueId condition);

}  // namespace opentrt::passes
