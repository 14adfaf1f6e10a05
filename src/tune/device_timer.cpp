// SPDX-License-Identifier: Apache-2.0
// Times one launch at the opt sizes with operands of small random numbers, in buffers that are reused between
// candidates. A candidate whose first warm run is far behind the best is not measured again.
#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>
#include <optional>
#include <random>

#include "base/error.h"
#include "tune/timer.h"

namespace opentrt {

namespace {

//! A run this long is measured well enough the first time.
constexpr double kLongMs = 200;
constexpr double kMostRepeats = 20;

class Buffers {
public:
    Buffers(std::shared_ptr<MemorySource> source, bool random) : source_(std::move(source)), random_(random) {}

    //! Memory of the device, at least so large; other devices than the one before start anew.
    void* get(const Device& device, size_t slot, int64_t bytes) {
        if (slots_.size() <= slot) slots_.resize(slot + 1);
        Slot& memory = slots_[slot];
        if (!memory.held || memory.size < bytes || memory.device != &device) {
            memory.held.reset();
            memory.size = std::max<int64_t>(bytes, 1);
            memory.held = std::make_unique<HeldMemory>(device, source_, memory.size);
            memory.device = &device;
            if (random_) fill(memory);
        }
        return memory.held->data();
    }
    void* holding(const Device& device, size_t slot, const Tensor& tensor) {
        void* memory = get(device, slot, tensor.bytes());
        device.upload(memory, tensor.data(), tensor.bytes(), nullptr);
        return memory;
    }

private:
    struct Slot {
        const Device* device = nullptr;
        std::unique_ptr<HeldMemory> held;
        int64_t size = 0;
    };

    //! Floats in [0.5, 1): valid, and neither denormal nor growing. As narrow integers or booleans they are merely
    //! data.
    static void fill(const Slot& memory) {
        std::mt19937 random(7);
        std::vector<uint32_t> bits(static_cast<size_t>(memory.size / 4));
        for (uint32_t& b : bits) b = 0x3f000000u | (random() & 0x7fffffu);
        memory.device->upload(memory.held->data(), bits.data(), memory.size / 4 * 4, nullptr);
    }

    std::shared_ptr<MemorySource> source_;
    bool random_;
    std::vector<Slot> slots_;
};

class GivenOutputs final : public DynamicOutputs {
public:
    GivenOutputs(const Device& device, std::shared_ptr<MemorySource> source)
        : device_(device), memory_(std::move(source), false) {}
    void* allocate(int output, const std::vector<int64_t>& dims) override {
        return memory_.get(device_, static_cast<size_t>(output), volumeOf(dims) * 8);
    }

private:
    const Device& device_;
    Buffers memory_;
};

class DeviceTimer final : public Timer {
public:
    DeviceTimer(int iterations, double patience, Phases* phases, std::shared_ptr<MemorySource> memory)
        : iterations_(std::max(1, iterations)), patience_(patience), phases_(phases), memory_(std::move(memory)) {}

    double time(const TimingProblem& problem, const Tactic& tactic, double bestSoFar) override {
        const Phases::Open phase(phases_, "packing and loading candidates");
        try {
            const CompiledStep& step = compiled(problem, tactic);
            Bound bound = bind(problem.backend, step, operandsOf(problem, tactic, step), 0);
            const Phases::Open running(phases_, "running candidates");
            return measure(problem.backend.place(), bound, bestSoFar);
        } catch (const Error& error) {  // a library may find out late
            if (error.code() != ErrorCode::Unsupported) throw;
            return std::numeric_limits<double>::infinity();
        }
    }

    //! Runs in a loop flatter candidates by what stays in the cache.
    void settle(const TimingProblem& problem, const std::vector<Tactic>& tactics, std::vector<double>& times) override {
        constexpr double kClose = 1.3;
        constexpr size_t kMost = 4;
        if (!problem.coldWeights || problem.backend.place().isHost()) return;
        std::vector<size_t> order(tactics.size());
        std::iota(order.begin(), order.end(), size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](size_t x, size_t y) { return times[x] < times[y]; });
        size_t close = 0;
        while (close < std::min(kMost, order.size()) && times[order[close]] < kClose * times[order[0]]) ++close;
        if (close < 2) return;
        const Phases::Open phase(phases_, "running candidates with cold weights");
        double scale = 0;
        std::vector<double> cold(close);
        for (size_t c = 0; c < close; ++c) {
            cold[c] = timeCold(problem, tactics[order[c]]);
            if (cold[c] == 0) return;  // it has hardly any weights
            scale = std::max(scale, cold[c] / times[order[c]]);
        }
        for (double& time : times) time *= scale;
        for (size_t c = 0; c < close; ++c) times[order[c]] = cold[c];
    }

