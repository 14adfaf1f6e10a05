// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/number_formats.h"

#include <cmath>
#include <gtest/gtest.h>

namespace opentrt::model {

TEST(NumberFormats, EveryHalfSurvivesTheRoundTrip) {
    for (uint32_t bits = 0; bits < 0x10000U; ++bits) {
        const float value = halfToFloat(static_cast<uint16_t>(bits));
        if (std::isnan(value)) continue;
        ASSERT_EQ(floatToHalf(value), bits) << value;
    }
}

TEST(NumberFormats, EveryFp8SurvivesTheRoundTrip) {
    for (uint32_t bits = 0; bits < 0x100U; ++bits) {
        const float value = fp8ToFloat(static_cast<uint8_t>(bits));
        if (std::isnan(value)) continue;
        ASSERT_EQ(floatToFp8(value), bits) << value;
    }
}

TEST(NumberFormats, ReadsFp4AndPowersOfTwo) {
    const float values[] = {0, 0.5F, 1, 1.5F, 2, 3, 4, 6};
    for (uint8_t bits = 0; bits < 8; ++bits) {
        EXPECT_EQ(fp4ToFloat(bits), values[bits]);
        EXPECT_EQ(fp4ToFloat(static_cast<uint8_t>(bits | 8U)), -values[bits]);
    }
    EXPECT_EQ(e8m0ToFloat(127), 1.0F);
    EXPECT_EQ(e8m0ToFloat(0), std::ldexp(1.0F, -127));
    EXPECT_TRUE(std::isnan(e8m0ToFloat(255)));
}

TEST(NumberFormats, ReadsFloatsOfEightBitsThatNetworksLack) {
    EXPECT_EQ(fp8WideToFloat(0x7B), 57344.0F);
    EXPECT_EQ(fp8WideToFloat(0x81), -std::ldexp(1.0F, -16));
    EXPECT_EQ(fp8WideToFloat(0xFC), -INFINITY);
    EXPECT_EQ(fnuz43ToFloat(0x7F), 240.0F);
    EXPECT_EQ(fnuz43ToFloat(0x81), -std::ldexp(1.0F, -10));
    EXPECT_EQ(fnuz52ToFloat(0xFF), -57344.0F);
    EXPECT_EQ(fnuz52ToFloat(0x01), std::ldexp(1.0F, -17));
    EXPECT_TRUE(std::isnan(fnuz43ToFloat(0x80)) && std::isnan(fnuz52ToFloat(0x80)));
    for (int bits = 0; bits < 256; ++bits) {
        for (const float value : {fnuz43ToFloat(static_cast<uint8_t>(bits)), fnuz52ToFloat(static_cast<uint8_t>(bits))})
            EXPECT_TRUE(std::isnan(value) || halfToFloat(floatToHalf(value)) == value) << value;
    }
}

TEST(NumberFormats, HalfRoundsToNearestEven) {
    EXPECT_EQ(floatToHalf(1.0F + 1.0F / 2048), floatToHalf(1.0F));
    EXPECT_EQ(floatToHalf(1.0F + 3.0F / 2048), floatToHalf(1.0F + 2.0F / 1024));
    EXPECT_EQ(floatToHalf(65519.0F), 0x7BFFU);
    EXPECT_EQ(floatToHalf(65520.0F), 0x7C00U);
    EXPECT_EQ(floatToHalf(-1e9F), 0xFC00U);
    EXPECT_EQ(halfToFloat(0x0001U), std::ldexp(1.0F, -24));
    EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(NAN))));
}

TEST(NumberFormats, BfloatRoundsToNearestEvenAndKeepsSpecials) {
    EXPECT_EQ(bfloatToFloat(floatToBfloat(1.0F + 1.0F / 256)), 1.0F);
    EXPECT_EQ(bfloatToFloat(floatToBfloat(1.0F + 3.0F / 256)), 1.0F + 4.0F / 256);
    EXPECT_EQ(bfloatToFloat(floatToBfloat(INFINITY)), INFINITY);
    EXPECT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(NAN))));
}

TEST(NumberFormats, Fp8Saturates) {
    EXPECT_EQ(fp8ToFloat(floatToFp8(1e6F)), 448.0F);
    EXPECT_EQ(fp8ToFloat(floatToFp8(-1e6F)), -448.0F);
    EXPECT_TRUE(std::isnan(fp8ToFloat(floatToFp8(NAN))));
}

}  // namespace opentrt::model
