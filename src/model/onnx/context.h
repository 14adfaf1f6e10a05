// SPDX-License-Identifier: Apache-2.0
// What an importer function sees: one node with its inputs resolved, and the means to add layers and to deliver the
// outputs. Functions throw ImportError for whatever they cannot express.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/onnx/dims.h"
#include "model/onnx/scope.h"
#include "model/onnx/session.h"

namespace opentrt::model {

using nvinfer1::DataType;
using nvinfer1::ITensor;
using ConstantPtr = std::shared_ptr<const Constant>;

class Importer;

class Context {
public:
    Context(Importer& importer, Session& session, Scope& scope, const Node& node)
        : node(node), network(session.network), session(session), scope(scope), importer(importer) {}

    const Node& node;
    nvinfer1::INetworkDefinition& network;
    Session& session;
    Scope& scope;
    Importer& importer;

    // -- inputs
    int inputCount() const { return node.inputCount(); }
    bool has(int input) const { return node.hasInput(input); }
    Value& value(int input);  //!< fails when the input is left out or is no tensor
    const std::vector<Value>& sequence(int input);
    Value& anyValue(int input);  //!< tensor or sequence
    ITensor& tensor(int input);  //!< a constant becomes a layer
    ITensor* optional(int input) { return has(input) ? &tensor(input) : nullptr; }
    //! The input with ones put before its dimensions, as broadcasting wants it.
    ITensor& tensorOfRank(int input, int rank);
    nvinfer1::Dims dims(int input);  //!< -1 where dynamic; fails when the rank is unknown
    int rank(int input) { return dims(input).nbDims; }
    DataType type(int input);
    //! Element type in ONNX, which has more of them than a network; 0 when only the network's is known.
    int32_t onnxType(int input);
    ConstantPtr constant(int input);  //!< null when left out or computed
    ElementsPtr elements(int input);  //!< null when left out or not tracked
    //! Contents of an integer input when all are known now.
    std::optional<std::vector<int64_t>> integers(int input);
    //! The same, for what has to be known now; `what` goes into the message.
    std::vector<int64_t> requireIntegers(int input, const char* what);
    //! The only element of an input of any real type when it is known now.
    std::optional<double> scalar(int input);
    //! The attribute up to some opset, the input after it; nothing when neither is there.
    std::optional<std::vector<int64_t>> attributeOrInput(const char* attribute, int input);

    // -- outputs
    bool wants(int output) const { return node.hasOutput(output); }
    void output(int output, ITensor& tensor, int32_t onnxType = 0);
    void output(int output, ConstantPtr constant);
    //! The node's only useful output is a value that exists already, be it a constant or a tensor.
    void forward(int output, Value value);

    // -- layers
    template <class Layer>
    Layer& add(Layer* layer, Place place = Place::current()) {
        return session.added(layer, place);
    }
    //! add() for layers with one output.
    template <class Layer>
    ITensor& out(Layer* layer, Place place = Place::current()) {
        return *add(layer, place).getOutput(0);
    }
    //! A layer for an operator that TensorRT's API does not have, in the text form of opentrt/extension.h.
    nvinfer1::ILayer& addOperator(const std::string& text, const std::vector<ITensor*>& inputs, int outputs = -1,
                                  Place place = Place::current());
    //! addOperator() for operators with one output.
    ITensor& made(const std::string& text, const std::vector<ITensor*>& inputs, Place place = Place::current()) {
        return *addOperator(text, inputs, 1, place).getOutput(0);
    }
    ITensor& constantTensor(ConstantPtr constant);
    nvinfer1::Weights weights(ConstantPtr constant) { return session.weights(std::move(constant)); }
    nvinfer1::Weights noWeights(DataType type) const { return {type, nullptr, 0}; }
    nvinfer1::Weights makeWeights(DataType type, const std::vector<double>& values);
    //! One number, of rank `rank` with dimensions 1.
    ITensor& number(DataType type, double value, int rank = 0);
    ITensor& integerList(const std::vector<int64_t>& values);  //!< 1-D kINT64

private:
    ITensor& materialize(Value& value, const std::string& name);
};

//! Thrown when the network cannot infer a tensor; the importer adds what the network said about it.
struct Refused {};
//! Dimensions of a tensor, -1 where dynamic. Throws Refused.
nvinfer1::Dims dimsOf(const ITensor& tensor);

}  // namespace opentrt::model
