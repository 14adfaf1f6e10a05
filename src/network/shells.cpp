// SPDX-License-Identifier: Apache-2.0
#include "network/shells.h"

#include <cmath>

#include "network/rules.h"
#include "network/tensor_roles.h"

namespace opentrt::network {

using api::guarded;

TensorShell::TensorShell(Network& owner, LayerBase* maker, int index, std::string tensorName)
    : network(owner), producer(maker), output(index), name(std::move(tensorName)) {
    mImpl = this;
}

void TensorShell::setName(char const* text) noexcept {
    guarded(network.reporter(), [&] {
        name = textOf(name, text);
        network.renamed(*this);
    });
}

void TensorShell::setDimensions(Dims64 const& dimensions) noexcept {
    guarded(network.reporter(), [&] {
        if (!isInput)
            throw Error(ErrorCode::InvalidArgument, name, "only network inputs have dimensions that can be set");
        std::vector<int64_t> given = api::toVector(dimensions);
        network.requireInputDims(name, given);
        inputDims = std::move(given);
        dimNames.resize(inputDims.size());
        network.invalidate();
    });
}

Dims64 TensorShell::getDimensions() const noexcept {
    return guarded(network.reporter(), api::invalidDims(), [&] {
        std::vector<int64_t> dims;
        for (const Dim& d : network.factOf(*this).shape) dims.push_back(d.isConstant() ? d.constant() : -1);
        if (network.implicitBatch() && !dims.empty()) dims.erase(dims.begin());
        return api::toDims(dims);
    });
}

void TensorShell::setType(DataType type) noexcept {
    guarded(network.reporter(), [&] {
        const DType given = api::toDType(known(name, "type", type));
        if (isInput) {
            inputType = given;
            network.invalidate();
        } else if (!network.stronglyTyped()) {
            forcedType = given;
            network.changed(*producer);
        } else if (const DType inferred = network.factOf(*this).type; inferred != given) {
            throw Error(ErrorCode::InvalidArgument, name,
                        cat("the type of a tensor of a strongly typed network is inferred: it is ",
                            opentrt::name(inferred), ", not ", opentrt::name(given), "; insert a cast"));
        }
    });
}

DataType TensorShell::getType() const noexcept {
    if (isInput) return api::toDataType(inputType);
    if (forcedType) return api::toDataType(*forcedType);
    return guarded(network.reporter(), DataType::kFLOAT, [&] { return api::toDataType(network.factOf(*this).type); });
}

bool TensorShell::setDynamicRange(float min, float max) noexcept {
    if (!(min <= max) || !std::isfinite(min) || !std::isfinite(max)) return false;
    range = {min, max};
    rangeIsMeasured = false;
    return true;
}

float TensorShell::getDynamicRangeMin() const noexcept {
    return range ? range->first : std::nanf("");
}
float TensorShell::getDynamicRangeMax() const noexcept {
    return range ? range->second : std::nanf("");
}

// Of an input it is said whether an engine would ask for its contents before it runs; profiles go by that.
bool TensorShell::isShapeTensor() const noexcept {
    return guarded(network.reporter(), false,
                   [&] { return isInput ? network.feedsShape(*this) : rolesOf(network).shape.count(this) > 0; });
}

bool TensorShell::isExecutionTensor() const noexcept {
    return guarded(network.reporter(), false, [&] { return rolesOf(network).execution.count(this) > 0; });
}

void TensorShell::setDimensionName(int32_t index, char const* text) noexcept {
    guarded(network.reporter(), [&] {
        if (!isInput || index < 0 || static_cast<size_t>(index) >= inputDims.size()) {
            throw Error(
                ErrorCode::InvalidArgument, name,
                cat("dimension ", index, " cannot be named: the tensor is not an input with that many dimensions"));
        }
        dimNames.resize(inputDims.size());
        dimNames[static_cast<size_t>(index)] = textOf(name, text);
        network.invalidate();
    });
}

char const* TensorShell::getDimensionName(int32_t index) const noexcept {
    if (index < 0 || static_cast<size_t>(index) >= dimNames.size()) return nullptr;
    const std::string& text = dimNames[static_cast<size_t>(index)];
    return text.empty() ? nullptr : text.c_str();
}

LayerBase::LayerBase(Network& owner, LayerType layerType, std::unique_ptr<Op> layerOp)
    : network(owner), type(layerType), op(std::move(layerOp)) {}

std::vector<ValueId> LayerBase::addTo(Graph& graph, const std::vector<ValueId>& values) {
    const NodeId node = graph.addNode(op->clone(), values, name, {}, static_cast<int>(outputs.size()));
    return graph[node].outputs;
}

void LayerBase::touch() {
    network.changed(*this);
}

void LayerBase::setInputAt(size_t index, TensorShell* tensor) {
    if (inputs.size() <= index) inputs.resize(index + 1, nullptr);
    inputs[index] = tensor;
    network.changed(*this);
}

void LayerBase::disconnect(size_t index) {
    if (connected(index)) setInputAt(index, nullptr);
}

void LayerBase::addOutputs(int count) {
    for (int o = static_cast<int>(outputs.size()); o < count; ++o) {
        outputs.push_back(network.makeTensor(this, o, cat(name, "_output", o == 0 ? std::string() : cat("_", o))));
    }
}

void LayerBase::setName(char const* text) noexcept {
    guarded(network.reporter(), [&] {
        const std::string old = name;
        name = textOf(name, text);
        for (auto& tensor : outputs) {  // outputs that still have their first name follow the layer's
            if (tensor->name.rfind(old + "_output", 0) == 0) tensor->name = name + tensor->name.substr(old.size());
        }
        network.renamed(*this);
    });
}

void LayerBase::setMetadata(char const* text) noexcept {
    guarded(network.reporter(), [&] { options.metadata = textOf(name, text); });
}

ITensor* LayerBase::getInput(int32_t index) const noexcept {
    return index < 0 || static_cast<size_t>(index) >= inputs.size() ? nullptr : inputs[static_cast<size_t>(index)];
}

ITensor* LayerBase::getOutput(int32_t index) const noexcept {
    return index < 0 || static_cast<size_t>(index) >= outputs.size() ? nullptr
                                                                     : outputs[static_cast<size_t>(index)].get();
}

void LayerBase::setInput(int32_t index, ITensor& tensor) noexcept {
    guarded(network.reporter(), [&] {
        if (index < 0 || index >= inputLimit()) {
            throw Error(ErrorCode::InvalidArgument, name,
                        cat("input ", index, " cannot be set when the layer has ", inputLimit(), " inputs"));
        }
        setInputAt(static_cast<size_t>(index), own(network, &tensor));
    });
}

void LayerBase::setPrecision(DataType precision) noexcept {
    checked(*this, [&] {
        requireWeaklyTyped(network, name, "setPrecision");
        options.precision = api::toDType(known(name, "precision", precision));
    });
}

DataType LayerBase::getPrecision() const noexcept {
    return options.precision ? api::toDataType(*options.precision) : DataType::kFLOAT;
}

void LayerBase::setOutputType(int32_t index, DataType dataType) noexcept {
    guarded(network.reporter(), [&] {
        requireWeaklyTyped(network, name, "setOutputType");
        if (index < 0 || static_cast<size_t>(index) >= outputs.size()) {
            throw Error(ErrorCode::InvalidArgument, name, cat("there is no output ", index));
        }
        options.outputTypes.resize(outputs.size());
        options.outputTypes[static_cast<size_t>(index)] = api::toDType(known(name, "type", dataType));
        network.changed(*this);
    });
}

DataType LayerBase::getOutputType(int32_t index) const noexcept {
    if (index < 0 || static_cast<size_t>(index) >= outputs.size()) return DataType::kFLOAT;
    if (outputTypeIsSet(index)) return api::toDataType(*options.outputTypes[static_cast<size_t>(index)]);
    return outputs[static_cast<size_t>(index)]->getType();
}

bool LayerBase::outputTypeIsSet(int32_t index) const noexcept {
    return index >= 0 && static_cast<size_t>(index) < options.outputTypes.size() &&
           options.outputTypes[static_cast<size_t>(index)].has_value();
}

void LayerBase::resetOutputType(int32_t index) noexcept {
    if (!outputTypeIsSet(index)) return;
    options.outputTypes[static_cast<size_t>(index)].reset();
    network.changed(*this);
}

bool LayerBase::setNbRanks(int32_t ranks) noexcept {
    return checked(*this, [&] { nbRanks = between(name, "number of ranks", ranks, 1, mostRanks()); });
}

}  // namespace opentrt::network
