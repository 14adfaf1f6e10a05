// SPDX-License-Identifier: Apache-2.0
// The builder. Builds run without the lock of the interpreter.
#include <cstdlib>

#include "bind.h"

namespace opentrt::python {
namespace {

using B = IBuilder;
using Keep = nb::keep_alive<1, 2>;

IBuilder* make(ILogger& logger) {
    return createInferBuilder(logger);
}

// Scripts of 9.x and before mean an implicit batch by no flags; the environment says that a script is one.
INetworkDefinition* createNetwork(B& self, uint32_t flags) {
    char const* const era = std::getenv("TENSORRT_COMPAT_MAJOR");
    bool const old = era != nullptr && std::atoi(era) > 0 && std::atoi(era) <= 9;
    if (old && (flags & 1U) == 0) return self.createNetwork();
    return self.createNetworkV2(flags);
}

ICudaEngine* buildEngine(B& self, INetworkDefinition& network, IBuilderConfig& config) {
    warnDeprecated("build_serialized_network");
    nb::gil_scoped_release unlocked;
    return self.buildEngineWithConfig(network, config);
}

void defBuild(Bound<B>& c) {
    c.def(
         "build_serialized_network",
         [](B& self, INetworkDefinition& network, IBuilderConfig& config) {
             return self.buildSerializedNetwork(network, config);
         },
         "network"_a, "config"_a, ReleaseGil())
        .def("build_serialized_network_to_stream", &B::buildSerializedNetworkToStream, "network"_a, "config"_a,
             "writer"_a, ReleaseGil())
        .def("build_engine_with_config", &B::buildEngineWithConfig, "network"_a, "config"_a, ReleaseGil(), KeepParent())
        .def("is_network_supported", &B::isNetworkSupported, "network"_a, "config"_a, ReleaseGil())
        .def("build_engine", &buildEngine, "network"_a, "config"_a, KeepParent())
        .def("build_cuda_engine", &B::buildCudaEngine, "network"_a, ReleaseGil(), KeepParent());
}

void defOldOptions(Bound<B>& c) {
    c.def_prop_rw("max_batch_size", &B::getMaxBatchSize, &B::setMaxBatchSize)
        .def_prop_rw("max_workspace_size", &B::getMaxWorkspaceSize, &B::setMaxWorkspaceSize)
        .def_prop_rw("fp16_mode", &B::getFp16Mode, &B::setFp16Mode)
        .def_prop_rw("int8_mode", &B::getInt8Mode, &B::setInt8Mode)
        .def_prop_rw("strict_type_constraints", &B::getStrictTypeConstraints, &B::setStrictTypeConstraints)
        .def_prop_rw("refittable", &B::getRefittable, &B::setRefittable)
        .def_prop_rw("debug_sync", &B::getDebugSync, &B::setDebugSync)
        .def_prop_rw("min_find_iterations", &B::getMinFindIterations, &B::setMinFindIterations)
        .def_prop_rw("average_find_iterations", &B::getAverageFindIterations, &B::setAverageFindIterations)
        .def_prop_rw("int8_calibrator", nullptr, &B::setInt8Calibrator, nb::for_setter(Keep()),
                     nb::for_setter("calibrator"_a.none()));
}

}  // namespace

void bindBuilder(nb::module_& m) {
    Bound<B> c(m, "Builder", "Makes networks and configurations, and builds plans from them.");
    c.def(nb::new_(&make), "logger"_a, nb::keep_alive<0, 2>())
        .def("create_network", &createNetwork, "flags"_a = 0U, KeepParent())
        .def("create_builder_config", &B::createBuilderConfig, KeepParent())
        .def("create_optimization_profile", &B::createOptimizationProfile, kOwned)
        .def_prop_ro("platform_has_tf32", &B::platformHasTf32)
        .def_prop_ro("platform_has_fast_fp16", &B::platformHasFastFp16)
        .def_prop_ro("platform_has_fast_int8", &B::platformHasFastInt8)
        .def_prop_ro("max_DLA_batch_size", &B::getMaxDLABatchSize)
        .def_prop_ro("num_DLA_cores", &B::getNbDLACores)
        .def_prop_rw("gpu_allocator", nullptr, &B::setGpuAllocator, nb::for_setter(Keep()),
                     nb::for_setter("allocator"_a.none()))
        .def_prop_rw("error_recorder", &B::getErrorRecorder, &B::setErrorRecorder, nb::for_setter(Keep()),
                     nb::for_setter("recorder"_a.none()))
        .def_prop_ro("logger", &B::getLogger, kOwned)
        .def_prop_rw("max_threads", &B::getMaxThreads, Checked<&B::setMaxThreads>{})
        .def("reset", [](B& self) { self.reset(); })
        .def("get_plugin_registry", &B::getPluginRegistry, kOwned);
    defBuild(c);
    defOldOptions(c);
    defWith(c);
}

}  // namespace opentrt::python
