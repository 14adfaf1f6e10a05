// SPDX-License-Identifier: Apache-2.0
// Pooling of any rank, type and kind, in linear format: where no other family has anything. Walks over whole rows of
// the output, once for each element of the window.
#include <cmath>
#include <limits>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/op_family.h"
#include "ops/pooling.h"
#include "ops/support/index.h"
#include "ops/support/taps.h"

namespace opentrt::cpu {

namespace {

using ops::PoolingOperation;

struct PoolShape {
    std::vector<ops::TapRow> rows;
    std::vector<float> factors;  //!< 1 / number of positions that an average counts
    int64_t planes, inPlane, outPlane;
};

PoolShape shapeOf(const ops::Pooling& op, const Port& x) {
    PoolShape s;
    ops::TapGeometry g;
    std::vector<int64_t> post;
    const size_t leading = x.dims.size() - op.window.size();
    g.window = op.window;
    for (size_t i = 0; i < op.window.size(); ++i) {
        g.big.push_back(x.dims[leading + i]);
        const ops::WindowExtent e = op.extent(i, g.big[i], op.window[i]);
        g.small.push_back(e.size);
        g.pre.push_back(e.pre);
        post.push_back(e.post);
        g.stride.push_back(op.strideAt(i));
        g.dilation.push_back(op.dilationAt(i));
    }
    s.rows = ops::tapRows(g);
    s.planes = volumeOf({x.dims.begin(), x.dims.begin() + static_cast<long>(leading)});
    s.inPlane = volumeOf(g.big);
    s.outPlane = volumeOf(g.small);
    s.factors.assign(static_cast<size_t>(s.outPlane), 0.0f);
    if (op.excludePadding) {
        for (const ops::TapRow& row : s.rows) {
            for (int64_t i = 0; i < row.count; ++i) s.factors[static_cast<size_t>(row.smallStart + i)] += 1;
        }
    } else {
        size_t place = 0;
        ops::forEachIndex(g.small, [&](const std::vector<int64_t>& at) {
            float count = 1;
            for (size_t i = 0; i < at.size(); ++i) {
                int64_t inside = 0;
                for (int64_t tap = 0; tap < g.window[i]; ++tap) {
                    inside += at[i] * g.stride[i] - g.pre[i] + tap * g.dilation[i] < g.big[i] + post[i];
                }
                count *= static_cast<float>(inside);
            }
            s.factors[place++] = count;
        });
    }
    return s;
}

//! Rounds to nearest even and saturates, as the store of a narrow type does.
template <class T>
T stored(float value) {
    if constexpr (std::is_floating_point_v<T>) {
        return value;
    } else {
        using Limits = std::numeric_limits<T>;
        // As a float the largest number may be one too large, so nothing is clamped to it.
        const auto low = static_cast<float>(Limits::lowest()), high = static_cast<float>(Limits::max());
        const float rounded = std::nearbyint(value);
        if (rounded >= high) return Limits::max();
        return rounded > low ? static_cast<T>(rounded) : Limits::lowest();
    }
}

//! `most` and `sums` are scratch of one plane.
template <class T>
void poolPlane(const PoolShape& s, PoolingOperation operation, float blend, const T* x, T* y, float* most,
               float* sums) {
    const bool wantsMost = operation != PoolingOperation::Average, wantsSums = operation != PoolingOperation::Max;
    if (wantsMost) std::fill(most, most + s.outPlane, -std::numeric_limits<float>::infinity());
    if (wantsSums) std::fill(sums, sums + s.outPlane, 0.0f);
    for (const ops::TapRow& row : s.rows) {
        const T* from = x + row.bigStart;
        if (wantsMost) {
            float* to = most + row.smallStart;
            for (int64_t i = 0; i < row.count; ++i) {
                const auto value = static_cast<float>(from[i * row.step]);
                to[i] = value > to[i] || value != value ? value : to[i];
            }
        }
        if (wantsSums) {
            float* to = sums + row.smallStart;
            for (int64_t i = 0; i < row.count; ++i) to[i] += static_cast<float>(from[i * row.step]);
        }
    }
    for (int64_t i = 0; i < s.outPlane; ++i) {
        const float count = s.factors[static_cast<size_t>(i)];
        const float average = wantsSums && count > 0 ? sums[i] / count : 0;
        const float value = !wantsSums ? most[i] : !wantsMost ? average : (1 - blend) * most[i] + blend * average;
        y[i] = stored<T>(value);
    }
}

struct PoolAnyDef {
    using Op = ops::Pooling;
    static constexpr const char* kName = "cpu.pool_any";
    [[maybe_unused]] static constexpr bool kFallback = true;
    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::I8, DType::U8});
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        return withNumber(call.in[0].type, [&](auto number) {
            using T = decltype(number);
            const int64_t threads = threadCount();
            const PoolShape shape = shapeOf(call.op, call.in[0]);
            const int64_t scratch = (shape.outPlane + 15) / 16 * 16;
            auto run = [=, operation = call.op.operation,
                        blend = static_cast<float>(call.op.blend)](const LaunchArgs& args) {
                if (shape.outPlane == 0) return;
                const auto one = [&](int64_t plane, int thread) {
                    float* most = static_cast<float*>(args.workspace) + 2 * scratch * thread;
                    poolPlane(shape, operation, blend, static_cast<const T*>(args.inputs[0]) + plane * shape.inPlane,
                              static_cast<T*>(args.outputs[0]) + plane * shape.outPlane, most, most + scratch);
                };
                const auto work = static_cast<int64_t>(shape.rows.size()) * 20 + shape.outPlane;
                kernels::parallelTasks(shape.planes, work, one, static_cast<int>(threads));
            };
            return makeLaunch(std::move(run), 2 * scratch * threads * static_cast<int64_t>(sizeof(float)));
        });
    }
};

}  // namespace

const KernelFamily kPoolAnyFamily = opFamily<PoolAnyDef>();

}  // namespace opentrt::cpu
