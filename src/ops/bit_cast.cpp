// SPDX-License-Identifier: Apache-2.0
#include "ops/bit_cast.h"

#include <bit>

#include "base/error.h"
#include "base/half.h"
#include "ops/support/check.h"

namespace opentrt::ops {
namespace {

struct BitTypeRow {
    int bits;
    DType held;
    bool isSigned;
};
constexpr BitTypeRow kRows[] = {
    {8, DType::Bool, false},  {8, DType::I8, true},    {8, DType::U8, false},   {16, DType::F16, false},
    {16, DType::BF16, false}, {16, DType::I32, true},  {16, DType::I32, false}, {32, DType::F32, false},
    {32, DType::I32, true},   {32, DType::I64, false}, {64, DType::F32, false}, {64, DType::I64, true},
    {64, DType::I64, false},
};
static_assert(std::size(kRows) == std::size(kBitTypeNames));

const BitTypeRow& rowOf(BitType type) {
    return kRows[static_cast<size_t>(type)];
}

//! A backend that computes halves in f32 holds them there.
std::vector<DType> holders(BitType type) {
    const DType held = rowOf(type).held;
    return held == DType::F16 || held == DType::BF16 ? std::vector{held, DType::F32} : std::vector{held};
}

uint64_t bitsAt(const Tensor& x, int64_t i, BitType type) {
    switch (type) {
        case BitType::F16:
            return floatToF16(static_cast<float>(x.get(i)));
        case BitType::BF16:
            return floatToBf16(static_cast<float>(x.get(i)));
        case BitType::F32:
            return std::bit_cast<uint32_t>(static_cast<float>(x.get(i)));
        case BitType::F64:
            return std::bit_cast<uint64_t>(x.get(i));
        default:
            return static_cast<uint64_t>(x.getInt(i));
    }
}

void setBits(Tensor& y, int64_t i, BitType type, uint64_t bits) {
    const BitTypeRow& row = rowOf(type);
    const int unused = 64 - row.bits;
    switch (type) {
        case BitType::Bool:
            return y.setInt(i, (bits << unused) != 0 ? 1 : 0);
        case BitType::F16:
            return y.set(i, f16ToFloat(static_cast<uint16_t>(bits)));
        case BitType::BF16:
            return y.set(i, bf16ToFloat(static_cast<uint16_t>(bits)));
        case BitType::F32:
            return y.set(i, std::bit_cast<float>(static_cast<uint32_t>(bits)));
        case BitType::F64:
            return y.set(i, std::bit_cast<double>(bits));
        default:
            // Shifted up and down again, so that the sign is spread or what lies above goes.
            if (row.isSigned) return y.setInt(i, static_cast<int64_t>(bits << unused) >> unused);
            return y.setInt(i, static_cast<int64_t>(bits << unused >> unused));
    }
}

}  // namespace

void BitCast::infer(InferContext& c) const {
    const BitTypeRow &a = rowOf(from), &b = rowOf(to);
    requireType(c, 0, holders(from));
    requireTypeIn(c, "type", type, holders(to));
    if (a.bits != b.bits) c.fail(cat("elements of ", a.bits, " bits cannot be read as elements of ", b.bits));
    c.output(0, type, c.shape(0));
}

void BitCast::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    Tensor& y = c.output(0, x.dims());
    for (int64_t i = 0; i < x.count(); ++i) setBits(y, i, to, bitsAt(x, i, from));
}

}  // namespace opentrt::ops
