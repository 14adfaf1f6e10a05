// SPDX-License-Identifier: Apache-2.0
// Families of plain operators: the step is the operator itself. Its parameters are the operator's fields; all node
// inputs are step inputs, in order; the contents of small constant inputs also travel with the step, so that they are
// known when the kernel is bound. A family is described by a struct:
//
//   struct TopK {
//       using Op = ops::TopK;
//       static constexpr const char* kName = "cpu.top_k";
//       static std::string whyNot(const RegionView& region, const Op& op);  // empty: it runs
//       static std::unique_ptr<Launch> prepare(const OpCall<Op>& call);
//       // optional; formats of input 0 and of the outputs of its rank, the other tensors stay linear
//       static std::vector<Format> formats(const RegionView& region, const Op& op);
//       static constexpr bool kFallback = true;  // only where the families before have nothing
//   };
//   const KernelFamily kTopKFamily = opFamily<TopK>();
#pragma once
#include "backends/cpu/family.h"

namespace opentrt::cpu {

//! What stays of a node in the plan.
struct OpStep {
    std::string op;                 //!< its fields
    int64_t present = 0;            //!< bit i: input i is there
    std::vector<Tensor> constants;  //!< by input; empty where only the run knows
};
CompiledStep compileOpStep(const char* kernel, const RegionView& region);
OpStep loadOpStep(const std::string& params, const std::vector<Tensor>& weights);
void addOpTactics(const char* name, const RegionView& region, const std::vector<Format>& formats, TacticList& list);
//! "type f4": for families that work on whole bytes.
std::string whyNotBytes(const Fact& fact);
std::string whyNotType(const Fact& fact, std::initializer_list<DType> allowed);

template <class O>
struct OpCall {
    const O& op;
    const OpStep& step;
    std::span<const Port> in, out;

    bool has(size_t input) const { return step.present >> input & 1; }
    //! Contents of an input if the build knew them, or null.
    const Tensor* constant(size_t input) const {
        return input < step.constants.size() && !step.constants[input].empty() ? &step.constants[input] : nullptr;
    }
};

template <class Def>
class OpKernel final : public Kernel {
public:
    explicit OpKernel(OpStep step) : step_(std::move(step)) { parseFields(op_, step_.op); }
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
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
            std::vector<Format> formats{Format::Linear};
            if constexpr (requires { Def::formats(region, *op); }) formats = Def::formats(region, *op);
            addOpTactics(Def::kName, region, formats, list);
        },
        [](const RegionView& region, const Tactic&, const TacticRequest&) { return compileOpStep(Def::kName, region); },
        [](const std::string& params, const std::vector<Tensor>& weights) -> std::shared_ptr<const Kernel> {
            return std::make_shared<OpKernel<Def>>(loadOpStep(params, weights));
        }};
}

}  // namespace opentrt::cpu
