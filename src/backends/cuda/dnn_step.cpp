// SPDX-License-Identifier: Apache-2.0
// Library kernels wait for all that is in front of them, as those of cuBLASLt do (cublaslt_family.cpp).
#include "backends/cuda/dnn_step.h"

#include <algorithm>

#include "backends/cuda/epilogue.h"
#include "backends/cuda/library.h"
#include "base/error.h"
#include "base/hash.h"

namespace opentrt::cuda {

namespace {

//! As much as the products of cuBLASLt may take.
constexpr int64_t kMostWorkspace = 32 << 20;

int64_t numberOf(const DnnGraph& graph) {
    return static_cast<int64_t>(hashText(graph.text()) >> 1);
}

std::string prefixOf(const char* name, const DnnDevice& device, bool roundsFloats) {
    return cat(name, roundsFloats ? ".tf32." : ".", device.version, ".");
}

class DnnLaunch final : public Launch {
public:
    DnnLaunch(std::unique_ptr<const DnnPlan> plan, DnnPlaces places)
        : plan_(std::move(plan)), places_(std::move(places)) {}
    int64_t workspaceBytes() const override { return plan_->workspaceBytes(); }
    void run(const LaunchArgs& launch) override {
        places_(launch, places.now);
        if (!pack_ || places.now != places.placed || launch.workspace != workspace_) {
            for (const void* address : places.now) requireAligned({address}, "a step of cuDNN");
            pack_.emplace(plan_->pack(places.now, launch.workspace));
            places.placed = places.now;
            workspace_ = launch.workspace;
        }
        plan_->run(*pack_, launch.stream);
    }

private:
    struct {
        std::vector<const void*> now, placed;
    } places;
    std::unique_ptr<const DnnPlan> plan_;
    DnnPlaces places_;
    std::optional<DnnDescriptor> pack_;
    void* workspace_ = nullptr;
};

//! Null when the engine is not for the graph, or wants more memory than there is.
std::unique_ptr<const DnnPlan> tryPlan(const DnnChoice& choice, const std::function<DnnPlan()>& make) {
    try {
        auto plan = std::make_unique<const DnnPlan>(make());
        if (plan->workspaceBytes() <= choice.workspaceBytes) return plan;
    } catch (const Error&) {  // another engine may do
    }
    return nullptr;
}

std::unique_ptr<const DnnPlan> planFor(const DnnDevice& device, const DnnGraph& graph, const DnnChoice& choice,
                                       const Tensor& text) {
    if (choice.version == device.version) {
        if (choice.graph == numberOf(graph) && !text.empty()) {
            if (auto plan = tryPlan(choice, [&] { return DnnPlan(device, graph, text); })) return plan;
        }
        if (auto plan = tryPlan(choice, [&] { return DnnPlan(device, graph, choice.engine); })) return plan;
    }
    for (const std::string& engine : device.engines(graph, choice.roundsFloats)) {
        if (auto plan = tryPlan(choice, [&] { return DnnPlan(device, graph, engine); })) return plan;
    }
    throw Error(ErrorCode::Unsupported, "",
                cat("cuDNN ", cudnnVersion(device.version), " has no engine for what the plan gives it"));
}

}  // namespace

std::string whyNotDnn(const Site& site, const TacticRequest& request) {
    if (!(request.sources & kFromCudnn)) return "it is not among the tactic sources";
    if (!site.machine) return "the device is not here";
    return site.machine->keep<DnnDevice>().whyNot;
}

void addDnnTactics(const char* name, const Site& site, const DnnGraph& graph, bool roundsFloats, Tactic tactic,
                   TacticList& list) {
    const DnnDevice& device = site.machine->keep<DnnDevice>();
    try {
        const std::vector<std::string>& engines = device.engines(graph, roundsFloats);
        for (const std::string& engine : engines) {
            tactic.name = prefixOf(name, device, roundsFloats) + engine;
            list.tactics.push_back(tactic);
        }
        if (engines.empty()) list.refuse(name, "the library has no engine for these types and sizes");
    } catch (const Error& error) {
        list.refuse(name, error.what());
    }
}

void compileDnn(const char* name, const Site& site, const DnnGraph& graph, bool roundsFloats, const std::string& tactic,
                const TacticRequest& request, DnnChoice& choice, CompiledStep& step) {
    if (std::string reason = whyNotDnn(site, request); !reason.empty())
        throw Error(ErrorCode::Unsupported, "", cat("no tactic ", tactic, ": ", reason));
    const DnnDevice& device = site.machine->keep<DnnDevice>();
    const std::string prefix = prefixOf(name, device, roundsFloats);
    if (!tactic.starts_with(prefix)) {
        throw Error(ErrorCode::Unsupported, "",
                    cat("cuDNN ", cudnnVersion(device.version), " does not offer the tactic ", tactic));
    }
    choice.version = device.version;
    choice.engine = tactic.substr(prefix.size());
    choice.roundsFloats = roundsFloats;
    choice.workspaceBytes = std::clamp<int64_t>(request.workspaceBytes, 0, kMostWorkspace);
    choice.graph = numberOf(graph);
    const DnnPlan plan(device, graph, choice.engine);
    if (plan.workspaceBytes() > choice.workspaceBytes) {
        throw Error(ErrorCode::Unsupported, "",
                    cat("the tactic ", tactic, " needs ", plan.workspaceBytes(), " bytes of workspace when ",
                        choice.workspaceBytes, " are the most"));
    }
    step.weights.push_back(plan.text());
}

const DnnDevice& requireDnn(const Site& site, const DnnChoice& choice) {
    const DnnDevice& device = site.machine->keep<DnnDevice>();
    if (device.library) return device;
    throw Error(ErrorCode::Unsupported, "",
                cat("the plan has steps of cuDNN ", cudnnVersion(choice.version), ": ", device.whyNot));
}

std::unique_ptr<Launch> bindDnn(const DnnDevice& device, const DnnGraph& graph, const DnnChoice& choice,
                                const Tensor& text, DnnPlaces places) {
    return std::make_unique<DnnLaunch>(planFor(device, graph, choice, text), std::move(places));
}

}  // namespace opentrt::cuda
