// SPDX-License-Identifier: Apache-2.0
// Operators that pick by value: TopK, NonZero, OneHot.
#include <cmath>
#include <cstring>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/op_family.h"
#include "base/error.h"
#include "ops/non_zero.h"
#include "ops/one_hot.h"
#include "ops/support/index.h"
#include "ops/top_k.h"

namespace opentrt::cpu {

namespace {

// -- TopK

template <class T>
struct Ranked {
    T value;
    int64_t place;
};

//! Best first; NaN counts as larger than everything, equal values by rising place.
template <class T>
struct Better {
    bool max;
    static bool larger(T a, T b) {
        if constexpr (std::is_floating_point_v<T>) {
            return std::isnan(a) ? !std::isnan(b) : a > b;
        } else {
            return a > b;
        }
    }
    bool operator()(const Ranked<T>& a, const Ranked<T>& b) const {
        if (larger(a.value, b.value)) return max;
        if (larger(b.value, a.value)) return !max;
        return a.place < b.place;
    }
};

struct TopKShape {
    ops::AxisSplit split;
    DType indicesType;
    bool max;
};

template <class T>
void topSlice(const TopKShape& s, const T* x, int64_t slice, int64_t k, Ranked<T>* work, T* values, void* indices) {
    const int64_t o = slice / s.split.inner, n = slice % s.split.inner;
    for (int64_t i = 0; i < s.split.size; ++i) work[i] = {x[s.split.at(o, i, n)], i};
    const Better<T> better{s.max};
    if (k == 1) {
        std::swap(work[0], *std::min_element(work, work + s.split.size, better));
    } else {
        std::partial_sort(work, work + k, work + s.split.size, better);
    }
    for (int64_t i = 0; i < k; ++i) {
        const int64_t to = (o * k + i) * s.split.inner + n;
        values[to] = work[i].value;
        if (s.indicesType == DType::I64) {
            static_cast<int64_t*>(indices)[to] = work[i].place;
        } else {
            static_cast<int32_t*>(indices)[to] = static_cast<int32_t>(work[i].place);
        }
    }
}

struct TopKDef {
    using Op = ops::TopK;
    static constexpr const char* kName = "cpu.top_k";
    static constexpr bool kMakesSizes = true;
    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::I8, DType::U8, DType::I32, DType::I64});
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const auto& dims = call.in[0].dims;
        const size_t axis = axisOf(call.op.axis, dims.size());
        const TopKShape shape{ops::splitAt(dims, static_cast<int64_t>(axis)), call.op.indicesType,
                              call.op.operation == ops::TopKOperation::Max};
        const bool fromInput = call.has(1), known = call.out[0].dims[axis] >= 0;
        const DType countType = fromInput ? call.in[1].type : DType::I64;
        const int64_t fixed = call.op.k, threads = threadCount();
        return withNumber(call.in[0].type, [&](auto number) {
            using T = decltype(number);
            const int64_t scratch = (shape.split.size * static_cast<int64_t>(sizeof(Ranked<T>)) + 63) / 64 * 64;
            auto run = [=](const LaunchArgs& args) {
                const int64_t k = fromInput ? indexAt(args.inputs[1], countType, 0) : fixed;
                if (k < 0 || k > shape.split.size) {
                    throw Error(ErrorCode::InvalidArgument, "",
                                cat("k is ", k, " when axis ", axis, " has ", shape.split.size, " elements"));
                }
                void* to[2] = {args.outputs[0], args.outputs[1]};
                if (!known) {
                    auto out = dims;
                    out[axis] = k;
                    for (int o = 0; o < 2; ++o) to[o] = args.dynamic->allocate(o, out);
                }
                if (k == 0) return;
                const auto one = [&](int64_t slice, int thread) {
                    auto* work = reinterpret_cast<Ranked<T>*>(static_cast<char*>(args.workspace) + thread * scratch);
                    topSlice(shape, static_cast<const T*>(args.inputs[0]), slice, k, work, static_cast<T*>(to[0]),
                             to[1]);
                };
                kernels::parallelTasks(shape.split.outer * shape.split.inner, shape.split.size * 4, one,
                                       static_cast<int>(threads));
            };
            return makeLaunch(std::move(run), scratch * threads);
        });
    }
};

