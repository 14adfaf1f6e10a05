// SPDX-License-Identifier: Apache-2.0
#include "library_case.h"

#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/evaluate.h"
#include "graph/text.h"
#include "passes/pipeline.h"

namespace opentrt::cuda {

namespace {

//! The elements in another order: channels last, or back.
Tensor reordered(const Tensor& from, const std::vector<int64_t>& dims, bool toNhwc) {
    Tensor to(from.type(), from.dims());
    int64_t pixels = 1;
    for (size_t d = 2; d < dims.size(); ++d) pixels *= dims[d];
    const int64_t channels = dims[1];
    for (int64_t i = 0; i < from.count(); ++i) {
        const int64_t p = i % pixels, c = i / pixels % channels, n = i / pixels / channels;
        const int64_t last = (n * pixels + p) * channels + c;
        to.set(toNhwc ? last : i, from.get(toNhwc ? i : last));
    }
    return to;
}

}  // namespace

Setting::Setting(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value, 1);
}
Setting::~Setting() {
    before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_);
}

Tensor randomTensor(DType type, const std::vector<int64_t>& dims, int64_t seed) {
    Tensor tensor(type, dims);
    for (int64_t i = 0; i < tensor.count(); ++i)
        tensor.set(i, static_cast<double>((i + 31 * seed) * 7919 % 2003) / 1000.0 - 1.0);
    return tensor;
}

std::string errorOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

LibraryCase::LibraryCase(const LibraryUnderTest& tested, const std::string& text)
    : tested(tested), imported(parseGraph(text)), graph(parseGraph(text)) {
    PipelineRequest passes;
    passes.backend = backend.get();
    runPipeline(graph, passes);
    node = graph[graph.outputs()[0]].producer;
}

std::vector<Tactic> LibraryCase::tactics() const {
    std::vector<Tactic> own;
    for (Tactic& tactic : backend->tactics(graph, node, request).tactics) {
        if (tactic.name.starts_with(std::string(tested.family) + ".")) own.push_back(std::move(tactic));
    }
    return own;
}

std::vector<std::string> LibraryCase::names() const {
    std::vector<std::string> names;
    for (const Tactic& tactic : tactics()) names.push_back(tactic.name);
    return names;
}

std::string LibraryCase::refusal() const {
    for (const Refusal& refusal : backend->tactics(graph, node, request).refusals) {
        if (refusal.tactic == tested.family) return refusal.reason;
    }
    return {};
}

Tensor LibraryCase::run(const CompiledStep& step, const std::vector<Tensor>& inputs, const Tensor& like) const {
    const bool image = tactics().at(0).outputs[0] == Format::Nhwc;
    std::vector<Port> ports;
    std::vector<const void*> addresses;
    std::vector<void*> blocks;
    const auto upload = [&](const Tensor& tensor) {
        blocks.push_back(machine.allocate(tensor.bytes()));
        machine.upload(blocks.back(), tensor.data(), tensor.bytes(), nullptr);
    };
    for (const int i : step.inputs) {
        const ValueId value = graph[node].inputs[static_cast<size_t>(i)];
        if (!value.valid()) {  // left out
            ports.push_back({DType::F32, Format::Linear, {-1}});
            addresses.push_back(nullptr);
            continue;
        }
        const auto at = std::find(graph.inputs().begin(), graph.inputs().end(), value);
        const bool isInput = at != graph.inputs().end();
        Tensor tensor =
            isInput ? inputs[static_cast<size_t>(at - graph.inputs().begin())] : *graph.fact(value).constant;
        const Format format = tactics().at(0).inputs[static_cast<size_t>(i)];
        ports.push_back({tensor.type(), format, tensor.dims()});
        if (isInput && format == Format::Nhwc) tensor = reordered(tensor, tensor.dims(), true);
        upload(tensor);
        addresses.push_back(blocks.back());
    }
    const std::vector<Port> out{{like.type(), image ? Format::Nhwc : Format::Linear, like.dims()}};
    Tensor got(like.type(), like.dims());
    upload(got);
    void* result = blocks.back();
    const auto launch = backend->load(step.kernel, step.params, step.weights)->prepare(ports, out);
    blocks.push_back(machine.allocate(launch->workspaceBytes()));
    launch->run({addresses.data(), &result, blocks.back(), nullptr, nullptr});
    machine.download(got.mutableData(), result, got.bytes(), nullptr);
    for (void* block : blocks) machine.release(block);
    return image ? reordered(got, got.dims(), false) : got;
}

void LibraryCase::compare(const CompiledStep& step, const std::vector<Tensor>& inputs) const {
    const Tensor want = evaluate(imported, inputs).at(0), got = run(step, inputs, want);
    const double tolerance = want.type() == DType::F32 ? 2e-5 : want.type() == DType::F16 ? 2e-3 : 1.6e-2;
    for (int64_t i = 0; i < want.count(); ++i)
        ASSERT_NEAR(got.get(i), want.get(i), tolerance * (1 + std::fabs(want.get(i)))) << "element " << i;
}

void LibraryCase::check(const SymbolValues& sizes) {
    if (!sizes.empty()) request.opt = sizes;
    ASSERT_EQ(names().size(), tested.tactics) << refusal();
    std::vector<Tensor> inputs;
    for (const ValueId in : imported.inputs()) {
        const Fact& fact = imported.fact(in);
        inputs.push_back(randomTensor(fact.type, evalShape(fact.shape, sizes), in.index));
    }
    for (size_t t = 0; t < names().size(); ++t) {
        SCOPED_TRACE(names()[t]);
        compare(step(t), inputs);
    }
}

}  // namespace opentrt::cuda
