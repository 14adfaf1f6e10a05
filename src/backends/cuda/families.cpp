// SPDX-License-Identifier: Apache-2.0
// The table of contents of the CUDA backend.
#include "backends/cuda/family.h"

namespace opentrt::cuda {

std::span<const Family> families() {
    static const Family list[] = {
        kContractionFamily, kResidentFamily, kWgmmaFamily, kStayingFamily, kSlidingFamily, kShiftedFamily,
        kDirectFamily, kCublasLtFamily, kCudnnConvolutionFamily, kCudnnProductFamily, kFewRowsFamily,
        kPackedProductFamily, kStemFamily, kDepthwiseFamily, kGateFamily, kNormedRowsFamily, kMlpFamily, kChainFamily,
        kJoinedFamily, kBottleneckFamily, kAttentionGroupsFamily, kAttentionTiles8Family, kAttentionTiles4Family,
        kAttentionTiles2Family, kAttentionTiles1Family, kAttentionTiles4WideFamily, kAttentionTiles2WideFamily,
        kAttentionTiles2WideHalvesFamily, kAttentionTiles2HalvesFamily, kAttentionTiles2QuartersFamily,
        kAttentionTiles8SmallFamily, kAttentionTiles4SmallFamily, kAttentionTiles2SmallHalvesFamily, kAttentionFamily,
        kCudnnAttentionFamily, kPoolChannelsFamily, kPoolFamily, kSoftmaxFamily, kSummedRowsFamily, kNormRowsFamily,
        kNormFamily, kReduceChannelsFamily, kReduceFamily, kPointwiseFamily, kCopyFamily, kGatherFamily,
        kReformatFamily, kSliceFamily, kPaddingFamily, kResizeFamily, kDeconvolutionFamily, kScatterFamily, kTopKFamily,
        kCumulativeFamily, kGridSampleFamily, kRoiAlignFamily, kRoiPoolFamily, kLrnFamily, kFillFamily, kOneHotFamily,
        kShapeFamily, kReverseFamily, kCacheFamily, kRotaryFamily, kEinsumFamily, kRecurrentFamily, kBitCastFamily,
        kBitwiseFamily, kRoundFloatFamily, kRaggedFamily, kDeterminantFamily, kDynamicQuantizeFamily, kNonZeroFamily,
        kNmsFamily, kUniqueFamily, kAssertionFamily, kPackedCopyFamily,
        // where no other family takes an operator of their kind
        kScaledFamily, kConvolutionFamily, kProductFamily, kScoredAttentionFamily, kSizedFamily,
        // only where no other family takes an operator
        kHostFamily};
    return list;
}

}  // namespace opentrt::cuda
