// SPDX-License-Identifier: Apache-2.0
// Options of a build, optimization profiles and timing caches.
#include <cstdio>
#include <nanobind/stl/optional.h>

#include "bind.h"

namespace opentrt::python {
namespace {

using C = IBuilderConfig;
using P = IOptimizationProfile;
using Keep = nb::keep_alive<1, 2>;
constexpr OptProfileSelector kSelectors[] = {OptProfileSelector::kMIN, OptProfileSelector::kOPT,
                                             OptProfileSelector::kMAX};

std::vector<Dims> shapesOf(P const& self, char const* input) {
    std::vector<Dims> shapes;
    for (auto selector : kSelectors) {
        Dims const shape = self.getDimensions(input, selector);
        if (shape.nbDims >= 0) shapes.push_back(shape);
    }
    return shapes;
}

std::vector<std::vector<int64_t>> valuesOf(P const& self, char const* input) {
    std::vector<std::vector<int64_t>> lists;
    int32_t const count = self.getNbShapeValues(input);
    for (auto selector : kSelectors) {
        int64_t const* values = self.getShapeValuesV2(input, selector);
        if (values != nullptr && count >= 0) lists.emplace_back(values, values + count);
    }
    return lists;
}

void bindProfile(nb::module_& m) {
    Bound<P>(m, "IOptimizationProfile", "Least, best and greatest shapes of the inputs.")
        .def(
            "set_shape",
            [](P& self, char const* input, Dims const& min, Dims const& opt, Dims const& max) {
                Dims const* const shapes[] = {&min, &opt, &max};
                for (int32_t i = 0; i < 3; ++i) {
                    if (!self.setDimensions(input, kSelectors[i], *shapes[i])) {
                        throw nb::value_error("the shapes of the profile were refused: the log says why");
                    }
                }
            },
            "input"_a, "min"_a, "opt"_a, "max"_a)
        .def("get_shape", &shapesOf, "input"_a)
        .def(
            "set_shape_input",
            [](P& self, char const* input, std::vector<int64_t> const& min, std::vector<int64_t> const& opt,
               std::vector<int64_t> const& max) {
                std::vector<int64_t> const* const lists[] = {&min, &opt, &max};
                for (int32_t i = 0; i < 3; ++i) {
                    auto const count = static_cast<int32_t>(lists[i]->size());
                    if (!self.setShapeValuesV2(input, kSelectors[i], lists[i]->data(), count)) {
                        throw nb::value_error("the values of the profile were refused: the log says why");
                    }
                }
            },
            "input"_a, "min"_a, "opt"_a, "max"_a)
        .def("get_shape_input", &valuesOf, "input"_a)
        .def_prop_rw("extra_memory_target", &P::getExtraMemoryTarget, Checked<&P::setExtraMemoryTarget>{})
        .def("__bool__", &P::isValid);
}

std::string textOf(TimingCacheKey const& key) {
    std::string text;
    char digits[3];
    for (uint8_t byte : key.data) {
        std::snprintf(digits, sizeof digits, "%02x", byte);
        text += digits;
    }
    return text;
}

TimingCacheKey parseKey(std::string text) {
    if (text.rfind("0x", 0) == 0) text.erase(0, 2);
    TimingCacheKey key{};
    if (text.size() != 2 * sizeof key.data || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
        throw nb::value_error("a key has 32 hexadecimal digits");
    }
    for (size_t i = 0; i < sizeof key.data; ++i) {
        key.data[i] = static_cast<uint8_t>(std::stoi(text.substr(2 * i, 2), nullptr, 16));
    }
    return key;
}

void bindTimingCache(nb::module_& m) {
    Bound<TimingCacheKey>(m, "TimingCacheKey", "Identity of a measured step.")
        .def_static("parse", &parseKey, "text"_a, "A key from its hexadecimal digits.")
        .def("__str__", &textOf)
        .def("__hash__", [](TimingCacheKey const& self) { return std::hash<std::string>()(textOf(self)); })
        .def("__eq__", [](TimingCacheKey const& a, TimingCacheKey const& b) { return textOf(a) == textOf(b); });
    using V = TimingCacheValue;
    Bound<V>(m, "TimingCacheValue", "The tactic that won, and its time.")
        .def(
            "__init__",
            [](V* self, uint64_t hash, float time) {
                new (self) V{hash, time};
            },
            "tactic_hash"_a, "timing_ms"_a)
        .def_rw("tacticHash", &V::tacticHash)
        .def_rw("timingMSec", &V::timingMSec);
    using T = ITimingCache;
    Bound<T>(m, "ITimingCache", "Measured times of tactics, kept between builds.")
        .def("serialize", &T::serialize)
        .def("combine", &T::combine, "input_cache"_a, "ignore_mismatch"_a)
        .def("reset", &T::reset)
        .def("queryKeys",
             [](T const& self) {
                 int64_t const count = self.queryKeys(nullptr, 0);
                 std::vector<TimingCacheKey> keys(static_cast<size_t>(count > 0 ? count : 0));
                 self.queryKeys(keys.data(), count);
                 return keys;
             })
        .def("query", &T::query, "key"_a)
        .def("update", &T::update, "key"_a, "value"_a);
}

void defFlags(Bound<C>& c) {
    c.def_prop_rw("flags", &C::getFlags, &C::setFlags)
        .def("set_flag", &C::setFlag, "flag"_a)
        .def("clear_flag", &C::clearFlag, "flag"_a)
        .def("get_flag", &C::getFlag, "flag"_a)
        .def_prop_rw("quantization_flags", &C::getQuantizationFlags, &C::setQuantizationFlags)
        .def("set_quantization_flag", &C::setQuantizationFlag, "flag"_a)
        .def("clear_quantization_flag", &C::clearQuantizationFlag, "flag"_a)
        .def("get_quantization_flag", &C::getQuantizationFlag, "flag"_a)
        .def("set_preview_feature", &C::setPreviewFeature, "feature"_a, "enable"_a)
        .def("get_preview_feature", &C::getPreviewFeature, "feature"_a)
        .def("set_memory_pool_limit", &C::setMemoryPoolLimit, "pool"_a, "pool_size"_a)
        .def("get_memory_pool_limit", &C::getMemoryPoolLimit, "pool"_a)
        .def("set_tactic_sources", &C::setTacticSources, "tactic_sources"_a)
        .def("get_tactic_sources", &C::getTacticSources)
        .def("reset", &C::reset);
}

void defDevices(Bound<C>& c) {
    c.def_prop_rw("default_device_type", &C::getDefaultDeviceType, &C::setDefaultDeviceType)
        .def_prop_rw("DLA_core", &C::getDLACore, &C::setDLACore)
        .def("set_device_type", &C::setDeviceType, "layer"_a, "device_type"_a)
        .def("get_device_type", &C::getDeviceType, "layer"_a)
        .def("is_device_type_set", &C::isDeviceTypeSet, "layer"_a)
        .def("reset_device_type", &C::resetDeviceType, "layer"_a)
        .def("can_run_on_DLA", &C::canRunOnDLA, "layer"_a)
        .def_prop_rw("engine_capability", &C::getEngineCapability, &C::setEngineCapability)
        .def_prop_rw("hardware_compatibility_level", &C::getHardwareCompatibilityLevel,
                     &C::setHardwareCompatibilityLevel)
        .def_prop_rw("runtime_platform", &C::getRuntimePlatform, &C::setRuntimePlatform)
        .def_prop_rw("max_aux_streams", &C::getMaxAuxStreams, Checked<&C::setMaxAuxStreams>{})
        .def_prop_rw(
            "profile_stream", [](C const& self) { return asAddress(self.getProfileStream()); },
            [](C& self, std::uintptr_t stream) { self.setProfileStream(asStream(stream)); });
}

void defTuning(Bound<C>& c) {
    c.def_prop_rw("avg_timing_iterations", &C::getAvgTimingIterations, &C::setAvgTimingIterations)
        .def_prop_rw("min_timing_iterations", &C::getMinTimingIterations, &C::setMinTimingIterations)
        .def_prop_rw("max_workspace_size", &C::getMaxWorkspaceSize, &C::setMaxWorkspaceSize)
        .def_prop_rw("profiling_verbosity", &C::getProfilingVerbosity, &C::setProfilingVerbosity)
        .def_prop_rw("builder_optimization_level", &C::getBuilderOptimizationLevel, &C::setBuilderOptimizationLevel)
        .def_prop_rw("max_num_tactics", &C::getMaxNbTactics, &C::setMaxNbTactics)
        .def_prop_rw("tiling_optimization_level", &C::getTilingOptimizationLevel,
                     Checked<&C::setTilingOptimizationLevel>{})
        .def_prop_rw("l2_limit_for_tiling", &C::getL2LimitForTiling, Checked<&C::setL2LimitForTiling>{})
        .def_prop_rw("remote_auto_tuning_config", &C::getRemoteAutoTuningConfig,
                     Checked<&C::setRemoteAutoTuningConfig>{})
        .def_prop_rw("build_route", &C::getBuildRoute, Checked<&C::setBuildRoute>{})
        .def_prop_ro("all_build_routes", &C::getAllBuildRoutes)
        .def(
            "create_timing_cache",
            [](C const& self, nb::object blob) {
                Py_buffer view;
                if (PyObject_GetBuffer(blob.ptr(), &view, PyBUF_SIMPLE) != 0) throw nb::python_error();
                ITimingCache* cache = self.createTimingCache(view.buf, static_cast<size_t>(view.len));
                PyBuffer_Release(&view);
                return cache;
            },
            "serialized_timing_cache"_a, KeepParent())
        .def("set_timing_cache", &C::setTimingCache, "cache"_a, "ignore_mismatch"_a, Keep())
        .def("get_timing_cache", &C::getTimingCache, kOwned)
        .def_prop_rw(
            "plugins_to_serialize",
            [](C const& self) {
                std::vector<std::string> paths;
                for (int32_t i = 0; i < self.getNbPluginsToSerialize(); ++i) {
                    paths.emplace_back(self.getPluginToSerialize(i));
                }
                return paths;
            },
            [](C& self, std::vector<std::string> const& paths) {
                std::vector<char const*> texts;
                for (std::string const& path : paths) texts.push_back(path.c_str());
                self.setPluginsToSerialize(texts.data(), static_cast<int32_t>(texts.size()));
            });
}

void defObjects(Bound<C>& c) {
    c.def("add_optimization_profile", &C::addOptimizationProfile, "profile"_a)
        .def_prop_ro("num_optimization_profiles", &C::getNbOptimizationProfiles)
        .def("set_calibration_profile", &C::setCalibrationProfile, "profile"_a)
        .def("get_calibration_profile", &C::getCalibrationProfile, kOwned)
        .def_prop_rw("int8_calibrator", &C::getInt8Calibrator, &C::setInt8Calibrator, nb::for_setter(Keep()),
                     nb::for_setter("calibrator"_a.none()))
        .def_prop_rw("algorithm_selector", &C::getAlgorithmSelector, &C::setAlgorithmSelector, nb::for_setter(Keep()),
                     nb::for_setter("selector"_a.none()))
        .def_prop_rw("progress_monitor", &C::getProgressMonitor, &C::setProgressMonitor, nb::for_setter(Keep()),
                     nb::for_setter("monitor"_a.none()));
}

}  // namespace

void bindConfig(nb::module_& m) {
    bindProfile(m);
    bindTimingCache(m);
    Bound<C> c(m, "IBuilderConfig", "All options of one build.");
    defFlags(c);
    defDevices(c);
    defTuning(c);
    defObjects(c);
    defWith(c);
}

}  // namespace opentrt::python
