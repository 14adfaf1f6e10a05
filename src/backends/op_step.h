// SPDX-License-Identifier: Apache-2.0
// Steps that are a plain operator: its parameters are the operator's fields; all node inputs are step inputs, in order;
// the contents of small constant inputs also travel with the step, so that they are known when the kernel is bound.
#pragma once
#include "backends/family.h"

namespace opentrt {

//! What stays of a node in the plan.
struct OpStep {
    std::string op;                 //!< its fields
    int64_t present = 0;            //!< bit i: input i is there
    std::vector<Tensor> constants;  //!< by input; empty where only the run knows
};
CompiledStep compileOpStep(const char* kernel, const RegionView& region);
OpStep loadOpStep(const std::string& params, const std::vector<Tensor>& weights);
//! What the operands are, with the constants that the step knows; for FittedNode.
std::vector<std::optional<Fact>> factsOf(const OpStep& step, std::span<const Port> in);
//! Throws unless the formats are those of a tactic that addOpTactics() makes of `formats`.
void fitFormats(const std::vector<Format>& formats, std::span<const Port> in, std::span<const Port> out);
void addOpTactics(const char* name, const RegionView& region, const std::vector<Format>& formats, TacticList& list);
//! The reason of families whose work plain copies do as well; not one of correctness.
inline constexpr std::string_view kPlainCopy = "a plain copy does it";
//! "type f4": for families that work on whole bytes.
std::string whyNotBytes(const Fact& fact);
std::string whyNotType(const Fact& fact, std::initializer_list<DType> allowed);

//! An axis of an attribute, which may count from the end.
inline size_t axisOf(int64_t axis, size_t rank) {
    return static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis);
}

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

}  // namespace opentrt