// -- NonZero

template <class T, class Index>
void writeCoordinates(const T* x, const std::vector<int64_t>& dims, int64_t total, int64_t count, Index* to) {
    int64_t column = 0;
    for (int64_t i = 0; i < total; ++i) {
        if (x[i] == T{}) continue;
        int64_t rest = i;
        for (size_t axis = dims.size(); axis-- > 0;) {
            to[static_cast<int64_t>(axis) * count + column] = static_cast<Index>(rest % dims[axis]);
            rest /= dims[axis];
        }
        ++column;
    }
}

struct NonZeroDef {
    using Op = ops::NonZero;
    static constexpr const char* kName = "cpu.non_zero";
    static constexpr bool kMakesSizes = true;
    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::I8, DType::U8, DType::Bool, DType::I32, DType::I64});
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        auto dims = call.in[0].dims;
        if (dims.empty()) dims = {1};
        return withNumber(call.in[0].type, [&](auto number) {
            using T = decltype(number);
            auto run = [dims, total = volumeOf(dims), type = call.op.indicesType](const LaunchArgs& args) {
                const auto* x = static_cast<const T*>(args.inputs[0]);
                const int64_t count = total - std::count(x, x + total, T{});
                void* to = args.dynamic->allocate(0, {static_cast<int64_t>(dims.size()), count});
                if (type == DType::I64) {
                    writeCoordinates(x, dims, total, count, static_cast<int64_t*>(to));
                } else {
                    writeCoordinates(x, dims, total, count, static_cast<int32_t*>(to));
                }
            };
            return makeLaunch(std::move(run));
        });
    }
};

// -- OneHot

struct OneHotDef {
    using Op = ops::OneHot;
    static constexpr const char* kName = "cpu.one_hot";
    static constexpr bool kMakesSizes = true;
    static std::string whyNot(const RegionView& region, const Op&) { return whyNotBytes(region.input(1)); }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const auto& dims = call.in[0].dims;
        const auto axis = static_cast<long>(axisOf(call.op.axis, dims.size() + 1));
        const int64_t outer = volumeOf({dims.begin(), dims.begin() + axis}),
                      inner = volumeOf({dims.begin() + axis, dims.end()});
        const bool known = call.out[0].dims[static_cast<size_t>(axis)] >= 0;
        auto shape = dims;
        shape.insert(shape.begin() + axis, 0);
        return withWord(bitsOf(call.in[1].type) / 8, [&](auto word) {
            using Word = decltype(word);
            auto run = [=, type = call.in[0].type, depthType = call.in[2].type, port = call.out[0],
                        out = shape](const LaunchArgs& args) mutable {
                const int64_t depth = indexAt(args.inputs[2], depthType, 0);
                if (depth < 1) {
                    throw Error(ErrorCode::InvalidArgument, "",
                                cat("depth is ", depth, " when it should be at least 1"));
                }
                out[static_cast<size_t>(axis)] = depth;
                fitFound(out, port);
                void* to = args.outputs[0];
                if (!known) {
                    to = args.dynamic->allocate(0, out);
                }
                const auto* values = static_cast<const Word*>(args.inputs[1]);
                auto* y = static_cast<Word*>(to);
                kernels::parallelTasks(outer, depth * inner, [&](int64_t o) {
                    Word* row = y + o * depth * inner;
                    std::fill(row, row + depth * inner, values[0]);
                    for (int64_t n = 0; n < inner; ++n) {
                        const int64_t place = placeOf(indexAt(args.inputs[0], type, o * inner + n), depth);
                        if (place >= 0) row[place * inner + n] = values[1];
                    }
                });
            };
            return makeLaunch(std::move(run));
        });
    }
};

}  // namespace

const KernelFamily kTopKFamily = opFamily<TopKDef>();
const KernelFamily kNonZeroFamily = opFamily<NonZeroDef>();
const KernelFamily kOneHotFamily = opFamily<OneHotDef>();

}  // namespace opentrt::cpu
