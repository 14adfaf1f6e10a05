// SPDX-License-Identifier: Apache-2.0
#include "exec.h"

#include <algorithm>

#include "event.h"

namespace opentrt::hostcuda {
namespace {

// Calls visit(step) for every step that would run, in order, inside child graphs as well.
template <class Visit>
void forEachStep(const Plan& plan, const Visit& visit) {
    for (const Step& step : plan.steps) {
        if (!step.enabled) continue;
        if (step.child)
            forEachStep(*step.child, visit);
        else
            visit(step);
    }
}

Step makeStep(const Work& work) {
    Step step;
    if (const auto* child = std::get_if<ChildGraph>(&work))
        step.child = makePlan(*child->graph);
    else
        step.work = work;
    return step;
}

std::vector<std::vector<size_t>> placesOfDependencies(const Graph& graph) {
    std::unordered_map<const GraphNode*, size_t> place;
    for (size_t i = 0; i < graph.nodes.size(); ++i) place[graph.nodes[i].get()] = i;
    std::vector<std::vector<size_t>> result(graph.nodes.size());
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        for (const GraphNode* other : graph.nodes[i]->before) result[i].push_back(place[other]);
        std::sort(result[i].begin(), result[i].end());
    }
    return result;
}

// Memory that a plan allocates and does not free belongs to the client between launches; a plan that frees memory of
// another one needs it allocated.
struct MemoryUse {
    std::vector<GraphMemory*> kept, foreign;
};

MemoryUse memoryUse(const Plan& plan) {
    MemoryUse use;
    forEachStep(plan, [&](const Step& step) {
        if (const auto* a = std::get_if<AllocateMemory>(&step.work)) use.kept.push_back(a->memory.get());
        if (const auto* f = std::get_if<FreeMemory>(&step.work)) {
            auto it = std::find(use.kept.begin(), use.kept.end(), f->memory.get());
            if (it != use.kept.end())
                use.kept.erase(it);
            else
                use.foreign.push_back(f->memory.get());
        }
    });
    return use;
}

cudaError_t bookMemory(const Exec& exec) {
    const MemoryUse use = memoryUse(*exec.plan);
    const bool autoFree = exec.flags & cudaGraphInstantiateFlagAutoFreeOnLaunch;
    for (GraphMemory* memory : use.kept)
        if (memory->block->graphUse == GraphUse::allocated && !autoFree) return cudaErrorInvalidValue;
    for (GraphMemory* memory : use.foreign)
        if (memory->block->graphUse != GraphUse::allocated) return cudaErrorInvalidValue;
    for (GraphMemory* memory : use.kept) memory->change(GraphUse::reserved, GraphUse::allocated);
    for (GraphMemory* memory : use.foreign) memory->change(GraphUse::allocated, GraphUse::reserved);
    return cudaSuccess;
}

class LaunchRunner {
public:
    LaunchRunner(const Launch& launch, const Queue* queue) : launch_(launch), queue_(queue) {}

    void run(const Plan& plan) {
        forEachStep(plan, [&](const Step& step) {
            if (std::holds_alternative<RecordEvent>(step.work))
                launch_.records[record_++]->set();
            else if (std::holds_alternative<AwaitEvent>(step.work))
                await(launch_.awaits[await_++]);
            else
                perform(step.work, queue_);
        });
    }

private:
    static void await(const std::shared_ptr<Mark>& mark) {
        if (mark) mark->wait();
    }

    const Launch& launch_;
    const Queue* queue_;
    size_t record_ = 0, await_ = 0;
};

}  // namespace

std::shared_ptr<const Plan> makePlan(const Graph& graph) {
    auto plan = std::make_shared<Plan>();
    const auto order = topologicalOrder(graph);
    if (order.size() != graph.nodes.size()) return nullptr;
    for (const GraphNode* node : order) {
        plan->steps.push_back(makeStep(node->work));
        if (std::holds_alternative<ChildGraph>(node->work) && !plan->steps.back().child) return nullptr;
    }
    return plan;
}

