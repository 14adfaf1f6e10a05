// SPDX-License-Identifier: Apache-2.0
// The refitter: new weights for an engine. It keeps the arrays that it is given.
#include <nanobind/stl/pair.h>

#include "bind.h"

namespace opentrt::python {
namespace {

using R = IRefitter;

IRefitter* make(ICudaEngine& engine, ILogger& logger) {
    return createInferRefitter(engine, logger);
}

template <int32_t (R::*Get)(int32_t, char const**) noexcept>
std::vector<std::string> namesOf(R& self) {
    int32_t const count = (self.*Get)(0, nullptr);
    std::vector<char const*> names(static_cast<size_t>(count > 0 ? count : 0));
    (self.*Get)(count, names.data());
    return {names.begin(), names.end()};
}

// Names of layers and the roles of their weights.
template <int32_t (R::*Get)(int32_t, char const**, WeightsRole*) noexcept>
nb::tuple layersOf(R& self) {
    int32_t const count = (self.*Get)(0, nullptr, nullptr);
    auto const size = static_cast<size_t>(count > 0 ? count : 0);
    std::vector<char const*> names(size);
    std::vector<WeightsRole> roles(size);
    (self.*Get)(count, names.data(), roles.data());
    nb::list nameList, roleList;
    for (size_t i = 0; i < size; ++i) {
        nameList.append(names[i]);
        roleList.append(roles[i]);
    }
    return nb::make_tuple(nameList, roleList);
}

void defRanges(Bound<R>& c) {
    c.def(
         "get_dynamic_range",
         [](R const& self, char const* name) {
             return std::pair<float, float>(self.getDynamicRangeMin(name), self.getDynamicRangeMax(name));
         },
         "tensor_name"_a)
        .def(
            "set_dynamic_range",
            [](R& self, char const* name, std::pair<float, float> range) {
                return self.setDynamicRange(name, range.first, range.second);
            },
            "tensor_name"_a, "range"_a)
        .def("get_tensors_with_dynamic_range", [](R const& self) {
            int32_t const count = self.getTensorsWithDynamicRange(0, nullptr);
            std::vector<char const*> names(static_cast<size_t>(count > 0 ? count : 0));
            self.getTensorsWithDynamicRange(count, names.data());
            return std::vector<std::string>(names.begin(), names.end());
        });
}

}  // namespace

void bindRefitter(nb::module_& m) {
    Bound<R> c(m, "Refitter", "Replaces the weights of an engine.");
    c.def(nb::new_(&make), "engine"_a, "logger"_a, nb::keep_alive<0, 2>(), nb::keep_alive<0, 3>())
        .def("set_weights", &R::setWeights, "layer_name"_a, "role"_a, "weights"_a, nb::keep_alive<1, 4>())
        .def(
            "set_named_weights", [](R& self, char const* name, Weights w) { return self.setNamedWeights(name, w); },
            "name"_a, "weights"_a, nb::keep_alive<1, 3>())
        .def(
            "set_named_weights",
            [](R& self, char const* name, Weights w, TensorLocation where) {
                return self.setNamedWeights(name, w, where);
            },
            "name"_a, "weights"_a, "location"_a, nb::keep_alive<1, 3>())
        .def("refit_cuda_engine", &R::refitCudaEngine, ReleaseGil())
        .def(
            "refit_cuda_engine_async",
            [](R& self, std::uintptr_t stream) { return self.refitCudaEngineAsync(asStream(stream)); },
            "stream_handle"_a, ReleaseGil())
        .def("get_missing", &layersOf<&R::getMissing>)
        .def("get_all", &layersOf<&R::getAll>)
        .def("get_missing_weights", &namesOf<&R::getMissingWeights>)
        .def("get_all_weights", &namesOf<&R::getAllWeights>)
        .def("get_named_weights", &R::getNamedWeights, "weights_name"_a)
        .def("get_weights_location", &R::getWeightsLocation, "weights_name"_a)
        .def("unset_named_weights", &R::unsetNamedWeights, "weights_name"_a)
        .def("get_weights_prototype", &R::getWeightsPrototype, "weights_name"_a)
        .def_prop_rw("weights_validation", &R::getWeightsValidation, &R::setWeightsValidation)
        .def_prop_rw("error_recorder", &R::getErrorRecorder, &R::setErrorRecorder,
                     nb::for_setter(nb::keep_alive<1, 2>()), nb::for_setter("recorder"_a.none()))
        .def_prop_ro("logger", &R::getLogger, kOwned)
        .def_prop_rw("max_threads", &R::getMaxThreads, Checked<&R::setMaxThreads>{});
    defRanges(c);
    defWith(c);
}

}  // namespace opentrt::python
