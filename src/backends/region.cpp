// SPDX-License-Identifier: Apache-2.0
#include "backends/region.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "ops/row_factors.h"
#include "ops/row_statistics.h"

namespace opentrt {

const Graph& RegionView::holder() const {
    return node->op->kind() == "Region" ? *node->bodies[0] : *graph;
}

const Fact* RegionView::anchorInput(size_t k) const {
    if (k >= anchorInputs.size() || !anchor->inputs[k].valid()) return nullptr;
    return anchorInputs[k] >= 0 ? &input(anchorInputs[k]) : &holder().fact(anchor->inputs[k]);
}

const Fact& RegionView::anchorOutput() const {
    return holder().fact(anchor->outputs[0]);
}

const Fact& RegionView::finished() const {
    if (leaves.valid()) return holder().fact(leaves);
    return further.empty() ? output(0) : holder().fact(further[0]->inputs[0]);
}

int RegionView::indexOf(ValueId value) const {
    const auto& list = node->op->kind() == "Region" ? holder().inputs() : node->inputs;
    const auto at = std::find(list.begin(), list.end(), value);
    return at == list.end() ? -1 : static_cast<int>(at - list.begin());
}

namespace {

//! Sorts out the pointwise operators that make what the anchor reads.
void moveToFront(RegionView& view) {
    std::set<ValueId> needed(view.anchor->inputs.begin(), view.anchor->inputs.end());
    needed.erase(ValueId());
    std::vector<const Node*> behind;
    for (auto node = view.pointwise.rbegin(); node != view.pointwise.rend(); ++node) {
        const auto& made = (*node)->outputs;
        const bool inFront = std::any_of(made.begin(), made.end(), [&](ValueId v) { return needed.count(v) > 0; });
        (inFront ? view.front : behind).push_back(*node);
        if (inFront) needed.insert((*node)->inputs.begin(), (*node)->inputs.end());
    }
    std::reverse(view.front.begin(), view.front.end());
    view.pointwise.assign(behind.rbegin(), behind.rend());
}

void findAnchorInputs(RegionView& view) {
    view.anchorInputs.clear();
    for (ValueId in : view.anchor->inputs) view.anchorInputs.push_back(in.valid() ? view.indexOf(in) : -1);
}

}  // namespace

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
            } else if (as<ops::RowFactors>(*body[n].op)) {
                view.rowFactors = &body[n];
            } else if (as<ops::RowStatistics>(*body[n].op)) {
                view.rowStatistics = &body[n];
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
        moveToFront(view);
        findAnchorInputs(view);
    }
    return view;
}

namespace {

//! The last of the links on whose result each value depends through pointwise operators.
std::map<ValueId, size_t> lastLinks(const Graph& body, const std::vector<RegionView>& links) {
    std::map<ValueId, size_t> last;
    for (const NodeId id : body.order()) {
        const Node& node = body[id];
        const auto link =
            std::find_if(links.begin(), links.end(), [&](const RegionView& l) { return l.anchor == &node; });
        if (link != links.end()) last[node.outputs[0]] = static_cast<size_t>(link - links.begin());
        if (node.op->opClass() != OpClass::Pointwise) continue;
        for (const ValueId in : node.inputs) {
            const auto of = in.valid() ? last.find(in) : last.end();
            if (of == last.end()) continue;
            for (const ValueId out : node.outputs)
                last[out] = std::max(last.try_emplace(out).first->second, of->second);
        }
    }
    return last;
}

//! Finds what the link leaves for the operators behind a later one.
void leaveBeside(const Graph& body, std::vector<RegionView>& links, size_t from,
                 const std::map<ValueId, size_t>& last) {
    RegionView& link = links[from];
    const auto isOf = [&](ValueId value) {
        const auto of = value.valid() ? last.find(value) : last.end();
        return of != last.end() && of->second == from;
    };
    for (const NodeId id : body.order()) {
        const auto &inputs = body[id].inputs, &outputs = body[id].outputs;
        const bool reads = std::any_of(inputs.begin(), inputs.end(), isOf);
        if (isOf(outputs[0]) && body.fact(outputs[0]).type == link.anchorInput(0)->type) link.leaves = outputs[0];
        if (reads && !isOf(outputs[0]) && last.count(outputs[0])) links[last.at(outputs[0])].beside = link.leaves;
    }
}

}  // namespace

