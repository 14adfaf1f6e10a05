// SPDX-License-Identifier: Apache-2.0
// Loops as exporters write them become loops that say what they are: what an iteration hands on unchanged, or counts,
// is not carried; a tensor of which each iteration takes the slice with its own number is iterated over; a condition
// on a counter is a number of trips; what nobody wants is not made. Each of these makes room for the others, so a loop
// is looked at until nothing is found.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "ops/cast.h"
#include "ops/gather.h"
#include "ops/loop.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "ops/unsqueeze.h"
#include "passes/control/loop_numbers.h"
#include "passes/control/loop_parts.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

using Operation = ops::ElementWiseOperation;

class LoopSimplifier {
public:
    LoopSimplifier(Graph& graph, PassContext& context, NodeId loop)
        : graph_(graph), context_(context), loop_(loop), parts_(takeApart(graph, loop)) {}

    //! True when the loop was replaced.
    bool run() {
        bool changed = false;
        using Step = bool (LoopSimplifier::*)();
        constexpr Step kSteps[] = {&LoopSimplifier::dropConstantCondition, &LoopSimplifier::dropUnwanted,
                                   &LoopSimplifier::mergeCaptured,         &LoopSimplifier::captureUnchanged,
                                   &LoopSimplifier::countWithoutCarrying,  &LoopSimplifier::countInsteadOfAsking,
                                   &LoopSimplifier::endOfCounters,         &LoopSimplifier::iterateInsteadOfGathering,
                                   &LoopSimplifier::handOnSequences};
        for (bool again = true; again;) {
            again = false;
            for (const Step step : kSteps) again = (this->*step)() || again;
            changed = changed || again;
        }
        if (changed) rebuild(graph_, loop_, std::move(parts_));
        return changed;
    }

private:
    Graph& body() { return *parts_.body; }
    const std::string& name() const { return graph_[loop_].name; }

    bool spend() { return context_.spend(); }
    template <class... Text>
    bool did(const Text&... text) {
        context_.log.verbose("loops: ", name(), ": ", text...);
        return true;
    }
    bool isWanted(ValueId outside) const { return !graph_[outside].uses.empty() || graph_.isOutput(outside); }

    //! A condition that is always or never true after an iteration.
    bool dropConstantCondition() {
        if (!parts_.condition.valid()) return false;
        const auto known = integerIn(body(), parts_.condition);
        if (!known || !known->isConstant()) return false;
        const bool goesOn = known->constant() != 0;
        if (goesOn ? !parts_.count.valid() : goesBackwards()) return false;
        if (!spend()) return false;
        if (!goesOn) {
            const ValueId one =
                graph_.addConstant(graph_.uniqueName(name() + " (trips)"), Tensor::scalar(DType::I64, 1));
            parts_.count = parts_.count.valid() ? smaller(parts_.count, one) : one;
        }
        parts_.condition = ValueId();
        return did("the condition is always ", goesOn ? "true" : "false");
    }

    ValueId asI64(ValueId number) {
        if (graph_.fact(number).type != DType::I64) {
            number = graph_.add(std::make_unique<ops::Cast>(DType::I64), {number}, name() + " (count)");
        }
        if (graph_.fact(number).shape.empty()) return number;
        return graph_.add(std::make_unique<ops::Reshape>(std::vector<int64_t>{}), {number}, name() + " (count)");
    }
    ValueId binary(Operation operation, ValueId a, ValueId b) {
        return graph_.add(std::make_unique<ops::ElementWise>(operation), {a, b}, name() + " (count)");
    }
    ValueId number(int64_t value) {
        return graph_.addConstant(graph_.uniqueName(name() + " (number)"),
                                  Tensor::scalar(DType::I64, static_cast<double>(value)));
    }
    ValueId smaller(ValueId a, ValueId b) { return binary(Operation::Min, asI64(a), asI64(b)); }

