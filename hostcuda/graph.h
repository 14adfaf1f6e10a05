// SPDX-License-Identifier: Apache-2.0
// Graphs as clients build them: nodes with work and edges. Everything here is guarded by one lock, since graphs are
// built rarely and replayed often, and replaying does not touch them (see exec.h). Tested by graph_test.cpp.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "work.h"

namespace opentrt::hostcuda {
struct Graph;
}

// The struct that the API's node handle points to.
struct CUgraphNode_st {
    opentrt::hostcuda::Graph* graph;
    unsigned long long id;          // never used twice
    unsigned long long originalId;  // of the node that this one is a clone of, else its own
    opentrt::hostcuda::Work work;
    std::vector<CUgraphNode_st*> before;  // dependencies
    std::vector<CUgraphNode_st*> after;   // dependents
};

namespace opentrt::hostcuda {

using GraphNode = ::CUgraphNode_st;

struct UserObject;

// One reference to a user object, shared by a graph, its clones and instantiations.
struct UserReference {
    explicit UserReference(std::shared_ptr<UserObject> object) : object(std::move(object)) {}
    ~UserReference();
    UserReference(const UserReference&) = delete;
    UserReference& operator=(const UserReference&) = delete;

    const std::shared_ptr<UserObject> object;
};

struct Graph : std::enable_shared_from_this<Graph> {
    Graph() = default;
    ~Graph();
    Graph(const Graph&) = delete;
    Graph& operator=(const Graph&) = delete;

    std::vector<std::unique_ptr<GraphNode>> nodes;  // in the order of their making
    std::vector<std::shared_ptr<UserReference>> objects;
    unsigned long long originalId = 0;  // of the graph that this one is a clone of
    unsigned long long id = 0;
    bool capturing = false;
    bool embedded = false;      // belongs to a child graph node
    bool allocates = false;     // has nodes that allocate or free memory, so it cannot be cloned
    bool instantiated = false;  // and cannot be instantiated twice
};

std::mutex& graphLock();

// All of the following need the lock.
std::shared_ptr<Graph> makeGraph();
std::shared_ptr<Graph> findGraph(cudaGraph_t handle);
bool isNode(const GraphNode* node);
GraphNode* addNode(Graph& graph, Work work, const std::vector<GraphNode*>& before);
void removeNode(GraphNode* node);
// Reads a dependency list: cudaErrorInvalidValue for strangers, duplicates and missing arrays.
cudaError_t readDependencies(const Graph& graph, const cudaGraphNode_t* list, size_t count,
                             std::vector<GraphNode*>& result);
void addEdge(GraphNode* from, GraphNode* to);
bool removeEdge(GraphNode* from, GraphNode* to);
std::shared_ptr<Graph> cloneGraph(const Graph& graph);
// The nodes in an order that respects the edges and, among equals, that of their making; empty if there is a cycle.
std::vector<GraphNode*> topologicalOrder(const Graph& graph);
// The nodes that come before any of these, and these.
std::vector<const GraphNode*> ancestors(const std::vector<GraphNode*>& nodes);
cudaGraphNodeType typeOf(const Work& work);
cudaGraph_t handleOf(const Graph& graph);

}  // namespace opentrt::hostcuda
