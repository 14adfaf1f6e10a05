// SPDX-License-Identifier: Apache-2.0
// Normalisation in three ways. Rows: over the last dimensions, with a scale and bias for each of their elements.
// Images: over all pixels of groups of channels (instance norm: of each), with a scale and bias per channel. Anything
// else: the normalised axes are moved last, rows are normalised, moved back, and scaled pointwise.
#include "backends/cpu/kernels/norm.h"

#include <algorithm>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/layouts.h"
#include "backends/cpu/op_family.h"
#include "ops/normalization.h"
#include "ops/support/index.h"

namespace opentrt::cpu {

namespace {

using Dims = std::vector<int64_t>;

//! Which of the ways can be gone; the one for anything always can.
struct Ways {
    bool rows = false, images = false;
};

std::vector<size_t> sortedAxes(const ops::Normalization& op, size_t rank) {
    std::vector<size_t> axes;
    for (const int64_t axis : op.axes) axes.push_back(axisOf(axis, rank));
    std::sort(axes.begin(), axes.end());
    return axes;
}

bool areLast(const std::vector<size_t>& axes, size_t rank) {
    return axes.front() + axes.size() == rank && axes.back() + 1 == rank;
}

//! Size is Dim at build time and int64_t when the kernel is bound.
template <class Size>
Ways waysOf(const ops::Normalization& op, const std::vector<Size>& x, const std::vector<std::vector<Size>>& factors) {
    const size_t rank = x.size();
    const std::vector<size_t> axes = sortedAxes(op, rank);
    if (!areLast(axes, rank)) return {};
    const auto all = [&](const auto& fits) {
        return std::all_of(factors.begin(), factors.end(), [&](const auto& f) {
            for (size_t i = 0; i < rank; ++i) {
                if (!fits(i, f[i])) return false;
            }
            return true;
        });
    };
    const size_t first = axes.front();
    const bool perElement = all([&](size_t i, const Size& s) { return i < first ? s == Size(1) : s == x[i]; });
    const Size channels = op.groups > 1 && !op.v2 ? Size(op.groups) : rank > 1 ? x[1] : Size(0);
    const bool perChannel = all([&](size_t i, const Size& s) { return i == 1 ? s == channels : s == Size(1); });
    const bool images = rank >= 3 && (first == 2 || (first == 1 && op.groups == 1));
    return {op.groups == 1 && perElement, images && perChannel && !op.rms};
}

//! Scale or bias as f32: converted at each run where it is not, which is little beside the data.
class Factor {
public:
    //! With `repeat` above 1 each element stands for so many channels. `offset` floats into the workspace.
    Factor(const OpCall<ops::Normalization>& call, size_t input, int64_t repeat, int64_t& offset)
        : input_(call.has(input) ? static_cast<int>(input) : -1), repeat_(repeat), offset_(offset) {
        if (input_ < 0) return;
        count_ = volumeOf(call.in[input].dims);
        if (call.in[input].type != DType::F32)
            cast_ = std::make_shared<kernels::CastKernel>(call.in[input].type, DType::F32);
        if (cast_ || repeat_ > 1) offset += (count_ * repeat_ + count_ + 15) / 16 * 16;
    }
    const float* get(const LaunchArgs& args) const {
        if (input_ < 0) return nullptr;
        const auto* from = static_cast<const float*>(args.inputs[input_]);
        float* to = static_cast<float*>(args.workspace) + offset_;
        if (cast_) {
            float* plain = to + count_ * repeat_;
            cast_->run(args.inputs[input_], plain, count_);
            from = plain;
        }
        if (repeat_ <= 1) return from;
        for (int64_t i = 0; i < count_ * repeat_; ++i) to[i] = from[i / repeat_];
        return to;
    }

private:
    int input_;
    int64_t repeat_, offset_, count_ = 0;
    std::shared_ptr<kernels::CastKernel> cast_;
};

kernels::LayerNormArgs rowArgs(const ops::Normalization& op, DType type, int64_t rows, int64_t cols) {
    kernels::LayerNormArgs args;
    args.type = type;
    args.rows = rows;
    args.cols = cols;
    args.epsilon = static_cast<float>(op.epsilon);
    args.rms = op.rms;
    return args;
}

std::unique_ptr<Launch> normalizeRows(const OpCall<ops::Normalization>& call) {
    const Dims& dims = call.in[0].dims;
    const auto split = dims.begin() + static_cast<long>(sortedAxes(call.op, dims.size()).front());
    auto args = rowArgs(call.op, call.in[0].type, volumeOf({dims.begin(), split}), volumeOf({split, dims.end()}));
    int64_t floats = 0;
    const Factor scale(call, 1, 1, floats), bias(call, 2, 1, floats);
    return makeLaunch(
        [args, scale, bias](const LaunchArgs& a) mutable {
            args.x = a.inputs[0];
            args.y = a.outputs[0];
            args.scale = scale.get(a);
            args.bias = bias.get(a);
            kernels::layerNorm(args);
        },
        floats * static_cast<int64_t>(sizeof(float)));
}

std::unique_ptr<Launch> normalizeImages(const OpCall<ops::Normalization>& call) {
    const Port& x = call.in[0];
    kernels::GroupNormArgs args;
    args.layout = layoutOf(x.format);
    args.batch = x.dims[0];
    args.channels = x.dims[1];
    args.spatial = spatialOf(x.dims);
    const bool overChannels = sortedAxes(call.op, x.dims.size()).front() == 1;
    args.groups = call.op.groups > 1 ? call.op.groups : overChannels ? 1 : args.channels;
    args.epsilon = static_cast<float>(call.op.epsilon);
    const int64_t repeat = call.op.groups > 1 && !call.op.v2 ? args.channels / args.groups : 1;
    int64_t floats = (kernels::groupNormWorkspace(args) + 15) / 16 * 16;
    const Factor scale(call, 1, repeat, floats), bias(call, 2, repeat, floats);
    return makeLaunch(
        [args, scale, bias](const LaunchArgs& a) mutable {
            args.x = static_cast<const float*>(a.inputs[0]);
            args.y = static_cast<float*>(a.outputs[0]);
            args.scale = scale.get(a);
            args.bias = bias.get(a);
            kernels::groupNorm(args, static_cast<float*>(a.workspace));
        },
        floats * static_cast<int64_t>(sizeof(float)));
}

//! v * scale + bias, either of which may be missing.
std::shared_ptr<const kernels::PointwiseProgram> affineProgram(bool scale, bool bias) {
    ScalarProgram program;
    const auto input = [&] {
        program.inputs.push_back(DType::F32);
        program.code.push_back({ScalarOp::Input, DType::F32, static_cast<int32_t>(program.inputs.size()) - 1});
        return static_cast<int32_t>(program.code.size()) - 1;
    };
    const auto apply = [&](ScalarOp op, int32_t a, int32_t b) {
        program.code.push_back({op, DType::F32, a, b});
        return static_cast<int32_t>(program.code.size()) - 1;
    };
    int32_t value = input();
    if (scale) value = apply(ScalarOp::Mul, value, input());
    if (bias) value = apply(ScalarOp::Add, value, input());
    program.outputs = {value};
    return std::make_shared<kernels::PointwiseProgram>(program);
}

//! Channels as [groups, channels per group]; a factor may have 1 there, or one element per group.
Dims splitChannels(Dims dims, int64_t groups) {
    const int64_t channels = dims[1];
    dims[1] = channels == 1 ? 1 : groups;
    dims.insert(dims.begin() + 2, channels == 1 ? 1 : channels / groups);
    return dims;
}

class AnyNorm final : public Launch {
public:
    explicit AnyNorm(const OpCall<ops::Normalization>& call) {
        const bool grouped = call.op.groups > 1;
        const auto split = [&](const Dims& d) { return grouped ? splitChannels(d, call.op.groups) : d; };
        const Dims dims = split(call.in[0].dims), strides = stridesOf(dims);
        std::vector<bool> normalized(dims.size(), false);
        for (const size_t axis : sortedAxes(call.op, call.in[0].dims.size()))
            normalized[grouped ? axis + 1 : axis] = true;
        if (grouped) normalized[2] = true;
        Dims moved, movedStrides;
        int64_t counts[2] = {1, 1};
        for (const bool last : {false, true}) {
            for (size_t i = 0; i < dims.size(); ++i) {
                if (normalized[i] != last) continue;
                moved.push_back(dims[i]);
                movedStrides.push_back(strides[i]);
                counts[last] *= dims[i];
            }
        }
        rows_ = rowArgs(call.op, DType::F32, counts[0], counts[1]);
        there_.emplace(4, moved, movedStrides, stridesOf(moved));
        back_.emplace(4, moved, stridesOf(moved), movedStrides);
        std::vector<Dims> inputs{strides};
        for (const size_t i : {1, 2}) {
            if (!call.has(i)) continue;
            inputs.push_back(ops::broadcastStrides(split(call.in[i].dims), dims.size()));
            factors_.push_back(i);
        }
        if (factors_.empty()) return;
        const std::vector<Dims> outputs{strides};
        affine_.emplace(affineProgram(call.has(1), call.has(2)), dims, inputs, outputs);
    }