std::vector<RegionView> linksOf(const RegionView& region) {
    std::vector<RegionView> links{region};
    for (const Node* anchor : region.further) {
        RegionView& link = links.emplace_back(region);
        link.anchor = anchor;
        findAnchorInputs(link);
    }
    const Graph& body = region.holder();
    const std::map<ValueId, size_t> last = lastLinks(body, links);
    for (const RegionView& link : links) {
        const ValueId read = link.anchor->inputs[0];
        if (const auto of = last.find(read); of != last.end()) links[of->second].leaves = read;
    }
    links.back().leaves = body.outputs().back();
    for (size_t l = 0; l < links.size(); ++l) {
        links[l].further.clear();
        if (!links[l].leaves.valid()) leaveBeside(body, links, l, last);
    }
    return links;
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
    //! `numbers`: those that are known become part of the program.
    explicit ProgramMaker(const RegionView& view, bool numbers = false)
        : graph_(view.holder()), view_(view), numbers_(numbers) {}

    void addInput(ValueId value) {
        ScalarInstr instr{ScalarOp::Input, graph_.fact(value).type};
        instr.a = static_cast<int32_t>(part_.program.inputs.size());
        part_.program.inputs.push_back(instr.type);
        part_.program.code.push_back(instr);
        instrOf_[value] = static_cast<int32_t>(part_.program.code.size()) - 1;
        reads_.push_back(value);
    }
    void add(const Node& node) {
        std::vector<int32_t> inputs;
        for (ValueId in : node.inputs) {
            if (!in.valid()) {
                inputs.push_back(-1);
                continue;
            }
            if (!instrOf_.count(in) && !(numbers_ && addNumber(in))) {
                part_.operands.push_back(operandOf(in));
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
    //! The values that are the program's inputs, in order.
    const std::vector<ValueId>& reads() const { return reads_; }

private:
    int operandOf(ValueId value) const {
        if (view_.rowFactors && value == view_.rowFactors->outputs[0]) return kRowMean;
        if (view_.rowFactors && value == view_.rowFactors->outputs[1]) return kRowFactor;
        if (view_.beside.valid() && value == view_.beside) return kBeside;
        return view_.indexOf(value);
    }

    bool addNumber(ValueId value) {
        const int input = view_.indexOf(value);
        if (input < 0 || !view_.isConstant(input) || view_.input(input).constant->count() != 1) return false;
        ScalarInstr instr{ScalarOp::Constant, graph_.fact(value).type};
        instr.constant = view_.input(input).constant->get(0);
        part_.program.code.push_back(instr);
        instrOf_[value] = static_cast<int32_t>(part_.program.code.size()) - 1;
        return true;
    }

    const Graph& graph_;
    const RegionView& view_;
    const bool numbers_;
    PointwisePart part_;
    std::vector<ValueId> reads_;
    std::map<ValueId, int32_t> instrOf_;
};

//! In front of the anchor and behind it.
std::vector<const Node*> allPointwise(const RegionView& view) {
    std::vector<const Node*> all = view.front;
    all.insert(all.end(), view.pointwise.begin(), view.pointwise.end());
    return all;
}

//! Those of `all` by which one value leads to another, in order, without what makes `given`.
std::vector<const Node*> nodesBetween(const std::vector<const Node*>& all, ValueId from, ValueId to,
                                      ValueId given = {}) {
    std::vector<const Node*> members;
    std::set<ValueId> needed;
    if (to != from) needed.insert(to);
    for (auto node = all.rbegin(); node != all.rend(); ++node) {
        if (needed.erase((*node)->outputs[0]) == 0) continue;
        members.insert(members.begin(), *node);
        for (const ValueId in : (*node)->inputs) {
            if (in.valid() && in != from && in != given) needed.insert(in);
        }
    }
    return members;
}

}  // namespace

PointwisePart pointwisePart(const RegionView& view) {
    ProgramMaker maker(view);
    if (view.anchor) maker.addInput(view.anchor->outputs[0]);
    if (view.leaves.valid() || !view.further.empty()) {
        const ValueId last = view.leaves.valid() ? view.leaves : view.further[0]->inputs[0];
        for (const Node* node : nodesBetween(view.pointwise, view.anchor->outputs[0], last, view.beside))
            maker.add(*node);
        return maker.finish({last});
    }
    for (const Node* node : view.pointwise) maker.add(*node);
    std::vector<ValueId> outputs = &view.holder() == view.graph ? view.node->outputs : view.holder().outputs();
    if (view.rowStatistics) std::erase(outputs, view.rowStatistics->outputs[0]);
    return maker.finish(outputs);
}

MakingPart partThatMakes(const RegionView& view, ValueId made) {
    ProgramMaker maker(view, true);
    const std::vector<const Node*> members = nodesBetween(allPointwise(view), ValueId(), made);
    if (members.empty()) maker.addInput(made);
    for (const Node* node : members) maker.add(*node);
    PointwisePart part = maker.finish({made});
    return {std::move(part.program), maker.reads()};
}

std::optional<ScalarProgram> programBetween(const RegionView& view, ValueId from, ValueId to) {
    const std::vector<const Node*> members = nodesBetween(allPointwise(view), from, to);
    if (members.empty() && to != from) return std::nullopt;
    ProgramMaker maker(view, true);
    maker.addInput(from);
    for (const Node* node : members) maker.add(*node);
    PointwisePart part = maker.finish({to});
    if (!part.operands.empty()) return std::nullopt;
    return std::move(part.program);
}

}  // namespace opentrt
