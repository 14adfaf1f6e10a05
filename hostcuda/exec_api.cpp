// SPDX-License-Identifier: Apache-2.0
// The exported functions on instantiated graphs. Tested by graph_test.cpp and graph_update_test.cpp.
#include "api.h"
#include "capture.h"
#include "exec.h"
#include "handles.h"
#include "lifetime.h"
#include "node_params.h"

using namespace opentrt::hostcuda;

namespace {

using Execs = Handles<Exec>;

cudaError_t create(cudaGraphExec_t* result, cudaGraph_t handle, unsigned long long flags) {
    constexpr unsigned long long known = cudaGraphInstantiateFlagAutoFreeOnLaunch | cudaGraphInstantiateFlagUpload |
                                         cudaGraphInstantiateFlagDeviceLaunch | cudaGraphInstantiateFlagUseNodePriority;
    const cudaError_t refusal = refuseUnsafe();
    if (refusal != cudaSuccess) return refusal;
    std::lock_guard lock(graphLock());
    const auto graph = findGraph(handle);
    if (!result || !graph || (flags & ~known)) return cudaErrorInvalidValue;
    if ((flags & cudaGraphInstantiateFlagDeviceLaunch) || (graph->allocates && graph->instantiated))
        return cudaErrorNotSupported;
    auto exec = instantiate(*graph, flags);
    if (!exec) return cudaErrorInvalidValue;
    *result = Execs::all().add<cudaGraphExec_t>(std::move(exec));
    return cudaSuccess;
}

// Uploading needs the stream that only the parameter struct names.
cudaError_t createWithoutStream(cudaGraphExec_t* result, cudaGraph_t graph, unsigned long long flags) {
    return flags & cudaGraphInstantiateFlagUpload ? cudaErrorInvalidValue : create(result, graph, flags);
}

// Runs body(exec) under the graph lock.
template <class Body>
cudaError_t onExec(cudaGraphExec_t handle, const Body& body) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        const auto exec = Execs::all().find(handle);
        return exec ? body(*exec) : cudaErrorInvalidValue;
    });
}

// Changes the work of a node that holds this kind.
template <class Kind, class Read>
cudaError_t change(cudaGraphExec_t handle, cudaGraphNode_t node, const Read& read) {
    return onExec(handle, [&](Exec& exec) {
        if (!isNode(node) || !std::holds_alternative<Kind>(node->work)) return cudaErrorInvalidValue;
        Work work;
        const cudaError_t status = read(work);
        return status == cudaSuccess ? changeStep(exec, node, std::move(work)) : status;
    });
}

// The step of a node that can be switched off: those whose effect is only on memory.
const Step* switchable(const Exec& exec, cudaGraphNode_t node) {
    if (!isNode(node) || !(std::holds_alternative<Copy>(node->work) || std::holds_alternative<Fill>(node->work)))
        return nullptr;
    const auto found = exec.stepOfNode.find(node->id);
    return found == exec.stepOfNode.end() ? nullptr : &exec.plan->steps[found->second];
}

}  // namespace

namespace opentrt::hostcuda {

void destroyAllExecs() {
    Execs::all().takeAll();
}

}  // namespace opentrt::hostcuda

HOSTCUDA_API(cudaGraphInstantiateWithFlags)(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long flags) {
    return enter([&] { return createWithoutStream(exec, graph, flags); });
}

HOSTCUDA_API_13(cudaGraphInstantiate)(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long flags) {
    return enter([&] { return createWithoutStream(exec, graph, flags); });
}
HOSTCUDA_ALSO_12(cudaGraphInstantiate, "cudaGraphInstantiate");

HOSTCUDA_API(cudaGraphInstantiateWithParams)
(cudaGraphExec_t* exec, cudaGraph_t graph, cudaGraphInstantiateParams* params) {
    return enter([&] {
        if (!params) return cudaErrorInvalidValue;
        params->errNode_out = nullptr;
        const cudaError_t status = create(exec, graph, params->flags);
        params->result_out = status == cudaSuccess ? cudaGraphInstantiateSuccess : cudaGraphInstantiateError;
        return status;
    });
}

