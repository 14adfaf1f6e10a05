// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/graph_order.h"

#include <string_view>
#include <unordered_map>

#include "model/onnx/bounds.h"
#include "model/onnx/errors.h"
#include "model/onnx/schema.h"

namespace opentrt::model {
namespace {

using Producers = std::unordered_map<std::string_view, int>;

//! Nodes of this graph whose outputs `node` reads, itself or in the graphs inside it.
void addSources(const onnx::NodeProto& node, const Producers& producers, int depth, std::vector<int>& sources) {
    if (depth > kGraphDepth) fail(Code::kUNSUPPORTED_GRAPH, cat("graphs are nested more than ", kGraphDepth, " deep"));
    for (const std::string& input : node.input) {
        const auto found = producers.find(input);
        if (found != producers.end()) sources.push_back(found->second);
    }
    forEachGraph(node, [&](const onnx::GraphProto& graph) {
        for (const auto& inner : graph.node) addSources(inner, producers, depth + 1, sources);
        for (const auto& output : graph.output) {
            const auto found = producers.find(output.name);
            if (found != producers.end()) sources.push_back(found->second);
        }
    });
}

bool inOrder(const std::vector<std::vector<int>>& sources) {
    for (size_t i = 0; i < sources.size(); ++i) {
        for (const int source : sources[i]) {
            if (source >= static_cast<int>(i)) return false;
        }
    }
    return true;
}

//! Depth-first with an explicit stack: a chain may be as long as the model.
class Sorter {
public:
    Sorter(const NodeList& nodes, const std::vector<std::vector<int>>& sources)
        : nodes_(nodes), sources_(sources), state_(nodes.size(), State::New) {}

    std::vector<int> run() {
        for (size_t i = 0; i < nodes_.size(); ++i) visit(static_cast<int>(i));
        return std::move(order_);
    }

private:
    enum class State : char { New, Open, Done };
    State& state(int node) { return state_[static_cast<size_t>(node)]; }

    void push(int node) {
        if (state(node) == State::Done) return;
        if (state(node) == State::Open) {
            const auto& proto = *nodes_[static_cast<size_t>(node)];
            fail(Code::kINVALID_GRAPH, cat("node ", node, " \"", proto.name, "\" (", proto.opType,
                                           ") depends on its own output: the graph has a cycle"));
        }
        state(node) = State::Open;
        stack_.push_back({node, 0});
    }

    void visit(int root) {
        push(root);
        while (!stack_.empty()) {
            auto& [node, next] = stack_.back();
            const auto& list = sources_[static_cast<size_t>(node)];
            if (next < list.size()) {
                push(list[next++]);
                continue;
            }
            state(node) = State::Done;
            order_.push_back(node);
            stack_.pop_back();
        }
    }

    const NodeList& nodes_;
    const std::vector<std::vector<int>>& sources_;
    std::vector<State> state_;
    std::vector<std::pair<int, size_t>> stack_;
    std::vector<int> order_;
};

}  // namespace

std::vector<int> executionOrder(const NodeList& nodes) {
    Producers producers;
    for (size_t i = 0; i < nodes.size(); ++i) {
        for (const std::string& output : nodes[i]->output) {
            if (!output.empty()) producers.emplace(output, static_cast<int>(i));
        }
    }
    std::vector<std::vector<int>> sources(nodes.size());
    for (size_t i = 0; i < nodes.size(); ++i) addSources(*nodes[i], producers, 0, sources[i]);
    if (!inOrder(sources)) return Sorter(nodes, sources).run();
    std::vector<int> order(nodes.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    return order;
}

}  // namespace opentrt::model
