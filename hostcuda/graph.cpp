// SPDX-License-Identifier: Apache-2.0
#include "graph.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>
#include <unordered_set>

namespace opentrt::hostcuda {
namespace {

// Never destroyed: graphs may be used by destructors of static objects. The index has a lock of its own because graphs
// also die where the graph lock is not held, with the last event that was recorded in their capture.
struct Store {
    std::mutex lock;
    std::mutex indexLock;
    std::unordered_set<const GraphNode*> nodes;
    std::unordered_map<const Graph*, std::weak_ptr<Graph>> graphs;
};

Store& store() {
    static auto* s = new Store;
    return *s;
}

unsigned long long nextId() {
    static std::atomic<unsigned long long> next{1};
    return next.fetch_add(1);
}

template <class T>
bool erase(std::vector<T>& list, const T& value) {
    auto it = std::find(list.begin(), list.end(), value);
    if (it == list.end()) return false;
    list.erase(it);
    return true;
}

}  // namespace

Graph::~Graph() {
    std::lock_guard lock(store().indexLock);
    for (const auto& node : nodes) store().nodes.erase(node.get());
    store().graphs.erase(this);
}

std::mutex& graphLock() {
    return store().lock;
}

std::shared_ptr<Graph> makeGraph() {
    auto graph = std::make_shared<Graph>();
    graph->id = graph->originalId = nextId();
    std::lock_guard lock(store().indexLock);
    store().graphs[graph.get()] = graph;
    return graph;
}

std::shared_ptr<Graph> findGraph(cudaGraph_t handle) {
    std::lock_guard lock(store().indexLock);
    auto it = store().graphs.find(reinterpret_cast<const Graph*>(handle));
    return it == store().graphs.end() ? nullptr : it->second.lock();
}

cudaGraph_t handleOf(const Graph& graph) {
    return reinterpret_cast<cudaGraph_t>(const_cast<Graph*>(&graph));
}

bool isNode(const GraphNode* node) {
    std::lock_guard lock(store().indexLock);
    return store().nodes.count(node) != 0;
}

GraphNode* addNode(Graph& graph, Work work, const std::vector<GraphNode*>& before) {
    const unsigned long long id = nextId();
    auto node = std::unique_ptr<GraphNode>(new GraphNode{&graph, id, id, std::move(work), {}, {}});
    for (GraphNode* other : before) addEdge(other, node.get());
    if (std::holds_alternative<AllocateMemory>(node->work) || std::holds_alternative<FreeMemory>(node->work))
        graph.allocates = true;
    {
        std::lock_guard lock(store().indexLock);
        store().nodes.insert(node.get());
    }
    graph.nodes.push_back(std::move(node));
    return graph.nodes.back().get();
}

void removeNode(GraphNode* node) {
    for (GraphNode* other : node->before) erase(other->after, node);
    for (GraphNode* other : node->after) erase(other->before, node);
    {
        std::lock_guard lock(store().indexLock);
        store().nodes.erase(node);
    }
    auto& nodes = node->graph->nodes;
    nodes.erase(std::find_if(nodes.begin(), nodes.end(), [&](const auto& n) { return n.get() == node; }));
}

cudaError_t readDependencies(const Graph& graph, const cudaGraphNode_t* list, size_t count,
                             std::vector<GraphNode*>& result) {
    if (count && !list) return cudaErrorInvalidValue;
    for (size_t i = 0; i < count; ++i) {
        GraphNode* node = list[i];
        if (!isNode(node) || node->graph != &graph) return cudaErrorInvalidValue;
        if (std::find(result.begin(), result.end(), node) != result.end()) return cudaErrorInvalidValue;
        result.push_back(node);
    }
    return cudaSuccess;
}

void addEdge(GraphNode* from, GraphNode* to) {
    to->before.push_back(from);
    from->after.push_back(to);
}

bool removeEdge(GraphNode* from, GraphNode* to) {
    return erase(to->before, from) && erase(from->after, to);
}

std::shared_ptr<Graph> cloneGraph(const Graph& graph) {
    auto clone = makeGraph();
    clone->originalId = graph.id;
    clone->objects = graph.objects;
    std::unordered_map<const GraphNode*, GraphNode*> twins;
    for (const auto& node : graph.nodes) {
        Work work = node->work;
        if (auto* child = std::get_if<ChildGraph>(&work)) {
            child->graph = cloneGraph(*child->graph);
            child->graph->embedded = true;
        }
        GraphNode* twin = addNode(*clone, std::move(work), {});
        twin->originalId = node->id;
        twins[node.get()] = twin;
    }
    for (const auto& node : graph.nodes)
        for (GraphNode* other : node->before) addEdge(twins[other], twins[node.get()]);
    return clone;
}

std::vector<GraphNode*> topologicalOrder(const Graph& graph) {
    std::unordered_map<const GraphNode*, size_t> missing;
    std::vector<GraphNode*> order;
    for (const auto& node : graph.nodes) {
        missing[node.get()] = node->before.size();
        if (node->before.empty()) order.push_back(node.get());
    }
    for (size_t i = 0; i < order.size(); ++i)
        for (GraphNode* next : order[i]->after)
            if (--missing[next] == 0) order.push_back(next);
    if (order.size() != graph.nodes.size()) order.clear();
    return order;
}

std::vector<const GraphNode*> ancestors(const std::vector<GraphNode*>& nodes) {
    std::vector<const GraphNode*> found(nodes.begin(), nodes.end());
    std::unordered_set<const GraphNode*> seen(found.begin(), found.end());
    for (size_t i = 0; i < found.size(); ++i)
        for (const GraphNode* other : found[i]->before)
            if (seen.insert(other).second) found.push_back(other);
    return found;
}

cudaGraphNodeType typeOf(const Work& work) {
    if (std::holds_alternative<HostCall>(work)) return cudaGraphNodeTypeHost;
    if (std::holds_alternative<Copy>(work)) return cudaGraphNodeTypeMemcpy;
    if (std::holds_alternative<Fill>(work)) return cudaGraphNodeTypeMemset;
    if (std::holds_alternative<ChildGraph>(work)) return cudaGraphNodeTypeGraph;
    if (std::holds_alternative<RecordEvent>(work)) return cudaGraphNodeTypeEventRecord;
    if (std::holds_alternative<AwaitEvent>(work)) return cudaGraphNodeTypeWaitEvent;
    if (std::holds_alternative<AllocateMemory>(work)) return cudaGraphNodeTypeMemAlloc;
    if (std::holds_alternative<FreeMemory>(work)) return cudaGraphNodeTypeMemFree;
    return cudaGraphNodeTypeEmpty;
}

}  // namespace opentrt::hostcuda
