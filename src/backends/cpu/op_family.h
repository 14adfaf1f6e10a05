// SPDX-License-Identifier: Apache-2.0
// Families of plain operators: the step is the operator itself (backends/op_step.h). A family is described by a struct:
//
//   struct TopK {
//       using Op = ops::TopK;
//       static constexpr const char* kName = "cpu.top_k";
//       static std::string whyNot(const RegionView& region, const Op& op);  // empty: it runs
//       static std::unique_ptr<Launch> prepare(const OpCall<Op>& call);
//       static constexpr bool kMakesSizes = true;  // only where outputs may have sizes that the run finds out
//       // optional; formats of input 0 and of the outputs of its rank, the other tensors stay linear
//       static std::vector<Format> formats(const RegionView& region, const Op& op);
//       static constexpr bool kFallback = true;  // only where the families before have nothing
//   };
//   const KernelFamily kTopKFamily = opFamily<TopK>();
#pragma once
#include "backends/cpu/family.h"
#include "backends/fit.h"
#include "backends/op_step.h"

namespace opentrt::cpu {

template <class Def>
std::vector<Format> formatsOf(const RegionView& region, const typename Def::Op& op) {
    if constexpr (requires { Def::formats(region, op); }) return Def::formats(region, op);
    return {Format::Linear};
}

template <class Def>
class OpKernel final : public Kernel {
public:
    explicit OpKernel(OpStep step) : step_(std::move(step)) { parseFields(op_, step_.op); }
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        const FittedNode node(
            op_, factsOf(step_, in), out, requires { Def::kMakesSizes; });
        const std::string reason = Def::whyNot(node.region(), op_);
        fit(reason.empty() || reason == kPlainCopy, "another kernel's operator");
        fitFormats(formatsOf<Def>(node.region(), op_), in, out);
        return Def::prepare(OpCall<typename Def::Op>{op_, step_, in, out});
    }

private:
    OpStep step_;
    typename Def::Op op_;
};

template <class Def>
constexpr KernelFamily opFamily() {
    return {
        Def::kName,
        [](const RegionView& region, const TacticRequest&, TacticList& list) {
            if (!region.anchor || !region.pointwise.empty()) return;
            const auto* op = as<typename Def::Op>(region.op());
            if (!op) return;
            if (const std::string reason = Def::whyNot(region, *op); !reason.empty()) {
                return list.refuse(Def::kName, reason);
            }
            addOpTactics(Def::kName, region, formatsOf<Def>(region, *op), list);
        },
        [](const RegionView& region, const Tactic&, const TacticRequest&) { return compileOpStep(Def::kName, region); },
        [](const std::string& params, const std::vector<Tensor>& weights) -> std::shared_ptr<const Kernel> {
            return std::make_shared<OpKernel<Def>>(loadOpStep(params, weights));
        }};
}

}  // namespace opentrt::cpu