    bool dropUnwanted();
    bool mergeCaptured();
    bool captureUnchanged();
    bool countWithoutCarrying();
    bool endOfCounters();
    bool countInsteadOfAsking();
    bool iterateInsteadOfGathering();
    bool handOnSequences();

    ValueId counted(const LoopParts::Carried& carried, int64_t first, int64_t step);
    bool isRead(ValueId inside);
    bool coversAllSlices(const Dim& size) const;
    bool iterateOne(NodeId gather);
    bool startsBelow(ValueId limit, int64_t offset) const;
    bool goesBackwards() const;
    ValueId outsideOf(ValueId inside);
    bool handOn(size_t scan);

    Graph& graph_;
    PassContext& context_;
    NodeId loop_;
    LoopParts parts_;
};

//! What results that somebody wants depend on, and what acts on the world.
std::set<ValueId> neededInputs(const Graph& body, std::vector<ValueId> results) {
    std::set<ValueId> seen;
    for (const NodeId node : body.order()) {
        if (actsOnTheWorld(body[node]))
            results.insert(results.end(), body[node].inputs.begin(), body[node].inputs.end());
    }
    while (!results.empty()) {
        const ValueId value = results.back();
        results.pop_back();
        if (!value.valid() || !seen.insert(value).second) continue;
        const NodeId producer = body[value].producer;
        if (!producer.valid()) continue;
        results.insert(results.end(), body[producer].inputs.begin(), body[producer].inputs.end());
    }
    return seen;
}

bool LoopSimplifier::dropUnwanted() {
    std::vector<ValueId> wanted{parts_.condition};
    for (const auto& scan : parts_.scans) {
        if (isWanted(scan.whole)) wanted.push_back(scan.slice);
    }
    for (const auto& carried : parts_.carried) {
        if (isWanted(carried.last)) wanted.push_back(carried.next);
    }
    std::set<ValueId> needed;
    for (size_t before = wanted.size() + 1; before != wanted.size();) {
        before = wanted.size();
        needed = neededInputs(body(), wanted);
        for (const auto& carried : parts_.carried) {
            const bool isNew = std::find(wanted.begin(), wanted.end(), carried.next) == wanted.end();
            if (needed.count(carried.inside) && isNew) wanted.push_back(carried.next);
        }
    }
    const auto unwantedScan = [&](const LoopParts::Scan& scan) { return !isWanted(scan.whole); };
    const auto unwantedCarried = [&](const LoopParts::Carried& c) {
        return !isWanted(c.last) && !needed.count(c.inside);
    };
    const auto unwantedIterator = [&](const LoopParts::Iterator& i) { return !needed.count(i.inside); };
    const auto unwantedCaptured = [&](const LoopParts::Captured& c) { return !needed.count(c.inside); };
    const auto count = [](const auto& list, const auto& unwanted) {
        return std::count_if(list.begin(), list.end(), unwanted);
    };
    // An iterator that nothing reads still refuses trips beyond its end.
    const bool safe = std::all_of(parts_.iterators.begin(), parts_.iterators.end(), [&](const auto& iterator) {
        return !unwantedIterator(iterator) ||
               coversAllSlices(graph_.fact(iterator.whole).shape[static_cast<size_t>(iterator.axis)]);
    });
    auto unwanted = count(parts_.scans, unwantedScan) + count(parts_.carried, unwantedCarried) +
                    count(parts_.captured, unwantedCaptured);
    if (safe) unwanted += count(parts_.iterators, unwantedIterator);
    if (unwanted == 0 || !spend()) return false;
    std::erase_if(parts_.scans, unwantedScan);
    std::erase_if(parts_.carried, unwantedCarried);
    if (safe) std::erase_if(parts_.iterators, unwantedIterator);
    std::erase_if(parts_.captured, unwantedCaptured);
    std::vector<ValueId> results;
    if (parts_.condition.valid()) results.push_back(parts_.condition);
    for (const auto& carried : parts_.carried) results.push_back(carried.next);
    for (const auto& scan : parts_.scans) results.push_back(scan.slice);
    body().setOutputs(std::move(results));
    body().removeDead();
    body().setOutputs({});
    return did(unwanted, " values that nobody needs are not made");
}

