// SPDX-License-Identifier: Apache-2.0
// Weakly typed networks are computed in the types that are worth it: constants and operators change their type, inputs
// are converted once and outputs at the end. A strongly typed network keeps its types.
//   widen   a backend without arithmetic in 16-bit types computes in f32, closer to the real numbers
//   narrow  a backend that has it computes in f16 or bf16 what is f32, where the program allows it; scales of quantized
//           numbers keep their digits and their range
#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/cast.h"
#include "ops/dequantize.h"
#include "ops/quantize.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! One type for another; all others stay.
struct Change {
    std::vector<DType> from;
    DType to;

    DType of(DType type) const { return std::find(from.begin(), from.end(), type) == from.end() ? type : to; }
    bool applies(DType type) const { return of(type) != type; }
};

//! Changes every element type among an operator's attributes.
class AttributeChanger final : public FieldVisitor {
public:
    explicit AttributeChanger(const Change& change) : change_(change) {}
    using FieldVisitor::field;
    void field(const char*, bool&) override {}
    void field(const char*, int64_t&) override {}
    void field(const char*, double&) override {}
    void field(const char*, std::string&) override {}
    void field(const char*, std::vector<int64_t>&) override {}
    void field(const char*, std::vector<double>&) override {}
    void field(const char*, std::vector<std::string>&) override {}
    void enumeration(const char*, int64_t&, std::span<const char* const>) override {}
    void field(const char*, DType& type) override { type = change_.of(type); }

private:
    const Change& change_;
};

//! Whether something other than a conversion works on a type that changes.
bool isNeeded(const Graph& graph, const Change& change) {
    const auto changes = [&](ValueId v) { return v.valid() && change.applies(graph.fact(v).type); };
    for (NodeId id : graph.order()) {
        const Node& node = graph[id];
        if (!as<ops::Cast>(*node.op) && (std::any_of(node.inputs.begin(), node.inputs.end(), changes) ||
                                         std::any_of(node.outputs.begin(), node.outputs.end(), changes))) {
            return true;
        }
        for (const auto& body : node.bodies) {
            if (isNeeded(*body, change)) return true;
        }
    }
    return false;
}

//! A number beyond the range becomes the largest one; infinities stay.
Tensor converted(const Tensor& tensor, DType to) {
    Tensor result = tensor.cast(to);
    if (to != DType::F16) return result;
    constexpr double kLargest = 65504;
    parallelFor(result.count(), 16384, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const double value = tensor.get(i);
            if (std::isfinite(value) && std::fabs(value) > kLargest) result.set(i, std::copysign(kLargest, value));
        }
    });
    return result;
}

bool isScale(const Graph& graph, ValueId value) {
    const auto& uses = graph[value].uses;
    return !uses.empty() && std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
        const Op& op = *graph[use.node].op;
        return use.input == 1 && (as<ops::Quantize>(op) || as<ops::Dequantize>(op));
    });
}

//! Constants and attributes, bodies included; facts are inferred again afterwards.
void changeContents(Graph& graph, const Change& change) {
    for (int32_t v = 0; v < graph.valueCount(); ++v) {
        Fact& fact = graph[ValueId{v}].fact;
        if (!fact.constant || !change.applies(fact.type)) continue;
        if (change.to != DType::F32 && isScale(graph, ValueId{v})) continue;
        fact.type = change.of(fact.type);
        fact.constant = converted(*fact.constant, fact.type);
    }
    for (NodeId id : graph.order()) {
        AttributeChanger changer(change);
        graph[id].op->fields(changer);
        for (auto& body : graph[id].bodies) changeContents(*body, change);
    }
}

void apply(Graph& graph, const Change& change) {
    const std::string suffix = cat(" (", name(change.to), ")");
    std::vector<DType> outputTypes;
    for (ValueId out : graph.outputs()) outputTypes.push_back(graph.fact(out).type);
    changeContents(graph, change);
    for (ValueId in : graph.inputs()) {
        const DType type = graph.fact(in).type;
        if (!change.applies(type) || graph[in].uses.empty()) continue;
        const std::vector<Use> uses = graph[in].uses;
        const ValueId other = graph.add(std::make_unique<ops::Cast>(change.to), {in}, graph[in].name + suffix);
        for (const Use& use : uses) graph.setInput(use.node, use.input, other);
    }
    graph.inferAll();
    std::vector<ValueId> outputs = graph.outputs();
    for (size_t o = 0; o < outputs.size(); ++o) {
        if (graph.fact(outputs[o]).type == outputTypes[o]) continue;
        const std::string outputName = graph[outputs[o]].name;
        graph[outputs[o]].name = graph.uniqueName(outputName + suffix);
        outputs[o] = graph.add(std::make_unique<ops::Cast>(outputTypes[o]), {outputs[o]}, outputName);
        graph[outputs[o]].name = outputName;
    }
    graph.setOutputs(std::move(outputs));
}

}  // namespace

bool widenHalves(Graph& graph, PassContext& context) {
    const Change change{{DType::F16, DType::BF16}, DType::F32};
    if (context.stronglyTyped || context.backend.computesInHalf() || !isNeeded(graph, change)) return false;
    apply(graph, change);
    context.log.verbose("computing in f32 where the network says f16 or bf16");
    return true;
}

bool narrowFloats(Graph& graph, PassContext& context) {
    if (context.stronglyTyped || !context.narrow || !context.backend.computesInHalf()) return false;
    const Change change{{DType::F32}, *context.narrow};
    if (!isNeeded(graph, change)) return false;
    Graph narrow = graph.clone();
    try {
        apply(narrow, change);
    } catch (const Error& error) {
        context.log.warning("everything is computed in f32, because a layer takes nothing else: ", error.what());
        context.narrow.reset();  // nor are bodies
        return false;
    }
    graph = std::move(narrow);
    context.log.verbose("computing in ", name(change.to), " where the network says f32");
    return true;
}

}  // namespace opentrt::passes