    double timeReformat(const Backend& backend, DType type, Format from, Format to,
                        const std::vector<int64_t>& dims) override {
        const CompiledStep step = backend.compileReformat(type, from, to);
        Bound bound = bind(backend, step, {{Port{type, from, dims}}, {Port{type, to, dims}}, {Tensor()}}, 0);
        return measure(backend.place(), bound, std::numeric_limits<double>::infinity());
    }

    bool comparesNetworks(const Device& place) const override { return !place.isHost(); }

    std::vector<double> compare(const Device& place, const std::vector<Rendition>& renditions, double seconds,
                                double turnMs) override {
        constexpr double kMostTrials = 9;
        std::vector<std::unique_ptr<Recording>> recorded;
        for (const Rendition& r : renditions) {
            r.prepare();
            place.time(r.play, {});  // what is used for the first time may have to be loaded, which cannot be recorded
            recorded.push_back(place.record(r.play));
        }
        const auto run = [&](size_t r, int times) {
            const auto work = [&](void* stream) {
                for (int i = 0; i < times; ++i) recorded[r]->start(stream);
            };
            return place.time(work, {}) / times;
        };
        for (size_t r = 0; r < recorded.size(); ++r) run(r, 1);
        const auto start = std::chrono::steady_clock::now();
        const double once = run(0, 1);
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
        const int times = static_cast<int>(std::clamp(turnMs / once, 1.0, 64.0));
        const double trials = seconds / (wall.count() * times * static_cast<double>(renditions.size()));
        if (trials < 3) return {};
        // Each round compares with the first one's time in it, because the clock of the device changes slowly.
        std::vector<std::vector<double>> ratios(recorded.size());
        std::vector<double> first;
        for (int trial = 0; trial < static_cast<int>(std::min(trials, kMostTrials)); ++trial) {
            first.push_back(run(0, times));
            for (size_t r = 1; r < recorded.size(); ++r) ratios[r].push_back(run(r, times) / first.back());
        }
        std::vector<double> result{medianOf(first)};
        for (size_t r = 1; r < recorded.size(); ++r) result.push_back(result[0] * medianOf(ratios[r]));
        return result;
    }

private:
    //! The step that was compiled last is often the one that is wanted next, at other sizes.
    const CompiledStep& compiled(const TimingProblem& problem, const Tactic& tactic) {
        const Backend& backend = problem.backend;
        const bool isLast = last_ && backend.place().isHost() && last_->graph == &problem.graph &&
                            last_->node == problem.node && last_->tactic.name == tactic.name &&
                            last_->tactic.inputs == tactic.inputs && last_->tactic.outputs == tactic.outputs &&
                            last_->tactic.inPlaceInput == tactic.inPlaceInput;
        if (isLast && backend.sameStep(problem.graph, problem.node, tactic, last_->request, problem.request))
            return last_->step;
        last_.reset();  // before there is another one of its size
        last_.emplace(Last{&problem.graph, problem.node, tactic, problem.request,
                           backend.compile(problem.graph, problem.node, tactic, problem.request)});
        return last_->step;
    }

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

    struct Operands {
        std::vector<Port> in, out;
        std::vector<Tensor> known;  //!< contents of inputs; empty ones do not matter
    };
    static Operands operandsOf(const TimingProblem& problem, const Tactic& tactic, const CompiledStep& step) {
        const Node& node = problem.graph[problem.node];
        Operands operands;
        for (const int i : step.inputs) {
            const auto n = static_cast<size_t>(i);
            const Port in = port(problem.graph, node.inputs[n], tactic.inputs[n], problem.sizes);
            operands.known.push_back(contentsOf(problem.graph, node.inputs[n], in, problem.sizes));
            operands.in.push_back(in);
        }
        for (size_t o = 0; o < node.outputs.size(); ++o) {
            operands.out.push_back(port(problem.graph, node.outputs[o], tactic.outputs[o], problem.sizes));
        }
        return operands;
    }

    //! A launch and all that it touches. Copies have weights and constants of their own.
    struct Bound {
        std::unique_ptr<Launch> launch;
        std::vector<const void*> inputs;
        std::vector<Tensor> known;  //!< what inputs of the host point to
        std::vector<void*> outputs;
        std::shared_ptr<const Kernel> kernel;
        std::unique_ptr<GivenOutputs> given;
        void* workspace = nullptr;

