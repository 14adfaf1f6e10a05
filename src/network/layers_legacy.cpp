// SPDX-License-Identifier: Apache-2.0
// Layers that only older releases had: the fully connected layer and the two recurrent ones.
#include <map>

#include "network/recurrent_stack.h"
#include "network/rules.h"
#include "network/weights.h"
#include "ops/fully_connected.h"

// The layers are deprecated, and so are their names; this file is where they live on.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace opentrt::network {

namespace {

class FullyConnectedLayer final : public LayerShell<IFullyConnectedLayer, apiv::VFullyConnectedLayer> {
public:
    using LayerShell::LayerShell;
    Weights kernel{}, bias{};

    static int64_t outputsOf(const std::string& layer, int32_t count) {
        return between<int32_t>(layer, "number of outputs", count, 1, INT32_MAX);
    }
    int32_t inputLimit() const override { return 3; }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& given) override {
        std::vector<ValueId> values = given;
        values.resize(3);
        const Fact x = graph.fact(values[0]);
        const int64_t outputs = peek<ops::FullyConnected>().outputMaps;
        if (!values[1].valid())
            values[1] = addWeights(graph, kernel, {outputs, features(x.shape)}, name, "kernel", x.type);
        if (!values[2].valid() && bias.count > 0) values[2] = addWeights(graph, bias, {outputs}, name, "bias", x.type);
        if (!values[2].valid()) values.pop_back();
        return LayerBase::addTo(graph, values);
    }
    void setNbOutputChannels(int32_t count) noexcept override {
        checked(*this, [&] { edit<ops::FullyConnected>().outputMaps = outputsOf(name, count); });
    }
    int32_t getNbOutputChannels() const noexcept override {
        return static_cast<int32_t>(peek<ops::FullyConnected>().outputMaps);
    }
    void setKernelWeights(Weights weights) noexcept override {
        kernel = weights;
        touch();
    }
    Weights getKernelWeights() const noexcept override { return kernel; }
    void setBiasWeights(Weights weights) noexcept override {
        bias = weights;
        touch();
    }
    Weights getBiasWeights() const noexcept override { return bias; }

private:
    //! Volume of the last three dimensions.
    int64_t features(const Shape& x) const {
        int64_t volume = 1;
        for (size_t i = 1; i <= 3; ++i) {
            if (x.size() < i || !x[x.size() - i].isConstant()) {
                throw Error(ErrorCode::InvalidArgument, name,
                            cat("the input ", str(x), " should end with three dimensions known at build time"));
            }
            volume *= x[x.size() - i].constant();
        }
        return volume;
    }
};

//! Layers of a recurrent stack. Inputs: data, lengths, initial hidden state, initial cell state.
template <class Public, class V>
class RecurrentLayer : public LayerShell<Public, V> {
public:
    enum Input { kData, kLengths, kState, kCell, kCount };

    RecurrentLayer(Network& network, LayerType type, const RecurrentStack& stack)
        : LayerShell<Public, V>(network, type, nullptr), stack_(stack) {}

    static RecurrentStack stackOf(const char* factory, int64_t layers, int64_t hidden, int64_t steps,
                                  RNNOperation operation) {
        RecurrentStack stack;
        stack.layers = static_cast<int32_t>(between<int64_t>(factory, "layer count", layers, 1, 1 << 10));
        stack.hidden = between<int64_t>(factory, "hidden size", hidden, 1, INT32_MAX);
        stack.steps = between<int64_t>(factory, "sequence length", steps, 1, INT32_MAX);
        stack.operation = known(factory, "RNN operation", operation);
        return stack;
    }
    int outputCount() const { return stack_.isLstm() ? 3 : 2; }

    int32_t inputLimit() const override { return kCount; }
    int32_t getNbInputs() const noexcept override {
        size_t count = this->inputs.size();
        while (count > 0 && !this->inputs[count - 1]) --count;
        return static_cast<int32_t>(count);
    }
    int32_t getDataLength() const noexcept override {
        return api::guarded(this->network.reporter(), 0, [&] {
            const Shape& shape = this->network.factOf(*this->inputs[kData]).shape;
            return shape.empty() || !shape.back().isConstant() ? -1 : static_cast<int32_t>(shape.back().constant());
        });
    }
    void setOperation(RNNOperation operation) noexcept override {
        checked(*this, [&] {
            stack_.operation = known(this->name, "RNN operation", operation);
            this->touch();
            if (outputCount() == 3 && cellOutput_) this->outputs.push_back(std::move(cellOutput_));
            this->addOutputs(outputCount());
            if (static_cast<int>(this->outputs.size()) > outputCount()) {  // kept, because pointers to it may be
                cellOutput_ = std::move(this->outputs.back());
                this->outputs.pop_back();
                this->network.unmarkOutput(*cellOutput_);
            }
        });
    }
    RNNOperation getOperation() const noexcept override { return stack_.operation; }
    void setInputMode(RNNInputMode mode) noexcept override {
        checked(*this, [&] { change(stack_.mode, known(this->name, "input mode", mode)); });
    }
    RNNInputMode getInputMode() const noexcept override { return stack_.mode; }
    void setDirection(RNNDirection direction) noexcept override {
        checked(*this, [&] { change(stack_.direction, known(this->name, "direction", direction)); });
    }
    RNNDirection getDirection() const noexcept override { return stack_.direction; }
    void setHiddenState(ITensor& hidden) noexcept override { LayerBase::setInput(kState, hidden); }
    ITensor* getHiddenState() const noexcept override { return LayerBase::getInput(kState); }
    void setCellState(ITensor& cell) noexcept override { LayerBase::setInput(kCell, cell); }
    ITensor* getCellState() const noexcept override { return LayerBase::getInput(kCell); }

protected:
    template <class T>
    void change(T& field, T value) {
        field = value;
        this->touch();
    }

