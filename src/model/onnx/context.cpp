// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/context.h"

#include "model/onnx/build.h"
#include "opentrt/extension.h"

namespace opentrt::model {

nvinfer1::Dims dimsOf(const ITensor& tensor) {
    const nvinfer1::Dims dims = tensor.getDimensions();
    if (dims.nbDims < 0) throw Refused{};
    return dims;
}

Value& Context::anyValue(int input) {
    const std::string& name = node.input(input);
    if (name.empty()) fail(Code::kINVALID_NODE, cat("input ", input, " is missing"));
    Value* found = scope.find(name);
    if (!found) fail(Code::kINVALID_GRAPH, cat("input ", input, " \"", name, "\" is made by no node"));
    return *found;
}

Value& Context::value(int input) {
    Value& found = anyValue(input);
    if (found.sequence) fail(Code::kINVALID_NODE, cat("input ", input, " \"", node.input(input), "\" is a sequence"));
    return found;
}

const std::vector<Value>& Context::sequence(int input) {
    const Value& found = anyValue(input);
    if (!found.sequence)
        fail(Code::kINVALID_NODE, cat("input ", input, " \"", node.input(input), "\" is not a sequence"));
    return *found.sequence;
}

ITensor& Context::materialize(Value& value, const std::string& name) {
    if (!value.tensor) {
        value.tensor = &session.constantLayer(value.constant, name);
        if (session.claim(*value.tensor)) value.tensor->setName(session.tensorName(name).c_str());
    }
    return *value.tensor;
}

ITensor& Context::tensor(int input) {
    return materialize(value(input), node.input(input));
}

ITensor& Context::tensorOfRank(int input, int rank) {
    const int missing = rank - this->rank(input);
    if (missing <= 0) return tensor(input);
    const ConstantPtr known = constant(input);
    if (!known) return raised(*this, tensor(input), rank);
    std::vector<int64_t> dims(static_cast<size_t>(missing), 1);
    dims.insert(dims.end(), known->dims.begin(), known->dims.end());
    return constantTensor(withDims(*known, dims));
}

nvinfer1::Dims Context::dims(int input) {
    const Value& v = value(input);
    return v.constant ? toDims(v.constant->dims) : dimsOf(*v.tensor);
}

DataType Context::type(int input) {
    const Value& v = value(input);
    return v.constant ? v.constant->type : v.tensor->getType();
}

int32_t Context::onnxType(int input) {
    const Value& v = value(input);
    return v.constant ? v.constant->onnxType : v.declaredType;
}

ConstantPtr Context::constant(int input) {
    return has(input) ? value(input).constant : nullptr;
}

ElementsPtr Context::elements(int input) {
    if (!has(input)) return {};
    Value& v = value(input);
    if (!v.elements && v.constant) v.elements = elementsOf(*v.constant);
    return v.elements;
}

std::optional<std::vector<int64_t>> Context::integers(int input) {
    const ElementsPtr known = elements(input);
    return known ? knownIntegers(*known) : std::nullopt;
}

std::vector<int64_t> Context::requireIntegers(int input, const char* what) {
    const auto known = integers(input);
    if (known) return *known;
    fail(Code::kUNSUPPORTED_NODE_INPUT, cat(what, " (input \"", node.input(input),
                                            "\") must be known while parsing; make it a constant or an initializer"));
}

std::optional<double> Context::scalar(int input) {
    const ElementsPtr known = elements(input);
    if (!known || known->size() != 1 || !known->complete()) return {};
    const Element& e = known->values[0];
    return known->floating() ? e.real : static_cast<double>(e.integer);
}

std::optional<std::vector<int64_t>> Context::attributeOrInput(const char* attribute, int input) {
    if (node.has(attribute)) return node.integers(attribute);
    if (!has(input)) return {};
    return requireIntegers(input, attribute);
}

void Context::output(int output, ITensor& tensor, int32_t onnxType) {
    Value made;
    made.tensor = &tensor;
    made.declaredType = onnxType;
    forward(output, std::move(made));
}

void Context::output(int output, ConstantPtr constant) {
    Value made;
    made.constant = std::move(constant);
    forward(output, std::move(made));
}

void Context::forward(int output, Value value) {
    const std::string& name = node.output(output);
    if (name.empty()) return;
    if (value.tensor && !value.constant) {
        // The network infers when it is asked, so an error of a layer surfaces here, while the node is known.
        if (value.tensor->getDimensions().nbDims < 0) session.refused(Place::current());
        const bool fresh = !value.tensor->isNetworkInput() && session.claim(*value.tensor);
        if (fresh) value.tensor->setName(session.tensorName(name).c_str());
    }
    if (!scope.define(name, std::move(value))) {
        fail(Code::kINVALID_GRAPH, cat("output \"", name, "\" is made twice; names must be unique"));
    }
}

nvinfer1::ILayer& Context::addOperator(const std::string& text, const std::vector<ITensor*>& inputs, int outputs,
                                       Place place) {
    return add(opentrt::addOperator(network, text.c_str(), inputs.data(), static_cast<int32_t>(inputs.size()), outputs),
               place);
}

ITensor& Context::constantTensor(ConstantPtr constant) {
    const std::string stem = constant->name.empty() ? node.title() + "/constant" : constant->name;
    return session.constantLayer(std::move(constant), stem);
}

nvinfer1::Weights Context::makeWeights(DataType type, const std::vector<double>& values) {
    return weights(makeConstant(type, {static_cast<int64_t>(values.size())}, values));
}

ITensor& Context::number(DataType type, double value, int rank) {
    return constantTensor(makeConstant(type, std::vector<int64_t>(static_cast<size_t>(rank), 1), std::vector{value}));
}

ITensor& Context::integerList(const std::vector<int64_t>& values) {
    return constantTensor(makeConstant(DataType::kINT64, {static_cast<int64_t>(values.size())}, values));
}

}  // namespace opentrt::model
