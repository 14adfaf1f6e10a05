// SPDX-License-Identifier: Apache-2.0
#include "runtime/executor.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "runtime/control_check.h"
#include "runtime/executor_step.h"
#include "runtime/tool_range.h"

namespace opentrt {

namespace {

//! Errors of kernels, and of the libraries beneath them, get the name of the layer.
template <class F>
auto named(const PlanStep& step, const F& body) {
    try {
        return body();
    } catch (const Error& error) {
        if (!error.layer().empty()) throw;
        throw Error(error.code(), step.name, error.what(), error.where());
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::FailedAllocation, step.name, "out of memory");
    } catch (const std::exception& error) {
        throw Error(ErrorCode::FailedExecution, step.name, cat(step.kernel, " failed: ", error.what()));
    }
}

}  // namespace

void* Block::reserve(int64_t bytes) {
    if (bytes > size_) {
        reset();
        data_ = source_.allocate(bytes);
        size_ = bytes;
    }
    return data_;
}

void Block::reset() {
    if (data_) source_.release(data_);
    data_ = nullptr;
    size_ = 0;
}

//! Hands out the memory of data-dependent outputs to one running kernel.
struct Executor::Dynamic : DynamicOutputs {
    Dynamic(Executor& executor, const PlanStep& step) : executor(executor), step(step) {}
    void* allocate(int output, const std::vector<int64_t>& dims) override {
        check(static_cast<size_t>(output) < step.outputs.size(), "a kernel has more outputs than its step");
        return executor.makeDynamic(step.outputs[static_cast<size_t>(output)], dims);
    }
    Executor& executor;
    const PlanStep& step;
};

Executor::Executor(const Engine& engine, int32_t program, MemorySource& memory)
    : engine_(engine), index_(program), memory_(memory), arena_(memory) {
    const PlanProgram& p = this->program();
    dims_.assign(p.dims.size(), -1);
    dynamic_.resize(p.values.size());
    steps_.resize(p.steps.size());
    if (index_ == 0 && !engine.streamed().empty()) weightStream_ = std::make_unique<WeightStream>(engine, memory);
    for (size_t s = 0; s < p.steps.size(); ++s) {
        for (int32_t body : p.steps[s].bodies) {
            steps_[s].bodies.push_back(std::make_unique<Executor>(engine, body, memory));
        }
    }
    const StepOrder order(p.steps);
    for (int32_t lane = 0; lane < order.laneCount(); ++lane) workspaces_.push_back(std::make_unique<Block>(memory));
    findLastReader(order);
}

//! The first step that all readers of inputs are done before, or that is the last of them.
void Executor::findLastReader(const StepOrder& order) {
    const auto& steps = program().steps;
    const auto isInput = [&](int32_t v) { return v >= 0 && value(rootOf(v).value).storage == Storage::Input; };
    Uses readers;
    for (size_t s = 0; s < steps.size(); ++s) {
        if (!std::any_of(steps[s].inputs.begin(), steps[s].inputs.end(), isInput)) continue;
        readers.add(static_cast<int32_t>(s), steps[s].lane);
        lastReader_ = s;
    }
    const auto isBehind = [&](const Uses::Span& span) {
        const auto s = static_cast<int32_t>(lastReader_);
        return span.last < 0 || span.last == s || order.isBefore(span.last, s);
    };
    while (lastReader_ < steps.size() && !std::all_of(readers.lanes.begin(), readers.lanes.end(), isBehind))
        ++lastReader_;
}

Executor::~Executor() = default;

void Executor::setWatcher(TensorWatcher* watcher) {
    watcher_ = watcher;
    for (Step& step : steps_) {
        for (auto& body : step.bodies) body->setWatcher(watcher);
    }
}

void Executor::showSteps(bool shown) {
    showsSteps_ = shown;
    for (Step& step : steps_) {
        for (auto& body : step.bodies) body->showSteps(shown);
    }
}

