// SPDX-License-Identifier: Apache-2.0
// From the values that a tensor took to the range that INT8 shall cover: a histogram of magnitudes that is filled batch
// by batch, and the rules of the kinds of calibrators on it. Tested by calibration_test.cpp.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "NvInfer.h"

namespace opentrt::builder {

//! Counts of |x| in bins of one width. A value beyond the last bin doubles the width, so one pass over the data is
//! enough. Zeros are counted apart: every scale has them exactly. What is not finite is left out.
class Histogram {
public:
    static constexpr size_t kBins = 2048;

    void add(const float* values, int64_t count);
    double max() const { return max_; }
    //! The least magnitude that this share of all values does not exceed, to the width of a bin.
    double quantile(double share) const;
    //! The magnitude at which cutting off loses the least information (Kullback-Leibler divergence between the values
    //! and their 128 levels).
    double leastLoss() const;

private:
    void widenTo(double magnitude);
    double lossAt(size_t bins) const;

    std::array<int64_t, kBins> bins_{};
    int64_t zeros_ = 0;
    double width_ = 0;
    double max_ = 0;
};

//! Greatest magnitudes by tensor.
using Ranges = std::map<std::string, float>;

//! The name of a kind of calibrator in caches and messages.
const char* algorithmName(nvinfer1::CalibrationAlgoType algorithm);

//! The text of a calibration cache: a line that tells version and algorithm, then for each tensor its name and the bits
//! of its scale, which is range / 127, in hexadecimal digits.
std::string cacheText(const Ranges& ranges, nvinfer1::CalibrationAlgoType algorithm);
//! Nothing when the text is no cache of this algorithm. The version does not matter.
std::optional<Ranges> parseCache(std::string_view text, nvinfer1::CalibrationAlgoType algorithm);

}  // namespace opentrt::builder
