// SPDX-License-Identifier: Apache-2.0
// The exported functions that build graphs and walk them. Tested by graph_test.cpp.
#include <algorithm>

#include "api.h"
#include "graph_memory.h"
#include "handles.h"
#include "lifetime.h"
#include "node_params.h"

using namespace opentrt::hostcuda;

namespace {

using Graphs = Handles<Graph>;

// Adds the node that read(work) describes.
template <class Read>
cudaError_t add(cudaGraphNode_t* node, cudaGraph_t handle, const cudaGraphNode_t* dependencies, size_t count,
                const Read& read) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        const auto graph = findGraph(handle);
        if (!node || !graph) return cudaErrorInvalidValue;
        std::vector<GraphNode*> before;
        Work work;
        cudaError_t status = readDependencies(*graph, dependencies, count, before);
        if (status == cudaSuccess) status = read(work);
        if (status == cudaSuccess) *node = addNode(*graph, std::move(work), before);
        return status;
    });
}

bool frees(const Graph& graph, const GraphMemory* memory) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const auto& node) {
        const auto* free = std::get_if<FreeMemory>(&node->work);
        return free && free->memory.get() == memory;
    });
}

// Answers a listing: with no array the number, else as many as fit, the rest of the array cleared.
cudaError_t list(const std::vector<GraphNode*>& found, cudaGraphNode_t* nodes, size_t* count) {
    if (!count) return cudaErrorInvalidValue;
    if (nodes) {
        const size_t fits = std::min(*count, found.size());
        std::copy_n(found.begin(), fits, nodes);
        std::fill(nodes + fits, nodes + *count, nullptr);
    }
    *count = nodes ? std::min(*count, found.size()) : found.size();
    return cudaSuccess;
}

template <class Choose>
cudaError_t listNodes(cudaGraph_t handle, cudaGraphNode_t* nodes, size_t* count, const Choose& choose) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        const auto graph = findGraph(handle);
        if (!graph) return cudaErrorInvalidValue;
        std::vector<GraphNode*> found;
        for (const auto& node : graph->nodes)
            if (choose(*node)) found.push_back(node.get());
        return list(found, nodes, count);
    });
}

cudaError_t listNeighbours(cudaGraphNode_t node, cudaGraphNode_t* nodes, cudaGraphEdgeData* edges, size_t* count,
                           std::vector<GraphNode*> GraphNode::*direction) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        if (!isNode(node)) return cudaErrorInvalidValue;
        if (edges && nodes && count)
            std::fill_n(edges, std::min(*count, (node->*direction).size()), cudaGraphEdgeData{});
        return list(node->*direction, nodes, count);
    });
}

template <class Change>
cudaError_t changeEdges(cudaGraph_t handle, const cudaGraphNode_t* from, const cudaGraphNode_t* to,
                        const cudaGraphEdgeData* edges, size_t count, const Change& change) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        const auto graph = findGraph(handle);
        if (!graph || (count && (!from || !to)) || !plainEdges(edges, count)) return cudaErrorInvalidValue;
        for (size_t i = 0; i < count; ++i) {
            const bool own = isNode(from[i]) && isNode(to[i]) && from[i]->graph == graph.get() &&
                             to[i]->graph == graph.get() && from[i] != to[i];
            if (!own || !change(from[i], to[i])) return cudaErrorInvalidValue;
        }
        return cudaSuccess;
    });
}

}  // namespace

namespace opentrt::hostcuda {

void destroyAllGraphs() {
    Graphs::all().takeAll();
}

}  // namespace opentrt::hostcuda