    RecurrentStack stack_;

private:
    std::unique_ptr<TensorShell> cellOutput_;  //!< of an LSTM that became another cell
};

class Rnnv2Layer final : public RecurrentLayer<IRNNv2Layer, apiv::VRNNv2Layer> {
public:
    using RecurrentLayer::RecurrentLayer;

    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& given) override {
        std::vector<ValueId> values = given;
        values.resize(kCount);
        Composer composer(graph, name);
        const auto find = [this](int32_t layer, RNNGateType gate, bool isW, bool isBias) {
            const auto at = weights_.find({layer, gate, isW, isBias});
            return at == weights_.end() ? Weights{} : at->second;
        };
        return addRecurrentStack(graph, composer, stack_, find, values[kData], values[kLengths], values[kState],
                                 values[kCell]);
    }
    int32_t getLayerCount() const noexcept override { return stack_.layers; }
    int32_t getHiddenSize() const noexcept override { return static_cast<int32_t>(stack_.hidden); }
    int32_t getMaxSeqLength() const noexcept override { return static_cast<int32_t>(stack_.steps); }
    void setSequenceLengths(ITensor& lengths) noexcept override { LayerBase::setInput(kLengths, lengths); }
    ITensor* getSequenceLengths() const noexcept override { return LayerBase::getInput(kLengths); }
    void setWeightsForGate(int32_t layer, RNNGateType gate, bool isW, Weights weights) noexcept override {
        set(layer, gate, isW, false, weights);
    }
    Weights getWeightsForGate(int32_t layer, RNNGateType gate, bool isW) const noexcept override {
        return get(layer, gate, isW, false);
    }
    void setBiasForGate(int32_t layer, RNNGateType gate, bool isW, Weights bias) noexcept override {
        set(layer, gate, isW, true, bias);
    }
    Weights getBiasForGate(int32_t layer, RNNGateType gate, bool isW) const noexcept override {
        return get(layer, gate, isW, true);
    }

private:
    using Key = std::tuple<int32_t, RNNGateType, bool, bool>;  // pseudo-layer, gate, of W, bias

    void set(int32_t layer, RNNGateType gate, bool isW, bool isBias, Weights weights) noexcept {
        checked(*this, [&] {
            // The direction may be set later, so that twice the layers may have weights.
            between(name, "layer index", layer, 0, 2 * stack_.layers - 1);
            known(name, "gate", gate);
            weights_[{layer, gate, isW, isBias}] = weights;
            touch();
        });
    }
    Weights get(int32_t layer, RNNGateType gate, bool isW, bool isBias) const noexcept {
        const auto at = weights_.find({layer, gate, isW, isBias});
        return at == weights_.end() ? Weights{DataType::kFLOAT, nullptr, 0} : at->second;
    }

    std::map<Key, Weights> weights_;
};

//! Data [steps, items, data length] for each batch item, states [pseudo-layers, items, hidden].
class RnnLayer final : public RecurrentLayer<IRNNLayer, apiv::VRNNLayer> {
public:
    using RecurrentLayer::RecurrentLayer;
    Weights weights{}, bias{};

    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& given) override {
        std::vector<ValueId> values = given;
        values.resize(kCount);
        Composer composer(graph, name);
        const bool items = composer.rank(values[kData]) == 4;  // behind the batch; else one item
        const auto swap = [&](ValueId value) {
            return items && value.valid() ? composer.transpose(value, {0, 2, 1, 3}) : value;
        };
        const Shape shape = composer.shape(values[kData]);
        const int64_t dataLength = shape.back().isConstant() ? shape.back().constant() : 0;
        requireCounts(dataLength);
        const auto find = [&](int32_t layer, RNNGateType gate, bool isW, bool isBias) {
            return part(layer, gate, isW, isBias, dataLength);
        };
        std::vector<ValueId> made = addRecurrentStack(graph, composer, stack_, find, swap(values[kData]), {},
                                                      swap(values[kState]), swap(values[kCell]));
        for (ValueId& value : made) value = swap(value);
        return made;
    }
    uint32_t getLayerCount() const noexcept override { return static_cast<uint32_t>(stack_.layers); }
    std::size_t getHiddenSize() const noexcept override { return static_cast<std::size_t>(stack_.hidden); }
    int32_t getSeqLength() const noexcept override { return static_cast<int32_t>(stack_.steps); }
    void setWeights(Weights packed) noexcept override { change(weights, packed); }
    Weights getWeights() const noexcept override { return weights; }
    void setBias(Weights packed) noexcept override { change(bias, packed); }
    Weights getBias() const noexcept override { return bias; }

