// SPDX-License-Identifier: Apache-2.0
// Loggers and profilers: the base classes to derive from in Python, and those that print.
#include <atomic>
#include <cstdio>
#include <ctime>

#include "callbacks.h"
#include "enums.h"

namespace opentrt::python {

void printException(nb::handle self) noexcept {
    try {
        throw;
    } catch (nb::python_error& error) {
        error.restore();
    } catch (std::exception const& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    } catch (...) {
        PyErr_SetString(PyExc_RuntimeError, "an unknown exception");
    }
    PyErr_WriteUnraisable(self.ptr());
}

void notImplemented(char const* method) {
    PyErr_SetString(PyExc_NotImplementedError, (std::string(method) + " has to be overridden").c_str());
    throw nb::python_error();
}

namespace {

class PyLogger final : public ILogger {
public:
    NB_TRAMPOLINE(ILogger);
    void log(Severity severity, AsciiChar const* text) override {
        notifyPython(nb_trampoline.base(), "log", severity, text);
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }
};

// Prints what is severe enough, each message with its time and a letter for its severity.
class Logger : public ILogger {
public:
    explicit Logger(Severity minimum) : minimum(minimum) {}
    void log(Severity severity, AsciiChar const* text) override {
        if (severity > minimum) return;
        std::time_t const now = std::time(nullptr);
        std::tm local{};
        localtime_r(&now, &local);
        char stamp[32];
        std::strftime(stamp, sizeof stamp, "%m/%d/%Y-%H:%M:%S", &local);
        std::printf("[%s] [TRT] [%c] %s\n", stamp, "FEWIV"[static_cast<int32_t>(severity)], text);
        std::fflush(stdout);
    }
    Severity minimum;
};

class PyPrintingLogger final : public Logger {
public:
    NB_TRAMPOLINE(Logger);
    void log(Severity severity, AsciiChar const* text) override {
        notifyPython(nb_trampoline.base(), "log", severity, text);
    }
};

class PyProfiler final : public IProfiler {
public:
    NB_TRAMPOLINE(IProfiler);
    void reportLayerTime(char const* name, float ms) override {
        notifyPython(nb_trampoline.base(), "report_layer_time", name, ms);
    }
};

class Profiler : public IProfiler {
public:
    void reportLayerTime(char const* name, float ms) override {
        std::printf("%s: %gms\n", name, static_cast<double>(ms));
        std::fflush(stdout);
    }
};

}  // namespace

void bindLoggers(nb::module_& m) {
    using Severity = ILogger::Severity;
    Bound<ILogger, PyLogger> logger(m, "ILogger", "Receives the messages of the library; override log().");
    bindEnum<Severity>(logger, "Severity",
                       {{"INTERNAL_ERROR", Severity::kINTERNAL_ERROR},
                        {"ERROR", Severity::kERROR},
                        {"WARNING", Severity::kWARNING},
                        {"INFO", Severity::kINFO},
                        {"VERBOSE", Severity::kVERBOSE}});
    for (char const* name : {"INTERNAL_ERROR", "ERROR", "WARNING", "INFO", "VERBOSE"}) {
        logger.attr(name) = logger.attr("Severity").attr(name);
    }
    logger.def(nb::init<>())
        .def(
            "log", [](ILogger&, Severity, char const*) { notImplemented("log"); }, "severity"_a, "msg"_a);
    defWith(logger);

    Bound<Logger, ILogger, PyPrintingLogger>(m, "Logger", "Prints messages to the standard output.")
        .def(nb::init<Severity>(), "min_severity"_a = Severity::kWARNING)
        .def_rw("min_severity", &Logger::minimum)
        .def(
            "log", [](Logger& self, Severity severity, char const* text) { self.Logger::log(severity, text); },
            "severity"_a, "msg"_a);

    Bound<IProfiler, PyProfiler>(m, "IProfiler", "Receives the time of each layer; override report_layer_time().")
        .def(nb::init<>())
        .def(
            "report_layer_time", [](IProfiler&, char const*, float) { notImplemented("report_layer_time"); },
            "layer_name"_a, "ms"_a);
    Bound<Profiler, IProfiler>(m, "Profiler", "Prints the time of each layer.")
        .def(nb::init<>())
        .def("report_layer_time", &Profiler::reportLayerTime, "layer_name"_a, "ms"_a);
}

}  // namespace opentrt::python
