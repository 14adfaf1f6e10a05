// SPDX-License-Identifier: Apache-2.0
// What a loop need not compute step by step is computed before it. A node that reads nothing but captured values moves
// out as it is. A product of the slices of an iterated tensor with an invariant matrix becomes one product of the whole
// tensor, over whose slices the loop iterates; where nothing is carried from iteration to iteration, pointwise
// operators follow, and the loop goes when all of it has. Branches of conditionals stay together: they may never run.
#include <algorithm>

#include "base/error.h"
#include "ops/activation.h"
#include "ops/cast.h"
#include "ops/element_wise.h"
#include "ops/loop.h"
#include "ops/matrix_multiply.h"
#include "ops/reshape.h"
#include "ops/select.h"
#include "ops/transpose.h"
#include "ops/unary.h"
#include "ops/unsqueeze.h"
#include "passes/control/loop_parts.h"
#include "passes/control/node_copier.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

class Hoister {
public:
    Hoister(Graph& graph, PassContext& context, NodeId loop)
        : graph_(graph), context_(context), loop_(loop), parts_(takeApart(graph, loop)), body_(*parts_.body) {}

    bool run() {
        bool changed = false;
        for (const NodeId id : body_.order()) {
            const Node& node = body_[id];
            const bool invariant = isInvariant(node), lifts = !invariant && isLiftable(node);
            if ((!invariant && !lifts) || !context_.spend()) continue;
            context_.log.verbose("hoist: ", node.name, " is computed before ", graph_[loop_].name,
                                 lifts ? ", for all iterations at once" : "");
            invariant ? moveOut(id) : lift(id);
            body_.erase(id);
            changed = true;
        }
        if (changed) rebuild(graph_, loop_, std::move(parts_));
        return changed;
    }

private:
    const LoopParts::Captured* captured(ValueId inside) const {
        const auto at = std::find_if(parts_.captured.begin(), parts_.captured.end(),
                                     [&](const auto& part) { return part.inside == inside; });
        return at == parts_.captured.end() ? nullptr : &*at;
    }
    const LoopParts::Iterator* iterator(ValueId inside) const {
        const auto at = std::find_if(parts_.iterators.begin(), parts_.iterators.end(),
                                     [&](const auto& part) { return part.inside == inside; });
        return at == parts_.iterators.end() ? nullptr : &*at;
    }
    bool isOutside(ValueId inside) const {
        return !inside.valid() || captured(inside) || (body_.isConstant(inside) && !body_.isInput(inside));
    }

