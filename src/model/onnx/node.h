// SPDX-License-Identifier: Apache-2.0
// A view of one NodeProto: names, and attributes with their types checked. Importers read nodes through it and so need
// no protobuf header. Inside a local function, attributes that refer to the caller's are looked up there.
// Tested by node_test.cpp.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

namespace opentrt::onnx {
enum class AttributeType : int32_t;
struct AttributeProto;
struct FunctionProto;
struct GraphProto;
struct NodeProto;
struct SparseTensorProto;
struct TensorProto;
}  // namespace opentrt::onnx

namespace opentrt::model {

class Node {
public:
    using Names = std::unordered_set<std::string>;
    //! `index` among the nodes of its graph; `opset` of its domain. `caller` and `function` are null outside functions;
    //! inputs in `leftOut` count as missing, because the caller of the function gave none.
    Node(const onnx::NodeProto& proto, int index, int opset, const Node* caller = nullptr,
         const onnx::FunctionProto* function = nullptr, const Names* leftOut = nullptr);

    const std::string& op() const;
    const std::string& domain() const;  //!< "" for ai.onnx
    const std::string& name() const;    //!< as in the file, may be empty
    //! Name for layers: the node's own, or operator and first output when it has none.
    const std::string& title() const { return title_; }
    int index() const { return index_; }
    int opset() const { return opset_; }
    const onnx::NodeProto& proto() const { return *proto_; }

    int inputCount() const;  //!< without empty names at the end
    const std::string& input(int i) const;
    bool hasInput(int i) const;
    int outputCount() const;
    const std::string& output(int i) const;
    bool hasOutput(int i) const;

    bool has(const char* attribute) const { return find(attribute) != nullptr; }
    int64_t integer(const char* attribute, int64_t fallback) const;
    int64_t integer(const char* attribute) const;  //!< required
    bool flag(const char* attribute, bool fallback = false) const { return integer(attribute, fallback) != 0; }
    float real(const char* attribute, float fallback) const;
    std::string text(const char* attribute, const std::string& fallback) const;
    std::vector<int64_t> integers(const char* attribute) const;  //!< empty when absent
    std::vector<float> reals(const char* attribute) const;
    std::vector<std::string> texts(const char* attribute) const;
    const onnx::TensorProto* tensor(const char* attribute) const;  //!< null when absent
    const onnx::SparseTensorProto* sparseTensor(const char* attribute) const;
    const onnx::GraphProto& graph(const char* attribute) const;  //!< required

    //! Attributes that nobody has asked for: the importer does not know them, or has no use for them.
    std::vector<std::string> unreadAttributes() const;
    const onnx::AttributeProto* find(const std::string& attribute) const;

private:
    const onnx::AttributeProto* require(const char* attribute, onnx::AttributeType type) const;

    const onnx::NodeProto* proto_;
    int index_;
    int opset_;
    const Node* caller_;
    const onnx::FunctionProto* function_;
    const Names* leftOut_;
    std::string title_;
    int inputCount_;
    mutable std::vector<bool> read_;  //!< per attribute
};

}  // namespace opentrt::model
