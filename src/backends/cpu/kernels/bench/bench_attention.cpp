// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/attention.h"
#include "backends/cpu/kernels/bench/bench.h"

namespace opentrt::cpu::kernels::bench {
namespace {

void one(int64_t heads, int64_t queries, int64_t keys, int64_t depth, bool causal) {
    AttentionArgs a;
    a.heads = a.kvHeads = heads, a.queries = queries, a.keys = keys, a.depth = a.valueDepth = depth;
    a.qStrides = a.yStrides = {0, depth, heads * depth};
    a.kStrides = a.vStrides = {0, depth, heads * depth};
    a.causal = causal ? AttentionArgs::Causal::LowerRight : AttentionArgs::Causal::None;
    const auto q = values(heads * queries * depth, 1), k = values(heads * keys * depth, 2),
               v = values(heads * keys * depth, 3);
    std::vector<float> y(q.size()), workspace(static_cast<size_t>(attentionWorkspace(a, threadCount())));
    a.q = q.data(), a.k = k.data(), a.v = v.data(), a.y = y.data();
    const double flops = 4.0 * static_cast<double>(heads * queries * keys * depth) * (causal && queries > 1 ? 0.5 : 1);
    char name[100];
    std::snprintf(name, sizeof name, "attention %ld heads %ldx%ldx%ld%s", heads, queries, keys, depth,
                  causal ? " causal" : "");
    report(name, flops, "GFLOP/s", compare({[&] { attention(a, workspace.data(), threadCount()); }}));
}

}  // namespace

void benchAttention() {
    one(12, 128, 128, 64, false);
    one(12, 384, 384, 64, false);
    one(12, 1024, 1024, 64, true);
    one(16, 512, 512, 128, false);
    one(8, 2048, 2048, 128, true);
    one(12, 197, 197, 64, false);
    one(32, 1, 1024, 128, false);
}

}  // namespace opentrt::cpu::kernels::bench
