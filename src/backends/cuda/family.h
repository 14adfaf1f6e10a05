// SPDX-License-Identifier: Apache-2.0
// A kernel family of the CUDA backend: the tactics of one kind of kernel, how they become machine code in the plan, and
// how that is loaded. families.cpp is the list.
#pragma once
#include "backends/cuda/compiler.h"
#include "backends/cuda/cost.h"
#include "backends/cuda/machine.h"
#include "backends/family.h"
#include "backends/fit.h"
#include "backends/op_step.h"

namespace opentrt::cuda {

//! Where code will run, and who runs what has no kernel.
struct Site {
    Target target;
    const Machine* machine = nullptr;  //!< null: the device is not here, plans are built for it only
    const Backend* host = nullptr;
};

struct Family {
    const char* name;  //!< loader's name and prefix of the tactics, "cuda.pointwise"
    //! Adds tactics, or refusals with reasons, when the region is of this family's kind; adds nothing otherwise.
    void (*tactics)(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list);
    CompiledStep (*compile)(const Site& site, const RegionView& region, const Tactic& tactic,
                            const TacticRequest& request);
    std::shared_ptr<const Kernel> (*load)(const Site& site, const std::string& params,
                                          const std::vector<Tensor>& weights);
    //! Whether the region as a whole, fused operators included, is one that this family runs; asked by fusion before
    //! any size is known. Null for families that take plain operators only.
    bool (*fuses)(const Site& site, const RegionView& region) = nullptr;
    //! Which of a step's weights load() makes DeviceWeights of; -1: none.
    int placed = -1;
    //! Whether it looks at regions that are not plain (RegionView::isPlain).
    bool takesComposites = false;
    //! Whether it takes regions that read or leave statistics of rows.
    bool statistics = false;
    //! Whether its kernels find out sizes that only the data tell.
    bool makesSizes = false;
    //! How a tactic cuts a product, where that tells about how long it takes; null: it does for none.
    std::optional<TiledWork> (*tiled)(const Site& site, const RegionView& region, const Tactic& tactic,
                                      const TacticRequest& request) = nullptr;
};

//! In order of preference when nothing is timed.
std::span<const Family> families();

// Defined by the file of each family.
extern const Family kAssertionFamily, kAttentionFamily, kAttentionGroupsFamily, kAttentionTiles1Family,
    kAttentionTiles2Family, kAttentionTiles2HalvesFamily, kAttentionTiles2QuartersFamily,
    kAttentionTiles2SmallHalvesFamily, kAttentionTiles2WideFamily, kAttentionTiles2WideHalvesFamily,
    kAttentionTiles4Family, kAttentionTiles4SmallFamily, kAttentionTiles4WideFamily, kAttentionTiles8Family,
    kAttentionTiles8SmallFamily, kBitCastFamily, kBitwiseFamily, kBottleneckFamily, kCacheFamily, kChainFamily,
    kContractionFamily, kConvolutionFamily, kCopyFamily, kCublasLtFamily, kCudnnAttentionFamily,
    kCudnnConvolutionFamily, kCudnnProductFamily, kCumulativeFamily, kDeconvolutionFamily, kDepthwiseFamily,
    kDeterminantFamily, kDirectFamily, kDynamicQuantizeFamily, kEinsumFamily, kFewRowsFamily, kFillFamily, kGateFamily,
    kGatherFamily, kGridSampleFamily, kHostFamily, kJoinedFamily, kLrnFamily, kMlpFamily, kNmsFamily, kNonZeroFamily,
    kNormFamily, kNormRowsFamily, kNormedRowsFamily, kOneHotFamily, kPackedCopyFamily, kPackedProductFamily,
    kPaddingFamily, kPointwiseFamily, kPoolChannelsFamily, kPoolFamily, kProductFamily, kRaggedFamily, kRecurrentFamily,
    kReduceChannelsFamily, kReduceFamily, kReformatFamily, kResidentFamily, kResizeFamily, kReverseFamily,
    kRoiAlignFamily, kRoiPoolFamily, kRotaryFamily, kRoundFloatFamily, kScaledFamily, kScatterFamily,
    kScoredAttentionFamily, kShapeFamily, kShiftedFamily, kSizedFamily, kSliceFamily, kSlidingFamily, kSoftmaxFamily,
    kStayingFamily, kStemFamily, kSummedRowsFamily, kTopKFamily, kUniqueFamily, kWgmmaFamily;

//! Name and text of the step that moves a tensor between formats.
CompiledStep compileReformat(const Site& site, DType type, Format from, Format to);

//! A kernel from parameters that were read back, and a function that binds it.
template <class Prepare>
class PreparedKernel final : public Kernel {
public:
    explicit PreparedKernel(Prepare prepare) : prepare_(std::move(prepare)) {}
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        return prepare_(in, out);
    }

private:
    Prepare prepare_;
};
template <class Prepare>
std::shared_ptr<const Kernel> makeKernel(Prepare prepare) {
    return std::make_shared<PreparedKernel<Prepare>>(std::move(prepare));
}