        void run(void* stream) { launch->run({inputs.data(), outputs.data(), workspace, given.get(), stream}); }
    };
    Bound bind(const Backend& backend, const CompiledStep& step, const Operands& operands, size_t copy) {
        const Device& place = backend.place();
        const auto scope = place.useMemory(memory_);
        Bound bound;
        bound.known = operands.known;
        bound.kernel = backend.load(step.kernel, step.params, step.weights);
        bound.launch = bound.kernel->prepare(operands.in, operands.out);
        for (size_t i = 0; i < operands.in.size(); ++i) {
            const Port& in = operands.in[i];
            const Tensor& known = operands.known[i];
            if (known.empty()) {
                bound.inputs.push_back(inputs_.get(place, i, bytesIn(in.format, in.type, in.dims)));
            } else {
                const size_t slot = copy * operands.in.size() + i;
                bound.inputs.push_back(place.isHost() ? bound.known[i].data() : constants_.holding(place, slot, known));
            }
        }
        for (size_t o = 0; o < operands.out.size(); ++o) {
            const Port& out = operands.out[o];
            bound.outputs.push_back(outputs_.get(place, o, bytesIn(out.format, out.type, out.dims)));
        }
        bound.given = std::make_unique<GivenOutputs>(place, memory_);
        bound.workspace = workspace_.get(place, 0, bound.launch->workspaceBytes());
        return bound;
    }

    //! With weights that the device has not read for long; 0 when there are few.
    double timeCold(const TimingProblem& problem, const Tactic& tactic) {
        constexpr int64_t kFewBytes = 32 << 10, kMostBytes = 64 << 20, kMostCopies = 12;
        const Device& place = problem.backend.place();
        const CompiledStep step = problem.backend.compile(problem.graph, problem.node, tactic, problem.request);
        const Operands operands = operandsOf(problem, tactic, step);
        int64_t bytes = 0;
        for (const Tensor& weights : step.weights) bytes += weights.bytes();
        for (const Tensor& known : operands.known) bytes += known.empty() ? 0 : known.bytes();
        if (bytes < kFewBytes) return 0;
        std::vector<Bound> copies;
        const auto count = static_cast<size_t>(std::clamp<int64_t>(kMostBytes / bytes, 2, kMostCopies));
        for (size_t c = 0; c < count; ++c) copies.push_back(bind(problem.backend, step, operands, c));
        const int64_t cache = 2 * place.cacheBytes();
        void* other = other_.get(place, 0, cache);
        size_t next = 0;
        Trials trials;
        trials.repeats = static_cast<int>(count);
        trials.count = std::max(iterations_, 5);
        trials.before = [&](void* stream) { place.clear(other, cache, stream); };
        return place.time([&](void* stream) { copies[next++ % count].run(stream); }, trials);
    }

    double measure(const Device& place, Bound& bound, double bestSoFar) const {
        const auto work = [&](void* stream) { bound.run(stream); };
        const auto once = [&] { return place.time(work, {}); };
        double warmUp = once();
        // Libraries load their kernels when they are first used.
        if (!place.isHost() && warmUp > 10 * bestSoFar) warmUp = once();
        if (warmUp > kLongMs || warmUp > 10 * bestSoFar) return warmUp;
        if (!place.isHost()) return measureMany(place, work, bestSoFar);
        std::vector<double> times{once()};
        if (times[0] > patience_ * bestSoFar) return times[0];
        double total = times[0];
        while (static_cast<int>(times.size()) < iterations_ && total < 40) {
            times.push_back(once());
            total += times.back();
        }
        return medianOf(std::move(times));
    }

    //! Kernels on a device are short beside the start of a measurement, so many are started at once.
    double measureMany(const Device& place, const std::function<void(void*)>& work, double bestSoFar) const {
        // A launch by itself takes a little longer than one of many.
        constexpr double kAloneMs = 0.01, kTrialMs = 0.25;
        const double alone = place.time(work, {});
        if (alone - kAloneMs > patience_ * bestSoFar) return alone;
        Trials trials;
        trials.repeats = static_cast<int>(std::clamp(kTrialMs / alone, 2.0, kMostRepeats));
        trials.count = iterations_;
        trials.hopeless = patience_ * bestSoFar;
        return place.time(work, trials);
    }

    struct Last {
        const Graph* graph;
        NodeId node;
        Tactic tactic;
        TacticRequest request;
        CompiledStep step;
    };

    int iterations_;
    double patience_;
    Phases* phases_;
    std::shared_ptr<MemorySource> memory_;
    std::optional<Last> last_;
    Buffers inputs_{memory_, true}, constants_{memory_, false}, outputs_{memory_, false}, workspace_{memory_, false},
        other_{memory_, false};
};

}  // namespace

std::unique_ptr<Timer> makeDeviceTimer(int iterations, double patience, Phases* phases,
                                       std::shared_ptr<MemorySource> memory) {
    return std::make_unique<DeviceTimer>(iterations, patience, phases, std::move(memory));
}

}  // namespace opentrt
