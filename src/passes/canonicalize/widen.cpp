// SPDX-License-Identifier: Apache-2.0
// A backend without arithmetic in a 16-bit type computes in f32: constants and operators are widened, inputs are
// converted once and outputs at the end. Results are closer to the real numbers than with a rounding after every
// operator, which a weakly typed network allows; a strongly typed one keeps its types.
#include <algorithm>

#include "ops/cast.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

DType widened(DType type) {
    return type == DType::F16 || type == DType::BF16 ? DType::F32 : type;
}

//! Widens every element type among an operator's attributes.
class TypeWidener final : public FieldVisitor {
public:
    bool changed = false;
    using FieldVisitor::field;
    void field(const char*, bool&) override {}
    void field(const char*, int64_t&) override {}
    void field(const char*, double&) override {}
    void field(const char*, std::string&) override {}
    void field(const char*, std::vector<int64_t>&) override {}
    void field(const char*, std::vector<double>&) override {}
    void field(const char*, std::vector<std::string>&) override {}
    void enumeration(const char*, int64_t&, std::span<const char* const>) override {}
    void field(const char*, DType& type) override {
        changed = changed || widened(type) != type;
        type = widened(type);
    }
};

//! Whether something other than a conversion works on halves.
bool needsWidening(const Graph& graph) {
    const auto isHalf = [&](ValueId v) { return v.valid() && widened(graph.fact(v).type) != graph.fact(v).type; };
    for (NodeId id : graph.order()) {
        const Node& node = graph[id];
        if (!as<ops::Cast>(*node.op) && (std::any_of(node.inputs.begin(), node.inputs.end(), isHalf) ||
                                         std::any_of(node.outputs.begin(), node.outputs.end(), isHalf))) {
            return true;
        }
        for (const auto& body : node.bodies) {
            if (needsWidening(*body)) return true;
        }
    }
    return false;
}

//! Constants and attributes, bodies included; facts are inferred again afterwards.
void widenContents(Graph& graph) {
    for (int32_t v = 0; v < graph.valueCount(); ++v) {
        Fact& fact = graph[ValueId{v}].fact;
        if (!fact.constant || widened(fact.type) == fact.type) continue;
        fact.type = widened(fact.type);
        fact.constant = fact.constant->cast(fact.type);
    }
    for (NodeId id : graph.order()) {
        TypeWidener widener;
        graph[id].op->fields(widener);
        for (auto& body : graph[id].bodies) widenContents(*body);
    }
}

}  // namespace

bool widenHalves(Graph& graph, PassContext& context) {
    if (context.stronglyTyped || context.backend.computesInHalf() || !needsWidening(graph)) return false;
    std::vector<DType> outputTypes;
    for (ValueId out : graph.outputs()) outputTypes.push_back(graph.fact(out).type);
    widenContents(graph);
    for (ValueId in : graph.inputs()) {
        const DType type = graph.fact(in).type;
        if (widened(type) == type || graph[in].uses.empty()) continue;
        const std::vector<Use> uses = graph[in].uses;
        const ValueId wide = graph.add(std::make_unique<ops::Cast>(widened(type)), {in}, graph[in].name + " (f32)");
        for (const Use& use : uses) graph.setInput(use.node, use.input, wide);
    }
    graph.inferAll();
    std::vector<ValueId> outputs = graph.outputs();
    for (size_t o = 0; o < outputs.size(); ++o) {
        if (graph.fact(outputs[o]).type == outputTypes[o]) continue;
        const std::string name = graph[outputs[o]].name;
        graph[outputs[o]].name = graph.uniqueName(name + " (f32)");
        outputs[o] = graph.add(std::make_unique<ops::Cast>(outputTypes[o]), {outputs[o]}, name);
        graph[outputs[o]].name = name;
    }
    graph.setOutputs(std::move(outputs));
    context.log.verbose("computing in f32 where the network says f16 or bf16");
    return true;
}

}  // namespace opentrt::passes
