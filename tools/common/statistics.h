// SPDX-License-Identifier: Apache-2.0
// The numbers of a performance summary. Tested by statistics_test.cpp.
#pragma once
#include <cstdint>
#include <vector>

namespace opentrt::tools {

struct Statistics {
    float min = 0, max = 0, mean = 0, median = 0;
    std::vector<float> percentiles;  //!< in the order asked for
    float variation = 0;             //!< standard deviation of the population, percent of the mean
};
//! All zero for no values. `percents` are in [0, 100].
Statistics statisticsOf(std::vector<float> values, const std::vector<float>& percents);

}  // namespace opentrt::tools
