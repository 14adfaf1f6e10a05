// SPDX-License-Identifier: Apache-2.0
// The table of contents of the CPU backend.
#include "backends/cpu/family.h"

namespace opentrt::cpu {

std::span<const KernelFamily> families() {
    static const KernelFamily list[] = {
        // contractions
        onednn::kConvFamily, kDirectFamily, kWinogradFamily, kGemmConvFamily, kDepthwiseFamily, kConvAnyFamily,
        onednn::kMatmulFamily, kGemmFamily, kMatmulFamily, kEinsumFamily, kAttentionFamily, kRotaryFamily,
        kKvCacheFamily, kRecurrentFamily,
        // windows, reductions, normalisations
        onednn::kPoolFamily, kPoolFamily, kPoolAnyFamily, kResizeFamily, kLrnFamily, kGridSampleFamily, kSoftmaxFamily,
        kRaggedSoftmaxFamily, kNormFamily, kReduceFamily, kTopKFamily, kCumulativeFamily,
        // pointwise and movement
        kPointwiseFamily, kMoveFamily, kSliceFamily, kPaddingFamily, kGatherFamily, kScatterFamily,
        kReverseSequenceFamily,
        // the rest
        kShapeFamily, kReshapeFamily, kExpandFamily, kFillFamily, kOneHotFamily, kNonZeroFamily, kNmsFamily,
        kAssertionFamily,
        // only where no other family takes an operator
        kViaF32Family};
    return list;
}

}  // namespace opentrt::cpu
