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

enum AttentionInput { kMask = 3, kScale = 4 };
using Operand = ops::Attention::Operand;

//! Where an operand lies in its tensor.
struct Placed {
    std::vector<int64_t> dims;  //!< batch, heads, rows, columns
    AttentionArgs::Strides strides;
    int64_t offset;  //!< bytes

    Placed(const ops::Attention& op, Operand operand, const Port& port) {
        const auto axes = op.axesOf(operand);
        const auto all = stridesOf(port.dims);
        const auto [first, heads] = op.headsOf(operand, port.dims[axes[1]]);
        const int64_t there = port.dims[axes[1]];
        if (first < 0 || heads < 0 || heads > there || first > there - heads) {
            throw Error(ErrorCode::InvalidArgument, "attention",
                        cat("reads ", heads, " heads from ", first, " on when there are ", there));
        }
        dims = {port.dims[axes[0]], heads, port.dims[axes[2]], port.dims[axes[3]]};
        strides = {all[axes[0]], all[axes[1]], all[axes[2]], all[axes[3]]};
        offset = first * strides.head * bitsOf(port.type) / 8;
    }
};

const void* at(const void* base, int64_t offset) {
    return static_cast<const char*>(base) + offset;
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
        for (const auto operand : {Operand::kQuery, Operand::kValue, Operand::kOutput}) {
            if (op.axesOf(operand)[3] != 3) return "columns that are not neighbours in memory";
        }
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const Placed q(call.op, Operand::kQuery, call.in[Operand::kQuery]),
            k(call.op, Operand::kKey, call.in[Operand::kKey]), v(call.op, Operand::kValue, call.in[Operand::kValue]),
            y(call.op, Operand::kOutput, call.out[0]);
        AttentionArgs args;
        args.type = call.in[Operand::kQuery].type;
        args.batch = q.dims[0];
        args.heads = q.dims[1];
        args.kvHeads = k.dims[1];
        args.queries = q.dims[2];
        args.keys = k.dims[2];
        args.depth = q.dims[3];
        args.valueDepth = v.dims[3];
        args.qStrides = q.strides;
        args.kStrides = k.strides;
        args.vStrides = v.strides;
        args.yStrides = y.strides;
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
            [args, masked, threads, qAt = q.offset, kAt = k.offset, vAt = v.offset](const LaunchArgs& a) mutable {
                args.q = at(a.inputs[Operand::kQuery], qAt);
                args.k = at(a.inputs[Operand::kKey], kAt);
                args.v = at(a.inputs[Operand::kValue], vAt);
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
