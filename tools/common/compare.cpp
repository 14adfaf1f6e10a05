// SPDX-License-Identifier: Apache-2.0
#include "compare.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "files.h"

namespace opentrt::tools {

Tolerance readTolerance(const std::string& metaFile) {
    Tolerance tolerance;
    if (!std::filesystem::exists(metaFile)) return tolerance;
    try {
        const auto text = readFile(metaFile);
        const nlohmann::json meta = nlohmann::json::parse(text.begin(), text.end());
        tolerance.atol = meta.value("atol", tolerance.atol);
        tolerance.rtol = meta.value("rtol", tolerance.rtol);
        if (meta.contains("of_range")) {
            const auto& part = meta.at("of_range");
            tolerance.ofRange = Tolerance::OfRange{part.at("mean"), part.at("max"), part.value("range_floor", 0.0)};
        }
    } catch (const nlohmann::json::exception& e) {
        throw std::runtime_error(metaFile + ": " + e.what());
    }
    return tolerance;
}

Difference compare(const HostTensor& got, const HostTensor& expected, const Tolerance& tolerance) {
    Difference result;
    if (got.dims != expected.dims) {
        result.problem = "shape is " + str(got.dims) + " when it should be " + str(expected.dims);
        return result;
    }
    const int64_t count = volume(expected.dims);
    double low = std::numeric_limits<double>::infinity(), high = -low, worst = -1, sum = 0;
    result.close = true;
    for (int64_t i = 0; i < count; ++i) {
        const double a = getElement(got.type, got.bytes.data(), i);
        const double b = getElement(expected.type, expected.bytes.data(), i);
        if (std::isfinite(b)) {
            low = std::min(low, b);
            high = std::max(high, b);
        }
        if (a == b || (std::isnan(a) && std::isnan(b))) continue;
        double error = std::fabs(a - b);
        if (!std::isfinite(error)) error = std::numeric_limits<double>::infinity();
        const double excess = tolerance.ofRange ? error : error - (tolerance.atol + tolerance.rtol * std::fabs(b));
        if (!tolerance.ofRange && !(excess <= 0)) result.close = false;
        sum += error;
        result.maxAbs = std::max(result.maxAbs, error);
        if (b != 0) result.maxRel = std::max(result.maxRel, error / std::fabs(b));
        if (result.worst < 0 || excess > worst) {
            worst = excess;
            result.worst = i;
            result.got = a;
            result.expected = b;
        }
    }
    result.meanAbs = count ? sum / static_cast<double>(count) : 0;
    if (tolerance.ofRange) {
        const double range = std::max(high - low, tolerance.ofRange->floor);
        result.close =
            result.meanAbs <= tolerance.ofRange->mean * range && result.maxAbs <= tolerance.ofRange->max * range;
    }
    return result;
}

std::string describe(const Difference& difference) {
    if (!difference.problem.empty()) return difference.problem;
    char text[160];
    std::snprintf(text, sizeof text, "max abs %.3g, max rel %.3g, mean abs %.3g", difference.maxAbs, difference.maxRel,
                  difference.meanAbs);
    if (difference.close) return text;
    char where[120];
    std::snprintf(where, sizeof where, "; element %lld is %.9g when it should be %.9g",
                  static_cast<long long>(difference.worst), difference.got, difference.expected);
    return std::string(text) + where;
}

}  // namespace opentrt::tools
