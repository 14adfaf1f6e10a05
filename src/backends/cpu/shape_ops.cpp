// SPDX-License-Identifier: Apache-2.0
// Operators around shapes: Shape, Assertion, and Reshape and Expand where only the run knows the new dimensions
// (elsewhere a reshape is no step at all, and an expansion a plain copy).
#include <cstring>

#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/op_family.h"
#include "base/error.h"
#include "ops/assertion.h"
#include "ops/expand.h"
#include "ops/reshape.h"
#include "ops/shape_of.h"
#include "ops/support/reshape_rule.h"

namespace opentrt::cpu {

namespace {

struct ShapeDef {
    using Op = ops::ShapeOf;
    static constexpr const char* kName = "cpu.shape";
    static std::string whyNot(const RegionView&, const Op&) { return {}; }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const Tensor dims = Tensor::of(call.op.type, {static_cast<int64_t>(call.in[0].dims.size())}, call.in[0].dims);
        return makeLaunch([dims](const LaunchArgs& args) {
            if (dims.count() > 0) std::memcpy(args.outputs[0], dims.data(), static_cast<size_t>(dims.bytes()));
        });
    }
};

struct AssertionDef {
    using Op = ops::Assertion;
    static constexpr const char* kName = "cpu.assertion";
    static std::string whyNot(const RegionView&, const Op&) { return {}; }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        return makeLaunch([count = volumeOf(call.in[0].dims), message = call.op.message](const LaunchArgs& args) {
            const auto* values = static_cast<const uint8_t*>(args.inputs[0]);
            if (std::find(values, values + count, 0) != values + count) {
                throw Error(ErrorCode::FailedExecution, "", cat("assertion failed: ", message));
            }
        });
    }
};

//! Lets the rule of the operator speak at run time, where it only needs someone to complain to.
class RuleContext final : public EvalContext {
public:
    explicit RuleContext(const Tensor& entries) : entries_(entries) {}
    int inputCount() const override { return 2; }
    bool has(int input) const override { return input == 1; }
    const Tensor& input(int) const override { return entries_; }
    int outputCount() const override { return 1; }
    DType outputType(int) const override { return entries_.type(); }
    void setOutput(int, Tensor) override {}
    std::vector<Tensor> runBody(int, std::vector<Tensor>) override { return {}; }
    [[noreturn]] void fail(const std::string& message) const override {
        throw Error(ErrorCode::FailedExecution, "", message);
    }

private:
    const Tensor& entries_;
};

struct ReshapeDef {
    using Op = ops::Reshape;
    static constexpr const char* kName = "cpu.reshape";
    static constexpr bool kMakesSizes = true;
    static std::string whyNot(const RegionView& region, const Op&) {
        return region.anchorInput(1) ? std::string() : "a view, which no kernel runs";
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const Port data = call.in[0], entries = call.in[1];
        const bool known = std::count(call.out[0].dims.begin(), call.out[0].dims.end(), -1) == 0;
        fit(!known || volumeOf(call.out[0].dims) == volumeOf(data.dims), "the size of a reshape");
        return makeLaunch([=, bytes = bytesFor(data.type, volumeOf(data.dims)),
                           zeroIsPlaceholder = call.op.zeroIsPlaceholder](const LaunchArgs& args) {
            void* to = args.outputs[0];
            if (!known) {
                const Tensor list = Tensor::borrow(entries.type, entries.dims, args.inputs[1]);
                const RuleContext rule(list);
                to = args.dynamic->allocate(
                    0, ops::reshapedDims(rule, data.dims, list.toInts(), {zeroIsPlaceholder, false}));
            }
            if (bytes > 0) std::memcpy(to, args.inputs[0], static_cast<size_t>(bytes));
        });
    }
};

struct ExpandDef {
    using Op = ops::Expand;
    static constexpr const char* kName = "cpu.expand";
    static constexpr bool kMakesSizes = true;
    static std::string whyNot(const RegionView& region, const Op&) {
        if (bitsOf(region.input(0).type) < 8) return whyNotBytes(region.input(0));
        if (!region.anchorInput(1)) return "the dimensions are known";
        return makesSizes(region) ? std::string() : std::string(kPlainCopy);
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        return makeLaunch([data = call.in[0], list = call.in[1]](const LaunchArgs& args) {
            auto out = Tensor::borrow(list.type, list.dims, args.inputs[1]).toInts();
            const size_t rank = std::max(out.size(), data.dims.size());
            out.insert(out.begin(), rank - out.size(), 1);
            auto strides = stridesOf(data.dims);
            strides.insert(strides.begin(), rank - strides.size(), 0);
            for (size_t i = 0; i < data.dims.size(); ++i) {
                const size_t axis = rank - data.dims.size() + i;
                if (data.dims[i] == 1) {
                    strides[axis] = 0;
                } else if (out[axis] == 1 || out[axis] == data.dims[i]) {
                    out[axis] = data.dims[i];
                } else {
                    throw Error(ErrorCode::InvalidArgument, "",
                                cat("dimensions ", data.dims, " cannot be expanded to ", out));
                }
            }
            void* to = args.dynamic->allocate(0, out);
            if (volumeOf(out) == 0) return;
            kernels::CopyPlan(bitsOf(data.type) / 8, out, strides, stridesOf(out)).run(args.inputs[0], to);
        });
    }
};

}  // namespace

const KernelFamily kExpandFamily = opFamily<ExpandDef>();
const KernelFamily kShapeFamily = opFamily<ShapeDef>();
const KernelFamily kAssertionFamily = opFamily<AssertionDef>();
const KernelFamily kReshapeFamily = opFamily<ReshapeDef>();

}  // namespace opentrt::cpu
