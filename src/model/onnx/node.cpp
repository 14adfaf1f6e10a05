// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/node.h"

#include "model/onnx/errors.h"
#include "model/onnx/schema.h"

namespace opentrt::model {
namespace {

using Attribute = onnx::AttributeProto;
using Type = onnx::AttributeType;

const std::string kNone;

//! Files of the first ONNX versions leave the type out.
Type typeOf(const Attribute& a) {
    if (a.type != Type::Undefined) return a.type;
    if (a.i) return Type::Int;
    if (a.f) return Type::Float;
    if (a.s) return Type::String;
    if (a.t) return Type::Tensor;
    if (a.g) return Type::Graph;
    if (!a.floats.empty()) return Type::Floats;
    return a.strings.empty() ? Type::Ints : Type::Strings;
}

std::string nameOf(Type type) {
    const auto index = static_cast<size_t>(type);
    return index < std::size(onnx::kAttributeTypeNames) ? onnx::kAttributeTypeNames[index] : cat(index);
}

}  // namespace

Node::Node(const onnx::NodeProto& proto, int index, int opset, const Node* caller, const onnx::FunctionProto* function,
           const Names* leftOut)
    : proto_(&proto),
      index_(index),
      opset_(opset),
      caller_(caller),
      function_(function),
      leftOut_(leftOut && !leftOut->empty() ? leftOut : nullptr),
      title_(proto.name),
      inputCount_(static_cast<int>(proto.input.size())),
      read_(proto.attribute.size()) {
    if (title_.empty()) title_ = proto.opType + "_" + (proto.output.empty() ? cat(index) : proto.output[0]);
    while (inputCount_ > 0 && input(inputCount_ - 1).empty()) --inputCount_;
}

const std::string& Node::op() const {
    return proto_->opType;
}
const std::string& Node::domain() const {
    return proto_->domain == "ai.onnx" ? kNone : proto_->domain;
}
const std::string& Node::name() const {
    return proto_->name;
}
int Node::inputCount() const {
    return inputCount_;
}
const std::string& Node::input(int i) const {
    if (i >= inputCount_) return kNone;
    const std::string& name = proto_->input[static_cast<size_t>(i)];
    return leftOut_ && leftOut_->count(name) > 0 ? kNone : name;
}
bool Node::hasInput(int i) const {
    return !input(i).empty();
}
int Node::outputCount() const {
    return static_cast<int>(proto_->output.size());
}
const std::string& Node::output(int i) const {
    return i < outputCount() ? proto_->output[static_cast<size_t>(i)] : kNone;
}
bool Node::hasOutput(int i) const {
    return !output(i).empty();
}

const Attribute* Node::find(const std::string& attribute) const {
    for (size_t i = 0; i < proto_->attribute.size(); ++i) {
        const Attribute& a = proto_->attribute[i];
        if (a.name != attribute) continue;
        read_[i] = true;
        if (a.reference.empty()) return &a;
        const Attribute* given = caller_ ? caller_->find(a.reference) : nullptr;
        if (given || !function_) return given;
        for (const Attribute& fallback : function_->attribute) {
            if (fallback.name == a.reference) return &fallback;
        }
        return nullptr;
    }
    return nullptr;
}

const Attribute* Node::require(const char* attribute, Type type) const {
    const Attribute* found = find(attribute);
    if (!found) return nullptr;
    const Type actual = typeOf(*found);
    if (actual != type) {
        fail(Code::kUNSUPPORTED_NODE_ATTR,
             cat("attribute ", attribute, " is of type ", nameOf(actual), " when it should be ", nameOf(type)));
    }
    return found;
}

int64_t Node::integer(const char* attribute, int64_t fallback) const {
    const Attribute* a = require(attribute, Type::Int);
    return a ? a->i.value_or(0) : fallback;
}

int64_t Node::integer(const char* attribute) const {
    if (!has(attribute)) fail(Code::kINVALID_NODE, cat("the required attribute ", attribute, " is missing"));
    return integer(attribute, 0);
}

float Node::real(const char* attribute, float fallback) const {
    const Attribute* a = require(attribute, Type::Float);
    return a ? a->f.value_or(0) : fallback;
}

std::string Node::text(const char* attribute, const std::string& fallback) const {
    const Attribute* a = require(attribute, Type::String);
    return a ? a->s.value_or("") : fallback;
}

std::vector<int64_t> Node::integers(const char* attribute) const {
    const Attribute* a = require(attribute, Type::Ints);
    return a ? a->ints : std::vector<int64_t>{};
}

std::vector<float> Node::reals(const char* attribute) const {
    const Attribute* a = require(attribute, Type::Floats);
    return a ? a->floats : std::vector<float>{};
}

std::vector<std::string> Node::texts(const char* attribute) const {
    const Attribute* a = require(attribute, Type::Strings);
    return a ? a->strings : std::vector<std::string>{};
}

const onnx::TensorProto* Node::tensor(const char* attribute) const {
    const Attribute* a = require(attribute, Type::Tensor);
    return a ? a->t.get() : nullptr;
}

const onnx::SparseTensorProto* Node::sparseTensor(const char* attribute) const {
    const Attribute* a = require(attribute, Type::SparseTensor);
    return a ? a->sparse.get() : nullptr;
}

const onnx::GraphProto& Node::graph(const char* attribute) const {
    const Attribute* a = require(attribute, Type::Graph);
    if (!a || !a->g) fail(Code::kINVALID_NODE, cat("the required attribute ", attribute, " is missing"));
    return *a->g;
}

std::vector<std::string> Node::unreadAttributes() const {
    std::vector<std::string> names;
    for (size_t i = 0; i < read_.size(); ++i) {
        if (!read_[i]) names.push_back(proto_->attribute[i].name);
    }
    return names;
}

}  // namespace opentrt::model
