// SPDX-License-Identifier: Apache-2.0
#include "builder/live_network.h"

#include <algorithm>
#include <random>

#include "graph/give_back.h"
#include "tune/trial.h"

namespace opentrt {

LiveNetwork::LiveNetwork(const Graph& graph, std::shared_ptr<Engine> engine, const TuneRequest& request, int32_t index)
    : graph_(graph), request_(request), engine_(std::move(engine)), executor_(*engine_, index, *engine_->memory()) {
    engine_->makeReady();
    executor_.setShapes(request.tactics.opt, 0);
    const PlanProgram& program = engine_->plan().programs[static_cast<size_t>(index)];
    for (size_t s = 0; s < program.steps.size(); ++s) {
        const auto [at, isNew] = stepOf_.emplace(program.steps[s].name, s);
        if (!isNew) at->second = program.steps.size();
    }
    if (!isReady()) return;
    std::mt19937 random(7);
    for (const ValueId in : graph.inputs()) {
        const Tensor contents = trialOperand(graph, in, request.tactics, random);
        void* at = memoryFor(program, program.inputs[inputs_.size()], contents.dims());
        engine_->place().upload(at, contents.data(), contents.bytes(), nullptr);
        inputs_.push_back(at);
    }
    for (size_t o = 0; o < program.outputs.size(); ++o) {
        outputs_.push_back(memoryFor(program, program.outputs[o], executor_.outputDims(static_cast<int>(o))));
    }
    engine_->place().synchronize(nullptr);
}

std::optional<size_t> LiveNetwork::step(NodeId node) const {
    const auto at = stepOf_.find(graph_[node].name);
    if (at == stepOf_.end() || at->second >= engine_->plan().programs[0].steps.size()) return {};
    return at->second;
}

CompiledStep LiveNetwork::compile(NodeId node, const Tactic& tactic) const {
    CompiledStep compiled = request_.backend->compile(graph_, node, tactic, request_.tactics);
    giveBackConstants(graph_, node);
    return compiled;
}

std::shared_ptr<const Kernel> LiveNetwork::load(const CompiledStep& compiled) const {
    auto shared = request_.backend->load(compiled.kernel, compiled.params, compiled.weights);
    auto own = shared->forContext();
    if (!own) return shared;
    using Both = std::pair<std::shared_ptr<const Kernel>, std::shared_ptr<const Kernel>>;
    const auto both = std::make_shared<const Both>(std::move(shared), std::move(own));
    return {both, both->second.get()};
}

void LiveNetwork::run(void* stream) {
    executor_.setStream(stream);
    executor_.run(inputs_, outputs_);
}

void* LiveNetwork::memoryFor(const PlanProgram& program, int32_t index, const std::vector<int64_t>& dims) {
    const PlanValue& value = program.values[static_cast<size_t>(index)];
    blocks_.push_back(std::make_unique<Block>(*engine_->memory()));
    return blocks_.back()->reserve(std::max<int64_t>(bytesIn(value.format, value.type, dims), 1));
}

}  // namespace opentrt