HOSTCUDA_API(cudaGraphCreate)(cudaGraph_t* graph, unsigned int flags) {
    return enter([&] {
        if (!graph || flags) return cudaErrorInvalidValue;
        std::lock_guard lock(graphLock());
        *graph = Graphs::all().add<cudaGraph_t>(makeGraph());
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaGraphDestroy)(cudaGraph_t graph) {
    return enter([&] {
        std::shared_ptr<Graph> taken;  // dies after the lock is gone, since it may call back
        std::lock_guard lock(graphLock());
        const auto found = findGraph(graph);
        if (found && found->capturing) return cudaErrorIllegalState;
        taken = Graphs::all().take(graph);
        return taken ? cudaSuccess : cudaErrorInvalidValue;
    });
}

HOSTCUDA_API(cudaGraphClone)(cudaGraph_t* clone, cudaGraph_t original) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        const auto graph = findGraph(original);
        if (!clone || !graph) return cudaErrorInvalidValue;
        if (graph->allocates) return cudaErrorNotSupported;
        *clone = Graphs::all().add<cudaGraph_t>(cloneGraph(*graph));
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaGraphAddEmptyNode)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, size_t numDependencies) {
    return add(node, graph, dependencies, numDependencies, [](Work&) { return cudaSuccess; });
}

HOSTCUDA_API(cudaGraphAddHostNode)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, size_t numDependencies,
 const cudaHostNodeParams* params) {
    return add(node, graph, dependencies, numDependencies, [&](Work& work) { return readHost(params, work); });
}

HOSTCUDA_API(cudaGraphAddMemcpyNode)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, size_t numDependencies,
 const cudaMemcpy3DParms* params) {
    return add(node, graph, dependencies, numDependencies, [&](Work& work) { return readMemcpy(params, work); });
}

HOSTCUDA_API(cudaGraphAddMemcpyNode1D)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, size_t numDependencies, void* dst,
 const void* src, size_t count, cudaMemcpyKind kind) {
    return add(node, graph, dependencies, numDependencies,
               [&](Work& work) { return readMemcpy1D(dst, src, count, kind, work); });
}

HOSTCUDA_API(cudaGraphAddMemsetNode)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, size_t numDependencies,
 const cudaMemsetParams* params) {
    return add(node, graph, dependencies, numDependencies, [&](Work& work) { return readMemset(params, work); });
}

HOSTCUDA_API(cudaGraphAddChildGraphNode)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, size_t numDependencies,
 cudaGraph_t childGraph) {
    return add(node, graph, dependencies, numDependencies, [&](Work& work) { return readChild(childGraph, work); });
}

HOSTCUDA_API(cudaGraphAddEventRecordNode)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, size_t numDependencies,
 cudaEvent_t event) {
    return add(node, graph, dependencies, numDependencies,
               [&](Work& work) { return readEvent<RecordEvent>(event, work); });
}

HOSTCUDA_API(cudaGraphAddEventWaitNode)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, size_t numDependencies,
 cudaEvent_t event) {
    return add(node, graph, dependencies, numDependencies,
               [&](Work& work) { return readEvent<AwaitEvent>(event, work); });
}

HOSTCUDA_API(cudaGraphAddMemAllocNode)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, size_t numDependencies,
 cudaMemAllocNodeParams* params) {
    return add(node, graph, dependencies, numDependencies, [&](Work& work) { return readAlloc(params, work); });
}

HOSTCUDA_API(cudaGraphAddMemFreeNode)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, size_t numDependencies, void* dptr) {
    return add(node, graph, dependencies, numDependencies, [&](Work& work) {
        const auto memory = findGraphMemory(dptr);
        return memory && frees(*findGraph(graph), memory.get()) ? cudaErrorInvalidValue : readFree(dptr, work);
    });
}

HOSTCUDA_API_13(cudaGraphAddNode)
(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* dependencies, const cudaGraphEdgeData* edges,
 size_t numDependencies, cudaGraphNodeParams* params) {
    return add(node, graph, dependencies, numDependencies, [&](Work& work) {
        return plainEdges(edges, numDependencies) ? readAny(params, work) : cudaErrorInvalidValue;
    });
}
HOSTCUDA_ALSO_12(cudaGraphAddNode, "cudaGraphAddNode_v2");

HOSTCUDA_API(cudaGraphDestroyNode)(cudaGraphNode_t node) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        if (!isNode(node)) return cudaErrorInvalidValue;
        // A capture may still append to the node.
        if (node->graph->capturing) return cudaErrorIllegalState;
        const cudaGraphNodeType type = typeOf(node->work);
        if (type == cudaGraphNodeTypeMemAlloc || type == cudaGraphNodeTypeMemFree) return cudaErrorNotSupported;
        removeNode(node);
        return cudaSuccess;
    });
}

