// SPDX-License-Identifier: Apache-2.0
// Readers and writers of plans: Python answers with bytes, C++ wants a buffer filled.
#include <cstring>

#include "callbacks.h"

namespace opentrt::python {
namespace {

// Copies the bytes that `self.read(arguments)` answers. -1 when it raised or answered too many.
template <typename... Args>
int64_t readInto(nb::handle self, void* destination, int64_t capacity, Args... arguments) noexcept {
    if (!Py_IsInitialized()) return -1;
    nb::gil_scoped_acquire lock;
    try {
        nb::object answer = self.attr("read")(arguments...);
        Py_buffer view;
        if (PyObject_GetBuffer(answer.ptr(), &view, PyBUF_SIMPLE) != 0) throw nb::python_error();
        int64_t const size = view.len;
        if (size <= capacity) std::memcpy(destination, view.buf, static_cast<size_t>(size));
        PyBuffer_Release(&view);
        return size <= capacity ? size : -1;
    } catch (...) {
        printException(self);
    }
    return -1;
}

class PyReader final : public IStreamReader {
public:
    NB_TRAMPOLINE(IStreamReader);
    int64_t read(void* destination, int64_t size) override {
        return readInto(nb_trampoline.base(), destination, size, size);
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }
};

class PyReaderV2 final : public IStreamReaderV2 {
public:
    NB_TRAMPOLINE(IStreamReaderV2);
    int64_t read(void* destination, int64_t size, cudaStream_t stream) override {
        return readInto(nb_trampoline.base(), destination, size, size, asAddress(stream));
    }
    bool seek(int64_t offset, SeekPosition where) override {
        return callPython(nb_trampoline.base(), "seek", false, offset, where);
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }
};

class PyWriter final : public IStreamWriter {
public:
    NB_TRAMPOLINE(IStreamWriter);
    int64_t write(void const* data, int64_t size) override {
        nb::gil_scoped_acquire lock;
        return callPython<int64_t>(nb_trampoline.base(), "write", -1, nb::bytes(data, static_cast<size_t>(size)));
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }
};

}  // namespace

void bindStreams(nb::module_& m) {
    Bound<IStreamReader, PyReader>(m, "IStreamReader", "Supplies a plan: read(size) answers bytes.")
        .def(nb::init<>())
        .def(
            "read", [](IStreamReader&, int64_t) -> nb::bytes { notImplemented("read"); }, "size"_a);
    Bound<IStreamReaderV2, PyReaderV2>(m, "IStreamReaderV2", "Supplies a plan, in any order.")
        .def(nb::init<>())
        .def(
            "read", [](IStreamReaderV2&, int64_t, std::uintptr_t) -> nb::bytes { notImplemented("read"); },
            "num_bytes"_a, "stream"_a)
        .def(
            "seek", [](IStreamReaderV2&, int64_t, SeekPosition) -> bool { notImplemented("seek"); }, "offset"_a,
            "where"_a);
    Bound<IStreamWriter, PyWriter>(m, "IStreamWriter", "Takes a plan: write(bytes) answers how many it took.")
        .def(nb::init<>())
        .def(
            "write", [](IStreamWriter&, nb::bytes) -> int64_t { notImplemented("write"); }, "data"_a);
}

}  // namespace opentrt::python
