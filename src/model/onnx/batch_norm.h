// SPDX-License-Identifier: Apache-2.0
// Batch normalisation with constant statistics is one multiplication and one addition per channel. The refitter
// computes the same numbers again under the same names.
#pragma once
#include <string>
#include <vector>

#include "model/onnx/constant.h"

namespace opentrt::model {

struct ChannelScale {
    std::vector<double> scale;
    std::vector<double> shift;
};

//! All four have one element per channel.
ChannelScale foldBatchNorm(const Constant& scale, const Constant& bias, const Constant& mean, const Constant& variance,
                           double epsilon);

//! Names under which the derived weights can be refitted.
inline std::string batchNormScaleName(const std::string& node) {
    return node + ".scale";
}
inline std::string batchNormShiftName(const std::string& node) {
    return node + ".shift";
}

}  // namespace opentrt::model
