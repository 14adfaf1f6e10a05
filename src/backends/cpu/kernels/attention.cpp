// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backends/cpu/kernels/attention_rows.h"
#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/gemm_tile.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/kernels/transpose.h"
#include "base/half.h"

namespace opentrt::cpu::kernels {
namespace {

constexpr int64_t kQueries = 48;    // in a block; divides into equal tiles on every instruction set
constexpr int64_t kChunk = 1024;    // keys whose scores are held at once
constexpr int64_t kFewQueries = 4;  // up to which packing does not pay
constexpr int64_t kFewChunk = 2048, kFewDepth = 512;

float element(DType type, const void* data, int64_t i) {
    if (type == DType::F32) return static_cast<const float*>(data)[i];
    const uint16_t bits = static_cast<const uint16_t*>(data)[i];
    return type == DType::F16 ? f16ToFloat(bits) : bf16ToFloat(bits);
}
void setElement(DType type, void* data, int64_t i, float value) {
    if (type == DType::F32) {
        static_cast<float*>(data)[i] = value;
    } else {
        static_cast<uint16_t*>(data)[i] = type == DType::F16 ? floatToF16(value) : floatToBf16(value);
    }
}

//! Sizes in floats.
struct Plan {
    int64_t depth, valueDepth, keys;  // rounded up to 16
    int64_t packedHead;               // keys and values of one head
    int64_t headsTogether;            // key heads packed at once
    int64_t perThread;
    bool few;

    Plan(const AttentionArgs& a, int threads) {
        depth = roundUpTo16(a.depth);
        valueDepth = roundUpTo16(a.valueDepth);
        keys = roundUpTo16(a.keys);
        few = a.queries <= kFewQueries && std::max(a.depth, a.valueDepth) <= kFewDepth && a.kStrides.column == 1;
        packedHead = few ? 0 : keys * (depth + valueDepth);
        // Enough heads to keep the threads busy, not more than some megabytes.
        const int64_t fits = (4 << 20) / std::max<int64_t>(packedHead, 1);
        headsTogether = std::clamp<int64_t>(fits, threads, a.batch * a.kvHeads);
        headsTogether = std::min(headsTogether, a.batch * a.kvHeads);
        const int64_t chunk = std::min(keys, kChunk);
        perThread = few ? 0 : kQueries * (depth + valueDepth + chunk);
    }
};

class Runner {
public:
    Runner(const AttentionArgs& args, const Plan& plan)
        : a_(args), plan_(plan), steps_(attentionSteps()), gemm_(gemmTarget()), size_(bitsOf(args.type) / 8) {}

    //! Keys [16 * group, ...) of a key head to the panel [depth][16], and the same rows of values to panels [E /
    //! 16][T][16].
    void pack(int64_t head, int64_t group, float* packed) const {
        const int64_t first = group * 16, count = std::min<int64_t>(16, a_.keys - first);
        const int64_t b = head / a_.kvHeads, h = head % a_.kvHeads;
        float* panel = packed + first * a_.depth;
        const char* k = row(a_.k, a_.kStrides, b, h, first);
        const int64_t next = a_.kStrides.row, deeper = a_.kStrides.column;
        if (a_.type == DType::F32 && count == 16 && deeper == 1) {
            transpose2d(4, 16, a_.depth, k, next, panel, 16);
        } else {
            std::fill_n(panel, a_.depth * 16, 0.0f);
            for (int64_t d = 0; d < a_.depth; ++d)
                for (int64_t t = 0; t < count; ++t) panel[d * 16 + t] = element(a_.type, k, t * next + d * deeper);
        }
        float* values = packed + plan_.keys * plan_.depth;
        for (int64_t t = first; t < first + 16; ++t) {
            const char* v = t < a_.keys ? row(a_.v, a_.vStrides, b, h, t) : nullptr;
            for (int64_t e = 0; e < plan_.valueDepth; e += 16)
                loadBlock(v, e, v ? a_.valueDepth - e : 0, 1, values + e * plan_.keys + t * 16);
        }
    }

