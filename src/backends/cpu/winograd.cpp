// SPDX-License-Identifier: Apache-2.0
// Winograd tactics for 3x3 convolutions with stride 1: F(4x4) and F(2x2), in nChw16c and NHWC. The epilogue is a
// residual and a clamp where that is all there is, else the region's pointwise program; operands must be as large as
// the output.
#include "backends/cpu/kernels/winograd.h"

#include "backends/cpu/family.h"
#include "backends/cpu/layouts.h"
#include "base/error.h"
#include "base/parallel.h"
#include "graph/extract.h"
#include "graph/text.h"
#include "ops/activation.h"
#include "ops/convolution.h"
#include "ops/element_wise.h"

namespace opentrt::cpu {

namespace {

using kernels::WinogradConv;

struct WinogradParams : HasFields {
    int64_t tile = 4;
    std::vector<int64_t> pre;
    bool hasBias = false;
    bool residual = false;  //!< operand 0 is added
    bool relu = false;
    std::string
        region;  //!< text of the node whose pointwise part runs behind the sum; empty: residual and relu are all
    void fields(FieldVisitor& v) override {
        v.field("tile", tile);
        v.field("pre", pre);
        v.field("hasBias", hasBias);
        v.field("residual", residual);
        v.field("relu", relu);
        v.field("region", region);
    }
};

bool isConvolution(const RegionView& region) {
    return region.anchor && as<ops::Convolution>(region.op());
}

std::string whyNot(const RegionView& region) {
    const auto& op = *as<ops::Convolution>(region.op());
    const Fact& x = *region.anchorInput(0);
    const Fact& w = *region.anchorInput(1);
    if (x.type != DType::F32) return cat("type ", name(x.type));
    if (!w.constant || (region.anchorInput(2) && !region.anchorInput(2)->constant)) return "weights are not constant";
    const auto& kernel = w.constant->dims();
    if (x.shape.size() != 4 || kernel.size() != 4 || kernel[2] != 3 || kernel[3] != 3) return "not a 3x3 kernel";
    for (size_t axis = 0; axis < 2; ++axis) {
        if (op.strideAt(axis) != 1 || op.dilationAt(axis) != 1) return "a stride or dilation other than 1";
    }
    if (op.groups != 1) return "more than one group";
    if (kernel[0] < 16 || kernel[1] < 16) return "fewer than 16 channels";
    if (!x.shape[1].isConstant()) return "the number of channels is not a constant";
    return {};
}

//! Node inputs that the epilogue reads; nothing when one of them is not as large as the output.
std::optional<std::vector<int>> operandsOf(const RegionView& region) {
    const std::vector<int> operands = pointwisePart(region).operands;
    for (const int i : operands) {
        if (region.isConstant(i) || region.input(i).shape != region.output(0).shape) return std::nullopt;
        if (region.input(i).type != DType::F32) return std::nullopt;
    }
    return operands;
}

//! Recognises [+ residual] [relu]; anything else needs the program.
bool describeSimple(const RegionView& region, WinogradParams& p) {
    size_t at = 0;
    const auto& nodes = region.pointwise;
    if (at < nodes.size()) {
        const auto* sum = as<ops::ElementWise>(*nodes[at]->op);
        if (sum && sum->operation == ops::ElementWiseOperation::Sum) p.residual = true, ++at;
    }
    if (at < nodes.size()) {
        const auto* activation = as<ops::Activation>(*nodes[at]->op);
        if (activation && activation->function == ops::ActivationFunction::Relu) p.relu = true, ++at;
    }
    return at == nodes.size();
}

void tactics(const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!isConvolution(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse("cpu.winograd", reason);
    if (region.node->outputs.size() != 1 || !operandsOf(region)) {
        return list.refuse("cpu.winograd", "an epilogue operand is not as large as the output");
    }
    const bool blocks =
        region.output(0).shape[1].constant() % 16 == 0 && region.anchorInput(0)->shape[1].constant() % 16 == 0;
    for (const Format format : {Format::Chw16, Format::Nhwc}) {
        if (format == Format::Chw16 && !blocks) continue;
        for (const int tile : {4, 2}) {
            Tactic tactic;
            tactic.name = cat("cpu.winograd.f", tile, ".", name(format));
            tactic.inputs.assign(region.node->inputs.size(), format);
            tactic.outputs = {format};
            list.tactics.push_back(std::move(tactic));
        }
    }
}

CompiledStep compile(const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    const auto& op = *as<ops::Convolution>(region.op());
    WinogradParams p;
    p.tile = tactic.name.find(".f4.") != std::string::npos ? 4 : 2;
    p.hasBias = region.anchorInput(2) != nullptr;
    if (op.paddingMode == ops::PaddingMode::SameUpper || op.paddingMode == ops::PaddingMode::SameLower) {
        p.pre = {1, 1};  // a 3x3 window with stride 1 is always padded by one
    } else {
        p.pre = {op.preAt(0), op.preAt(1)};
    }
    CompiledStep step;
    step.kernel = "cpu.winograd";
    step.inputs = {region.anchorInputs[0]};
    const std::vector<int> operands = *operandsOf(region);
    step.inputs.insert(step.inputs.end(), operands.begin(), operands.end());
    if (!describeSimple(region, p)) {
        p.residual = p.relu = false;
        p.region = print(extractNode(*region.graph, region.id, -1), {.weights = false, .names = true});
    }
    const Tensor weights = region.anchorInput(1)->constant->cast(DType::F32);
    WinogradConv conv;
    conv.tile = static_cast<int>(p.tile);
    conv.outChannels = weights.dims()[0];
    conv.inChannels = weights.dims()[1];
    Tensor transformed(DType::F32, {kernels::winogradWeightsSize(conv)});
    kernels::winogradWeights(conv, weights.as<float>(), transformed.mutableAs<float>());
    step.weights.push_back(std::move(transformed));
    if (p.hasBias) step.weights.push_back(region.anchorInput(2)->constant->cast(DType::F32));
    step.params = printFields(p);
    return step;
}

class WinogradLaunch final : public Launch {
public:
    WinogradLaunch(const WinogradConv& conv, const Tensor& weights, kernels::ConvEpilogue epilogue, bool residual,
                   size_t operands)
        : conv_(conv), weights_(weights), epilogue_(epilogue), residual_(residual), threads_(threadCount()) {
        const auto strides = kernels::imageStrides(conv.outLayout, conv.outChannels, conv.outHeight * conv.outWidth);
        if (!residual) operands_.assign(operands, {nullptr, strides});
    }
    int64_t workspaceBytes() const override {
        return kernels::winogradWorkspace(conv_, threads_) * static_cast<int64_t>(sizeof(float));
    }
    void run(const LaunchArgs& args) override {
        if (residual_) epilogue_.residual = static_cast<const float*>(args.inputs[1]);
        for (size_t i = 0; i < operands_.size(); ++i) operands_[i].data = args.inputs[i + 1];
        epilogue_.operands = operands_;
        kernels::winograd(conv_, static_cast<const float*>(args.inputs[0]), weights_.as<float>(), epilogue_,
                          static_cast<float*>(args.outputs[0]), static_cast<float*>(args.workspace), threads_);
    }

private:
    WinogradConv conv_;
    Tensor weights_;
    kernels::ConvEpilogue epilogue_;
    bool residual_;
    int threads_;
    std::vector<kernels::ConvOperand> operands_;
};

class WinogradKernel final : public Kernel {
public:
    WinogradKernel(WinogradParams p, std::vector<Tensor> weights) : p_(std::move(p)), weights_(std::move(weights)) {
        if (p_.region.empty()) return;
        const Graph graph = parseGraph(p_.region);
        program_ = std::make_unique<kernels::PointwiseProgram>(
            pointwisePart(viewRegion(graph, graph.order().front())).program);
    }

    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        WinogradConv conv;
        conv.tile = static_cast<int>(p_.tile);
        conv.batch = in[0].dims[0];
        conv.inChannels = in[0].dims[1];
        conv.outChannels = out[0].dims[1];
        conv.height = in[0].dims[2];
        conv.width = in[0].dims[3];
        conv.outHeight = out[0].dims[2];
        conv.outWidth = out[0].dims[3];
        conv.padTop = p_.pre[0];
        conv.padLeft = p_.pre[1];
        conv.inLayout = conv.outLayout = layoutOf(in[0].format);
        kernels::ConvEpilogue epilogue;
        if (p_.hasBias) epilogue.bias = weights_[1].as<float>();
        if (p_.relu) epilogue.clampLow = 0;
        epilogue.program = program_.get();
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        return std::make_unique<WinogradLaunch>(conv, weights_[0], epilogue, p_.residual, in.size() - 1);
    }

private:
    WinogradParams p_;
    std::vector<Tensor> weights_;
    std::unique_ptr<kernels::PointwiseProgram> program_;
};

std::shared_ptr<const Kernel> load(const std::string& params, const std::vector<Tensor>& weights) {
    WinogradParams p;
    parseFields(p, params);
    return std::make_shared<WinogradKernel>(std::move(p), weights);
}

}  // namespace

const KernelFamily kWinogradFamily{"cpu.winograd", tactics, compile, load};

}  // namespace opentrt::cpu
