// SPDX-License-Identifier: Apache-2.0
// Gather and Scatter of elements of whole bytes, in linear format. Reductions of Scatter run serially, in the order
// that defines them; plain writes to one place do, too.
#include "ops/gather.h"

#include <cstring>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/op_family.h"
#include "ops/scatter.h"

namespace opentrt::cpu {

namespace {

using Dims = std::vector<int64_t>;

//! Offsets of the first `axes` coordinates of element number `row`; dims beyond `bound` in data make it -1.
struct RowOffsets {
    Dims dims, bounds, strides;
    size_t skip;  //!< this axis does not count

    int64_t at(int64_t row) const {
        int64_t offset = 0;
        for (size_t axis = dims.size(); axis-- > 0;) {
            const int64_t place = row % dims[axis];
            row /= dims[axis];
            if (axis == skip) continue;
            if (place >= bounds[axis]) return -1;
            offset += place * strides[axis];
        }
        return offset;
    }
};

// -- gather

std::unique_ptr<Launch> gatherSlices(const OpCall<ops::Gather>& call) {
    const Dims &d = call.in[0].dims, &q = call.in[1].dims;
    const size_t axis = axisOf(call.op.axis, d.size());
    const int64_t shared = call.op.elementwiseDims, size = bitsOf(call.in[0].type) / 8;
    const auto from = d.begin() + static_cast<long>(axis);
    const int64_t outer = volumeOf({d.begin() + shared, from}), inner = volumeOf({from + 1, d.end()});
    const int64_t picked = volumeOf({q.begin() + shared, q.end()}), length = d[axis];
    const int64_t groups = shared ? std::max(d[0], q[0]) * (d[0] && q[0] ? 1 : 0) : 1;
    const int64_t dataStep = shared && d[0] != 1 ? outer * length * inner * size : 0;
    const int64_t indexStep = shared && q[0] != 1 ? picked * (bitsOf(call.in[1].type) / 8) : 0;
    return makeLaunch([=, type = call.in[1].type](const LaunchArgs& a) {
        for (int64_t g = 0; g < groups; ++g) {
            if (outer * picked * inner == 0) return;
            kernels::gatherRows(outer, length, inner * size, static_cast<const char*>(a.inputs[0]) + g * dataStep, type,
                                static_cast<const char*>(a.inputs[1]) + g * indexStep, picked,
                                static_cast<char*>(a.outputs[0]) + g * outer * picked * inner * size);
        }
    });
}

std::unique_ptr<Launch> gatherElements(const OpCall<ops::Gather>& call) {
    const Dims &d = call.in[0].dims, &q = call.in[1].dims;
    const size_t axis = axisOf(call.op.axis, d.size()), last = d.size() - 1;
    const Dims strides = stridesOf(d);
    const int64_t width = q[last], rows = width ? volumeOf(q) / width : 0;
    const RowOffsets offsets{{q.begin(), q.end() - 1}, d, strides, axis};
    const int64_t along = last == axis ? 0 : 1, inside = last == axis ? width : std::min(width, d[last]);
    return withWord(bitsOf(call.in[0].type) / 8, [&](auto word) {
        using Word = decltype(word);
        return makeLaunch([=, type = call.in[1].type, size = d[axis], stride = strides[axis]](const LaunchArgs& a) {
            kernels::parallelTasks(rows, width * 2, [&](int64_t row) {
                const int64_t base = offsets.at(row);
                const auto* from = static_cast<const Word*>(a.inputs[0]) + base;
                auto* to = static_cast<Word*>(a.outputs[0]) + row * width;
                for (int64_t i = 0; i < width; ++i) {
                    const int64_t place = placeOf(indexAt(a.inputs[1], type, row * width + i), size);
                    to[i] = base < 0 || place < 0 || i >= inside ? Word{} : from[i * along + place * stride];
                }
            });
        });
    });
}

//! Where the tuples of an nd index point; -1: outside.
struct TupleOffsets {
    DType type;
    int64_t length, perGroup, groupSize;
    Dims sizes, strides;