    //! Computing it once too often must be harmless: a loop may make no trip, and then its body never runs.
    bool isHarmless(const Node& node) const {
        if (node.op->hasSideEffects() || node.op->isRandom() || !node.bodies.empty()) return false;
        const auto& sizes = body_.dataSizes();
        return std::none_of(sizes.begin(), sizes.end(), [&](const DataSize& size) {
            return std::find(node.outputs.begin(), node.outputs.end(), size.value) != node.outputs.end();
        });
    }
    bool isInvariant(const Node& node) const {
        return isHarmless(node) &&
               std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId in) { return isOutside(in); });
    }

    void moveOut(NodeId id) {
        NodeCopier copier(body_, graph_);
        for (const auto& part : parts_.captured) copier.map(part.inside, part.outside);
        const NodeId outside = copier.copy(id);
        const std::vector<ValueId> outputs = body_[id].outputs;
        for (size_t o = 0; o < outputs.size(); ++o) {
            parts_.replaceInside(outputs[o], parts_.capture(graph_, graph_[outside].outputs[o]));
        }
    }

    bool isLiftable(const Node& node) const {
        const Op& op = *node.op;
        const auto* product = as<ops::MatrixMultiply>(op);
        const bool pointwise = as<ops::ElementWise>(op) || as<ops::Activation>(op) || as<ops::Unary>(op) ||
                               as<ops::Cast>(op) || as<ops::Select>(op);
        if (!product && (!pointwise || !parts_.carried.empty())) return false;
        if (product && !isRowsTimesMatrix(*product, node)) return false;
        const LoopParts::Iterator* first = nullptr;
        for (const ValueId in : node.inputs) {
            if (isOutside(in)) continue;
            const auto* from = iterator(in);
            if (!from || (first && from->reverse != first->reverse)) return false;
            first = from;
            const Shape& whole = graph_.fact(from->whole).shape;
            const auto trips = tripsOf(graph_, parts_);
            if (!trips || whole[static_cast<size_t>(from->axis)] != *trips) return false;
        }
        return first != nullptr;
    }

    //! [rows, summed] * [summed, columns], the matrix being invariant; sizes are such that steps and rows can be
    //! joined.
    bool isRowsTimesMatrix(const ops::MatrixMultiply& op, const Node& node) const {
        const Shape &x = body_.fact(node.inputs[0]).shape, &y = body_.fact(node.outputs[0]).shape;
        return op.a == ops::MatrixOperation::None && op.b != ops::MatrixOperation::Vector && x.size() == 2 &&
               isStatic(x) && isStatic(y) && iterator(node.inputs[0]) && isOutside(node.inputs[1]);
    }

    std::string name(const Node& node) const { return cat(node.name, " (all)"); }

    //! The whole tensor with the iterated axis first.
    ValueId stepsFirst(const LoopParts::Iterator& from, const std::string& name) {
        if (from.axis == 0) return from.whole;
        std::vector<int64_t> order{from.axis};
        for (int64_t i = 0; i < static_cast<int64_t>(graph_.fact(from.whole).shape.size()); ++i) {
            if (i != from.axis) order.push_back(i);
        }
        return graph_.add(std::make_unique<ops::Transpose>(order), {from.whole}, name);
    }
    ValueId outsideOf(ValueId inside) {
        if (const auto* part = captured(inside)) return part->outside;
        return NodeCopier(body_, graph_)(inside);
    }

    void lift(NodeId id) {
        const Node& node = body_[id];
        const std::string called = name(node);
        const bool product = as<ops::MatrixMultiply>(*node.op) != nullptr;
        std::vector<ValueId> inputs;
        bool reverse = false;
        for (const ValueId in : node.inputs) {
            const auto* from = in.valid() ? iterator(in) : nullptr;
            ValueId whole = from ? stepsFirst(*from, called) : in.valid() ? outsideOf(in) : in;
            if (from) reverse = from->reverse;
            if (from && product) {
                const int64_t summed = graph_.fact(whole).shape.back().constant();
                whole = graph_.add(std::make_unique<ops::Reshape>(std::vector<int64_t>{-1, summed}, false), {whole},
                                   called);
            }
            if (!from && !product && in.valid()) {
                whole = graph_.add(std::make_unique<ops::Unsqueeze>(std::vector<int64_t>{0}), {whole}, called);
            }
            inputs.push_back(whole);
        }
        ValueId all = graph_.add(node.op->clone(), inputs, called);
        const Fact& slice = body_.fact(node.outputs[0]);
        if (product) {
            std::vector<int64_t> dims = staticDims(slice.shape);
            dims.insert(dims.begin(), -1);
            all = graph_.add(std::make_unique<ops::Reshape>(dims, false), {all}, called);
        }
        const Fact fact{slice.type, slice.shape, {}, {}};
        const ValueId old = node.outputs[0], inside = body_.addInput(body_.uniqueName(called), fact);
        parts_.iterators.push_back({all, 0, reverse, inside});
        parts_.replaceInside(old, inside);
    }

    Graph& graph_;
    PassContext& context_;
    NodeId loop_;
    LoopParts parts_;
    Graph& body_;
};

}  // namespace

bool hoistFromLoops(Graph& graph, PassContext& context) {
    bool changed = false;
    for (const NodeId id : graph.order()) {
        if (!as<ops::Loop>(*graph[id].op)) continue;
        changed = Hoister(graph, context, id).run() || changed;
    }
    if (!changed) return false;
    graph.inferAll();
    simplifyLoops(graph, context);  // what moved out leaves sequences that are handed on
    return true;
}

}  // namespace opentrt::passes
