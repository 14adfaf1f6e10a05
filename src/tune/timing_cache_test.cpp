// SPDX-License-Identifier: Apache-2.0
#include "tune/timing_cache.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace opentrt {
namespace {

TimingCache filled() {
    TimingCache cache("device");
    cache.put("problem a", "tactic 1", 1.5f);
    cache.put("problem a", "tactic 2", 2.5f);
    cache.put("problem b", "tactic 1", 3.5f);
    cache.putCode("key", Tensor::of<uint8_t>(DType::U8, {3}, {1, 2, 3}));
    return cache;
}

TEST(TimingCache, ReadsBackWhatItWrote) {
    const std::vector<uint8_t> bytes = filled().serialize();
    const TimingCache again = TimingCache::parse(bytes.data(), bytes.size(), "device", false);
    EXPECT_EQ(again.size(), 3u);
    EXPECT_EQ(again.find("problem a", "tactic 2"), 2.5f);
    EXPECT_FALSE(again.find("problem b", "tactic 2"));
    const auto code = again.findCode("key");
    ASSERT_TRUE(code);
    EXPECT_EQ(contentHash(*code), contentHash(Tensor::of<uint8_t>(DType::U8, {3}, {1, 2, 3})));
    EXPECT_FALSE(again.findCode("another key"));
    EXPECT_EQ(again.serialize(), bytes);
}

TEST(TimingCache, RefusesAnotherDeviceUnlessTold) {
    const std::vector<uint8_t> bytes = filled().serialize();
    EXPECT_THROW(TimingCache::parse(bytes.data(), bytes.size(), "other", false), Error);
    EXPECT_EQ(TimingCache::parse(bytes.data(), bytes.size(), "other", true).size(), 3u);
}

TEST(TimingCache, RefusesDamage) {
    const std::vector<uint8_t> good = filled().serialize();
    for (size_t size = 1; size < good.size(); ++size) {
        EXPECT_THROW(TimingCache::parse(good.data(), size, "device", true), Error) << size;
    }
    for (size_t at = 0; at < good.size(); ++at) {
        std::vector<uint8_t> bad = good;
        bad[at] ^= 1;
        EXPECT_THROW(TimingCache::parse(bad.data(), bad.size(), "device", true), Error) << at;
    }
}

TEST(TimingCache, CombinesAndKeepsItsOwnTimesOnAClash) {
    TimingCache mine("device"), other("device");
    mine.put("p", "t", 1);
    other.put("p", "t", 2);
    other.put("p", "u", 3);
    other.putCode("key", Tensor::of<uint8_t>(DType::U8, {1}, {1}));
    EXPECT_TRUE(mine.combine(other, false));
    EXPECT_EQ(mine.find("p", "t"), 1.0f);
    EXPECT_EQ(mine.find("p", "u"), 3.0f);
    EXPECT_TRUE(mine.findCode("key"));
    EXPECT_FALSE(mine.combine(TimingCache("elsewhere"), false));
}

}  // namespace
}  // namespace opentrt
