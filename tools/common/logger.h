// SPDX-License-Identifier: Apache-2.0
// Where the library's messages go: standard error, from a severity on. Errors are kept, so that a program can say why a
// call failed.
#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "NvInferRuntime.h"

namespace opentrt::tools {

class Logger : public nvinfer1::ILogger {
public:
    explicit Logger(Severity least = Severity::kWARNING) : least_(least) {}
    void log(Severity severity, const char* message) noexcept override;

    //! The errors since the last call, one a line.
    std::string takeErrors();

private:
    Severity least_;
    std::mutex mutex_;
    std::string errors_;
};

//! Takes over what a call of the library returned. Throws std::runtime_error with `what` and the errors logged when it
//! is null.
template <class T>
std::unique_ptr<T> need(T* object, Logger& logger, const std::string& what);
//! Likewise for calls that return false.
void need(bool ok, Logger& logger, const std::string& what);

template <class T>
std::unique_ptr<T> need(T* object, Logger& logger, const std::string& what) {
    need(object != nullptr, logger, what);
    return std::unique_ptr<T>(object);
}

}  // namespace opentrt::tools
