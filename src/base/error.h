// SPDX-License-Identifier: Apache-2.0
// The one exception of the house. It ends a build or a call; it is thrown inside, caught once at each public entry
// point and turned into a log line, an entry of the error recorder, and null or false.
#pragma once
#include <source_location>
#include <stdexcept>
#include <string>

namespace opentrt {

//! Same numbers as nvinfer1::ErrorCode.
enum class ErrorCode : int32_t {
    Success,
    Unspecified,
    Internal,
    InvalidArgument,
    InvalidConfig,
    FailedAllocation,
    FailedInitialization,
    FailedExecution,
    FailedComputation,
    InvalidState,
    Unsupported,
};

class Error : public std::runtime_error {
public:
    Error(ErrorCode code, std::string layer, std::string message,
          std::source_location where = std::source_location::current());

    ErrorCode code() const noexcept { return code_; }
    //! Name of the layer or tensor at fault; empty when there is none. what() already holds it.
    const std::string& layer() const noexcept { return layer_; }
    const std::source_location& where() const noexcept { return where_; }

private:
    ErrorCode code_;
    std::string layer_;
    std::source_location where_;
};

//! Pieces joined into one message: `cat("axis is ", axis, " when rank is ", rank)`.
template <class... Parts>
std::string cat(const Parts&... parts);

//! A broken promise of our own code; the message tells the user to report it.
[[noreturn]] void internalError(const std::string& message,
                                std::source_location where = std::source_location::current());
inline void check(bool ok, const char* what, std::source_location where = std::source_location::current()) {
    if (!ok) internalError(what, where);
}

}  // namespace opentrt

#include "base/cat.h"
