// SPDX-License-Identifier: Apache-2.0
// The border between our exceptions and the public API: every entry point runs inside guarded(), which turns an Error
// into a logger line, an entry of the error recorder, and the function's failure value. The user's logger and recorder
// may throw and may be called from several threads; neither can hurt.
#pragma once
#include <mutex>

#include "NvInferRuntime.h"
#include "base/log.h"

namespace opentrt::api {

class Reporter final : public Log {
public:
    explicit Reporter(nvinfer1::ILogger* logger, int32_t era = 10) : logger_(logger), era_(era) {}
    //! A child inherits logger, recorder and era.
    Reporter(const Reporter& other) : logger_(other.logger_), recorder_(nullptr), era_(other.era_) {
        setRecorder(other.recorder_);
    }
    Reporter& operator=(const Reporter&) = delete;
    ~Reporter() override { setRecorder(nullptr); }

    nvinfer1::ILogger* logger() const { return logger_; }
    nvinfer1::IErrorRecorder* recorder() const { return recorder_; }
    //! Counts a reference on the new recorder and gives one back on the old.
    void setRecorder(nvinfer1::IErrorRecorder* recorder) noexcept;
    //! Major version of the program that called the factory: 5 to 11.
    int32_t era() const { return era_; }

    void write(Severity severity, const std::string& message) override;
    void report(const Error& error) noexcept;
    //! The exception being handled, whatever it is; works without memory too.
    void reportCurrent() noexcept;
    //! A feature that this version does not have.
    void unsupported(const char* feature) noexcept;

private:
    void outOfMemory() noexcept;
    void record(const Error& error);

    nvinfer1::ILogger* logger_;
    nvinfer1::IErrorRecorder* recorder_ = nullptr;
    int32_t era_;
    std::mutex mutex_;
};

//! Runs `body`; on an exception reports and returns `failure`.
template <class R, class F>
R guarded(Reporter& reporter, R failure, const F& body) noexcept {
    try {
        return body();
    } catch (...) {
        reporter.reportCurrent();
    }
    return failure;
}
template <class F>
bool guarded(Reporter& reporter, const F& body) noexcept {
    return guarded(reporter, false, [&] {
        body();
        return true;
    });
}

//! Era from a factory's version argument (1000*major+... up to 9.x, 10000*major+... from 10.0); 0 for a version that is
//! not 5.x to 11.x.
int32_t eraOf(int32_t version);

}  // namespace opentrt::api
