// SPDX-License-Identifier: Apache-2.0
// Runs one graph through the whole build on a backend with each tactic of each node forced in turn, and compares every
// run with the reference evaluator. Memory starts poisoned, outputs lie between guards, and every plan runs twice.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "builder/compile.h"
#include "graph/graph.h"

namespace opentrt::conformance {

struct Problem {
    std::string title;
    Graph graph;
    std::vector<Tensor> inputs;
    std::vector<PlanProfile> profiles;  //!< empty: static
    double tolerance = -1;              //!< relative to 1 + |expected|; -1: by type
};

//! Profile whose opt point is the given inputs. With `slack` the ranges leave every size open; without, they are
//! points.
PlanProfile profileOf(const Graph& graph, const std::vector<Tensor>& inputs, int64_t slack);

struct Report {
    std::vector<std::string> failures;
    //! "Gather f32: cpu.gather: reason", one line for each node that only the reference runs.
    std::set<std::string> referenceOnly;
    //! How often each family was run, by the first two words of the tactic's name.
    std::map<std::string, int> runs;

    void add(const Report& other);
};
Report runAllTactics(const Problem& problem, const Backend& backend);

}  // namespace opentrt::conformance
