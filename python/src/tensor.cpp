// SPDX-License-Identifier: Apache-2.0
// Tensors and what all layers have in common.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>

#include "bind.h"

namespace opentrt::python {
namespace {

using Range = std::optional<std::pair<float, float>>;

void bindITensor(nb::module_& m) {
    using T = ITensor;
    Bound<T>(m, "ITensor", "A value in a network.")
        .def_prop_rw("name", &T::getName, &T::setName)
        .def_prop_rw("shape", &T::getDimensions, &T::setDimensions)
        .def_prop_rw("dtype", &T::getType, &T::setType)
        .def_prop_rw("broadcast_across_batch", &T::getBroadcastAcrossBatch, &T::setBroadcastAcrossBatch)
        .def_prop_rw("location", &T::getLocation, &T::setLocation)
        .def_prop_rw("allowed_formats", &T::getAllowedFormats, &T::setAllowedFormats)
        .def_prop_ro("is_network_input", &T::isNetworkInput)
        .def_prop_ro("is_network_output", &T::isNetworkOutput)
        .def_prop_ro("is_shape_tensor", &T::isShapeTensor)
        .def_prop_ro("is_execution_tensor", &T::isExecutionTensor)
        .def_prop_rw(
            "dynamic_range",
            [](T const& self) {
                if (!self.dynamicRangeIsSet()) return Range();
                return Range({self.getDynamicRangeMin(), self.getDynamicRangeMax()});
            },
            [](T& self, std::pair<float, float> range) {
                if (!self.setDynamicRange(range.first, range.second)) refuse("dynamic range");
            })
        .def("set_dynamic_range", &T::setDynamicRange, "min"_a, "max"_a)
        .def("reset_dynamic_range", &T::resetDynamicRange)
        .def("set_dimension_name", &T::setDimensionName, "index"_a, "name"_a)
        .def("get_dimension_name", &T::getDimensionName, "index"_a);
}

}  // namespace

void bindTensor(nb::module_& m) {
    bindITensor(m);
    using L = ILayer;
    Bound<L>(m, "ILayer", "A step of a network.")
        .def_prop_rw("name", &L::getName, &L::setName)
        .def_prop_rw("metadata", &L::getMetadata, &L::setMetadata)
        .def_prop_rw("num_ranks", &L::getNbRanks, Checked<&L::setNbRanks>{})
        .def_prop_ro("type", &L::getType)
        .def_prop_ro("num_inputs", &L::getNbInputs)
        .def_prop_ro("num_outputs", &L::getNbOutputs)
        .def_prop_rw("precision", &L::getPrecision, &L::setPrecision)
        .def_prop_ro("precision_is_set", &L::precisionIsSet)
        .def("reset_precision", &L::resetPrecision)
        .def("set_input", &L::setInput, "index"_a, "tensor"_a)
        .def("get_input", &L::getInput, "index"_a, kOwned)
        .def("get_output", &L::getOutput, "index"_a, kOwned)
        .def("set_output_type", &L::setOutputType, "index"_a, "dtype"_a)
        .def("get_output_type", &L::getOutputType, "index"_a)
        .def("output_type_is_set", &L::outputTypeIsSet, "index"_a)
        .def("reset_output_type", &L::resetOutputType, "index"_a);
}

}  // namespace opentrt::python
