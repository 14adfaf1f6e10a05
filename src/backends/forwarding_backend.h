// SPDX-License-Identifier: Apache-2.0
// For tests: another backend under its own name, of which they change what they are about.
#pragma once
#include "backends/backend.h"

namespace opentrt {

class ForwardingBackend : public Backend {
public:
    explicit ForwardingBackend(const Backend& to) : to_(to) {}
    std::string_view name() const override { return to_.name(); }
    std::string device() const override { return to_.device(); }
    TacticList tactics(const Graph& graph, NodeId node, const TacticRequest& request) const override {
        return to_.tactics(graph, node, request);
    }
    CompiledStep compile(const Graph& graph, NodeId node, const Tactic& tactic,
                         const TacticRequest& request) const override {
        return to_.compile(graph, node, tactic, request);
    }
    bool canRun(const Graph& graph, NodeId node) const override { return to_.canRun(graph, node); }
    CompiledStep compileReformat(DType type, Format from, Format to) const override {
        return to_.compileReformat(type, from, to);
    }
    std::shared_ptr<const Kernel> load(const std::string& kernel, const std::string& params,
                                       const std::vector<Tensor>& weights) const override {
        return to_.load(kernel, params, weights);
    }

private:
    const Backend& to_;
};

//! The same, with each tactic under a second name as well.
class TwinBackend : public ForwardingBackend {
public:
    using ForwardingBackend::ForwardingBackend;
    TacticList tactics(const Graph& graph, NodeId node, const TacticRequest& request) const override {
        TacticList list = ForwardingBackend::tactics(graph, node, request);
        const std::vector<Tactic> own = list.tactics;
        for (Tactic twin : own) list.tactics.push_back((twin.name += kTwin, twin));
        return list;
    }
    CompiledStep compile(const Graph& graph, NodeId node, const Tactic& tactic,
                         const TacticRequest& request) const override {
        Tactic own = tactic;
        own.name = own.name.substr(0, own.name.rfind(kTwin));
        return ForwardingBackend::compile(graph, node, own, request);
    }

private:
    static constexpr const char* kTwin = ".twin";
};

}  // namespace opentrt
