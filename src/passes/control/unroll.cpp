// SPDX-License-Identifier: Apache-2.0
// Loops that make few trips become straight graphs, so that passes go on from one iteration into the next. A loop that
// makes no trip is its initial values, and one trip is the body. What bounds the rest: the nodes that there would be,
// and the weights of contractions, which kernels keep in a form of their own for each copy.
#include <algorithm>

#include "base/error.h"
#include "ops/concatenation.h"
#include "ops/loop.h"
#include "ops/slice.h"
#include "ops/squeeze.h"
#include "ops/unsqueeze.h"
#include "passes/control/loop_parts.h"
#include "passes/control/node_copier.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

constexpr int64_t kMostNodes = 64;
constexpr int64_t kMostWeightBytes = 1 << 20;

struct Cost {
    int64_t nodes = 0, weightBytes = 0;
};

Cost costOf(const Graph& body) {
    Cost cost;
    for (const NodeId id : body.order()) {
        const Node& node = body[id];
        cost.nodes += node.op->isView() ? 0 : 1;
        for (const auto& inner : node.bodies) {
            const Cost nested = costOf(*inner);
            cost.nodes += nested.nodes;
            cost.weightBytes += nested.weightBytes;
        }
        if (node.op->opClass() != OpClass::Contraction && node.op->opClass() != OpClass::Opaque) continue;
        for (const ValueId in : node.inputs) {
            if (in.valid() && body.isConstant(in)) cost.weightBytes += body.fact(in).constant->bytes();
        }
    }
    return cost;
}

//! How often the body runs, if that is one number for every run.
std::optional<int64_t> knownTrips(const Graph& graph, const LoopParts& parts) {
    if (const auto trips = tripsOf(graph, parts)) {
        return trips->isConstant() ? std::optional(trips->constant()) : std::nullopt;
    }
    // A condition behind the only trip decides nothing.
    const auto count = integerIn(graph, parts.count);
    const auto start = integerIn(graph, parts.start);
    const bool starts = !parts.start.valid() || (start && start->isConstant() && start->constant() != 0);
    return starts && count == Dim(1) ? std::optional<int64_t>(1) : std::nullopt;
}

class Unroller {
public:
    Unroller(Graph& graph, NodeId loop, const LoopParts& parts, int64_t trips)
        : graph_(graph), loop_(loop), parts_(parts), trips_(trips), copier_(*parts.body, graph) {}

    bool isPossible() const {
        const Cost cost = costOf(*parts_.body);
        const bool small = cost.nodes * trips_ <= kMostNodes && cost.weightBytes * (trips_ - 1) <= kMostWeightBytes;
        if (trips_ > 1 && !small) return false;
        for (const auto& iterator : parts_.iterators) {
            const Dim& size = graph_.fact(iterator.whole).shape[static_cast<size_t>(iterator.axis)];
            if (trips_ > 0 && (size - Dim(trips_)).bounds(graph_.ranges).min < 0) return false;
        }
        for (const auto& scan : parts_.scans) {
            if (!lengthOf(scan) || (*lengthOf(scan) > trips_ && !isStatic(sliceShape(scan)))) return false;
        }
        return true;
    }

