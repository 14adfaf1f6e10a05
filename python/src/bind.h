// SPDX-License-Identifier: Apache-2.0
// What the files of the binding share: names, the functions by which each registers its part, and helpers for the
// habits of the module: setters that answer false raise, weights are NumPy arrays, old members warn.
#pragma once

#include <NvInfer.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <string>
#include <vector>

namespace nb = nanobind;

namespace opentrt::python {

using namespace nvinfer1;
using namespace nb::literals;

// The docstring of a class or enumeration, or of a member, from the public headers; empty when they have none.
char const* docOf(char const* type);
char const* docOf(char const* type, char const* member);

// nb::class_ whose members have the docstrings of the headers unless they are given others.
template <typename... Types>
class Bound : public nb::class_<Types...> {
    using Base = nb::class_<Types...>;

public:
    using Base::Base;
    template <typename... Extra>
    Bound(nb::handle scope, char const* name, Extra const&... extra) : Base(scope, name, docOf(name), extra...) {}

    template <typename F, typename... Extra>
    Bound& def(char const* name, F&& f, Extra const&... extra) {
        Base::def(name, std::forward<F>(f), doc(name), extra...);
        return *this;
    }
    template <typename... Args, typename... Extra>
    Bound& def(nb::init<Args...>&& init, Extra const&... extra) {
        Base::def(std::move(init), extra...);
        return *this;
    }
    template <typename F, typename... Extra>
    Bound& def(nb::new_<F>&& make, Extra const&... extra) {
        Base::def(std::move(make), extra...);
        return *this;
    }
    template <typename G, typename S, typename... Extra>
    Bound& def_prop_rw(char const* name, G&& get, S&& set, Extra const&... extra) {
        Base::def_prop_rw(name, std::forward<G>(get), std::forward<S>(set), doc(name), extra...);
        return *this;
    }
    template <typename G, typename... Extra>
    Bound& def_prop_ro(char const* name, G&& get, Extra const&... extra) {
        Base::def_prop_ro(name, std::forward<G>(get), doc(name), extra...);
        return *this;
    }
    template <typename C, typename D, typename... Extra>
    Bound& def_rw(char const* name, D C::*field, Extra const&... extra) {
        Base::def_rw(name, field, doc(name), extra...);
        return *this;
    }

private:
    char const* doc(char const* name) const {
        return docOf(nb::cast<std::string>(this->attr("__name__")).c_str(), name);
    }
};

void bindEnums(nb::module_& m);
void bindNetworkEnums(nb::module_& m);
void bindDims(nb::module_& m);
void bindWeights(nb::module_& m);
void bindLoggers(nb::module_& m);
void bindObservers(nb::module_& m);
void bindAllocators(nb::module_& m);
void bindStreams(nb::module_& m);
void bindCalibrators(nb::module_& m);
void bindAlgorithms(nb::module_& m);
void bindHostMemory(nb::module_& m);
void bindTensor(nb::module_& m);
void bindFeatureLayers(nb::module_& m);
void bindDataLayers(nb::module_& m);
void bindControlLayers(nb::module_& m);
void bindAttentionLayers(nb::module_& m);
void bindLegacyLayers(nb::module_& m);
void bindNetwork(nb::module_& m);
void bindConfig(nb::module_& m);
void bindBuilder(nb::module_& m);
void bindEngine(nb::module_& m);
void bindContext(nb::module_& m);
void bindRuntime(nb::module_& m);
void bindRefitter(nb::module_& m);
void bindPlugins(nb::module_& m);
void bindPluginTypes(nb::module_& m);
void bindOnnx(nb::module_& m);

// Further members of a network, in files of their own.
void bindNetworkLayers(Bound<INetworkDefinition>& c);
void bindNetworkTail(Bound<INetworkDefinition>& c);
void bindNetworkLegacy(Bound<INetworkDefinition>& c);
void bindEngineLegacy(Bound<ICudaEngine>& c);
void bindContextLegacy(Bound<IExecutionContext>& c);

// A child that its parent owns: the Python object of the child keeps that of the parent.
constexpr auto kOwned = nb::rv_policy::reference_internal;
// A child that Python owns and that must go before its parent.
using KeepParent = nb::keep_alive<0, 1>;
using ReleaseGil = nb::call_guard<nb::gil_scoped_release>;

[[noreturn]] void refuse(char const* what);
void warnDeprecated(char const* instead);
// `layer` as its own class, for the functions that answer an ILayer.
nb::object castLayer(ILayer* layer, nb::handle owner);
// An array over `weights` that keeps `owner`; the Weights themselves where NumPy lacks the type.
nb::object weightsToNumpy(Weights weights, nb::handle owner);

inline Weights weightsOr(Weights const* weights) {
    return weights != nullptr ? *weights : Weights{DataType::kFLOAT, nullptr, 0};
}

template <typename T>
T* asPointer(std::uintptr_t address) {
    return reinterpret_cast<T*>(address);
}
inline std::uintptr_t asAddress(void const* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}
inline cudaStream_t asStream(std::uintptr_t handle) {
    return reinterpret_cast<cudaStream_t>(handle);
}

// Calls a setter of the library that answers whether it took the value.
template <auto Set>
struct Checked;
template <typename C, typename V, bool (C::*Set)(V) noexcept>
struct Checked<Set> {
    void operator()(C& self, V value) const {
        if (!(self.*Set)(value)) refuse("value");
    }
};

template <auto Get>
struct WeightsGetter;
template <typename C, Weights (C::*Get)() const noexcept>
struct WeightsGetter<Get> {
    nb::object operator()(nb::pointer_and_handle<C> self) const { return weightsToNumpy((self.p->*Get)(), self.h); }
};

template <auto Set>
struct WeightsSetter;
template <typename C, void (C::*Set)(Weights) noexcept>
struct WeightsSetter<Set> {
    void operator()(C& self, Weights const* weights) const { (self.*Set)(weightsOr(weights)); }
};

// Read and write access to weights: an array out, an array or None in.
template <auto Get, auto Set, typename Class>
void defWeights(Class& c, char const* name) {
    c.def_prop_rw(name, WeightsGetter<Get>{}, WeightsSetter<Set>{}, nb::for_setter(nb::keep_alive<1, 2>()),
                  nb::for_setter(nb::arg("weights").none()));
}

// `with` does nothing but warn: objects go when their last reference does.
template <typename Class>
void defWith(Class& c) {
    c.def("__enter__",
          [](nb::object self) {
              warnDeprecated("del obj");
              return self;
          })
        .def("__exit__", [](nb::object, nb::args) {})
        .def("__del__", [](nb::object) {});
}

}  // namespace opentrt::python
