// SPDX-License-Identifier: Apache-2.0
// Where messages go. The public API wraps the user's ILogger in one of these; tests collect; silent() drops.
#pragma once
#include <string>

#include "base/error.h"

namespace opentrt {

//! Same numbers as nvinfer1::ILogger::Severity.
enum class Severity : int32_t { InternalError, Error, Warning, Info, Verbose };

class Log {
public:
    virtual ~Log() = default;
    virtual void write(Severity severity, const std::string& message) = 0;
    //! False where messages of this severity are dropped anyway, so that costly ones need not be made.
    virtual bool wants(Severity) const { return true; }

    //! Pieces are joined as cat() does.
    template <class... Parts>
    void verbose(const Parts&... parts) {
        put(Severity::Verbose, parts...);
    }
    template <class... Parts>
    void info(const Parts&... parts) {
        put(Severity::Info, parts...);
    }
    template <class... Parts>
    void warning(const Parts&... parts) {
        put(Severity::Warning, parts...);
    }
    template <class... Parts>
    void error(const Parts&... parts) {
        put(Severity::Error, parts...);
    }

    static Log& silent();

private:
    template <class... Parts>
    void put(Severity severity, const Parts&... parts) {
        if (wants(severity)) write(severity, cat(parts...));
    }
};

}  // namespace opentrt
