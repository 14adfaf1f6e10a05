// SPDX-License-Identifier: Apache-2.0
#include "tensor.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <stdexcept>

namespace opentrt::tools {
namespace {

using nvinfer1::DataType;
constexpr double kInf = std::numeric_limits<double>::infinity();

//! What is left of a value in a type, and the bits that hold it.
double through(DataType type, double value, uint32_t* bits = nullptr) {
    uint64_t store = 0;
    setElement(type, &store, 0, value);
    if (bits) *bits = static_cast<uint32_t>(store);
    return getElement(type, &store, 0);
}

TEST(Tensor, RoundsHalfToNearestEven) {
    uint32_t bits = 0;
    EXPECT_EQ(through(DataType::kHALF, 1, &bits), 1);
    EXPECT_EQ(bits, 0x3C00U);
    EXPECT_EQ(through(DataType::kHALF, -2, &bits), -2);
    EXPECT_EQ(bits, 0xC000U);
    EXPECT_EQ(through(DataType::kHALF, 2049), 2048);
    EXPECT_EQ(through(DataType::kHALF, 2051), 2052);
    EXPECT_EQ(through(DataType::kHALF, 65504), 65504);
    EXPECT_EQ(through(DataType::kHALF, 65519), 65504);
    EXPECT_EQ(through(DataType::kHALF, 65520), kInf);
    EXPECT_EQ(through(DataType::kHALF, std::ldexp(1, -24)), std::ldexp(1, -24));
    EXPECT_EQ(through(DataType::kHALF, std::ldexp(1, -26)), 0);
    EXPECT_TRUE(std::isnan(through(DataType::kHALF, std::nan(""))));
}

TEST(Tensor, EveryCodeOfSmallFloatsComesBack) {
    for (const DataType type : {DataType::kHALF, DataType::kBF16, DataType::kFP8}) {
        for (uint32_t code = 0; code < 1U << bitsOf(type); ++code) {
            const double value = getElement(type, &code, 0);
            if (std::isnan(value)) continue;
            uint32_t bits = 0;
            EXPECT_EQ(through(type, value, &bits), value);
            EXPECT_EQ(bits, code) << typeName(type);
        }
    }
}

TEST(Tensor, TypesWithoutInfinitySaturate) {
    EXPECT_EQ(through(DataType::kFP8, 1e9), 448);
    EXPECT_EQ(through(DataType::kFP8, -kInf), -448);
    EXPECT_TRUE(std::isnan(through(DataType::kFP8, std::nan(""))));
    EXPECT_EQ(through(DataType::kFP4, 100), 6);
    EXPECT_EQ(through(DataType::kFP4, 0.5), 0.5);
    EXPECT_EQ(through(DataType::kINT8, 300), 127);
    EXPECT_EQ(through(DataType::kINT4, -100), -8);
    EXPECT_EQ(through(DataType::kUINT8, -1), 0);
    EXPECT_EQ(through(DataType::kBOOL, 7), 1);
    EXPECT_EQ(through(DataType::kE8M0, 8), 8);
}

TEST(Tensor, PacksTwoNibblesAByteLowFirst) {
    uint8_t bytes[2] = {};
    for (int i = 0; i < 3; ++i) setElement(DataType::kINT4, bytes, i, i - 1);
    EXPECT_EQ(bytes[0], 0x0F);
    EXPECT_EQ(bytes[1], 0x01);
    EXPECT_EQ(getInteger(DataType::kINT4, bytes, 0), -1);
    EXPECT_EQ(bytesOf(DataType::kINT4, 3), 2);
}

TEST(Tensor, ConvertsValuesAndNamesWhatDoesNotFit) {
    HostTensor tensor{"x", DataType::kINT64, {2}, std::vector<uint8_t>(16)};
    setElement(tensor.type, tensor.bytes.data(), 0, -5);
    setElement(tensor.type, tensor.bytes.data(), 1, 300);
    const HostTensor narrow = converted(tensor, DataType::kINT32);
    EXPECT_EQ(getInteger(DataType::kINT32, narrow.bytes.data(), 1), 300);
    try {
        converted(tensor, DataType::kUINT8);
        FAIL();
    } catch (const std::runtime_error& e) {
        EXPECT_NE(std::strstr(e.what(), "tensor x holds -5"), nullptr) << e.what();
    }
}

TEST(Tensor, KeepsLargeIntegersExact) {
    const int64_t large = (int64_t{1} << 62) + 1;
    EXPECT_EQ(getInteger(DataType::kINT64, &large, 0), large);
    HostTensor tensor{"x", DataType::kINT64, {1}, std::vector<uint8_t>(8)};
    std::memcpy(tensor.bytes.data(), &large, sizeof large);
    EXPECT_EQ(converted(tensor, DataType::kINT64).bytes, tensor.bytes);
    EXPECT_EQ(describe(tensor), "x: int64 1");
}

}  // namespace
}  // namespace opentrt::tools
