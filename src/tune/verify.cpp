// SPDX-License-Identifier: Apache-2.0
#include "tune/verify.h"

#include <list>
#include <random>

#include "base/error.h"
#include "graph/departure.h"
#include "graph/evaluate.h"
#include "tune/trial.h"

namespace opentrt {

namespace {

//! Memory of a device for as long as one layer is looked at.
class Memory {
public:
    Memory(const Device& device, std::shared_ptr<MemorySource> source)
        : device_(device), source_(std::move(source)), scope_(device.useMemory(source_)) {}
    void* get(int64_t bytes) { return blocks_.emplace_back(device_, source_, std::max<int64_t>(bytes, 1)).data(); }

private:
    const Device& device_;
    std::shared_ptr<MemorySource> source_;
    std::shared_ptr<void> scope_;
    std::list<HeldMemory> blocks_;
};

struct NoDynamicOutputs final : DynamicOutputs {
    void* allocate(int, const std::vector<int64_t>&) override { internalError("an output without a size"); }
};

Port withFormat(Port port, Format format) {
    port.format = format;
    return port;
}

class LayerCheck {
public:
    LayerCheck(const Graph& graph, NodeId id, const Choice& choice, const TuneRequest& request)
        : graph_(graph),
          node_(graph[id]),
          id_(id),
          choice_(choice),
          request_(request),
          memory_(place(), request.memory) {}

    void run() {
        std::vector<Tensor> arguments;
        for (const ValueId in : node_.inputs)
            arguments.push_back(in.valid() ? trialOperand(graph_, in, request_.tactics, random_) : Tensor());
        const std::vector<Tensor> expected = evaluateNode(graph_, id_, arguments);
        const std::vector<Tensor> got = onDevice(arguments, expected);
        for (size_t o = 0; o < expected.size(); ++o) {
            const Departure d = departure(got[o], expected[o], tolerance(expected[o].type()));
            if (!d.departs) continue;
            throw Error(
                ErrorCode::Internal, node_.name,
                cat("tactic ", choice_.tactic.name, " departs from the reference: element ", d.at, " of output ", o,
                    " is ", d.got, " when ", d.expected, " is right, by ", d.part, " of the largest value"));
        }
    }

private:
    const Device& place() const { return choice_.backend->place(); }

    //! Of the largest value. Sums of many rounded products differ by a few steps of the type.
    double tolerance(DType type) const {
        if (type == DType::BF16) return 0.05;
        return type == DType::F16 || request_.tactics.tf32 ? 0.01 : 1e-3;
    }

    void* moved(const Port& port, Format to, void* from) {
        const Port target = withFormat(port, to);
        if (port.format == to) return from;
        const CompiledStep step = choice_.backend->compileReformat(port.type, port.format, to);
        const auto kernel = choice_.backend->load(step.kernel, step.params, step.weights);
        const auto launch = kernel->prepare(std::span(&port, 1), std::span(&target, 1));
        const void* inputs[] = {from};
        void* outputs[] = {memory_.get(bytesIn(to, port.type, port.dims))};
        launch->run({inputs, outputs, memory_.get(launch->workspaceBytes()), nullptr});
        place().synchronize(nullptr);
        return outputs[0];
    }

    std::vector<Tensor> onDevice(const std::vector<Tensor>& arguments, const std::vector<Tensor>& expected) {
        const CompiledStep step = choice_.backend->compile(graph_, id_, choice_.tactic, request_.tactics);
        std::vector<Port> in, out;
        std::vector<const void*> inputs;
        std::vector<void*> outputs;
        for (const int i : step.inputs) {
            const auto n = static_cast<size_t>(i);
            const Tensor& argument = arguments[n];
            if (!node_.inputs[n].valid()) {
                in.push_back({DType::F32, Format::Linear, {-1}});
                inputs.push_back(nullptr);
                continue;
            }
            const Port linear{argument.type(), Format::Linear, argument.dims()};
            in.push_back(withFormat(linear, choice_.tactic.inputs[n]));
            void* address = memory_.get(argument.bytes());
            place().upload(address, argument.data(), argument.bytes(), nullptr);
            inputs.push_back(moved(linear, in.back().format, address));
        }
        for (size_t o = 0; o < expected.size(); ++o) {
            out.push_back({expected[o].type(), choice_.tactic.outputs[o], expected[o].dims()});
            outputs.push_back(memory_.get(bytesIn(out[o].format, out[o].type, out[o].dims)));
        }
        const auto kernel = choice_.backend->load(step.kernel, step.params, step.weights);
        const auto launch = kernel->prepare(in, out);
        NoDynamicOutputs none;
        launch->run({inputs.data(), outputs.data(), memory_.get(launch->workspaceBytes()), &none});
        std::vector<Tensor> results;
        for (size_t o = 0; o < expected.size(); ++o) {
            Tensor& result = results.emplace_back(expected[o].type(), expected[o].dims());
            place().download(result.mutableData(), moved(out[o], Format::Linear, outputs[o]), result.bytes(), nullptr);
        }
        return results;
    }

    const Graph& graph_;
    const Node& node_;
    NodeId id_;
    const Choice& choice_;
    const TuneRequest& request_;
    Memory memory_;
    std::mt19937 random_{7};
};

}  // namespace

void verifyChoices(const Graph& graph, const Tuned& tuned, const TuneRequest& request) {
    for (const auto& [id, choice] : tuned.nodes) {
        for (size_t b = 0; b < choice.bodies.size(); ++b)
            verifyChoices(*graph[id].bodies[b], choice.bodies[b], request);
        const Node& node = graph[id];
        const bool isChecked = choice.backend == request.backend && !choice.tactic.usesReference &&
                               !node.op->isRandom() && hasKnownSizes(graph, id, request.tactics);
        if (isChecked) LayerCheck(graph, id, choice, request).run();
    }
}

}  // namespace opentrt