bool LoopSimplifier::mergeCaptured() {
    bool changed = false;
    for (size_t i = 0; i < parts_.captured.size(); ++i) {
        for (size_t j = parts_.captured.size(); j-- > i + 1;) {
            if (parts_.captured[j].outside != parts_.captured[i].outside || !spend()) continue;
            parts_.replaceInside(parts_.captured[j].inside, parts_.captured[i].inside);
            parts_.captured.erase(parts_.captured.begin() + static_cast<std::ptrdiff_t>(j));
            changed = did("one captured value for two");
        }
    }
    return changed;
}

//! A value that an iteration hands on as it got it.
bool LoopSimplifier::captureUnchanged() {
    bool changed = false;
    for (size_t c = parts_.carried.size(); c-- > 0;) {
        const LoopParts::Carried carried = parts_.carried[c];
        if (throughIdentities(body(), carried.next) != carried.inside || !spend()) continue;
        parts_.captured.push_back({carried.initial, carried.inside});
        parts_.replaced.emplace_back(carried.last, carried.initial);
        parts_.dropCarried(c);
        changed = did("a carried value that never changes is captured");
    }
    return changed;
}

//! The value of a counter in the body, from the number of the iteration.
ValueId LoopSimplifier::counted(const LoopParts::Carried& carried, int64_t first, int64_t step) {
    Graph& b = body();
    const std::string called = b[carried.inside].name;
    const Fact fact = b.fact(carried.inside);
    ValueId value = parts_.iteration;
    const auto apply = [&](Operation operation, int64_t operand) {
        const ValueId c =
            b.addConstant(b.uniqueName(called + " (number)"), Tensor::scalar(DType::I64, static_cast<double>(operand)));
        value = b.add(std::make_unique<ops::ElementWise>(operation), {value, c}, called);
    };
    if (step != 1) apply(Operation::Prod, step);
    if (first != 0) apply(Operation::Sum, first);
    if (fact.type != DType::I64) value = b.add(std::make_unique<ops::Cast>(fact.type), {value}, called);
    if (fact.shape.empty()) return value;
    return b.add(std::make_unique<ops::Reshape>(std::vector<int64_t>(fact.shape.size(), 1)), {value}, called);
}

bool LoopSimplifier::isRead(ValueId inside) {
    const auto sliced = [&](const auto& scan) { return scan.slice == inside; };
    const auto handedOn = [&](const auto& carried) { return carried.next == inside; };
    return !body()[inside].uses.empty() || parts_.condition == inside ||
           std::any_of(parts_.scans.begin(), parts_.scans.end(), sliced) ||
           std::any_of(parts_.carried.begin(), parts_.carried.end(), handedOn);
}

//! first + iteration * step instead of adding step in each iteration.
bool LoopSimplifier::countWithoutCarrying() {
    bool changed = false;
    for (const LoopParts::Carried& carried : parts_.carried) {
        const auto step = linearIn(body(), carried.inside, carried.next);
        const auto first = integerIn(graph_, carried.initial);
        if (!step || step->scale != 1 || step->offset == 0 || !first || !first->isConstant()) continue;
        if (!isRead(carried.inside) || !spend()) continue;
        parts_.replaceInside(carried.inside, counted(carried, first->constant(), step->offset));
        changed = did("a counter follows from the number of the iteration");
    }
    return changed;
}