void Executor::setStream(void* stream) {
    stream_ = stream;
    for (Step& step : steps_) {
        for (auto& body : step.bodies) body->setStream(stream);
    }
}

void Executor::setAuxStreams(const std::vector<void*>& streams) {
    auxStreams_ = streams;
    if (lanes_) lanes_->setStreams(streams);
}

int64_t Executor::arenaBytes(int32_t profile) const {
    const auto& bytes = program().arenaBytes;
    return bytes.empty() ? 0 : bytes[static_cast<size_t>(profile)];
}

void Executor::evaluateDims() {
    const PlanProgram& p = program();
    for (size_t i = 0; i < dims_.size(); ++i) {
        const Dim& d = p.dims[i];
        if (d.isConstant()) {
            dims_[i] = d.constant();
            continue;
        }
        std::set<std::string> needed;
        d.collectSymbols(needed);
        const bool ready =
            std::all_of(needed.begin(), needed.end(), [&](const auto& s) { return symbols_.count(s) > 0; });
        dims_[i] = ready ? d.eval(symbols_) : -1;
        if (ready && dims_[i] < 0) {
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("the size ", d, " is ", dims_[i], " for these input shapes"));
        }
    }
    checkViews();
    checkPlaces();
}

std::vector<int64_t> Executor::dimsOf(int32_t v) const {
    std::vector<int64_t> dims;
    for (int32_t d : value(v).dims) dims.push_back(dims_[static_cast<size_t>(d)]);
    return dims;
}

Port Executor::portOf(int32_t v) const {
    if (v < 0) return Port{DType::F32, Format::Linear, {-1}};
    return Port{value(v).type, value(v).format, dimsOf(v)};
}

bool Executor::known(int32_t v) const {
    if (v < 0) return true;
    const auto& dims = value(v).dims;
    return std::all_of(dims.begin(), dims.end(), [&](int32_t d) { return dims_[static_cast<size_t>(d)] >= 0; });
}

bool Executor::known(const std::vector<int32_t>& values) const {
    return std::all_of(values.begin(), values.end(), [&](int32_t v) { return known(v); });
}

std::vector<int64_t> Executor::inputDims(int index) const {
    return dimsOf(program().inputs[static_cast<size_t>(index)]);
}
std::vector<int64_t> Executor::outputDims(int index) const {
    return dimsOf(program().outputs[static_cast<size_t>(index)]);
}

void Executor::setShapes(const SymbolValues& symbols, int32_t profile) {
    if (!steps_.empty() && symbols == given_ && profile == profile_ && staticShapes_) return;
    staticShapes_ = false;  // until every step is bound, which may fail
    version_ = ++lastVersion_;
    given_ = symbols_ = symbols;
    profile_ = profile;
    point_ = engine_.nearestPoint(profile, symbols);
    evaluateDims();
    if (!lentArena_) arena_.reserve(arenaBytes(profile));
    if (weightStream_) weightStream_->reserve();
    if (workspaces_.size() > 1 && !lanes_) {
        lanes_ = std::make_unique<LaneStreams>(engine_.place(), program());
        lanes_->setStreams(auxStreams_);
    }
    bool bound = true;
    for (size_t s = 0; s < steps_.size(); ++s) {
        const PlanStep& planned = program().steps[s];
        if (known(planned.inputs) && known(planned.outputs)) {
            bindStep(s);
        } else {
            bound = false;
        }
    }
    staticShapes_ = bound;
    recallVersion();
}

//! Sizes for which all launches are those of before are what was bound before.
void Executor::recallVersion() {
    constexpr size_t kMost = 64;
    bool isOther = false;
    for (Step& step : steps_) isOther = std::exchange(step.isOther, false) || isOther;
    if (isOther || versions_.size() >= kMost) versions_.clear();
    version_ = versions_.try_emplace({profile_, given_}, version_).first->second;
}

