// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/conv_family.h"

#include <algorithm>

#include "backends/cpu/layouts.h"
#include "base/error.h"
#include "graph/limits.h"
#include "ops/support/any_convolution.h"

namespace opentrt::cpu {

struct LoadedConv::Params : HasFields, ops::WindowParams {
    int64_t groups = 1;
    std::vector<int64_t> kernel;  //!< dims of the weights
    int64_t option = 0;
    std::string epilogue;
    void fields(FieldVisitor& v) override {
        windowFields(v);
        v.field("groups", groups);
        v.field("kernel", kernel);
        v.field("option", option);
        v.field("epilogue", epilogue);
    }
};

namespace {

//! All that does not depend on the sizes of images.
ConvProblem fixedProblem(const ops::WindowParams& window, int64_t groups, const std::vector<int64_t>& kernel) {
    ConvProblem p;
    const size_t spatial = kernel.size() - 2, last = spatial - 1;
    p.groups = groups;
    p.outChannels = kernel[0];
    p.inChannels = kernel[1] * groups;
    p.kernelW = kernel.back();
    p.strideW = window.strideAt(last);
    p.dilationW = window.dilationAt(last);
    if (spatial == 2) {
        p.kernelH = kernel[2];
        p.strideH = window.strideAt(0);
        p.dilationH = window.dilationAt(0);
    }
    const bool same =
        window.paddingMode == ops::PaddingMode::SameUpper || window.paddingMode == ops::PaddingMode::SameLower;
    p.padded = same && (p.kernelH > 1 || p.kernelW > 1);
    for (size_t axis = 0; !same && axis < spatial; ++axis) {
        p.padded = p.padded || window.preAt(axis) > 0 || window.postAt(axis) > 0;
    }
    // A size that is rounded up reaches beyond the data, too.
    const bool roundsUp =
        window.paddingMode == ops::PaddingMode::ExplicitRoundUp || window.paddingMode == ops::PaddingMode::CaffeRoundUp;
    p.padded = p.padded || (roundsUp && (p.strideH > 1 || p.strideW > 1));
    return p;
}

}  // namespace

bool isConvolution(const RegionView& region) {
    return region.anchor && as<ops::Convolution>(region.op());
}

std::string whyNotConvolution(const RegionView& region) {
    const Fact& x = *region.anchorInput(0);
    const Fact& w = *region.anchorInput(1);
    if (x.type != DType::F32) return cat("type ", name(x.type));
    if (!w.constant || (region.anchorInput(2) && !region.anchorInput(2)->constant)) return "weights are not constant";
    const size_t rank = w.constant->dims().size();
    if (x.shape.size() != rank || rank < 3 || rank > 4) return cat("rank ", x.shape.size(), " is not 3 or 4");
    if (!x.shape[1].isConstant()) return "the number of channels is not a constant";
    if (volumeOf(w.constant->dims()) == 0) return "there are no weights";
    const auto& op = *as<ops::Convolution>(region.op());
    for (size_t axis = 0; axis + 2 < rank; ++axis) {
        if (op.preAt(axis) < 0 || op.postAt(axis) < 0) return "negative padding";
    }
    return whyNotEpilogue(region, false);
}

ConvProblem convProblem(const RegionView& region) {
    const auto& op = *as<ops::Convolution>(region.op());
    return fixedProblem(op, op.groups, region.anchorInput(1)->constant->dims());
}

bool fillsBlocks(const ConvProblem& p, int64_t block) {
    return p.inChannels % block == 0 && p.outChannels % block == 0;
}

std::optional<Tactic> convTactic(const char* name, const RegionView& region, const ConvVariant& variant) {
    Tactic tactic;
    tactic.name = cat(name, ".", variant.name);
    setOperandFormats(region, variant.out, tactic);
    Format& image = tactic.inputs[static_cast<size_t>(region.anchorInputs[0])];
    const std::vector<int> operands = pointwisePart(region).operands;
    const bool isOperand = std::find(operands.begin(), operands.end(), region.anchorInputs[0]) != operands.end();
    if (isOperand && image != variant.in) return std::nullopt;
    image = variant.in;
    tactic.outputs = {variant.out};
    return tactic;
}

ConvStep compileConv(const char* name, const RegionView& region, const ConvVariant& variant) {
    const auto& op = *as<ops::Convolution>(region.op());
    LoadedConv::Params params;
    static_cast<ops::WindowParams&>(params) = op;
    params.groups = op.groups;
    params.kernel = region.anchorInput(1)->constant->dims();
    params.option = variant.option;
    const Fact* bias = region.anchorInput(2);
    EpilogueStep epilogue = compileEpilogue(region, bias ? &*bias->constant : nullptr, variant.out, false);
    params.epilogue = epilogue.params;
    ConvStep made;
    made.problem = convProblem(region);
    made.problem.option = variant.option;
    made.problem.inLayout = layoutOf(variant.in);
    made.problem.outLayout = layoutOf(variant.out);
    made.weights = region.anchorInput(1)->constant->cast(DType::F32);
    made.step.kernel = name;
    made.step.params = printFields(params);
    made.step.inputs = {region.anchorInputs[0]};
    made.step.inputs.insert(made.step.inputs.end(), epilogue.inputs.begin(), epilogue.inputs.end());
    made.step.weights = std::move(epilogue.weights);
    return made;
}

LoadedConv::LoadedConv(const std::string& text, const std::vector<Tensor>& weights)
    : params(std::make_unique<Params>()) {
    parseFields(*params, text);
    const std::vector<int64_t>& kernel = params->kernel;
    requireBounded(shapeOf(kernel), "");
    fit(kernel.size() >= 3 && kernel.size() <= 4 && volumeOf(kernel) > 0, "the weights of a convolution");
    for (const auto* padding : {&params->pre, &params->post}) {
        fit(std::all_of(padding->begin(), padding->end(), [](int64_t n) { return n >= 0; }), "a negative padding");
    }
    fit(params->groups >= 1 && params->groups <= kernel[0], "the groups of a convolution");
    epilogue = std::make_unique<Epilogue>(params->epilogue, weightsBehind(weights, 1));
    packed = weights[0];
}

LoadedConv::~LoadedConv() = default;

ConvProblem LoadedConv::problem(std::span<const Port> ins, std::span<const Port> outs,
                                std::vector<ConvVariant> (*variants)(const ConvProblem&)) const {
    fit(!ins.empty() && ins[0].type == DType::F32, "the input of a convolution");
    const std::unique_ptr<Op> op = ops::makeConvolution(*params, params->groups, false);
    FittedNode(*op, {factOf(ins[0]), factOf(DType::F32, params->kernel)}, outs);
    const Port &in = ins[0], &out = outs[0];
    fit(in.dims.size() == params->kernel.size(), "the rank of a convolution");
    ConvProblem p = fixedProblem(*params, params->groups, params->kernel);
    const size_t spatial = params->kernel.size() - 2, last = spatial - 1;
    p.option = params->option;
    p.batch = in.dims[0];
    p.width = in.dims.back();
    p.outWidth = out.dims.back();
    p.padLeft = params->extent(last, p.width, p.kernelW).pre;
    if (spatial == 2) {
        p.height = in.dims[2];
        p.outHeight = out.dims[2];
        p.padTop = params->extent(0, p.height, p.kernelH).pre;
    }
    p.inLayout = layoutOf(in.format);
    p.outLayout = layoutOf(out.format);
    const std::vector<ConvVariant> known = variants(p);
    fit(std::any_of(
            known.begin(), known.end(),
            [&](const ConvVariant& v) { return v.in == in.format && v.out == out.format && v.option == p.option; }),
        "the formats of a convolution");
    return p;
}

}  // namespace opentrt::cpu
