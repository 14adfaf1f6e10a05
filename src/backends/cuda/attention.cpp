// SPDX-License-Identifier: Apache-2.0
// Attention. Tested by the conformance cases on a device, by code_test without one.
#include "ops/attention.h"

#include <algorithm>

#include "backends/cuda/arguments.h"
#include "backends/cuda/emit.h"
#include "backends/cuda/rows.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr size_t kMask = 3, kQuantization = 4;
constexpr int64_t kMostColumns = 256;
using Operand = ops::Attention::Operand;

//! Layout of code/attention.cu.
struct AttentionArgs {
    const void *q = nullptr, *k = nullptr, *v = nullptr, *mask = nullptr;
    void* y = nullptr;
    int32_t queries = 0, keys = 0, depth = 0, valueDepth = 0, heads = 0, group = 1;
    int32_t causal = 0;
    float scale = 1;
    int64_t qStride[3] = {}, kStride[3] = {}, vStride[3] = {}, yStride[3] = {};
    int64_t maskStride[4] = {};
};

//! Where an operand lies in its tensor: sizes of batch, head, row, column; strides of the first three; first element.
struct Placed {
    Dims dims;
    int64_t stride[3];
    int64_t offset;

    Placed(const ops::Attention& op, Operand operand, const Port& port) {
        const auto axes = op.axesOf(operand);
        const Dims all = stridesOf(port.dims);
        const int64_t there = port.dims[axes[1]];
        const auto [first, heads] = op.headsOf(operand, there);
        if (first < 0 || heads < 0 || heads > there || first > there - heads) {
            throw Error(ErrorCode::InvalidArgument, "", cat("reads ", heads, " heads from ", first, " on of ", there));
        }
        dims = {port.dims[axes[0]], heads, port.dims[axes[2]], port.dims[axes[3]]};
        for (size_t i = 0; i < 3; ++i) stride[i] = all[axes[i]];
        offset = first * all[axes[1]] * bytesOf(port.type);
    }
};

const void* at(const void* base, int64_t offset) {
    return static_cast<const char*>(base) + offset;
}

struct AttentionDef {
    using Op = ops::Attention;
    static constexpr const char* kName = "cuda.attention";

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (op.normalization != ops::AttentionNormalization::Softmax) return "scores without softmax";
        if (region.anchorInput(kQuantization)) return "quantized probabilities";
        for (const auto operand : {Operand::kQuery, Operand::kKey, Operand::kValue, Operand::kOutput}) {
            if (op.axesOf(operand)[3] != 3) return "columns that are not neighbours in memory";
        }
        const Dim& columns = region.input(2).shape[op.axesOf(Operand::kValue)[3]];
        if (!columns.isConstant() || columns.constant() > kMostColumns)
            return cat(columns, " columns of values when ", kMostColumns, " are the most");
        if (const Fact* mask = region.anchorInput(kMask)) {
            const std::string type = whyNotType(*mask, {DType::Bool, DType::F32, DType::F16, DType::BF16});
            if (!type.empty()) return type;
        }
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }

    static std::string source(const RegionView& region, const Op& op) {
        const Fact* mask = region.anchorInput(kMask);
        const int64_t columns = region.input(2).shape[op.axesOf(Operand::kValue)[3]].constant();
        const bool logical = mask && mask->type == DType::Bool;
        return cat(
            typeLine("T", region.input(0).type), typeLine("M", mask ? mask->type : DType::F32), "#define HAS_MASK ",
            mask ? 1 : 0, "\n#define COLUMNS ", (columns + 31) / 32, "\nDEV float masked(float score, M m) { return ",
            logical ? "m ? score : -__int_as_float(0x7f800000)" : "score + num(m)", "; }\n", codeText("attention"));
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, std::shared_ptr<const Module> module) {
        const Placed q(call.op, Operand::kQuery, call.in[0]), k(call.op, Operand::kKey, call.in[1]),
            v(call.op, Operand::kValue, call.in[2]), y(call.op, Operand::kOutput, call.out[0]);
        AttentionArgs args;
        args.queries = static_cast<int32_t>(requireCount(q.dims[2]));
        args.keys = static_cast<int32_t>(requireCount(k.dims[2]));
        args.depth = static_cast<int32_t>(q.dims[3]);
        args.valueDepth = static_cast<int32_t>(v.dims[3]);
        args.heads = static_cast<int32_t>(q.dims[1]);
        args.group = static_cast<int32_t>(std::max<int64_t>(q.dims[1] / std::max<int64_t>(k.dims[1], 1), 1));
        args.causal = static_cast<int32_t>(call.op.causal);
        args.scale = static_cast<float>(call.op.scale);
        for (size_t i = 0; i < 3; ++i) {
            args.qStride[i] = q.stride[i];
            args.kStride[i] = k.stride[i];
            args.vStride[i] = v.stride[i];
            args.yStride[i] = y.stride[i];
        }
        const bool masked = call.has(kMask);
        if (masked) {
            const Dims strides = broadcast(call.in[kMask].dims, stridesOf(call.in[kMask].dims));
            std::copy(strides.begin(), strides.end(), args.maskStride);
        }
        if (volumeOf(call.out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        constexpr int kWarps = 4;
        grid.x = (args.queries + kWarps - 1) / kWarps;
        grid.y = q.dims[1];
        grid.z = q.dims[0];
        grid.threads = 32 * kWarps;
        grid.shared = kWarps * (args.depth + 32) * 4;
        return makeKernelLaunch(
            std::move(module), "attention", grid, args,
            [masked, qAt = q.offset, kAt = k.offset, vAt = v.offset](AttentionArgs& a, const LaunchArgs& launch) {
                a.q = at(launch.inputs[0], qAt);
                a.k = at(launch.inputs[1], kAt);
                a.v = at(launch.inputs[2], vAt);
                a.mask = masked ? launch.inputs[kMask] : nullptr;
                a.y = launch.outputs[0];
            });
    }
};

}  // namespace

const Family kAttentionFamily = opFamily<AttentionDef>();

}  // namespace opentrt::cuda
