// SPDX-License-Identifier: Apache-2.0
// Reductions over any axes: reals by the kernel, integers by plain loops that wrap. Images keep their format where the
// channels stay.
#include "ops/reduce.h"

#include <limits>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/kernels/reduce.h"
#include "backends/cpu/layouts.h"
#include "backends/cpu/op_family.h"

namespace opentrt::cpu {

namespace {

using kernels::ReduceKind;
using ops::ReduceOperation;

ReduceKind kindOf(ReduceOperation operation) {
    switch (operation) {
        case ReduceOperation::Sum:
            return ReduceKind::Sum;
        case ReduceOperation::Prod:
            return ReduceKind::Prod;
        case ReduceOperation::Max:
            return ReduceKind::Max;
        case ReduceOperation::Min:
            return ReduceKind::Min;
        case ReduceOperation::Avg:
            break;
    }
    return ReduceKind::Mean;
}

//! Some of the dimensions of a dense tensor, to walk over in order.
struct Walk {
    std::vector<int64_t> sizes, strides;
    int64_t count = 1;

    void add(int64_t size, int64_t stride) {
        sizes.push_back(size);
        strides.push_back(stride);
        count *= size;
    }
    int64_t offset(int64_t place) const {
        int64_t offset = 0;
        for (size_t i = sizes.size(); i-- > 0;) {
            offset += place % sizes[i] * strides[i];
            place /= sizes[i];
        }
        return offset;
    }
};

template <class T>
T startOf(ReduceOperation operation) {
    if (operation == ReduceOperation::Max) return std::numeric_limits<T>::lowest();
    if (operation == ReduceOperation::Min) return std::numeric_limits<T>::max();
    return operation == ReduceOperation::Prod ? T{1} : T{0};
}

template <class T>
T foldSlice(ReduceOperation operation, const T* x, const Walk& slice) {
    T value = startOf<T>(operation);
    for (int64_t i = 0; i < slice.count; ++i) {
        const T next = x[slice.offset(i)];
        const auto a = static_cast<uint64_t>(value), b = static_cast<uint64_t>(next);
        switch (operation) {
            case ReduceOperation::Max:
                value = std::max(value, next);
                break;
            case ReduceOperation::Min:
                value = std::min(value, next);
                break;
            case ReduceOperation::Prod:
                value = static_cast<T>(a * b);
                break;
            case ReduceOperation::Sum:
            case ReduceOperation::Avg:
                // An average is taken of the sum in 64 bits.
                value = static_cast<T>(a + b);
                break;
        }
    }
    return value;
}

template <class T>
T averageSlice(const T* x, const Walk& slice) {
    uint64_t sum = 0;
    for (int64_t i = 0; i < slice.count; ++i) sum += static_cast<uint64_t>(x[slice.offset(i)]);
    return slice.count ? static_cast<T>(static_cast<int64_t>(sum) / slice.count) : T{0};
}

template <class T>
std::unique_ptr<Launch> integerReduction(ReduceOperation operation, const Walk& kept, const Walk& slice) {
    return makeLaunch([=](const LaunchArgs& args) {
        kernels::parallelTasks(kept.count, slice.count * 4, [&](int64_t o) {
            const T* x = static_cast<const T*>(args.inputs[0]) + kept.offset(o);
            static_cast<T*>(args.outputs[0])[o] =
                operation == ReduceOperation::Avg ? averageSlice(x, slice) : foldSlice(operation, x, slice);
        });
    });
}

struct ReduceDef {
    using Op = ops::Reduce;
    static constexpr const char* kName = "cpu.reduce";

    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0),
                          {DType::F32, DType::F16, DType::BF16, DType::I8, DType::U8, DType::I32, DType::I64});
    }

    //! Blocked images keep their channels: then the result lies in memory as the formats say, dimensions kept or not.
    static std::vector<Format> formats(const RegionView& region, const Op& op) {
        const Shape& x = region.input(0).shape;
        std::vector<bool> folded(x.size(), false);
        for (const int64_t axis : op.axes) folded[axisOf(axis, x.size())] = true;
        const bool image = x.size() >= 3 && !folded[0] && !folded[1];
        const bool all = std::count(folded.begin(), folded.end(), true) == static_cast<long>(x.size()) - 2;
        if (!image || !(op.keep || all)) return {Format::Linear};
        return formatsFor(x);
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const Port& x = call.in[0];
        const std::vector<int64_t> dims = memoryDims(x.format, x.dims);
        std::vector<uint8_t> folded(dims.size(), 0);
        for (const int64_t a : call.op.axes) {
            const size_t axis = axisOf(a, x.dims.size());
            folded[x.format == Format::Nhwc && axis > 1 ? axis - 1 : axis] = 1;
        }
        if (volumeOf(call.out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        if (!isInteger(x.type)) {
            static_assert(sizeof(bool) == sizeof(uint8_t));
            const std::span<const bool> flags(reinterpret_cast<const bool*>(folded.data()), folded.size());
            const kernels::ReducePlan plan(kindOf(call.op.operation), x.type, dims, flags);
            return makeLaunch(
                [plan](const LaunchArgs& a) { plan.run(a.inputs[0], a.outputs[0], static_cast<float*>(a.workspace)); },
                plan.workspace() * static_cast<int64_t>(sizeof(float)));
        }
        Walk kept, slice;
        const std::vector<int64_t> strides = stridesOf(dims);
        for (size_t i = 0; i < dims.size(); ++i) (folded[i] ? slice : kept).add(dims[i], strides[i]);
        return withNumber(x.type, [&](auto number) {
            using T = decltype(number);
            if constexpr (std::is_integral_v<T>) return integerReduction<T>(call.op.operation, kept, slice);
            return std::unique_ptr<Launch>();
        });
    }
};

}  // namespace

const KernelFamily kReduceFamily = opFamily<ReduceDef>();

}  // namespace opentrt::cpu
