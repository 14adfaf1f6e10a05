// SPDX-License-Identifier: Apache-2.0
// Softmax, and layer and RMS normalisation over the last dimensions, by our own kernels in linear format.
#include <algorithm>

#include "backends/cpu/family.h"
#include "backends/cpu/kernels/norm.h"
#include "backends/cpu/kernels/softmax.h"
#include "base/error.h"
#include "ops/normalization.h"
#include "ops/softmax.h"

namespace opentrt::cpu {

namespace {

bool isFloatType(DType type) {
    return type == DType::F32 || type == DType::F16 || type == DType::BF16;
}

// -- softmax

bool isSoftmax(const RegionView& region) {
    return region.anchor && region.pointwise.empty() && as<ops::Softmax>(region.op());
}

void softmaxTactics(const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!isSoftmax(region)) return;
    if (!isFloatType(region.input(0).type)) return list.refuse("cpu.softmax", "not a float type");
    list.tactics.push_back({"cpu.softmax", {Format::Linear}, {Format::Linear}});
}

CompiledStep compileSoftmax(const RegionView& region, const Tactic&, const TacticRequest&) {
    ops::Softmax op = *as<ops::Softmax>(region.op());
    return {"cpu.softmax", printFields(op), {}, {0}};
}

class SoftmaxKernel final : public Kernel {
public:
    explicit SoftmaxKernel(int64_t axis) : axis_(axis) {}
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port>) const override {
        const auto& dims = in[0].dims;
        const auto axis = static_cast<size_t>(axis_ < 0 ? axis_ + static_cast<int64_t>(dims.size()) : axis_);
        kernels::SoftmaxArgs args;
        args.type = in[0].type;
        args.outer[2] = volumeOf({dims.begin(), dims.begin() + static_cast<long>(axis)});
        args.axis = dims[axis];
        args.inner = volumeOf({dims.begin() + static_cast<long>(axis) + 1, dims.end()});
        return makeLaunch([args](const LaunchArgs& a) mutable {
            args.x = a.inputs[0];
            args.y = a.outputs[0];
            if (args.outer[2] * args.axis * args.inner > 0) kernels::softmax(args);
        });
    }

private:
    int64_t axis_;
};

std::shared_ptr<const Kernel> loadSoftmax(const std::string& params, const std::vector<Tensor>&) {
    ops::Softmax op;
    parseFields(op, params);
    return std::make_shared<SoftmaxKernel>(op.axis);
}

// -- layer normalisation

struct NormParams : HasFields {
    int64_t normalized = 1;  //!< how many of the last dimensions
    double epsilon = 0;
    bool rms = false, scale = false, bias = false;
    void fields(FieldVisitor& v) override {
        v.field("normalized", normalized);
        v.field("epsilon", epsilon);
        v.field("rms", rms);
        v.field("scale", scale);
        v.field("bias", bias);
    }
};

//! A constant that holds one number for each normalised element, and nothing else.
bool isFlat(const Fact* fact, const Shape& x, size_t normalized) {
    if (!fact) return true;
    if (!fact->constant) return false;
    const size_t outer = x.size() - normalized;
    for (size_t i = 0; i < x.size(); ++i) {
        if (i < outer ? fact->shape[i] != Dim(1) : fact->shape[i] != x[i]) return false;
    }
    return true;
}

std::string whyNotLayerNorm(const RegionView& region, const ops::Normalization& op) {
    const Shape& x = region.input(0).shape;
    if (!isFloatType(region.input(0).type)) return "not a float type";
    if (op.groups != 1) return "groups of channels";
    std::vector<int64_t> axes = op.axes;
    std::sort(axes.begin(), axes.end());
    const size_t first = x.size() - axes.size();
    for (size_t i = 0; i < axes.size(); ++i) {
        if (axes[i] != static_cast<int64_t>(first + i)) return "the normalised axes are not the last ones";
    }
    if (!isFlat(region.anchorInput(1), x, axes.size()) || !isFlat(region.anchorInput(2), x, axes.size())) {
        return "scale or bias is not a constant over the normalised axes";
    }
    return {};
}

bool isNormalization(const RegionView& region) {
    return region.anchor && region.pointwise.empty() && as<ops::Normalization>(region.op());
}

void normTactics(const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!isNormalization(region)) return;
    const std::string reason = whyNotLayerNorm(region, *as<ops::Normalization>(region.op()));
    if (!reason.empty()) return list.refuse("cpu.layer_norm", reason);
    std::vector<Format> inputs(region.node->inputs.size(), Format::Linear);
    list.tactics.push_back({"cpu.layer_norm", std::move(inputs), {Format::Linear}});
}

CompiledStep compileNorm(const RegionView& region, const Tactic&, const TacticRequest&) {
    const auto& op = *as<ops::Normalization>(region.op());
    NormParams p;
    p.normalized = static_cast<int64_t>(op.axes.size());
    p.epsilon = op.epsilon;
    p.rms = op.rms;
    CompiledStep step{"cpu.layer_norm", "", {}, {region.anchorInputs[0]}};
    if (const Fact* scale = region.anchorInput(1)) {
        p.scale = true;
        step.weights.push_back(scale->constant->cast(DType::F32));
    }
    if (const Fact* bias = region.anchorInput(2)) {
        p.bias = true;
        step.weights.push_back(bias->constant->cast(DType::F32));
    }
    step.params = printFields(p);
    return step;
}

class LayerNormKernel final : public Kernel {
public:
    LayerNormKernel(const NormParams& p, std::vector<Tensor> weights) : p_(p), weights_(std::move(weights)) {}
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port>) const override {
        const auto& dims = in[0].dims;
        const auto outer = static_cast<long>(dims.size()) - static_cast<long>(p_.normalized);
        kernels::LayerNormArgs args;
        args.type = in[0].type;
        args.rows = volumeOf({dims.begin(), dims.begin() + outer});
        args.cols = volumeOf({dims.begin() + outer, dims.end()});
        size_t next = 0;
        if (p_.scale) args.scale = weights_[next++].as<float>();
        if (p_.bias) args.bias = weights_[next++].as<float>();
        args.epsilon = static_cast<float>(p_.epsilon);
        args.rms = p_.rms;
        return makeLaunch([args](const LaunchArgs& a) mutable {
            args.x = a.inputs[0];
            args.y = a.outputs[0];
            if (args.rows * args.cols > 0) kernels::layerNorm(args);
        });
    }

private:
    NormParams p_;
    std::vector<Tensor> weights_;
};

std::shared_ptr<const Kernel> loadNorm(const std::string& params, const std::vector<Tensor>& weights) {
    NormParams p;
    parseFields(p, params);
    return std::make_shared<LayerNormKernel>(p, weights);
}

}  // namespace

const KernelFamily kSoftmaxFamily{"cpu.softmax", softmaxTactics, compileSoftmax, loadSoftmax};
const KernelFamily kLayerNormFamily{"cpu.layer_norm", normTactics, compileNorm, loadNorm};

}  // namespace opentrt::cpu
