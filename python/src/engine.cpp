// SPDX-License-Identifier: Apache-2.0
// Engines and what describes them.
#include "bind.h"

namespace opentrt::python {
namespace {

using E = ICudaEngine;
constexpr OptProfileSelector kSelectors[] = {OptProfileSelector::kMIN, OptProfileSelector::kOPT,
                                             OptProfileSelector::kMAX};

std::vector<Dims> profileShape(E const& self, char const* name, int32_t profile) {
    std::vector<Dims> shapes;
    for (auto selector : kSelectors) shapes.push_back(self.getProfileShape(name, profile, selector));
    return shapes;
}

std::vector<std::vector<int64_t>> profileValues(E const& self, char const* name, int32_t profile) {
    Dims const shape = self.getTensorShape(name);
    int64_t count = 1;
    for (int32_t i = 0; i < shape.nbDims; ++i) count *= shape.d[i];
    std::vector<std::vector<int64_t>> lists;
    for (auto selector : kSelectors) {
        int64_t const* values = self.getProfileTensorValuesV2(name, profile, selector);
        if (values != nullptr) lists.emplace_back(values, values + count);
    }
    return lists;
}

void defTensors(Bound<E>& c) {
    c.def_prop_ro("num_io_tensors", &E::getNbIOTensors)
        .def("get_tensor_name", &E::getIOTensorName, "index"_a)
        .def("get_tensor_mode", &E::getTensorIOMode, "name"_a)
        .def("is_shape_inference_io", &E::isShapeInferenceIO, "name"_a)
        .def("get_tensor_shape", &E::getTensorShape, "name"_a)
        .def("get_tensor_dtype", &E::getTensorDataType, "name"_a)
        .def("get_tensor_location", &E::getTensorLocation, "name"_a)
        .def("get_tensor_profile_shape", &profileShape, "name"_a, "profile_index"_a)
        .def("get_tensor_profile_values", &profileValues, "name"_a, "profile_index"_a)
        .def("get_aliased_input_tensor", &E::getAliasedInputTensor, "name"_a)
        .def("is_debug_tensor", &E::isDebugTensor, "name"_a);
    // A tensor's format may depend on the profile, 0 if not given.
    auto const pair = [&c](char const* name, auto get) { c.def(name, get, "name"_a, "profile_index"_a = 0); };
    using S = char const*;
    pair("get_tensor_bytes_per_component",
         [](E const& e, S n, int32_t p) { return e.getTensorBytesPerComponent(n, p); });
    pair("get_tensor_components_per_element",
         [](E const& e, S n, int32_t p) { return e.getTensorComponentsPerElement(n, p); });
    pair("get_tensor_format", [](E const& e, S n, int32_t p) { return e.getTensorFormat(n, p); });
    pair("get_tensor_format_desc", [](E const& e, S n, int32_t p) { return e.getTensorFormatDesc(n, p); });
    pair("get_tensor_vectorized_dim", [](E const& e, S n, int32_t p) { return e.getTensorVectorizedDim(n, p); });
}

void defContexts(Bound<E>& c) {
    c.def(
         "create_execution_context",
         [](E& self, ExecutionContextAllocationStrategy strategy) { return self.createExecutionContext(strategy); },
         "strategy"_a = ExecutionContextAllocationStrategy::kSTATIC, ReleaseGil(), KeepParent())
        .def(
            "create_execution_context",
            [](E& self, IRuntimeConfig* config) { return self.createExecutionContext(config); }, "runtime_config"_a,
            ReleaseGil(), KeepParent(), nb::keep_alive<0, 2>())
        .def("create_execution_context_without_device_memory", &E::createExecutionContextWithoutDeviceMemory,
             ReleaseGil(), KeepParent())
        .def("create_runtime_config", &E::createRuntimeConfig, KeepParent())
        .def("create_engine_inspector", &E::createEngineInspector, KeepParent())
        .def("create_serialization_config", &E::createSerializationConfig, KeepParent())
        .def("serialize_with_config", &E::serializeWithConfig, "config"_a, ReleaseGil())
        .def("serialize", &E::serialize, ReleaseGil());
}

void defMemory(Bound<E>& c) {
    c.def_prop_ro("device_memory_size", &E::getDeviceMemorySize)
        .def("get_device_memory_size_for_profile", &E::getDeviceMemorySizeForProfile, "profile_index"_a)
        .def_prop_ro("device_memory_size_v2", &E::getDeviceMemorySizeV2)
        .def("get_device_memory_size_for_profile_v2", &E::getDeviceMemorySizeForProfileV2, "profile_index"_a)
        .def_prop_rw("weight_streaming_budget", &E::getWeightStreamingBudget, Checked<&E::setWeightStreamingBudget>{})
        .def_prop_ro("minimum_weight_streaming_budget", &E::getMinimumWeightStreamingBudget)
        .def_prop_rw("weight_streaming_budget_v2", &E::getWeightStreamingBudgetV2,
                     Checked<&E::setWeightStreamingBudgetV2>{})
        .def_prop_ro("streamable_weights_size", &E::getStreamableWeightsSize)
        .def("get_weight_streaming_automatic_budget", &E::getWeightStreamingAutomaticBudget)
        .def_prop_ro("weight_streaming_scratch_memory_size", &E::getWeightStreamingScratchMemorySize)
        .def("get_engine_stat", &E::getEngineStat, "stat"_a = EngineStat::kTOTAL_WEIGHTS_SIZE);
}

void bindHelpers(nb::module_& m) {
    using S = ISerializationConfig;
    Bound<S>(m, "ISerializationConfig", "What a plan leaves out.")
        .def_prop_rw("flags", &S::getFlags, Checked<&S::setFlags>{})
        .def("set_flag", &S::setFlag, "flag"_a)
        .def("clear_flag", &S::clearFlag, "flag"_a)
        .def("get_flag", &S::getFlag, "flag"_a);
    using R = IRuntimeConfig;
    Bound<R>(m, "IRuntimeConfig", "Options of an execution context.")
        .def("set_execution_context_allocation_strategy", &R::setExecutionContextAllocationStrategy,
             "strategy"_a = ExecutionContextAllocationStrategy::kSTATIC)
        .def("get_execution_context_allocation_strategy", &R::getExecutionContextAllocationStrategy);
}

}  // namespace

void bindEngine(nb::module_& m) {
    bindHelpers(m);
    Bound<E> c(m, "ICudaEngine", "A network built for this machine.");
    c.def_prop_ro("name", &E::getName)
        .def_prop_ro("num_layers", &E::getNbLayers)
        .def_prop_ro("refittable", &E::isRefittable)
        .def_prop_ro("num_optimization_profiles", &E::getNbOptimizationProfiles)
        .def_prop_ro("engine_capability", &E::getEngineCapability)
        .def_prop_ro("has_implicit_batch_dimension", &E::hasImplicitBatchDimension)
        .def_prop_ro("tactic_sources", &E::getTacticSources)
        .def_prop_ro("profiling_verbosity", &E::getProfilingVerbosity)
        .def_prop_ro("hardware_compatibility_level", &E::getHardwareCompatibilityLevel)
        .def_prop_ro("num_aux_streams", &E::getNbAuxStreams)
        .def_prop_rw("error_recorder", &E::getErrorRecorder, &E::setErrorRecorder,
                     nb::for_setter(nb::keep_alive<1, 2>()), nb::for_setter("recorder"_a.none()));
    defTensors(c);
    defContexts(c);
    defMemory(c);
    bindEngineLegacy(c);
    defWith(c);
}

}  // namespace opentrt::python
