// SPDX-License-Identifier: Apache-2.0
// Instantiated graphs. Instantiating flattens a graph into a plan: a list of work in an order that respects the edges,
// performed by one worker from first to last. Parallel branches run one after the other; they need no threads of their
// own because the work itself is parallel. A launch holds the plan it began with, so updates only affect later ones.
// Tested by graph_test.cpp and graph_update_test.cpp.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "graph.h"
#include "graph_memory.h"
#include "stream.h"

namespace opentrt::hostcuda {

struct Plan;

struct Step {
    Work work;
    std::shared_ptr<const Plan> child;  // instead of work, for a child graph
    bool enabled = true;
};

struct Plan {
    std::vector<Step> steps;
};

struct Exec {
    std::shared_ptr<const Plan> plan;
    // The steps of the graph's nodes, by the id of the node and by its place in the graph.
    std::unordered_map<unsigned long long, size_t> stepOfNode;
    std::vector<size_t> stepOfPlace;
    std::vector<std::vector<size_t>> dependencies;  // of each place, by place; to recognise the same graph in an update
    std::vector<std::shared_ptr<UserReference>> objects;
    unsigned long long flags = 0;
    // Launches of one instantiated graph never overlap.
    std::shared_ptr<std::mutex> turn = std::make_shared<std::mutex>();
    // The graph that may be instantiated again when this is gone, if it allocates memory.
    std::weak_ptr<Graph> soleSource;
};

// One launch: the plan, and the marks of the events that it records and waits for, in the order of the steps.
struct Launch {
    std::shared_ptr<const Plan> plan;
    std::shared_ptr<std::mutex> turn;
    std::vector<std::shared_ptr<Mark>> records, awaits;

    void run(const Queue* queue) const;
};

// All of these need the graph lock. Null or cudaErrorInvalidValue if the graph has a cycle.
std::shared_ptr<const Plan> makePlan(const Graph& graph);
std::shared_ptr<Exec> instantiate(Graph& graph, unsigned long long flags);
cudaError_t update(Exec& exec, const Graph& graph, cudaGraphExecUpdateResultInfo& result);
// Replaces the work of one node; the kind of work must stay the same.
cudaError_t changeStep(Exec& exec, const GraphNode* node, Work work);

// Takes the graph lock for the bookkeeping only, so that a launch may run at once (see cudaHostRuntimeLaunch).
cudaError_t launch(Exec& exec, Stream& stream);

}  // namespace opentrt::hostcuda