    TupleOffsets(const Port& data, const Port& indices, int64_t shared)
        : type(indices.type), length(indices.dims.back()) {
        const Dims &d = data.dims, &q = indices.dims;
        const Dims all = stridesOf(d);
        perGroup = volumeOf({q.begin() + shared, q.end() - 1});
        groupSize = volumeOf({d.begin() + shared, d.end()});
        sizes.assign(d.begin() + shared, d.begin() + shared + length);
        strides.assign(all.begin() + shared, all.begin() + shared + length);
    }
    int64_t at(const void* indices, int64_t tuple) const {
        int64_t offset = tuple / perGroup * groupSize;
        for (int64_t k = 0; k < length; ++k) {
            const auto axis = static_cast<size_t>(k);
            const int64_t place = placeOf(indexAt(indices, type, tuple * length + k), sizes[axis]);
            if (place < 0) return -1;
            offset += place * strides[axis];
        }
        return offset;
    }
};

std::unique_ptr<Launch> gatherTuples(const OpCall<ops::Gather>& call) {
    const Dims &d = call.in[0].dims, &q = call.in[1].dims;
    const TupleOffsets offsets(call.in[0], call.in[1], call.op.elementwiseDims);
    const int64_t size = bitsOf(call.in[0].type) / 8, tuples = volumeOf({q.begin(), q.end() - 1});
    const int64_t bytes = volumeOf({d.begin() + call.op.elementwiseDims + offsets.length, d.end()}) * size;
    return makeLaunch([=](const LaunchArgs& a) {
        if (bytes == 0) return;
        constexpr int64_t kTuplesPerTask = 256;
        kernels::parallelTasks(
            kernels::ceilDiv(tuples, kTuplesPerTask), kTuplesPerTask * (10 + bytes / 8), [&](int64_t task) {
                for (int64_t t = task * kTuplesPerTask; t < std::min(tuples, (task + 1) * kTuplesPerTask); ++t) {
                    const int64_t offset = offsets.at(a.inputs[1], t);
                    char* to = static_cast<char*>(a.outputs[0]) + t * bytes;
                    if (offset < 0) {
                        std::memset(to, 0, static_cast<size_t>(bytes));
                    } else {
                        std::memcpy(to, static_cast<const char*>(a.inputs[0]) + offset * size,
                                    static_cast<size_t>(bytes));
                    }
                }
            });
    });
}

struct GatherDef {
    using Op = ops::Gather;
    static constexpr const char* kName = "cpu.gather";
    static std::string whyNot(const RegionView& region, const Op&) { return whyNotBytes(region.input(0)); }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        if (volumeOf(call.out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        switch (call.op.mode) {
            case ops::GatherMode::Element:
                return gatherElements(call);
            case ops::GatherMode::Nd:
                return gatherTuples(call);
            case ops::GatherMode::Default:
                break;
        }
        return gatherSlices(call);
    }
};

// -- scatter

using ops::ScatterReduction;

template <class T>
void combine(ScatterReduction reduction, T* into, const T* values, int64_t count) {
    using Wrapping = std::conditional_t<std::is_integral_v<T>,
                                        std::make_unsigned_t<std::conditional_t<std::is_integral_v<T>, T, int>>, T>;
    for (int64_t i = 0; i < count; ++i) {
        const T a = into[i], b = values[i];
        switch (reduction) {
            case ScatterReduction::None:
                into[i] = b;
                break;
            case ScatterReduction::Add:
                into[i] = static_cast<T>(static_cast<Wrapping>(a) + static_cast<Wrapping>(b));
                break;
            case ScatterReduction::Mul:
                into[i] = static_cast<T>(static_cast<Wrapping>(a) * static_cast<Wrapping>(b));
                break;
            case ScatterReduction::Max:
                into[i] = b > a || b != b ? b : a;
                break;
            case ScatterReduction::Min:
                into[i] = b < a || b != b ? b : a;
                break;
        }
    }
}

template <class T>
std::unique_ptr<Launch> scatterElements(const OpCall<ops::Scatter>& call) {
    const Dims &d = call.in[0].dims, &q = call.in[1].dims;
    const size_t axis = axisOf(call.op.axis, d.size());
    const RowOffsets offsets{q, d, stridesOf(d), axis};
    return makeLaunch([=, type = call.in[1].type, size = d[axis], stride = offsets.strides[axis], count = volumeOf(q),
                       reduction = call.op.reduction](const LaunchArgs& a) {
        for (int64_t i = 0; i < count; ++i) {
            const int64_t base = offsets.at(i), place = placeOf(indexAt(a.inputs[1], type, i), size);
            if (base < 0 || place < 0) continue;
            T* to = static_cast<T*>(a.outputs[0]) + base + place * stride;
            combine(reduction, to, static_cast<const T*>(a.inputs[2]) + i, 1);
        }
    });
}

template <class T>
std::unique_ptr<Launch> scatterTuples(const OpCall<ops::Scatter>& call) {
    const Dims &d = call.in[0].dims, &q = call.in[1].dims;
    const TupleOffsets offsets(call.in[0], call.in[1], 0);
    const int64_t tuples = volumeOf({q.begin(), q.end() - 1}), block = volumeOf({d.begin() + offsets.length, d.end()});
    return makeLaunch([=, reduction = call.op.reduction](const LaunchArgs& a) {
        for (int64_t t = 0; t < tuples; ++t) {
            const int64_t offset = offsets.at(a.inputs[1], t);
            if (offset < 0) continue;
            combine(reduction, static_cast<T*>(a.outputs[0]) + offset, static_cast<const T*>(a.inputs[2]) + t * block,
                    block);
        }
    });
}

struct ScatterDef {
    using Op = ops::Scatter;
    static constexpr const char* kName = "cpu.scatter";
    static std::string whyNot(const RegionView& region, const Op& op) {
        if (op.reduction == ScatterReduction::None) return whyNotBytes(region.input(0));
        return whyNotType(region.input(0), {DType::F32, DType::I8, DType::U8, DType::I32, DType::I64});
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const int64_t size = bitsOf(call.in[0].type) / 8, bytes = volumeOf(call.in[0].dims) * size;
        std::unique_ptr<Launch> writes;
        const bool nothing = bytes == 0 || volumeOf(call.in[2].dims) == 0;
        const auto make = [&](auto number) {
            using T = decltype(number);
            return call.op.mode == ops::ScatterMode::Element ? scatterElements<T>(call) : scatterTuples<T>(call);
        };
        if (!nothing) {
            writes =
                call.op.reduction == ScatterReduction::None ? withWord(size, make) : withNumber(call.in[0].type, make);
        }
        return makeLaunch([bytes, writes = std::shared_ptr<Launch>(std::move(writes))](const LaunchArgs& a) {
            if (bytes > 0) std::memcpy(a.outputs[0], a.inputs[0], static_cast<size_t>(bytes));
            if (writes) writes->run(a);
        });
    }
};

}  // namespace

const KernelFamily kGatherFamily = opFamily<GatherDef>();
const KernelFamily kScatterFamily = opFamily<ScatterDef>();

}  // namespace opentrt::cpu
