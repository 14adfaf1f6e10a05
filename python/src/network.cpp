// SPDX-License-Identifier: Apache-2.0
// Networks: their tensors, names and marks. The layers are in network_layers.cpp.
#include "bind.h"

namespace opentrt::python {
namespace {

using N = INetworkDefinition;

nb::object layerAt(nb::pointer_and_handle<N> self, int64_t index) {
    int64_t const count = self.p->getNbLayers();
    if (index < -count || index >= count) throw nb::index_error("no layer of this index");
    return castLayer(self.p->getLayer(static_cast<int32_t>(index < 0 ? index + count : index)), self.h);
}

void bindMarks(Bound<N>& c) {
    c.def("mark_output", &N::markOutput, "tensor"_a)
        .def("unmark_output", &N::unmarkOutput, "tensor"_a)
        .def("mark_output_for_shapes", &N::markOutputForShapes, "tensor"_a)
        .def("unmark_output_for_shapes", &N::unmarkOutputForShapes, "tensor"_a)
        .def("mark_weights_refittable", &N::markWeightsRefittable, "name"_a)
        .def("unmark_weights_refittable", &N::unmarkWeightsRefittable, "name"_a)
        .def("are_weights_marked_refittable", &N::areWeightsMarkedRefittable, "name"_a)
        .def("mark_debug", &N::markDebug, "tensor"_a)
        .def("unmark_debug", &N::unmarkDebug, "tensor"_a)
        .def("is_debug_tensor", &N::isDebugTensor, "tensor"_a)
        .def("mark_unfused_tensors_as_debug_tensors", &N::markUnfusedTensorsAsDebugTensors)
        .def("unmark_unfused_tensors_as_debug_tensors", &N::unmarkUnfusedTensorsAsDebugTensors)
        .def(
            "set_weights_name",
            [](N& self, Weights const* weights, char const* name) {
                return self.setWeightsName(weightsOr(weights), name);
            },
            "weights"_a, "name"_a);
}

}  // namespace

void bindNetwork(nb::module_& m) {
    Bound<N> c(m, "INetworkDefinition", "A network under construction.");
    c.def_prop_rw("name", &N::getName, &N::setName)
        .def_prop_ro("num_layers", &N::getNbLayers)
        .def_prop_ro("num_inputs", &N::getNbInputs)
        .def_prop_ro("num_outputs", &N::getNbOutputs)
        .def_prop_ro("has_implicit_batch_dimension", &N::hasImplicitBatchDimension)
        .def_prop_rw("error_recorder", &N::getErrorRecorder, &N::setErrorRecorder,
                     nb::for_setter(nb::keep_alive<1, 2>()), nb::for_setter("recorder"_a.none()))
        .def_prop_ro("builder", &N::getBuilder)
        .def_prop_ro("flags", &N::getFlags)
        .def("get_flag", &N::getFlag, "flag"_a)
        .def("get_layer", &layerAt, "index"_a)
        .def("get_input", &N::getInput, "index"_a, kOwned)
        .def("get_output", &N::getOutput, "index"_a, kOwned)
        .def("remove_tensor", &N::removeTensor, "tensor"_a)
        .def("add_input", &N::addInput, "name"_a, "dtype"_a, "shape"_a, kOwned)
        .def("__len__", &N::getNbLayers)
        .def("__getitem__", &layerAt, "index"_a);
    bindMarks(c);
    bindNetworkLayers(c);
    bindNetworkTail(c);
    bindNetworkLegacy(c);
    defWith(c);
}

}  // namespace opentrt::python
