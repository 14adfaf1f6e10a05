// SPDX-License-Identifier: Apache-2.0
// Walks the graphs of a model and calls the importer function of each node. A node that fails is reported and its
// outputs are marked; nodes that depend on them are skipped without a report, all others go on, so that one parse names
// everything that is wrong with a model.
#pragma once
#include <string>
#include <vector>

#include "model/onnx/graph_order.h"
#include "model/onnx/scope.h"
#include "model/onnx/session.h"

namespace opentrt::onnx {
struct GraphProto;
struct ValueInfoProto;
}  // namespace opentrt::onnx

namespace opentrt::model {

//! Thrown when a node cannot be imported because something inside it or before it failed and was reported already.
struct Skipped {};

enum class NodeState : char { Pending, Imported, Failed, Skipped };

class Importer {
public:
    explicit Importer(Session& session) : session_(session) {}

    //! The main graph: inputs, initializers, nodes, outputs.
    void importModel();

    //! Initializers and nodes of a graph inside a node, in `scope`. The caller binds the graph's inputs first.
    void importBody(const onnx::GraphProto& graph, Scope& scope);
    //! Value of output `index` of a graph imported by importBody. Throws Skipped when its node failed.
    Value& bodyOutput(const onnx::GraphProto& graph, int index, Scope& scope);
    //! Nodes of a local function.
    void importFunction(const onnx::FunctionProto& function, Scope& scope);

    //! State of each node of the main graph, by index; and the order in which they were visited.
    const std::vector<NodeState>& states() const { return states_; }
    const std::vector<int>& order() const { return order_; }
    const Scope& mainScope() const { return main_; }

private:
    void addInputs(const onnx::GraphProto& graph);
    void addInput(const onnx::ValueInfoProto& info);
    void addInitializers(const onnx::GraphProto& graph, Scope& scope);
    void addOutputs(const onnx::GraphProto& graph);
    void addOutput(const onnx::ValueInfoProto& info);
    void importNodes(const NodeList& nodes, Scope& scope);
    NodeState importNode(const Node& node, Scope& scope);
    bool foldNode(const Node& node, Scope& scope, std::vector<ElementsPtr>& contents);
    void runImporter(const Node& node, Scope& scope);
    void noteUnread(const Node& node);
    void nameLayers(const Node& node, const Scope& scope);
    //! Reports operators inside a skipped node that no importer knows.
    void reportUnknown(const Node& node, const Scope& scope, int depth);
    bool knows(const Node& node) const;
    void report(const ImportError& error, const Node& node, const Scope& scope);
    int opsetOf(const std::string& domain, const Scope& scope) const;
    void warnAboutVersions();

    Session& session_;
    Scope main_{""};
    std::vector<NodeState> states_;
    std::vector<int> order_;
};

}  // namespace opentrt::model
