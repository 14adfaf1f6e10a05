// SPDX-License-Identifier: Apache-2.0
// Weights from and to NumPy arrays without a copy, and the host memory of plans as a buffer.
// Tested by tests/test_values.py.
#include <nanobind/ndarray.h>
#include <string_view>

#include "bind.h"

namespace opentrt::python {
namespace {

int64_t bytesOf(Weights const& weights) {
    switch (weights.type) {
        case DataType::kFLOAT:
        case DataType::kINT32:
            return weights.count * 4;
        case DataType::kHALF:
        case DataType::kBF16:
            return weights.count * 2;
        case DataType::kINT64:
            return weights.count * 8;
        case DataType::kINT4:
        case DataType::kFP4:
            return (weights.count + 1) / 2;
        default:
            return weights.count;
    }
}

// The element type of a format string of the buffer protocol; C's integers are told apart by their size.
DataType typeOfFormat(std::string_view format, Py_ssize_t itemSize) {
    if (format.size() > 1 && (format[0] == '=' || format[0] == '<' || format[0] == '@')) format.remove_prefix(1);
    char const code = format.size() == 1 ? format[0] : '\0';
    bool const integer = std::string_view("bhilq").find(code) != std::string_view::npos;
    if (code == 'f') return DataType::kFLOAT;
    if (code == 'e') return DataType::kHALF;
    if (code == '?') return DataType::kBOOL;
    if (code == 'B') return DataType::kUINT8;
    if (integer && itemSize == 1) return DataType::kINT8;
    if (integer && itemSize == 4) return DataType::kINT32;
    if (integer && itemSize == 8) return DataType::kINT64;
    throw nb::value_error(("no element type of weights for an array of format '" + std::string(format) + "'").c_str());
}

Weights fromArray(nb::handle array) {
    Py_buffer view;
    if (PyObject_GetBuffer(array.ptr(), &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) != 0) {
        PyErr_Clear();
        throw nb::value_error("weights need a C-contiguous NumPy array of a type that has a counterpart");
    }
    std::string const format = view.format != nullptr ? view.format : "B";
    void const* const data = view.buf;
    Py_ssize_t const itemSize = view.itemsize;
    Py_ssize_t const count = view.len / (itemSize > 0 ? itemSize : 1);
    PyBuffer_Release(&view);  // the array stays where it is as long as the object is kept
    return Weights{typeOfFormat(format, itemSize), data, count};
}

bool numpyType(DataType type, nb::dlpack::dtype& out) {
    switch (type) {
        case DataType::kFLOAT:
            out = nb::dtype<float>();
            return true;
        case DataType::kHALF:
            out = {static_cast<uint8_t>(nb::dlpack::dtype_code::Float), 16, 1};
            return true;
        case DataType::kINT8:
            out = nb::dtype<int8_t>();
            return true;
        case DataType::kINT32:
            out = nb::dtype<int32_t>();
            return true;
        case DataType::kINT64:
            out = nb::dtype<int64_t>();
            return true;
        case DataType::kUINT8:
            out = nb::dtype<uint8_t>();
            return true;
        case DataType::kBOOL:
            out = nb::dtype<bool>();
            return true;
        default:
            return false;
    }
}

nb::object toArray(Weights const& weights, nb::handle owner) {
    nb::dlpack::dtype type;
    if (!numpyType(weights.type, type)) throw nb::type_error("NumPy has no such element type");
    size_t const shape[] = {static_cast<size_t>(weights.count)};
    static char nothing[8];
    void* const data = weights.count > 0 ? const_cast<void*>(weights.values) : nothing;
    return nb::cast(nb::ndarray<nb::numpy>(data, 1, shape, owner, nullptr, type));
}

}  // namespace

nb::object weightsToNumpy(Weights weights, nb::handle owner) {
    nb::dlpack::dtype type;
    if (numpyType(weights.type, type)) return toArray(weights, owner);
    return nb::cast(weights);
}

void bindWeights(nb::module_& m) {
    Bound<Weights>(m, "Weights", "Typed constants; a view of the memory of a NumPy array.")
        .def(
            "__init__",
            [](Weights* self, DataType type) {
                new (self) Weights{type, nullptr, 0};
            },
            "type"_a = DataType::kFLOAT)
        .def(
            "__init__",
            [](Weights* self, DataType type, std::uintptr_t address, int64_t count) {
                new (self) Weights{type, asPointer<void>(address), count};
            },
            "type"_a, "ptr"_a, "count"_a)
        .def(
            "__init__", [](Weights* self, nb::object array) { new (self) Weights(fromArray(array)); }, "a"_a,
            nb::keep_alive<1, 2>())
        .def_prop_ro("dtype", [](Weights const& self) { return self.type; })
        .def_prop_ro("size", [](Weights const& self) { return self.count; })
        .def_prop_ro("nbytes", &bytesOf)
        .def("__len__", [](Weights const& self) { return self.count; })
        .def("numpy", [](nb::pointer_and_handle<Weights> self) { return toArray(*self.p, self.h); });
    nb::implicitly_convertible<nb::object, Weights>();
}

namespace {

int getBuffer(PyObject* self, Py_buffer* view, int flags) {
    IHostMemory* memory = nb::inst_ptr<IHostMemory>(self);
    return PyBuffer_FillInfo(view, self, memory->data(), static_cast<Py_ssize_t>(memory->size()), 1, flags);
}

PyType_Slot const kBufferSlots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(&getBuffer)}, {0, nullptr}};

}  // namespace

void bindHostMemory(nb::module_& m) {
    Bound<IHostMemory> c(m, "IHostMemory", "Bytes that the library made: a plan or a cache. A buffer.",
                         nb::type_slots(kBufferSlots));
    c.def_prop_ro("dtype", &IHostMemory::type)
        .def_prop_ro("nbytes", &IHostMemory::size)
        .def("__len__", &IHostMemory::size);
    defWith(c);
}

}  // namespace opentrt::python
