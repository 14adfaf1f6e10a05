// SPDX-License-Identifier: Apache-2.0
// What plugins are told: shapes as expressions, descriptions of tensors, and what a context lends. Expressions belong
// to the library and last for the call that hands them over.
#include <impl/NvInferPythonPlugin.h>

#include "enums.h"

namespace opentrt::python {
namespace {

int32_t checkedIndex(DimsExprs const& self, int64_t index) {
    if (index < 0) index += self.nbDims;
    if (index < 0 || index >= self.nbDims) throw nb::index_error("no dimension of this index");
    return static_cast<int32_t>(index);
}

void setRank(DimsExprs& self, size_t rank) {
    if (rank > static_cast<size_t>(Dims::MAX_DIMS)) throw nb::value_error("too many dimensions: the largest rank is 8");
    self = DimsExprs{};
    self.nbDims = static_cast<int32_t>(rank);
}

void bindExpressions(nb::module_& m) {
    using E = IDimensionExpr;
    Bound<E>(m, "IDimensionExpr", "An extent that may depend on the shapes of a plugin's inputs.")
        .def("is_constant", &E::isConstant, "Whether the extent is known while building.")
        .def("get_constant_value", &E::getConstantValue, "The extent, if it is constant.")
        .def("is_size_tensor", &E::isSizeTensor, "Whether a size tensor holds it.");
    Bound<DimsExprs>(m, "DimsExprs", "A shape of expressions.")
        .def(
            "__init__",
            [](DimsExprs* self, size_t rank) {
                new (self) DimsExprs{};
                setRank(*self, rank);
            },
            "n"_a = 0, "`n` dimensions, to be set.")
        .def(
            "__init__",
            [](DimsExprs* self, std::vector<E const*> const& extents) {
                new (self) DimsExprs{};
                setRank(*self, extents.size());
                for (size_t i = 0; i < extents.size(); ++i) self->d[i] = extents[i];
            },
            "extents"_a, "The dimensions of a list of expressions.")
        .def("__len__", [](DimsExprs const& self) { return self.nbDims; })
        .def(
            "__getitem__", [](DimsExprs const& self, int64_t index) { return self.d[checkedIndex(self, index)]; },
            "index"_a, nb::rv_policy::reference)
        .def(
            "__setitem__",
            [](DimsExprs& self, int64_t index, E const* value) { self.d[checkedIndex(self, index)] = value; },
            "index"_a, "value"_a);
    nb::implicitly_convertible<nb::sequence, DimsExprs>();
    using B = IExprBuilder;
    Bound<B>(m, "IExprBuilder", "Makes expressions, within the call that hands it over.")
        .def("constant", &B::constant, "value"_a, nb::rv_policy::reference, "An extent that is known.")
        .def("operation", &B::operation, "op"_a, "first"_a, "second"_a, nb::rv_policy::reference,
             "An extent computed from two others.")
        .def("declare_size_tensor", &B::declareSizeTensor, "output_index"_a, "opt"_a, "upper"_a,
             nb::rv_policy::reference,
             "An extent that output `output_index` holds once the plugin ran; at most `upper`.");
}

void bindDescriptions(nb::module_& m) {
    using P = PluginTensorDesc;
    Bound<P>(m, "PluginTensorDesc", "Shape, type and layout of a plugin's tensor.")
        .def("__init__", [](P* self) { new (self) P{}; })
        .def_rw("dims", &P::dims, "Extents.")
        .def_rw("type", &P::type, "Element type.")
        .def_rw("format", &P::format, "Layout in memory.")
        .def_rw("scale", &P::scale, "Scale of quantized elements.");
    using D = DynamicPluginTensorDesc;
    Bound<D>(m, "DynamicPluginTensorDesc", "A plugin's tensor and the range of its shapes.")
        .def("__init__", [](D* self) { new (self) D{}; })
        .def_rw("desc", &D::desc, "Type and layout; extents that vary are -1.")
        .def_rw("min", &D::min, "Least extents.")
        .def_rw("opt", &D::opt, "Extents to be fast at.")
        .def_rw("max", &D::max, "Greatest extents.");
    using C = IPluginResourceContext;
    Bound<C>(m, "IPluginResourceContext", "What an execution context lends to its plugins.")
        .def_prop_ro("gpu_allocator", &C::getGpuAllocator, nb::rv_policy::reference,
                     "The context's allocator; None if it has none.")
        .def_prop_ro("error_recorder", &C::getErrorRecorder, nb::rv_policy::reference,
                     "The context's recorder of errors; None if it has none.");
}

void bindQuickEnums(nb::module_& m) {
    bindEnum<PluginArgType>(m, "PluginArgType", {{"INT", PluginArgType::kINT}});
    using D = PluginArgDataType;
    bindEnum<D>(m, "PluginArgDataType", {{"INT8", D::kINT8}, {"INT16", D::kINT16}, {"INT32", D::kINT32}});
    using R = QuickPluginCreationRequest;
    bindEnum<R>(m, "QuickPluginCreationRequest",
                {{"UNKNOWN", R::kUNKNOWN},
                 {"PREFER_JIT", R::kPREFER_JIT},
                 {"PREFER_AOT", R::kPREFER_AOT},
                 {"STRICT_JIT", R::kSTRICT_JIT},
                 {"STRICT_AOT", R::kSTRICT_AOT}});
}

}  // namespace

void bindPluginTypes(nb::module_& m) {
    bindQuickEnums(m);
    bindExpressions(m);
    bindDescriptions(m);
}

}  // namespace opentrt::python
