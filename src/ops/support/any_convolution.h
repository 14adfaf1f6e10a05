// SPDX-License-Identifier: Apache-2.0
// Convolution and Deconvolution seen as one: for code that treats both directions alike.
#pragma once
#include <memory>
#include <optional>

#include "ops/convolution.h"
#include "ops/deconvolution.h"

namespace opentrt::ops {

struct AnyConvolution {
    const WindowParams& window;
    int64_t groups;
    bool transposed;

    //! Channels of the output, by the dims of the kernel input.
    int64_t maps(const std::vector<int64_t>& kernel) const { return transposed ? kernel[1] * groups : kernel[0]; }
};

//! Nothing for other operators.
inline std::optional<AnyConvolution> anyConvolution(const Op& op) {
    if (const auto* conv = as<Convolution>(op)) return AnyConvolution{*conv, conv->groups, false};
    if (const auto* deconv = as<Deconvolution>(op)) return AnyConvolution{*deconv, deconv->groups, true};
    return std::nullopt;
}

//! The operator again.
inline std::unique_ptr<Op> makeConvolution(const WindowParams& window, int64_t groups, bool transposed) {
    const auto made = [&](auto op) -> std::unique_ptr<Op> {
        static_cast<WindowParams&>(*op) = window;
        op->groups = groups;
        return op;
    };
    return transposed ? made(std::make_unique<Deconvolution>()) : made(std::make_unique<Convolution>());
}

}  // namespace opentrt::ops