    void run() {
        std::vector<ValueId> values;
        for (const auto& carried : parts_.carried) values.push_back(carried.initial);
        for (const auto& captured : parts_.captured) copier_.map(captured.inside, captured.outside);
        std::vector<std::vector<ValueId>> slices(parts_.scans.size());
        const std::vector<NodeId> nodes = parts_.body->order();
        for (int64_t trip = 0; trip < trips_; ++trip) {
            const std::string suffix = trips_ == 1 ? "" : cat(" [", trip, "]");
            copier_.map(parts_.iteration, number(trip));
            for (size_t c = 0; c < values.size(); ++c) copier_.map(parts_.carried[c].inside, values[c]);
            for (const auto& iterator : parts_.iterators) copier_.map(iterator.inside, sliceOf(iterator, trip));
            for (const NodeId node : nodes) copier_.copy(node, suffix);
            for (size_t c = 0; c < values.size(); ++c) values[c] = copier_(parts_.carried[c].next);
            for (size_t s = 0; s < slices.size(); ++s) slices[s].push_back(copier_(parts_.scans[s].slice));
        }
        for (size_t s = 0; s < slices.size(); ++s) replaceResult(graph_, parts_.scans[s].whole, stack(s, slices[s]));
        for (size_t c = 0; c < values.size(); ++c) replaceResult(graph_, parts_.carried[c].last, values[c]);
        graph_.erase(loop_);
    }

private:
    Shape sliceShape(const LoopParts::Scan& scan) const {
        Shape shape = graph_.fact(scan.whole).shape;
        shape.erase(shape.begin() + scan.axis);
        return shape;
    }
    std::optional<int64_t> lengthOf(const LoopParts::Scan& scan) const {
        if (!scan.length.valid())
            return trips_ > 0 || isStatic(sliceShape(scan)) ? std::optional(trips_) : std::nullopt;
        const auto length = integerIn(graph_, scan.length);
        return length && length->isConstant() && length->constant() >= 0 ? std::optional(length->constant())
                                                                         : std::nullopt;
    }
    ValueId number(int64_t value) {
        Tensor tensor(DType::I64, {});
        tensor.setInt(0, value);
        return graph_.addConstant(graph_.uniqueName(graph_[loop_].name + " (iteration)"), tensor);
    }

    ValueId sliceOf(const LoopParts::Iterator& iterator, int64_t trip) {
        const std::vector<int64_t> axis{iterator.axis};
        const std::string name = cat(graph_[iterator.whole].name, " [", trip, "]");
        // Without a count, backwards means from the end of the tensor.
        check(!iterator.reverse || parts_.count.valid(), "a loop without a count is unrolled");
        const int64_t place = iterator.reverse ? trips_ - 1 - trip : trip;
        const ValueId slice =
            graph_.add(std::make_unique<ops::Slice>(std::vector<int64_t>{place}, std::vector<int64_t>{1},
                                                    std::vector<int64_t>{1}, axis),
                       {iterator.whole}, name);
        return graph_.add(std::make_unique<ops::Squeeze>(axis), {slice}, name);
    }

    ValueId stack(size_t index, std::vector<ValueId> slices) {
        const LoopParts::Scan& scan = parts_.scans[index];
        const int64_t length = *lengthOf(scan);
        const std::string name = graph_[scan.whole].name;
        if (static_cast<int64_t>(slices.size()) > length) slices.resize(static_cast<size_t>(length));
        std::vector<ValueId> pieces;
        for (const ValueId slice : slices) {
            pieces.push_back(
                graph_.add(std::make_unique<ops::Unsqueeze>(std::vector<int64_t>{scan.axis}), {slice}, name));
        }
        if (length > trips_ || pieces.empty())
            pieces.push_back(zeros(scan, length - static_cast<int64_t>(pieces.size())));
        if (scan.reverse) std::reverse(pieces.begin(), pieces.end());
        if (pieces.size() == 1) return pieces[0];
        return graph_.add(std::make_unique<ops::Concatenation>(scan.axis), pieces, name);
    }

    ValueId zeros(const LoopParts::Scan& scan, int64_t length) {
        std::vector<int64_t> dims = staticDims(sliceShape(scan));
        dims.insert(dims.begin() + scan.axis, length);
        return graph_.addConstant(graph_.uniqueName(graph_[scan.whole].name),
                                  Tensor(graph_.fact(scan.whole).type, dims));
    }

    Graph& graph_;
    NodeId loop_;
    const LoopParts& parts_;
    int64_t trips_;
    NodeCopier copier_;
};

}  // namespace

bool unrollLoops(Graph& graph, PassContext& context) {
    bool changed = false;
    for (const NodeId id : graph.order()) {
        if (!as<ops::Loop>(*graph[id].op)) continue;
        const LoopParts parts = takeApart(graph, id);
        const auto trips = knownTrips(graph, parts);
        if (!trips) continue;
        Unroller unroller(graph, id, parts, *trips);
        if (!unroller.isPossible() || !context.spend()) continue;
        context.log.verbose("unroll: ", graph[id].name, " makes ", *trips, *trips == 1 ? " trip" : " trips");
        unroller.run();
        changed = true;
    }
    if (changed) graph.inferAll();
    return changed;
}

}  // namespace opentrt::passes