std::shared_ptr<Exec> instantiate(Graph& graph, unsigned long long flags) {
    auto exec = std::make_shared<Exec>();
    exec->plan = makePlan(graph);
    if (!exec->plan) return nullptr;
    exec->flags = flags;
    exec->objects = graph.objects;
    exec->dependencies = placesOfDependencies(graph);
    const auto order = topologicalOrder(graph);
    for (size_t i = 0; i < order.size(); ++i) exec->stepOfNode[order[i]->id] = i;
    for (const auto& node : graph.nodes) exec->stepOfPlace.push_back(exec->stepOfNode[node->id]);
    if (graph.allocates) {
        graph.instantiated = true;
        exec->soleSource = graph.weak_from_this();
    }
    return exec;
}

cudaError_t update(Exec& exec, const Graph& graph, cudaGraphExecUpdateResultInfo& result) {
    result = {cudaGraphExecUpdateErrorTopologyChanged, nullptr, nullptr};
    if (graph.nodes.size() != exec.stepOfPlace.size()) return cudaErrorGraphExecUpdateFailure;
    auto plan = std::make_shared<Plan>(*exec.plan);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const Step fresh = makeStep(graph.nodes[i]->work);
        Step& step = plan->steps[exec.stepOfPlace[i]];
        const bool sameKind =
            fresh.work.index() == step.work.index() && static_cast<bool>(fresh.child) == static_cast<bool>(step.child);
        if (!sameKind) {
            result = {cudaGraphExecUpdateErrorNodeTypeChanged, graph.nodes[i].get(), nullptr};
            return cudaErrorGraphExecUpdateFailure;
        }
        step.work = fresh.work;
        step.child = fresh.child;
    }
    if (placesOfDependencies(graph) != exec.dependencies) return cudaErrorGraphExecUpdateFailure;
    exec.plan = std::move(plan);
    result.result = cudaGraphExecUpdateSuccess;
    return cudaSuccess;
}

cudaError_t changeStep(Exec& exec, const GraphNode* node, Work work) {
    const auto found = exec.stepOfNode.find(node->id);
    if (found == exec.stepOfNode.end()) return cudaErrorInvalidValue;
    auto plan = std::make_shared<Plan>(*exec.plan);
    Step& step = plan->steps[found->second];
    const bool enabled = step.enabled;
    Step fresh = makeStep(work);
    if (fresh.work.index() != step.work.index() || static_cast<bool>(fresh.child) != static_cast<bool>(step.child))
        return cudaErrorInvalidValue;
    step = std::move(fresh);
    step.enabled = enabled;
    exec.plan = std::move(plan);
    return cudaSuccess;
}

cudaError_t launch(Exec& exec, Stream& stream) {
    std::unique_lock lock(graphLock());
    const cudaError_t status = bookMemory(exec);
    if (status != cudaSuccess) return status;
    auto launch = std::make_shared<Launch>();
    launch->plan = exec.plan;
    launch->turn = exec.turn;
    // Waits refer to records before this launch, so they are looked up before this launch's records take their place.
    forEachStep(*exec.plan, [&](const Step& step) {
        if (const auto* wait = std::get_if<AwaitEvent>(&step.work)) launch->awaits.push_back(wait->event->mark());
    });
    forEachStep(*exec.plan, [&](const Step& step) {
        if (const auto* record = std::get_if<RecordEvent>(&step.work)) {
            launch->records.push_back(std::make_shared<Mark>());
            record->event->setMark(launch->records.back());
        }
    });
    lock.unlock();
    return submit(stream, std::move(launch));
}

void Launch::run(const Queue* queue) const {
    std::lock_guard lock(*turn);
    LaunchRunner(*this, queue).run(*plan);
}

}  // namespace opentrt::hostcuda
