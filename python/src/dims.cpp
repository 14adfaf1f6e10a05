// SPDX-License-Identifier: Apache-2.0
// Extents and permutations: made from any sequence, they behave like tuples. Tested by tests/test_values.py.
#include "bind.h"

namespace opentrt::python {
namespace {

// A constructor's arguments: numbers, or one sequence of numbers.
template <typename Extent>
int32_t fill(nb::args args, Extent* extents, int32_t capacity) {
    nb::object items = args;
    if (args.size() == 1 && !PyIndex_Check(args[0].ptr())) items = nb::borrow(args[0]);
    int32_t count = 0;
    for (nb::handle item : items) {
        if (count == capacity) throw nb::value_error("too many extents: the largest rank is 8");
        nb::object number = nb::steal(PyNumber_Index(item.ptr()));
        if (!number.is_valid()) throw nb::python_error();
        extents[count++] = nb::cast<Extent>(number);
    }
    return count;
}

nb::object toTuple(Dims const& dims) {
    if (dims.nbDims < 0) throw nb::value_error("the extents are not known");
    nb::list items;
    for (int32_t i = 0; i < dims.nbDims; ++i) items.append(dims.d[i]);
    return nb::tuple(items);
}

nb::object toTuple(Permutation const& permutation) {
    nb::list items;
    for (int32_t order : permutation.order) items.append(order);
    return nb::tuple(items);
}

bool same(nb::object const& extents, nb::object const& other) {
    if (!PySequence_Check(other.ptr()) || nb::isinstance<nb::str>(other)) return false;
    return extents.equal(nb::tuple(other));
}

// Items, slices, comparison and text are those of the tuple.
template <typename T, typename Class>
void defSequence(Class& c) {
    c.def("__len__", [](T const& self) { return nb::len(toTuple(self)); })
        .def("__getitem__", [](T const& self, nb::object key) -> nb::object { return toTuple(self)[key]; })
        .def("__iter__", [](T const& self) { return nb::iter(toTuple(self)); })
        .def("__hash__", [](T const& self) { return nb::hash(toTuple(self)); })
        .def("__eq__", [](T const& self, nb::object other) { return same(toTuple(self), other); })
        .def("__ne__", [](T const& self, nb::object other) { return !same(toTuple(self), other); })
        .def("__str__", [](T const& self) { return nb::str(toTuple(self)); })
        .def("__repr__", [](T const& self) { return nb::repr(toTuple(self)); });
}

template <typename D, typename Class>
void bindFixed(Class& c, int32_t rank) {
    c.def("__init__", [rank](D* self, nb::args args) {
        Dims extents{rank, {}};
        if (args.size() > 0) extents.nbDims = fill(args, extents.d, Dims::MAX_DIMS);
        if (extents.nbDims != rank) throw nb::value_error(("needs " + std::to_string(rank) + " extents").c_str());
        new (self) D();
        static_cast<Dims&>(*self) = extents;
    });
    nb::implicitly_convertible<nb::sequence, D>();
}

void bindPermutation(nb::module_& m) {
    Bound<Permutation> c(m, "Permutation", "An order of the dimensions of a tensor.");
    c.def("__init__", [](Permutation* self, nb::args args) {
        new (self) Permutation{};
        fill(args, self->order, Dims::MAX_DIMS);
    });
    c.def("__setitem__", [](Permutation& self, int32_t index, int32_t value) {
        if (index < 0 || index >= Dims::MAX_DIMS) throw nb::index_error();
        self.order[index] = value;
    });
    defSequence<Permutation>(c);
    nb::implicitly_convertible<nb::sequence, Permutation>();
}

}  // namespace

void bindDims(nb::module_& m) {
    Bound<Dims> dims(m, "Dims", "Extents of a tensor, outermost first; -1 means known only at run time.");
    dims.def("__init__",
             [](Dims* self, nb::args args) {
                 new (self) Dims{};
                 self->nbDims = fill(args, self->d, Dims::MAX_DIMS);
             })
        .def("__setitem__", [](Dims& self, nb::object key, nb::object value) {
            nb::list items(toTuple(self));
            if (PyObject_SetItem(items.ptr(), key.ptr(), value.ptr()) != 0) throw nb::python_error();
            self.nbDims = fill(nb::borrow<nb::args>(nb::make_tuple(items)), self.d, Dims::MAX_DIMS);
        });
    dims.attr("MAX_DIMS") = static_cast<int32_t>(Dims::MAX_DIMS);
    defSequence<Dims>(dims);
    nb::implicitly_convertible<nb::sequence, Dims>();

    Bound<Dims2, Dims> dims2(m, "Dims2");
    Bound<DimsHW, Dims2> dimsHW(m, "DimsHW");
    Bound<Dims3, Dims2> dims3(m, "Dims3");
    Bound<Dims4, Dims3> dims4(m, "Dims4");
    bindFixed<Dims2>(dims2, 2);
    bindFixed<DimsHW>(dimsHW, 2);
    bindFixed<Dims3>(dims3, 3);
    bindFixed<Dims4>(dims4, 4);
    dimsHW.def_prop_rw(
        "h", [](DimsHW const& d) { return d.d[0]; }, [](DimsHW& d, int64_t value) { d.d[0] = value; });
    dimsHW.def_prop_rw(
        "w", [](DimsHW const& d) { return d.d[1]; }, [](DimsHW& d, int64_t value) { d.d[1] = value; });
    bindPermutation(m);
}

}  // namespace opentrt::python
