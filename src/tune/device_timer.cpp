// SPDX-License-Identifier: Apache-2.0
// Times one launch at the opt sizes with operands of small random numbers, in buffers that are reused between
// candidates. A candidate whose first warm run is far behind the best is not measured again.
#include <algorithm>
#include <limits>
#include <random>

#include "base/error.h"
#include "tune/timer.h"

namespace opentrt {

namespace {

//! A run this long is measured well enough the first time.
constexpr double kLongMs = 200;
constexpr int kRepeats = 20;

class Buffers {
public:
    explicit Buffers(bool random) : random_(random) {}

    //! Memory of the device, at least so large; other devices than the one before start anew.
    void* get(const Device& device, size_t slot, int64_t bytes) {
        if (slots_.size() <= slot) slots_.resize(slot + 1);
        Slot& memory = slots_[slot];
        if (!memory.data || memory.size < bytes || memory.device != &device) {
            memory = Slot(device, std::max<int64_t>(bytes, 1));
            if (random_) fill(memory);
        }
        return memory.data;
    }
    void* holding(const Device& device, size_t slot, const Tensor& tensor) {
        void* memory = get(device, slot, tensor.bytes());
        device.upload(memory, tensor.data(), tensor.bytes(), nullptr);
        return memory;
    }

private:
    struct Slot {
        Slot() = default;
        Slot(const Device& device, int64_t size) : device(&device), data(device.allocate(size)), size(size) {}
        Slot(Slot&& other) noexcept { *this = std::move(other); }
        Slot& operator=(Slot&& other) noexcept {
            std::swap(device, other.device);
            std::swap(data, other.data);
            std::swap(size, other.size);
            return *this;
        }
        ~Slot() {
            if (data) device->release(data);
        }
        const Device* device = nullptr;
        void* data = nullptr;
        int64_t size = 0;
    };

    //! Floats in [0.5, 1): valid, and neither denormal nor growing. As narrow integers or booleans they are merely
    //! data.
    static void fill(const Slot& memory) {
        std::mt19937 random(7);
        std::vector<uint32_t> bits(static_cast<size_t>(memory.size / 4));
        for (uint32_t& b : bits) b = 0x3f000000u | (random() & 0x7fffffu);
        memory.device->upload(memory.data, bits.data(), memory.size / 4 * 4, nullptr);
    }

    bool random_;
    std::vector<Slot> slots_;
};

class GivenOutputs final : public DynamicOutputs {
public:
    explicit GivenOutputs(const Device& device) : device_(device) {}
    void* allocate(int output, const std::vector<int64_t>& dims) override {
        return memory_.get(device_, static_cast<size_t>(output), volumeOf(dims) * 8);
    }

private:
    const Device& device_;
    Buffers memory_{false};
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
            in.push_back(port(problem.graph, node.inputs[n], tactic.inputs[n], problem.sizes));
        }
        for (size_t o = 0; o < node.outputs.size(); ++o) {
            out.push_back(port(problem.graph, node.outputs[o], tactic.outputs[o], problem.sizes));
        }
        std::vector<Tensor> known;
        for (size_t i = 0; i < step.inputs.size(); ++i) {
            const ValueId value = node.inputs[static_cast<size_t>(step.inputs[i])];
            known.push_back(contentsOf(problem.graph, value, in[i], problem.sizes));
        }
        return timeStep(problem.backend, step, in, out, known, bestSoFar);
    }

    double timeReformat(const Backend& backend, DType type, Format from, Format to,
                        const std::vector<int64_t>& dims) override {
        const CompiledStep step = backend.compileReformat(type, from, to);
        return timeStep(backend, step, {Port{type, from, dims}}, {Port{type, to, dims}}, {Tensor()},
                        std::numeric_limits<double>::infinity());
    }

private:
    static Port port(const Graph& graph, ValueId value, Format format, const SymbolValues& opt) {
        if (!value.valid()) return Port{DType::F32, Format::Linear, {}};
        const Fact& fact = graph.fact(value);
        return Port{fact.type, format, evalShape(fact.shape, opt)};
    }

    //! What the operand holds at the opt sizes; an empty tensor when any numbers will do.
    static Tensor contentsOf(const Graph& graph, ValueId value, const Port& port, const SymbolValues& opt) {
        if (!value.valid() || port.format != Format::Linear) return {};
        const Fact& fact = graph.fact(value);
        if (graph.isConstant(value)) return *fact.constant;
        if (fact.elements && knows(opt, *fact.elements))
            return Tensor::of(fact.type, port.dims, evalShape(*fact.elements, opt));
        // Integers may be places or sizes in other tensors, or divisors.
        if (port.type == DType::I32) return ones<int32_t>(port);
        if (port.type == DType::I64) return ones<int64_t>(port);
        return {};
    }

    static bool knows(const SymbolValues& opt, const Shape& elements) {
        std::set<std::string> symbols;
        for (const Dim& element : elements) element.collectSymbols(symbols);
        return std::all_of(symbols.begin(), symbols.end(), [&](const auto& s) { return opt.count(s) > 0; });
    }

    template <class Integer>
    static Tensor ones(const Port& port) {
        Tensor tensor(port.type, port.dims);
        std::fill_n(tensor.mutableAs<Integer>(), tensor.count(), Integer{1});
        return tensor;
    }

    double timeStep(const Backend& backend, const CompiledStep& step, const std::vector<Port>& in,
                    const std::vector<Port>& out, const std::vector<Tensor>& known, double bestSoFar) {
        const auto kernel = backend.load(step.kernel, step.params, step.weights);
        const auto launch = kernel->prepare(in, out);
        const Device& place = backend.place();
        std::vector<const void*> inputs;
        std::vector<void*> outputs;
        for (size_t i = 0; i < in.size(); ++i) {
            if (known[i].empty()) {
                inputs.push_back(inputs_.get(place, i, bytesIn(in[i].format, in[i].type, in[i].dims)));
            } else {
                inputs.push_back(place.isHost() ? known[i].data() : constants_.holding(place, i, known[i]));
            }
        }
        for (size_t o = 0; o < out.size(); ++o) {
            outputs.push_back(outputs_.get(place, o, bytesIn(out[o].format, out[o].type, out[o].dims)));
        }
        GivenOutputs given(place);
        LaunchArgs args{inputs.data(), outputs.data(), workspace_.get(place, 0, launch->workspaceBytes()), &given};
        return measure(place, *launch, args, bestSoFar);
    }

    //! Kernels on a device are short beside the start of a measurement, so many are started at once.
    double measure(const Device& place, Launch& launch, LaunchArgs& args, double bestSoFar) {
        const int repeats = place.isHost() ? 1 : kRepeats;
        const auto work = [&](void* stream) {
            args.stream = stream;
            launch.run(args);
        };
        const auto once = [&] { return place.time(work, repeats); };
        const double warmUp = place.time(work, 1);
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
    Buffers inputs_{true}, constants_{false}, outputs_{false}, workspace_{false};
};

}  // namespace

std::unique_ptr<Timer> makeDeviceTimer(int iterations, double patience) {
    return std::make_unique<DeviceTimer>(iterations, patience);
}

}  // namespace opentrt
