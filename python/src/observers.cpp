// SPDX-License-Identifier: Apache-2.0
// Objects that follow builds and inferences: error recorders, progress monitors, listeners of debug tensors.
#include <atomic>

#include "callbacks.h"

namespace opentrt::python {
namespace {

class PyErrorRecorder final : public IErrorRecorder {
public:
    NB_TRAMPOLINE(IErrorRecorder);
    int32_t getNbErrors() const override { return callPython<int32_t>(self(), "num_errors", 0); }
    ErrorCode getErrorCode(int32_t index) const override {
        return callPython(self(), "get_error_code", ErrorCode::kINVALID_ARGUMENT, index);
    }
    ErrorDesc getErrorDesc(int32_t index) const override {
        text_ = callPython(self(), "get_error_desc", std::string(), index);
        return text_.c_str();
    }
    bool hasOverflowed() const override { return callPython(self(), "has_overflowed", false); }
    void clear() override { notifyPython(self(), "clear"); }
    bool reportError(ErrorCode code, ErrorDesc text) override {
        notifyPython(self(), "report_error", code, text);
        return false;
    }
    RefCount incRefCount() override { return ++references_; }
    RefCount decRefCount() override { return --references_; }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }

private:
    nb::handle self() const { return nb_trampoline.base(); }
    mutable std::string text_;
    std::atomic<RefCount> references_{0};
};

class PyProgressMonitor final : public IProgressMonitor {
public:
    NB_TRAMPOLINE(IProgressMonitor);
    void phaseStart(char const* name, char const* parent, int32_t steps) override {
        notifyPython(nb_trampoline.base(), "phase_start", name, parent, steps);
    }
    bool stepComplete(char const* name, int32_t step) override {
        return callPython(nb_trampoline.base(), "step_complete", false, name, step);
    }
    void phaseFinish(char const* name) override { notifyPython(nb_trampoline.base(), "phase_finish", name); }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }
};

class PyDebugListener final : public IDebugListener {
public:
    NB_TRAMPOLINE(IDebugListener);
    bool processDebugTensor(void const* address, TensorLocation location, DataType type, Dims64 const& shape,
                            char const* name, cudaStream_t stream) override {
        nb::handle const self = nb_trampoline.base();
        return answered(self, false, [&] {
            nb::object const answer = self.attr("process_debug_tensor")(asAddress(address), location, type, Dims(shape),
                                                                        name, asAddress(stream));
            // Listeners of many scripts answer nothing.
            return answer.is_none() || nb::cast<bool>(answer);
        });
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }
};

void bindErrorRecorder(nb::module_& m) {
    using E = IErrorRecorder;
    Bound<E, PyErrorRecorder> c(m, "IErrorRecorder", "Collects errors; override all of its methods.");
    c.def(nb::init<>())
        .def("num_errors", [](E&) -> int32_t { notImplemented("num_errors"); })
        .def(
            "get_error_code", [](E&, int32_t) -> ErrorCode { notImplemented("get_error_code"); }, "arg0"_a)
        .def(
            "get_error_desc", [](E&, int32_t) -> std::string { notImplemented("get_error_desc"); }, "arg0"_a)
        .def("has_overflowed", [](E&) -> bool { notImplemented("has_overflowed"); })
        .def("clear", [](E&) { notImplemented("clear"); })
        .def(
            "report_error", [](E&, ErrorCode, char const*) { notImplemented("report_error"); }, "code"_a, "desc"_a);
    c.attr("MAX_DESC_LENGTH") = static_cast<int32_t>(E::kMAX_DESC_LENGTH);
}

}  // namespace

void bindObservers(nb::module_& m) {
    bindErrorRecorder(m);
    Bound<IProgressMonitor, PyProgressMonitor>(m, "IProgressMonitor", "Follows a build, and may cancel it.")
        .def(nb::init<>())
        .def(
            "phase_start", [](IProgressMonitor&, char const*, char const*, int32_t) { notImplemented("phase_start"); },
            "phase_name"_a, "parent_phase"_a.none(), "num_steps"_a)
        .def(
            "step_complete", [](IProgressMonitor&, char const*, int32_t) -> bool { notImplemented("step_complete"); },
            "phase_name"_a, "step"_a)
        .def(
            "phase_finish", [](IProgressMonitor&, char const*) { notImplemented("phase_finish"); }, "phase_name"_a);
    Bound<IDebugListener, PyDebugListener>(m, "IDebugListener", "Receives tensors marked for debugging.")
        .def(nb::init<>())
        .def(
            "process_debug_tensor",
            [](IDebugListener&, std::uintptr_t, TensorLocation, DataType, Dims const&, char const*,
               std::uintptr_t) -> bool { notImplemented("process_debug_tensor"); },
            "addr"_a, "location"_a, "type"_a, "shape"_a, "name"_a, "stream"_a);
}

}  // namespace opentrt::python