size_t Executor::variantOf(size_t s) const {
    const auto& at = program().steps[s].variantAt;
    return at.empty() || point_ < 0 ? 0 : static_cast<size_t>(at[static_cast<size_t>(point_)]);
}

//! A launch for the same operands is kept even if the sizes elsewhere ask for another variant: it is the same work.
bool Executor::isReplayable() const {
    if (!staticShapes_) return false;
    for (size_t s = 0; s < steps_.size(); ++s) {
        const bool own = program().steps[s].backend == engine_.plan().backend;
        if (!own || !steps_[s].launch || !steps_[s].launch->isReplayable()) return false;
    }
    return true;
}

Replay::Key Executor::replayKey() const {
    Replay::Key key{version_, {lentArena_ ? lentArena_ : arena_.data()}};
    for (const auto& workspace : workspaces_) key.addresses.push_back(workspace->data());
    return key;
}

void Executor::bindStep(size_t s) {
    const PlanStep& planned = program().steps[s];
    Step& step = steps_[s];
    std::vector<Port> in, out;
    for (int32_t v : planned.inputs) in.push_back(portOf(v));
    for (int32_t v : planned.outputs) out.push_back(portOf(v));
    if (step.launch && step.boundTo(in, out)) return;
    if (step.reuse(in, out)) return;
    step.in = std::move(in);
    step.out = std::move(out);
    step.inAddress.resize(step.in.size());
    step.outAddress.resize(step.out.size());
    const auto scope = engine_.place().useMemory(engine_.memory());
    const StreamedStep* streamed = weightStream_ ? weightStream_->find(s) : nullptr;
    if (streamed && !step.own) step.own = named(planned, [&] { return weightStream_->kernel(*streamed); });
    const Kernel* kernel = step.own ? step.own.get() : engine_.kernel(index_, s, variantOf(s));
    if (kernel) {
        step.launch = named(planned, [&] {
            if (!step.own && (step.own = kernel->forContext())) kernel = step.own.get();
            return kernel->prepare(step.in, step.out);
        });
        if (!step.launch->isReplayable()) finishing_.insert(s);
        workspaceOf(planned).reserve(step.launch->workspaceBytes());
    }
}

std::unique_ptr<Launch> Executor::bind(size_t s, const Kernel& kernel) {
    const auto scope = engine_.place().useMemory(engine_.memory());
    auto launch = named(program().steps[s], [&] { return kernel.prepare(steps_[s].in, steps_[s].out); });
    workspaceOf(program().steps[s]).reserve(launch->workspaceBytes());
    return launch;
}

std::unique_ptr<Launch> Executor::exchange(size_t s, std::unique_ptr<Launch> launch) {
    version_ = ++lastVersion_;
    versions_.clear();
    if (!launch->isReplayable()) finishing_.insert(s);
    return std::exchange(steps_[s].launch, std::move(launch));
}

void* Executor::address(int32_t v) const {
    const auto [r, offset] = rootOf(v);
    const PlanValue& root = value(r);
    const auto index = static_cast<size_t>(root.index);
    char* base = nullptr;
    switch (root.storage) {
        case Storage::Input:
            base = static_cast<char*>(const_cast<void*>(inputs_[index]));
            break;
        case Storage::Output:
            base = static_cast<char*>(outputs_[index]);
            break;
        case Storage::Constant:
            base = static_cast<char*>(const_cast<void*>(engine_.blob(root.index)));
            break;
        case Storage::Arena:
            base = static_cast<char*>(lentArena_ ? lentArena_ : arena_.data());
            base += root.offsets[static_cast<size_t>(profile_)];
            break;
        case Storage::Dynamic: {
            const auto& block = dynamic_[static_cast<size_t>(r)];
            base = block ? static_cast<char*>(block->data()) : nullptr;
            break;
        }
        case Storage::Alias:
            break;
    }
    return base ? base + offset : nullptr;
}

