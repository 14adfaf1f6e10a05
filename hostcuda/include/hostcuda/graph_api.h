// SPDX-License-Identifier: Apache-2.0
// Graphs.
#pragma once

#include "../driver_types.h"
#include "declare.h"
#include "graph_types.h"

#ifdef __cplusplus
extern "C" {
#endif

// Building.
HOSTCUDA_DECL cudaError_t cudaGraphCreate(cudaGraph_t* graph, unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaGraphDestroy(cudaGraph_t graph);
HOSTCUDA_DECL cudaError_t cudaGraphClone(cudaGraph_t* clone, cudaGraph_t original);
HOSTCUDA_DECL cudaError_t cudaGraphAddEmptyNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                                const cudaGraphNode_t* dependencies, size_t numDependencies);
HOSTCUDA_DECL cudaError_t cudaGraphAddHostNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                               const cudaGraphNode_t* dependencies, size_t numDependencies,
                                               const struct cudaHostNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphAddMemcpyNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                                 const cudaGraphNode_t* dependencies, size_t numDependencies,
                                                 const struct cudaMemcpy3DParms* params);
HOSTCUDA_DECL cudaError_t cudaGraphAddMemcpyNode1D(cudaGraphNode_t* node, cudaGraph_t graph,
                                                   const cudaGraphNode_t* dependencies, size_t numDependencies,
                                                   void* dst, const void* src, size_t count, enum cudaMemcpyKind kind);
HOSTCUDA_DECL cudaError_t cudaGraphAddMemsetNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                                 const cudaGraphNode_t* dependencies, size_t numDependencies,
                                                 const struct cudaMemsetParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphAddChildGraphNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                                     const cudaGraphNode_t* dependencies, size_t numDependencies,
                                                     cudaGraph_t childGraph);
HOSTCUDA_DECL cudaError_t cudaGraphAddEventRecordNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                                      const cudaGraphNode_t* dependencies, size_t numDependencies,
                                                      cudaEvent_t event);
HOSTCUDA_DECL cudaError_t cudaGraphAddEventWaitNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                                    const cudaGraphNode_t* dependencies, size_t numDependencies,
                                                    cudaEvent_t event);
HOSTCUDA_DECL cudaError_t cudaGraphAddMemAllocNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                                   const cudaGraphNode_t* dependencies, size_t numDependencies,
                                                   struct cudaMemAllocNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphAddMemFreeNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                                  const cudaGraphNode_t* dependencies, size_t numDependencies,
                                                  void* dptr);
HOSTCUDA_DECL cudaError_t cudaGraphAddNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                           const cudaGraphNode_t* dependencies, const cudaGraphEdgeData* edges,
                                           size_t numDependencies, struct cudaGraphNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphDestroyNode(cudaGraphNode_t node);
HOSTCUDA_DECL cudaError_t cudaGraphAddDependencies(cudaGraph_t graph, const cudaGraphNode_t* from,
                                                   const cudaGraphNode_t* to, const cudaGraphEdgeData* edges,
                                                   size_t numDependencies);
HOSTCUDA_DECL cudaError_t cudaGraphRemoveDependencies(cudaGraph_t graph, const cudaGraphNode_t* from,
                                                      const cudaGraphNode_t* to, const cudaGraphEdgeData* edges,
                                                      size_t numDependencies);

// Reading and changing nodes.
HOSTCUDA_DECL cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* numNodes);
HOSTCUDA_DECL cudaError_t cudaGraphGetRootNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* numNodes);
HOSTCUDA_DECL cudaError_t cudaGraphGetEdges(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to,
                                            cudaGraphEdgeData* edges, size_t* numEdges);
HOSTCUDA_DECL cudaError_t cudaGraphNodeGetType(cudaGraphNode_t node, enum cudaGraphNodeType* type);
HOSTCUDA_DECL cudaError_t cudaGraphNodeGetDependencies(cudaGraphNode_t node, cudaGraphNode_t* dependencies,
                                                       cudaGraphEdgeData* edges, size_t* numDependencies);
HOSTCUDA_DECL cudaError_t cudaGraphNodeGetDependentNodes(cudaGraphNode_t node, cudaGraphNode_t* nodes,
                                                         cudaGraphEdgeData* edges, size_t* numNodes);