//! What a counter ends with, where the number of trips is known.
bool LoopSimplifier::endOfCounters() {
    bool changed = false;
    for (size_t c = parts_.carried.size(); c-- > 0;) {
        const LoopParts::Carried carried = parts_.carried[c];
        const auto next = linearIn(body(), parts_.iteration, carried.next);
        const auto trips = tripsOf(graph_, parts_);
        if (!next || isRead(carried.inside) || !trips || !trips->isConstant() || !spend()) continue;
        ValueId last = carried.initial;
        if (trips->constant() > 0) {
            const Fact& fact = graph_.fact(carried.initial);
            Tensor number(DType::I64, std::vector<int64_t>(fact.shape.size(), 1));
            number.setInt(0, next->scale * (trips->constant() - 1) + next->offset);
            last = graph_.addConstant(graph_.uniqueName(name() + " (end)"), number.cast(fact.type));
        }
        parts_.replaced.emplace_back(carried.last, last);
        parts_.dropCarried(c);
        changed = did("a counter ends with a known number");
    }
    return changed;
}

//! The value outside that a captured value or a constant of the body stands for.
ValueId LoopSimplifier::outsideOf(ValueId inside) {
    for (const auto& captured : parts_.captured) {
        if (captured.inside == inside) return captured.outside;
    }
    const Value& value = body()[inside];
    if (!value.fact.constant || value.producer.valid()) return {};
    return graph_.addConstant(graph_.uniqueName(value.name), *value.fact.constant);
}

//! Where backwards iteration begins depends on the count, which then must stay.
bool LoopSimplifier::goesBackwards() const {
    return std::any_of(parts_.iterators.begin(), parts_.iterators.end(), [](const auto& i) { return i.reverse; });
}

//! Whether the start condition compares `number` with the same limit.
bool LoopSimplifier::startsBelow(ValueId limit, int64_t number) const {
    if (!parts_.start.valid()) return false;
    const auto below = belowLimit(graph_, ValueId(), parts_.start);
    return below && below->limit == limit && below->left.offset == number;
}

//! Going on while n + offset < limit, asked behind iteration n, makes max(1, limit - offset + 1) trips once it has
//! started; 1 is 0 when the start asks the same.
bool LoopSimplifier::countInsteadOfAsking() {
    if (!parts_.condition.valid() || goesBackwards()) return false;
    const auto below = belowLimit(body(), parts_.iteration, parts_.condition);
    if (!below || below->left.scale != 1) return false;
    const ValueId limit = outsideOf(below->limit);
    if (!limit.valid() || !spend()) return false;
    const int64_t offset = below->left.offset;
    const bool asksAlike = startsBelow(limit, offset - 1);
    ValueId trips = offset == 1 ? asI64(limit) : binary(Operation::Sum, asI64(limit), number(1 - offset));
    if (!asksAlike) trips = binary(Operation::Max, trips, number(1));
    if (asksAlike) parts_.start = ValueId();
    parts_.count = parts_.count.valid() ? smaller(parts_.count, trips) : trips;
    parts_.condition = ValueId();
    return did("a condition on the counter is a number of trips");
}

//! Whether iterations never read behind the end of a tensor with so many slices.
bool LoopSimplifier::coversAllSlices(const Dim& size) const {
    const auto count = integerIn(graph_, parts_.count);
    return count && (size - *count).bounds(graph_.ranges).min >= 0;
}

bool LoopSimplifier::iterateInsteadOfGathering() {
    for (const NodeId id : body().order()) {
        if (as<ops::Gather>(*body()[id].op) && iterateOne(id)) return true;
    }
    return false;
}

