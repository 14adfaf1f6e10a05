// SPDX-License-Identifier: Apache-2.0
#include "profiler.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "common/statistics.h"
#include "export.h"

namespace trtexec {
namespace {

float totalOf(const std::vector<Profiler::Layer>& layers) {
    float total = 0;
    for (const auto& layer : layers) total += layer.total();
    return total;
}

std::string row(const std::string& total, const std::string& average, const std::string& median,
                const std::string& share, const std::string& name) {
    char text[64];
    std::snprintf(text, sizeof text, "%11s%13s%13s%10s   ", total.c_str(), average.c_str(), median.c_str(),
                  share.c_str());
    return text + name;
}

std::string fixed(float value, int decimals) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", decimals, static_cast<double>(value));
    return text;
}

}  // namespace

float Profiler::Layer::total() const {
    return std::accumulate(ms.begin(), ms.end(), 0.0F);
}

float Profiler::Layer::median() const {
    return opentrt::tools::statisticsOf(ms, {}).median;
}

void Profiler::reportLayerTime(const char* name, float ms) noexcept {
    if (layers_.empty() || layers_[0].name == name) {
        ++runs_;
        next_ = 0;
    }
    // Layers come in the same order on every run; one that is not the next is searched for.
    if (next_ >= layers_.size() || layers_[next_].name != name) {
        const auto at = std::find_if(layers_.begin(), layers_.end(), [&](const Layer& l) { return l.name == name; });
        next_ = static_cast<size_t>(at - layers_.begin());
        if (at == layers_.end()) layers_.push_back({name, {}});
    }
    layers_[next_++].ms.push_back(ms);
}

std::vector<std::string> Profiler::table() const {
    const float all = totalOf(layers_);
    const auto runs = static_cast<float>(std::max(runs_, 1));
    std::vector<std::string> lines{"=== Profile (" + std::to_string(runs_) + " iterations ) ===",
                                   row("Time(ms)", "Avg.(ms)", "Median(ms)", "Time(%)", "Layer")};
    float medians = 0;
    for (const Layer& layer : layers_) {
        const float total = layer.total();
        if (total == 0) continue;
        medians += layer.median();
        lines.push_back(row(fixed(total, 2), fixed(total / runs, 4), fixed(layer.median(), 4),
                            fixed(100 * total / all, 1), layer.name));
    }
    lines.push_back(row(fixed(all, 2), fixed(all / runs, 4), fixed(medians, 4), fixed(all > 0 ? 100 : 0, 1), "Total"));
    lines.emplace_back("");
    return lines;
}

void Profiler::exportJson(const std::string& file) const {
    const float all = totalOf(layers_);
    std::vector<std::string> records{"{\"count\": " + std::to_string(runs_) + "}"};
    for (const Layer& layer : layers_) {
        const float total = layer.total();
        records.push_back(jsonRecord({{"name", jsonText(layer.name)},
                                      {"timeMs", jsonNumber(total)},
                                      {"averageMs", jsonNumber(total / static_cast<float>(std::max(runs_, 1)))},
                                      {"medianMs", jsonNumber(layer.median())},
                                      {"percentage", jsonNumber(all > 0 ? 100 * total / all : 0)}}));
    }
    writeRecords(file, records);
}

}  // namespace trtexec
