// SPDX-License-Identifier: Apache-2.0
#include "base/types.h"

#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace opentrt {
namespace {

struct Traits {
    std::string_view name;
    int32_t bits;
    bool isFloat;
    bool isInteger;
};

constexpr std::array<Traits, kDTypeCount> kTraits{{
    {"f32", 32, true, false},
    {"f16", 16, true, false},
    {"i8", 8, false, true},
    {"i32", 32, false, true},
    {"bool", 8, false, false},
    {"u8", 8, false, true},
    {"f8e4m3", 8, true, false},
    {"bf16", 16, true, false},
    {"i64", 64, false, true},
    {"i4", 4, false, true},
    {"f4", 4, true, false},
    {"f8e8m0", 8, true, false},
}};

const Traits& traits(DType type) {
    const auto index = static_cast<size_t>(type);
    check(index < kTraits.size(), "element type out of range");
    return kTraits[index];
}

//! Rounds to a binary format: `mantissa` stored bits, smallest normal exponent `minExponent`. Exact, because both the
//! quotient by a power of two and the rounded integer are representable.
double roundMantissa(double value, int mantissa, int minExponent) {
    if (value == 0 || !std::isfinite(value)) return value;
    const int exponent = std::max(std::ilogb(value), minExponent);
    const int unit = exponent - mantissa;
    return std::ldexp(std::nearbyint(std::ldexp(value, -unit)), unit);
}

double overflowTo(double value, double limit, double replacement) {
    return std::fabs(value) > limit ? std::copysign(replacement, value) : value;
}

double roundE8M0(double value) {
    if (std::isnan(value) || value < 0) return std::numeric_limits<double>::quiet_NaN();
    if (value >= 0x1p127) return 0x1p127;
    if (value <= 0x1p-127) return 0x1p-127;
    // The codes are the exponents + 127; a tie (1.5 * 2^e) goes to the even code, as for the other formats.
    const int exponent = std::ilogb(value);
    const double fraction = std::ldexp(value, -exponent);
    const bool up = fraction > 1.5 || (fraction == 1.5 && (exponent + 127) % 2 != 0);
    return std::ldexp(1.0, std::min(exponent + (up ? 1 : 0), 127));
}

double roundInteger(double value, double low, double high) {
    if (std::isnan(value)) return 0;
    return std::fmin(std::fmax(std::nearbyint(value), low), high) + 0.0;  // + 0.0: no negative zero
}

}  // namespace

std::string_view name(DType type) {
    return traits(type).name;
}

std::optional<DType> dtypeFromName(std::string_view text) {
    for (size_t i = 0; i < kTraits.size(); ++i)
        if (kTraits[i].name == text) return static_cast<DType>(i);
    return std::nullopt;
}

int32_t bitsOf(DType type) {
    return traits(type).bits;
}

int64_t bytesFor(DType type, int64_t count) {
    const int64_t bits = bitsOf(type);
    if (bits < 8) return count / 2 + count % 2;
    int64_t bytes = 0;
    if (__builtin_mul_overflow(count, bits / 8, &bytes))
        throw Error(ErrorCode::InvalidArgument, "", cat("a tensor of ", count, " elements is too large"));
    return bytes;
}

bool isFloat(DType type) {
    return traits(type).isFloat;
}
bool isInteger(DType type) {
    return traits(type).isInteger;
}

double roundTo(DType type, double value) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    switch (type) {
        case DType::F32:
            return static_cast<double>(static_cast<float>(value));
        case DType::F16:
            return overflowTo(roundMantissa(value, 10, -14), 65504, infinity);
        case DType::BF16:
            return overflowTo(roundMantissa(value, 7, -126), 0x1.fep127, infinity);
        case DType::F8:
            return overflowTo(roundMantissa(value, 3, -6), 448, 448);
        case DType::F4:
            return std::isnan(value) ? 6.0 : overflowTo(roundMantissa(value, 1, 0), 6, 6);
        case DType::E8M0:
            return roundE8M0(value);
        case DType::Bool:
            return value != 0 ? 1 : 0;
        case DType::I4:
            return roundInteger(value, -8, 7);
        case DType::I8:
            return roundInteger(value, -128, 127);
        case DType::U8:
            return roundInteger(value, 0, 255);
        case DType::I32:
            return roundInteger(value, -0x1p31, 0x1p31 - 1);
        // The largest double below 2^63: 2^63 itself is not an i64.
        case DType::I64:
            return roundInteger(value, -0x1p63, 0x1.fffffffffffffp62);
    }
    internalError("element type out of range");
}

}  // namespace opentrt
