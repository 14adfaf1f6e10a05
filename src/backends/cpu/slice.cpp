// SPDX-License-Identifier: Apache-2.0
// Slices whose numbers only the run knows or that read outside of the data, and padding that repeats elements: movement
// by lists of positions. Slices and paddings that are plain copies belong to movement.cpp.
#include "ops/slice.h"

#include <cstring>

#include "backends/cpu/op_family.h"
#include "backends/cpu/positions.h"
#include "base/error.h"
#include "ops/padding.h"
#include "ops/support/axis_positions.h"

namespace opentrt::cpu {

namespace {

constexpr uint64_t kZero = 0;

enum SliceInput { kStart = 1, kSize, kStride, kFill, kAxes };

class SliceLaunch final : public Launch {
public:
    explicit SliceLaunch(const OpCall<ops::Slice>& call) : op_(call.op), in_(call.in[0]), out_(call.out[0]) {
        axes_ = call.has(kAxes) ? call.constant(kAxes)->toInts() : op_.axes;
        if (axes_.empty() && !call.has(kAxes)) axes_ = allPositions(static_cast<int64_t>(in_.dims.size()));
        const auto source = [&](size_t input, const std::vector<int64_t>& attribute) {
            if (const Tensor* known = call.constant(input)) return Numbers{known->toInts(), -1, {}};
            if (!call.has(input)) return Numbers{attribute, -1, {}};
            return Numbers{{}, static_cast<int>(input), call.in[input]};
        };
        numbers_[0] = source(kStart, op_.start);
        numbers_[1] = source(kSize, op_.size);
        numbers_[2] = source(kStride, op_.stride);
        fillInput_ = call.has(kFill) ? kFill : -1;
        allocates_ = std::count(call.out[0].dims.begin(), call.out[0].dims.end(), -1) > 0;
        const bool known =
            std::all_of(std::begin(numbers_), std::end(numbers_), [](const auto& n) { return n.input < 0; });
        if (known) plan();
    }

    void run(const LaunchArgs& args) override {
        bool changed = !copy_;
        for (Numbers& n : numbers_) {
            if (n.input < 0) continue;
            const auto now = Tensor::borrow(n.port.type, n.port.dims, args.inputs[n.input]).toInts();
            changed = changed || now != n.values;
            n.values = now;
        }
        if (changed) plan();
        void* to = allocates_ ? args.dynamic->allocate(0, outDims_) : args.outputs[0];
        copy_->run(args.inputs[0], fillInput_ < 0 ? &kZero : args.inputs[fillInput_], to);
    }

private:
    //! One of start, size and stride: known, or read from an input at each run.
    struct Numbers {
        std::vector<int64_t> values;
        int input = -1;
        Port port;
    };

    void plan() {
        const auto &start = numbers_[0].values, &size = numbers_[1].values, &stride = numbers_[2].values;
        std::vector<std::vector<int64_t>> positions;
        for (const int64_t dim : in_.dims) positions.push_back(allPositions(dim));
        for (size_t i = 0; i < axes_.size(); ++i) {
            const auto axis =
                static_cast<size_t>(axes_[i] < 0 ? axes_[i] + static_cast<int64_t>(in_.dims.size()) : axes_[i]);
            if (size[i] < 0)
                throw Error(ErrorCode::InvalidArgument, "", cat("size is ", size[i], " along axis ", axis));
            positions[axis] = ops::axisPositions(in_.dims[axis], start[i], size[i], stride[i], op_.mode);
            const bool outside =
                std::any_of(positions[axis].begin(), positions[axis].end(), [](int64_t p) { return p < 0; });
            if (outside && op_.mode != ops::SampleMode::Fill) {
                throw Error(ErrorCode::InvalidArgument, "",
                            cat("slice of ", size[i], " from ", start[i], " by ", stride[i], " leaves axis ", axis,
                                " of size ", in_.dims[axis]));
            }
        }
        outDims_.clear();
        for (const auto& list : positions) outDims_.push_back(static_cast<int64_t>(list.size()));
        fitFound(outDims_, out_);
        copy_.emplace(bitsOf(in_.type) / 8, in_.dims, positions);
    }

    const ops::Slice& op_;
    Port in_, out_;
    std::vector<int64_t> axes_, outDims_;
    Numbers numbers_[3];
    int fillInput_ = -1;
    bool allocates_ = false;
    std::optional<PositionCopy> copy_;
};

struct SliceDef {
    using Op = ops::Slice;
    static constexpr const char* kName = "cpu.slice";
    static constexpr bool kMakesSizes = true;
    static std::string whyNot(const RegionView& region, const Op& op) {
        const auto known = [&](size_t i) { return !region.anchorInput(i) || region.anchorInput(i)->constant; };
        const bool plain = known(kStart) && known(kStride) && op.mode == ops::SampleMode::StrictBounds &&
                           !makesSizes(region) && bitsOf(region.input(0).type) >= 8;
        return plain ? std::string(kPlainCopy) : whyNotBytes(region.input(0));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) { return std::make_unique<SliceLaunch>(call); }
};

ops::SampleMode outsideOf(ops::PadMode mode) {
    switch (mode) {
        case ops::PadMode::Reflect:
            return ops::SampleMode::Reflect;
        case ops::PadMode::Edge:
            return ops::SampleMode::Clamp;
        case ops::PadMode::Wrap:
            return ops::SampleMode::Wrap;
        case ops::PadMode::Constant:
            break;
    }
    return ops::SampleMode::Fill;
}

struct PaddingDef {
    using Op = ops::Padding;
    static constexpr const char* kName = "cpu.padding";
    static std::string whyNot(const RegionView& region, const Op& op) {
        const auto grows = [](const std::vector<int64_t>& list) {
            return std::all_of(list.begin(), list.end(), [](int64_t n) { return n >= 0; });
        };
        if (bitsOf(region.input(0).type) >= 8 && op.mode == ops::PadMode::Constant && grows(op.pre) && grows(op.post))
            return std::string(kPlainCopy);
        return whyNotBytes(region.input(0));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const auto &dims = call.in[0].dims, &out = call.out[0].dims;
        const size_t first = dims.size() - call.op.pre.size();
        std::vector<std::vector<int64_t>> positions;
        for (size_t axis = 0; axis < dims.size(); ++axis) {
            const int64_t before = axis < first ? 0 : call.op.pre[axis - first];
            positions.push_back(ops::axisPositions(dims[axis], -before, out[axis], 1, outsideOf(call.op.mode)));
        }
        const DType type = call.in[0].type;
        const Tensor fill = Tensor::scalar(type, call.op.value);
        return makeLaunch([copy = PositionCopy(bitsOf(type) / 8, dims, positions), fill](const LaunchArgs& args) {
            copy.run(args.inputs[0], fill.data(), args.outputs[0]);
        });
    }
};

}  // namespace

const KernelFamily kSliceFamily = opFamily<SliceDef>();
const KernelFamily kPaddingFamily = opFamily<PaddingDef>();

}  // namespace opentrt::cpu
