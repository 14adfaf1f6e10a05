// SPDX-License-Identifier: Apache-2.0
// Networks often read a few rows of what they computed: a classifier the first token, a generator the last one. What is
// picked out of a result is picked before it is computed:
//   pick(x W) = pick(x) W      pick(x + y) = pick(x) + pick(y)      pick(attention(q, k, v)) = attention(pick(q), k, v)
// The pick moves up through all operators whose other places nobody reads, and stays in front of those that it finds,
// where a product or an attention is among them; otherwise nothing is worth the further picks.
#include <algorithm>
#include <map>
#include <set>

#include "ops/attention.h"
#include "ops/gather.h"
#include "ops/matrix_multiply.h"
#include "ops/normalization.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! Places start, start + stride, ... of an axis.
struct Places {
    int64_t axis = 0, start = 0, size = 1, stride = 1;
    friend bool operator==(const Places&, const Places&) = default;
};

//! The integers of an attribute, or of the input that stands for it; nothing when they are not known.
std::optional<std::vector<int64_t>> integers(const Graph& graph, const Node& node, size_t input,
                                             const std::vector<int64_t>& attribute) {
    if (node.inputs.size() <= input || !node.inputs[input].valid()) return attribute;
    const auto& constant = graph.fact(node.inputs[input]).constant;
    if (!constant) return {};
    std::vector<int64_t> values;
    for (int64_t i = 0; i < constant->count(); ++i) values.push_back(static_cast<int64_t>(constant->get(i)));
    return values;
}

std::optional<Places> placesOfSlice(const Graph& graph, const Node& node, const ops::Slice& slice) {
    const auto start = integers(graph, node, 1, slice.start), size = integers(graph, node, 2, slice.size),
               stride = integers(graph, node, 3, slice.stride);
    auto axes = integers(graph, node, 5, slice.axes);
    const Shape& x = graph.fact(node.inputs[0]).shape;
    if (slice.mode != ops::SampleMode::StrictBounds || !start || !size || !stride || !axes) return {};
    if (axes->empty()) {
        for (size_t d = 0; d < x.size(); ++d) axes->push_back(static_cast<int64_t>(d));
    }
    std::optional<Places> places;
    for (size_t i = 0; i < axes->size(); ++i) {
        const int64_t axis = (*axes)[i] + ((*axes)[i] < 0 ? static_cast<int64_t>(x.size()) : 0);
        const bool isWhole = (*start)[i] == 0 && (*stride)[i] == 1 && Dim((*size)[i]) == x[static_cast<size_t>(axis)];
        if (isWhole) continue;
        if (places || (*stride)[i] < 1 || (*size)[i] < 1) return {};
        places = Places{axis, (*start)[i], (*size)[i], (*stride)[i]};
    }
    return places;
}

std::optional<Places> placesOfGather(const Graph& graph, const Node& node, const ops::Gather& gather) {
    const Fact &x = graph.fact(node.inputs[0]), &index = graph.fact(node.inputs[1]);
    if (gather.mode != ops::GatherMode::Default || gather.elementwiseDims != 0 || !index.constant) return {};
    if (index.constant->count() != 1 || index.shape.size() > 1) return {};
    const auto rank = static_cast<int64_t>(x.shape.size());
    Places places{gather.axis + (gather.axis < 0 ? rank : 0), static_cast<int64_t>(index.constant->get(0)), 1, 1};
    const Dim& extent = x.shape[static_cast<size_t>(places.axis)];
    if (!extent.isConstant()) return {};
    if (places.start < 0) places.start += extent.constant();
    if (places.start < 0 || places.start >= extent.constant()) return {};
    return places;
}

//! What the node picks out of its first input, if that is what it does.
std::optional<Places> placesOf(const Graph& graph, NodeId id) {
    const Node& node = graph[id];
    if (const auto* slice = as<ops::Slice>(*node.op)) return placesOfSlice(graph, node, *slice);
    const auto* gather = as<ops::Gather>(*node.op);
    return gather ? placesOfGather(graph, node, *gather) : std::nullopt;
}

