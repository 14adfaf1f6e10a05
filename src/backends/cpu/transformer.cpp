// SPDX-License-Identifier: Apache-2.0
// What surrounds attention: rotary embedding and the cache of keys and values.
#include <cstring>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/op_family.h"
#include "ops/kv_cache_update.h"
#include "ops/rotary_embedding.h"

namespace opentrt::cpu {

namespace {

// -- RotaryEmbedding

enum RotaryInput { kX, kCos, kSin, kPositions };

//! Rotates the pairs of one row of `size` elements.
void rotate(const float* x, const float* cos, const float* sin, int64_t half, int64_t size, bool interleaved,
            float* y) {
    if (interleaved) {
        for (int64_t p = 0; p < half; ++p) {
            const float a = x[2 * p], b = x[2 * p + 1];
            y[2 * p] = a * cos[p] - b * sin[p];
            y[2 * p + 1] = a * sin[p] + b * cos[p];
        }
    } else {
        for (int64_t p = 0; p < half; ++p) {
            const float a = x[p], b = x[p + half];
            y[p] = a * cos[p] - b * sin[p];
            y[p + half] = a * sin[p] + b * cos[p];
        }
    }
    std::copy(x + 2 * half, x + size, y + 2 * half);
}

struct RotaryDef {
    using Op = ops::RotaryEmbedding;
    static constexpr const char* kName = "cpu.rotary_embedding";
    static std::string whyNot(const RegionView& region, const Op&) { return whyNotType(region.input(0), {DType::F32}); }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const auto& dims = call.in[kX].dims;
        const int64_t heads = dims[1], steps = dims[2], size = dims[3];
        const int64_t half = (call.op.dim > 0 ? call.op.dim : size) / 2, rows = dims[0] * heads * steps;
        const int64_t places = half > 0 ? volumeOf(call.in[kCos].dims) / half : 0;
        const bool byPosition = call.has(kPositions);
        const DType type = byPosition ? call.in[kPositions].type : DType::I64;
        return makeLaunch([=, interleaved = call.op.interleaved](const LaunchArgs& args) {
            const auto *cos = static_cast<const float*>(args.inputs[kCos]),
                       *sin = static_cast<const float*>(args.inputs[kSin]);
            kernels::parallelTasks(rows, size, [&](int64_t row) {
                const float* x = static_cast<const float*>(args.inputs[kX]) + row * size;
                float* y = static_cast<float*>(args.outputs[0]) + row * size;
                int64_t place = row / steps / heads * steps + row % steps;
                if (byPosition) place = indexAt(args.inputs[kPositions], type, place);
                if (place < 0 || place >= places) {
                    std::copy(x, x + size, y);
                } else {
                    rotate(x, cos + place * half, sin + place * half, half, size, interleaved, y);
                }
            });
        });
    }
};

// -- KvCacheUpdate

struct KvCacheDef {
    using Op = ops::KvCacheUpdate;
    static constexpr const char* kName = "cpu.kv_cache_update";
    static std::string whyNot(const RegionView& region, const Op&) { return whyNotBytes(region.input(0)); }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const auto& dims = call.in[0].dims;
        const int64_t rowBytes = dims[3] * bitsOf(call.in[0].type) / 8, heads = dims[1], room = dims[2];
        const int64_t rows = call.in[1].dims[2];
        return makeLaunch([=, items = dims[0], type = call.in[2].type](const LaunchArgs& args) {
            kernels::parallelTasks(items * heads, room * rowBytes / 16, [&](int64_t task) {
                const int64_t first = indexAt(args.inputs[2], type, task / heads);
                const bool fits = first >= 0 && first <= room - rows;
                const auto* cache = static_cast<const char*>(args.inputs[0]) + task * room * rowBytes;
                const auto* update = static_cast<const char*>(args.inputs[1]) + task * rows * rowBytes;
                auto* to = static_cast<char*>(args.outputs[0]) + task * room * rowBytes;
                const auto copy = [&](const char* from, int64_t at, int64_t count) {
                    if (count > 0) std::memcpy(to + at * rowBytes, from, static_cast<size_t>(count * rowBytes));
                };
                if (!fits) return copy(cache, 0, room);
                copy(cache, 0, first);
                copy(update, first, rows);
                copy(cache + (first + rows) * rowBytes, first + rows, room - first - rows);
            });
        });
    }
};

}  // namespace

const KernelFamily kRotaryFamily = opFamily<RotaryDef>();
const KernelFamily kKvCacheFamily = opFamily<KvCacheDef>();

}  // namespace opentrt::cpu
