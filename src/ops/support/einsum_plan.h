// SPDX-License-Identifier: Apache-2.0
// The equation of an Einsum as lists of labels.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace opentrt::ops {

//! Labels are characters; the dimensions behind an ellipsis are numbered from its right end, from kEllipsis on.
inline constexpr int kEllipsis = 256;
using EinsumLabels = std::vector<int>;

struct EinsumPlan {
    std::vector<EinsumLabels> inputs;
    EinsumLabels output;
    std::string problem;  //!< empty when the equation is good
};
EinsumPlan parseEinsum(const std::string& equation, const std::vector<int64_t>& ranks);

}  // namespace opentrt::ops
