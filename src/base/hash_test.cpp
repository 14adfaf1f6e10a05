// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <bit>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace opentrt {
namespace {

TEST(Hash, ValuesNeverChange) {
    // Timing caches and plans hold these numbers: another result here would orphan every stored file.
    EXPECT_EQ(hashText(""), 0x8b03ccff75a68d18u);
    EXPECT_EQ(hashText("Softmax{axis=1}"), 0x96f6e2176867456cu);
    EXPECT_EQ(hashText(std::string(1000, 'x'), 7), 0x7e55d6bdd765faf2u);
}

TEST(Hash, EveryPrefixLengthAndSeedDiffers) {
    const std::string zeros(300, '\0');
    std::set<uint64_t> seen;
    for (size_t size = 0; size <= zeros.size(); ++size)
        for (uint64_t seed = 0; seed < 8; ++seed) seen.insert(hashBytes(zeros.data(), size, seed));
    EXPECT_EQ(seen.size(), 301u * 8u);
}

TEST(Hash, OneFlippedBitFlipsHalfOfTheResult) {
    for (size_t size : {1u, 8u, 9u, 31u, 32u, 33u, 64u, 200u}) {
        std::string bytes(size, 'a');
        const uint64_t before = hashText(bytes);
        double flipped = 0;
        for (size_t bit = 0; bit < size * 8; ++bit) {
            bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
            const int changed = std::popcount(before ^ hashText(bytes));
            EXPECT_GT(changed, 8) << "size " << size << " bit " << bit;
            flipped += changed;
            bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
        }
        EXPECT_NEAR(flipped / static_cast<double>(size * 8), 32, 6) << "size " << size;
    }
}

TEST(Hash, CombineDependsOnOrder) {
    EXPECT_NE(hashCombine(1, 2), hashCombine(2, 1));
    EXPECT_NE(hashCombine(0, 0), hashCombine(0, 1));
}

}  // namespace
}  // namespace opentrt
