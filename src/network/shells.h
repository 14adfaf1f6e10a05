// SPDX-License-Identifier: Apache-2.0
// The objects behind ITensor and ILayer. A tensor knows its producer and name; a layer holds its inputs, its outputs
// and an operator that the setters edit. Rules live in the operator: shells check only what it cannot know.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "NvInfer.h"
#include "api/convert.h"
#include "api/reporter.h"
#include "graph/graph.h"

namespace opentrt::network {

class Network;
class LayerBase;

class TensorShell final : public nvinfer1::ITensor, public nvinfer1::apiv::VTensor {
public:
    TensorShell(Network& network, LayerBase* producer, int output, std::string name);

    Network& network;
    LayerBase* const producer;  //!< null for network inputs
    const int output;           //!< index among the producer's outputs
    std::string name;
    // Of network inputs:
    DType inputType = DType::F32;
    std::vector<int64_t> inputDims;  //!< -1: dynamic
    std::vector<std::string> dimNames;
    bool isInput = false;
    bool isOutput = false;
    bool outputForShapes = false;
    nvinfer1::TensorLocation location = nvinfer1::TensorLocation::kDEVICE;
    nvinfer1::TensorFormats formats = (1U << nvinfer1::EnumMax<nvinfer1::TensorFormat>()) - 1;
    std::optional<std::pair<float, float>> range;  //!< of quantization
    bool rangeIsMeasured = false;                  //!< by a calibrator, and may be measured anew
    std::optional<DType> forcedType;               //!< setType on an output

    void setName(char const* name) noexcept override;
    char const* getName() const noexcept override { return name.c_str(); }
    void setDimensions(nvinfer1::Dims64 const& dimensions) noexcept override;
    nvinfer1::Dims64 getDimensions() const noexcept override;
    void setType(nvinfer1::DataType type) noexcept override;
    nvinfer1::DataType getType() const noexcept override;
    bool setDynamicRange(float min, float max) noexcept override;
    bool isNetworkInput() const noexcept override { return isInput; }
    bool isNetworkOutput() const noexcept override { return isOutput; }
    void setBroadcastAcrossBatch(bool broadcast) noexcept override { broadcast_ = broadcast; }
    bool getBroadcastAcrossBatch() const noexcept override { return broadcast_; }
    nvinfer1::TensorLocation getLocation() const noexcept override { return location; }
    void setLocation(nvinfer1::TensorLocation where) noexcept override { location = where; }
    bool dynamicRangeIsSet() const noexcept override { return range.has_value(); }
    void resetDynamicRange() noexcept override { range.reset(); }
    float getDynamicRangeMin() const noexcept override;
    float getDynamicRangeMax() const noexcept override;
    void setAllowedFormats(nvinfer1::TensorFormats allowed) noexcept override { formats = allowed; }
    nvinfer1::TensorFormats getAllowedFormats() const noexcept override { return formats; }
    bool isShapeTensor() const noexcept override;
    bool isExecutionTensor() const noexcept override;
    void setDimensionName(int32_t index, char const* name) noexcept override;
    char const* getDimensionName(int32_t index) const noexcept override;

private:
    bool broadcast_ = false;
};

inline TensorShell& shell(nvinfer1::ITensor& tensor) {
    return static_cast<TensorShell&>(tensor);
}

//! A conditional or a loop: several boundary layers that become one node.
class Construct {
public:
    virtual ~Construct() = default;
    virtual std::vector<LayerBase*> drivers() const = 0;  //!< whose inputs the construct needs: conditions, limits, ...
    virtual std::vector<LayerBase*> results() const = 0;  //!< whose outputs are the construct's
};

//! What all layers share. Derived classes give the operator and extra inputs such as weights.
class LayerBase : public nvinfer1::apiv::VLayer {
public:
    LayerBase(Network& network, nvinfer1::LayerType type, std::unique_ptr<Op> op);
    LayerBase(const LayerBase&) = delete;
    LayerBase& operator=(const LayerBase&) = delete;

    Network& network;
    const nvinfer1::LayerType type;
    std::string name;
    std::unique_ptr<Op> op;
    std::vector<TensorShell*> inputs;  //!< null: left out
    std::vector<std::unique_ptr<TensorShell>> outputs;
    NodeOptions options;
    int32_t nbRanks = 1;
    Construct* construct = nullptr;  //!< of which this is a boundary layer

    //! The public object of this layer.
    virtual nvinfer1::ILayer& publicLayer() = 0;
    //! Adds the layer to a graph whose values for `inputs` are given; returns the values of its outputs. The default
    //! adds one node with the operator, inputs as they are.
    virtual std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& inputs);
    //! How many of the inputs decide the outputs' types and shapes; the rest may lead back to the outputs.
    virtual size_t inferredInputs() const { return inputs.size(); }
    //! Highest input index that setInput may set, plus one.
    virtual int32_t inputLimit() const { return static_cast<int32_t>(inputs.size()); }
    //! Operator of the layer for editing; the network forgets what it inferred.
    template <class T>
    T& edit() {
        touch();
        return static_cast<T&>(*op);
    }
    void touch();
    template <class T>
    const T& peek() const {
        return static_cast<const T&>(*op);
    }
    void setInputAt(size_t index, TensorShell* tensor);
    //! How many devices may share the layer.
    virtual int32_t mostRanks() const { return 1; }
    bool connected(size_t index) const { return index < inputs.size() && inputs[index]; }
    //! A setter takes the place of an input.
    void disconnect(size_t index);
    void addOutputs(int count);

    nvinfer1::LayerType getType() const noexcept override { return type; }
    void setName(char const* name) noexcept override;
    char const* getName() const noexcept override { return name.c_str(); }
    int32_t getNbInputs() const noexcept override { return static_cast<int32_t>(inputs.size()); }
    nvinfer1::ITensor* getInput(int32_t index) const noexcept override;
    int32_t getNbOutputs() const noexcept override { return static_cast<int32_t>(outputs.size()); }
    nvinfer1::ITensor* getOutput(int32_t index) const noexcept override;
    void setInput(int32_t index, nvinfer1::ITensor& tensor) noexcept override;
    void setPrecision(nvinfer1::DataType type) noexcept override;
    nvinfer1::DataType getPrecision() const noexcept override;
    bool precisionIsSet() const noexcept override { return options.precision.has_value(); }
    void resetPrecision() noexcept override { options.precision.reset(); }
    void setOutputType(int32_t index, nvinfer1::DataType type) noexcept override;
    nvinfer1::DataType getOutputType(int32_t index) const noexcept override;
    bool outputTypeIsSet(int32_t index) const noexcept override;
    void resetOutputType(int32_t index) noexcept override;
    void setMetadata(char const* text) noexcept override;
    char const* getMetadata() const noexcept override { return options.metadata.c_str(); }
    bool setNbRanks(int32_t ranks) noexcept override;
    int32_t getNbRanks() const noexcept override { return nbRanks; }
};

//! `Public` is the class of NvInfer.h, `V` its virtual table.
template <class Public, class V>
class LayerShell : public Public, public LayerBase, public V {
public:
    LayerShell(Network& network, nvinfer1::LayerType type, std::unique_ptr<Op> op)
        : LayerBase(network, type, std::move(op)) {
        this->mLayer = this;
        this->mImpl = this;
    }
    nvinfer1::ILayer& publicLayer() final { return *this; }
};

}  // namespace opentrt::network
