// SPDX-License-Identifier: Apache-2.0
// Selection of algorithms: what the library offers for a step of a build, and the object that chooses.
#include "callbacks.h"

namespace opentrt::python {
namespace {

template <typename T>
nb::list listOf(T const* const* items, int32_t count) {
    nb::list list;
    for (int32_t i = 0; i < count; ++i) list.append(nb::cast(items[i], nb::rv_policy::reference));
    return list;
}

class PySelector final : public IAlgorithmSelector {
public:
    NB_TRAMPOLINE(IAlgorithmSelector);
    int32_t selectAlgorithms(IAlgorithmContext const& context, IAlgorithm const* const* choices, int32_t count,
                             int32_t* selection) override {
        nb::gil_scoped_acquire lock;
        auto const chosen = callPython(nb_trampoline.base(), "select_algorithms", std::vector<int32_t>{},
                                       nb::cast(&context, nb::rv_policy::reference), listOf(choices, count));
        int32_t kept = 0;
        for (int32_t index : chosen) {
            if (kept < count) selection[kept++] = index;
        }
        return kept;
    }
    void reportAlgorithms(IAlgorithmContext const* const* contexts, IAlgorithm const* const* choices,
                          int32_t count) override {
        nb::gil_scoped_acquire lock;
        notifyPython(nb_trampoline.base(), "report_algorithms", listOf(contexts, count), listOf(choices, count));
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }
};

void bindAlgorithm(nb::module_& m) {
    Bound<IAlgorithmIOInfo>(m, "IAlgorithmIOInfo", "Type and strides of one tensor of an algorithm.")
        .def_prop_ro("dtype", &IAlgorithmIOInfo::getDataType)
        .def_prop_ro("strides", &IAlgorithmIOInfo::getStrides)
        .def_prop_ro("vectorized_dim", &IAlgorithmIOInfo::getVectorizedDim)
        .def_prop_ro("components_per_element", &IAlgorithmIOInfo::getComponentsPerElement)
        .def_prop_ro("tensor_format", &IAlgorithmIOInfo::getTensorFormat);
    Bound<IAlgorithmVariant>(m, "IAlgorithmVariant", "Identity of an algorithm.")
        .def_prop_ro("implementation", &IAlgorithmVariant::getImplementation)
        .def_prop_ro("tactic", &IAlgorithmVariant::getTactic);
    Bound<IAlgorithm>(m, "IAlgorithm", "One way to run a step.")
        .def("get_algorithm_io_info", &IAlgorithm::getAlgorithmIOInfoByIndex, "index"_a, kOwned)
        .def_prop_ro("algorithm_variant", &IAlgorithm::getAlgorithmVariant, kOwned)
        .def_prop_ro("timing_msec", &IAlgorithm::getTimingMSec)
        .def_prop_ro("workspace_size", &IAlgorithm::getWorkspaceSize);
}

}  // namespace

void bindAlgorithms(nb::module_& m) {
    bindAlgorithm(m);
    using C = IAlgorithmContext;
    Bound<C>(m, "IAlgorithmContext", "The step for which an algorithm is chosen.")
        .def_prop_ro("name", &C::getName)
        .def_prop_ro("num_inputs", &C::getNbInputs)
        .def_prop_ro("num_outputs", &C::getNbOutputs)
        .def(
            "get_shape",
            [](C const& self, int32_t index) {
                nb::list shapes;
                for (int32_t i = 0; i < EnumMax<OptProfileSelector>(); ++i) {
                    Dims const shape = self.getDimensions(index, static_cast<OptProfileSelector>(i));
                    if (shape.nbDims >= 0) shapes.append(shape);
                }
                return shapes;
            },
            "index"_a);
    using S = IAlgorithmSelector;
    Bound<S, PySelector>(m, "IAlgorithmSelector", "Chooses algorithms, and hears what the build chose.")
        .def(nb::init<>())
        .def(
            "select_algorithms",
            [](S&, nb::object, nb::list choices) {
                nb::list all;
                for (size_t i = 0; i < choices.size(); ++i) all.append(i);
                return all;
            },
            "context"_a, "choices"_a,
            nb::sig("def select_algorithms(self, context: IAlgorithmContext, choices: list[IAlgorithm]) -> list[int]"))
        .def(
            "report_algorithms", [](S&, nb::object, nb::object) {}, "contexts"_a, "choices"_a,
            nb::sig(
                "def report_algorithms(self, contexts: list[IAlgorithmContext], choices: list[IAlgorithm]) -> None"));
}

}  // namespace opentrt::python
