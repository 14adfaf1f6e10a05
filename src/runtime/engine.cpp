// SPDX-License-Identifier: Apache-2.0
#include "runtime/engine.h"

#include <algorithm>

#include "base/error.h"
#include "runtime/control_check.h"

namespace opentrt {

namespace {

std::shared_ptr<const Kernel> loadStep(const Plan& plan, const PlanProgram& program, const PlanStep& step,
                                       const Backend* plugins) {
    if (step.backend == "control") {
        checkControl(plan, program, step);
        return nullptr;
    }
    const bool isPlugin = plugins && step.backend == plugins->name();
    const Backend* backend = isPlugin ? plugins : findBackend(step.backend);
    if (!backend) {
        throw Error(ErrorCode::Unsupported, step.name,
                    cat("the plan needs the backend \"", step.backend, "\", which this library does not have"));
    }
    std::vector<Tensor> weights;
    for (int32_t b : step.weights) weights.push_back(plan.blobs[static_cast<size_t>(b)]);
    return backend->load(step.kernel, step.params, weights);
}

}  // namespace

Engine::Engine(Plan plan, const Backend* plugins) : plan_(std::move(plan)) {
    for (const PlanProgram& program : plan_.programs) {
        auto& loaded = kernels_.emplace_back();
        for (const PlanStep& step : program.steps) loaded.push_back(loadStep(plan_, program, step, plugins));
    }
    inputCount_ = static_cast<int32_t>(
        std::count_if(plan_.tensors.begin(), plan_.tensors.end(), [](const PlanTensor& t) { return t.isInput; }));
}

int32_t Engine::tensorIndex(std::string_view name) const {
    for (size_t i = 0; i < plan_.tensors.size(); ++i) {
        if (plan_.tensors[i].name == name) return static_cast<int32_t>(i);
    }
    return -1;
}

}  // namespace opentrt