//! By input: the axis along which it has to be picked from, or none where all of it is read.
using InputAxes = std::vector<std::optional<int64_t>>;

bool isOne(const Graph& graph, ValueId value, int64_t axis) {
    return graph.fact(value).shape[static_cast<size_t>(axis)] == Dim(1);
}

//! Inputs that broadcast along the axis are read whole.
std::optional<InputAxes> axesOfPointwise(const Graph& graph, const Node& node, int64_t axis) {
    const size_t rank = graph.fact(node.outputs[0]).shape.size();
    InputAxes axes(node.inputs.size());
    for (size_t i = 0; i < axes.size(); ++i) {
        if (!node.inputs[i].valid()) continue;
        const Fact& input = graph.fact(node.inputs[i]);
        if (i > 0 && input.constant && input.constant->count() == 1) continue;
        if (input.shape.size() != rank) return {};
        if (!isOne(graph, node.inputs[i], axis)) axes[i] = axis;
    }
    return axes;
}

std::optional<InputAxes> axesOfProduct(const Graph& graph, const Node& node, const ops::MatrixMultiply& op,
                                       int64_t axis) {
    const auto rank = static_cast<int64_t>(graph.fact(node.outputs[0]).shape.size());
    const bool isPlain = op.a == ops::MatrixOperation::None && op.b != ops::MatrixOperation::Vector;
    if (!isPlain || axis > rank - 2) return {};
    InputAxes axes(2);
    for (size_t i = 0; i < 2; ++i) {
        const bool has = i == 0 || axis < rank - 2;
        if (has && !isOne(graph, node.inputs[i], axis)) axes[i] = axis;
    }
    return axes;
}

std::optional<InputAxes> axesOfNorm(const Graph& graph, const Node& node, const ops::Normalization& op, int64_t axis) {
    const auto rank = static_cast<int64_t>(graph.fact(node.outputs[0]).shape.size());
    for (const int64_t a : op.axes) {
        if ((a < 0 ? a + rank : a) == axis) return {};
    }
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        if (node.inputs[i].valid() && !isOne(graph, node.inputs[i], axis)) return {};
    }
    if (op.groups != 1) return {};
    InputAxes axes(node.inputs.size());
    axes[0] = axis;
    return axes;
}

//! Rows of the output are those of the query; causal masks know them by their place.
std::optional<InputAxes> axesOfAttention(const Graph& graph, const Node& node, const ops::Attention& op, int64_t axis) {
    constexpr size_t kRows = 2, kMask = 3;
    const auto axisOf = [&](ops::Attention::Operand o) { return static_cast<int64_t>(op.axesOf(o)[kRows]); };
    if (axis != axisOf(ops::Attention::kOutput) || op.causal != ops::CausalMask::None) return {};
    InputAxes axes(node.inputs.size());
    axes[0] = axisOf(ops::Attention::kQuery);
    if (node.inputs.size() <= kMask || !node.inputs[kMask].valid()) return axes;
    if (graph.fact(node.inputs[kMask]).shape.size() != 4) return {};
    if (!isOne(graph, node.inputs[kMask], kRows)) axes[kMask] = kRows;
    return axes;
}

//! The dimensions up to the axis are the same before and behind.
std::optional<InputAxes> axesOfReshape(const Graph& graph, const Node& node, int64_t axis) {
    const Shape &from = graph.fact(node.inputs[0]).shape, &to = graph.fact(node.outputs[0]).shape;
    const auto count = axis + 1;
    const bool isSame =
        static_cast<int64_t>(from.size()) >= count && std::equal(from.begin(), from.begin() + count, to.begin());
    const auto open =
        isSame ? std::count_if(to.begin() + count, to.end(), [](const Dim& d) { return !d.isConstant(); }) : 0;
    if (!isSame || open > 1) return {};
    InputAxes axes(node.inputs.size());
    axes[0] = axis;
    return axes;
}