//! Where a step writes a value whose size is known: memory is asked for now if nobody gave it.
void* Executor::outputAddress(int32_t v) {
    if (void* there = address(v)) {
        if (value(rootOf(v).value).storage != Storage::Dynamic) return there;
    }
    return makeDynamic(v, dimsOf(v));
}

void* Executor::makeDynamic(int32_t v, const std::vector<int64_t>& dims) {
    const PlanValue& planned = value(v);
    check(planned.dims.size() == dims.size(), "a kernel changed the rank of its output");
    bool learnt = false;
    for (size_t i = 0; i < dims.size(); ++i) {
        const Dim& d = program().dims[static_cast<size_t>(planned.dims[i])];
        if (!d.isSymbol() || given_.count(d.symbolName())) continue;
        const auto at = symbols_.find(d.symbolName());
        if (at != symbols_.end() && at->second == dims[i]) continue;
        symbols_[d.symbolName()] = dims[i];
        learnt = true;
    }
    if (learnt) evaluateDims();
    if (known(v) && dimsOf(v) != dims) {
        throw Error(ErrorCode::InvalidArgument, planned.name,
                    cat("the tensor turns out to have the shape ", dims, " when ", dimsOf(v), " was expected"));
    }
    const int32_t r = rootOf(v).value;
    const PlanValue& root = value(r);
    const int64_t bytes = std::max(bytesIn(planned.format, planned.type, dims), known(r) ? bytesOf(r) : 0);
    if (root.storage == Storage::Dynamic) {
        auto& block = dynamic_[static_cast<size_t>(r)];
        if (!block) block = std::make_unique<Block>(memory_);
        return block->reserve(std::max<int64_t>(bytes, 1));
    }
    if (root.storage == Storage::Output) {
        void*& out = outputs_[static_cast<size_t>(root.index)];
        if (!out && allocator_ && *allocator_) {
            const int32_t whole = program().outputs[static_cast<size_t>(root.index)];
            out = (*allocator_)(root.index, dimsOf(whole), std::max(bytes, known(whole) ? bytesOf(whole) : 0));
        }
        if (!out) throw Error(ErrorCode::InvalidState, planned.name, "no address and no output allocator was set");
        return out;
    }
    if (!known(v)) {
        throw Error(ErrorCode::InvalidArgument, planned.name,
                    cat("nobody knows whether the shape ", dims, " fits into the place of the tensor"));
    }
    return address(v);
}

void Executor::run(const std::vector<const void*>& inputs, const std::vector<void*>& outputs,
                   const OutputAllocator& allocator, StepObserver* observer) {
    inputs_ = inputs;
    outputs_ = outputs;
    allocator_ = &allocator;
    observer_ = observer;
    if (!staticShapes_) {
        symbols_ = given_;
        evaluateDims();
    }
    if (weightStream_) weightStream_->begin(stream_);
    if (!lanes_) {
        runSteps();
    } else {
        // Whoever looks at steps sees each when those before it are done.
        lanes_->begin(stream_, observer_ || watcher_ || !(isRecorded_ || lanes_->payUnrecorded()));
        try {
            runSteps();
        } catch (...) {
            lanes_->end(true);
            throw;
        }
        lanes_->end(false);
    }
    if (lastReader_ >= steps_.size() && inputsRead_) inputsRead_(stream_);
}

void Executor::runSteps() {
    for (size_t s = 0; s < steps_.size(); ++s) {
        const PlanStep& planned = program().steps[s];
        if (!staticShapes_) bindStep(s);
        void* stream = lanes_ ? lanes_->before(s) : stream_;
        if (observer_) observer_->before(planned);
        {
            const ToolRange range(showsSteps_ ? planned.name.c_str() : nullptr);
            runStep(s, stream);
        }
        if (const StreamedStep* streamed = weightStream_ ? weightStream_->find(s) : nullptr)
            weightStream_->after(*streamed, stream);
        if (lanes_) lanes_->after(s);
        if (s == lastReader_ && inputsRead_) inputsRead_(stream);
        if (!observer_) continue;
        std::vector<Port> ports;
        for (int32_t v : planned.outputs) ports.push_back(portOf(v));
        observer_->after(planned, ports, steps_[s].outAddress.data());
    }
    for (const size_t s : finishing_) named(program().steps[s], [&] { steps_[s].launch->finish(); });
}

