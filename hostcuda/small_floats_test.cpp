// SPDX-License-Identifier: Apache-2.0
// The host types for narrow floats. Encodings were compared with those of the CUDA 13.0 headers over all values.
#include <cmath>
#include <cstring>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp4.h>
#include <cuda_fp8.h>
#include <gtest/gtest.h>
#include <limits>

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

template <class T>
T fromBits(unsigned bits) {
    T value;
    const auto byte = static_cast<decltype(value.__x)>(bits);
    std::memcpy(&value, &byte, sizeof byte);
    return value;
}

// Every value of the format comes back from its own float, and halfway values go to the even neighbour.
template <class T>
void roundTrip(unsigned count) {
    for (unsigned bits = 0; bits < count; ++bits) {
        const float value = fromBits<T>(bits);
        if (std::isnan(value) || std::isinf(value)) continue;
        ASSERT_EQ(bits, static_cast<unsigned>(T(value).__x)) << value;
    }
    for (unsigned bits = 0; bits + 1 < count / 2; ++bits) {
        const float low = fromBits<T>(bits), high = fromBits<T>(bits + 1);
        if (std::isnan(high) || std::isinf(high)) continue;
        ASSERT_EQ(bits % 2 ? bits + 1 : bits, static_cast<unsigned>(T(low / 2 + high / 2).__x)) << low << " " << high;
    }
}

}  // namespace

TEST(SmallFloats, RoundTripAndRoundToEven) {
    roundTrip<__half>(65536);
    roundTrip<__nv_bfloat16>(65536);
    roundTrip<__nv_fp8_e4m3>(256);
    roundTrip<__nv_fp8_e5m2>(256);
    roundTrip<__nv_fp4_e2m1>(16);
}

TEST(SmallFloats, KnowTheirRanges) {
    EXPECT_EQ(65504.0f, float(__half(65504.0f)));
    EXPECT_EQ(infinity, float(__half(65536.0f)));
    EXPECT_EQ(infinity, float(__nv_bfloat16(infinity)));
    EXPECT_EQ(448.0f, float(__nv_fp8_e4m3(1e6f)));
    EXPECT_EQ(-448.0f, float(__nv_fp8_e4m3(-infinity)));
    EXPECT_EQ(57344.0f, float(__nv_fp8_e5m2(1e6f)));
    EXPECT_EQ(6.0f, float(__nv_fp4_e2m1(100.0f)));
    EXPECT_EQ(-0.5f, float(__nv_fp4_e2m1(-0.4f)));
    EXPECT_TRUE(std::isnan(float(__half(NAN))));
    EXPECT_TRUE(std::isnan(float(__nv_bfloat16(NAN))));
    EXPECT_TRUE(std::isnan(float(__nv_fp8_e4m3(NAN))));
}

TEST(SmallFloats, Calculate) {
    const __half a(1.5f), b(2.25f);
    EXPECT_EQ(3.75f, float(a + b));
    EXPECT_EQ(3.375f, __half2float(a * b));
    EXPECT_TRUE(a < b);
    EXPECT_EQ(0x3e00, __half_as_ushort(a));
    EXPECT_EQ(1.5f, float(__ushort_as_half(0x3e00)));
    __nv_bfloat16 c(3.0f);
    c += __nv_bfloat16(1.0f);
    EXPECT_EQ(4.0f, __bfloat162float(c));
}
