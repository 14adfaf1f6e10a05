// SPDX-License-Identifier: Apache-2.0
// Debug tensors of an engine: which there are, which of them a context watches, and the way to the listener. Tested by
// tests/api/debug_test.cpp.
#pragma once
#include <set>

#include "NvInferRuntime.h"
#include "runtime/executor.h"

namespace opentrt::runtime {

class EngineShell;

//! Names of the tensors that were marked for debugging.
std::set<std::string> debugTensors(const Plan& plan);

//! What a context watches; each inference takes a copy along.
struct Watch {
    nvinfer1::IDebugListener* listener = nullptr;
    std::set<std::string> tensors;
    bool unfused = false;
};

//! Hands what probes show to the listener during one inference.
class DebugWatcher final : public TensorWatcher {
public:
    DebugWatcher(const EngineShell& engine, const Watch& watch, cudaStream_t stream)
        : engine_(engine), watch_(watch), stream_(stream) {}
    void show(const PlanStep& probe, const Port& tensor, const void* address) override;

private:
    const EngineShell& engine_;
    const Watch& watch_;
    cudaStream_t stream_;
};

}  // namespace opentrt::runtime
