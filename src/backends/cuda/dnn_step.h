// SPDX-License-Identifier: Apache-2.0
// Steps of cuDNN, whatever they compute: each engine that the library recommends at the opt sizes is a tactic. The plan
// keeps the engine, the library's version and the plan that the library made, so loading one chooses nothing. With
// another version, or at sizes that the engine is not for, a step takes what the library recommends first.
#pragma once
#include <functional>
#include <optional>

#include "backends/cuda/dnn_plan.h"
#include "backends/cuda/family.h"

namespace opentrt::cuda {

//! What a step keeps of the choice among engines.
struct DnnChoice {
    int64_t version = 0;  //!< of the library
    std::string engine;
    bool roundsFloats = false;
    int64_t workspaceBytes = 0;  //!< at most so many
    int64_t graph = 0;           //!< that the kept plan is for
    void choiceFields(FieldVisitor& v) {
        v.field("version", version);
        v.field("engine", engine);
        v.field("roundsFloats", roundsFloats);
        v.field("workspaceBytes", workspaceBytes);
        v.field("graph", graph);
    }
};

//! Why the library takes nothing at all; empty when it may.
std::string whyNotDnn(const Site& site, const TacticRequest& request);
//! Adds a tactic "name.91900.41.k2=3" for each engine, or a refusal.
void addDnnTactics(const char* name, const Site& site, const DnnGraph& graph, bool roundsFloats,
                   const TacticRequest& request, Tactic tactic, TacticList& list);
//! Reads the tactic into the choice and adds the library's plan to the step's weights, as the last. Throws
//! Error(Unsupported) when the engine is none for the graph, or needs too much memory.
void compileDnn(const char* name, const Site& site, const DnnGraph& graph, bool roundsFloats, const std::string& tactic,
                const TacticRequest& request, DnnChoice& choice, CompiledStep& step);
//! The library on the site's device; throws Error(Unsupported) that says what a plan needs when it is not there.
const DnnDevice& requireDnn(const Site& site, const DnnChoice& choice);
//! Writes the addresses of the graph's tensors in memory, in order.
using DnnPlaces = std::function<void(const LaunchArgs& launch, std::vector<const void*>& addresses)>;
//! `text`: what compileDnn() added.
std::unique_ptr<Launch> bindDnn(const DnnDevice& device, const DnnGraph& graph, const DnnChoice& choice,
                                const Tensor& text, DnnPlaces places);

}  // namespace opentrt::cuda
