// SPDX-License-Identifier: Apache-2.0
// Attention against its definition in double: few and many queries, chunks, grouped heads, masks, strides, types.
#include "backends/cpu/kernels/attention.h"

#include <cmath>

#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/kernels/test_targets.h"
#include "backends/cpu/kernels/test_values.h"
#include "base/parallel.h"

namespace opentrt::cpu::kernels {
namespace {

struct Problem {
    int64_t batch = 1, heads = 2, kvHeads = 2, queries = 5, keys = 7, depth = 8, valueDepth = 8;
    DType type = DType::F32;
    AttentionArgs::Causal causal = AttentionArgs::Causal::None;
    int mask = 0;              // 0 none, 1 added per key, 2 added per query and key, 3 bool per query and key
    bool headsInside = false;  // [B, S, H, D] instead of [B, H, S, D]
    bool keysTurned = false;   // keys [B, H, D, S]
};

AttentionArgs::Strides stridesOf(const Problem& p, int64_t heads, int64_t rows, int64_t depth) {
    if (p.headsInside) return {heads * rows * depth, depth, heads * depth};
    return {heads * rows * depth, rows * depth, depth};
}

std::vector<float> run(const Problem& p) {
    const auto typed = [&](int64_t count, uint32_t seed, std::vector<float>& floats) {
        floats = values(count, seed);
        std::vector<char> bytes(floats.size() * 4);
        castArray(DType::F32, floats.data(), p.type, bytes.data(), count);
        castArray(p.type, bytes.data(), DType::F32, floats.data(), count);
        return bytes;
    };
    std::vector<float> q, k, v;
    const auto qBytes = typed(p.batch * p.heads * p.queries * p.depth, 1, q),
               kBytes = typed(p.batch * p.kvHeads * p.keys * p.depth, 2, k);
    const auto vBytes = typed(p.batch * p.kvHeads * p.keys * p.valueDepth, 3, v);
    std::vector<float> add = values(p.batch * p.queries * p.keys, 4);
    std::vector<uint8_t> allowed(add.size());
    for (size_t i = 0; i < add.size(); ++i) allowed[i] = add[i] > -0.5f;
    if (p.mask == 3) std::fill_n(allowed.begin(), p.keys, 0);  // the first query sees nothing

    AttentionArgs a;
    a.type = p.type, a.batch = p.batch, a.heads = p.heads, a.kvHeads = p.kvHeads, a.queries = p.queries,
    a.keys = p.keys;
    a.depth = p.depth, a.valueDepth = p.valueDepth, a.causal = p.causal, a.scale = 1.7f;
    a.qStrides = stridesOf(p, p.heads, p.queries, p.depth), a.kStrides = stridesOf(p, p.kvHeads, p.keys, p.depth);
    if (p.keysTurned) a.kStrides.row = 1, a.kStrides.column = p.keys;
    a.vStrides = stridesOf(p, p.kvHeads, p.keys, p.valueDepth),
    a.yStrides = stridesOf(p, p.heads, p.queries, p.valueDepth);
    std::vector<char> out(static_cast<size_t>(p.batch * p.heads * p.queries * p.valueDepth * 4));
    a.q = qBytes.data(), a.k = kBytes.data(), a.v = vBytes.data(), a.y = out.data();
    if (p.mask) {
        a.mask = p.mask == 3 ? static_cast<const void*>(allowed.data()) : add.data();
        a.maskIsBool = p.mask == 3;
        a.maskStrides[0] = p.queries * p.keys;
        a.maskStrides[2] = p.mask == 1 ? 0 : p.keys;
    }
    std::vector<float> workspace(static_cast<size_t>(attentionWorkspace(a, threadCount())), NAN);
    attention(a, workspace.data(), threadCount());
    std::vector<float> y(out.size() / 4);
    castArray(p.type, out.data(), DType::F32, y.data(), static_cast<int64_t>(y.size()));

    for (int64_t b = 0; b < p.batch; ++b)
        for (int64_t h = 0; h < p.heads; ++h)
            for (int64_t s = 0; s < p.queries; ++s) {
                const int64_t kv = h / (p.heads / p.kvHeads);
                const float* row = q.data() + b * a.qStrides.batch + h * a.qStrides.head + s * a.qStrides.row;
                std::vector<double> e(static_cast<size_t>(p.keys), 0);
                double sum = 0;
                for (int64_t t = 0; t < p.keys; ++t) {
                    const bool hidden = (p.causal == AttentionArgs::Causal::UpperLeft && t > s) ||
                                        (p.causal == AttentionArgs::Causal::LowerRight && t > s + p.keys - p.queries);
                    const auto at = static_cast<size_t>((b * p.queries + (p.mask == 1 ? 0 : s)) * p.keys + t);
                    if (hidden || (p.mask == 3 && !allowed[at])) continue;
                    double score = 0;
                    for (int64_t d = 0; d < p.depth; ++d)
                        score +=
                            static_cast<double>(row[d]) *
                            static_cast<double>(k[static_cast<size_t>(b * a.kStrides.batch + kv * a.kStrides.head +
                                                                      t * a.kStrides.row + d * a.kStrides.column)]);
                    score *= 1.7;
                    if (p.mask == 1 || p.mask == 2) score += static_cast<double>(add[at]);
                    e[static_cast<size_t>(t)] = std::exp(score);
                    sum += std::exp(score);
                }
                for (int64_t d = 0; d < p.valueDepth; ++d) {
                    double want = 0;
                    for (int64_t t = 0; t < p.keys; ++t)
                        want += e[static_cast<size_t>(t)] *
                                static_cast<double>(v[static_cast<size_t>(b * a.vStrides.batch + kv * a.vStrides.head +
                                                                          t * a.vStrides.row + d)]);
                    want = sum > 0 ? want / sum : 0;
                    const float got =
                        y[static_cast<size_t>(b * a.yStrides.batch + h * a.yStrides.head + s * a.yStrides.row + d)];
                    EXPECT_NEAR(got, want,
                                p.type == DType::F32   ? 3e-6
                                : p.type == DType::F16 ? 1e-3
                                                       : 1e-2)
                        << "queries " << p.queries << " keys " << p.keys << " depth " << p.depth << " mask " << p.mask;
                    if (::testing::Test::HasFailure()) return y;
                }
            }
    return y;
}

TEST_F(OnEachTarget, AttentionOfAllSmallShapes) {
    forEachTarget([] {
        for (int64_t queries : {1, 4, 5, 48, 50, 130})
            for (int64_t keys : {1, 7, 16, 33, 100})
                for (int64_t depth : {1, 8, 40, 64}) {
                    run({.queries = queries, .keys = keys, .depth = depth, .valueDepth = depth == 40 ? 33 : depth});
                    if (HasFailure()) return;
                }
    });
}

TEST_F(OnEachTarget, AttentionMasksCausalityGroupsAndTypes) {
    forEachTarget([] {
        for (int mask = 0; mask < 4; ++mask)
            for (auto causal :
                 {AttentionArgs::Causal::None, AttentionArgs::Causal::UpperLeft, AttentionArgs::Causal::LowerRight})
                for (DType type : {DType::F32, DType::F16, DType::BF16})
                    for (int64_t queries : {2, 50}) {
                        run({.batch = 2,
                             .heads = 6,
                             .kvHeads = 2,
                             .queries = queries,
                             .keys = 45,
                             .depth = 32,
                             .valueDepth = 16,
                             .type = type,
                             .causal = causal,
                             .mask = mask,
                             .headsInside = queries == 50});
                        if (HasFailure()) return;
                    }
    });
}

TEST_F(OnEachTarget, AttentionOfKeysWhoseColumnsLieApart) {
    forEachTarget([] {
        for (DType type : {DType::F32, DType::F16})
            for (int64_t queries : {1, 3, 50})
                for (int64_t keys : {7, 32, 45})
                    run({.queries = queries, .keys = keys, .depth = 24, .type = type, .keysTurned = true});
    });
}

TEST_F(OnEachTarget, AttentionOverSeveralChunksOfKeys) {
    forEachTarget([] {
        for (int64_t queries : {3, 60})
            for (int mask : {0, 3})
                run({.heads = 1,
                     .kvHeads = 1,
                     .queries = queries,
                     .keys = 2100,
                     .depth = 16,
                     .valueDepth = 20,
                     .causal = AttentionArgs::Causal::LowerRight,
                     .mask = mask});
    });
}

TEST(Attention, IsTheSameForAnyNumberOfThreads) {
    const Problem p{.heads = 4, .kvHeads = 2, .queries = 100, .keys = 100, .depth = 32, .valueDepth = 32};
    setThreadCount(1);
    const auto one = run(p);
    for (int threads : kThreadCounts) {
        setThreadCount(threads);
        EXPECT_EQ(run(p), one);
    }
    setThreadCount(0);
}

}  // namespace
}  // namespace opentrt::cpu::kernels
