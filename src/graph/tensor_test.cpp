// SPDX-License-Identifier: Apache-2.0
#include "graph/tensor.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

#include "base/error.h"

namespace opentrt {
namespace {

TEST(Tensor, IsZeroedAndAligned) {
    const Tensor t(DType::F32, {2, 3});
    EXPECT_EQ(t.count(), 6);
    EXPECT_EQ(t.bytes(), 24);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(t.data()) % 64, 0u);
    for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(t.get(i), 0);
    EXPECT_TRUE(Tensor().empty());
    EXPECT_FALSE(Tensor(DType::F32, {0, 3}).empty()) << "no elements, but a tensor";
    EXPECT_EQ(Tensor(DType::F32, {0, 3}).count(), 0);
}

TEST(Tensor, EveryTypeStoresWhatItRoundsTo) {
    for (int i = 0; i < kDTypeCount; ++i) {
        const auto type = static_cast<DType>(i);
        Tensor t(type, {9});
        const double values[] = {0.7, 1.3, 2.6, 3, 5, 1000, 1e9, 0.001, 7.5};
        for (int64_t k = 0; k < 9; ++k) t.set(k, values[k]);
        for (int64_t k = 0; k < 9; ++k) EXPECT_EQ(t.get(k), roundTo(type, values[k])) << name(type) << " " << values[k];
    }
}

TEST(Tensor, NegativeNumbersAndNibblesKeepTheirNeighbours) {
    for (DType type : {DType::I4, DType::F4, DType::I8, DType::F8}) {
        Tensor t(type, {5});
        for (int64_t k = 0; k < 5; ++k) t.set(k, static_cast<double>(k) - 3);
        t.set(1, -4);
        for (int64_t k = 0; k < 5; ++k) EXPECT_EQ(t.get(k), k == 1 ? -4 : static_cast<double>(k) - 3) << name(type);
    }
    Tensor low(DType::I4, {2});
    low.setInt(0, 1);
    low.setInt(1, -1);
    EXPECT_EQ(low.as<uint8_t>()[0], 0xf1) << "low nibble first";
}

TEST(Tensor, IntegersOf64BitsAreExact) {
    Tensor t(DType::I64, {2});
    t.setInt(0, INT64_MAX);
    t.setInt(1, INT64_MIN);
    EXPECT_EQ(t.toInts(), (std::vector<int64_t>{INT64_MAX, INT64_MIN}));
    Tensor small(DType::I8, {1});
    small.setInt(0, 1000);
    EXPECT_EQ(small.getInt(0), 127);
}

TEST(Tensor, CopiesShareBytesAndSharedBytesDoNotChange) {
    Tensor a = Tensor::of(DType::F32, {2}, std::vector<double>{1, 2});
    const Tensor b = a;
    EXPECT_EQ(a.data(), b.data());
    EXPECT_THROW(a.mutableData(), Error);
    const float outside[] = {5, 6};
    Tensor borrowed = Tensor::borrow(DType::F32, {2}, outside);
    EXPECT_EQ(borrowed.get(1), 6);
    EXPECT_THROW(borrowed.mutableData(), Error);
}

TEST(Tensor, BorrowedTensorsKeepTheirOwner) {
    auto owner = std::make_shared<std::vector<float>>(2, 3.0f);
    std::weak_ptr<std::vector<float>> watch = owner;
    Tensor t = Tensor::borrow(DType::F32, {2}, owner->data(), owner);
    owner.reset();
    EXPECT_FALSE(watch.expired());
    EXPECT_EQ(t.get(1), 3);
    t = Tensor();
    EXPECT_TRUE(watch.expired());
}

TEST(Tensor, CastFollowsTheCastOperator) {
    const Tensor reals = Tensor::of(DType::F32, {5}, std::vector<double>{-1.9, 0, 1.9, 1e9, -0.5});
    EXPECT_EQ(reals.cast(DType::I32).toInts(), (std::vector<int64_t>{-1, 0, 1, 1000000000, 0}));
    EXPECT_EQ(reals.cast(DType::I8).toInts(), (std::vector<int64_t>{-1, 0, 1, 127, 0}));
    EXPECT_EQ(reals.cast(DType::Bool).toInts(), (std::vector<int64_t>{1, 0, 1, 1, 1}));
    const Tensor integers = Tensor::of(DType::I64, {3}, std::vector<int64_t>{300, -1, int64_t{1} << 32});
    EXPECT_EQ(integers.cast(DType::U8).toInts(), (std::vector<int64_t>{44, 255, 0}));
    EXPECT_EQ(integers.cast(DType::I32).toInts(), (std::vector<int64_t>{300, -1, 0}));
    EXPECT_EQ(integers.cast(DType::F16).toDoubles(), (std::vector<double>{300, -1, INFINITY}));
    EXPECT_EQ(integers.cast(DType::I4).toInts(), (std::vector<int64_t>{-4, -1, 0}));
    EXPECT_EQ(reals.cast(DType::F32).data(), reals.data()) << "nothing to do";
}

TEST(Tensor, RoundsManyFloatsAsOneByOne) {
    std::vector<char> bytes(4 * 70000 + 1);
    for (uint32_t i = 0; i < 70000; ++i) {
        const uint32_t bits = i * 61357u;  // every exponent and sign
        std::memcpy(&bytes[1 + 4 * static_cast<size_t>(i)], &bits, sizeof bits);
    }
    const Tensor floats = Tensor::borrow(DType::F32, {70000}, bytes.data() + 1);  // between the places of floats
    for (const DType type : {DType::F16, DType::BF16}) {
        const Tensor rounded = floats.cast(type);
        for (int64_t i = 0; i < floats.count(); ++i) {
            float value;
            std::memcpy(&value, static_cast<const char*>(floats.data()) + 4 * i, sizeof value);
            Tensor one(type, {1});
            one.set(0, value);
            if (std::isnan(value)) {
                ASSERT_TRUE(std::isnan(rounded.get(i))) << i;
            } else {
                ASSERT_EQ(rounded.as<uint16_t>()[i], one.as<uint16_t>()[0]) << value;
            }
        }
    }
}

TEST(Tensor, ReshapeSharesBytesAndChecksTheVolume) {
    const Tensor t(DType::F32, {2, 3});
    EXPECT_EQ(t.reshaped({6}).data(), t.data());
    EXPECT_THROW(t.reshaped({7}), Error);
}

TEST(Tensor, ComparesBits) {
    Tensor plus(DType::F32, {1}), minus(DType::F32, {1});
    EXPECT_TRUE(plus.sameBits(minus));
    minus.set(0, -0.0);
    EXPECT_FALSE(plus.sameBits(minus));
    EXPECT_FALSE(plus.sameBits(plus.reshaped({1, 1})));
    EXPECT_NE(contentHash(plus), contentHash(minus));
    EXPECT_NE(contentHash(plus), contentHash(plus.reshaped({1, 1})));
}

TEST(Tensor, RefusesImpossibleDimensions) {
    EXPECT_THROW(Tensor(DType::F32, {-1}), Error);
    EXPECT_THROW(Tensor(DType::F32, {INT64_MAX, 2}), Error);
    EXPECT_THROW(Tensor(DType::F32, {INT64_MAX}), Error);
    EXPECT_THROW(Tensor(DType::I8, {INT64_MAX}), Error);
    EXPECT_EQ(volumeOf({INT64_MAX, 2, 0}), 0);
    EXPECT_EQ(stridesOf({2, 3, 4}), (std::vector<int64_t>{12, 4, 1}));
}

}  // namespace
}  // namespace opentrt
