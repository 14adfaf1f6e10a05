// SPDX-License-Identifier: Apache-2.0
// Inputs, outputs, and the graph that is inferred on demand.
#include "network/network.h"

#include <algorithm>
#include <set>

#include "graph/limits.h"
#include "network/graph_builder.h"
#include "network/rules.h"
#include "ops/cast.h"

namespace opentrt::network {

using api::guarded;

namespace {

constexpr const char* kBatchSymbol = "batch";
//! Integer inputs of at most so many elements may carry shapes.
constexpr int64_t kLargestShapeInput = 64;

//! A dimension's name as a symbol: other characters than letters, digits and '_' become '_'.
std::string symbolFrom(const std::string& text) {
    std::string symbol;
    for (const char c : text) symbol += std::isalnum(static_cast<unsigned char>(c)) || c == '.' ? c : '_';
    if (symbol.empty() || std::isdigit(static_cast<unsigned char>(symbol[0])) || symbol[0] == '.')
        symbol.insert(0, "_");
    return symbol;
}

}  // namespace

Network::Network(const api::Reporter& reporter, IBuilder& builder, uint32_t flags, bool implicitBatch)
    : reporter_(reporter), builder_(builder), flags_(flags), implicitBatch_(implicitBatch) {
    mImpl = this;
}

Network::~Network() = default;

std::unique_ptr<TensorShell> Network::makeTensor(LayerBase* producer, int output, std::string name) {
    return std::make_unique<TensorShell>(*this, producer, output, std::move(name));
}

bool Network::adopt(std::unique_ptr<LayerBase> layer, const std::vector<ITensor*>& inputs, int outputs) {
    return guarded(reporter_, [&] {
        layer->name = cat("(Unnamed Layer* ", layers_.size(), ")");
        for (ITensor* tensor : inputs) layer->inputs.push_back(own(*this, tensor));
        layer->addOutputs(outputs);
        layers_.push_back(std::move(layer));
    });
}

void Network::requireInputDims(const std::string& input, const std::vector<int64_t>& dims) const {
    Shape shape;
    for (const int64_t d : dims) {
        shape.push_back(d == -1 ? Dim::symbol("dynamic") : Dim(d));
        if (d < -1) throw Error(ErrorCode::InvalidArgument, input, cat("dimension ", d, " is neither -1 nor a size"));
        if (d == -1 && implicitBatch_) {
            throw Error(ErrorCode::InvalidArgument, input,
                        "a network with an implicit batch dimension has no dynamic dimensions");
        }
    }
    requireBounded(shape, input);
}

ITensor* Network::addInput(char const* inputName, DataType type, Dims64 const& dimensions) noexcept {
    return guarded(reporter_, static_cast<ITensor*>(nullptr), [&]() -> ITensor* {
        if (!inputName || !*inputName) throw Error(ErrorCode::InvalidArgument, "", "a network input needs a name");
        for (const TensorShell* other : inputs_) {
            if (other->name == inputName) {
                throw Error(ErrorCode::InvalidArgument, inputName, "the network already has an input of this name");
            }
        }
        auto tensor = makeTensor(nullptr, 0, inputName);
        tensor->isInput = true;
        tensor->inputType = api::toDType(known(inputName, "type", type));
        tensor->inputDims = api::toVector(dimensions);
        tensor->dimNames.resize(tensor->inputDims.size());
        if (modelBatch_ && !tensor->inputDims.empty()) {
            tensor->inputDims[0] = -1;
            tensor->dimNames[0] = kBatchSymbol;
        }
        requireInputDims(inputName, tensor->inputDims);
        inputs_.push_back(tensor.get());
        inputShells_.push_back(std::move(tensor));
        invalidate();
        return inputs_.back();
    });
}

void Network::invalidate() {
    query_ = Graph();
    known_.clear();
}

void Network::changed(const LayerBase& layer) {
    const bool used = std::any_of(layer.outputs.begin(), layer.outputs.end(),
                                  [&](const auto& tensor) { return known_.count(tensor.get()) > 0; });
    if (used) invalidate();
}

void Network::renamed(const TensorShell& tensor) {
    const auto at = known_.find(&tensor);
    if (at != known_.end()) query_[at->second].name = tensor.name;
}

void Network::renamed(const LayerBase& layer) {
    for (const auto& tensor : layer.outputs) {
        const auto at = known_.find(tensor.get());
        if (at == known_.end()) continue;
        const NodeId producer = query_[at->second].producer;
        if (producer.valid()) query_[producer].name = layer.name;
        renamed(*tensor);
    }
}

void Network::addInputs() {
    query_ = Graph(name_);
    for (const TensorShell* input : inputs_) {
        Shape shape;
        if (implicitBatch_) shape.push_back(Dim::symbol(kBatchSymbol));
        int64_t count = 1;
        for (size_t d = 0; d < input->inputDims.size(); ++d) {
            const int64_t size = input->inputDims[d];
            const bool large = size < 0 || size > kLargestShapeInput || count > kLargestShapeInput;
            count = large ? kLargestShapeInput + 1 : count * std::max<int64_t>(size, 1);
            const std::string& named = input->dimNames[d];
            const std::string symbol = symbolFrom(named.empty() ? cat(input->name, ".", d) : named);
            shape.push_back(size >= 0 ? Dim(size) : Dim::symbol(symbol));
        }
        const bool integers = input->inputType == DType::I32 || input->inputType == DType::I64;
        const bool mayBeShape = integers && !implicitBatch_ && count <= kLargestShapeInput;
        known_[input] = mayBeShape ? query_.addShapeInput(input->name, input->inputType, shape)
                                   : query_.addInput(input->name, input->inputType, shape);
    }
}

ValueId Network::valueOf(const TensorShell& tensor) {
    if (known_.empty()) addInputs();
    if (const auto at = known_.find(&tensor); at != known_.end()) return at->second;
    check(tensor.producer != nullptr, "an input is missing from the graph");
    std::vector<LayerBase*> pending{tensor.producer};
    std::set<const LayerBase*> open;
    while (!pending.empty()) {
        LayerBase* layer = pending.back();
        if (layer->outputs.empty() || known_.count(layer->outputs[0].get())) {
            pending.pop_back();
            continue;
        }
        const size_t before = pending.size();
        for (size_t i = 0; i < layer->inferredInputs(); ++i) {
            const TensorShell* in = layer->inputs[i];
            if (in && !known_.count(in)) pending.push_back(in->producer);
        }
        if (pending.size() == before) {
            std::vector<ValueId> inputs;
            for (size_t i = 0; i < layer->inferredInputs(); ++i) {
                inputs.push_back(layer->inputs[i] ? known_.at(layer->inputs[i]) : ValueId());
            }
            const std::vector<ValueId> values = addLayer(query_, *layer, inputs);
            for (size_t o = 0; o < layer->outputs.size(); ++o) known_[layer->outputs[o].get()] = values[o];
            pending.pop_back();
        } else if (!open.insert(layer).second) {
            throw Error(ErrorCode::InvalidArgument, layer->name, "the layer depends on its own output");
        }
    }
    return known_.at(&tensor);
}

namespace {

//! Inputs from the first one up to the second that have one type, but may be f32 and f16 in a weakly typed network.
std::pair<size_t, size_t> inputsOfOneType(const LayerBase& layer) {
    switch (layer.type) {
        case LayerType::kELEMENTWISE:
        case LayerType::kMATRIX_MULTIPLY:
        case LayerType::kPARAMETRIC_RELU:
        case LayerType::kGRID_SAMPLE:
        case LayerType::kNMS:
            return {0, 2};
        case LayerType::kCONCATENATION:
        case LayerType::kEINSUM:
            return {0, layer.inputs.size()};
        case LayerType::kCONVOLUTION:
        case LayerType::kDECONVOLUTION:
        case LayerType::kNORMALIZATION:
            return {0, 3};
        case LayerType::kSELECT:
            return {1, 3};
        default:
            return {0, 0};
    }
}

bool isReal(DType type) {
    return type == DType::F32 || type == DType::F16 || type == DType::BF16;
}

}  // namespace

std::vector<ValueId> Network::alike(Graph& graph, const LayerBase& layer, std::vector<ValueId> inputs) {
    if (layer.network.stronglyTyped()) return inputs;
    const auto [first, end] = inputsOfOneType(layer);
    std::set<DType> types;
    for (size_t i = first; i < std::min(end, inputs.size()); ++i) {
        if (inputs[i].valid()) types.insert(graph.fact(inputs[i]).type);
    }
    if (types.size() < 2 || !std::all_of(types.begin(), types.end(), isReal)) return inputs;
    for (size_t i = first; i < std::min(end, inputs.size()); ++i) {
        if (inputs[i].valid()) inputs[i] = convert(graph, inputs[i], DType::F32, cat(layer.name, ".input", i));
    }
    return inputs;
}

std::vector<ValueId> Network::addLayer(Graph& graph, LayerBase& layer, const std::vector<ValueId>& inputs) {
    const int32_t firstNew = graph.nodeCount();
    std::vector<ValueId> values = layer.addTo(graph, alike(graph, layer, inputs));
    for (size_t o = 0; o < layer.outputs.size(); ++o) {
        const TensorShell& tensor = *layer.outputs[o];
        std::optional<DType> wanted = tensor.forcedType;
        if (o < layer.options.outputTypes.size() && layer.options.outputTypes[o]) wanted = layer.options.outputTypes[o];
        if (wanted) values[o] = convert(graph, values[o], *wanted, tensor.name);
        graph[values[o]].name = tensor.name;
    }
    for (int32_t n = firstNew; n < graph.nodeCount(); ++n) {
        graph[NodeId{n}].options = layer.options;
        graph[NodeId{n}].options.outputTypes.clear();
    }
    return values;
}

ValueId Network::convert(Graph& graph, ValueId value, DType type, const std::string& tensor) {
    if (graph.fact(value).type == type) return value;
    return graph.add(std::make_unique<ops::Cast>(type), {value}, tensor);
}

const Fact& Network::factOf(const TensorShell& tensor) {
    return query_.fact(valueOf(tensor));
}

bool Network::feedsShape(const TensorShell& tensor) {
    for (const auto& layer : layers_) {
        try {
            for (const auto& output : layer->outputs) valueOf(*output);
        } catch (const Error&) {
            continue;  // the network is not complete yet; a build will say so
        }
    }
    const auto at = known_.find(&tensor);
    if (at == known_.end() || !query_.fact(at->second).elements) return false;
    std::set<std::string> mine, used;
    for (const Dim& d : *query_.fact(at->second).elements) d.collectSymbols(mine);
    for (int32_t v = 0; v < query_.valueCount(); ++v) {
        for (const Dim& d : query_.fact(ValueId{v}).shape) d.collectSymbols(used);
    }
    return std::any_of(mine.begin(), mine.end(), [&](const auto& symbol) { return used.count(symbol) > 0; });
}

std::vector<LayerBase*> Network::effects() const {
    std::vector<LayerBase*> found;
    for (const auto& layer : layers_) {
        if (layer->op && layer->op->hasSideEffects()) found.push_back(layer.get());
    }
    for (const auto& probe : probes_) found.push_back(probe.get());
    return found;
}

//! Names may have changed since inputs were added and outputs marked.
void Network::requireUniqueNames() const {
    std::set<std::string> names;
    for (const auto* tensors : {&inputs_, &outputs_}) {
        for (const TensorShell* tensor : *tensors) {
            if (names.insert(tensor->name).second) continue;
            throw Error(ErrorCode::InvalidArgument, tensor->name,
                        "two inputs or outputs of the network have this name; rename one with setName");
        }
    }
}

Graph Network::buildGraph(const std::vector<std::string>&) {
    if (outputs_.empty())
        throw Error(ErrorCode::InvalidArgument, "", "the network has no output; mark one with markOutput");
    requireUniqueNames();
    if (!constructs_.empty()) {
        invalidate();
        addInputs();
        Graph graph = query_.clone();
        graph.setOutputs(buildStructured(graph, inputs_, outputs_, effects()));
        return graph;
    }
    std::vector<ValueId> values;
    for (const TensorShell* output : outputs_) values.push_back(valueOf(*output));
    std::vector<std::vector<ValueId>> read;
    for (const LayerBase* layer : effects()) {
        read.emplace_back();
        for (const TensorShell* in : layer->inputs) read.back().push_back(in ? valueOf(*in) : ValueId());
    }
    Graph graph = query_.clone();
    for (size_t e = 0; e < read.size(); ++e) addLayer(graph, *effects()[e], read[e]);
    graph.setOutputs(values);
    return graph;
}

void Network::markOutput(ITensor& tensor) noexcept {
    guarded(reporter_, [&] {
        TensorShell& t = *own(*this, &tensor);
        if (t.isOutput) return;
        if (t.isInput) {
            throw Error(ErrorCode::InvalidArgument, t.name,
                        "a network input cannot be an output, too; insert an identity layer");
        }
        for (const TensorShell* other : outputs_) {
            if (other->name == t.name) {
                throw Error(ErrorCode::InvalidArgument, t.name, "two outputs of the network have this name");
            }
        }
        t.isOutput = true;
        outputs_.push_back(&t);
    });
}

void Network::unmarkOutput(ITensor& tensor) noexcept {
    TensorShell& t = shell(tensor);
    t.isOutput = false;
    outputs_.erase(std::remove(outputs_.begin(), outputs_.end(), &t), outputs_.end());
}

bool Network::markOutputForShapes(ITensor& tensor) noexcept {
    markOutput(tensor);
    return shell(tensor).outputForShapes = shell(tensor).isOutput;
}

bool Network::unmarkOutputForShapes(ITensor& tensor) noexcept {
    if (!shell(tensor).outputForShapes) return false;
    shell(tensor).outputForShapes = false;
    unmarkOutput(tensor);
    return true;
}

void Network::removeTensor(ITensor& tensor) noexcept {
    guarded(reporter_, [&] {
        TensorShell& t = *own(*this, &tensor);
        const auto reads = [&](const auto& layer) {
            return std::find(layer->inputs.begin(), layer->inputs.end(), &t) != layer->inputs.end();
        };
        if (t.producer || std::any_of(layers_.begin(), layers_.end(), reads)) {
            reporter_.warning(t.name, ": only a tensor that no layer reads or makes can be removed; it stays");
            return;
        }
        unmarkOutput(tensor);
        unmarkDebug(tensor);
        inputs_.erase(std::remove(inputs_.begin(), inputs_.end(), &t), inputs_.end());
        invalidate();
    });
}

int32_t Network::getNbLayers() const noexcept {
    return static_cast<int32_t>(layers_.size());
}
ILayer* Network::getLayer(int32_t index) const noexcept {
    return index < 0 || index >= getNbLayers() ? nullptr : &layers_[static_cast<size_t>(index)]->publicLayer();
}
int32_t Network::getNbInputs() const noexcept {
    return static_cast<int32_t>(inputs_.size());
}
ITensor* Network::getInput(int32_t index) const noexcept {
    return index < 0 || index >= getNbInputs() ? nullptr : inputs_[static_cast<size_t>(index)];
}
int32_t Network::getNbOutputs() const noexcept {
    return static_cast<int32_t>(outputs_.size());
}
ITensor* Network::getOutput(int32_t index) const noexcept {
    return index < 0 || index >= getNbOutputs() ? nullptr : outputs_[static_cast<size_t>(index)];
}

void Network::setName(char const* text) noexcept {
    api::guarded(reporter_, [&] { name_ = text ? text : ""; });
}
char const* Network::getName() const noexcept {
    return name_.c_str();
}
bool Network::hasImplicitBatchDimension() const noexcept {
    return implicitBatch_ || modelBatch_;
}

void Network::useModelBatch() noexcept {
    if (!implicitBatch_ || !inputs_.empty()) return;
    implicitBatch_ = false;
    modelBatch_ = true;
}
IBuilder& Network::getBuilder() const noexcept {
    return builder_;
}
NetworkDefinitionCreationFlags Network::getFlags() const noexcept {
    return flags_;
}
bool Network::getFlag(NetworkDefinitionCreationFlag flag) const noexcept {
    return (flags_ >> static_cast<uint32_t>(flag)) & 1U;
}
void Network::setErrorRecorder(IErrorRecorder* recorder) noexcept {
    reporter_.setRecorder(recorder);
}
IErrorRecorder* Network::getErrorRecorder() const noexcept {
    return reporter_.recorder();
}

}  // namespace opentrt::network
