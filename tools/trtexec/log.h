// SPDX-License-Identifier: Apache-2.0
// What trtexec prints: lines with time and severity, and the &&&& lines that test harnesses look for. Information goes
// to standard output, warnings and errors to standard error. Log parsers read these lines, so their form is fixed.
#pragma once
#include <mutex>
#include <sstream>
#include <string>

#include "NvInferRuntime.h"

namespace trtexec {

using Severity = nvinfer1::ILogger::Severity;

//! The logger that the library gets; its messages are marked [TRT].
class Log : public nvinfer1::ILogger {
public:
    void log(Severity severity, const char* message) noexcept override;
    void setLeast(Severity least) { least_ = least; }
    bool wants(Severity severity) const { return severity <= least_; }
    //! A line of the program itself.
    void write(Severity severity, const std::string& message) noexcept;

private:
    std::mutex mutex_;
    Severity least_ = Severity::kINFO;
};
Log& theLog();

//! One line, made from pieces as a stream prints them: six significant digits for numbers.
template <class... Parts>
void say(Severity severity, const Parts&... parts) {
    if (!theLog().wants(severity)) return;
    std::ostringstream text;
    (text << ... << parts);
    theLog().write(severity, text.str());
}
template <class... Parts>
void info(const Parts&... parts) {
    say(Severity::kINFO, parts...);
}
template <class... Parts>
void verbose(const Parts&... parts) {
    say(Severity::kVERBOSE, parts...);
}
template <class... Parts>
void warning(const Parts&... parts) {
    say(Severity::kWARNING, parts...);
}
template <class... Parts>
void error(const Parts&... parts) {
    say(Severity::kERROR, parts...);
}

//! The line that opens and the one that ends a run: "&&&& RUNNING TensorRT.trtexec [TensorRT v101600] [b0] # ...".
class TestLines {
public:
    TestLines(int argc, char** argv);
    void running() const { print("RUNNING"); }
    //! Prints the end and gives the exit status.
    int passed() const;
    int failed() const;

private:
    void print(const char* word) const;
    std::string rest_;
};

}  // namespace trtexec
