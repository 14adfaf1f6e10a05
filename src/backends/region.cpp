// SPDX-License-Identifier: Apache-2.0
#include "backends/region.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"

namespace opentrt {

const Graph& RegionView::holder() const {
    return node->op->kind() == "Region" ? *node->bodies[0] : *graph;
}

const Fact* RegionView::anchorInput(size_t k) const {
    return k < anchorInputs.size() && anchorInputs[k] >= 0 ? &input(anchorInputs[k]) : nullptr;
}

const Fact& RegionView::anchorOutput() const {
    return holder().fact(anchor->outputs[0]);
}

int RegionView::indexOf(ValueId value) const {
    const auto& list = node->op->kind() == "Region" ? holder().inputs() : node->inputs;
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
            } else if (view.anchor) {
                view.further.push_back(&body[n]);
            } else {
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

namespace {

//! Puts operators into a program, one after the other.
class ProgramMaker {
public:
    explicit ProgramMaker(const RegionView& view) : graph_(view.holder()), view_(view) {}

    void addInput(ValueId value) {
        ScalarInstr instr{ScalarOp::Input, graph_.fact(value).type};
        instr.a = static_cast<int32_t>(part_.program.inputs.size());
        part_.program.inputs.push_back(instr.type);
        part_.program.code.push_back(instr);
        instrOf_[value] = static_cast<int32_t>(part_.program.code.size()) - 1;
    }
    void add(const Node& node) {
        std::vector<int32_t> inputs;
        for (ValueId in : node.inputs) {
            if (!in.valid()) {
                inputs.push_back(-1);
                continue;
            }
            if (!instrOf_.count(in)) {
                part_.operands.push_back(view_.indexOf(in));
                addInput(in);
            }
            inputs.push_back(instrOf_[in]);
        }
        std::vector<DType> types;
        for (ValueId out : node.outputs) types.push_back(graph_.fact(out).type);
        ScalarBuilder builder(part_.program, std::move(inputs), std::move(types));
        node.op->emitScalar(builder);
        for (size_t o = 0; o < node.outputs.size(); ++o) instrOf_[node.outputs[o]] = builder.outputs()[o];
    }
    PointwisePart finish(const std::vector<ValueId>& outputs) {
        for (ValueId out : outputs) part_.program.outputs.push_back(instrOf_.at(out));
        return std::move(part_);
    }

private:
    const Graph& graph_;
    const RegionView& view_;
    PointwisePart part_;
    std::map<ValueId, int32_t> instrOf_;
};

}  // namespace

PointwisePart pointwisePart(const RegionView& view) {
    ProgramMaker maker(view);
    if (view.anchor) maker.addInput(view.anchor->outputs[0]);
    for (const Node* node : view.pointwise) maker.add(*node);
    return maker.finish(&view.holder() == view.graph ? view.node->outputs : view.holder().outputs());
}

std::optional<ScalarProgram> programBetween(const RegionView& view, ValueId from, ValueId to) {
    std::set<ValueId> needed;
    if (to != from) needed.insert(to);
    std::vector<const Node*> members;
    for (auto node = view.pointwise.rbegin(); node != view.pointwise.rend(); ++node) {
        if (needed.erase((*node)->outputs[0]) == 0) continue;
        members.insert(members.begin(), *node);
        for (const ValueId in : (*node)->inputs) {
            if (in.valid() && in != from) needed.insert(in);
        }
    }
    if (!needed.empty()) return std::nullopt;
    ProgramMaker maker(view);
    maker.addInput(from);
    for (const Node* node : members) maker.add(*node);
    return maker.finish({to}).program;
}

}  // namespace opentrt