    //! Queries [first, first + count) of one query head.
    void block(int64_t b, int64_t h, int64_t first, int64_t count, const float* packed, float* scratch) const {
        float* q = scratch;  // [depth / 16][count][16], scaled
        float* sums = q + kQueries * plan_.depth;
        float* scores = sums + kQueries * plan_.valueDepth;  // [keys / 16][count][16]
        for (int64_t i = 0; i < count; ++i) {
            const char* from = row(a_.q, a_.qStrides, b, h, first + i);
            for (int64_t d = 0; d < a_.depth; d += 16)
                loadBlock(from, d, a_.depth - d, a_.scale, q + (d * count + i * 16));
        }
        SoftmaxState states[kQueries];
        std::fill_n(states, count, SoftmaxState{-HUGE_VALF, 0});
        std::fill_n(sums, count * plan_.valueDepth, 0.0f);
        const int64_t keys = visible(first + count - 1);
        for (int64_t t = 0; t < keys; t += kChunk) {
            const int64_t some = std::min(kChunk, keys - t), padded = roundUpTo16(some);
            multiply(count, a_.depth, padded / 16, q, packed + t * a_.depth, a_.depth * 16, scores, nullptr);
            for (int64_t i = 0; i < count; ++i) {
                const int64_t seen = std::clamp<int64_t>(visible(first + i) - t, 0, some);
                const float factor = steps_.exponentiate(scores + i * 16, count * 16, seen, padded,
                                                         maskAt(b, h, first + i, t), states[i]);
                if (factor != 1 && t > 0) scaleRow(sums + i * 16, count, factor);
            }
            multiply(count, padded, plan_.valueDepth / 16, scores, packed + plan_.keys * plan_.depth + t * 16,
                     plan_.keys * 16, sums, sums);
        }
        for (int64_t i = 0; i < count; ++i) {
            const float factor = states[i].sum > 0 ? 1 / states[i].sum : 0;
            char* to = const_cast<char*>(row(a_.y, a_.yStrides, b, h, first + i));
            for (int64_t e = 0; e < a_.valueDepth; e += 16)
                storeBlock(sums + e * count + i * 16, factor, a_.valueDepth - e, to, e);
        }
    }

    //! One query without packing.
    void single(int64_t b, int64_t h, int64_t query) const {
        float scores[kFewChunk], q[kFewDepth], sums[kFewDepth] = {};
        const int64_t kvHead = h / (a_.heads / a_.kvHeads);
        const char* from = row(a_.q, a_.qStrides, b, h, query);
        for (int64_t d = 0; d < a_.depth; ++d) q[d] = element(a_.type, from, d) * a_.scale;
        SoftmaxState state{-HUGE_VALF, 0};
        const int64_t keys = visible(query);
        for (int64_t t = 0; t < keys; t += kFewChunk) {
            const int64_t some = std::min(kFewChunk, keys - t);
            steps_.dotRows(a_.type, q, row(a_.k, a_.kStrides, b, kvHead, t), a_.kStrides.row, some, a_.depth, scores);
            const float factor =
                steps_.exponentiate(scores, 16, some, roundUpTo16(some), maskAt(b, h, query, t), state);
            for (int64_t e = 0; e < a_.valueDepth; ++e) sums[e] *= factor;
            steps_.addRows(a_.type, scores, row(a_.v, a_.vStrides, b, kvHead, t), a_.vStrides.row, some, a_.valueDepth,
                           sums);
        }
        const float factor = state.sum > 0 ? 1 / state.sum : 0;
        char* to = const_cast<char*>(row(a_.y, a_.yStrides, b, h, query));
        for (int64_t e = 0; e < a_.valueDepth; ++e) setElement(a_.type, to, e, sums[e] * factor);
    }

private:
    const char* row(const void* data, const AttentionArgs::Strides& s, int64_t b, int64_t h, int64_t r) const {
        return static_cast<const char*>(data) + (b * s.batch + h * s.head + r * s.row) * size_;
    }
    //! Elements [i, i + 16) of a row, times a factor; those behind the first `some` are 0.
    void loadBlock(const char* from, int64_t i, int64_t some, float factor, float* to) const {
        if (a_.type == DType::F32 && some >= 16) {
            const auto* floats = reinterpret_cast<const float*>(from) + i;
            for (int64_t k = 0; k < 16; ++k) to[k] = floats[k] * factor;
            return;
        }
        for (int64_t k = 0; k < 16; ++k) to[k] = k < some ? element(a_.type, from, i + k) * factor : 0;
    }
    void storeBlock(const float* from, float factor, int64_t some, char* to, int64_t i) const {
        if (a_.type == DType::F32 && some >= 16) {
            auto* floats = reinterpret_cast<float*>(to) + i;
            for (int64_t k = 0; k < 16; ++k) floats[k] = from[k] * factor;
            return;
        }
        for (int64_t k = 0; k < std::min<int64_t>(16, some); ++k) setElement(a_.type, to, i + k, from[k] * factor);
    }
    //! Keys that a query may see by the causal mask.
    int64_t visible(int64_t query) const {
        if (a_.causal == AttentionArgs::Causal::None) return a_.keys;
        const int64_t shift = a_.causal == AttentionArgs::Causal::LowerRight ? a_.keys - a_.queries : 0;
        return std::clamp<int64_t>(query + 1 + shift, 0, a_.keys);
    }
    ScoreMask maskAt(int64_t b, int64_t h, int64_t query, int64_t key) const {
        ScoreMask mask;
        if (!a_.mask) return mask;
        const int64_t at =
            b * a_.maskStrides[0] + h * a_.maskStrides[1] + query * a_.maskStrides[2] + key * a_.maskStrides[3];
        mask.step = a_.maskStrides[3];
        if (a_.maskIsBool) {
            mask.allowed = static_cast<const uint8_t*>(a_.mask) + at;
        } else {
            mask.add = static_cast<const float*>(a_.mask) + at;
        }
        return mask;
    }
    //! C [panels][count][16] = A [k / 16][count][16] * B, whose panels are bPanel apart, plus start.
    void multiply(int64_t count, int64_t k, int64_t panels, const float* a, const float* b, int64_t bPanel, float* c,
                  const float* start) const {
        GemmTile tile;
        tile.aBlock = tile.cBlock = tile.startBlock = count * 16;
        tile.bPanel = bPanel;
        tile.k = k;
        tile.low = -HUGE_VALF, tile.high = HUGE_VALF;
        const int64_t strips = ceilDiv(count, gemm_.rows);
        for (int64_t p = 0; p < panels; p += gemm_.panels) {
            const auto some = static_cast<int>(std::min<int64_t>(gemm_.panels, panels - p));
            for (int64_t s = 0; s < strips; ++s) {
                const int64_t first = count * s / strips, end = count * (s + 1) / strips;
                tile.a = a + first * 16;
                tile.b = b + p * bPanel;
                tile.c = c + (p * count + first) * 16;
                if (start) tile.start = start + (p * count + first) * 16;
                gemm_.tile(static_cast<int>(end - first), some)(tile);
            }
        }
    }
    void scaleRow(float* sums, int64_t count, float factor) const {
        for (int64_t e = 0; e < plan_.valueDepth; e += 16)
            for (int64_t i = 0; i < 16; ++i) sums[e * count + i] *= factor;
    }

