// SPDX-License-Identifier: Apache-2.0
// Models made in code, for tests.
#pragma once
#include <string>
#include <vector>

#include "model/onnx/schema.h"

namespace opentrt::onnx {

AttributeProto attribute(const std::string& name, int64_t value);
AttributeProto attribute(const std::string& name, float value);
AttributeProto attribute(const std::string& name, const std::string& value);
AttributeProto attribute(const std::string& name, const std::vector<int64_t>& values);
AttributeProto attribute(const std::string& name, GraphProto graph);
AttributeProto attribute(const std::string& name, TensorProto tensor);

TensorProto floats(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values);
TensorProto integers(const std::string& name, const std::vector<int64_t>& dims, const std::vector<int64_t>& values);

NodeProto node(const std::string& op, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs);
//! -1 in `dims` is a dynamic dimension with the symbol "d0", "d1", ... of its place.
ValueInfoProto valueInfo(const std::string& name, ElementType type, const std::vector<int64_t>& dims);

template <class... Attributes>
NodeProto with(NodeProto proto, Attributes&&... attributes) {
    (proto.attribute.push_back(std::forward<Attributes>(attributes)), ...);
    return proto;
}

//! A model under construction: opset 17, no nodes.
struct TestModel {
    ModelProto proto;
    TestModel();
    GraphProto& graph() { return *proto.graph; }
    TestModel& opset(int64_t version);
    TestModel& input(const std::string& name, ElementType type, const std::vector<int64_t>& dims);
    TestModel& output(const std::string& name, ElementType type = FLOAT);
    TestModel& add(NodeProto node);
    TestModel& add(TensorProto initializer);
    std::string bytes() const;
};

}  // namespace opentrt::onnx
