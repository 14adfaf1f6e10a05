// SPDX-License-Identifier: Apache-2.0
// The reference backend runs an operator by its own eval. It has one tactic for everything, in linear format; the
// kernel's parameters are the node's text. Slow, exact, never chosen silently: its tactic is marked usesReference.
#include <algorithm>
#include <cstring>

#include "backends/backend.h"
#include "base/error.h"
#include "graph/evaluate.h"
#include "graph/extract.h"
#include "graph/limits.h"
#include "graph/text.h"

namespace opentrt {

namespace {

void copyOut(const Tensor& result, const Port& port, int index, const LaunchArgs& args) {
    void* to = args.outputs[index];
    const bool fits = result.type() == port.type && (!to || result.dims() == port.dims);
    if (!fits) {
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("output ", index, " is ", name(result.type()), result.dims(), " when the step has ",
                        name(port.type), port.dims));
    }
    if (!to) to = args.dynamic->allocate(index, result.dims());
    std::memcpy(to, result.data(), static_cast<size_t>(result.bytes()));
}

class RefLaunch final : public Launch {
public:
    RefLaunch(std::shared_ptr<const Graph> graph, std::span<const Port> inputs, std::span<const Port> outputs)
        : graph_(std::move(graph)), inputs_(inputs.begin(), inputs.end()), outputs_(outputs.begin(), outputs.end()) {}

    void run(const LaunchArgs& args) override {
        std::vector<Tensor> inputs;
        for (size_t i = 0; i < inputs_.size(); ++i) {
            inputs.push_back(Tensor::borrow(inputs_[i].type, inputs_[i].dims, args.inputs[i]));
        }
        const std::vector<Tensor> results = evaluate(*graph_, inputs);
        for (size_t o = 0; o < results.size(); ++o) copyOut(results[o], outputs_[o], static_cast<int>(o), args);
    }

private:
    std::shared_ptr<const Graph> graph_;
    std::vector<Port> inputs_, outputs_;
};

class RefKernel final : public Kernel {
public:
    explicit RefKernel(Graph graph) : graph_(std::make_shared<Graph>(std::move(graph))) {}
    std::unique_ptr<Launch> prepare(std::span<const Port> inputs, std::span<const Port> outputs) const override {
        const auto fits = [](std::span<const Port> ports, const std::vector<ValueId>& values) {
            return ports.size() == values.size() &&
                   std::all_of(ports.begin(), ports.end(), [](const Port& p) { return p.format == Format::Linear; });
        };
        if (!fits(inputs, graph_->inputs()) || !fits(outputs, graph_->outputs())) {
            throw Error(ErrorCode::InvalidArgument, "", "the step does not fit its operands (their number or format)");
        }
        for (const Port& port : inputs) requireBounded(shapeOf(port.dims), "");
        return std::make_unique<RefLaunch>(graph_, inputs, outputs);
    }

private:
    std::shared_ptr<const Graph> graph_;
};

class RefBackend final : public Backend {
public:
    std::string_view name() const override { return "ref"; }
    std::string device() const override { return "ref"; }

    TacticList tactics(const Graph& graph, NodeId node, const TacticRequest&) const override {
        Tactic tactic;
        tactic.name = "ref";
        tactic.inputs.assign(graph[node].inputs.size(), Format::Linear);
        tactic.outputs.assign(graph[node].outputs.size(), Format::Linear);
        tactic.usesReference = true;
        return TacticList{{tactic}, {}};
    }
    bool canRun(const Graph&, NodeId) const override { return false; }

    CompiledStep compile(const Graph& graph, NodeId node, const Tactic&, const TacticRequest&) const override {
        CompiledStep step;
        step.kernel = "ref";
        step.params = print(extractNode(graph, node));
        step.inputs = extractedInputs(graph, node);
        return step;
    }

    std::shared_ptr<const Kernel> load(const std::string&, const std::string& params,
                                       const std::vector<Tensor>&) const override {
        return std::make_shared<RefKernel>(parseGraph(params));
    }

    CompiledStep compileReformat(DType, Format, Format) const override {
        internalError("the reference backend knows one format");
    }
};

}  // namespace

const Backend& refBackend() {
    static const RefBackend backend;
    return backend;
}

}  // namespace opentrt
