// SPDX-License-Identifier: Apache-2.0
// The algorithm selector: tactics shown as IAlgorithm objects, and what the application picked among them. A variant's
// two numbers are hashes of the tactic's name and formats, so they stay the same between builds.
#pragma once
#include "NvInfer.h"
#include "tune/tuner.h"

namespace opentrt::builder {

using namespace nvinfer1;  // NOLINT: this room's border speaks the API's language

class AlgorithmSelection {
public:
    //! `points`: symbols at min, opt and max of the first profile.
    AlgorithmSelection(IAlgorithmSelector& selector, bool rejectEmpty, std::vector<SymbolValues> points)
        : selector_(selector), rejectEmpty_(rejectEmpty), points_(std::move(points)) {}

    //! Leaves the tactics that the application picked. Throws Error when it fails the build.
    void select(const Graph& graph, NodeId node, std::vector<Tactic>& tactics, std::vector<double>& times) const;
    //! Tells what was chosen.
    void report(const Graph& graph, const Tuned& tuned) const;

private:
    IAlgorithmSelector& selector_;
    bool rejectEmpty_;
    std::vector<SymbolValues> points_;
};

}  // namespace opentrt::builder
