// SPDX-License-Identifier: Apache-2.0
// Steps of the plan stand in the order of the planned graph's nodes, with reformats and copies between them; so the two
// are matched by walking both.
#include "debug/capture.h"

#include "base/error.h"
#include "graph/evaluate.h"
#include "runtime/context.h"

namespace opentrt::debug {
namespace {

//! A dense copy of a tensor in any layout, on the host.
Tensor denseCopy(const Backend& backend, const Port& port, const void* address, MemorySource& memory) {
    Tensor result(port.type, port.dims);
    if (result.bytes() == 0) return result;
    const Device& place = backend.place();
    if (port.format == Format::Linear) {
        place.download(result.mutableData(), address, result.bytes(), nullptr);
        return result;
    }
    const CompiledStep compiled = backend.compileReformat(port.type, port.format, Format::Linear);
    const auto kernel = backend.load(compiled.kernel, compiled.params, compiled.weights);
    const Port linear{port.type, Format::Linear, port.dims};
    const auto launch = kernel->prepare(std::span(&port, 1), std::span(&linear, 1));
    Block workspace(memory), dense(memory);
    const void* inputs[] = {address};
    void* outputs[] = {dense.reserve(result.bytes())};
    launch->run({inputs, outputs, workspace.reserve(launch->workspaceBytes()), nullptr});
    place.download(result.mutableData(), dense.data(), result.bytes(), nullptr);
    return result;
}

const Backend& backendOf(const Plan& plan) {
    const Backend* backend = findBackend(plan.backend);
    if (backend) return *backend;
    throw Error(ErrorCode::Unsupported, "", cat("\"", plan.backend, "\": ", whyNoBackend(plan.backend)));
}

class Capture final : public StepObserver {
public:
    Capture(const Record& record, const Plan& plan, MemorySource& memory, std::map<ValueId, Tensor>& values)
        : record_(record), backend_(backendOf(plan)), memory_(memory), values_(values) {
        for (const auto& [node, step] : stepsOf(record, plan)) nodeOf_[step] = node;
    }
    void before(const PlanStep&) override { ++depth_; }
    void after(const PlanStep& step, const std::vector<Port>& outputs, void* const* addresses) override {
        if (--depth_ > 0) return;  // a step inside of an If or a Loop
        const auto at = nodeOf_.find(&step);
        if (at == nodeOf_.end()) return;
        const Node& node = record_.planned[at->second];
        for (size_t o = 0; o < outputs.size(); ++o)
            values_[node.outputs[o]] = denseCopy(backend_, outputs[o], addresses[o], memory_);
    }

private:
    const Record& record_;
    const Backend& backend_;
    MemorySource& memory_;
    std::map<ValueId, Tensor>& values_;
    std::map<const PlanStep*, NodeId> nodeOf_;
    int depth_ = 0;
};

bool isView(const Record& record, NodeId node) {
    return record.planned[node].op->isView() && record.tuned.nodes.at(node).tactic.name == "view";
}

//! Views make no steps: what they show follows from what they look at.
void addViews(const Record& record, const std::vector<Tensor>& inputs, std::map<ValueId, Tensor>& values) {
    const Graph& graph = record.planned;
    for (size_t i = 0; i < inputs.size(); ++i) values[graph.inputs()[i]] = inputs[i];
    for (const NodeId id : graph.order()) {
        const Node& node = graph[id];
        if (!isView(record, id)) continue;
        std::vector<Tensor> arguments;
        for (const ValueId in : node.inputs) {
            const auto at = values.find(in);
            arguments.push_back(!in.valid() ? Tensor() : at != values.end() ? at->second : *graph.fact(in).constant);
        }
        values[node.outputs[0]] = evaluateNode(graph, id, arguments)[0];
    }
}

}  // namespace

std::map<NodeId, const PlanStep*> stepsOf(const Record& record, const Plan& plan) {
    std::map<NodeId, const PlanStep*> steps;
    const auto& all = plan.programs[0].steps;
    size_t next = 0;
    for (const NodeId id : record.planned.order()) {
        if (isView(record, id)) continue;
        while (next < all.size() && (all[next].op == "Reformat" || all[next].op == "Copy")) ++next;
        // Nodes whose results are known as sizes have no step.
        if (next < all.size() && all[next].name == record.planned[id].name) steps[id] = &all[next++];
    }
    return steps;
}

std::map<ValueId, Tensor> captureRun(const Record& record, const std::vector<Tensor>& inputs) {
    std::map<ValueId, Tensor> values;
    const Device& place = backendOf(record.plan).place();
    PlainMemory memory(place);
    const Engine engine(record.plan);
    Context context(engine, memory);
    std::vector<std::unique_ptr<Block>> brought;
    for (size_t i = 0; i < inputs.size(); ++i) {
        void* address = const_cast<void*>(inputs[i].data());
        const PlanTensor& tensor = engine.plan().tensors[i];
        if (!place.isHost() && !tensor.isShapeTensor() && !tensor.onHost) {
            brought.push_back(std::make_unique<Block>(memory));
            address = brought.back()->reserve(std::max<int64_t>(inputs[i].bytes(), 1));
            place.upload(address, inputs[i].data(), inputs[i].bytes(), nullptr);
        }
        context.setInputDims(static_cast<int32_t>(i), inputs[i].dims());
        context.setAddress(static_cast<int32_t>(i), address);
    }
    std::vector<std::unique_ptr<Block>> outputs;
    for (size_t o = inputs.size(); o < engine.plan().tensors.size(); ++o) {
        outputs.push_back(std::make_unique<Block>(memory));
        context.setAllocator(static_cast<int32_t>(o), [block = outputs.back().get()](const auto&, int64_t bytes) {
            return block->reserve(std::max<int64_t>(bytes, 1));
        });
    }
    Capture capture(record, engine.plan(), memory, values);
    context.run(&capture);
    addViews(record, inputs, values);
    return values;
}

}  // namespace opentrt::debug
