// SPDX-License-Identifier: Apache-2.0
// Operators that walk along one axis: Cumulative, ReverseSequence, RaggedSoftmax.
#include <algorithm>
#include <cstring>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/kernels/softmax.h"
#include "backends/cpu/op_family.h"
#include "base/error.h"
#include "ops/cumulative.h"
#include "ops/ragged_softmax.h"
#include "ops/reverse_sequence.h"
#include "ops/support/index.h"

namespace opentrt::cpu {

namespace {

// -- Cumulative

constexpr int64_t kLanes = 64;

//! Sums or products of `lanes` neighbouring columns along the axis. Reals are computed in double, integers wrap.
template <class T, bool product>
void cumulate(const ops::Cumulative& op, const ops::AxisSplit& s, const T* x, T* y, int64_t outer, int64_t first,
              int64_t lanes) {
    using Sum = std::conditional_t<std::is_floating_point_v<T>, double,
                                   std::make_unsigned_t<std::conditional_t<std::is_floating_point_v<T>, int, T>>>;
    Sum sums[kLanes];
    std::fill_n(sums, kLanes, static_cast<Sum>(product ? 1 : 0));
    for (int64_t step = 0; step < s.size; ++step) {
        const int64_t at = s.at(outer, op.reverse ? s.size - 1 - step : step, first);
        for (int64_t n = 0; n < lanes; ++n) {
            const Sum before = sums[n];
            const auto value = static_cast<Sum>(x[at + n]);
            sums[n] = product ? before * value : before + value;
            y[at + n] = static_cast<T>(op.exclusive ? before : sums[n]);
        }
    }
}

struct CumulativeDef {
    using Op = ops::Cumulative;
    static constexpr const char* kName = "cpu.cumulative";
    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::I32, DType::I64});
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const auto& dims = call.in[0].dims;
        const auto axis = static_cast<int64_t>(axisOf(call.constant(1)->getInt(0), dims.size()));
        const ops::AxisSplit split = ops::splitAt(dims, axis);
        const int64_t blocks = kernels::ceilDiv(split.inner, kLanes);
        return withNumber(call.in[0].type, [&](auto number) {
            using T = decltype(number);
            return makeLaunch([&op = call.op, split, blocks](const LaunchArgs& args) {
                kernels::parallelTasks(split.outer * blocks, split.size * 8, [&](int64_t task) {
                    const int64_t first = task % blocks * kLanes;
                    const bool product = op.operation == ops::CumulativeOperation::Prod;
                    const auto run = product ? cumulate<T, true> : cumulate<T, false>;
                    run(op, split, static_cast<const T*>(args.inputs[0]), static_cast<T*>(args.outputs[0]),
                        task / blocks, first, std::min(kLanes, split.inner - first));
                });
            });
        });
    }
};

// -- ReverseSequence

struct ReverseSequenceDef {
    using Op = ops::ReverseSequence;
    static constexpr const char* kName = "cpu.reverse_sequence";
    static std::string whyNot(const RegionView& region, const Op&) { return whyNotBytes(region.input(0)); }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const auto& dims = call.in[0].dims;
        const size_t batch = axisOf(call.op.batchAxis, dims.size()),
                     sequence = axisOf(call.op.sequenceAxis, dims.size());
        const auto behind = dims.begin() + static_cast<long>(std::max(batch, sequence)) + 1;
        const int64_t rows = volumeOf({dims.begin(), behind});
        const int64_t bytes = volumeOf({behind, dims.end()}) * bitsOf(call.in[0].type) / 8;
        const auto strides = stridesOf({dims.begin(), behind});
        return makeLaunch([=, type = call.in[1].type, size = dims[sequence], items = dims[batch],
                           perItem = strides[batch], perPlace = strides[sequence]](const LaunchArgs& args) {
            for (int64_t b = 0; b < items; ++b) {
                const int64_t length = indexAt(args.inputs[1], type, b);
                if (length >= 0 && length <= size) continue;
                throw Error(ErrorCode::InvalidArgument, "",
                            cat("sequence length is ", length, " when it should be between 0 and ", size));
            }
            kernels::parallelTasks(rows, bytes / 8 + 10, [&](int64_t row) {
                const int64_t length = indexAt(args.inputs[1], type, row / perItem % items);
                const int64_t place = row / perPlace % size;
                const int64_t from = place < length ? row + (length - 1 - 2 * place) * perPlace : row;
                std::memcpy(static_cast<char*>(args.outputs[0]) + row * bytes,
                            static_cast<const char*>(args.inputs[0]) + from * bytes, static_cast<size_t>(bytes));
            });
        });
    }
};

// -- RaggedSoftmax

struct RaggedSoftmaxDef {
    using Op = ops::RaggedSoftmax;
    static constexpr const char* kName = "cpu.ragged_softmax";
    static std::string whyNot(const RegionView& region, const Op&) { return whyNotType(region.input(0), {DType::F32}); }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const int64_t rows = volumeOf(call.in[1].dims), size = call.in[0].dims.back();
        return makeLaunch([rows, size, type = call.in[1].type](const LaunchArgs& args) {
            for (int64_t row = 0; row < rows; ++row) {
                const int64_t length = std::clamp<int64_t>(indexAt(args.inputs[1], type, row), 0, size);
                float* y = static_cast<float*>(args.outputs[0]) + row * size;
                kernels::SoftmaxArgs softmax;
                softmax.axis = length;
                softmax.x = static_cast<const float*>(args.inputs[0]) + row * size;
                softmax.y = y;
                if (length > 0) kernels::softmax(softmax);
                std::fill(y + length, y + size, 0.0f);
            }
        });
    }
};

}  // namespace

const KernelFamily kCumulativeFamily = opFamily<CumulativeDef>();
const KernelFamily kReverseSequenceFamily = opFamily<ReverseSequenceDef>();
const KernelFamily kRaggedSoftmaxFamily = opFamily<RaggedSoftmaxDef>();

}  // namespace opentrt::cpu
