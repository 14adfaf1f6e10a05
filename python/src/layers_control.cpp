// SPDX-License-Identifier: Apache-2.0
// Loops, conditionals, assertions, and the layers of plugins.
#include "bind.h"

namespace opentrt::python {
namespace {

void bindLoopLayers(nb::module_& m) {
    using B = ILoopBoundaryLayer;
    Bound<B, ILayer>(m, "ILoopBoundaryLayer").def_prop_ro("loop", &B::getLoop, kOwned);
    Bound<IRecurrenceLayer, B>(m, "IRecurrenceLayer");
    Bound<ILoopOutputLayer, B>(m, "ILoopOutputLayer")
        .def_prop_rw("axis", &ILoopOutputLayer::getAxis, &ILoopOutputLayer::setAxis)
        .def_prop_ro("kind", &ILoopOutputLayer::getLoopOutput);
    Bound<ITripLimitLayer, B>(m, "ITripLimitLayer").def_prop_ro("kind", &ITripLimitLayer::getTripLimit);
    Bound<IIteratorLayer, B>(m, "IIteratorLayer")
        .def_prop_rw("axis", &IIteratorLayer::getAxis, &IIteratorLayer::setAxis)
        .def_prop_rw("reverse", &IIteratorLayer::getReverse, &IIteratorLayer::setReverse);
}

void bindConditionalLayers(nb::module_& m) {
    using B = IIfConditionalBoundaryLayer;
    Bound<B, ILayer>(m, "IIfConditionalBoundaryLayer").def_prop_ro("conditional", &B::getConditional, kOwned);
    Bound<IConditionLayer, B>(m, "IConditionLayer");
    Bound<IIfConditionalOutputLayer, B>(m, "IIfConditionalOutputLayer");
    Bound<IIfConditionalInputLayer, B>(m, "IIfConditionalInputLayer");
}

}  // namespace

void bindControlLayers(nb::module_& m) {
    bindLoopLayers(m);
    bindConditionalLayers(m);
    Bound<IAssertionLayer, ILayer>(m, "IAssertionLayer")
        .def_prop_rw("message", &IAssertionLayer::getMessage, &IAssertionLayer::setMessage);
    using L = ILoop;
    Bound<L>(m, "ILoop", "Makes the layers of a loop.")
        .def("add_recurrence", &L::addRecurrence, "initial_value"_a, kOwned)
        .def("add_trip_limit", &L::addTripLimit, "tensor"_a, "kind"_a, kOwned)
        .def("add_iterator", &L::addIterator, "tensor"_a, "axis"_a = 0, "reverse"_a = false, kOwned)
        .def("add_loop_output", &L::addLoopOutput, "tensor"_a, "kind"_a, "axis"_a = 0, kOwned)
        .def_prop_rw("name", &L::getName, &L::setName);
    using I = IIfConditional;
    Bound<I>(m, "IIfConditional", "Makes the layers of a conditional.")
        .def("set_condition", &I::setCondition, "condition"_a, kOwned)
        .def("add_output", &I::addOutput, "true_subgraph_output"_a, "false_subgraph_output"_a, kOwned)
        .def("add_input", &I::addInput, "input"_a, kOwned)
        .def_prop_rw("name", &I::getName, &I::setName);
}

}  // namespace opentrt::python
