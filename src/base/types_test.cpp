// SPDX-License-Identifier: Apache-2.0
// The oracle is the definition: the list of all numbers of a format, and for a given real number the nearest of them.
#include "base/types.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include "base/error.h"
#include "base/half.h"

namespace opentrt {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

//! All finite non-negative numbers of a format in ascending order; the index is the bit pattern.
std::vector<double> numbers(int exponentBits, int mantissaBits, int bias, int count) {
    std::vector<double> all;
    for (int code = 0; code < count; ++code) {
        const int exponent = code >> mantissaBits;
        const int mantissa = code & ((1 << mantissaBits) - 1);
        EXPECT_LT(exponent, 1 << exponentBits);
        const double fraction = std::ldexp(mantissa, -mantissaBits);
        all.push_back(exponent == 0 ? std::ldexp(fraction, 1 - bias) : std::ldexp(1 + fraction, exponent - bias));
    }
    return all;
}

struct Format {
    DType type;
    std::vector<double> numbers;
    double overflow;  //!< what a number beyond the largest by more than half a step becomes
};

std::vector<Format> formats() {
    return {{DType::F16, numbers(5, 10, 15, 0x7c00), kInfinity},
            {DType::BF16, numbers(8, 7, 127, 0x7f80), kInfinity},
            {DType::F8, numbers(4, 3, 7, 0x7f), 448},
            {DType::F4, numbers(2, 1, 1, 8), 6}};
}

TEST(Types, NumbersEqualThePublicEnumeration) {
    EXPECT_EQ(static_cast<int>(DType::F32), 0);
    EXPECT_EQ(static_cast<int>(DType::I64), 8);
    EXPECT_EQ(static_cast<int>(DType::E8M0), kDTypeCount - 1);
}

TEST(Types, NamesReadBack) {
    for (int i = 0; i < kDTypeCount; ++i) {
        const auto type = static_cast<DType>(i);
        EXPECT_EQ(dtypeFromName(name(type)), type);
    }
    EXPECT_EQ(dtypeFromName("f33"), std::nullopt);
    EXPECT_EQ(name(DType::F8), "f8e4m3");
}

TEST(Types, BytesRoundUpForNibbles) {
    EXPECT_EQ(bytesFor(DType::I4, 3), 2);
    EXPECT_EQ(bytesFor(DType::F4, 4), 2);
    EXPECT_EQ(bytesFor(DType::F32, 3), 12);
    EXPECT_EQ(bytesFor(DType::Bool, 3), 3);
    EXPECT_THROW(bytesFor(DType::F32, std::numeric_limits<int64_t>::max()), Error);
}

TEST(Types, NumbersOfAFormatAreKept) {
    for (const auto& format : formats())
        for (double number : format.numbers) {
            EXPECT_EQ(roundTo(format.type, number), number);
            EXPECT_EQ(roundTo(format.type, -number), -number);
        }
}

TEST(Types, RoundsToTheNearestNumberAndTiesToEven) {
    for (const auto& format : formats()) {
        const auto& all = format.numbers;
        for (size_t code = 0; code + 1 < all.size(); ++code) {
            const double middle = (all[code] + all[code + 1]) / 2;
            const double even = code % 2 == 0 ? all[code] : all[code + 1];
            EXPECT_EQ(roundTo(format.type, middle), even) << name(format.type) << " code " << code;
            EXPECT_EQ(roundTo(format.type, std::nextafter(middle, 0)), all[code]);
            EXPECT_EQ(roundTo(format.type, -std::nextafter(middle, kInfinity)), -all[code + 1]);
        }
        const double last = all.back();
        const double limit = last + (last - all[all.size() - 2]) / 2;
        EXPECT_EQ(roundTo(format.type, std::nextafter(limit, 0)), last);
        EXPECT_EQ(roundTo(format.type, std::nextafter(limit, kInfinity)), format.overflow);
        EXPECT_EQ(roundTo(format.type, -kInfinity), -format.overflow);
    }
}

TEST(Types, FastConversionsAgreeWithTheDefinition) {
    std::mt19937 random(1);
    for (int i = 0; i < 2000000; ++i) {
        const auto value = std::bit_cast<float>(static_cast<uint32_t>(random()));
        if (std::isnan(value)) continue;
        ASSERT_EQ(f16ToFloat(floatToF16(value)), roundTo(DType::F16, value)) << value;
        ASSERT_EQ(bf16ToFloat(floatToBf16(value)), roundTo(DType::BF16, value)) << value;
        ASSERT_EQ(f8ToFloat(floatToF8(value)), roundTo(DType::F8, value)) << value;
    }
}

TEST(Types, AllPatternsSurviveTheFastConversions) {
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto pattern = static_cast<uint16_t>(bits);
        const float half = f16ToFloat(pattern);
        const float brain = bf16ToFloat(pattern);
        if (!std::isnan(half)) {
            ASSERT_EQ(floatToF16(half), pattern);
        }
        if (!std::isnan(brain)) {
            ASSERT_EQ(floatToBf16(brain), pattern);
        }
    }
    for (uint32_t bits = 0; bits < 0x100; ++bits) {
        const auto pattern = static_cast<uint8_t>(bits);
        if (!std::isnan(f8ToFloat(pattern))) {
            ASSERT_EQ(floatToF8(f8ToFloat(pattern)), pattern);
        }
    }
    const auto all = formats();
    for (size_t code = 0; code < all[0].numbers.size(); ++code)
        ASSERT_EQ(f16ToFloat(static_cast<uint16_t>(code)), all[0].numbers[code]);
    for (size_t code = 0; code < all[2].numbers.size(); ++code)
        ASSERT_EQ(f8ToFloat(static_cast<uint8_t>(code)), all[2].numbers[code]);
}

