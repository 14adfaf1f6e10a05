// SPDX-License-Identifier: Apache-2.0
// Conditionals and loops of the API: factories of boundary layers. In the graph that answers questions about shapes
// each boundary layer stands for itself by a simple operator; graph_builder.cpp turns a whole construct into one If or
// Loop node.
#pragma once
#include "network/network.h"

namespace opentrt::network {

class Conditional;
class LoopShell;

//! A boundary layer of a conditional or a loop.
template <class Public, class V, class Construct, class VBoundary, class PublicConstruct>
class BoundaryLayer : public LayerShell<Public, V>, public VBoundary {
public:
    BoundaryLayer(Network& network, LayerType type, Construct& owner)
        : LayerShell<Public, V>(network, type, nullptr), owner(owner) {
        this->mBoundary = this;
        this->construct = &owner;
    }
    Construct& owner;
};

template <class Public, class V>
class ConditionalLayer : public BoundaryLayer<Public, V, Conditional, apiv::VConditionalBoundaryLayer, IIfConditional> {
public:
    using BoundaryLayer<Public, V, Conditional, apiv::VConditionalBoundaryLayer, IIfConditional>::BoundaryLayer;
    IIfConditional* getConditional() const noexcept override;
    //! Input and output layers pass their first input on.
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override;
};

class Conditional final : public IIfConditional, public apiv::VIfConditional, public Construct {
public:
    explicit Conditional(Network& network) : network(network) { mImpl = this; }

    using ConditionShell = ConditionalLayer<IConditionLayer, apiv::VConditionLayer>;
    using InputShell = ConditionalLayer<IIfConditionalInputLayer, apiv::VConditionalInputLayer>;
    using OutputShell = ConditionalLayer<IIfConditionalOutputLayer, apiv::VConditionalOutputLayer>;

    Network& network;
    std::string name;
    ConditionShell* condition = nullptr;
    std::vector<InputShell*> inputs;
    std::vector<OutputShell*> outputs;  //!< inputs: 0 of the true branch, 1 of the false branch

    IConditionLayer* setCondition(ITensor& tensor) noexcept override;
    IIfConditionalInputLayer* addInput(ITensor& tensor) noexcept override;
    IIfConditionalOutputLayer* addOutput(ITensor& then, ITensor& otherwise) noexcept override;
    void setName(char const* text) noexcept override {
        api::guarded(network.reporter(), [&] { name = text ? text : ""; });
    }
    char const* getName() const noexcept override { return name.c_str(); }

    std::vector<LayerBase*> drivers() const override;
    std::vector<LayerBase*> results() const override;
};

template <class Public, class V>
class LoopLayer : public BoundaryLayer<Public, V, LoopShell, apiv::VLoopBoundaryLayer, ILoop> {
public:
    using BoundaryLayer<Public, V, LoopShell, apiv::VLoopBoundaryLayer, ILoop>::BoundaryLayer;
    ILoop* getLoop() const noexcept override;
};

//! Inputs: 0 initial value, 1 next value.
class RecurrenceShell final : public LoopLayer<IRecurrenceLayer, apiv::VRecurrenceLayer> {
public:
    using LoopLayer::LoopLayer;
    int32_t inputLimit() const override { return 2; }
    size_t inferredInputs() const override { return 1; }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override;
};

class TripLimitShell final : public LoopLayer<ITripLimitLayer, apiv::VTripLimitLayer> {
public:
    using LoopLayer::LoopLayer;
    TripLimit limit = TripLimit::kCOUNT;
    TripLimit getTripLimit() const noexcept override { return limit; }
};

class IteratorShell final : public LoopLayer<IIteratorLayer, apiv::VIteratorLayer> {
public:
    using LoopLayer::LoopLayer;
    int32_t axis = 0;
    bool reverse = false;
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override;
    void setAxis(int32_t a) noexcept override {
        axis = a;
        touch();
    }
    int32_t getAxis() const noexcept override { return axis; }
    void setReverse(bool r) noexcept override { reverse = r; }
    bool getReverse() const noexcept override { return reverse; }
};

//! Inputs: 0 the value, 1 the length of a stack.
class LoopOutputShell final : public LoopLayer<ILoopOutputLayer, apiv::VLoopOutputLayer> {
public:
    using LoopLayer::LoopLayer;
    LoopOutput kind = LoopOutput::kLAST_VALUE;
    int32_t axis = 0;
    int32_t inputLimit() const override { return kind == LoopOutput::kLAST_VALUE ? 1 : 2; }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override;
    LoopOutput getLoopOutput() const noexcept override { return kind; }
    void setAxis(int32_t a) noexcept override {
        axis = a;
        touch();
    }
    int32_t getAxis() const noexcept override { return axis; }
};

class LoopShell final : public ILoop, public apiv::VLoop, public Construct {
public:
    explicit LoopShell(Network& network) : network(network) { mImpl = this; }

    Network& network;
    std::string name;
    std::vector<RecurrenceShell*> recurrences;
    std::vector<TripLimitShell*> limits;
    std::vector<IteratorShell*> iterators;
    std::vector<LoopOutputShell*> outputs;

    IRecurrenceLayer* addRecurrence(ITensor& initialValue) noexcept override;
    ITripLimitLayer* addTripLimit(ITensor& tensor, TripLimit limit) noexcept override;
    IIteratorLayer* addIterator(ITensor& tensor, int32_t axis, bool reverse) noexcept override;
    ILoopOutputLayer* addLoopOutput(ITensor& tensor, LoopOutput kind, int32_t axis) noexcept override;
    void setName(char const* text) noexcept override {
        api::guarded(network.reporter(), [&] { name = text ? text : ""; });
    }
    char const* getName() const noexcept override { return name.c_str(); }

    std::vector<LayerBase*> drivers() const override;
    std::vector<LayerBase*> results() const override;
};

}  // namespace opentrt::network
