// SPDX-License-Identifier: Apache-2.0
// Regions of pointwise operators alone, in any format that all their large operands share. Constants are moved into the
// tactic's format when the step is compiled.
#include "backends/cpu/family.h"
#include "backends/cpu/kernels/pointwise.h"
#include "backends/cpu/layouts.h"
#include "base/error.h"
#include "graph/extract.h"
#include "graph/text.h"

namespace opentrt::cpu {

namespace {

struct PointwiseParams : HasFields {
    std::string region;                   //!< text of the extracted node: the program is made from it again
    std::vector<int64_t> constantDims;    //!< per constant operand: rank, then dims; the data are the step's weights
    std::vector<int64_t> constantIndex;   //!< which operand each weight is
    void fields(FieldVisitor& v) override {
        v.field("region", region);
        v.field("constantDims", constantDims);
        v.field("constantIndex", constantIndex);
    }
};

bool isPointwise(const RegionView& region) { return !region.anchor; }

std::string whyNot(const RegionView& region) {
    const size_t rank = region.output(0).shape.size();
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        const Fact& fact = region.input(static_cast<int>(i));
        if (fact.shape.size() != rank) return "an operand has another rank than the output";
        if (bitsOf(fact.type) < 8) return cat("type ", name(fact.type), " is packed two to a byte");
    }
    for (size_t o = 0; o < region.node->outputs.size(); ++o) {
        if (region.output(static_cast<int>(o)).shape != region.output(0).shape) return "outputs of different shapes";
        if (bitsOf(region.output(static_cast<int>(o)).type) < 8) return "an output is packed two to a byte";
    }
    return {};
}

void tactics(const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!isPointwise(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse("cpu.pointwise", reason);
    for (const Format format : formatsFor(region.output(0).shape)) {
        Tactic tactic;
        tactic.name = cat("cpu.pointwise.", name(format));
        tactic.inputs.assign(region.node->inputs.size(), format);
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
        step.weights.push_back(reformatConstant(constant, tactic.outputs[0]));
    }
    p.region = print(extractNode(*region.graph, region.id, -1), {.weights = false, .names = true});
    step.params = printFields(p);
    return step;
}

class PointwiseKernel final : public Kernel {
 public:
    PointwiseKernel(const PointwiseParams& p, std::vector<Tensor> weights) : weights_(std::move(weights)) {
        const Graph graph = parseGraph(p.region);
        const PointwisePart part = pointwisePart(viewRegion(graph, graph.order().front()));
        program_ = std::make_shared<kernels::PointwiseProgram>(part.program);
        constantOf_.assign(part.operands.size(), -1);
        size_t at = 0;
        for (size_t k = 0; k < p.constantIndex.size(); ++k) {
            constantOf_[static_cast<size_t>(p.constantIndex[k])] = static_cast<int>(k);
            const auto rank = static_cast<long>(p.constantDims[at++]);
            const auto first = p.constantDims.begin() + static_cast<long>(at);
            constantDims_.emplace_back(first, first + rank);
            at += static_cast<size_t>(rank);
        }
    }

    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        const Format format = out[0].format;
        const std::vector<int64_t> dims = memoryDims(format, out[0].dims);
        std::vector<std::vector<int64_t>> inStrides, outStrides;
        size_t next = 0;
        for (const int c : constantOf_) {
            inStrides.push_back(
                broadcastStrides(format, c < 0 ? in[next++].dims : constantDims_[static_cast<size_t>(c)]));
        }
        for (const Port& port : out) outStrides.push_back(broadcastStrides(format, port.dims));
        auto plan = std::make_shared<kernels::PointwisePlan>(program_, dims, inStrides, outStrides);
        std::vector<const void*> operands(constantOf_.size());
        return makeLaunch([this, plan, operands, outputs = out.size()](const LaunchArgs& args) mutable {
            size_t input = 0;
            for (size_t k = 0; k < operands.size(); ++k) {
                const int c = constantOf_[k];
                operands[k] = c < 0 ? args.inputs[input++] : weights_[static_cast<size_t>(c)].data();
            }
            plan->run(operands, std::span<void* const>(args.outputs, outputs));
        });
    }

 private:
    std::shared_ptr<const kernels::PointwiseProgram> program_;
    std::vector<Tensor> weights_;
    std::vector<int> constantOf_;  // by program input: index of the weight, or -1
    std::vector<std::vector<int64_t>> constantDims_;
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
