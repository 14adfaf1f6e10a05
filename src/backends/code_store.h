// SPDX-License-Identifier: Apache-2.0
// Machine code that is kept between builds, by a key of all that it is made from. Timing caches are stores, so a build
// with a full one compiles nothing.
#pragma once
#include <optional>
#include <string_view>

#include "graph/tensor.h"

namespace opentrt {

//! Thread safe.
class CodeStore {
public:
    virtual ~CodeStore() = default;
    virtual std::optional<Tensor> findCode(std::string_view key) const = 0;
    virtual void putCode(std::string_view key, const Tensor& code) = 0;
};

}  // namespace opentrt
