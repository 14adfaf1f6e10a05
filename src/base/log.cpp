// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

namespace opentrt {
namespace {

class SilentLog : public Log {
public:
    void write(Severity, const std::string&) override {}
    bool wants(Severity) const override { return false; }
};

}  // namespace

Log& Log::silent() {
    static SilentLog log;
    return log;
}

}  // namespace opentrt
