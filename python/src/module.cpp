// SPDX-License-Identifier: Apache-2.0
// The extension module tensorrt.tensorrt. The order of registration matters in one way: a class comes after its bases
// and after the enumerations that its default arguments use.
#include <NvInferPlugin.h>

#include "bind.h"

namespace opentrt::python {

void refuse(char const* what) {
    throw std::runtime_error(std::string(what) + " was refused: the log says why");
}

void warnDeprecated(char const* instead) {
    if (PyErr_WarnEx(PyExc_DeprecationWarning, (std::string("Use ") + instead + " instead.").c_str(), 1) != 0) {
        throw nb::python_error();
    }
}

namespace {

std::string versionText() {
    int32_t const version = getInferLibVersion();
    return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
           std::to_string(version % 100);
}

void bindAll(nb::module_& m) {
    bindEnums(m);
    bindDims(m);
    bindWeights(m);
    bindLoggers(m);
    bindObservers(m);
    bindAllocators(m);
    bindStreams(m);
    bindCalibrators(m);
    bindAlgorithms(m);
    bindHostMemory(m);
    bindTensor(m);
    bindNetworkEnums(m);
    bindFeatureLayers(m);
    bindDataLayers(m);
    bindControlLayers(m);
    bindAttentionLayers(m);
    bindLegacyLayers(m);
    bindPlugins(m);
    bindNetwork(m);
    bindConfig(m);
    bindEngine(m);
    bindContext(m);
    bindRuntime(m);
    bindRefitter(m);
    bindBuilder(m);
    bindOnnx(m);
}

}  // namespace
}  // namespace opentrt::python

NB_MODULE(tensorrt, m) {
    m.doc() = "Builds and runs engines: networks by the layer API or from ONNX files.";
    m.attr("__version__") = opentrt::python::versionText();
    // Objects that live to the end of the interpreter are common in scripts and no mistake.
    nb::set_leak_warnings(false);
    // A sequence that is no shape is an error that Python reports; the message on the side would be a second one.
    nb::set_implicit_cast_warnings(false);
    opentrt::python::bindAll(m);
}
