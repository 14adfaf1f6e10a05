// SPDX-License-Identifier: Apache-2.0
#include "api/reporter.h"

#include <new>

namespace opentrt::api {

void Reporter::setRecorder(nvinfer1::IErrorRecorder* recorder) noexcept {
    try {
        if (recorder) recorder->incRefCount();
        if (recorder_) recorder_->decRefCount();
    } catch (...) {  // the recorder is the application's; a throwing one is still used as told
    }
    recorder_ = recorder;
}

void Reporter::write(Severity severity, const std::string& message) {
    if (!logger_) return;
    try {
        logger_->log(static_cast<nvinfer1::ILogger::Severity>(severity), message.c_str());
    } catch (...) {  // there is nowhere else to report to
    }
}

void Reporter::record(const Error& error) {
    const std::lock_guard lock(mutex_);
    const bool internal = error.code() == ErrorCode::Internal;
    write(internal ? Severity::InternalError : Severity::Error, error.what());
    if (!recorder_) return;
    std::string text = error.what();
    if (text.size() > nvinfer1::IErrorRecorder::kMAX_DESC_LENGTH) {
        text.resize(nvinfer1::IErrorRecorder::kMAX_DESC_LENGTH);
    }
    try {
        recorder_->reportError(static_cast<nvinfer1::ErrorCode>(error.code()), text.c_str());
    } catch (...) {  // as in write()
    }
}

//! Allocates nothing.
void Reporter::outOfMemory() noexcept {
    constexpr const char* kText = "out of memory";
    try {
        if (logger_) logger_->log(nvinfer1::ILogger::Severity::kERROR, kText);
    } catch (...) {  // as in write()
    }
    try {
        if (recorder_) recorder_->reportError(nvinfer1::ErrorCode::kFAILED_ALLOCATION, kText);
    } catch (...) {  // as in write()
    }
}

void Reporter::report(const Error& error) noexcept {
    try {
        record(error);
    } catch (...) {  // nothing but memory for the text can be missing
        outOfMemory();
    }
}

void Reporter::reportCurrent() noexcept {
    try {
        try {
            throw;
        } catch (const Error& error) {
            record(error);
        } catch (const std::bad_alloc&) {
            outOfMemory();
        } catch (const std::exception& error) {
            record(Error(ErrorCode::Internal, "", error.what()));
        } catch (...) {
            record(Error(ErrorCode::Unspecified, "", "a callback of the application threw"));
        }
    } catch (...) {  // as in report()
        outOfMemory();
    }
}

void Reporter::unsupported(const char* feature) noexcept {
    guarded(*this, [&] {
        throw Error(ErrorCode::Unsupported, "", cat(feature, " is not supported by this version of OpenTRT"));
    });
}

int32_t eraOf(int32_t version) {
    const int32_t major = version >= 100000 ? version / 10000 : version / 1000;
    return major >= 5 && major <= 11 ? major : 0;
}

}  // namespace opentrt::api
