// SPDX-License-Identifier: Apache-2.0
// The table of contents of the CPU backend.
#include "backends/cpu/family.h"

namespace opentrt::cpu {

std::span<const KernelFamily> families() {
    static const KernelFamily list[] = {
        onednn::kConvFamily,
        kWinogradFamily,
        onednn::kMatmulFamily,
        onednn::kPoolFamily,
        kPointwiseFamily,
        kSoftmaxFamily,
        kLayerNormFamily,
        kMoveFamily,
    };
    return list;
}

}  // namespace opentrt::cpu