HOSTCUDA_API_13(cudaGraphAddDependencies)
(cudaGraph_t graph, const cudaGraphNode_t* from, const cudaGraphNode_t* to, const cudaGraphEdgeData* edges,
 size_t numDependencies) {
    return changeEdges(graph, from, to, edges, numDependencies, [](GraphNode* a, GraphNode* b) {
        if (std::find(b->before.begin(), b->before.end(), a) != b->before.end()) return false;
        addEdge(a, b);
        return true;
    });
}
HOSTCUDA_ALSO_12(cudaGraphAddDependencies, "cudaGraphAddDependencies_v2");

HOSTCUDA_API_13(cudaGraphRemoveDependencies)
(cudaGraph_t graph, const cudaGraphNode_t* from, const cudaGraphNode_t* to, const cudaGraphEdgeData* edges,
 size_t numDependencies) {
    return changeEdges(graph, from, to, edges, numDependencies, removeEdge);
}
HOSTCUDA_ALSO_12(cudaGraphRemoveDependencies, "cudaGraphRemoveDependencies_v2");

HOSTCUDA_API(cudaGraphGetNodes)(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* numNodes) {
    return listNodes(graph, nodes, numNodes, [](const GraphNode&) { return true; });
}

HOSTCUDA_API(cudaGraphGetRootNodes)(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* numNodes) {
    return listNodes(graph, nodes, numNodes, [](const GraphNode& node) { return node.before.empty(); });
}

HOSTCUDA_API_13(cudaGraphGetEdges)
(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to, cudaGraphEdgeData* edges, size_t* numEdges) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        const auto found = findGraph(graph);
        if (!found || !numEdges || !from != !to) return cudaErrorInvalidValue;
        std::vector<GraphNode*> tails, heads;
        for (const auto& node : found->nodes) {
            for (GraphNode* other : node->before) {
                tails.push_back(other);
                heads.push_back(node.get());
            }
        }
        if (edges && from) std::fill_n(edges, std::min(*numEdges, tails.size()), cudaGraphEdgeData{});
        size_t count = *numEdges;
        list(tails, from, &count);
        return list(heads, to, numEdges);
    });
}
HOSTCUDA_ALSO_12(cudaGraphGetEdges, "cudaGraphGetEdges_v2");

HOSTCUDA_API_13(cudaGraphNodeGetDependencies)
(cudaGraphNode_t node, cudaGraphNode_t* dependencies, cudaGraphEdgeData* edges, size_t* numDependencies) {
    return listNeighbours(node, dependencies, edges, numDependencies, &GraphNode::before);
}
HOSTCUDA_ALSO_12(cudaGraphNodeGetDependencies, "cudaGraphNodeGetDependencies_v2");

HOSTCUDA_API_13(cudaGraphNodeGetDependentNodes)
(cudaGraphNode_t node, cudaGraphNode_t* nodes, cudaGraphEdgeData* edges, size_t* numNodes) {
    return listNeighbours(node, nodes, edges, numNodes, &GraphNode::after);
}
HOSTCUDA_ALSO_12(cudaGraphNodeGetDependentNodes, "cudaGraphNodeGetDependentNodes_v2");

HOSTCUDA_API(cudaGraphNodeGetType)(cudaGraphNode_t node, cudaGraphNodeType* type) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        if (!type || !isNode(node)) return cudaErrorInvalidValue;
        *type = typeOf(node->work);
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaGraphNodeFindInClone)(cudaGraphNode_t* node, cudaGraphNode_t original, cudaGraph_t clone) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        const auto graph = findGraph(clone);
        if (!node || !graph || !isNode(original) || graph->originalId == graph->id) return cudaErrorInvalidValue;
        for (const auto& twin : graph->nodes) {
            if (twin->originalId != original->id) continue;
            *node = twin.get();
            return cudaSuccess;
        }
        return cudaErrorInvalidValue;
    });
}
