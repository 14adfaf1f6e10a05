// SPDX-License-Identifier: Apache-2.0
// Attention by the kernel that never holds the whole matrix of scores.
#include "backends/cpu/kernels/attention.h"

#include <cstring>

#include "backends/cpu/op_family.h"
#include "base/error.h"
#include "base/parallel.h"
#include "ops/attention.h"

namespace opentrt::cpu {

namespace {

using kernels::AttentionArgs;

enum AttentionInput { kQuery, kKey, kValue, kMask, kScale };

AttentionArgs::Strides stridesOfHeads(const std::vector<int64_t>& dims) {
    return {dims[1] * dims[2] * dims[3], dims[2] * dims[3], dims[3]};
}

struct AttentionDef {
    using Op = ops::Attention;
    static constexpr const char* kName = "cpu.attention";

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (op.normalization != ops::AttentionNormalization::Softmax) return "scores without softmax";
        if (region.anchorInput(kScale)) return "quantized probabilities";
        if (const Fact* mask = region.anchorInput(kMask);
            mask && mask->type != DType::Bool && mask->type != DType::F32) {
            return cat("a mask of type ", name(mask->type));
        }
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const auto &q = call.in[kQuery].dims, &k = call.in[kKey].dims, &v = call.in[kValue].dims;
        AttentionArgs args;
        args.type = call.in[kQuery].type;
        args.batch = q[0];
        args.heads = q[1];
        args.kvHeads = k[1];
        args.queries = q[2];
        args.keys = k[2];
        args.depth = q[3];
        args.valueDepth = v[3];
        args.qStrides = stridesOfHeads(q);
        args.kStrides = stridesOfHeads(k);
        args.vStrides = stridesOfHeads(v);
        args.yStrides = stridesOfHeads(call.out[0].dims);
        args.causal = static_cast<AttentionArgs::Causal>(call.op.causal);
        args.scale = static_cast<float>(call.op.scale);
        const bool masked = call.has(kMask);
        if (masked) {
            const auto& dims = call.in[kMask].dims;
            const auto strides = stridesOf(dims);
            args.maskIsBool = call.in[kMask].type == DType::Bool;
            for (size_t i = 0; i < 4; ++i) args.maskStrides[i] = dims[i] == 1 ? 0 : strides[i];
        }
        const int64_t bytes = volumeOf(call.out[0].dims) * bitsOf(args.type) / 8;
        if (bytes == 0 || args.keys == 0) {
            return makeLaunch([bytes](const LaunchArgs& a) {
                if (bytes > 0) std::memset(a.outputs[0], 0, static_cast<size_t>(bytes));
            });
        }
        const int threads = threadCount();
        const int64_t workspace = kernels::attentionWorkspace(args, threads) * static_cast<int64_t>(sizeof(float));
        return makeLaunch(
            [args, masked, threads](const LaunchArgs& a) mutable {
                args.q = a.inputs[kQuery];
                args.k = a.inputs[kKey];
                args.v = a.inputs[kValue];
                args.mask = masked ? a.inputs[kMask] : nullptr;
                args.y = a.outputs[0];
                kernels::attention(args, static_cast<float*>(a.workspace), threads);
            },
            workspace);
    }
};

}  // namespace

const KernelFamily kAttentionFamily = opFamily<AttentionDef>();

}  // namespace opentrt::cpu
