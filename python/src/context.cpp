// SPDX-License-Identifier: Apache-2.0
// Execution contexts and inspectors. Addresses, streams and events are integers.
#include "bind.h"

namespace opentrt::python {
namespace {

using X = IExecutionContext;
using Keep = nb::keep_alive<1, 2>;

bool executeV2(X& self, std::vector<std::uintptr_t> const& bindings) {
    nb::gil_scoped_release unlocked;
    std::vector<void*> pointers;
    for (std::uintptr_t address : bindings) pointers.push_back(asPointer<void>(address));
    return self.executeV2(pointers.data());
}

std::vector<std::string> inferShapes(X& self) {
    std::vector<char const*> names(static_cast<size_t>(self.getEngine().getNbIOTensors()));
    int32_t const missing = self.inferShapes(static_cast<int32_t>(names.size()), names.data());
    if (missing < 0) refuse("shape inference");
    return {names.begin(), names.begin() + missing};
}

void setProfile(X& self, int32_t profile, std::uintptr_t stream) {
    if (!self.setOptimizationProfileAsync(profile, asStream(stream))) refuse("optimization profile");
}

void defTensors(Bound<X>& c) {
    c.def("set_input_shape", &X::setInputShape, "name"_a, "shape"_a)
        .def("get_tensor_shape", &X::getTensorShape, "name"_a)
        .def("get_tensor_strides", &X::getTensorStrides, "name"_a)
        .def(
            "set_tensor_address",
            [](X& self, char const* name, std::uintptr_t memory) {
                return self.setTensorAddress(name, asPointer<void>(memory));
            },
            "name"_a, "memory"_a)
        .def(
            "get_tensor_address",
            [](X const& self, char const* name) { return asAddress(self.getTensorAddress(name)); }, "name"_a)
        .def("set_output_allocator", &X::setOutputAllocator, "name"_a, "output_allocator"_a.none(),
             nb::keep_alive<1, 3>())
        .def("get_output_allocator", &X::getOutputAllocator, "name"_a, kOwned)
        .def("get_max_output_size", &X::getMaxOutputSize, "name"_a)
        .def("infer_shapes", &inferShapes)
        .def_prop_ro("all_binding_shapes_specified", &X::allInputDimensionsSpecified)
        .def_prop_ro("all_shape_inputs_specified", &X::allInputShapesSpecified);
}

void defExecution(Bound<X>& c) {
    c.def(
         "execute_async_v3", [](X& self, std::uintptr_t stream) { return self.enqueueV3(asStream(stream)); },
         "stream_handle"_a, ReleaseGil())
        .def("execute_v2", &executeV2, "bindings"_a)
        .def(
            "set_optimization_profile_async",
            [](X& self, int32_t profile, std::uintptr_t stream) {
                return self.setOptimizationProfileAsync(profile, asStream(stream));
            },
            "profile_index"_a, "stream_handle"_a)
        .def_prop_rw("active_optimization_profile", &X::getOptimizationProfile,
                     [](X& self, int32_t profile) { setProfile(self, profile, 0); })
        .def(
            "set_input_consumed_event",
            [](X& self, std::uintptr_t event) { return self.setInputConsumedEvent(asPointer<CUevent_st>(event)); },
            "event"_a)
        .def("get_input_consumed_event", [](X const& self) { return asAddress(self.getInputConsumedEvent()); })
        .def(
            "set_aux_streams",
            [](X& self, std::vector<std::uintptr_t> const& handles) {
                std::vector<cudaStream_t> streams;
                for (std::uintptr_t handle : handles) streams.push_back(asStream(handle));
                self.setAuxStreams(streams.data(), static_cast<int32_t>(streams.size()));
            },
            "aux_streams"_a)
        .def("report_to_profiler", &X::reportToProfiler)
        .def(
            "set_communicator",
            [](X& self, std::uintptr_t communicator) { return self.setCommunicator(asPointer<void>(communicator)); },
            "communicator"_a)
        .def("get_runtime_config", &X::getRuntimeConfig, KeepParent());
}

void defMemory(Bound<X>& c) {
    c.def_prop_rw("device_memory", nullptr,
                  [](X& self, std::uintptr_t memory) { self.setDeviceMemory(asPointer<void>(memory)); })
        .def(
            "set_device_memory",
            [](X& self, std::uintptr_t memory, int64_t size) { self.setDeviceMemoryV2(asPointer<void>(memory), size); },
            "memory"_a, "size"_a)
        .def("update_device_memory_size_for_shapes", &X::updateDeviceMemorySizeForShapes)
        .def_prop_rw("temporary_allocator", &X::getTemporaryStorageAllocator,
                     Checked<&X::setTemporaryStorageAllocator>{}, nb::for_setter(Keep()),
                     nb::for_setter("allocator"_a.none()))
        .def_prop_rw("persistent_cache_limit", &X::getPersistentCacheLimit, &X::setPersistentCacheLimit);
}

void defDebugging(Bound<X>& c) {
    c.def_prop_rw("debug_sync", &X::getDebugSync, &X::setDebugSync)
        .def_prop_rw("profiler", &X::getProfiler, &X::setProfiler, nb::for_setter(Keep()),
                     nb::for_setter("profiler"_a.none()))
        .def_prop_rw("enqueue_emits_profile", &X::getEnqueueEmitsProfile, &X::setEnqueueEmitsProfile)
        .def_prop_rw("nvtx_verbosity", &X::getNvtxVerbosity, Checked<&X::setNvtxVerbosity>{})
        .def("set_debug_listener", &X::setDebugListener, "listener"_a.none(), Keep())
        .def("get_debug_listener", &X::getDebugListener, kOwned)
        .def("set_tensor_debug_state", &X::setTensorDebugState, "name"_a, "flag"_a)
        .def("get_debug_state", &X::getDebugState, "name"_a)
        .def("set_all_tensors_debug_state", &X::setAllTensorsDebugState, "flag"_a)
        .def_prop_rw("unfused_tensors_debug_state", &X::getUnfusedTensorsDebugState,
                     Checked<&X::setUnfusedTensorsDebugState>{})
        .def_prop_rw("error_recorder", &X::getErrorRecorder, &X::setErrorRecorder, nb::for_setter(Keep()),
                     nb::for_setter("recorder"_a.none()));
}

void bindInspector(nb::module_& m) {
    using I = IEngineInspector;
    Bound<I>(m, "EngineInspector", "Describes the layers of an engine.")
        .def_prop_rw("execution_context", &I::getExecutionContext, Checked<&I::setExecutionContext>{},
                     nb::for_setter(Keep()), nb::for_setter("context"_a.none()))
        .def("get_layer_information", &I::getLayerInformation, "layer_index"_a, "format"_a)
        .def("get_engine_information", &I::getEngineInformation, "format"_a)
        .def_prop_rw("error_recorder", &I::getErrorRecorder, &I::setErrorRecorder, nb::for_setter(Keep()),
                     nb::for_setter("recorder"_a.none()));
}

}  // namespace

void bindContext(nb::module_& m) {
    Bound<X> c(m, "IExecutionContext", "The state of one stream of inferences.");
    c.def_prop_rw("name", &X::getName, &X::setName).def_prop_ro("engine", &X::getEngine, nb::rv_policy::reference);
    defTensors(c);
    defExecution(c);
    defMemory(c);
    defDebugging(c);
    bindContextLegacy(c);
    defWith(c);
    bindInspector(m);
}

}  // namespace opentrt::python