HOSTCUDA_DECL cudaError_t cudaGraphNodeFindInClone(cudaGraphNode_t* node, cudaGraphNode_t original, cudaGraph_t clone);
HOSTCUDA_DECL cudaError_t cudaGraphHostNodeGetParams(cudaGraphNode_t node, struct cudaHostNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphHostNodeSetParams(cudaGraphNode_t node, const struct cudaHostNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphMemcpyNodeGetParams(cudaGraphNode_t node, struct cudaMemcpy3DParms* params);
HOSTCUDA_DECL cudaError_t cudaGraphMemcpyNodeSetParams(cudaGraphNode_t node, const struct cudaMemcpy3DParms* params);
HOSTCUDA_DECL cudaError_t cudaGraphMemcpyNodeSetParams1D(cudaGraphNode_t node, void* dst, const void* src, size_t count,
                                                         enum cudaMemcpyKind kind);
HOSTCUDA_DECL cudaError_t cudaGraphMemsetNodeGetParams(cudaGraphNode_t node, struct cudaMemsetParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphMemsetNodeSetParams(cudaGraphNode_t node, const struct cudaMemsetParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphChildGraphNodeGetGraph(cudaGraphNode_t node, cudaGraph_t* graph);
HOSTCUDA_DECL cudaError_t cudaGraphEventRecordNodeGetEvent(cudaGraphNode_t node, cudaEvent_t* event);
HOSTCUDA_DECL cudaError_t cudaGraphEventRecordNodeSetEvent(cudaGraphNode_t node, cudaEvent_t event);
HOSTCUDA_DECL cudaError_t cudaGraphEventWaitNodeGetEvent(cudaGraphNode_t node, cudaEvent_t* event);
HOSTCUDA_DECL cudaError_t cudaGraphEventWaitNodeSetEvent(cudaGraphNode_t node, cudaEvent_t event);
HOSTCUDA_DECL cudaError_t cudaGraphMemAllocNodeGetParams(cudaGraphNode_t node, struct cudaMemAllocNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphMemFreeNodeGetParams(cudaGraphNode_t node, void* dptr);
HOSTCUDA_DECL cudaError_t cudaGraphNodeSetParams(cudaGraphNode_t node, struct cudaGraphNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphDebugDotPrint(cudaGraph_t graph, const char* path, unsigned int flags);

// Running.
HOSTCUDA_DECL cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph,
                                               unsigned long long flags HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* exec, cudaGraph_t graph,
                                                        unsigned long long flags HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaGraphInstantiateWithParams(cudaGraphExec_t* exec, cudaGraph_t graph,
                                                         cudaGraphInstantiateParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t stream);
HOSTCUDA_DECL cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec);
HOSTCUDA_DECL cudaError_t cudaGraphExecGetFlags(cudaGraphExec_t exec, unsigned long long* flags);
HOSTCUDA_DECL cudaError_t cudaGraphExecUpdate(cudaGraphExec_t exec, cudaGraph_t graph,
                                              cudaGraphExecUpdateResultInfo* result);
HOSTCUDA_DECL cudaError_t cudaGraphExecHostNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
                                                         const struct cudaHostNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphExecMemcpyNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
                                                           const struct cudaMemcpy3DParms* params);
HOSTCUDA_DECL cudaError_t cudaGraphExecMemcpyNodeSetParams1D(cudaGraphExec_t exec, cudaGraphNode_t node, void* dst,
                                                             const void* src, size_t count, enum cudaMemcpyKind kind);
HOSTCUDA_DECL cudaError_t cudaGraphExecMemsetNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
                                                           const struct cudaMemsetParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphExecChildGraphNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
                                                               cudaGraph_t childGraph);
HOSTCUDA_DECL cudaError_t cudaGraphExecEventRecordNodeSetEvent(cudaGraphExec_t exec, cudaGraphNode_t node,
                                                               cudaEvent_t event);
HOSTCUDA_DECL cudaError_t cudaGraphExecEventWaitNodeSetEvent(cudaGraphExec_t exec, cudaGraphNode_t node,
                                                             cudaEvent_t event);
HOSTCUDA_DECL cudaError_t cudaGraphExecNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
                                                     struct cudaGraphNodeParams* params);
HOSTCUDA_DECL cudaError_t cudaGraphNodeSetEnabled(cudaGraphExec_t exec, cudaGraphNode_t node, unsigned int enabled);
HOSTCUDA_DECL cudaError_t cudaGraphNodeGetEnabled(cudaGraphExec_t exec, cudaGraphNode_t node, unsigned int* enabled);

// Memory of graphs, and objects whose life is tied to them.
HOSTCUDA_DECL cudaError_t cudaDeviceGraphMemTrim(int device);
HOSTCUDA_DECL cudaError_t cudaDeviceGetGraphMemAttribute(int device, enum cudaGraphMemAttributeType attr, void* value);
HOSTCUDA_DECL cudaError_t cudaDeviceSetGraphMemAttribute(int device, enum cudaGraphMemAttributeType attr, void* value);
HOSTCUDA_DECL cudaError_t cudaUserObjectCreate(cudaUserObject_t* object, void* ptr, cudaHostFn_t destroy,
                                               unsigned int initialRefcount, unsigned int flags);
HOSTCUDA_DECL cudaError_t cudaUserObjectRetain(cudaUserObject_t object, unsigned int count HOSTCUDA_DEFAULT(1));
HOSTCUDA_DECL cudaError_t cudaUserObjectRelease(cudaUserObject_t object, unsigned int count HOSTCUDA_DEFAULT(1));
HOSTCUDA_DECL cudaError_t cudaGraphRetainUserObject(cudaGraph_t graph, cudaUserObject_t object,
                                                    unsigned int count HOSTCUDA_DEFAULT(1),
                                                    unsigned int flags HOSTCUDA_DEFAULT(0));
HOSTCUDA_DECL cudaError_t cudaGraphReleaseUserObject(cudaGraph_t graph, cudaUserObject_t object,
                                                     unsigned int count HOSTCUDA_DEFAULT(1));

#ifdef __cplusplus
}
#endif
