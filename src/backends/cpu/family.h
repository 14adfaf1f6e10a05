// SPDX-License-Identifier: Apache-2.0
// A kernel family of the CPU backend: the tactics of one kind of kernel, how they become plan data, and how that data
// is loaded. families.cpp is the list.
#pragma once
#include "backends/backend.h"
#include "backends/region.h"

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

//! A launch that is a callable; for kernels without state.
template <class F>
class SimpleLaunch final : public Launch {
public:
    explicit SimpleLaunch(F run, int64_t workspace = 0) : run_(std::move(run)), workspace_(workspace) {}
    int64_t workspaceBytes() const override { return workspace_; }
    void run(const LaunchArgs& args) override { run_(args); }

private:
    F run_;
    int64_t workspace_;
};
template <class F>
std::unique_ptr<Launch> makeLaunch(F run, int64_t workspace = 0) {
    return std::make_unique<SimpleLaunch<F>>(std::move(run), workspace);
}

}  // namespace opentrt::cpu
