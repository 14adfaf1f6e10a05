// SPDX-License-Identifier: Apache-2.0
// What arithmetic on Dim throws when an expression outgrows every use. Who only follows contents of shape tensors
// catches it and takes them for unknown; sizes then become those that only the data tell.
#pragma once
#include "base/error.h"

namespace opentrt {

class DimTooLarge : public Error {
public:
    DimTooLarge()
        : Error(ErrorCode::Unsupported, "",
                "the expression of a dimension is too large; give some of the input dimensions fixed sizes") {}
};

}  // namespace opentrt
