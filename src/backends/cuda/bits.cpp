// SPDX-License-Identifier: Apache-2.0
// Operators on the bits of elements, and rounding to formats that no tensor has. Tested by the conformance cases.
#include "backends/cuda/elements.h"
#include "ops/bit_cast.h"
#include "ops/bitwise.h"
#include "ops/round_float.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/bits.cu.
struct BitsArgs {
    const void *x = nullptr, *other = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Places places;
    PerDim xStride, otherStride;
};

std::string bitsSource(DType from, DType to, const std::string& before, const std::string& body) {
    return cat(codeText("elements"), typeLine("T", from), typeLine("R", to), codeText("bits"), before,
               "DEV void result(const Args& a, u32 i, R& y) {\n", body, "}\n");
}

template <class Op>
std::unique_ptr<Launch> bitsLaunch(const OpCall<Op>& call, BitsArgs args, Code code) {
    return elementLaunch(std::move(code), "bits", args, volumeOf(call.out[0].dims),
                         [two = call.in.size() > 1](BitsArgs& a, const LaunchArgs& launch) {
                             a.x = launch.inputs[0];
                             if (two) a.other = launch.inputs[1];
                             a.y = launch.outputs[0];
                         });
}

struct BitCastDef {
    using Op = ops::BitCast;
    static constexpr const char* kName = "cuda.bit_cast";

    static std::string whyNot(const RegionView&, const Op&) { return {}; }
    static std::string source(const RegionView& region, const Op& op) {
        return bitsSource(
            region.input(0).type, op.type, {},
            cat("    const auto x = num(a.x[i]);\n    u64 bits = ", bitsOf(op.from), ";\n", valueOf(op.to)));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        return bitsLaunch(call, {}, std::move(code));
    }

private:
    static std::string bitsOf(ops::BitType from) {
        switch (from) {
            case ops::BitType::F16:
                return "0;\n    f16 half;\n    put(half, x);\n    bits = half.bits";
            case ops::BitType::BF16:
                return "0;\n    bf16 half;\n    put(half, x);\n    bits = half.bits";
            case ops::BitType::F32:
                return "__float_as_uint(x)";
            case ops::BitType::F64:
                return "(u64)__double_as_longlong((double)x)";
            default:
                return "(u64)x";
        }
    }
    static std::string valueOf(ops::BitType to) {
        using ops::BitType;
        switch (to) {
            case BitType::Bool:
                return "    put(y, (i64)((bits & 255) != 0));\n";
            case BitType::F16:
                return "    f16 out;\n    out.bits = (u16)bits;\n    put(y, num(out));\n";
            case BitType::BF16:
                return "    bf16 out;\n    out.bits = (u16)bits;\n    put(y, num(out));\n";
            case BitType::F32:
                return "    put(y, __uint_as_float((u32)bits));\n";
            case BitType::F64:
                return "    put(y, (float)__longlong_as_double((i64)bits));\n";
            case BitType::I8:
                return "    put(y, (i64)(i8)bits);\n";
            case BitType::U8:
                return "    put(y, (i64)(u8)bits);\n";
            case BitType::I16:
                return "    put(y, (i64)(short)bits);\n";
            case BitType::U16:
                return "    put(y, (i64)(u16)bits);\n";
            case BitType::I32:
                return "    put(y, (i64)(i32)bits);\n";
            case BitType::U32:
                return "    put(y, (i64)(u32)bits);\n";
            default:
                return "    put(y, (i64)bits);\n";
        }
    }
};

struct BitwiseDef {
    using Op = ops::Bitwise;
    static constexpr const char* kName = "cuda.bitwise";

    static std::string whyNot(const RegionView& region, const Op&) { return whyNotPlaces(region.output(0).shape); }
    static std::string source(const RegionView& region, const Op& op) {
        const DType type = region.input(0).type;
        const char* sign = op.operation == ops::BitwiseOperation::And  ? "&"
                           : op.operation == ops::BitwiseOperation::Or ? "|"
                                                                       : "^";
        return bitsSource(
            type, type, {},
            cat("    i64 p = 0, q = 0;\n    eachDim(a.places, i, [&](int d, i64 place) {\n        p += place "
                "* a.xStride.v[d];\n        q += place * a.otherStride.v[d];\n    });\n    put(y, "
                "num(a.x[p]) ",
                sign, " num(a.other[q]));\n"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        BitsArgs args;
        args.places = Places(call.out[0].dims);
        args.xStride = PerDim(broadcast(call.in[0].dims, stridesOf(call.in[0].dims)));
        args.otherStride = PerDim(broadcast(call.in[1].dims, stridesOf(call.in[1].dims)));
        return bitsLaunch(call, args, std::move(code));
    }
};

struct RoundFloatDef {
    using Op = ops::RoundFloat;
    static constexpr const char* kName = "cuda.round_float";

    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }
    static std::string source(const RegionView& region, const Op& op) {
        // Bits of the mantissa, least exponent of normal numbers, largest number; fnuz: neither infinities nor -0.
        const char* format =
            op.format == ops::FloatFormat::E5M2       ? "2\n#define LEAST_EXPONENT -14\n#define LARGEST 57344.0"
            : op.format == ops::FloatFormat::E4M3Fnuz ? "3\n#define LEAST_EXPONENT -7\n#define LARGEST 240.0"
                                                      : "2\n#define LEAST_EXPONENT -15\n#define LARGEST 57344.0";
        const std::string defines =
            cat("#define MANTISSA ", format, "\n#define FNUZ ", op.format == ops::FloatFormat::E5M2 ? 0 : 1,
                "\n#define SATURATE ", op.saturate ? 1 : 0, "\n", codeText("round_float"));
        return bitsSource(region.input(0).type, region.input(0).type, defines, "    put(y, roundedTo(num(a.x[i])));\n");
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        return bitsLaunch(call, {}, std::move(code));
    }
};

}  // namespace

const Family kBitCastFamily = opFamily<BitCastDef>();
const Family kBitwiseFamily = opFamily<BitwiseDef>();
const Family kRoundFloatFamily = opFamily<RoundFloatDef>();

}  // namespace opentrt::cuda
