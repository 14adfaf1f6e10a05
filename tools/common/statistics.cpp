// SPDX-License-Identifier: Apache-2.0
#include "statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace opentrt::tools {
namespace {

// The smallest value that leaves at least the share 1 - percent/100 of all values behind it.
size_t percentileIndex(size_t count, float percent) {
    const auto n = static_cast<int64_t>(count);
    const auto behind = static_cast<int64_t>((100.0 - percent) * static_cast<double>(n) / 100);
    return static_cast<size_t>(std::max<int64_t>(n - 1 - behind, 0));
}

}  // namespace

Statistics statisticsOf(std::vector<float> values, const std::vector<float>& percents) {
    Statistics s;
    s.percentiles.resize(percents.size());
    if (values.empty()) return s;
    std::sort(values.begin(), values.end());
    const size_t n = values.size();
    s.min = values.front();
    s.max = values.back();
    s.median = n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(n);
    double squares = 0;
    for (const float v : values) squares += (v - mean) * (v - mean);
    s.mean = static_cast<float>(mean);
    s.variation = mean != 0 ? static_cast<float>(100 * std::sqrt(squares / static_cast<double>(n)) / mean) : 0;
    for (size_t i = 0; i < percents.size(); ++i) s.percentiles[i] = values[percentileIndex(n, percents[i])];
    return s;
}

}  // namespace opentrt::tools
