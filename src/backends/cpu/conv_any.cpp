// SPDX-License-Identifier: Apache-2.0
// Convolution and deconvolution of any rank, with any groups and with weights that only the run knows: where no other
// family has anything. The elements under a window are gathered for a few output pixels at a time, as packed columns
// that a product with the weights reads at once; a deconvolution gathers, too, from the inputs that reach a pixel.
#include <cstring>

#include "backends/cpu/epilogue.h"
#include "backends/cpu/family.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/layouts.h"
#include "backends/fit.h"
#include "base/error.h"
#include "ops/support/any_convolution.h"

namespace opentrt::cpu {

namespace {

using kernels::kPanel;

constexpr size_t kMostAxes = 4;
constexpr int64_t kChunkFloats = 64 * 1024;  // packed columns of one task: half of L2

struct AnyConvParams : HasFields, ops::WindowParams {
    bool transposed = false, constantWeights = false;
    int64_t bias = -1;  //!< step input; -1: none, or part of the epilogue
    int64_t groups = 1;
    std::vector<int64_t> kernel;  //!< dims of the weights, [K, C/groups, ...] or [C, K/groups, ...]
    std::string epilogue;
    int64_t firstOperand = 0;
    void fields(FieldVisitor& v) override {
        windowFields(v);
        v.field("transposed", transposed);
        v.field("constantWeights", constantWeights);
        v.field("bias", bias);
        v.field("groups", groups);
        v.field("kernel", kernel);
        v.field("epilogue", epilogue);
        v.field("firstOperand", firstOperand);
    }
};

bool isOurs(const RegionView& region) {
    return region.anchor && ops::anyConvolution(region.op());
}

std::string whyNot(const RegionView& region) {
    const Fact &x = *region.anchorInput(0), &w = *region.anchorInput(1);
    if (x.type != DType::F32) return cat("type ", name(x.type));
    if (!isStatic(w.shape)) return "the dimensions of the weights are not constants";
    if (w.shape.size() > 2 + kMostAxes) return cat(w.shape.size() - 2, " spatial axes");
    if (x.shape.size() != w.shape.size()) {
        return region.pointwise.empty() ? std::string() : "more than one batch dimension before an epilogue";
    }
    return whyNotEpilogue(region, false);
}

void tactics(const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!isOurs(region) || !list.tactics.empty()) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse("cpu.conv_any", reason);
    Tactic tactic;
    tactic.name = "cpu.conv_any";
    tactic.inputs.assign(region.node->inputs.size(), Format::Linear);
    tactic.outputs = {Format::Linear};
    list.tactics.push_back(std::move(tactic));
}

//! [C, K/g, taps] of a deconvolution as a convolution has it, [K, C/g, taps].
void exchangeChannels(const AnyConvParams& p, const float* from, float* to) {
    const int64_t taps = volumeOf({p.kernel.begin() + 2, p.kernel.end()}), maps = p.kernel[1];
    const int64_t channels = p.kernel[0] / p.groups;
    for (int64_t g = 0; g < p.groups; ++g) {
        for (int64_t c = 0; c < channels; ++c) {
            for (int64_t k = 0; k < maps; ++k) {
                std::copy_n(from + ((g * channels + c) * maps + k) * taps, taps,
                            to + ((g * maps + k) * channels + c) * taps);
            }
        }
    }
}

CompiledStep compile(const RegionView& region, const Tactic&, const TacticRequest&) {
    AnyConvParams p;
    const ops::AnyConvolution conv = *ops::anyConvolution(region.op());
    static_cast<ops::WindowParams&>(p) = conv.window;
    p.groups = conv.groups;
    p.transposed = conv.transposed;
    const Fact &w = *region.anchorInput(1), *bias = region.anchorInput(2);
    p.kernel = staticDims(w.shape);
    p.constantWeights = w.constant.has_value();
    CompiledStep step;
    step.kernel = "cpu.conv_any";
    step.inputs = {region.anchorInputs[0]};
    if (p.constantWeights) {
        step.weights.push_back(w.constant->cast(DType::F32));
        if (p.transposed && w.constant->count() > 0) {
            Tensor exchanged(DType::F32, p.kernel);
            exchangeChannels(p, w.constant->as<float>(), exchanged.mutableAs<float>());
            step.weights[0] = exchanged;
        }
    } else {
        step.inputs.push_back(region.anchorInputs[1]);
    }
    if (bias && !bias->constant) {
        p.bias = static_cast<int64_t>(step.inputs.size());
        step.inputs.push_back(region.anchorInputs[2]);
    }
    p.firstOperand = static_cast<int64_t>(step.inputs.size());
    EpilogueStep epilogue =
        compileEpilogue(region, bias && bias->constant ? &*bias->constant : nullptr, Format::Linear, false);
    p.epilogue = epilogue.params;
    step.inputs.insert(step.inputs.end(), epilogue.inputs.begin(), epilogue.inputs.end());
    step.weights.insert(step.weights.end(), epilogue.weights.begin(), epilogue.weights.end());
    step.params = printFields(p);
    return step;
}

//! Which input element lies under each element of the window, for output pixels by their number.
struct Gathering {
    size_t axes = 0;
    bool transposed = false;
    int64_t in[kMostAxes], out[kMostAxes], window[kMostAxes], stride[kMostAxes], dilation[kMostAxes], pre[kMostAxes];
    int64_t taps = 1, inPixels = 1, outPixels = 1;

