// SPDX-License-Identifier: Apache-2.0
#include "network/control.h"

#include "network/rules.h"
#include "ops/cast.h"
#include "ops/concatenation.h"
#include "ops/expand.h"
#include "ops/gather.h"
#include "ops/identity.h"
#include "ops/shape_of.h"
#include "ops/slice.h"
#include "ops/unsqueeze.h"

namespace opentrt::network {

using api::guarded;

namespace {

ValueId pass(Graph& graph, ValueId value, const std::string& name) {
    return graph.add(std::make_unique<ops::Identity>(), {value}, name);
}

}  // namespace

template <class Public, class V>
IIfConditional* ConditionalLayer<Public, V>::getConditional() const noexcept {
    return &this->owner;
}

template <class Public, class V>
std::vector<ValueId> ConditionalLayer<Public, V>::addTo(Graph& graph, const std::vector<ValueId>& values) {
    return {pass(graph, values[0], this->name)};
}

IConditionLayer* Conditional::setCondition(ITensor& tensor) noexcept {
    return making<IConditionLayer>(network, [&] {
        if (condition) {
            static_cast<LayerBase*>(condition)->setInput(0, tensor);
        } else {
            condition =
                network.add(std::make_unique<ConditionShell>(network, LayerType::kCONDITION, *this), {&tensor}, 0);
        }
        return condition;
    });
}

IIfConditionalInputLayer* Conditional::addInput(ITensor& tensor) noexcept {
    return making<IIfConditionalInputLayer>(network, [&] {
        auto* layer =
            network.add(std::make_unique<InputShell>(network, LayerType::kCONDITIONAL_INPUT, *this), {&tensor});
        if (layer) inputs.push_back(layer);
        return layer;
    });
}

IIfConditionalOutputLayer* Conditional::addOutput(ITensor& then, ITensor& otherwise) noexcept {
    return making<IIfConditionalOutputLayer>(network, [&] {
        auto* layer = network.add(std::make_unique<OutputShell>(network, LayerType::kCONDITIONAL_OUTPUT, *this),
                                  {&then, &otherwise});
        if (layer) outputs.push_back(layer);
        return layer;
    });
}

std::vector<LayerBase*> Conditional::drivers() const {
    return condition ? std::vector<LayerBase*>{condition} : std::vector<LayerBase*>();
}
std::vector<LayerBase*> Conditional::results() const {
    return {outputs.begin(), outputs.end()};
}

template <class Public, class V>
ILoop* LoopLayer<Public, V>::getLoop() const noexcept {
    return &this->owner;
}

std::vector<ValueId> RecurrenceShell::addTo(Graph& graph, const std::vector<ValueId>& values) {
    return {pass(graph, values[0], name)};
}

//! The first slice stands for all of them.
std::vector<ValueId> IteratorShell::addTo(Graph& graph, const std::vector<ValueId>& values) {
    const ValueId first = graph.addConstant(graph.uniqueName(name + ".first"), Tensor(DType::I64, {}));
    return {graph.add(std::make_unique<ops::Gather>(axis), {values[0], first}, name)};
}

//! A stack: the value expanded along a new axis to the length.
std::vector<ValueId> LoopOutputShell::addTo(Graph& graph, const std::vector<ValueId>& values) {
    if (kind == LoopOutput::kLAST_VALUE) return {pass(graph, values[0], name)};
    if (values.size() < 2 || !values[1].valid()) {
        throw Error(ErrorCode::InvalidArgument, name, "a stacked loop output needs its length as input 1");
    }
    const std::vector<int64_t> at{axis};
    const ValueId value = graph.add(std::make_unique<ops::Unsqueeze>(at), {values[0]}, name);
    const auto rank = static_cast<int64_t>(graph.fact(value).shape.size());
    const ValueId shape = graph.add(std::make_unique<ops::ShapeOf>(DType::I64), {value}, name + ".shape");
    ValueId length = graph.add(std::make_unique<ops::Cast>(DType::I64), {values[1]}, name + ".length");
    if (graph.fact(length).shape.empty()) {
        length = graph.add(std::make_unique<ops::Unsqueeze>(std::vector<int64_t>{0}), {length}, name + ".length");
    }
    const auto part = [&](int64_t from, int64_t to) {
        return graph.add(std::make_unique<ops::Slice>(std::vector<int64_t>{from}, std::vector<int64_t>{to - from},
                                                      std::vector<int64_t>{1}),
                         {shape}, name + ".part");
    };
    std::vector<ValueId> parts;
    if (axis > 0) parts.push_back(part(0, axis));
    parts.push_back(length);
    if (axis + 1 < rank) parts.push_back(part(axis + 1, rank));
    const ValueId dims = graph.add(std::make_unique<ops::Concatenation>(0), parts, name + ".dims");
    return {graph.add(std::make_unique<ops::Expand>(), {value, dims}, name)};
}

IRecurrenceLayer* LoopShell::addRecurrence(ITensor& initialValue) noexcept {
    return making<IRecurrenceLayer>(network, [&] {
        auto* layer =
            network.add(std::make_unique<RecurrenceShell>(network, LayerType::kRECURRENCE, *this), {&initialValue});
        if (layer) recurrences.push_back(layer);
        return layer;
    });
}

ITripLimitLayer* LoopShell::addTripLimit(ITensor& tensor, TripLimit limit) noexcept {
    return making<ITripLimitLayer>(network, [&] {
        for (const TripLimitShell* other : limits) {
            if (other->limit == limit)
                throw Error(ErrorCode::InvalidArgument, name, "the loop has a limit of this kind");
        }
        auto layer = std::make_unique<TripLimitShell>(network, LayerType::kTRIP_LIMIT, *this);
        layer->limit = known(name, "trip limit", limit);
        auto* raw = network.add(std::move(layer), {&tensor}, 0);
        if (raw) limits.push_back(raw);
        return raw;
    });
}

IIteratorLayer* LoopShell::addIterator(ITensor& tensor, int32_t axis, bool reverse) noexcept {
    return making<IIteratorLayer>(network, [&] {
        auto layer = std::make_unique<IteratorShell>(network, LayerType::kITERATOR, *this);
        layer->axis = axis;
        layer->reverse = reverse;
        auto* raw = network.add(std::move(layer), {&tensor});
        if (raw) iterators.push_back(raw);
        return raw;
    });
}

ILoopOutputLayer* LoopShell::addLoopOutput(ITensor& tensor, LoopOutput kind, int32_t axis) noexcept {
    return making<ILoopOutputLayer>(network, [&] {
        auto layer = std::make_unique<LoopOutputShell>(network, LayerType::kLOOP_OUTPUT, *this);
        layer->kind = known(name, "loop output", kind);
        layer->axis = axis;
        auto* raw = network.add(std::move(layer), {&tensor});
        if (raw) outputs.push_back(raw);
        return raw;
    });
}

std::vector<LayerBase*> LoopShell::drivers() const {
    std::vector<LayerBase*> all(limits.begin(), limits.end());
    all.insert(all.end(), recurrences.begin(), recurrences.end());
    all.insert(all.end(), iterators.begin(), iterators.end());
    return all;
}
std::vector<LayerBase*> LoopShell::results() const {
    return {outputs.begin(), outputs.end()};
}

IIfConditional* Network::addIfConditional() noexcept {
    return guarded(reporter_, static_cast<IIfConditional*>(nullptr), [&] {
        requireExplicitBatch(*this, "addIfConditional");
        auto conditional = std::make_unique<Conditional>(*this);
        Conditional* raw = conditional.get();
        constructs_.push_back(std::move(conditional));
        return raw;
    });
}

ILoop* Network::addLoop() noexcept {
    return guarded(reporter_, static_cast<ILoop*>(nullptr), [&] {
        requireExplicitBatch(*this, "addLoop");
        auto loop = std::make_unique<LoopShell>(*this);
        LoopShell* raw = loop.get();
        constructs_.push_back(std::move(loop));
        return raw;
    });
}

}  // namespace opentrt::network