    int64_t workspaceBytes() const override { return rows_.rows * rows_.cols * 4; }

    void run(const LaunchArgs& args) override {
        there_->run(args.inputs[0], args.workspace);
        rows_.x = rows_.y = args.workspace;
        kernels::layerNorm(rows_);
        back_->run(args.workspace, args.outputs[0]);
        if (!affine_) return;
        const void* inputs[3] = {args.outputs[0]};
        for (size_t i = 0; i < factors_.size(); ++i) inputs[i + 1] = args.inputs[factors_[i]];
        affine_->run(std::span(inputs, factors_.size() + 1), std::span(args.outputs, 1));
    }

private:
    kernels::LayerNormArgs rows_;
    std::optional<kernels::CopyPlan> there_, back_;
    std::optional<kernels::PointwisePlan> affine_;
    std::vector<size_t> factors_;
};

struct NormDef {
    using Op = ops::Normalization;
    static constexpr const char* kName = "cpu.norm";

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (ways(region, op).rows) return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
        return whyNotType(region.input(0), {DType::F32});
    }

    //! Rows are quicker, but where there are factors, a size that turns out to be 1 may make rows of what was built as
    //! images, which are f32 always.
    static std::vector<Format> formats(const RegionView& region, const Op& op) {
        const auto [rows, images] = ways(region, op);
        const bool factors = region.anchorInput(1) || region.anchorInput(2);
        const bool wanted = images && (factors || !rows) && region.input(0).type == DType::F32;
        return wanted ? kernelFormats(region.input(0).shape) : std::vector{Format::Linear};
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        if (volumeOf(call.in[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        std::vector<Dims> factors;
        for (const size_t i : {1, 2}) {
            if (call.has(i)) factors.push_back(call.in[i].dims);
        }
        const auto [rows, images] = waysOf(call.op, call.in[0].dims, factors);
        if (rows && call.in[0].format == Format::Linear) return normalizeRows(call);
        if (images) return normalizeImages(call);
        return std::make_unique<AnyNorm>(call);
    }

private:
    static Ways ways(const RegionView& region, const Op& op) {
        std::vector<Shape> factors;
        for (const size_t i : {1, 2}) {
            if (const Fact* factor = region.anchorInput(i)) factors.push_back(factor->shape);
        }
        return waysOf(op, region.input(0).shape, factors);
    }
};

}  // namespace

const KernelFamily kNormFamily = opFamily<NormDef>();

}  // namespace opentrt::cpu
