// SPDX-License-Identifier: Apache-2.0
// The runtime: engines from plans, in memory or from a reader.
#include "bind.h"

namespace opentrt::python {
namespace {

using R = IRuntime;
using Keep = nb::keep_alive<1, 2>;

IRuntime* make(ILogger& logger) {
    return createInferRuntime(logger);
}

ICudaEngine* fromBuffer(R& self, nb::object plan) {
    Py_buffer view;
    if (PyObject_GetBuffer(plan.ptr(), &view, PyBUF_SIMPLE) != 0) throw nb::python_error();
    ICudaEngine* engine = nullptr;
    {
        nb::gil_scoped_release unlocked;
        engine = self.deserializeCudaEngine(view.buf, static_cast<size_t>(view.len));
    }
    PyBuffer_Release(&view);
    return engine;
}

}  // namespace

void bindRuntime(nb::module_& m) {
    Bound<R> c(m, "Runtime", "Makes engines from plans.");
    c.def(nb::new_(&make), "logger"_a, nb::keep_alive<0, 2>())
        .def(
            "deserialize_cuda_engine",
            [](R& self, IStreamReader& reader) { return self.deserializeCudaEngine(reader); }, "stream_reader"_a,
            ReleaseGil(), KeepParent())
        .def(
            "deserialize_cuda_engine",
            [](R& self, IStreamReaderV2& reader) { return self.deserializeCudaEngine(reader); }, "stream_reader_v2"_a,
            ReleaseGil(), KeepParent())
        .def("deserialize_cuda_engine", &fromBuffer, "serialized_engine"_a, KeepParent())
        .def_prop_rw("DLA_core", &R::getDLACore, &R::setDLACore)
        .def_prop_ro("num_DLA_cores", &R::getNbDLACores)
        .def_prop_rw("gpu_allocator", nullptr, &R::setGpuAllocator, nb::for_setter(Keep()),
                     nb::for_setter("allocator"_a.none()))
        .def_prop_rw("error_recorder", &R::getErrorRecorder, &R::setErrorRecorder, nb::for_setter(Keep()),
                     nb::for_setter("recorder"_a.none()))
        .def_prop_ro("logger", &R::getLogger, kOwned)
        .def_prop_rw("max_threads", &R::getMaxThreads, Checked<&R::setMaxThreads>{})
        .def_prop_rw("temporary_directory", &R::getTemporaryDirectory, &R::setTemporaryDirectory)
        .def_prop_rw("tempfile_control_flags", &R::getTempfileControlFlags, &R::setTempfileControlFlags)
        .def("get_plugin_registry", &R::getPluginRegistry, kOwned)
        .def("load_runtime", &R::loadRuntime, "path"_a, KeepParent())
        .def_prop_rw("engine_host_code_allowed", &R::getEngineHostCodeAllowed, &R::setEngineHostCodeAllowed);
    defWith(c);
}

}  // namespace opentrt::python
