// SPDX-License-Identifier: Apache-2.0
// Attention. Tested by the conformance cases on a device, by tests/cuda without one.
#include "backends/cuda/attention.h"

#include <algorithm>

#include "backends/cuda/epilogue.h"
#include "backends/cuda/rows.h"
#include "base/error.h"

namespace opentrt::cuda {

AttentionOperand::AttentionOperand(const ops::Attention& op, Operand operand, const Port& port) {
    const auto axes = op.axesOf(operand);
    const Dims all = stridesOf(port.dims);
    const int64_t there = port.dims[axes[1]];
    const auto [first, heads] = op.headsOf(operand, there);
    if (first < 0 || heads < 0 || heads > there || first > there - heads) {
        throw Error(ErrorCode::InvalidArgument, "", cat("reads ", heads, " heads from ", first, " on of ", there));
    }
    dims = {port.dims[axes[0]], heads, port.dims[axes[2]], port.dims[axes[3]]};
    for (size_t i = 0; i < 4; ++i) stride[i] = all[axes[i]];
    offset = first * all[axes[1]] * bytesOf(port.type);
}

int64_t columnsOf(const RegionView& region, const ops::Attention& op, Operand operand) {
    const Dim& columns = region.input(operand).shape[op.axesOf(operand)[3]];
    return columns.isConstant() ? columns.constant() : 0;
}

namespace {

std::string whyNotMask(const RegionView& region) {
    const Fact* mask = region.anchorInput(kMask);
    return mask ? whyNotType(*mask, {DType::Bool, DType::F32, DType::F16, DType::BF16}) : std::string();
}

}  // namespace

std::string whyNotAttention(const RegionView& region, const ops::Attention& op) {
    if (op.normalization != ops::AttentionNormalization::Softmax) return "scores without softmax";
    for (const auto operand : {Operand::kQuery, Operand::kKey, Operand::kValue, Operand::kOutput}) {
        if (op.axesOf(operand)[3] != 3) return "columns that are not neighbours in memory";
    }
    return whyNotMask(region);
}

std::string whyNotExact(const RegionView& region) {
    return region.anchorInput(kQuantization) ? "quantized probabilities" : "";
}

std::string whyNotTiles(const RegionView& region, const ops::Attention& op, int64_t mostColumns) {
    if (const std::string reason = whyNotAttention(region, op); !reason.empty()) return reason;
    if (!(op.scale > 0)) return "a scale that is not positive";
    for (const auto operand : {Operand::kQuery, Operand::kKey, Operand::kValue}) {
        const int64_t columns = columnsOf(region, op, operand);
        if (columns < 8 || columns % 8 != 0 || columns > mostColumns)
            return cat(columns, " columns are not 8 to ", mostColumns, " by 8");
    }
    return whyNotType(region.input(0), {DType::F16, DType::BF16});
}

std::string maskCode(const RegionView& region) {
    const Fact* mask = region.anchorInput(kMask);
    const bool logical = mask && mask->type == DType::Bool;
    const auto differs = [&](size_t fromEnd) {
        return mask && mask->shape.size() >= fromEnd && mask->shape[mask->shape.size() - fromEnd] != Dim(1) ? 1 : 0;
    };
    return cat(typeLine("T", region.input(0).type), typeLine("M", mask ? mask->type : DType::F32), "#define HAS_MASK ",
               mask ? 1 : 0, "\n#define MASK_ROWS ", differs(2), "\n#define MASK_KEYS ", differs(1),
               "\nDEV float maskTerm(M m, float factor) { return ", logical ? "m" : "num(m) * factor",
               "; }\nDEV float masked(float score, float term) { return ",
               logical ? "term ? score : -__int_as_float(0x7f800000)" : "score + term", "; }\n");
}

Dims maskStrides(const OpCall<ops::Attention>& call) {
    return broadcast(call.in[kMask].dims, stridesOf(call.in[kMask].dims));
}

namespace {

constexpr int64_t kMostColumns = 256;

//! Layout of code/attention_args.cu.
struct AttentionArgs {
    const void *q = nullptr, *k = nullptr, *v = nullptr, *mask = nullptr;
    void* y = nullptr;
    int32_t queries = 0, keys = 0, depth = 0, valueDepth = 0, heads = 0, group = 1;
    int32_t causal = 0;
    float scale = 1;
    int64_t qStride[3] = {}, kStride[3] = {}, vStride[3] = {}, yStride[3] = {};
    int64_t maskStride[4] = {};
    // Read by code/scored_attention.cu alone:
    const void* quantizer = nullptr;
    int64_t column[4] = {};
};

const void* at(const void* base, int64_t offset) {
    return static_cast<const char*>(base) + offset;
}

AttentionArgs argsOf(const OpCall<ops::Attention>& call, const AttentionOperand& q, const AttentionOperand& k,
                     const AttentionOperand& v, const AttentionOperand& y) {
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
    for (size_t i = 0; const AttentionOperand* operand : {&q, &k, &v, &y}) args.column[i++] = operand->stride[3];
    if (call.has(kMask)) {
        const Dims strides = maskStrides(call);
        std::copy(strides.begin(), strides.end(), args.maskStride);
    }
    return args;
}

//! `rows` of queries for a block; shared bytes follow from the arguments.
std::unique_ptr<Launch> prepareAttention(const OpCall<ops::Attention>& call, std::shared_ptr<const Module> module,
                                         const char* kernel, int rows, int threads, int64_t shared, bool aligns) {
    const AttentionOperand q(call.op, Operand::kQuery, call.in[0]), k(call.op, Operand::kKey, call.in[1]),
        v(call.op, Operand::kValue, call.in[2]), y(call.op, Operand::kOutput, call.out[0]);
    const AttentionArgs args = argsOf(call, q, k, v, y);
    if (volumeOf(call.out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
    Grid grid;
    grid.x = (args.queries + rows - 1) / rows;
    grid.y = q.dims[1];
    grid.z = q.dims[0];
    grid.threads = threads;
    grid.shared = shared;
    const bool masked = call.has(kMask), quantized = call.has(kQuantization);
    return makeKernelLaunch(std::move(module), kernel, grid, args,
                            [masked, quantized, aligns, qAt = q.offset, kAt = k.offset, vAt = v.offset](
                                AttentionArgs& a, const LaunchArgs& launch) {
                                a.q = at(launch.inputs[0], qAt);
                                a.k = at(launch.inputs[1], kAt);
                                a.v = at(launch.inputs[2], vAt);
                                a.mask = masked ? launch.inputs[kMask] : nullptr;
                                a.quantizer = quantized ? launch.inputs[kQuantization] : nullptr;
                                a.y = launch.outputs[0];
                                if (aligns) requireAligned({a.q, a.k, a.v, a.y}, "attention");
                            });
}

struct AttentionDef {
    using Op = ops::Attention;
    static constexpr const char* kName = "cuda.attention";
    static constexpr int kWarps = 4;

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (const std::string reason = whyNotAttention(region, op); !reason.empty()) return reason;
        if (const std::string reason = whyNotExact(region); !reason.empty()) return reason;
        const int64_t columns = columnsOf(region, op, Operand::kValue);
        if (columns < 1 || columns > kMostColumns)
            return cat(columns, " columns of values when ", kMostColumns, " are the most");
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }
    static std::string source(const RegionView& region, const Op& op) {
        return cat(maskCode(region), "#define COLUMNS ", (columnsOf(region, op, Operand::kValue) + 31) / 32, "\n",
                   codeText("attention_args"), codeText("attention"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, std::shared_ptr<const Module> module) {
        const int64_t depth = call.in[0].dims[call.op.axesOf(Operand::kQuery)[3]];
        return prepareAttention(call, std::move(module), "attention", kWarps, 32 * kWarps, kWarps * (depth + 32) * 4,
                                false);
    }
};

//! How probabilities become narrow numbers, if they do.
std::string quantizerCode(const RegionView& region, const ops::Attention& op) {
    const Fact* scale = region.anchorInput(kQuantization);
    return cat(typeLine("S", scale ? scale->type : DType::F32), "#define QUANTIZED ", scale ? 1 : 0,
               "\nDEV float rounded(float x) {\n",
               op.quantizeTo == DType::I8 ? "    return fminf(fmaxf(rintf(x), -128.f), 127.f);\n"
                                          : "    f8 y;\n    put(y, x);\n    return num(y);\n",
               "}\n");
}

//! All scores of a row in shared memory.
struct ScoredDef {
    using Op = ops::Attention;
    static constexpr const char* kName = "cuda.scored_attention";
    static constexpr int64_t kMostKeys = 16384;

    static std::string whyNot(const RegionView& region, const Op& op) {
        const Dim& keys = region.input(Operand::kKey).shape[op.axesOf(Operand::kKey)[2]];
        if (keys.isConstant() && keys.constant() > kMostKeys)
            return cat(keys, " keys when ", kMostKeys, " are the most");
        const std::string mask = whyNotMask(region);
        return mask.empty() ? whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16}) : mask;
    }
    static std::string source(const RegionView& region, const Op& op) {
        return cat(maskCode(region), quantizerCode(region, op), "#define SOFTMAX ",
                   op.normalization == ops::AttentionNormalization::Softmax ? 1 : 0, "\n", codeText("over_block"),
                   codeText("attention_args"), codeText("scored_attention"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, std::shared_ptr<const Module> module) {
        const int64_t depth = call.in[0].dims[call.op.axesOf(Operand::kQuery)[3]],
                      keys = call.in[1].dims[call.op.axesOf(Operand::kKey)[2]];
        return prepareAttention(call, std::move(module), "scored_attention", 1, 128, (depth + keys) * 4, false);
    }
};

//! How a block of the kernel on tensor cores (code/attention_tiles.cu) works: so many warps with rows of their own,
//! tiles of so many keys, which so many parts of the block share. Few rows want many small blocks, large tiles, and
//! parts, for tiles are walked over one after the other. Tiles of few keys leave room for many columns. Each shape is a
//! tactic.
struct TilesShape {
    const char* name;
    int warps;
    int64_t keys;
    int parts;
};
constexpr TilesShape kTiles8{"cuda.attention_tiles8", 8, 64, 1}, kTiles4{"cuda.attention_tiles4", 4, 64, 1},
    kTiles2{"cuda.attention_tiles2", 2, 64, 1}, kTiles1{"cuda.attention_tiles1", 1, 64, 1},
    kTiles4Wide{"cuda.attention_tiles4x128", 4, 128, 1}, kTiles2Wide{"cuda.attention_tiles2x128", 2, 128, 1},
    kTiles2WideHalves{"cuda.attention_tiles2x128/2", 2, 128, 2}, kTiles2Halves{"cuda.attention_tiles2/2", 2, 64, 2},
    kTiles2Quarters{"cuda.attention_tiles2/4", 2, 64, 4}, kTiles8Small{"cuda.attention_tiles8x32", 8, 32, 1},
    kTiles4Small{"cuda.attention_tiles4x32", 4, 32, 1}, kTiles2SmallHalves{"cuda.attention_tiles2x32/2", 2, 32, 2};

template <const TilesShape& Tiles>
struct TilesDef {
    using Op = ops::Attention;
    static constexpr const char* kName = Tiles.name;
    static constexpr int64_t kFew = 64, kMany = 128;  // keys of a tile, columns of a head

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (const std::string reason = whyNotTiles(region, op, kMostColumns); !reason.empty()) return reason;
        const int64_t keys = columnsOf(region, op, Operand::kKey), values = columnsOf(region, op, Operand::kValue);
        if (Tiles.keys < kFew && std::max(keys, values) <= kMany) return "columns so few that larger tiles fit";
        if (Tiles.parts > 1 && region.anchorInput(kQuantization)) return "quantized probabilities";
        return Tiles.parts * Tiles.keys * (keys + values) > 2 * kMany * kMany ? kTooLarge : "";
    }
    static std::string whyNotHere(const Target& target, const RegionView& region, const Op& op) {
        const int64_t bytes = sharedBytes(columnsOf(region, op, Operand::kKey), columnsOf(region, op, Operand::kValue));
        return bytes > target.sharedPerBlock ? kTooLarge : "";
    }
    static std::string source(const RegionView& region, const Op& op) {
        return cat(maskCode(region), quantizerCode(region, op), "#define DEPTH ",
                   padded(columnsOf(region, op, Operand::kKey)), "\n#define VALUES ",
                   padded(columnsOf(region, op, Operand::kValue)), "\n#define WARPS ", Tiles.warps, "\n#define PARTS ",
                   Tiles.parts, "\n#define KEYS ", Tiles.keys, "\n", codeText("mma"), codeText("attention_args"),
                   codeText("attention_tiles"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, std::shared_ptr<const Module> module) {
        const auto columns = [&](Operand operand, size_t input) {
            return call.in[input].dims[call.op.axesOf(operand)[3]];
        };
        return prepareAttention(call, std::move(module), "attention_tiles", Tiles.warps * 16,
                                Tiles.warps * Tiles.parts * 32,
                                sharedBytes(columns(Operand::kKey, 1), columns(Operand::kValue, 2)), true);
    }

private:
    static constexpr const char* kTooLarge = "tiles of too much shared memory";

    static int64_t padded(int64_t columns) { return (columns + 15) / 16 * 16; }
    static int64_t sharedBytes(int64_t keyColumns, int64_t valueColumns) {
        constexpr int64_t kGroup = 64, kGroupBytes = 128;
        const int64_t keyGroups = (keyColumns + kGroup - 1) / kGroup,
                      valueGroups = (valueColumns + kGroup - 1) / kGroup;
        return kGroupBytes * (Tiles.warps * 16 * keyGroups + 2 * Tiles.parts * Tiles.keys * (keyGroups + valueGroups));
    }
};

}  // namespace

const Family kAttentionFamily = opFamily<AttentionDef>();
const Family kScoredAttentionFamily = lastFamily<ScoredDef>();
const Family kAttentionTiles1Family = opFamily<TilesDef<kTiles1>>();
const Family kAttentionTiles2Family = opFamily<TilesDef<kTiles2>>();
const Family kAttentionTiles4Family = opFamily<TilesDef<kTiles4>>();
const Family kAttentionTiles8Family = opFamily<TilesDef<kTiles8>>();
const Family kAttentionTiles2WideFamily = opFamily<TilesDef<kTiles2Wide>>();
const Family kAttentionTiles4WideFamily = opFamily<TilesDef<kTiles4Wide>>();
const Family kAttentionTiles2WideHalvesFamily = opFamily<TilesDef<kTiles2WideHalves>>();
const Family kAttentionTiles2HalvesFamily = opFamily<TilesDef<kTiles2Halves>>();
const Family kAttentionTiles2QuartersFamily = opFamily<TilesDef<kTiles2Quarters>>();
const Family kAttentionTiles8SmallFamily = opFamily<TilesDef<kTiles8Small>>();
const Family kAttentionTiles4SmallFamily = opFamily<TilesDef<kTiles4Small>>();
const Family kAttentionTiles2SmallHalvesFamily = opFamily<TilesDef<kTiles2SmallHalves>>();

}  // namespace opentrt::cuda