HOSTCUDA_API(cudaGraphExecDestroy)(cudaGraphExec_t exec) {
    return enter([&] {
        std::shared_ptr<Exec> taken;  // dies after the lock is gone, since it may call back
        std::lock_guard lock(graphLock());
        taken = Execs::all().take(exec);
        if (!taken) return cudaErrorInvalidValue;
        if (const auto graph = taken->soleSource.lock()) graph->instantiated = false;
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaGraphExecGetFlags)(cudaGraphExec_t exec, unsigned long long* flags) {
    return onExec(exec, [&](const Exec& e) {
        if (!flags) return cudaErrorInvalidValue;
        *flags = e.flags;
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaGraphLaunch)(cudaGraphExec_t exec, cudaStream_t stream) {
    return onStream(stream, [&](Stream& s) {
        const auto e = Execs::all().find(exec);
        if (!e) return cudaErrorInvalidValue;
        const cudaError_t status = refuseCapturing(s);
        return status == cudaSuccess ? launch(*e, s) : status;
    });
}

// There is nothing to upload.
HOSTCUDA_API(cudaGraphUpload)(cudaGraphExec_t exec, cudaStream_t stream) {
    return onStream(stream,
                    [&](Stream& s) { return Execs::all().find(exec) ? refuseCapturing(s) : cudaErrorInvalidValue; });
}

HOSTCUDA_API_13(cudaGraphExecUpdate)(cudaGraphExec_t exec, cudaGraph_t graph, cudaGraphExecUpdateResultInfo* result) {
    return onExec(exec, [&](Exec& e) {
        const auto source = findGraph(graph);
        cudaGraphExecUpdateResultInfo info;
        if (!source) return cudaErrorInvalidValue;
        return update(e, *source, result ? *result : info);
    });
}
HOSTCUDA_ALSO_12(cudaGraphExecUpdate, "cudaGraphExecUpdate");

HOSTCUDA_API(cudaGraphExecHostNodeSetParams)
(cudaGraphExec_t exec, cudaGraphNode_t node, const cudaHostNodeParams* params) {
    return change<HostCall>(exec, node, [&](Work& work) { return readHost(params, work); });
}

HOSTCUDA_API(cudaGraphExecMemcpyNodeSetParams)
(cudaGraphExec_t exec, cudaGraphNode_t node, const cudaMemcpy3DParms* params) {
    return change<Copy>(exec, node, [&](Work& work) { return readMemcpy(params, work); });
}

HOSTCUDA_API(cudaGraphExecMemcpyNodeSetParams1D)
(cudaGraphExec_t exec, cudaGraphNode_t node, void* dst, const void* src, size_t count, cudaMemcpyKind kind) {
    return change<Copy>(exec, node, [&](Work& work) { return readMemcpy1D(dst, src, count, kind, work); });
}

HOSTCUDA_API(cudaGraphExecMemsetNodeSetParams)
(cudaGraphExec_t exec, cudaGraphNode_t node, const cudaMemsetParams* params) {
    return change<Fill>(exec, node, [&](Work& work) { return readMemset(params, work); });
}

HOSTCUDA_API(cudaGraphExecChildGraphNodeSetParams)(cudaGraphExec_t exec, cudaGraphNode_t node, cudaGraph_t childGraph) {
    return change<ChildGraph>(exec, node, [&](Work& work) { return readChild(childGraph, work); });
}

HOSTCUDA_API(cudaGraphExecEventRecordNodeSetEvent)(cudaGraphExec_t exec, cudaGraphNode_t node, cudaEvent_t event) {
    return change<RecordEvent>(exec, node, [&](Work& work) { return readEvent<RecordEvent>(event, work); });
}

HOSTCUDA_API(cudaGraphExecEventWaitNodeSetEvent)(cudaGraphExec_t exec, cudaGraphNode_t node, cudaEvent_t event) {
    return change<AwaitEvent>(exec, node, [&](Work& work) { return readEvent<AwaitEvent>(event, work); });
}

HOSTCUDA_API(cudaGraphExecNodeSetParams)(cudaGraphExec_t exec, cudaGraphNode_t node, cudaGraphNodeParams* params) {
    return onExec(exec, [&](Exec& e) {
        if (!isNode(node) || !params || typeOf(node->work) != params->type) return cudaErrorInvalidValue;
        if (params->type == cudaGraphNodeTypeMemAlloc || params->type == cudaGraphNodeTypeMemFree)
            return cudaErrorNotSupported;
        Work work;
        const cudaError_t status = readAny(params, work);
        return status == cudaSuccess ? changeStep(e, node, std::move(work)) : status;
    });
}

HOSTCUDA_API(cudaGraphNodeSetEnabled)(cudaGraphExec_t exec, cudaGraphNode_t node, unsigned int enabled) {
    return onExec(exec, [&](Exec& e) {
        const Step* step = switchable(e, node);
        if (!step) return cudaErrorInvalidValue;
        auto plan = std::make_shared<Plan>(*e.plan);
        plan->steps[static_cast<size_t>(step - e.plan->steps.data())].enabled = enabled != 0;
        e.plan = std::move(plan);
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaGraphNodeGetEnabled)(cudaGraphExec_t exec, cudaGraphNode_t node, unsigned int* enabled) {
    return onExec(exec, [&](const Exec& e) {
        const Step* step = switchable(e, node);
        if (!step || !enabled) return cudaErrorInvalidValue;
        *enabled = step->enabled;
        return cudaSuccess;
    });
}
