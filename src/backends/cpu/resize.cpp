// SPDX-License-Identifier: Apache-2.0
// Resize by the interpolation kernel: the last axis that does not change and those before it are planes, up to three
// axes behind it are interpolated. Tables of positions and weights are made when the sizes are known.
#include "backends/cpu/kernels/resize.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/layouts.h"
#include "backends/cpu/op_family.h"
#include "base/error.h"
#include "ops/support/resize_taps.h"

namespace opentrt::cpu {

namespace {

enum ResizeInput { kData, kDims, kScales, kRegion };

//! Scales where they decide; zeros where only dimensions are given.
std::vector<double> scalesOf(const OpCall<ops::Resize>& call) {
    if (call.has(kScales)) return call.constant(kScales)->toDoubles();
    const bool sized = call.has(kDims) || !call.op.dims.empty() || call.op.scales.empty();
    return sized ? std::vector<double>(call.in[0].dims.size(), 0) : call.op.scales;
}

kernels::ResizeAxis axisOfMap(const ops::ResizeAxisMap& map) {
    kernels::ResizeAxis axis;
    axis.in = map.in;
    axis.out = map.out;
    axis.index.clear();
    axis.weight.clear();
    for (int64_t o = 0; o < map.out; ++o) {
        const ops::ResizeTaps taps = map.keeps() ? ops::ResizeTaps{{o}, {1}} : map.taps(o);
        axis.taps = static_cast<int>(taps.places.size());
        axis.index.insert(axis.index.end(), taps.places.begin(), taps.places.end());
        axis.weight.insert(axis.weight.end(), taps.weights.begin(), taps.weights.end());
    }
    return axis;
}

class ResizeLaunch final : public Launch {
public:
    explicit ResizeLaunch(const OpCall<ops::Resize>& call)
        : op_(call.op),
          in_(call.in[0]),
          dims_(call.out[0].dims),
          scales_(scalesOf(call)),
          allocates_(std::count(dims_.begin(), dims_.end(), -1) > 0) {
        if (allocates_ && call.has(kDims)) {
            dimsPort_ = call.in[kDims];
            return;
        }
        for (size_t i = 0; i < dims_.size(); ++i) {
            // In float, as the layer has it.
            const float size = static_cast<float>(in_.dims[i]) * static_cast<float>(scales_[i]);
            if (dims_[i] < 0) dims_[i] = static_cast<int64_t>(std::floor(size));
        }
        describe();
    }

    void run(const LaunchArgs& args) override {
        if (dimsPort_) {
            const auto wanted = Tensor::borrow(dimsPort_->type, dimsPort_->dims, args.inputs[kDims]).toInts();
            if (wanted != dims_) {
                dims_ = wanted;
                describe();
            }
        }
        void* to = allocates_ ? args.dynamic->allocate(0, dims_) : args.outputs[0];
        if (volumeOf(dims_) == 0) return;
        args_.x = args.inputs[0];
        args_.y = to;
        kernels::resize(args_);
    }

private:
    void describe() {
        const size_t rank = dims_.size();
        size_t first = 0;  // axis that changes
        while (first < rank && ops::ResizeAxisMap{op_, in_.dims[first], dims_[first], scales_[first]}.keeps()) ++first;
        for (size_t i = first; i < rank; ++i) {
            if (in_.dims[i] == 0 && dims_[i] != 0) {
                throw Error(ErrorCode::InvalidArgument, "",
                            cat("dimensions ", in_.dims, " cannot be resized to ", dims_));
            }
        }
        first = std::max(first, rank > 3 ? rank - 3 : 0);
        if (in_.format != Format::Linear) first = 2;
        if (rank - std::min(first, rank) > 3) {
            throw Error(ErrorCode::Unsupported, "",
                        cat("dimensions ", in_.dims, " are resized to ", dims_, "; at most three axes may change"));
        }
        args_.type = in_.type;
        args_.layout = layoutOf(in_.format);
        args_.batch = in_.format == Format::Linear ? 1 : in_.dims[0];
        args_.channels = in_.format == Format::Linear
                             ? volumeOf({in_.dims.begin(), in_.dims.begin() + static_cast<long>(first)})
                             : in_.dims[1];
        for (kernels::ResizeAxis& axis : args_.axes) axis = {};
        for (size_t i = first; i < rank; ++i) {
            args_.axes[3 - rank + i] = axisOfMap({op_, in_.dims[i], dims_[i], scales_[i]});
        }
    }

    const ops::Resize& op_;
    Port in_;
    std::vector<int64_t> dims_;
    std::vector<double> scales_;
    bool allocates_;
    std::optional<Port> dimsPort_;
    kernels::ResizeArgs args_;
};

struct ResizeDef {
    using Op = ops::Resize;
    static constexpr const char* kName = "cpu.resize";
    static constexpr bool kMakesSizes = true;

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (region.anchorInput(kRegion)) return "cuts out a region";
        const Fact* scales = region.anchorInput(kScales);
        if (scales && !scales->constant) return "scales that are known only when it runs";
        const Shape &x = region.input(0).shape, &y = region.output(0).shape;
        for (size_t i = 0; i + 3 < x.size(); ++i) {
            if (!keeps(region, op, i)) return cat("axis ", i, " of ", y.size(), " may change");
        }
        if (op.mode == ops::InterpolationMode::Nearest) return whyNotBytes(region.input(0));
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }

    static std::vector<Format> formats(const RegionView& region, const Op& op) {
        const Shape& x = region.input(0).shape;
        if (x.size() < 3 || !keeps(region, op, 0) || !keeps(region, op, 1)) return {Format::Linear};
        return kernelFormats(x);
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) { return std::make_unique<ResizeLaunch>(call); }

private:
    static bool keeps(const RegionView& region, const Op& op, size_t axis) {
        if (region.input(0).shape[axis] != region.output(0).shape[axis]) return false;
        if (const Fact* scales = region.anchorInput(kScales))
            return scales->constant && scales->constant->get(static_cast<int64_t>(axis)) == 1;
        return region.anchorInput(kDims) || !op.dims.empty() || op.scales.at(axis) == 1;
    }
};

}  // namespace

const KernelFamily kResizeFamily = opFamily<ResizeDef>();

}  // namespace opentrt::cpu