bool LoopSimplifier::iterateOne(NodeId id) {
    const Node& node = body()[id];
    const auto& op = *as<ops::Gather>(*node.op);
    const auto data = std::find_if(parts_.captured.begin(), parts_.captured.end(),
                                   [&](const auto& captured) { return captured.inside == node.inputs[0]; });
    if (data == parts_.captured.end() || op.mode != ops::GatherMode::Default || op.elementwiseDims != 0) return false;
    const Shape& whole = graph_.fact(data->outside).shape;
    const int64_t axis = op.axis < 0 ? op.axis + static_cast<int64_t>(whole.size()) : op.axis;
    const Dim size = whole[static_cast<size_t>(axis)];
    const auto index = linearIn(body(), parts_.iteration, node.inputs[1]);
    if (!index) return false;
    const bool forwards = index->scale == 1 && index->offset == 0;
    const auto count = integerIn(graph_, parts_.count);
    const bool backwards = index->scale == -1 && count && count->isConstant() && index->offset == count->constant() - 1;
    if ((!forwards && !backwards) || !coversAllSlices(size) || !spend()) return false;
    Fact fact{graph_.fact(data->outside).type, whole, {}, {}};
    fact.shape.erase(fact.shape.begin() + axis);
    const ValueId inside = body().addInput(body().uniqueName(node.name + " (slice)"), fact);
    parts_.iterators.push_back({data->outside, axis, backwards, inside});
    ValueId slice = inside;
    std::vector<int64_t> ones;
    for (size_t i = 0; i < body().fact(node.inputs[1]).shape.size(); ++i)
        ones.push_back(axis + static_cast<int64_t>(i));
    const ValueId old = node.outputs[0];
    if (!ones.empty()) slice = body().add(std::make_unique<ops::Unsqueeze>(ones), {inside}, node.name);
    parts_.replaceInside(old, slice);
    body().erase(id);
    return did("the slices of ", graph_[parts_.iterators.back().whole].name, " are iterated over");
}

bool LoopSimplifier::handOnSequences() {
    for (size_t s = 0; s < parts_.scans.size(); ++s) {
        if (handOn(s)) return true;
    }
    return false;
}

//! A stack of the slices of a sequence that is iterated over to its end is that sequence.
bool LoopSimplifier::handOn(size_t index) {
    const LoopParts::Scan scan = parts_.scans[index];
    const ValueId slice = throughIdentities(body(), scan.slice);
    const auto from = std::find_if(parts_.iterators.begin(), parts_.iterators.end(),
                                   [&](const auto& iterator) { return iterator.inside == slice; });
    if (from == parts_.iterators.end()) return false;
    const Shape& shape = graph_.fact(from->whole).shape;
    const auto trips = tripsOf(graph_, parts_);
    if (!trips || *trips != shape[static_cast<size_t>(from->axis)]) return false;
    const bool turned = from->reverse != scan.reverse;
    if (turned && !trips->isConstant()) return false;
    const auto length = scan.length.valid() ? integerIn(graph_, scan.length) : trips;
    if (!length || *length != *trips || !spend()) return false;
    std::vector<int64_t> order;
    for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i) {
        if (i != from->axis) order.push_back(i);
    }
    order.insert(order.begin() + scan.axis, from->axis);
    ValueId whole = from->whole;
    if (turned) {
        const std::vector<int64_t> last{trips->constant() - 1}, size{trips->constant()}, back{-1}, axes{from->axis};
        whole = graph_.add(std::make_unique<ops::Slice>(last, size, back, axes), {whole}, graph_[scan.whole].name);
    }
    if (!std::is_sorted(order.begin(), order.end())) {
        whole = graph_.add(std::make_unique<ops::Transpose>(order), {whole}, graph_[scan.whole].name);
    }
    parts_.replaced.emplace_back(scan.whole, whole);
    parts_.scans.erase(parts_.scans.begin() + static_cast<std::ptrdiff_t>(index));
    return did("a stack of the slices of ", graph_[from->whole].name, " is ", graph_[from->whole].name);
}

}  // namespace

bool simplifyLoops(Graph& graph, PassContext& context) {
    bool changed = false;
    for (const NodeId id : graph.order()) {
        if (!as<ops::Loop>(*graph[id].op)) continue;
        changed = LoopSimplifier(graph, context, id).run() || changed;
    }
    if (changed) graph.inferAll();
    return changed;
}

}  // namespace opentrt::passes