private:
    //! Gates in the order of the packed arrays, where each pseudo-layer has all of W before all of R.
    std::vector<RNNGateType> packedGates() const {
        if (stack_.isLstm())
            return {RNNGateType::kFORGET, RNNGateType::kINPUT, RNNGateType::kCELL, RNNGateType::kOUTPUT};
        return stack_.gates();
    }
    //! Elements of one gate's matrix or bias.
    int64_t sizeOf(int32_t layer, bool isW, bool isBias, int64_t dataLength) const {
        return isBias ? stack_.hidden : stack_.hidden * stack_.columns(layer, isW, dataLength);
    }
    int64_t countAll(bool isBias, int64_t dataLength) const {
        int64_t count = 0;
        for (int32_t layer = 0; layer < stack_.pseudoLayers(); ++layer) {
            for (const bool isW : {true, false}) count += sizeOf(layer, isW, isBias, dataLength);
        }
        return count * static_cast<int64_t>(stack_.gates().size());
    }
    void requireCounts(int64_t dataLength) const {
        const auto require = [&](const Weights& packed, bool isBias, const char* what) {
            const int64_t expected = countAll(isBias, dataLength);
            if (packed.count == expected && packed.values) return;
            throw Error(
                ErrorCode::InvalidArgument, name,
                cat(what, " have count ", packed.values ? packed.count : 0, " but ", expected, " was expected"));
        };
        require(weights, false, "weights");
        if (bias.count > 0) require(bias, true, "bias weights");
    }
    Weights part(int32_t layer, RNNGateType gate, bool isW, bool isBias, int64_t dataLength) const {
        const Weights& packed = isBias ? bias : weights;
        if (packed.count == 0) return packed;
        int64_t at = 0;
        for (int32_t l = 0; l <= layer; ++l) {
            for (const bool w : {true, false}) {
                for (const RNNGateType g : packedGates()) {
                    const int64_t size = sizeOf(l, w, isBias, dataLength);
                    if (l == layer && w == isW && g == gate) {
                        const auto* bytes = static_cast<const char*>(packed.values);
                        return {packed.type, bytes + bytesFor(api::toDType(packed.type), at), size};
                    }
                    at += size;
                }
            }
        }
        internalError("a gate that the cell does not have");
    }
};

}  // namespace

IFullyConnectedLayer* Network::addFullyConnected(ITensor& input, int32_t outputs, Weights kernel,
                                                 Weights bias) noexcept {
    return making<IFullyConnectedLayer>(*this, [&] {
        auto op = std::make_unique<ops::FullyConnected>();
        op->outputMaps = FullyConnectedLayer::outputsOf("addFullyConnected", outputs);
        auto layer = std::make_unique<FullyConnectedLayer>(*this, LayerType::kFULLY_CONNECTED, std::move(op));
        layer->kernel = kernel;
        layer->bias = bias;
        return add(std::move(layer), {&input});
    });
}

IRNNLayer* Network::addRNN(ITensor& input, int32_t layers, std::size_t hidden, int32_t steps, RNNOperation operation,
                           RNNInputMode mode, RNNDirection direction, Weights weights, Weights bias) noexcept {
    return making<IRNNLayer>(*this, [&] {
        if (!implicitBatch_) {
            throw Error(ErrorCode::InvalidArgument, "addRNN",
                        "the layer works only with an implicit batch dimension; use addRNNv2");
        }
        RecurrentStack stack = RnnLayer::stackOf("addRNN", layers, static_cast<int64_t>(hidden), steps, operation);
        stack.mode = known("addRNN", "input mode", mode);
        stack.direction = known("addRNN", "direction", direction);
        auto layer = std::make_unique<RnnLayer>(*this, LayerType::kRNN, stack);
        layer->weights = weights;
        layer->bias = bias;
        return add(std::move(layer), {&input}, stack.isLstm() ? 3 : 2);
    });
}

IRNNv2Layer* Network::addRNNv2(ITensor& input, int32_t layers, int32_t hidden, int32_t steps,
                               RNNOperation operation) noexcept {
    return making<IRNNv2Layer>(*this, [&] {
        const RecurrentStack stack = Rnnv2Layer::stackOf("addRNNv2", layers, hidden, steps, operation);
        return add(std::make_unique<Rnnv2Layer>(*this, LayerType::kRNN_V2, stack), {&input}, stack.isLstm() ? 3 : 2);
    });
}

}  // namespace opentrt::network
