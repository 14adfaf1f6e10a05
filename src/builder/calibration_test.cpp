// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <gtest/gtest.h>

#include "builder/calibration_ranges.h"

namespace opentrt::builder {
namespace {

using nvinfer1::CalibrationAlgoType;

TEST(CalibrationRanges, FollowValuesThatGrow) {
    Histogram histogram;
    const std::vector<float> small(100, 0.5F), large{-64, INFINITY, NAN};
    histogram.add(small.data(), 100);
    EXPECT_FLOAT_EQ(static_cast<float>(histogram.max()), 0.5F);
    histogram.add(large.data(), 3);
    EXPECT_EQ(histogram.max(), 64);
    EXPECT_NEAR(histogram.quantile(0.9), 0.5, 64.0 / 1024);
    EXPECT_EQ(histogram.quantile(1), 64);
}

TEST(CalibrationRanges, CountZerosAsCovered) {
    Histogram histogram;
    std::vector<float> values(1000, 0.0F);
    values[0] = 8;
    EXPECT_EQ(histogram.leastLoss(), 0);
    histogram.add(values.data(), 999);
    EXPECT_LT(histogram.quantile(0.9), 0.1);
    EXPECT_EQ(histogram.quantile(1), 8);
}

TEST(CalibrationRanges, CutOffWhatIsRare) {
    Histogram histogram;
    std::vector<float> values;
    for (int i = -20000; i <= 20000; ++i) {
        const double x = i / 5000.0;
        for (int n = 0; n < 100 * std::exp(-x * x / 2); ++n) values.push_back(static_cast<float>(x));
    }
    values.push_back(100);
    histogram.add(values.data(), static_cast<int64_t>(values.size()));
    EXPECT_LT(histogram.leastLoss(), 20);
    EXPECT_GT(histogram.leastLoss(), 2);
}

TEST(CalibrationRanges, KeepWhatIsSpreadEvenly) {
    Histogram histogram;
    std::vector<float> values;
    for (int i = 1; i <= 100000; ++i) values.push_back(static_cast<float>(i) / 100);
    histogram.add(values.data(), static_cast<int64_t>(values.size()));
    EXPECT_GT(histogram.leastLoss(), 990);
}

TEST(CalibrationRanges, AreWrittenAsBitsOfScalesAndReadBack) {
    const Ranges ranges{{"in: put", 1.0F}, {"zero", 0.0F}, {"y", 127.0F}};
    const auto algorithm = CalibrationAlgoType::kENTROPY_CALIBRATION_2;
    const std::string text = cacheText(ranges, algorithm);
    EXPECT_EQ(text, "TRT-101600-EntropyCalibration2\nin: put: 3c010204\ny: 3f800000\nzero: 0\n");
    const auto read = parseCache(text, algorithm);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->size(), 3);
    EXPECT_NEAR(read->at("in: put"), 1, 1e-6);
    EXPECT_TRUE(parseCache("TRT-8601-EntropyCalibration2\ny: 3f800000", algorithm));
}

TEST(CalibrationRanges, AreNotReadFromOtherTexts) {
    const auto algorithm = CalibrationAlgoType::kENTROPY_CALIBRATION_2;
    for (const char* text :
         {"", "TRT-", "TRT-8601", "TRT-8601-MinMaxCalibration\ny: 3f800000\n", "TRT-8601-EntropyCalibration\n",
          "y: 3f800000\n", "TRT-8601-EntropyCalibration2\ny 3f800000\n", "TRT-8601-EntropyCalibration2\ny: 3f80000g\n",
          "TRT-8601-EntropyCalibration2\ny: 3f8000000\n", "TRT-8601-EntropyCalibration2\ny: 7f800000\n",
          "TRT-8601-EntropyCalibration2\ny: bf800000\n", "TRT-8601-EntropyCalibration2\ny: \n"}) {
        EXPECT_FALSE(parseCache(text, algorithm)) << text;
    }
}

}  // namespace
}  // namespace opentrt::builder
