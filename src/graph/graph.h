// SPDX-License-Identifier: Apache-2.0
// The intermediate representation: values in single assignment and nodes, addressed by small integer ids. A value is a
// graph input, a constant, or an output of one node. Nodes with bodies (If, Loop, Region) are closed: everything a body
// reads comes in through the node's inputs, one to one with the body's inputs. Erased nodes keep their id and stay
// dead.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/node.h"

namespace opentrt {

class Graph {
public:
    Graph() = default;
    explicit Graph(std::string name) : name(std::move(name)) {}
    Graph(Graph&&) = default;
    Graph& operator=(Graph&&) = default;
    Graph clone() const;

    std::string name;
    Stage stage = Stage::Imported;
    //! Ranges of the symbols of this graph, from the optimization profiles (union over profiles) and from inference.
    SymbolRanges ranges;

    // -- construction
    ValueId addInput(std::string name, DType type, Shape shape);
    //! An input whose contents size other tensors: its elements become symbols "<name>#0", "<name>#1", ...
    ValueId addShapeInput(std::string name, DType type, Shape shape);
    ValueId addConstant(std::string name, Tensor value);
    //! For bodies: an input of which everything may be known; the node that holds the body sets it at each inference.
    ValueId addInput(std::string name, Fact fact);
    //! Adds a node, infers its outputs, and returns it; on an error the graph is as before. `outputs` is needed only
    //! when the operator does not fix their number. Outputs are named `name`, or `name:0`, `name:1`, ... when there are
    //! several.
    NodeId addNode(std::unique_ptr<Op> op, std::vector<ValueId> inputs, std::string name,
                   std::vector<std::unique_ptr<Graph>> bodies = {}, int outputs = -1);
    //! addNode for operators with one output.
    ValueId add(std::unique_ptr<Op> op, std::vector<ValueId> inputs, std::string name);
    void markOutput(ValueId value) { outputs_.push_back(value); }
    void setOutputs(std::vector<ValueId> outputs) { outputs_ = std::move(outputs); }
    //! For bodies whose node passes other values than before; inputs that are left out must have no uses.
    void setInputs(std::vector<ValueId> inputs) { inputs_ = std::move(inputs); }
    void unmarkOutput(ValueId value);
    void removeInput(ValueId value);

    // -- access: references to nodes, values and facts stay valid while others are added
    const std::vector<ValueId>& inputs() const { return inputs_; }
    const std::vector<ValueId>& outputs() const { return outputs_; }
    Node& operator[](NodeId id) { return nodes_[static_cast<size_t>(id.index)]; }
    const Node& operator[](NodeId id) const { return nodes_[static_cast<size_t>(id.index)]; }
    Value& operator[](ValueId id) { return values_[static_cast<size_t>(id.index)]; }
    const Value& operator[](ValueId id) const { return values_[static_cast<size_t>(id.index)]; }
    int32_t nodeCount() const { return static_cast<int32_t>(nodes_.size()); }    //!< dead ones included
    int32_t valueCount() const { return static_cast<int32_t>(values_.size()); }  //!< dead ones included
    const Fact& fact(ValueId id) const { return (*this)[id].fact; }
    bool isConstant(ValueId id) const { return fact(id).constant.has_value(); }
    bool isInput(ValueId id) const;
    bool isOutput(ValueId id) const;
    bool isLive(ValueId id) const;  //!< an input, a constant, or an output of a live node
    //! Live nodes, producers first; ties by id, so the order is stable. Throws Error naming a node on a cycle.
    std::vector<NodeId> order() const;
    std::optional<ValueId> findValue(std::string_view name) const;
    const std::vector<DataSize>& dataSizes() const { return dataSizes_; }
    bool ownsSymbol(std::string_view symbol) const;  //!< one of dataSizes()

    // -- editing
    void setInput(NodeId node, int input, ValueId value);
    //! Every use of `old`, graph outputs included, reads `by` instead. `by` takes over the name when `old` was an
    //! output. When `by` is a graph input or output itself, and so has a name of its own, `old` stays an output.
    void replaceUses(ValueId old, ValueId by);
    void erase(NodeId node);  //!< its outputs must have no uses
    //! Erases nodes whose outputs nobody needs, and constants without uses. True if anything went.
    bool removeDead();
    //! Infers one node again after its op or inputs changed; true if a fact changed.
    bool infer(NodeId node);
    //! Infers everything again in order.
    void inferAll();
    std::string uniqueName(std::string_view stem) const;

    //! Text form, which parse() of graph/text.h reads back.
    std::string str() const;

private:
    friend struct GraphAccess;
    ValueId newValue(std::string name, NodeId producer, int output);
    void addUses(NodeId node);
    void dropUses(NodeId node);
    void forgetDataSizes(ValueId value);

    std::deque<Node> nodes_;  //!< like values_ in places that stay, so that references outlive what is added
    std::deque<Value> values_;
    std::vector<ValueId> inputs_;
    std::vector<ValueId> outputs_;
    std::vector<DataSize> dataSizes_;
    std::string scope_;  //!< prefix of the symbols that this graph makes, so that those of bodies are unique
};

}  // namespace opentrt
