// SPDX-License-Identifier: Apache-2.0
// Times one launch at the opt sizes with operands of small random numbers, in buffers that are reused between
// candidates. A candidate whose first warm run is far behind the best is not measured again.
#include <algorithm>
#include <chrono>
#include <limits>
#include <random>

#include "base/error.h"
#include "tune/timer.h"

namespace opentrt {

namespace {

using Clock = std::chrono::steady_clock;

//! A run this long is measured well enough the first time.
constexpr double kLongMs = 200;

class Buffers {
public:
    explicit Buffers(bool random) : random_(random) {}

    void* get(size_t slot, int64_t bytes) {
        if (slots_.size() <= slot) slots_.resize(slot + 1);
        auto& memory = slots_[slot];
        if (static_cast<int64_t>(memory.size()) < bytes + 64) {
            memory.assign(static_cast<size_t>(bytes) + 64, 0);
            if (random_) fill(memory);
        }
        const auto address = reinterpret_cast<uintptr_t>(memory.data());
        return reinterpret_cast<void*>((address + 63) / 64 * 64);
    }

private:
    //! Floats in [0.5, 1): valid, and neither denormal nor growing. As integers or booleans they are merely data, which
    //! is why operands that address other tensors are not timed (see isIndex).
    static void fill(std::vector<uint8_t>& memory) {
        std::mt19937 random(7);
        for (size_t i = 0; i + 4 <= memory.size(); i += 4) {
            const uint32_t bits = 0x3f000000u | (random() & 0x7fffffu);
            std::copy_n(reinterpret_cast<const uint8_t*>(&bits), 4, memory.data() + i);
        }
    }

    bool random_;
    std::vector<std::vector<uint8_t>> slots_;
};

class HeapOutputs final : public DynamicOutputs {
public:
    void* allocate(int output, const std::vector<int64_t>& dims) override {
        auto& memory = memory_[output];
        memory.resize(static_cast<size_t>(volumeOf(dims)) * 8 + 64);
        return memory.data();
    }

private:
    std::map<int, std::vector<uint8_t>> memory_;
};

class DeviceTimer final : public Timer {
public:
    DeviceTimer(int iterations, double patience) : iterations_(std::max(1, iterations)), patience_(patience) {}

    double time(const TimingProblem& problem, const Tactic& tactic, double bestSoFar) override {
        const Node& node = problem.graph[problem.node];
        const CompiledStep step = problem.backend.compile(problem.graph, problem.node, tactic, problem.request);
        std::vector<Port> in, out;
        for (int i : step.inputs) {
            const auto n = static_cast<size_t>(i);
            in.push_back(port(problem.graph, node.inputs[n], tactic.inputs[n], problem.request.opt));
        }
        for (size_t o = 0; o < node.outputs.size(); ++o) {
            out.push_back(port(problem.graph, node.outputs[o], tactic.outputs[o], problem.request.opt));
        }
        std::vector<const Tensor*> constants;
        for (int i : step.inputs) constants.push_back(constantOf(problem.graph, node.inputs[static_cast<size_t>(i)]));
        return timeStep(problem.backend, step, in, out, constants, tactic.inPlaceInput, bestSoFar);
    }

    double timeReformat(const Backend& backend, DType type, Format from, Format to,
                        const std::vector<int64_t>& dims) override {
        const CompiledStep step = backend.compileReformat(type, from, to);
        return timeStep(backend, step, {Port{type, from, dims}}, {Port{type, to, dims}}, {nullptr}, -1,
                        std::numeric_limits<double>::infinity());
    }

private:
    static Port port(const Graph& graph, ValueId value, Format format, const SymbolValues& opt) {
        if (!value.valid()) return Port{DType::F32, Format::Linear, {}};
        const Fact& fact = graph.fact(value);
        return Port{fact.type, format, evalShape(fact.shape, opt)};
    }

    static const Tensor* constantOf(const Graph& graph, ValueId value) {
        return value.valid() && graph.isConstant(value) ? &*graph.fact(value).constant : nullptr;
    }

    double timeStep(const Backend& backend, const CompiledStep& step, const std::vector<Port>& in,
                    const std::vector<Port>& out, const std::vector<const Tensor*>& constants, int, double bestSoFar) {
        const auto kernel = backend.load(step.kernel, step.params, step.weights);
        const auto launch = kernel->prepare(in, out);
        std::vector<const void*> inputs;
        std::vector<void*> outputs;
        for (size_t i = 0; i < in.size(); ++i) {
            const bool constant = constants[i] && in[i].format == Format::Linear;
            inputs.push_back(constant ? constants[i]->data()
                                      : inputs_.get(i, bytesIn(in[i].format, in[i].type, in[i].dims)));
        }
        for (size_t o = 0; o < out.size(); ++o) {
            outputs.push_back(outputs_.get(o, bytesIn(out[o].format, out[o].type, out[o].dims)));
        }
        HeapOutputs heap;
        LaunchArgs args{inputs.data(), outputs.data(), workspace_.get(0, launch->workspaceBytes()), &heap};
        return measure(*launch, args, bestSoFar);
    }

    double measure(Launch& launch, const LaunchArgs& args, double bestSoFar) {
        const auto once = [&] {
            const auto start = Clock::now();
            launch.run(args);
            return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
        };
        const double warmUp = once();
        if (warmUp > kLongMs || warmUp > 10 * bestSoFar) return warmUp;
        std::vector<double> times{once()};
        if (times[0] > patience_ * bestSoFar) return times[0];
        double total = times[0];
        while (static_cast<int>(times.size()) < iterations_ && total < 40) {
            times.push_back(once());
            total += times.back();
        }
        std::nth_element(times.begin(), times.begin() + static_cast<long>(times.size() / 2), times.end());
        return times[times.size() / 2];
    }

    int iterations_;
    double patience_;
    Buffers inputs_{true}, outputs_{false}, workspace_{false};
};

}  // namespace

std::unique_ptr<Timer> makeDeviceTimer(int iterations, double patience) {
    return std::make_unique<DeviceTimer>(iterations, patience);
}

}  // namespace opentrt
