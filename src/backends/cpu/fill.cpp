// SPDX-License-Identifier: Apache-2.0
// Fill: constants of every type, ramps of f32 and integers, random f32.
#include "ops/fill.h"

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/op_family.h"
#include "ops/support/random.h"

namespace opentrt::cpu {

namespace {

using ops::FillOperation;

enum FillInput { kDims, kAlpha, kBeta };

//! A parameter as an integer, cut towards zero.
int64_t whole(double value) {
    return static_cast<int64_t>(roundTo(DType::I64, std::trunc(value)));
}

//! alpha + sum over axes of beta * position; reals in double, integers wrap.
template <class T, class Sum>
void ramp(const std::vector<int64_t>& dims, Sum alpha, const std::vector<Sum>& beta, T* y) {
    const int64_t width = dims.empty() ? 1 : dims.back(), rows = volumeOf(dims) / width;
    kernels::parallelTasks(rows, width, [&](int64_t row) {
        Sum start = alpha;
        int64_t rest = row;
        for (size_t axis = dims.size(); axis-- > 1;) {
            start += beta[axis - 1] * static_cast<Sum>(rest % dims[axis - 1]);
            rest /= dims[axis - 1];
        }
        const Sum step = beta.empty() ? Sum{} : beta.back();
        for (int64_t i = 0; i < width; ++i) y[row * width + i] = static_cast<T>(start + step * static_cast<Sum>(i));
    });
}

//! What all kinds share: where the dimensions come from.
class FillLaunch : public Launch {
public:
    explicit FillLaunch(const OpCall<ops::Fill>& call) : dims_(call.out[0].dims) {
        if (std::count(dims_.begin(), dims_.end(), -1) == 0) return;
        fit(call.has(kDims), "the dimensions of a fill");
        port_ = call.in[kDims];
    }
    void run(const LaunchArgs& args) override {
        if (port_) dims_ = Tensor::borrow(port_->type, port_->dims, args.inputs[kDims]).toInts();
        void* to = port_ ? args.dynamic->allocate(0, dims_) : args.outputs[0];
        if (volumeOf(dims_) > 0) fill(dims_, args, to);
    }

protected:
    virtual void fill(const std::vector<int64_t>& dims, const LaunchArgs& args, void* to) = 0;

private:
    std::vector<int64_t> dims_;
    std::optional<Port> port_;
};

class ConstantFill final : public FillLaunch {
public:
    explicit ConstantFill(const OpCall<ops::Fill>& call) : FillLaunch(call), value_(call.op.type, {1}) {
        if (isFloat(call.op.type)) {
            value_.set(0, call.op.alpha);
        } else {
            value_.setInt(0, whole(call.op.alpha));
        }
    }

private:
    void fill(const std::vector<int64_t>& dims, const LaunchArgs&, void* to) override {
        kernels::fill(to, volumeOf(dims), bitsOf(value_.type()) / 8, value_.data());
    }
    Tensor value_;
};

template <class T>
class RampFill final : public FillLaunch {
public:
    explicit RampFill(const OpCall<ops::Fill>& call)
        : FillLaunch(call),
          byInput_(call.has(kAlpha)),
          alpha_(number(call.op.alpha)),
          beta_(call.out[0].dims.size(), number(call.op.beta)) {}

private:
    using Sum = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
    static Sum number(double value) {
        if constexpr (std::is_floating_point_v<T>) return value;
        return static_cast<Sum>(whole(value));
    }
    void fill(const std::vector<int64_t>& dims, const LaunchArgs& args, void* to) override {
        if (byInput_) {
            alpha_ = static_cast<Sum>(*static_cast<const T*>(args.inputs[kAlpha]));
            const auto* beta = static_cast<const T*>(args.inputs[kBeta]);
            for (size_t i = 0; i < beta_.size(); ++i) beta_[i] = static_cast<Sum>(beta[i]);
        }
        ramp(dims, alpha_, beta_, static_cast<T*>(to));
    }
    bool byInput_;
    Sum alpha_;
    std::vector<Sum> beta_;
};

class RandomFill final : public FillLaunch {
public:
    explicit RandomFill(const OpCall<ops::Fill>& call) : FillLaunch(call), op_(call.op), byInput_(call.has(kAlpha)) {}

private:
    void fill(const std::vector<int64_t>& dims, const LaunchArgs& args, void* to) override {
        const double a = byInput_ ? *static_cast<const float*>(args.inputs[kAlpha]) : op_.alpha;
        const double b = byInput_ ? *static_cast<const float*>(args.inputs[kBeta]) : op_.beta;
        const bool isUniform = op_.operation == FillOperation::RandomUniform;
        constexpr int64_t kTask = 1024;
        const int64_t count = volumeOf(dims);
        kernels::parallelTasks(kernels::ceilDiv(count, kTask), kTask * 20, [&](int64_t task) {
            for (int64_t i = task * kTask; i < std::min(count, (task + 1) * kTask); ++i) {
                static_cast<float*>(to)[i] = static_cast<float>(isUniform ? a + (b - a) * ops::uniform(op_.seed, i)
                                                                          : a + b * ops::normal(op_.seed, i));
            }
        });
    }
    const ops::Fill& op_;
    bool byInput_;
};

bool isConstantFill(const ops::Fill& op, bool byInput) {
    return op.operation == FillOperation::Linspace && !byInput && op.beta == 0;
}

struct FillDef {
    using Op = ops::Fill;
    static constexpr const char* kName = "cpu.fill";
    static constexpr bool kMakesSizes = true;
    static std::string whyNot(const RegionView& region, const Op& op) {
        if (isConstantFill(op, region.anchorInput(kAlpha))) return whyNotBytes(region.output(0));
        if (op.operation != FillOperation::Linspace) return whyNotType(region.output(0), {DType::F32});
        return whyNotType(region.output(0), {DType::F32, DType::I32, DType::I64});
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        if (isConstantFill(call.op, call.has(kAlpha))) return std::make_unique<ConstantFill>(call);
        if (call.op.operation != FillOperation::Linspace) return std::make_unique<RandomFill>(call);
        return withNumber(call.op.type, [&](auto number) -> std::unique_ptr<Launch> {
            return std::make_unique<RampFill<decltype(number)>>(call);
        });
    }
};

}  // namespace

const KernelFamily kFillFamily = opFamily<FillDef>();

}  // namespace opentrt::cpu