//! Nothing when the operator cannot compute some places of the axis alone.
std::optional<InputAxes> axesOf(const Graph& graph, const Node& node, int64_t axis) {
    if (node.outputs.size() != 1 || !node.bodies.empty()) return {};
    if (const auto* op = as<ops::MatrixMultiply>(*node.op)) return axesOfProduct(graph, node, *op, axis);
    if (const auto* op = as<ops::Normalization>(*node.op)) return axesOfNorm(graph, node, *op, axis);
    if (const auto* op = as<ops::Attention>(*node.op)) return axesOfAttention(graph, node, *op, axis);
    if (as<ops::Reshape>(*node.op)) return axesOfReshape(graph, node, axis);
    if (const auto* op = as<ops::Transpose>(*node.op)) return InputAxes{op->permutation[static_cast<size_t>(axis)]};
    if (node.op->opClass() == OpClass::Pointwise) return axesOfPointwise(graph, node, axis);
    return {};
}

//! The operators that one pick moves through.
class Ascent {
public:
    Ascent(const Graph& graph, ValueId value, const Places& places) : graph_(graph), places_(places) {
        wanted_[value] = places.axis;
        const NodeId producer = graph[value].producer;
        if (producer.valid()) visit(producer);
        if (nodes_.empty()) return;  // as most picks: the others need not be put in order
        const std::vector<NodeId> order = graph.order();
        for (auto at = order.rbegin(); at != order.rend(); ++at) {
            if (*at != producer) visit(*at);
        }
        std::reverse(nodes_.begin(), nodes_.end());
    }

    bool isWorthIt() const {
        return std::any_of(nodes_.begin(), nodes_.end(),
                           [&](NodeId id) { return graph_[id].op->opClass() == OpClass::Contraction; });
    }
    //! Returns what has become of the value.
    ValueId apply(Graph& graph, ValueId value) const {
        std::map<ValueId, ValueId> picked;
        for (const NodeId id : nodes_) {
            std::vector<ValueId> inputs = graph[id].inputs;
            const InputAxes& axes = inputAxes_.at(id);
            for (size_t i = 0; i < inputs.size(); ++i) {
                if (axes[i]) inputs[i] = pick(graph, inputs[i], *axes[i], picked);
            }
            const Node& node = graph[id];
            const ValueId old = node.outputs[0];
            const std::string name = node.name;
            const NodeOptions options = node.options;
            const bool isReshape = as<ops::Reshape>(*node.op);
            if (isReshape) inputs.resize(1);
            const NodeId made = graph.addNode(
                isReshape ? reshaped(graph.fact(old).shape, wanted_.at(old)) : node.op->clone(), inputs, name);
            graph[made].options = options;
            picked[old] = graph[made].outputs[0];
        }
        return picked.at(value);
    }

private:
    void visit(NodeId id) {
        const Node& node = graph_[id];
        if (node.outputs.size() != 1) return;
        const ValueId value = node.outputs[0];
        const auto at = wanted_.find(value);
        if (at == wanted_.end() || graph_.isOutput(value)) return;
        const auto& uses = graph_[value].uses;
        const bool onlyPicked =
            std::all_of(uses.begin(), uses.end(), [&](const Use& u) { return picks(u, at->second); });
        const auto axes = onlyPicked ? axesOf(graph_, node, at->second) : std::nullopt;
        if (!axes || !areConsistent(node, *axes)) return;
        for (size_t i = 0; i < axes->size(); ++i) {
            if ((*axes)[i]) wanted_[node.inputs[i]] = *(*axes)[i];
        }
        nodes_.push_back(id);
        inputAxes_[id] = *axes;
    }
    //! Whether the reader needs these places only.
    bool picks(const Use& use, int64_t axis) const {
        const auto at = inputAxes_.find(use.node);
        if (at != inputAxes_.end()) return at->second[static_cast<size_t>(use.input)] == axis;
        Places places = places_;
        places.axis = axis;
        return use.input == 0 && placesOf(graph_, use.node) == places;
    }
    //! Constants would have to be cut, and values are cut along one axis.
    bool areConsistent(const Node& node, const InputAxes& axes) const {
        for (size_t i = 0; i < axes.size(); ++i) {
            if (!axes[i]) continue;
            const auto at = wanted_.find(node.inputs[i]);
            if (graph_.isConstant(node.inputs[i]) || (at != wanted_.end() && at->second != *axes[i])) return false;
            for (size_t j = 0; j < i; ++j) {
                if (axes[j] && node.inputs[j] == node.inputs[i] && axes[j] != axes[i]) return false;
            }
        }
        return true;
    }
    ValueId pick(Graph& graph, ValueId value, int64_t axis, std::map<ValueId, ValueId>& picked) const {
        const auto [at, isNew] = picked.try_emplace(value);
        if (!isNew) return at->second;
        auto slice = std::make_unique<ops::Slice>(std::vector{places_.start}, std::vector{places_.size},
                                                  std::vector{places_.stride}, std::vector{axis});
        return at->second = graph.add(std::move(slice), {value}, graph.uniqueName(graph[value].name + " (picked)"));
    }
    //! To this shape, but for the places along the axis, which are those that the operand has.
    static std::unique_ptr<Op> reshaped(const Shape& shape, int64_t axis) {
        std::vector<int64_t> dims;
        for (size_t d = 0; d < shape.size(); ++d) {
            const bool isCopied = static_cast<int64_t>(d) <= axis;
            dims.push_back(isCopied                ? ops::Reshape::copy(static_cast<int64_t>(d))
                           : shape[d].isConstant() ? shape[d].constant()
                                                   : -1);
        }
        return std::make_unique<ops::Reshape>(std::move(dims), false);
    }

