// SPDX-License-Identifier: Apache-2.0
#include "logger.h"

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace opentrt::tools {

void Logger::log(Severity severity, const char* message) noexcept {
    const std::lock_guard lock(mutex_);
    if (severity <= Severity::kERROR) errors_ += std::string(errors_.empty() ? "" : "\n") + message;
    if (severity <= least_) std::fprintf(stderr, "[%c] %s\n", "FEWIV"[static_cast<int>(severity)], message);
}

std::string Logger::takeErrors() {
    const std::lock_guard lock(mutex_);
    return std::exchange(errors_, {});
}

void need(bool ok, Logger& logger, const std::string& what) {
    if (ok) return;
    const std::string why = logger.takeErrors();
    throw std::runtime_error(what + (why.empty() ? " failed" : " failed: " + why));
}

}  // namespace opentrt::tools
