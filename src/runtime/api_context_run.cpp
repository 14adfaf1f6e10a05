// SPDX-License-Identifier: Apache-2.0
// How a context runs: an inference is made from what is set, checked, and run now or put into a stream. It runs now
// when nothing else is possible: without a CUDA runtime, when layer times shall be reported at once, and when an
// output's size depends on the data, because its allocator belongs to the thread that enqueues.
#include <algorithm>

#include "runtime/api_context.h"
#include "runtime/api_cuda.h"
#include "runtime/tool_range.h"

namespace opentrt::runtime {

using api::guarded;

namespace {

bool isKnown(const std::vector<int64_t>& dims) {
    return std::all_of(dims.begin(), dims.end(), [](int64_t d) { return d >= 0; });
}

}  // namespace

void ContextShell::refuseImplicitBatch(const char* call) const {
    if (!engine_.plan().implicitBatch) return;
    throw Error(
        ErrorCode::InvalidState, name_,
        cat(call,
            " is called on an engine with an implicit batch dimension; use execute() or enqueue() with a batch size"));
}

std::vector<void*> ContextShell::addresses() const {
    std::vector<void*> result;
    for (int32_t t = 0; t < engine_.getNbIOTensors(); ++t) result.push_back(front_.address(t));
    return result;
}

std::vector<void*> ContextShell::addressesOf(void* const* bindings) const {
    if (!bindings) throw Error(ErrorCode::InvalidArgument, name_, "the array of bindings is null");
    return {bindings, bindings + engine_.getNbIOTensors()};
}

void* ContextShell::arena() const {
    const int64_t needed = front_.arenaBytesNow();
    if (strategy_ != ExecutionContextAllocationStrategy::kUSER_MANAGED) {
        if (arena_.data() && arena_.size() < needed) {
            throw Error(ErrorCode::InvalidState, name_,
                        cat("the context has ", arena_.size(),
                            " bytes of activation memory when the refitted engine "
                            "needs ",
                            needed, "; make a new context"));
        }
        return arena_.data();
    }
    if (needed == 0) return nullptr;
    if (!lentMemory_ || lentSize_ < needed) {
        throw Error(ErrorCode::InvalidState, name_,
                    cat("the context has ", lentMemory_ ? lentSize_ : 0, " bytes of activation memory when profile ",
                        front_.profile(), " needs ", needed, "; give them with setDeviceMemoryV2"));
    }
    return lentMemory_;
}

void ContextShell::addContents(Inference& inference, size_t input) const {
    const PlanTensor& tensor = engine_.tensor(static_cast<int32_t>(input));
    auto& contents = inference.shapeContents.emplace_back();
    if (!tensor.isShapeTensor()) return;
    contents = shapeValues_[input];
    const auto* data = static_cast<const uint8_t*>(inference.addresses[input]);
    if (contents.empty() && data)
        contents.assign(data, data + bytesIn(Format::Linear, tensor.type, inference.inputDims[input]));
    if (contents.empty()) return;
    const auto profile = static_cast<size_t>(inference.profile);
    requireValues(tensor, engine_.plan().profiles[profile].inputs[input], inference.profile, contents.data());
}

void ContextShell::checkAddresses(const Inference& inference) const {
    for (size_t t = 0; t < inference.addresses.size(); ++t) {
        const PlanTensor& tensor = engine_.tensor(static_cast<int32_t>(t));
        const bool given = tensor.isInput ? inference.addresses[t] || !inference.shapeContents[t].empty()
                                          : inference.addresses[t] || inference.allocators[t];
        requireAligned(tensor, inference.addresses[t]);
        if (given) continue;
        const auto dims = front_.dims(static_cast<int32_t>(t));
        if (isKnown(dims) && volumeOf(dims) == 0) continue;
        throw Error(ErrorCode::InvalidState, tensor.name,
                    cat("no address is set for this ", tensor.isInput ? "input" : "output",
                        "; set it with setTensorAddress, or with a binding"));
    }
}

Inference ContextShell::makeInference(std::vector<void*> addresses) const {
    if (auto earlier = inferences_.takeError()) throw *earlier;
    Inference inference;
    inference.profile = front_.profile();
    inference.addresses = std::move(addresses);
    inference.allocators = allocators_;
    inference.timed = profiler_ != nullptr;
    inference.showsSteps = nvtx_ != ProfilingVerbosity::kNONE;
    if (watch_.listener) inference.watch = watch_;
    for (int32_t i = 0; i < engine_.engine().inputCount(); ++i) {
        inference.inputDims.push_back(front_.dims(i));
        if (!isKnown(inference.inputDims.back())) {
            throw Error(ErrorCode::InvalidState, engine_.tensor(i).name,
                        "the shape of this input is not set; call setInputShape first");
        }
        addContents(inference, static_cast<size_t>(i));
    }
    checkAddresses(inference);
    inference.auxStreams = auxStreams_;
    inference.arena = arena();
    inference.arenaRoom = lentSize_;
    return inference;
}

//! Compares all that makeInference() and start() look at. On the host, with shape tensors, allocators and whoever looks
//! at layers it takes the long way.
bool ContextShell::isLast() const {
    if (!last_ || profiler_ || watch_.listener || ToolRange::isWanted()) return false;
    if (last_->profile != front_.profile() || last_->consumed != consumed_) return false;
    for (size_t t = 0; t < allocators_.size(); ++t) {
        if (allocators_[t] || last_->addresses[t] != front_.address(static_cast<int32_t>(t))) return false;
    }
    for (size_t i = 0; i < last_->inputDims.size(); ++i) {
        if (!last_->shapeContents[i].empty() || front_.givenDims(static_cast<int32_t>(i)) != last_->inputDims[i])
            return false;
    }
    const bool lent = strategy_ == ExecutionContextAllocationStrategy::kUSER_MANAGED;
    return !lent || (last_->arena == lentMemory_ && last_->arenaRoom == lentSize_);
}

void ContextShell::runNow(Inference inference) {
    last_.reset();
    inferences_.run(inference);
    shapesRan_ = true;
    for (size_t t = inference.inputDims.size(); t < inference.addresses.size(); ++t) {
        if (inference.allocators[t]) front_.setAddress(static_cast<int32_t>(t), inference.addresses[t]);
    }
    last_ = std::move(inference);
}

void ContextShell::giveKnownMemory(Inference& inference, cudaStream_t stream) const {
    for (size_t t = inference.inputDims.size(); t < inference.addresses.size(); ++t) {
        if (!inference.allocators[t]) continue;
        const auto index = static_cast<int32_t>(t);
        const auto dims = front_.dims(index);
        inference.addresses[t] = inferences_.allocate(inference, index, dims, stream);
        inferences_.notify(inference, index, dims);
        inference.allocators[t] = nullptr;
    }
}

void ContextShell::start(Inference inference, cudaStream_t stream, cudaEvent_t consumed) {
    inference.stream = stream;
    const CudaRuntime* cuda = CudaRuntime::find();
    const Device& place = engine_.engine().place();
    if (!place.isHost()) inference.consumed = std::exchange(consumed, nullptr);
    bool now = !cuda || !place.isHost() || (profiler_ && emitsProfile_);
    for (size_t t = inference.inputDims.size(); t < inference.allocators.size(); ++t) {
        if (inference.allocators[t] && !isKnown(front_.dims(static_cast<int32_t>(t)))) now = true;
    }
    if (now) {
        if (cuda && place.isHost()) {
            if (cuda->capturing(stream)) {
                throw Error(ErrorCode::Unsupported, name_,
                            "the stream is being captured when the inference must run at once: it has a profiler or an "
                            "output of data-dependent size");
            }
            cuda->synchronize(stream);
        }
        const bool told = profiler_ && emitsProfile_ && !place.isRecorded(stream);  // what is recorded is not done yet
        runNow(std::move(inference));
        if (told) report();
    } else {
        giveKnownMemory(inference, stream);
        inferences_.enqueue(std::move(inference), stream);
        shapesRan_ = true;
    }
    lastStream_ = stream;
    enqueued_ = true;
    if (cuda && consumed) cuda->record(consumed, stream);
}

void ContextShell::report() const {
    for (const LayerTime& layer : inferences_.times()) profiler_->reportLayerTime(layer.name.c_str(), layer.ms);
}

bool ContextShell::executeV2(void* const* bindings) noexcept {
    return guarded(reporter_, [&] {
        const OnDevice here(engine_.engine().place());
        refuseImplicitBatch("executeV2");
        runNow(makeInference(addressesOf(bindings)));
        engine_.engine().place().synchronize(nullptr);
        if (profiler_) report();
    });
}

bool ContextShell::enqueueV3(cudaStream_t stream) noexcept {
    return guarded(reporter_, [&] {
        const OnDevice here(engine_.engine().place());
        refuseImplicitBatch("enqueueV3");
        if (isLast() && inferences_.runAgain(stream)) {
            lastStream_ = stream;
            enqueued_ = shapesRan_ = true;
            return;
        }
        start(makeInference(addresses()), stream, consumed_);
    });
}

bool ContextShell::reportToProfiler() const noexcept {
    return guarded(reporter_, [&] {
        const OnDevice here(engine_.engine().place());
        if (!profiler_) throw Error(ErrorCode::InvalidState, name_, "the context has no profiler");
        if (!enqueued_) throw Error(ErrorCode::InvalidState, name_, "no inference was enqueued");
        if (const CudaRuntime* cuda = CudaRuntime::find()) cuda->synchronize(lastStream_);
        report();
    });
}

}  // namespace opentrt::runtime
