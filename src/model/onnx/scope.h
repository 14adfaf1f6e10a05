// SPDX-License-Identifier: Apache-2.0
// Names of one graph and the values they stand for. The graph of a branch or loop body sees the names around it; a
// local function sees only its own.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/onnx/constant.h"
#include "model/onnx/elements.h"
#include "model/onnx/node.h"

namespace opentrt::model {

struct Value {
    nvinfer1::ITensor* tensor = nullptr;  //!< for a constant: made when a layer first needs it
    std::shared_ptr<const Constant> constant;
    ElementsPtr elements;                                //!< contents, as far as they are tracked
    std::shared_ptr<const std::vector<Value>> sequence;  //!< not a tensor but a list of them
    int32_t declaredType = 0;                            //!< ONNX element type where it is known; else 0
    bool failed = false;  //!< the node that makes it could not be imported; what depends on it is skipped
};

class Scope {
public:
    //! The main graph, or the body of a local function called by `caller`.
    explicit Scope(std::string title, const Node* caller = nullptr, const onnx::FunctionProto* function = nullptr)
        : title_(std::move(title)), caller_(caller), function_(function) {}
    //! A graph within `outer`. With `conditional`, tensors from outside come in through its input layers.
    Scope(std::string title, Scope& outer, nvinfer1::IIfConditional* conditional = nullptr)
        : title_(std::move(title)),
          outer_(&outer),
          caller_(outer.caller_),
          function_(outer.function_),
          depth_(outer.depth_ + 1),
          conditional_(conditional) {}

    //! Null when the name is not known here or further out.
    Value* find(const std::string& name);
    //! False when this graph defines the name already.
    bool define(const std::string& name, Value value) { return values_.emplace(name, std::move(value)).second; }
    //! Null when this graph itself does not define the name.
    const Value* local(const std::string& name) const;
    bool defines(const std::string& name) const { return values_.count(name) > 0; }

    //! True when a value of this graph itself is `tensor`.
    bool holds(const nvinfer1::ITensor& tensor) const;
    //! An input of a local function that its caller left out: nodes inside see it as left out too.
    void leaveOut(const std::string& name) { leftOut_.insert(name); }
    const std::unordered_set<std::string>& leftOut() const { return outer_ ? outer_->leftOut() : leftOut_; }

    const std::string& title() const { return title_; }
    const Node* caller() const { return caller_; }
    const onnx::FunctionProto* function() const { return function_; }
    int depth() const { return depth_; }
    void setDepth(int depth) { depth_ = depth; }

private:
    std::string title_;  //!< "" for the main graph, else a path for messages and metadata
    Scope* outer_ = nullptr;
    const Node* caller_ = nullptr;
    const onnx::FunctionProto* function_ = nullptr;
    int depth_ = 0;
    nvinfer1::IIfConditional* conditional_ = nullptr;
    std::unordered_map<std::string, Value> values_;
    std::unordered_set<std::string> leftOut_;
};

}  // namespace opentrt::model
