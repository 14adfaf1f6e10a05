// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/test_models.h"

#include "model/onnx/wire_writer.h"

namespace opentrt::onnx {
namespace {

AttributeProto named(const std::string& name, AttributeType type) {
    AttributeProto a;
    a.name = name;
    a.type = type;
    return a;
}

}  // namespace

AttributeProto attribute(const std::string& name, int64_t value) {
    AttributeProto a = named(name, AttributeType::Int);
    a.i = value;
    return a;
}

AttributeProto attribute(const std::string& name, float value) {
    AttributeProto a = named(name, AttributeType::Float);
    a.f = value;
    return a;
}

AttributeProto attribute(const std::string& name, const std::string& value) {
    AttributeProto a = named(name, AttributeType::String);
    a.s = value;
    return a;
}

AttributeProto attribute(const std::string& name, const std::vector<int64_t>& values) {
    AttributeProto a = named(name, AttributeType::Ints);
    a.ints = values;
    return a;
}

AttributeProto attribute(const std::string& name, GraphProto graph) {
    AttributeProto a = named(name, AttributeType::Graph);
    a.g = std::make_unique<GraphProto>(std::move(graph));
    return a;
}

AttributeProto attribute(const std::string& name, TensorProto tensor) {
    AttributeProto a = named(name, AttributeType::Tensor);
    a.t = std::make_unique<TensorProto>(std::move(tensor));
    return a;
}

TensorProto floats(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values) {
    TensorProto t;
    t.name = name;
    t.dataType = FLOAT;
    t.dims = dims;
    t.floatData = values;
    return t;
}

TensorProto integers(const std::string& name, const std::vector<int64_t>& dims, const std::vector<int64_t>& values) {
    TensorProto t;
    t.name = name;
    t.dataType = INT64;
    t.dims = dims;
    t.int64Data = values;
    return t;
}

NodeProto node(const std::string& op, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs) {
    NodeProto n;
    n.opType = op;
    n.input = inputs;
    n.output = outputs;
    return n;
}

ValueInfoProto valueInfo(const std::string& name, ElementType type, const std::vector<int64_t>& dims) {
    ValueInfoProto info;
    info.name = name;
    info.type.tensor = std::make_unique<TensorTypeProto>();
    info.type.tensor->elementType = type;
    info.type.tensor->shape = std::make_unique<ShapeProto>();
    for (size_t i = 0; i < dims.size(); ++i) {
        DimensionProto dim;
        if (dims[i] >= 0) {
            dim.value = dims[i];
        } else {
            dim.symbol = "d" + std::to_string(i);
        }
        info.type.tensor->shape->dim.push_back(std::move(dim));
    }
    return info;
}

TestModel::TestModel() {
    proto.irVersion = 8;
    proto.graph = std::make_unique<GraphProto>();
    proto.graph->name = "test";
    proto.opset.push_back({"", 17});
}

TestModel& TestModel::opset(int64_t version) {
    proto.opset.front().version = version;
    return *this;
}

TestModel& TestModel::input(const std::string& name, ElementType type, const std::vector<int64_t>& dims) {
    graph().input.push_back(valueInfo(name, type, dims));
    return *this;
}

TestModel& TestModel::output(const std::string& name, ElementType type) {
    ValueInfoProto info;
    info.name = name;
    info.type.tensor = std::make_unique<TensorTypeProto>();
    info.type.tensor->elementType = type;
    graph().output.push_back(std::move(info));
    return *this;
}

TestModel& TestModel::add(NodeProto proto) {
    graph().node.push_back(std::move(proto));
    return *this;
}

TestModel& TestModel::add(TensorProto initializer) {
    graph().initializer.push_back(std::move(initializer));
    return *this;
}

std::string TestModel::bytes() const {
    return WireWriter::write(proto);
}

}  // namespace opentrt::onnx