//! Families of plain operators. The step is the operator (backends/op_step.h), its last weight the machine code. Def:
//!   using Op; static constexpr const char* kName;
//!   static std::string whyNot(const RegionView& region, const Op& op);         // empty: it runs
//!   static std::string source(const RegionView& region, const Op& op);         // kernel text for the node's types
//!   static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, std::shared_ptr<const Module> module);
//!   optional: static std::vector<Format> formats(const RegionView& region, const Op& op);
//!             static std::string whyNotHere(const Target& target, const RegionView& region, const Op& op);
//!             static constexpr bool kMakesSizes = true;                          // Family::makesSizes
template <class Def>
std::vector<Format> formatsOf(const RegionView& region, const typename Def::Op& op) {
    if constexpr (requires { Def::formats(region, op); }) return Def::formats(region, op);
    return {Format::Linear};
}
template <class Def>
constexpr Family opFamily() {
    using Op = typename Def::Op;
    constexpr bool makesSizes = requires {
        Def::kMakesSizes;
    };
    return {.name = Def::kName,
            .tactics =
                [](const Site& site, const RegionView& region, const TacticRequest&, TacticList& list) {
                    if (!region.anchor || !region.pointwise.empty()) return;
                    const auto* op = as<Op>(region.op());
                    if (!op) return;
                    std::string reason = Def::whyNot(region, *op);
                    if constexpr (requires { Def::whyNotHere(site.target, region, *op); }) {
                        if (reason.empty()) reason = Def::whyNotHere(site.target, region, *op);
                    }
                    if (!reason.empty()) return list.refuse(Def::kName, std::move(reason));
                    addOpTactics(Def::kName, region, formatsOf<Def>(region, *op), list);
                },
            .compile =
                [](const Site& site, const RegionView& region, const Tactic&, const TacticRequest&) {
                    CompiledStep step = compileOpStep(Def::kName, region);
                    step.weights.push_back(compileCode(site.target, Def::source(region, *as<Op>(region.op()))));
                    return step;
                },
            .load = [](const Site& site, const std::string& params,
                       const std::vector<Tensor>& weights) -> std::shared_ptr<const Kernel> {
                auto step = std::make_shared<OpStep>(loadOpStep(params, weights));
                auto op = std::make_shared<Op>();
                parseFields(*op, step->op);
                fit(!weights.empty(), "a kernel without machine code");
                return makeKernel([op, step, module = loadModule(*site.machine, weights.back())](auto in, auto out) {
                    const FittedNode node(*op, factsOf(*step, in), out, makesSizes);
                    fit(Def::whyNot(node.region(), *op).empty(), "another kernel's operator");
                    fitFormats(formatsOf<Def>(node.region(), *op), in, out);
                    return Def::prepare(OpCall<Op>{*op, *step, in, out}, module);
                });
            },
            .makesSizes = makesSizes};
}
//! The same for slow kernels, which take what the families in front of them do not.
template <class Def>
constexpr Family lastFamily() {
    Family family = opFamily<Def>();
    family.tactics = [](const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
        if (list.tactics.empty()) opFamily<Def>().tactics(site, region, request, list);
    };
    return family;
}

}  // namespace opentrt::cuda
