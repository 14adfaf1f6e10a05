// SPDX-License-Identifier: Apache-2.0
// Regions of pointwise operators alone, in any format that all their large operands share. Constants are moved into the
// tactic's format when the step is compiled. The scale of a quantization may have another rank than the data, or one
// element for each block of them; it is seen as an operand that broadcasts.
#include "backends/cpu/kernels/pointwise.h"

#include "backends/cpu/dispatch.h"
#include "backends/cpu/family.h"
#include "backends/cpu/layouts.h"
#include "backends/fit.h"
#include "backends/op_step.h"
#include "base/error.h"
#include "graph/extract.h"
#include "graph/text.h"
#include "ops/dequantize.h"
#include "ops/quantize.h"

namespace opentrt::cpu {

namespace {

struct PointwiseParams : HasFields {
    std::string region;                  //!< text of the extracted node: the program is made from it again
    std::vector<int64_t> constantDims;   //!< per constant operand: rank, then dims; the data are the step's weights
    std::vector<int64_t> constantIndex;  //!< which operand each weight is
    int64_t axis = 0;                    //!< of operands of rank 1
    bool blocks = false;                 //!< operands whose dimensions divide the output's are repeated
    void fields(FieldVisitor& v) override {
        v.field("region", region);
        v.field("constantDims", constantDims);
        v.field("constantIndex", constantIndex);
        v.field("axis", axis);
        v.field("blocks", blocks);
    }
};

bool isPointwise(const RegionView& region) {
    return !region.anchor;
}

struct ScaleLayout {
    int64_t axis;
    std::vector<int64_t> blockShape;
};

//! Nothing for operators other than quantizations.
std::optional<ScaleLayout> scaleLayout(const Node& node) {
    if (const auto* op = as<ops::Quantize>(*node.op)) return ScaleLayout{op->axis, op->blockShape};
    if (const auto* op = as<ops::Dequantize>(*node.op)) return ScaleLayout{op->axis, op->blockShape};
    return std::nullopt;
}

//! A lone quantization whose scale does not simply broadcast: by rank or by blocks.
bool isLoneQuantization(const RegionView& region) {
    return region.pointwise.size() == 1 && region.node->op->kind() != "Region" && scaleLayout(*region.pointwise[0]);
}

bool broadcastsTo(const Shape& shape, const Shape& out) {
    for (size_t i = 0; i < out.size(); ++i) {
        if (shape[i] != Dim(1) && shape[i] != out[i]) return false;
    }
    return true;
}

bool dividesInto(const Shape& shape, const Shape& out, const std::vector<int64_t>& blocks) {
    if (!isStatic(shape) || !isStatic(out)) return false;
    for (size_t i = 0; i < out.size(); ++i) {
        const int64_t count = shape[i].constant(), size = out[i].constant();
        if (count == 0 || size % count != 0 || (!blocks.empty() && count * blocks[i] != size)) return false;
    }
    return true;
}

//! Only the definition of a quantization lets a dimension be neither 1 nor the output's; elsewhere inference knows.
bool hasBlocks(const RegionView& region) {
    if (!isLoneQuantization(region)) return false;
    const Shape &scale = region.input(1).shape, &out = region.output(0).shape;
    return scale.size() == out.size() && !broadcastsTo(scale, out);
}

std::string whyNot(const RegionView& region) {
    const Shape& out = region.output(0).shape;
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        if (!region.node->inputs[i].valid()) continue;
        const Fact& fact = region.input(static_cast<int>(i));
        if (fact.shape.size() != out.size() && !(isLoneQuantization(region) && i > 0)) {
            return "an operand has another rank than the output";
        }
        if (bitsOf(fact.type) < 8) return cat("type ", name(fact.type), " is packed two to a byte");
    }
    if (hasBlocks(region) && !dividesInto(region.input(1).shape, out, scaleLayout(*region.pointwise[0])->blockShape)) {
        return "blocks that do not divide the data evenly";
    }
    for (size_t o = 0; o < region.node->outputs.size(); ++o) {
        if (region.output(static_cast<int>(o)).shape != out) return "outputs of different shapes";
        if (bitsOf(region.output(static_cast<int>(o)).type) < 8) return "an output is packed two to a byte";
    }
    return {};
}

//! A list of scales is blocked as the data are only along the channels.
bool fitsBlocks(const RegionView& region) {
    if (!isLoneQuantization(region)) return true;
    const Shape &scale = region.input(1).shape, &out = region.output(0).shape;
    if (scale.size() != 1 || out.size() == 1 || scale[0] == Dim(1)) return true;
    return axisOf(scaleLayout(*region.pointwise[0])->axis, out.size()) == 1;
}

std::vector<Format> formatsOf(const RegionView& region) {
    if (hasBlocks(region)) return {Format::Linear};
    std::vector<Format> formats = formatsFor(region.output(0).shape);
    if (!fitsBlocks(region)) std::erase_if(formats, [](Format f) { return f == Format::Chw8 || f == Format::Chw16; });
    return formats;
}

void tactics(const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!isPointwise(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse("cpu.pointwise", reason);
    const Shape& out = region.output(0).shape;
    for (const Format format : formatsOf(region)) {
        Tactic tactic;
        tactic.name = cat("cpu.pointwise.", name(format));
        for (const ValueId in : region.node->inputs) {
            const bool image = in.valid() && region.graph->fact(in).shape.size() == out.size();
            tactic.inputs.push_back(image ? format : Format::Linear);
        }
        tactic.outputs.assign(region.node->outputs.size(), format);
        list.tactics.push_back(std::move(tactic));
    }
}

CompiledStep compile(const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    PointwiseParams p;
    CompiledStep step;
    step.kernel = "cpu.pointwise";
    const std::vector<int> operands = pointwisePart(region).operands;
    for (size_t k = 0; k < operands.size(); ++k) {
        const int i = operands[k];
        if (!region.isConstant(i)) {
            step.inputs.push_back(i);
            continue;
        }
        const Tensor& constant = *region.input(i).constant;
        p.constantIndex.push_back(static_cast<int64_t>(k));
        p.constantDims.push_back(constant.rank());
        p.constantDims.insert(p.constantDims.end(), constant.dims().begin(), constant.dims().end());
        const bool image = constant.rank() == static_cast<int64_t>(region.output(0).shape.size());
        step.weights.push_back(image ? reformatConstant(constant, tactic.outputs[0]) : constant);
    }
    if (isLoneQuantization(region)) {
        p.axis = scaleLayout(*region.pointwise[0])->axis;
        p.blocks = hasBlocks(region);
    }
    p.region = print(extractNode(*region.graph, region.id, -1), {.weights = false, .names = true});
    step.params = printFields(p);
    return step;
}

class PointwiseKernel final : public Kernel {
public:
    PointwiseKernel(const PointwiseParams& p, std::vector<Tensor> weights)
        : weights_(std::move(weights)), axis_(p.axis), blocks_(p.blocks) {
        const Graph graph = parseGraph(p.region);
        fit(!graph.order().empty(), "the program");
        const RegionView region = viewRegion(graph, graph.order().front());
        fit(!region.anchor, "the program");
        const PointwisePart part = pointwisePart(region);
        program_ = std::make_shared<kernels::PointwiseProgram>(part.program);
        constantOf_.assign(part.operands.size(), -1);
        fit(weights_.size() == p.constantIndex.size(), "the number of constants");
        ShapeList dims(p.constantDims);
        for (size_t k = 0; k < p.constantIndex.size(); ++k) {
            const int64_t operand = p.constantIndex[k];
            fit(operand >= 0 && operand < static_cast<int64_t>(constantOf_.size()), "a constant");
            constantOf_[static_cast<size_t>(operand)] = static_cast<int>(k);
            constantDims_.push_back(dims.next());
        }
    }

    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        fitOperands(in, out);
        const Format format = out[0].format;
        std::vector<int64_t> dims = memoryDims(format, out[0].dims);
        const std::vector<std::vector<int64_t>> operands = operandDims(in, out[0].dims.size());
        std::vector<std::vector<int64_t>> inStrides, outStrides;
        for (const auto& own : operands) {
            inStrides.push_back(blocks_ ? cutStrides(own, dims, operands[1]) : broadcastStrides(format, own));
        }
        for (const Port& port : out) {
            outStrides.push_back(blocks_ ? cutStrides(dims, dims, operands[1]) : broadcastStrides(format, port.dims));
        }
        if (blocks_) dims = cutDims(dims, operands[1]);
        auto plan = std::make_shared<kernels::PointwisePlan>(program_, dims, inStrides, outStrides);
        std::vector<const void*> addresses(constantOf_.size());
        return makeLaunch([this, plan, addresses, outputs = out.size()](const LaunchArgs& args) mutable {
            size_t input = 0;
            for (size_t k = 0; k < addresses.size(); ++k) {
                const int c = constantOf_[k];
                addresses[k] = c < 0 ? args.inputs[input++] : weights_[static_cast<size_t>(c)].data();
            }
            plan->run(addresses, std::span<void* const>(args.outputs, outputs));
        });
    }

private:
    void fitOperands(std::span<const Port> in, std::span<const Port> out) const {
        fitPorts(in, static_cast<size_t>(std::count(constantOf_.begin(), constantOf_.end(), -1)));
        fit(!out.empty() && out.size() == program_->outputTypes().size(), "the number of outputs");
        for (size_t o = 0; o < out.size(); ++o) {
            fit(out[o].type == program_->outputTypes()[o] && out[o].dims == out[0].dims &&
                    out[o].format == out[0].format,
                "an output");
        }
        fitPorts(out, out.size());
        size_t next = 0;
        for (size_t k = 0; k < constantOf_.size(); ++k) {
            const DType type = program_->inputTypes()[k];
            const bool given = constantOf_[k] < 0;
            const std::vector<int64_t>& own =
                given ? in[next].dims : constantDims_[static_cast<size_t>(constantOf_[k])];
            const Format format = own.size() == out[0].dims.size() ? out[0].format : Format::Linear;
            if (given) {
                fit(in[next].type == type && in[next].format == format, "an operand");
                ++next;
            } else {
                fitBytes(weights_[static_cast<size_t>(constantOf_[k])], bytesIn(format, type, own));
            }
        }
        const auto operands = operandDims(in, out[0].dims.size());
        for (const auto& own : operands) {
            const bool divides = blocks_ && operands.size() > 1 && (own == out[0].dims || own == operands[1]);
            for (size_t i = 0; i < own.size(); ++i) {
                const int64_t whole = out[0].dims[i];
                const bool block = divides && own[i] > 0 && whole % own[i] == 0;
                fit(blocks_ ? block : own[i] == whole || own[i] == 1, "the size of an operand");
            }
        }
        fit(!blocks_ || (operands.size() >= 2 && out[0].format == Format::Linear), "the blocks of a scale");
    }

    //! By program input, as they broadcast.
    std::vector<std::vector<int64_t>> operandDims(std::span<const Port> in, size_t rank) const {
        std::vector<std::vector<int64_t>> result;
        size_t next = 0;
        for (const int c : constantOf_) {
            result.push_back(c < 0 ? in[next++].dims : constantDims_[static_cast<size_t>(c)]);
            auto& dims = result.back();
            if (dims.size() == rank) continue;
            const int64_t count = volumeOf(dims);
            dims.assign(rank, 1);
            if (count == 1) continue;
            const auto most = static_cast<int64_t>(rank);
            fit(axis_ >= -most && axis_ < most, "the axis of a scale");
            dims[axisOf(axis_, rank)] = count;
        }
        return result;
    }

    //! Every dimension as [blocks, size of a block].
    static std::vector<int64_t> cutDims(const std::vector<int64_t>& dims, const std::vector<int64_t>& blocks) {
        std::vector<int64_t> result;
        for (size_t i = 0; i < dims.size(); ++i) result.insert(result.end(), {blocks[i], dims[i] / blocks[i]});
        return result;
    }
    static std::vector<int64_t> cutStrides(const std::vector<int64_t>& own, const std::vector<int64_t>& dims,
                                           const std::vector<int64_t>& blocks) {
        const std::vector<int64_t> strides = stridesOf(own);
        std::vector<int64_t> result;
        for (size_t i = 0; i < dims.size(); ++i) {
            const bool whole = own == dims;
            result.insert(result.end(),
                          {whole ? strides[i] * (dims[i] / blocks[i]) : strides[i], whole ? strides[i] : 0});
        }
        return result;
    }

    std::shared_ptr<const kernels::PointwiseProgram> program_;
    std::vector<Tensor> weights_;
    std::vector<int> constantOf_;  // by program input: index of the weight, or -1
    std::vector<std::vector<int64_t>> constantDims_;
    int64_t axis_;
    bool blocks_;
};

std::shared_ptr<const Kernel> load(const std::string& params, const std::vector<Tensor>& weights) {
    PointwiseParams p;
    parseFields(p, params);
    return std::make_shared<PointwiseKernel>(p, weights);
}

}  // namespace

const KernelFamily kPointwiseFamily{"cpu.pointwise", tactics, compile, load,
                                    [](const RegionView& r) { return isPointwise(r) && whyNot(r).empty(); }};

}  // namespace opentrt::cpu