    const Graph& graph_;
    const Places places_;
    std::map<ValueId, int64_t> wanted_;  // axis along which readers want some places only
    std::map<NodeId, InputAxes> inputAxes_;
    std::vector<NodeId> nodes_;
};

//! All readers read what was picked before; where an index takes the axis away, without it.
void replacePicks(Graph& graph, ValueId value, ValueId picked, int64_t axis) {
    const std::vector<Use> uses = graph[value].uses;
    for (const Use& use : uses) {
        if (graph[use.node].dead || use.input != 0 || !placesOf(graph, use.node)) continue;
        const ValueId old = graph[use.node].outputs[0];
        const size_t rank = graph.fact(old).shape.size();
        ValueId by = picked;
        if (rank < graph.fact(picked).shape.size()) {
            std::vector<int64_t> dims;
            for (int64_t d = 0; d < static_cast<int64_t>(rank); ++d)
                dims.push_back(ops::Reshape::copy(d < axis ? d : d + 1));
            by = graph.add(std::make_unique<ops::Reshape>(dims, false), {picked}, graph[use.node].name);
        }
        graph.replaceUses(old, by);
    }
}

}  // namespace

bool pickEarlier(Graph& graph, PassContext& context) {
    bool changed = false;
    for (const NodeId id : graph.order()) {
        if (graph[id].dead) continue;
        const auto places = placesOf(graph, id);
        if (!places) continue;
        const ValueId value = graph[id].inputs[0];
        const Ascent ascent(graph, value, *places);
        if (!ascent.isWorthIt() || !context.spend()) continue;
        context.log.verbose(graph[id].name, " picks out of what is computed for it alone");
        replacePicks(graph, value, ascent.apply(graph, value), places->axis);
        graph.removeDead();
        changed = true;
    }
    return changed;
}

}  // namespace opentrt::passes
