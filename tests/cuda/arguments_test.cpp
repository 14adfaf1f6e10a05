// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/arguments.h"

#include <gtest/gtest.h>

#include "backends/cuda/target.h"
#include "base/error.h"

namespace opentrt::cuda {
namespace {

uint32_t quotient(uint32_t n, const Divisor& v) {
    return static_cast<uint32_t>(((uint64_t{n} * v.magic >> 32) + n) >> v.shift);
}

TEST(Divisor, DividesAsIntegersDo) {
    for (const int64_t d : {1, 2, 3, 5, 7, 8, 31, 56, 641, 1000, 65535, 65536, 1 << 20, (1 << 30) + 1}) {
        const Divisor divisor(d);
        for (const int64_t n :
             {int64_t{0}, int64_t{1}, d - 1, d, d + 1, 7 * d - 1, int64_t{1234567}, int64_t{INT32_MAX}}) {
            if (n > INT32_MAX) continue;
            EXPECT_EQ(quotient(static_cast<uint32_t>(n), divisor), n / d) << n << " / " << d;
        }
    }
}

TEST(Walk, MergesDimensionsThatAreOneForAllOperands) {
    Walk walk{{2, 3, 1, 4}, {{12, 4, 4, 1}, {0, 0, 0, 1}}};
    walk.simplify();
    EXPECT_EQ(walk.dims, (Dims{6, 4}));
    EXPECT_EQ(walk.strides[0], (Dims{4, 1}));
    EXPECT_EQ(walk.strides[1], (Dims{0, 1}));
}

TEST(Strides, OfChannelsLastAreThoseOfTheMemory) {
    EXPECT_EQ(stridesIn(Format::Linear, {2, 3, 4, 5}), (Dims{60, 20, 5, 1}));
    EXPECT_EQ(stridesIn(Format::Nhwc, {2, 3, 4, 5}), (Dims{60, 1, 15, 3}));
    EXPECT_EQ(memoryOrder(Format::Nhwc, 4), (std::vector<size_t>{0, 2, 3, 1}));
}

TEST(Target, ComesBackFromItsText) {
    const Target target{90, 132, 232448, 233472, 62914560, "NVIDIA H200"};
    EXPECT_EQ(str(parseTarget(str(target))), str(target));
    EXPECT_EQ(target.arch(), "sm_90a");
    EXPECT_THROW(parseTarget("cpu generic"), Error);
    EXPECT_THROW(parseTarget("cuda sm_90 multiprocessors=none shared=1 sharedAll=1 l2=1 x"), Error);
}

}  // namespace
}  // namespace opentrt::cuda