TEST(Types, FastConversionsRoundMiddlesToEven) {
    for (const auto& format : formats())
        for (size_t code = 0; code + 1 < format.numbers.size(); ++code) {
            const auto middle = static_cast<float>((format.numbers[code] + format.numbers[code + 1]) / 2);
            const double expected = roundTo(format.type, middle);
            if (format.type == DType::F16) {
                ASSERT_EQ(f16ToFloat(floatToF16(middle)), expected);
            }
            if (format.type == DType::BF16) {
                ASSERT_EQ(bf16ToFloat(floatToBf16(middle)), expected);
            }
            if (format.type == DType::F8) {
                ASSERT_EQ(f8ToFloat(floatToF8(middle)), expected);
            }
        }
}

TEST(Types, NanStaysNan) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(f16ToFloat(floatToF16(nan))));
    EXPECT_TRUE(std::isnan(bf16ToFloat(floatToBf16(nan))));
    EXPECT_TRUE(std::isnan(f8ToFloat(floatToF8(nan))));
    // A NaN whose payload lies only in the bits that are cut off.
    EXPECT_TRUE(std::isnan(bf16ToFloat(floatToBf16(std::bit_cast<float>(0x7f800001u)))));
    EXPECT_TRUE(std::isnan(f16ToFloat(floatToF16(std::bit_cast<float>(0x7f800001u)))));
    for (DType type : {DType::F32, DType::F16, DType::BF16, DType::F8, DType::E8M0})
        EXPECT_TRUE(std::isnan(roundTo(type, nan)));
}

TEST(Types, IntegersRoundToEvenAndSaturate) {
    EXPECT_EQ(roundTo(DType::I8, 2.5), 2);
    EXPECT_EQ(roundTo(DType::I8, -3.5), -4);
    EXPECT_EQ(roundTo(DType::I8, 1000), 127);
    EXPECT_EQ(roundTo(DType::I8, -kInfinity), -128);
    EXPECT_EQ(roundTo(DType::U8, -1), 0);
    EXPECT_EQ(roundTo(DType::I4, 9), 7);
    EXPECT_EQ(roundTo(DType::I32, 3e9), 2147483647);
    EXPECT_LT(roundTo(DType::I64, 1e30), 0x1p63);
    EXPECT_EQ(roundTo(DType::I32, std::nan("")), 0);
    EXPECT_EQ(roundTo(DType::Bool, 0.1), 1);
    EXPECT_FALSE(std::signbit(roundTo(DType::I8, -0.2)));
}

TEST(Types, E8m0HoldsPowersOfTwoOnly) {
    EXPECT_EQ(roundTo(DType::E8M0, 1), 1);
    EXPECT_EQ(roundTo(DType::E8M0, 2.9), 2);
    EXPECT_EQ(roundTo(DType::E8M0, 3.1), 4);
    EXPECT_EQ(roundTo(DType::E8M0, 0), 0x1p-127);
    EXPECT_EQ(roundTo(DType::E8M0, kInfinity), 0x1p127);
    EXPECT_TRUE(std::isnan(roundTo(DType::E8M0, -1)));
}

}  // namespace
}  // namespace opentrt
