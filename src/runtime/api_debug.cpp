// SPDX-License-Identifier: Apache-2.0
#include "runtime/api_debug.h"

#include "ops/probe.h"
#include "runtime/api_context.h"

namespace opentrt::runtime {

namespace {

ops::Probe probeOf(const PlanStep& step) {
    ops::Probe probe;
    parseFields(probe, step.params);
    return probe;
}

bool isProbe(const PlanStep& step) {
    return step.backend == "control" && step.kernel == "Probe";
}

}  // namespace

std::set<std::string> debugTensors(const Plan& plan) {
    std::set<std::string> names;
    for (const PlanProgram& program : plan.programs) {
        for (const PlanStep& step : program.steps) {
            if (!isProbe(step)) continue;
            const ops::Probe probe = probeOf(step);
            if (!probe.unfused) names.insert(probe.tensor);
        }
    }
    return names;
}

void DebugWatcher::show(const PlanStep& step, const Port& tensor, const void* address) {
    const ops::Probe probe = probeOf(step);
    if (probe.unfused ? !watch_.unfused : watch_.tensors.count(probe.tensor) == 0) return;
    const bool handled =
        watch_.listener->processDebugTensor(address, TensorLocation::kDEVICE, api::toDataType(tensor.type),
                                            engine_.visible(tensor.dims), probe.tensor.c_str(), stream_);
    if (!handled) throw Error(ErrorCode::FailedExecution, probe.tensor, "the debug listener did not take the tensor");
}

bool ContextShell::setDebugListener(IDebugListener* listener) noexcept {
    watch_.listener = listener;
    return true;
}

bool ContextShell::setTensorDebugState(char const* name, bool flag) noexcept {
    return api::guarded(reporter_, [&] {
        if (!name || !engine_.isDebugTensor(name)) {
            throw Error(ErrorCode::InvalidArgument, name ? name : "",
                        "the tensor was not marked for debugging; call INetworkDefinition::markDebug before the build");
        }
        if (flag) {
            watch_.tensors.insert(name);
        } else {
            watch_.tensors.erase(name);
        }
    });
}

bool ContextShell::getDebugState(char const* name) const noexcept {
    return name && watch_.tensors.count(name) > 0;
}

bool ContextShell::setAllTensorsDebugState(bool flag) noexcept {
    return api::guarded(reporter_,
                        [&] { watch_.tensors = flag ? debugTensors(engine_.plan()) : std::set<std::string>(); });
}

bool ContextShell::setUnfusedTensorsDebugState(bool flag) noexcept {
    watch_.unfused = flag;
    return true;
}

}  // namespace opentrt::runtime
