// SPDX-License-Identifier: Apache-2.0
// The one exception of the house. It ends a build or a call; it is thrown inside, caught once at each public entry
// point and turned into a log line, an entry of the error recorder, and null or false.
#pragma once
#include <cstdint>
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

//! Place in the code of whoever calls a function that has `SourceLocation where = SourceLocation::current()` as its
//! last argument. Stands in for std::source_location, which clang 14 lacks.
struct SourceLocation {
    const char* file;
    int line;
    static constexpr SourceLocation current(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
        return {file, line};
    }
};

class Error : public std::runtime_error {
public:
    Error(ErrorCode code, std::string layer, std::string message, SourceLocation where = SourceLocation::current());

    ErrorCode code() const noexcept { return code_; }
    //! Name of the layer or tensor at fault; empty when there is none. what() already holds it.
    const std::string& layer() const noexcept { return layer_; }
    const SourceLocation& where() const noexcept { return where_; }

private:
    ErrorCode code_;
    std::string layer_;
    SourceLocation where_;
};

//! Pieces joined into one message: `cat("axis is ", axis, " when rank is ", rank)`.
template <class... Parts>
std::string cat(const Parts&... parts);

//! A broken promise of our own code; the message tells the user to report it.
[[noreturn]] void internalError(const std::string& message, SourceLocation where = SourceLocation::current());
inline void check(bool ok, const char* what, SourceLocation where = SourceLocation::current()) {
    if (!ok) internalError(what, where);
}

}  // namespace opentrt

#include "base/cat.h"
