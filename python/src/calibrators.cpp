// SPDX-License-Identifier: Apache-2.0
// Calibrators of INT8 ranges. get_batch() answers one device address for each name, None or an empty list at the end;
// the caches are bytes.
#include <nanobind/stl/optional.h>

#include "callbacks.h"

namespace opentrt::python {
namespace {

// The bytes that `self.method()` answered, kept until the next call.
class KeptBytes {
public:
    ~KeptBytes() { drop(); }
    template <typename... Args>
    void const* ask(nb::handle self, char const* method, std::size_t& length, Args... arguments) noexcept {
        length = 0;
        if (!Py_IsInitialized()) return nullptr;
        nb::gil_scoped_acquire lock;
        drop();
        try {
            nb::object answer = self.attr(method)(arguments...);
            if (answer.is_none()) return nullptr;
            if (PyObject_GetBuffer(answer.ptr(), &view_, PyBUF_SIMPLE) != 0) throw nb::python_error();
            held_ = true;
            length = static_cast<std::size_t>(view_.len);
            return view_.buf;
        } catch (...) {
            printException(self);
        }
        return nullptr;
    }

private:
    void drop() {
        if (held_ && Py_IsInitialized()) PyBuffer_Release(&view_);
        held_ = false;
    }
    Py_buffer view_{};
    bool held_ = false;
};

template <typename Base>
class PyCalibrator : public Base {
public:
    NB_TRAMPOLINE(Base);
    int32_t getBatchSize() const override { return callPython<int32_t>(self(), "get_batch_size", 0); }
    bool getBatch(void* bindings[], char const* names[], int32_t count) override {
        nb::gil_scoped_acquire lock;
        std::vector<std::string> const list(names, names + count);
        return answered(self(), false, [&] {
            nb::object const answer = self().attr("get_batch")(list);
            if (answer.is_none() || static_cast<int32_t>(nb::len(answer)) != count) return false;
            // Addresses are numbers, or objects of other libraries that become numbers.
            for (nb::handle item : answer) *bindings++ = asPointer<void>(nb::cast<std::uintptr_t>(nb::int_(item)));
            return true;
        });
    }
    void const* readCalibrationCache(std::size_t& length) override {
        return cache_.ask(self(), "read_calibration_cache", length);
    }
    void writeCalibrationCache(void const* data, std::size_t length) override {
        nb::gil_scoped_acquire lock;
        notifyPython(self(), "write_calibration_cache", viewOf(data, length));
    }
    CalibrationAlgoType getAlgorithm() override {
        auto const standard = CalibrationAlgoType::kENTROPY_CALIBRATION_2;
        auto const answer = callPython(self(), "get_algorithm", standard);
        // Only calibrators of that class can be asked what this algorithm wants to know.
        bool const isLegacy = std::is_same_v<Base, IInt8LegacyCalibrator>;
        return answer == CalibrationAlgoType::kLEGACY_CALIBRATION && !isLegacy ? standard : answer;
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }

protected:
    nb::handle self() const { return this->nb_trampoline.base(); }
    static nb::object viewOf(void const* data, std::size_t length) {
        auto* const bytes = static_cast<char*>(const_cast<void*>(data));
        return nb::steal(PyMemoryView_FromMemory(bytes, static_cast<Py_ssize_t>(length), PyBUF_READ));
    }

private:
    KeptBytes cache_;
};

class PyLegacyCalibrator final : public PyCalibrator<IInt8LegacyCalibrator> {
public:
    using PyCalibrator<IInt8LegacyCalibrator>::PyCalibrator;
    double getQuantile() const override { return callPython(self(), "get_quantile", 0.5); }
    double getRegressionCutoff() const override { return callPython(self(), "get_regression_cutoff", 0.5); }
    void const* readHistogramCache(std::size_t& length) override {
        return histogram_.ask(self(), "read_histogram_cache", length, length);
    }
    void writeHistogramCache(void const* data, std::size_t length) override {
        nb::gil_scoped_acquire lock;
        notifyPython(self(), "write_histogram_cache", viewOf(data, length), length);
    }

private:
    KeptBytes histogram_;
};

// The caches may be left out; the batches may not.
void bindBase(nb::module_& m) {
    using C = IInt8Calibrator;
    Bound<C, PyCalibrator<C>>(m, "IInt8Calibrator", "Supplies batches from which INT8 ranges are measured.")
        .def(nb::init<>())
        .def(
            "get_batch_size", [](C&) { notImplemented("get_batch_size"); }, nb::sig("def get_batch_size(self) -> int"))
        .def(
            "get_batch", [](C&, nb::object) { notImplemented("get_batch"); }, "names"_a,
            nb::sig("def get_batch(self, names: list[str]) -> list[int] | None"))
        .def(
            "get_algorithm", [](C&) { notImplemented("get_algorithm"); },
            nb::sig("def get_algorithm(self) -> CalibrationAlgoType"))
        .def(
            "read_calibration_cache", [](C&) { return nb::none(); },
            nb::sig("def read_calibration_cache(self) -> bytes | None"))
        .def(
            "write_calibration_cache", [](C&, nb::object) {}, "cache"_a,
            nb::sig("def write_calibration_cache(self, cache: memoryview) -> None"));
}

template <typename C, typename Trampoline = PyCalibrator<C>>
Bound<C, IInt8Calibrator, Trampoline> bindKind(nb::module_& m, char const* name) {
    Bound<C, IInt8Calibrator, Trampoline> c(m, name);
    c.def(nb::init<>()).def("get_algorithm", [](C& self) { return self.C::getAlgorithm(); });
    return c;
}

}  // namespace

void bindCalibrators(nb::module_& m) {
    bindBase(m);
    bindKind<IInt8EntropyCalibrator>(m, "IInt8EntropyCalibrator");
    bindKind<IInt8EntropyCalibrator2>(m, "IInt8EntropyCalibrator2");
    bindKind<IInt8MinMaxCalibrator>(m, "IInt8MinMaxCalibrator");
    using L = IInt8LegacyCalibrator;
    auto legacy = bindKind<L, PyLegacyCalibrator>(m, "IInt8LegacyCalibrator");
    legacy
        .def(
            "get_quantile", [](L&) { notImplemented("get_quantile"); }, nb::sig("def get_quantile(self) -> float"))
        .def(
            "get_regression_cutoff", [](L&) { notImplemented("get_regression_cutoff"); },
            nb::sig("def get_regression_cutoff(self) -> float"))
        .def(
            "read_histogram_cache", [](L&, size_t) { return nb::none(); }, "length"_a,
            nb::sig("def read_histogram_cache(self, length: int) -> bytes | None"))
        .def(
            "write_histogram_cache", [](L&, nb::object, size_t) {}, "ptr"_a, "length"_a,
            nb::sig("def write_histogram_cache(self, ptr: memoryview, length: int) -> None"));
}

}  // namespace opentrt::python
