// SPDX-License-Identifier: Apache-2.0
#include "backends/region.h"

#include <algorithm>

#include "base/error.h"

namespace opentrt {

namespace {

//! The graph that holds the region's operators: the body, or the outer graph for a plain operator.
const Graph& holder(const RegionView& view) {
    return view.node->op->kind() == "Region" ? *view.node->bodies[0] : *view.graph;
}

}  // namespace

const Fact* RegionView::anchorInput(size_t k) const {
    return k < anchorInputs.size() && anchorInputs[k] >= 0 ? &input(anchorInputs[k]) : nullptr;
}

const Fact& RegionView::anchorOutput() const {
    return holder(*this).fact(anchor->outputs[0]);
}

int RegionView::indexOf(ValueId value) const {
    const auto& list = node->op->kind() == "Region" ? holder(*this).inputs() : node->inputs;
    const auto at = std::find(list.begin(), list.end(), value);
    return at == list.end() ? -1 : static_cast<int>(at - list.begin());
}

RegionView viewRegion(const Graph& graph, NodeId id) {
    RegionView view;
    view.graph = &graph;
    view.id = id;
    view.node = &graph[id];
    if (view.node->op->kind() == "Region") {
        const Graph& body = *view.node->bodies[0];
        for (NodeId n : body.order()) {
            if (body[n].op->opClass() == OpClass::Pointwise) {
                view.pointwise.push_back(&body[n]);
            } else {
                check(!view.anchor, "a region has two anchors");
                view.anchor = &body[n];
            }
        }
    } else if (view.node->op->opClass() == OpClass::Pointwise) {
        view.pointwise.push_back(view.node);
    } else {
        view.anchor = view.node;
    }
    if (view.anchor) {
        for (ValueId in : view.anchor->inputs) view.anchorInputs.push_back(in.valid() ? view.indexOf(in) : -1);
    }
    return view;
}

bool makesSizes(const RegionView& region) {
    const auto& outputs = region.node->outputs;
    const auto& sizes = region.graph->dataSizes();
    return std::any_of(sizes.begin(), sizes.end(), [&](const DataSize& size) {
        return std::find(outputs.begin(), outputs.end(), size.value) != outputs.end();
    });
}

PointwisePart pointwisePart(const RegionView& view) {
    const Graph& graph = holder(view);
    PointwisePart part;
    std::map<ValueId, int32_t> instrOf;
    const auto addInput = [&](ValueId value) {
        ScalarInstr instr{ScalarOp::Input, graph.fact(value).type};
        instr.a = static_cast<int32_t>(part.program.inputs.size());
        part.program.inputs.push_back(instr.type);
        part.program.code.push_back(instr);
        return instrOf[value] = static_cast<int32_t>(part.program.code.size()) - 1;
    };
    if (view.anchor) addInput(view.anchor->outputs[0]);
    for (const Node* node : view.pointwise) {
        std::vector<int32_t> inputs;
        for (ValueId in : node->inputs) {
            if (!in.valid()) {
                inputs.push_back(-1);
                continue;
            }
            const auto at = instrOf.find(in);
            if (at == instrOf.end()) part.operands.push_back(view.indexOf(in));
            inputs.push_back(at == instrOf.end() ? addInput(in) : at->second);
        }
        std::vector<DType> types;
        for (ValueId out : node->outputs) types.push_back(graph.fact(out).type);
        ScalarBuilder builder(part.program, std::move(inputs), std::move(types));
        node->op->emitScalar(builder);
        for (size_t o = 0; o < node->outputs.size(); ++o) instrOf[node->outputs[o]] = builder.outputs()[o];
    }
    const auto& outputs = &graph == view.graph ? view.node->outputs : graph.outputs();
    for (ValueId out : outputs) part.program.outputs.push_back(instrOf.at(out));
    return part;
}

}  // namespace opentrt
