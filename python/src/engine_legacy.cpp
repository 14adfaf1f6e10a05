// SPDX-License-Identifier: Apache-2.0
// Tensors by number, as scripts of 9.x and before have them: binding i is tensor i % n of profile i / n. Where a name
// or a number may stand, `Key` takes both.
#include <nanobind/stl/variant.h>
#include <variant>

#include "bind.h"

namespace opentrt::python {
namespace {

using E = ICudaEngine;
using X = IExecutionContext;
using Key = std::variant<int32_t, std::string>;
constexpr OptProfileSelector kSelectors[] = {OptProfileSelector::kMIN, OptProfileSelector::kOPT,
                                             OptProfileSelector::kMAX};

int32_t indexOf(E const& engine, Key const& key) {
    if (auto const* name = std::get_if<std::string>(&key)) return engine.getBindingIndex(name->c_str());
    return std::get<int32_t>(key);
}

nb::object item(E const& self, Key const& key) {
    if (auto const* name = std::get_if<std::string>(&key)) return nb::int_(self.getBindingIndex(name->c_str()));
    int32_t const count = self.getNbBindings();
    int32_t const index = std::get<int32_t>(key);
    if (index < -count || index >= count) throw nb::index_error("no tensor of this index");
    return nb::cast(self.getBindingName(index < 0 ? index + count : index));
}

std::vector<Dims> profileShape(E const& self, int32_t profile, Key const& key) {
    std::vector<Dims> shapes;
    int32_t const index = indexOf(self, key);
    for (auto selector : kSelectors) shapes.push_back(self.getProfileDimensions(index, profile, selector));
    return shapes;
}

std::vector<std::vector<int32_t>> profileShapeInput(E const& self, int32_t profile, Key const& key) {
    std::vector<std::vector<int32_t>> lists;
    int32_t const index = indexOf(self, key);
    Dims const shape = self.getBindingDimensions(index);
    int64_t count = 1;
    for (int32_t i = 0; i < shape.nbDims; ++i) count *= shape.d[i];
    for (auto selector : kSelectors) {
        int32_t const* values = self.getProfileShapeValues(profile, index, selector);
        if (values != nullptr) lists.emplace_back(values, values + count);
    }
    return lists;
}

std::vector<void*> pointers(std::vector<std::uintptr_t> const& addresses) {
    std::vector<void*> list;
    for (std::uintptr_t address : addresses) list.push_back(asPointer<void>(address));
    return list;
}

using Addresses = std::vector<std::uintptr_t>;

bool executeAsync(X& self, int32_t batch, Addresses const& bindings, std::uintptr_t stream, std::uintptr_t event) {
    nb::gil_scoped_release unlocked;
    auto* const consumed = asPointer<cudaEvent_t>(event);
    return self.enqueue(batch, pointers(bindings).data(), asStream(stream), consumed);
}

bool executeAsyncV2(X& self, Addresses const& bindings, std::uintptr_t stream, std::uintptr_t event) {
    nb::gil_scoped_release unlocked;
    return self.enqueueV2(pointers(bindings).data(), asStream(stream), asPointer<cudaEvent_t>(event));
}

// The values of a shape tensor, those of an output after the shapes of the inputs are known.
std::vector<int32_t> shapeValues(X const& self, int32_t index) {
    Dims const shape = self.getBindingDimensions(index);
    int64_t count = 1;
    for (int32_t i = 0; i < shape.nbDims; ++i) count *= shape.d[i];
    std::vector<int32_t> values(static_cast<size_t>(count > 0 ? count : 0));
    if (!self.getShapeBinding(index, values.data())) refuse("shape binding");
    return values;
}

}  // namespace

void bindEngineLegacy(Bound<E>& c) {
    c.def("__getitem__", &item, "key"_a)
        .def("__len__", &E::getNbBindings)
        .def_prop_ro("num_bindings", &E::getNbBindings)
        .def_prop_ro("max_batch_size", &E::getMaxBatchSize)
        .def("get_binding_index", &E::getBindingIndex, "name"_a)
        .def("get_binding_name", &E::getBindingName, "index"_a)
        .def("get_binding_bytes_per_component", &E::getBindingBytesPerComponent, "index"_a)
        .def("get_binding_components_per_element", &E::getBindingComponentsPerElement, "index"_a)
        .def("get_binding_format", &E::getBindingFormat, "index"_a)
        .def("get_binding_format_desc", &E::getBindingFormatDesc, "index"_a)
        .def("get_binding_vectorized_dim", &E::getBindingVectorizedDim, "index"_a)
        .def("is_shape_binding", &E::isShapeBinding, "binding"_a)
        .def("is_execution_binding", &E::isExecutionBinding, "binding"_a)
        .def("get_profile_shape", &profileShape, "profile_index"_a, "binding"_a)
        .def("get_profile_shape_input", &profileShapeInput, "profile_index"_a, "binding"_a);
    auto const byKey = [&c](char const* name, auto get) { c.def(name, get, "binding"_a); };
    byKey("binding_is_input", [](E const& e, Key const& key) { return e.bindingIsInput(indexOf(e, key)); });
    byKey("get_binding_shape", [](E const& e, Key const& key) { return e.getBindingDimensions(indexOf(e, key)); });
    byKey("get_binding_dtype", [](E const& e, Key const& key) { return e.getBindingDataType(indexOf(e, key)); });
    byKey("get_location", [](E const& e, Key const& key) { return e.getLocation(indexOf(e, key)); });
}

void bindContextLegacy(Bound<X>& c) {
    c.def(
         "execute",
         [](X& self, int32_t batch, Addresses const& bindings) {
             nb::gil_scoped_release unlocked;
             return self.execute(batch, pointers(bindings).data());
         },
         "batch_size"_a = 1, "bindings"_a)
        .def("execute_async", &executeAsync, "batch_size"_a = 1, "bindings"_a, "stream_handle"_a,
             "input_consumed"_a = 0)
        .def("execute_async_v2", &executeAsyncV2, "bindings"_a, "stream_handle"_a, "input_consumed"_a = 0)
        .def("set_binding_shape", &X::setBindingDimensions, "binding"_a, "shape"_a)
        .def("get_binding_shape", &X::getBindingDimensions, "binding"_a)
        .def("get_strides", &X::getStrides, "binding"_a)
        .def("get_shape", &shapeValues, "binding"_a)
        .def(
            "set_shape_input",
            [](X& self, int32_t index, std::vector<int32_t> const& values) {
                return self.setInputShapeBinding(index, values.data());
            },
            "binding"_a, "shape"_a);
}

}  // namespace opentrt::python
