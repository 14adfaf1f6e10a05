// SPDX-License-Identifier: Apache-2.0
// Graphs that between them need every part of a plan: weights, regions, formats, views, bodies, sizes that come from
// inputs, from their contents, and from the data.
#pragma once
#include <cstdint>
#include <vector>

namespace opentrt::fuzz {

struct SmallGraph {
    const char* name;
    const char* text;
    //! By input: the smallest and the largest shape.
    std::vector<std::vector<int64_t>> least, most;
    //! By input: contents that size other tensors; empty for the rest.
    std::vector<std::vector<int64_t>> contents;
};
const std::vector<SmallGraph>& smallGraphs();

}  // namespace opentrt::fuzz