void Executor::runStep(size_t s, void* stream) {
    const PlanStep& planned = program().steps[s];
    Step& step = steps_[s];
    const StreamedStep* streamed = weightStream_ ? weightStream_->find(s) : nullptr;
    if (streamed) weightStream_->before(*streamed, stream);
    for (size_t i = 0; i < planned.inputs.size(); ++i) {
        const int32_t v = planned.inputs[i];
        const void* there = streamed ? weightStream_->input(*streamed, i) : nullptr;
        step.inAddress[i] = there ? there : v < 0 ? nullptr : address(v);
        if (v < 0 || step.inAddress[i] || volumeOf(step.in[i].dims) == 0) continue;
        throw Error(ErrorCode::InvalidState, planned.name, cat("its input ", value(v).name, " has no memory"));
    }
    for (size_t o = 0; o < planned.outputs.size(); ++o) {
        const bool unknown = !known(planned.outputs[o]);
        step.outAddress[o] = unknown ? nullptr : outputAddress(planned.outputs[o]);
    }
    if (planned.backend == "control" && planned.kernel == "Probe") {
        if (watcher_) watcher_->show(planned, step.in[0], step.inAddress[0]);
        return;
    }
    if (planned.backend == "control") {
        return named(planned, [&] { planned.kernel == "If" ? runIf(step, planned) : runLoop(step, planned); });
    }
    Dynamic dynamic(*this, planned);
    const LaunchArgs args{step.inAddress.data(), step.outAddress.data(), workspaceOf(planned).data(), &dynamic, stream};
    named(planned, [&] { step.launch->run(args); });
    for (size_t o = 0; o < planned.outputs.size(); ++o) {
        if (!step.outAddress[o]) step.outAddress[o] = address(planned.outputs[o]);
    }
}

void Executor::runIf(Step& step, const PlanStep& planned) {
    if (volumeOf(step.in[0].dims) != 1) {
        throw Error(ErrorCode::InvalidArgument, planned.name,
                    cat("its condition has the shape ", step.in[0].dims, " when it must have one element"));
    }
    uint8_t condition = 0;
    engine_.place().download(&condition, step.inAddress[0], 1, stream_);
    const size_t branch = condition ? 0 : 1;
    Executor& body = *step.bodies[branch];
    body.setShapes(symbols_, profile_);
    auto& checked = step.branchDims[branch];
    const bool asBefore =
        !checked.empty() && std::equal(checked.begin(), checked.end(), step.in.begin(), step.in.end(),
                                       [](const auto& dims, const Port& p) { return dims == p.dims; });
    if (!asBefore) {
        checkBranch(engine_.plan(), program(), planned, branch);
        std::vector<std::vector<int64_t>> dims;
        for (const Port& port : step.in) dims.push_back(port.dims);
        body.checkInputs(planned.name, {dims.begin() + 1, dims.end()});
        checked = std::move(dims);
    }
    const std::vector<const void*> inputs(step.inAddress.begin() + 1, step.inAddress.end());
    // Where the branch's size is not the known one, its memory is asked for, which says so.
    std::vector<void*> outputs = step.outAddress;
    for (size_t k = 0; k < outputs.size(); ++k) {
        if (body.outputDims(static_cast<int>(k)) != step.out[k].dims) outputs[k] = nullptr;
    }
    body.run(
        inputs, outputs,
        [&](int index, const std::vector<int64_t>& dims, int64_t) {
            const auto k = static_cast<size_t>(index);
            return step.outAddress[k] = makeDynamic(planned.outputs[k], dims);
        },
        observer_);
}

}  // namespace opentrt