    void coordinates(int64_t pixel, int64_t* at) const {
        for (size_t i = axes; i-- > 0;) {
            at[i] = pixel % out[i];
            pixel /= out[i];
        }
    }
    //! -1: outside, or between the inputs of a deconvolution.
    int64_t source(const int64_t* pixel, const int64_t* tap) const {
        int64_t offset = 0;
        for (size_t i = 0; i < axes; ++i) {
            int64_t place = 0;
            if (transposed) {
                const int64_t shifted = pixel[i] + pre[i] - tap[i] * dilation[i];
                if (shifted < 0 || shifted % stride[i] != 0) return -1;
                place = shifted / stride[i];
            } else {
                place = pixel[i] * stride[i] - pre[i] + tap[i] * dilation[i];
            }
            if (place < 0 || place >= in[i]) return -1;
            offset = offset * in[i] + place;
        }
        return offset;
    }
    //! One packed panel: [channels * taps][16], of `count` <= 16 pixels.
    void panel(const float* x, int64_t channels, int64_t first, int64_t count, float* to) const {
        int64_t pixel[kPanel][kMostAxes], tap[kMostAxes] = {};
        for (int64_t j = 0; j < count; ++j) coordinates(first + j, pixel[j]);
        for (int64_t t = 0; t < taps; ++t) {
            int64_t from[kPanel];
            bool straight = count == kPanel;
            for (int64_t j = 0; j < kPanel; ++j) {
                from[j] = j < count ? source(pixel[j], tap) : -1;
                straight = straight && from[j] >= 0 && from[j] == from[0] + j;
            }
            for (int64_t c = 0; c < channels; ++c) {
                const float* plane = x + c * inPixels;
                float* row = to + (c * taps + t) * kPanel;
                if (straight) {
                    std::memcpy(row, plane + from[0], sizeof(float) * kPanel);
                } else {
                    for (int64_t j = 0; j < kPanel; ++j) row[j] = from[j] < 0 ? 0.0f : plane[from[j]];
                }
            }
            for (size_t i = axes; i-- > 0;) {
                if (++tap[i] < window[i]) break;
                tap[i] = 0;
            }
        }
    }
};

class AnyConvLaunch final : public Launch {
public:
    AnyConvLaunch(const AnyConvParams& p, Tensor weights, BoundEpilogue epilogue, const Port& x, const Port& y)
        : p_(p), weights_(std::move(weights)), epilogue_(std::move(epilogue)), threads_(threadCount()) {
        g_.axes = p.kernel.size() - 2;
        g_.transposed = p.transposed;
        const size_t leading = x.dims.size() - g_.axes;
        for (size_t i = 0; i < g_.axes; ++i) {
            g_.in[i] = x.dims[leading + i];
            g_.out[i] = y.dims[leading + i];
            g_.window[i] = p.kernel[2 + i];
            g_.stride[i] = p.strideAt(i);
            g_.dilation[i] = p.dilationAt(i);
            g_.pre[i] =
                (p.transposed ? p.extentTransposed(i, g_.in[i], g_.window[i]) : p.extent(i, g_.in[i], g_.window[i]))
                    .pre;
            g_.taps *= g_.window[i];
            g_.inPixels *= g_.in[i];
            g_.outPixels *= g_.out[i];
        }
        images_ = volumeOf({x.dims.begin(), x.dims.begin() + static_cast<long>(leading) - 1});
        channels_ = (p.transposed ? p.kernel[0] / p.groups : p.kernel[1]);
        maps_ = (p.transposed ? p.kernel[1] : p.kernel[0] / p.groups);
        depth_ = channels_ * g_.taps;
        chunk_ = std::clamp<int64_t>(kChunkFloats / std::max<int64_t>(depth_, 1) / kPanel * kPanel, kPanel,
                                     kernels::roundUpTo16(g_.outPixels));
        exchanges_ = p.transposed && !p.constantWeights;
    }

    int64_t workspaceBytes() const override {
        const int64_t exchanged = exchanges_ ? kernels::roundUpTo16(volumeOf(p_.kernel)) : 0;
        return (threads_ * depth_ * chunk_ + exchanged) * static_cast<int64_t>(sizeof(float));
    }

