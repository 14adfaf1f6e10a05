// SPDX-License-Identifier: Apache-2.0
// A kernel family of the CPU backend: the tactics of one kind of kernel, how they become plan data, and how that data
// is loaded. families.cpp is the list.
#pragma once
#include "backends/family.h"

namespace opentrt::cpu {

struct KernelFamily {
    const char* name;  //!< loader's name and prefix of the tactics, "cpu.onednn.conv"
    //! Adds tactics, or refusals with reasons, when the region is of this family's kind; adds nothing otherwise.
    void (*tactics)(const RegionView& region, const TacticRequest& request, TacticList& list);
    CompiledStep (*compile)(const RegionView& region, const Tactic& tactic, const TacticRequest& request);
    std::shared_ptr<const Kernel> (*load)(const std::string& params, const std::vector<Tensor>& weights);
    //! Whether the region as a whole, fused operators included, is one that this family runs; asked by fusion before
    //! any size is known. Null for families that take plain operators only.
    bool (*fuses)(const RegionView& region) = nullptr;
    //! What compile() takes from the sizes of the request, as text; null for families that take nothing.
    std::string (*codeAt)(const RegionView& region, const Tactic& tactic, const TacticRequest& request) = nullptr;
};

//! In order of preference when nothing is timed.
std::span<const KernelFamily> families();

// Defined by the file of each family.
namespace onednn {
extern const KernelFamily kConvFamily, kMatmulFamily, kPoolFamily;
}
extern const KernelFamily kAssertionFamily, kAttentionFamily, kConvAnyFamily, kCumulativeFamily, kDepthwiseFamily,
    kDirectFamily, kEinsumFamily, kExpandFamily, kFillFamily, kGatherFamily, kGemmFamily, kGemmConvFamily,
    kGridSampleFamily, kKvCacheFamily, kLrnFamily, kMatmulFamily, kMoveFamily, kNmsFamily, kNonZeroFamily, kNormFamily,
    kOneHotFamily, kPaddingFamily, kPointwiseFamily, kPoolAnyFamily, kPoolFamily, kRaggedSoftmaxFamily,
    kRecurrentFamily, kReduceFamily, kReshapeFamily, kResizeFamily, kReverseSequenceFamily, kRotaryFamily,
    kScatterFamily, kShapeFamily, kSliceFamily, kSoftmaxFamily, kTopKFamily, kViaF32Family, kWinogradFamily;

}  // namespace opentrt::cpu
