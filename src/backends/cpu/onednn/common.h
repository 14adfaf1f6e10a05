// SPDX-License-Identifier: Apache-2.0
// What every oneDNN tactic needs: one engine, memory descriptors of our formats, weight formats that can be written
// into a plan, and post-operations made from a region's pointwise part.
#pragma once
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>

#include "backends/backend.h"
#include "backends/region.h"

namespace opentrt::cpu::onednn {

const dnnl::engine& engine();
std::optional<dnnl::memory::data_type> typeOf(DType type);
dnnl::memory::desc descOf(const Port& port);
//! Descriptor of a fact at the request's sizes.
Port portOf(const Fact& fact, Format format, const SymbolValues& sizes);

//! The named layouts equal to `desc`, as numbers of format tags: none when oneDNN has no name for it, several when
//! dimensions of 1 make them the same. An implementation may take only one of several.
std::vector<int64_t> tagsOf(const dnnl::memory::desc& desc);
dnnl::memory::desc descOfTag(const std::vector<int64_t>& dims, DType type, int64_t tag);

//! One post-operation: "eltwise:<alg>:<alpha>:<beta>" or "binary:<alg>" or "sum", as text for the plan.
struct PostOps {
    std::vector<std::string> ops;
    std::vector<int> operands;  //!< node inputs that the binary and sum operations read, in order
};
//! Nothing when the pointwise part has something that oneDNN does not know. `allowSum` lets one addition of a tensor as
//! large as the output become "sum" (in place); its operand is then `sumOperand`.
std::optional<PostOps> postOpsOf(const RegionView& region, bool allowSum, int* sumOperand);
//! Builds the attribute; `operands` are the ports of the binary operands.
dnnl::primitive_attr attributeOf(const std::vector<std::string>& ops, std::span<const Port> operands);

//! Runs a primitive whose operands are raw addresses.
class PrimitiveLaunch final : public Launch {
public:
    struct Argument {
        int id;               //!< DNNL_ARG_*
        dnnl::memory memory;  //!< its handle is set from...
        int input = -1;       //!< an input of the step, or
        int output = -1;      //!< an output of the step, or neither (weights)
    };
    PrimitiveLaunch(dnnl::primitive primitive, std::vector<Argument> arguments, const dnnl::memory::desc& scratchpad);
    int64_t workspaceBytes() const override { return scratchpadBytes_; }
    void run(const LaunchArgs& args) override;

private:
    dnnl::primitive primitive_;
    std::vector<Argument> arguments_;
    std::vector<dnnl_exec_arg_t> given_;  // the same as oneDNN's C interface takes them
    int64_t scratchpadBytes_;
};

}  // namespace opentrt::cpu::onednn
