// SPDX-License-Identifier: Apache-2.0
#include "base/phases.h"

#include <algorithm>
#include <cmath>

#include "base/cat.h"

namespace opentrt {

const char* Phases::enter(const char* name) {
    const Clock::time_point at = Clock::now();
    const auto find = [&](const char* wanted) {
        return std::find_if(seconds_.begin(), seconds_.end(), [&](const auto& phase) { return phase.first == wanted; });
    };
    if (now_) find(now_)->second += std::chrono::duration<double>(at - since_).count();
    if (name && find(name) == seconds_.end()) seconds_.emplace_back(name, 0);
    since_ = at;
    return std::exchange(now_, name);
}

std::string Phases::text() {
    constexpr double kLeast = 0.0005;
    enter(now_);
    std::string text;
    for (const auto& [name, seconds] : seconds_) {
        if (seconds < kLeast) continue;
        text += cat(text.empty() ? "" : ", ", name, " ", std::round(seconds * 1e3) / 1e3, " s");
    }
    return text;
}

double Phases::secondsOf(std::string_view name) {
    enter(now_);
    for (const auto& [phase, seconds] : seconds_) {
        if (phase == name) return seconds;
    }
    return 0;
}

}  // namespace opentrt
