// SPDX-License-Identifier: Apache-2.0
#include "runtime/api_inference.h"

#include <algorithm>

#include "runtime/api_cuda.h"
#include "runtime/api_memory.h"
#include "runtime/tool_range.h"

namespace opentrt::runtime {

//! Times of steps; those of the bodies of If and Loop stand before the layer that holds them.
class Inferences::Stopwatch final : public StepObserver {
public:
    Stopwatch(const Device& place, void* stream, bool recorded) : marks_(place.marks(recorded)), stream_(stream) {}
    void before(const PlanStep&) override { starts_.push_back(marks_->add(stream_)); }
    void after(const PlanStep& step, const std::vector<Port>&, void* const*) override {
        steps_.push_back({step.name, starts_.back(), marks_->add(stream_)});
        starts_.pop_back();
    }
    //! Waits until the device has done all steps.
    std::vector<LayerTime> times() const {
        std::vector<LayerTime> result;
        for (const Timed& step : steps_) result.push_back({step.name, marks_->between(step.from, step.to)});
        return result;
    }

private:
    struct Timed {
        std::string name;
        size_t from, to;  // marks
    };
    std::unique_ptr<Marks> marks_;
    void* stream_;
    std::vector<size_t> starts_;
    std::vector<Timed> steps_;
};

Inferences::Inferences(const EngineShell& engine, api::Reporter& reporter, MemorySource& memory)
    : engine_(engine), reporter_(reporter), context_(engine.engine(), memory) {
    ranDims_.resize(engine.plan().tensors.size());
}

Inferences::~Inferences() {
    std::unique_lock lock(mutex_);
    ran_.wait(lock, [&] {
        return std::all_of(kept_.begin(), kept_.end(), [](const Inference& inference) { return inference.keep; });
    });
}

void requireAligned(const PlanTensor& tensor, const void* address) {
    const auto needed = static_cast<uintptr_t>(bytesFor(tensor.type, 1));
    if (reinterpret_cast<uintptr_t>(address) % needed == 0) return;
    throw Error(ErrorCode::InvalidArgument, tensor.name,
                cat("the address ", address, " is not aligned to ", needed, " bytes, the size of an element"));
}

void* Inferences::allocate(const Inference& inference, int32_t tensor, const std::vector<int64_t>& dims,
                           cudaStream_t stream) const {
    const PlanTensor& output = engine_.tensor(tensor);
    const auto t = static_cast<size_t>(tensor);
    const int64_t bytes = std::max<int64_t>(bytesIn(Format::Linear, output.type, dims), 1);
    void* memory = inference.allocators[t]->reallocateOutputAsync(
        output.name.c_str(), inference.addresses[t], static_cast<uint64_t>(bytes), kDeviceAlignment, stream);
    if (!memory) {
        throw Error(ErrorCode::FailedAllocation, output.name,
                    cat("the output allocator gave no memory when asked for ", bytes, " bytes for the shape ", dims));
    }
    requireAligned(output, memory);
    return memory;
}

void Inferences::notify(const Inference& inference, int32_t tensor, const std::vector<int64_t>& dims) const {
    IOutputAllocator& allocator = *inference.allocators[static_cast<size_t>(tensor)];
    const char* name = engine_.tensor(tensor).name.c_str();
    const Dims64 wide = engine_.visible(dims);
    if (allocator.getInterfaceInfo().major >= 1) return allocator.notifyShape(name, wide);
    // Compiled for 9.x or before, where Dims has 32-bit extents and, once, kinds behind them. As large as what the
    // reference below is declared to refer to.
    struct alignas(Dims64) {
        Dims32 dims{};
        int32_t kinds[Dims32::MAX_DIMS] = {};
    } old;
    static_assert(sizeof(old) >= sizeof(Dims64));
    old.dims.nbDims = wide.nbDims;
    for (int32_t d = 0; d < wide.nbDims; ++d)
        old.dims.d[d] = static_cast<int32_t>(std::min<int64_t>(wide.d[d], INT32_MAX));
    const void* address = &old;
    allocator.notifyShape(name, *static_cast<const Dims64*>(address));
}

//! Brings the executing context to the state of the inference.
void Inferences::prepare(Inference& inference) {
    if (context_.profile() != inference.profile) context_.setProfile(inference.profile);
    context_.setArena(inference.arena);
    context_.setStream(inference.stream);
    context_.setAuxStreams(inference.auxStreams);
    context_.setConsumedEvent(inference.consumed);
    context_.showSteps(inference.showsSteps && ToolRange::isWanted());
    const auto inputs = static_cast<size_t>(engine_.engine().inputCount());
    for (size_t t = 0; t < inference.addresses.size(); ++t) {
        const auto index = static_cast<int32_t>(t);
        if (t < inputs) {
            auto& contents = inference.shapeContents[t];
            context_.setInputDims(index, inference.inputDims[t]);
            context_.setAddress(index, contents.empty() ? inference.addresses[t] : contents.data());
        } else if (inference.allocators[t]) {
            context_.setAddress(index, nullptr);
            context_.setAllocator(index, [this, &inference, index](const auto& dims, int64_t) {
                return inference.addresses[static_cast<size_t>(index)] = allocate(inference, index, dims, nullptr);
            });
        } else {
            context_.setAddress(index, inference.addresses[t]);
            context_.setAllocator(index, nullptr);
        }
    }
}

void Inferences::run(Inference& inference) {
    const std::lock_guard one(running_);
    const ToolRange range(inference.showsSteps ? "ExecutionContext::enqueue" : nullptr);
    prepare(inference);
    const Device& place = engine_.engine().place();
    const bool recorded = inference.timed && place.isRecorded(inference.stream);
    auto stopwatch = inference.timed ? std::make_shared<Stopwatch>(place, inference.stream, recorded) : nullptr;
    DebugWatcher watcher(engine_, inference.watch, inference.stream);
    context_.setWatcher(inference.watch.listener ? &watcher : nullptr);
    context_.run(stopwatch.get());
    for (size_t t = inference.inputDims.size(); t < inference.allocators.size(); ++t) {
        const auto index = static_cast<int32_t>(t);
        if (inference.allocators[t]) notify(inference, index, context_.dims(index));
    }
    const std::lock_guard lock(mutex_);
    if (recorded) recorded_.push_back(stopwatch);
    if (stopwatch) stopwatch_ = std::move(stopwatch);
    for (size_t t = inference.inputDims.size(); t < ranDims_.size(); ++t) {
        ranDims_[t] = context_.dims(static_cast<int32_t>(t));
    }
}

bool Inferences::runAgain(cudaStream_t stream) {
    const std::lock_guard one(running_);
    return context_.runAgain(stream);
}

void Inferences::enqueue(Inference inference, cudaStream_t stream) {
    const CudaRuntime* cuda = CudaRuntime::find();
    inference.owner = this;
    inference.keep = cuda->capturing(stream);
    Inference* kept = nullptr;
    {
        const std::lock_guard lock(mutex_);
        kept = &kept_.emplace_back(std::move(inference));
    }
    try {
        cuda->launch(stream, &Inferences::runInStream, kept);
    } catch (...) {
        const std::lock_guard lock(mutex_);
        kept_.remove_if([&](const Inference& i) { return &i == kept; });
        throw;
    }
}

void Inferences::runInStream(void* inference) {
    auto* kept = static_cast<Inference*>(inference);
    kept->owner->runKept(kept);
}

void Inferences::runKept(Inference* inference) noexcept {
    std::optional<Error> failure;
    try {
        run(*inference);
    } catch (const Error& error) {
        failure = error;
    } catch (const std::exception& error) {
        failure = Error(ErrorCode::Internal, "", error.what());
    } catch (...) {
        failure = Error(ErrorCode::Unspecified, "", "a callback of the application threw");
    }
    if (failure) reporter_.report(*failure);
    const std::lock_guard lock(mutex_);
    if (failure && !error_) error_ = failure;
    if (inference->keep) return;
    kept_.remove_if([&](const Inference& i) { return &i == inference; });
    ran_.notify_all();
}

std::optional<Error> Inferences::takeError() {
    const std::lock_guard lock(mutex_);
    std::optional<Error> error = std::move(error_);
    error_.reset();
    return error;
}

std::vector<LayerTime> Inferences::times() {
    const std::lock_guard lock(mutex_);
    return stopwatch_ ? stopwatch_->times() : std::vector<LayerTime>();
}

std::vector<int64_t> Inferences::ranDims(int32_t tensor) {
    const std::lock_guard lock(mutex_);
    return ranDims_[static_cast<size_t>(tensor)];
}

}  // namespace opentrt::runtime
