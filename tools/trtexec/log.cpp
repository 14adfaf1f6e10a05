// SPDX-License-Identifier: Apache-2.0
#include "log.h"

#include <cstdio>
#include <ctime>

#include "NvInferVersion.h"

namespace trtexec {

void Log::log(Severity severity, const char* message) noexcept {
    if (wants(severity)) write(severity, std::string("[TRT] ") + message);
}

void Log::write(Severity severity, const std::string& message) noexcept {
    const std::lock_guard lock(mutex_);
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, "%m/%d/%Y-%H:%M:%S", &local);
    std::FILE* out = severity >= Severity::kINFO ? stdout : stderr;
    std::fprintf(out, "[%s] [%c] %s\n", stamp, "FEWIV"[static_cast<int>(severity)], message.c_str());
    std::fflush(out);
}

Log& theLog() {
    static Log log;
    return log;
}

TestLines::TestLines(int argc, char** argv) {
    constexpr int kVersion = NV_TENSORRT_MAJOR * 10000 + NV_TENSORRT_MINOR * 100 + NV_TENSORRT_PATCH;
    rest_ =
        " TensorRT.trtexec [TensorRT v" + std::to_string(kVersion) + "] [b" + std::to_string(NV_TENSORRT_BUILD) + "] #";
    for (int i = 0; i < argc; ++i) rest_ += std::string(" ") + argv[i];
}

int TestLines::passed() const {
    print("PASSED");
    return 0;
}

int TestLines::failed() const {
    print("FAILED");
    return 1;
}

void TestLines::print(const char* word) const {
    std::printf("&&&& %s%s\n", word, rest_.c_str());
    std::fflush(stdout);
}

}  // namespace trtexec