    void run(const LaunchArgs& args) override {
        const auto* x = static_cast<const float*>(args.inputs[0]);
        const float* w = p_.constantWeights ? weights_.as<float>() : static_cast<const float*>(args.inputs[1]);
        auto* work = static_cast<float*>(args.workspace);
        if (exchanges_) {
            float* to = work + threads_ * depth_ * chunk_;
            exchangeChannels(p_, w, to);
            w = to;
        }
        epilogue_.at(args);
        const float* bias = p_.bias < 0 ? epilogue_.bias() : static_cast<const float*>(args.inputs[p_.bias]);
        const int64_t chunks = kernels::ceilDiv(g_.outPixels, chunk_);
        const auto one = [&](int64_t task, int thread) {
            const int64_t first = task % chunks * chunk_, group = task / chunks % p_.groups,
                          image = task / chunks / p_.groups;
            const int64_t count = std::min(chunk_, g_.outPixels - first), map = group * maps_;
            float* packed = work + thread * depth_ * chunk_;
            const float* source = x + (image * p_.groups + group) * channels_ * g_.inPixels;
            for (int64_t at = 0; at < count; at += kPanel) {
                g_.panel(source, channels_, first + at, std::min(kPanel, count - at), packed + at * depth_);
            }
            kernels::GemmArgs product;
            product.m = maps_;
            product.n = count;
            product.k = depth_;
            product.a = w + map * depth_;
            product.aRow = depth_;
            product.b = packed;
            product.c = static_cast<float*>(args.outputs[0]) + (image * p_.groups * maps_ + map) * g_.outPixels + first;
            product.cRow = g_.outPixels;
            kernels::GemmOperand operands[BoundEpilogue::kMostOperands];
            product.epilogue = epilogue_.planes(image, map, first, g_.outPixels, p_.groups * maps_, operands);
            if (bias) product.epilogue.rowBias = bias + map;
            kernels::gemmSerial(product);
        };
        kernels::parallelTasks(images_ * p_.groups * chunks, chunk_ * depth_ * (maps_ / 16 + 1), one, threads_);
    }

private:
    const AnyConvParams& p_;
    Tensor weights_;
    BoundEpilogue epilogue_;
    Gathering g_;
    int threads_;
    int64_t images_ = 0, channels_ = 0, maps_ = 0, depth_ = 0, chunk_ = 0;
    bool exchanges_ = false;
};

class AnyConvKernel final : public Kernel {
public:
    AnyConvKernel(const std::string& params, const std::vector<Tensor>& weights) {
        parseFields(p_, params);
        const size_t own = p_.constantWeights ? 1 : 0;
        epilogue_ = std::make_unique<Epilogue>(p_.epilogue, weightsBehind(weights, own));
        if (own) weights_ = weights[0];
    }
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        fitOperands(in, out);
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        const auto first = static_cast<size_t>(p_.firstOperand);
        return std::make_unique<AnyConvLaunch>(
            p_, weights_, epilogue_->bind(in.subspan(first), static_cast<int>(first), out[0]), in[0], out[0]);
    }

private:
    void fitOperands(std::span<const Port> in, std::span<const Port> out) const {
        const int64_t own = 1 + (p_.constantWeights ? 0 : 1) + (p_.bias >= 0 ? 1 : 0);
        fit(p_.firstOperand == own && static_cast<int64_t>(in.size()) >= own && p_.bias < own, "the number of inputs");
        std::vector<std::optional<Fact>> facts{factOf(in[0]), factOf(DType::F32, p_.kernel)};
        if (p_.bias >= 0) facts.push_back(factOf(in[static_cast<size_t>(p_.bias)]));
        const bool given = p_.constantWeights || (in[1].type == DType::F32 && in[1].dims == p_.kernel);
        fit(in[0].type == DType::F32 && given && p_.kernel.size() <= 2 + kMostAxes, "the weights of a convolution");
        FittedNode(*ops::makeConvolution(p_, p_.groups, p_.transposed), std::move(facts), out);
        if (p_.constantWeights) fitBytes(weights_, bytesFor(DType::F32, volumeOf(p_.kernel)));
        bool linear = out[0].format == Format::Linear;
        for (int64_t i = 0; i < own; ++i) linear = linear && in[static_cast<size_t>(i)].format == Format::Linear;
        fit(linear, "a format");
    }

    AnyConvParams p_;
    Tensor weights_;
    std::unique_ptr<Epilogue> epilogue_;
};

std::shared_ptr<const Kernel> load(const std::string& params, const std::vector<Tensor>& weights) {
    return std::make_shared<AnyConvKernel>(params, weights);
}

}  // namespace

const KernelFamily kConvAnyFamily{"cpu.conv_any", tactics, compile, load};

}  // namespace opentrt::cpu
