// SPDX-License-Identifier: Apache-2.0
// Which tensors are shape tensors and which execution tensors, by the rules of the developer guide: some layers need an
// input as a shape tensor, and layers that can compute with shapes hand that on to their inputs.
#pragma once
#include <set>

#include "network/shells.h"

namespace opentrt::network {

struct TensorRoles {
    std::set<const TensorShell*> shape;      //!< their contents are needed to know shapes
    std::set<const TensorShell*> execution;  //!< their contents are needed to compute the outputs
};

TensorRoles rolesOf(const Network& network);

}  // namespace opentrt::network
