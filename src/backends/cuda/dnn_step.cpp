// SPDX-License-Identifier: Apache-2.0
// Library kernels wait for all that is in front of them, as those of cuBLASLt do (cublaslt_family.cpp).
#include "backends/cuda/dnn_step.h"

#include <algorithm>
#include <cstring>

#include "backends/cuda/compiler.h"
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

//! Bytes of the workspace, then the library's plan.
constexpr int64_t kWorkspaceNumber = sizeof(int64_t);
Tensor madePlan(const DnnDevice& device, const DnnGraph& graph, const std::string& engine) {
    const DnnPlan plan(device, graph, engine);
    const Tensor text = plan.text();
    const int64_t workspace = plan.workspaceBytes();
    Tensor made(DType::U8, {kWorkspaceNumber + text.bytes()});
    std::memcpy(made.mutableData(), &workspace, sizeof workspace);
    std::memcpy(static_cast<char*>(made.mutableData()) + kWorkspaceNumber, text.data(),
                static_cast<size_t>(text.bytes()));
    return made;
}

class DnnLaunch final : public Launch {
public:
    DnnLaunch(std::shared_ptr<const DnnPlan> plan, DnnPlaces places)
        : plan_(std::move(plan)), places_(std::move(places)) {}
    int64_t workspaceBytes() const override { return plan_->workspaceBytes(); }
    void run(const LaunchArgs& launch) override {
        places_(launch, addresses_);
        if (!pack_ || addresses_ != packed_ || launch.workspace != workspace_) {
            for (const void* address : addresses_) requireAligned({address}, "a step of cuDNN");
            pack_.emplace(plan_->pack(addresses_, launch.workspace));
            packed_ = addresses_;
            workspace_ = launch.workspace;
        }
        plan_->run(*pack_, launch.stream);
    }

private:
    std::shared_ptr<const DnnPlan> plan_;
    DnnPlaces places_;
    std::vector<const void*> addresses_;
    std::optional<DnnDescriptor> pack_;  // of packed_ and workspace_; most runs have the addresses of the one before
    std::vector<const void*> packed_;
    void* workspace_ = nullptr;
};

//! Null when the engine is not for the graph, or wants more memory than there is.
template <class... From>
std::shared_ptr<const DnnPlan> tryPlan(const DnnDevice& device, const DnnGraph& graph, const DnnChoice& choice,
                                       const From&... from) {
    try {
        auto plan = std::make_shared<const DnnPlan>(device, graph, from...);
        if (plan->workspaceBytes() <= choice.workspaceBytes) return plan;
    } catch (const Error&) {  // another engine may do
    }
    return nullptr;
}

std::shared_ptr<const DnnPlan> planFor(const DnnDevice& device, const DnnGraph& graph, const DnnChoice& choice,
                                       const Tensor& text) {
    if (choice.version == device.version) {
        const bool isThisGraph = choice.graph == numberOf(graph) && !text.empty();
        const auto plan = device.share(graph, choice.engine, [&] {
            auto kept = isThisGraph ? tryPlan(device, graph, choice, text) : nullptr;
            return kept ? kept : tryPlan(device, graph, choice, choice.engine);
        });
        if (plan && plan->workspaceBytes() <= choice.workspaceBytes) return plan;
    }
    for (const std::string& engine : device.engines(graph, choice.roundsFloats)) {
        const auto plan = device.share(graph, engine, [&] { return tryPlan(device, graph, choice, engine); });
        if (plan && plan->workspaceBytes() <= choice.workspaceBytes) return plan;
    }
    throw Error(ErrorCode::Unsupported, "",
                cat("cuDNN ", versionText(device.version), " has no engine for what the plan gives it"));
}

}  // namespace

std::string whyNotDnn(const Site& site, const TacticRequest& request) {
    if (!(request.sources & kFromCudnn)) return "it is not among the tactic sources";
    if (!site.machine) return "the device is not here";
    return site.machine->keep<DnnDevice>().whyNot;
}

void addDnnTactics(const char* name, const Site& site, const DnnGraph& graph, bool roundsFloats,
                   const TacticRequest& request, Tactic tactic, TacticList& list) {
    const DnnDevice& device = site.machine->keep<DnnDevice>();
    try {
        const std::vector<std::string>& engines = device.engines(graph, roundsFloats, request.thorough);
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
                    cat("cuDNN ", versionText(device.version), " does not offer the tactic ", tactic));
    }
    choice.version = device.version;
    choice.engine = tactic.substr(prefix.size());
    choice.roundsFloats = roundsFloats;
    choice.workspaceBytes = std::clamp<int64_t>(request.workspaceBytes, 0, kMostWorkspace);
    choice.graph = numberOf(graph);
    const Tensor made =
        makeCode({cat("cuDNN ", device.version, " ", str(site.target)), cat(choice.engine, "\n", graph.text()),
                  [&device, graph, engine = choice.engine] { return madePlan(device, graph, engine); }});
    int64_t workspace = 0;
    std::memcpy(&workspace, made.data(), sizeof workspace);
    if (workspace > choice.workspaceBytes) {
        throw Error(ErrorCode::Unsupported, "",
                    cat("the tactic ", tactic, " needs ", workspace, " bytes of workspace when ", choice.workspaceBytes,
                        " are the most"));
    }
    Tensor& text = step.weights.emplace_back(DType::U8, std::vector<int64_t>{made.bytes() - kWorkspaceNumber});
    std::memcpy(text.mutableData(), made.as<char>() + kWorkspaceNumber, static_cast<size_t>(text.bytes()));
}

const DnnDevice& requireDnn(const Site& site, const DnnChoice& choice) {
    const DnnDevice& device = site.machine->keep<DnnDevice>();
    if (device.library) return device;
    throw Error(ErrorCode::Unsupported, "",
                cat("the plan has steps of cuDNN ", versionText(choice.version), ": ", device.whyNot));
}

std::unique_ptr<Launch> bindDnn(const DnnDevice& device, const DnnGraph& graph, const DnnChoice& choice,
                                const Tensor& text, DnnPlaces places) {
    return std::make_unique<DnnLaunch>(planFor(device, graph, choice, text), std::move(places));
}

}  // namespace opentrt::cuda