    const AttentionArgs& a_;
    const Plan& plan_;
    const AttentionSteps& steps_;
    const GemmTarget& gemm_;
    int64_t size_;
};

}  // namespace

int64_t attentionWorkspace(const AttentionArgs& args, int threads) {
    const Plan plan(args, threads);
    return plan.few ? 0 : plan.headsTogether * plan.packedHead + threads * plan.perThread;
}

void attention(const AttentionArgs& args, float* workspace, int threads) {
    const Plan plan(args, threads);
    const Runner runner(args, plan);
    if (plan.few) {
        parallelTasks(args.batch * args.heads * args.queries, args.keys * (args.depth + args.valueDepth) / 8,
                      [&](int64_t task) {
                          const int64_t head = task / args.queries;
                          runner.single(head / args.heads, head % args.heads, task % args.queries);
                      });
        return;
    }
    float* scratch = workspace + plan.headsTogether * plan.packedHead;
    const int64_t group = args.heads / args.kvHeads, kvHeads = args.batch * args.kvHeads;
    const int64_t blocks = ceilDiv(args.queries, kQueries);
    for (int64_t first = 0; first < kvHeads; first += plan.headsTogether) {
        const int64_t heads = std::min(plan.headsTogether, kvHeads - first), panels = plan.keys / 16;
        parallelTasks(heads * panels, 16 * (args.depth + args.valueDepth) / 4, [&](int64_t task) {
            runner.pack(first + task / panels, task % panels, workspace + task / panels * plan.packedHead);
        });
        const int64_t work = kQueries * args.keys * (args.depth + args.valueDepth) / 40;
        parallelTasks(
            heads * group * blocks, work,
            [&](int64_t task, int thread) {
                const int64_t kvHead = first + task / blocks / group;
                const int64_t b = kvHead / args.kvHeads;
                const int64_t h = kvHead % args.kvHeads * group + task / blocks % group;
                const int64_t begin = args.queries * (task % blocks) / blocks;
                const int64_t end = args.queries * (task % blocks + 1) / blocks;
                runner.block(b, h, begin, end - begin, workspace + (kvHead - first) * plan.packedHead,
                             scratch + thread * plan.perThread);
            },
            threads);
    }
}

}  // namespace opentrt::cpu::kernels
