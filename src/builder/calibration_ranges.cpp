// SPDX-License-Identifier: Apache-2.0
#include "builder/calibration_ranges.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/error.h"

namespace opentrt::builder {

namespace {

using nvinfer1::CalibrationAlgoType;

constexpr size_t kLevels = 128;  // of magnitude in INT8
constexpr size_t kStep = 8;      // between the thresholds that are tried, in bins
constexpr float kTop = 127;
constexpr double kTrace = 1e-4;  // counts that stand for nothing, whose logarithm would be infinite

}  // namespace

void Histogram::widenTo(double magnitude) {
    if (width_ == 0) {
        width_ = magnitude / (kBins - 1);
        return;
    }
    while (magnitude >= width_ * kBins) {
        for (size_t b = 0; b < kBins / 2; ++b) bins_[b] = bins_[2 * b] + bins_[2 * b + 1];
        std::fill(bins_.begin() + kBins / 2, bins_.end(), 0);
        width_ *= 2;
    }
}

void Histogram::add(const float* values, int64_t count) {
    double top = 0;
    for (int64_t i = 0; i < count; ++i) {
        const double magnitude = std::fabs(values[i]);
        if (std::isfinite(magnitude)) top = std::max(top, magnitude);
    }
    max_ = std::max(max_, top);
    if (top > 0) widenTo(top);
    for (int64_t i = 0; i < count; ++i) {
        const double magnitude = std::fabs(values[i]);
        if (magnitude == 0) ++zeros_;
        if (magnitude == 0 || !std::isfinite(magnitude)) continue;
        ++bins_[std::min(static_cast<size_t>(magnitude / width_), kBins - 1)];
    }
}

double Histogram::quantile(double share) const {
    int64_t all = zeros_;
    for (const int64_t n : bins_) all += n;
    int64_t covered = zeros_;
    for (size_t b = 0; b < kBins; ++b) {
        covered += bins_[b];
        if (static_cast<double>(covered) >= share * static_cast<double>(all)) {
            return std::min(max_, width_ * static_cast<double>(b + 1));
        }
    }
    return max_;
}

//! The divergence when values from bin `bins` on are cut off to the last bin before it.
double Histogram::lossAt(size_t bins) const {
    int64_t all = 0, cut = 0;
    for (size_t b = 0; b < kBins; ++b) (b < bins ? all : cut) += bins_[b];
    if (all == 0) return INFINITY;
    double loss = 0;
    for (size_t l = 0; l < kLevels; ++l) {
        const size_t from = l * bins / kLevels, to = (l + 1) * bins / kLevels;
        int64_t sum = 0, used = 0;
        for (size_t b = from; b < to; ++b) {
            sum += bins_[b];
            used += bins_[b] > 0;
        }
        for (size_t b = from; b < to; ++b) {
            const double given =
                static_cast<double>(bins_[b] + (b + 1 == bins ? cut : 0)) / static_cast<double>(all + cut);
            if (given == 0) continue;
            // All that was cut off may have come to a bin that held nothing, which no level stands for.
            const double level = bins_[b] > 0 ? static_cast<double>(sum) / static_cast<double>(used) : kTrace;
            const double kept = level / static_cast<double>(all);
            loss += given * std::log(given / kept);
        }
    }
    return loss;
}

double Histogram::leastLoss() const {
    if (max_ == 0) return 0;
    size_t best = kBins;
    double least = lossAt(kBins);
    for (size_t bins = kBins - kStep; bins >= kLevels; bins -= kStep) {
        const double loss = lossAt(bins);
        if (loss >= least) continue;
        least = loss;
        best = bins;
    }
    return std::min(max_, width_ * static_cast<double>(best));
}

const char* algorithmName(CalibrationAlgoType algorithm) {
    switch (algorithm) {
        case CalibrationAlgoType::kLEGACY_CALIBRATION:
            return "LegacyCalibration";
        case CalibrationAlgoType::kENTROPY_CALIBRATION:
            return "EntropyCalibration";
        case CalibrationAlgoType::kENTROPY_CALIBRATION_2:
            return "EntropyCalibration2";
        case CalibrationAlgoType::kMINMAX_CALIBRATION:
            return "MinMaxCalibration";
    }
    throw Error(ErrorCode::InvalidArgument, "",
                cat("the calibrator has the algorithm ", static_cast<int32_t>(algorithm), " when 0 to 3 are known"));
}

std::string cacheText(const Ranges& ranges, CalibrationAlgoType algorithm) {
    std::string text = cat("TRT-", NV_TENSORRT_VERSION, "-", algorithmName(algorithm), "\n");
    for (const auto& [name, range] : ranges) {
        char digits[9];
        std::snprintf(digits, sizeof digits, "%x", std::bit_cast<uint32_t>(range / kTop));
        text += cat(name, ": ", digits, "\n");
    }
    return text;
}

std::optional<Ranges> parseCache(std::string_view text, CalibrationAlgoType algorithm) {
    const auto nextLine = [&text] {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return line;
    };
    const std::string_view title = nextLine();
    const size_t dash = title.find('-', std::min<size_t>(4, title.size()));
    if (title.substr(0, 4) != "TRT-" || dash == title.npos || title.substr(dash + 1) != algorithmName(algorithm))
        return {};
    Ranges ranges;
    while (!text.empty()) {
        const std::string_view line = nextLine();
        if (line.empty()) continue;
        const size_t colon = line.rfind(": ");
        if (colon == line.npos) return {};
        uint32_t bits = 0;
        const char* const end = line.data() + line.size();
        const auto [stop, error] = std::from_chars(line.data() + colon + 2, end, bits, 16);
        const float scale = std::bit_cast<float>(bits);
        if (error != std::errc() || stop != end || !std::isfinite(scale) || scale < 0) return {};
        ranges.emplace(line.substr(0, colon), scale * kTop);
    }
    return ranges;
}

}  // namespace opentrt::builder
