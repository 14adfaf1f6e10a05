// SPDX-License-Identifier: Apache-2.0
#include "statistics.h"

#include <cmath>
#include <gtest/gtest.h>

namespace opentrt::tools {
namespace {

TEST(Statistics, MedianOfAnEvenNumberIsTheMiddle) {
    EXPECT_EQ(statisticsOf({4, 1, 3, 2}, {}).median, 2.5F);
    EXPECT_EQ(statisticsOf({5, 1, 3}, {}).median, 3);
}

TEST(Statistics, PercentilesCountFromTheEnd) {
    std::vector<float> values;
    for (int i = 1; i <= 100; ++i) values.push_back(static_cast<float>(101 - i));
    const Statistics s = statisticsOf(values, {0, 50, 90, 99, 100});
    EXPECT_EQ(s.percentiles, (std::vector<float>{1, 50, 90, 99, 100}));
    EXPECT_EQ(statisticsOf({7}, {0, 99}).percentiles, (std::vector<float>{7, 7}));
}

TEST(Statistics, VariationIsOfThePopulation) {
    const Statistics s = statisticsOf({1, 3}, {});
    EXPECT_EQ(s.mean, 2);
    EXPECT_EQ(s.variation, 50);
    EXPECT_EQ(s.min, 1);
    EXPECT_EQ(s.max, 3);
}

TEST(Statistics, NoValuesGiveZeros) {
    const Statistics s = statisticsOf({}, {99});
    EXPECT_EQ(s.median, 0);
    EXPECT_EQ(s.percentiles, std::vector<float>{0});
}

}  // namespace
}  // namespace opentrt::tools
