// SPDX-License-Identifier: Apache-2.0
#include "runtime/context.h"

#include <algorithm>
#include <set>

#include "base/error.h"

namespace opentrt {

namespace {

const PlanTensor& tensorAt(const Engine& engine, int32_t index) {
    return engine.plan().tensors[static_cast<size_t>(index)];
}

}  // namespace

Context::Context(const Engine& engine, MemorySource& memory)
    : engine_(engine), memory_(memory), replay_(engine.place()) {
    const size_t tensors = engine.plan().tensors.size();
    inputDims_.resize(static_cast<size_t>(engine.inputCount()));
    addresses_.assign(tensors, nullptr);
    allocators_.resize(tensors);
    ranDims_.resize(tensors);
    staged_.resize(tensors);
    setProfile(0);
}

Executor& Context::executor() const {
    if (generation_ != engine_.generation()) {
        executor_ = std::make_unique<Executor>(engine_, 0, memory_);
        generation_ = engine_.generation();
        replay_.clear();
        last_ = nullptr;
    }
    return *executor_;
}

void Context::setProfile(int32_t profile) {
    const auto count = static_cast<int32_t>(engine_.plan().profiles.size());
    if (profile < 0 || profile >= count) {
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("optimization profile ", profile, " is set when the engine has ", count));
    }
    profile_ = profile;
    for (int32_t i = 0; i < engine_.inputCount(); ++i) {
        const ProfileRange& range =
            engine_.plan().profiles[static_cast<size_t>(profile)].inputs[static_cast<size_t>(i)];
        auto& dims = inputDims_[static_cast<size_t>(i)];
        dims.reset();
        if (range.dims[0] == range.dims[2]) dims = range.dims[0];
    }
}

const ProfileRange& Context::rangeOf(int32_t input) const {
    return engine_.plan().profiles[static_cast<size_t>(profile_)].inputs[static_cast<size_t>(input)];
}

void requireValues(const PlanTensor& tensor, const ProfileRange& range, int32_t profile, const void* contents) {
    if (!tensor.isShapeTensor() || range.values[0].empty() || range.values[2].empty()) return;
    const Tensor values = Tensor::borrow(tensor.type, staticDims(tensor.shape), contents);
    for (size_t e = 0; e < tensor.elements.size(); ++e) {
        const int64_t value = values.getInt(static_cast<int64_t>(e));
        if (value >= range.values[0][e] && value <= range.values[2][e]) continue;
        throw Error(ErrorCode::InvalidArgument, tensor.name,
                    cat("element ", e, " of the shape tensor is ", value, " when profile ", profile, " allows ",
                        range.values[0][e], " to ", range.values[2][e]));
    }
}

void Context::checkValues() const {
    for (int32_t i = 0; i < engine_.inputCount(); ++i) {
        const void* contents = addresses_[static_cast<size_t>(i)];
        if (contents) requireValues(tensorAt(engine_, i), rangeOf(i), profile_, contents);
    }
}

void Context::checkRange(int32_t input, const std::vector<int64_t>& dims) const {
    const PlanTensor& tensor = tensorAt(engine_, input);
    if (dims.size() != tensor.shape.size()) {
        throw Error(
            ErrorCode::InvalidArgument, tensor.name,
            cat("the shape ", dims, " has ", dims.size(), " dimensions when the input has ", tensor.shape.size()));
    }
    const ProfileRange& range = rangeOf(input);
    for (size_t d = 0; d < dims.size(); ++d) {
        if (dims[d] >= range.dims[0][d] && dims[d] <= range.dims[2][d]) continue;
        throw Error(ErrorCode::InvalidArgument, tensor.name,
                    cat("dimension ", d, " of the shape ", dims, " is ", dims[d], " when profile ", profile_,
                        " allows ", range.dims[0][d], " to ", range.dims[2][d]));
    }
}

void Context::setInputDims(int32_t input, const std::vector<int64_t>& dims) {
    checkRange(input, dims);
    inputDims_[static_cast<size_t>(input)] = dims;
    for (auto& ran : ranDims_) ran.clear();
}

void Context::addElements(int32_t input, SymbolValues& symbols) const {
    const PlanTensor& tensor = tensorAt(engine_, input);
    const void* data = addresses_[static_cast<size_t>(input)];
    const auto& dims = inputDims_[static_cast<size_t>(input)];
    if (!tensor.isShapeTensor() || !data || !dims) return;
    const Tensor contents = Tensor::borrow(tensor.type, *dims, data);
    for (size_t e = 0; e < tensor.elements.size(); ++e) {
        if (!tensor.elements[e].isSymbol()) continue;
        symbols[tensor.elements[e].symbolName()] = contents.getInt(static_cast<int64_t>(e));
    }
}

SymbolValues Context::symbols(bool withContents) const {
    SymbolValues result;
    for (int32_t i = 0; i < engine_.inputCount(); ++i) {
        const auto& dims = inputDims_[static_cast<size_t>(i)];
        if (!dims) continue;
        const PlanTensor& tensor = tensorAt(engine_, i);
        for (size_t d = 0; d < dims->size(); ++d) {
            if (!tensor.shape[d].isSymbol()) continue;
            const auto [at, isNew] = result.try_emplace(tensor.shape[d].symbolName(), (*dims)[d]);
            if (!isNew && at->second != (*dims)[d]) {
                throw Error(ErrorCode::InvalidArgument, tensor.name,
                            cat("dimension ", d, " (", tensor.shape[d], ") is ", (*dims)[d],
                                " when another input of the same name has ", at->second));
            }
        }
        if (withContents) addElements(i, result);
    }
    return result;
}

std::vector<int64_t> Context::dims(int32_t tensor) const {
    const PlanTensor& t = tensorAt(engine_, tensor);
    if (t.isInput) {
        const auto& given = inputDims_[static_cast<size_t>(tensor)];
        if (given) return *given;
    } else if (!ranDims_[static_cast<size_t>(tensor)].empty()) {
        return ranDims_[static_cast<size_t>(tensor)];
    }
    const SymbolValues values = symbols(true);
    std::vector<int64_t> result;
    for (const Dim& d : t.shape) {
        std::set<std::string> needed;
        d.collectSymbols(needed);
        const bool known =
            std::all_of(needed.begin(), needed.end(), [&](const auto& s) { return values.count(s) > 0; });
        result.push_back(known ? d.eval(values) : -1);
    }
    return result;
}

int64_t Context::mostBytes(int32_t output) const {
    SymbolRanges ranges;
    for (const auto& [symbol, value] : symbols(true)) ranges[symbol] = {value, value};
    for (const PlanBound& bound : engine_.plan().bounds) {
        ranges[bound.symbol] = {0, std::max<int64_t>(bound.most.bounds(ranges).max, 0)};
    }
    const PlanTensor& tensor = tensorAt(engine_, output);
    int64_t count = 1;
    for (const Dim& d : tensor.shape) {
        std::set<std::string> needed;
        d.collectSymbols(needed);
        const bool known =
            std::all_of(needed.begin(), needed.end(), [&](const auto& s) { return ranges.count(s) > 0; });
        const int64_t most = known ? d.bounds(ranges).max : INT32_MAX;
        if (most >= INT32_MAX || __builtin_mul_overflow(count, most, &count)) return -1;
    }
    return bytesFor(tensor.type, count);
}

int64_t Context::arenaBytesNow() const {
    return executor().arenaBytesAt(symbols(true), profile_);
}

std::vector<std::string> Context::missing() const {
    std::vector<std::string> names;
    for (int32_t i = 0; i < engine_.inputCount(); ++i) {
        const PlanTensor& t = tensorAt(engine_, i);
        const bool noContents = t.isShapeTensor() && !addresses_[static_cast<size_t>(i)];
        if (!inputDims_[static_cast<size_t>(i)] || noContents) names.push_back(t.name);
    }
    return names;
}

void Context::setAllocator(int32_t output, std::function<void*(const std::vector<int64_t>&, int64_t)> allocator) {
    allocators_[static_cast<size_t>(output)] = std::move(allocator);
}

void Context::setStream(void* stream) {
    stream_ = stream;
    executor().setStream(stream);
}

void Context::setWatcher(TensorWatcher* watcher) {
    isWatched_ = watcher != nullptr;
    executor().setWatcher(watcher);
}

//! Whether the inference may be started as a recording: nothing looks at its steps, and the caller does not record.
bool Context::replays(const std::vector<const void*>& in, const std::vector<void*>& out, bool observed) const {
    if (!replay_.isOn() || observed || isWatched_ || !executor().isReplayable()) return false;
    for (int32_t t = 0; t < static_cast<int32_t>(in.size() + out.size()); ++t) {
        if (isStaged(t)) return false;
    }
    return std::all_of(out.begin(), out.end(), [](void* address) { return address != nullptr; }) &&
           !engine_.place().isRecorded(stream_);
}

Replay::Key Context::replayKey(const std::vector<const void*>& in, const std::vector<void*>& out) const {
    Replay::Key key = executor().replayKey();
    key.addresses.insert(key.addresses.end(), in.begin(), in.end());
    key.addresses.insert(key.addresses.end(), out.begin(), out.end());
    key.addresses.push_back(consumed_);
    return key;
}

//! Shape tensors are on the host for the caller, whatever the device.
bool Context::isStaged(int32_t tensor) const {
    const PlanTensor& t = tensorAt(engine_, tensor);
    return !engine_.place().isHost() && (t.isShapeTensor() || t.onHost);
}

void* Context::stage(int32_t tensor, int64_t bytes) {
    auto& block = staged_[static_cast<size_t>(tensor)];
    if (!block) block = std::make_unique<Block>(memory_);
    return block->reserve(std::max<int64_t>(bytes, 1));
}

//! Puts device memory in the place of host memory where needed; returns the outputs to be brought back.
std::vector<Context::Staged> Context::stageAll(std::vector<const void*>& in, std::vector<void*>& out) {
    std::vector<Staged> results;
    for (int32_t t = 0; t < static_cast<int32_t>(addresses_.size()); ++t) {
        const auto index = static_cast<size_t>(t);
        if (!isStaged(t) || !addresses_[index]) continue;
        const bool isInput = index < in.size();
        const auto dims = isInput ? *inputDims_[index] : executor().outputDims(t - engine_.inputCount());
        const int64_t bytes = bytesIn(Format::Linear, tensorAt(engine_, t).type, dims);
        void* memory = stage(t, bytes);
        if (isInput) {
            engine_.place().upload(memory, addresses_[index], bytes, stream_);
            in[index] = memory;
        } else {
            results.push_back({addresses_[index], memory, bytes});
            out[index - in.size()] = memory;
        }
    }
    return results;
}

void Context::prepare() {
    if (const auto names = missing(); !names.empty()) {
        throw Error(ErrorCode::InvalidState, names[0],
                    "the input's shape is not set; call setInputShape (and set the address of shape tensors) first");
    }
    checkValues();
    engine_.requireWeights();
    executor().setShapes(symbols(true), profile_);
    for (int32_t i = 0; i < engine_.inputCount(); ++i) {
        const std::vector<int64_t> own = executor().inputDims(i), &set = *inputDims_[static_cast<size_t>(i)];
        if (own == set) continue;
        throw Error(ErrorCode::InvalidArgument, tensorAt(engine_, i).name,
                    cat("the shape ", set, " is set when the plan was made for ", own));
    }
}

bool Context::runAgain(void* stream) {
    if (!last_ || generation_ != engine_.generation() || engine_.place().isRecorded(stream)) return false;
    last_->start(stream);
    return true;
}

void Context::run(StepObserver* observer) {
    last_ = nullptr;
    prepare();
    const auto inputs = static_cast<size_t>(engine_.inputCount());
    std::vector<const void*> in(addresses_.begin(), addresses_.begin() + static_cast<long>(inputs));
    std::vector<void*> out(addresses_.begin() + static_cast<long>(inputs), addresses_.end());
    for (size_t i = 0; i < inputs; ++i) {
        if (!in[i] && volumeOf(*inputDims_[i]) > 0) {
            throw Error(ErrorCode::InvalidState, tensorAt(engine_, static_cast<int32_t>(i)).name,
                        "no address is set for this input");
        }
    }
    for (size_t o = 0; o < out.size(); ++o) {
        const auto tensor = static_cast<int32_t>(inputs + o);
        if (!out[o] && !allocators_[inputs + o] && volumeOf(executor().outputDims(static_cast<int>(o))) != 0) {
            throw Error(ErrorCode::InvalidState, tensorAt(engine_, tensor).name,
                        "no address and no output allocator is set for this output");
        }
    }
    const std::vector<Staged> results = stageAll(in, out);
    const OutputAllocator allocate = [&](int index, const std::vector<int64_t>& dims, int64_t bytes) -> void* {
        const auto& allocator = allocators_[inputs + static_cast<size_t>(index)];
        return allocator ? allocator(dims, bytes) : nullptr;
    };
    const auto runIn = [&](void* stream, bool isRecording) {
        std::function<void(void*)> signal;
        if (consumed_) {
            signal = [this, isRecording](void* read) { engine_.place().signal(consumed_, read, isRecording); };
        }
        executor().setInputsRead(std::move(signal));
        executor().setStream(stream);
        // What others may put into the caller's streams meanwhile does not belong into a recording.
        executor().setAuxStreams(isRecording ? std::vector<void*>() : auxStreams_);
        executor().setRecorded(isRecording || engine_.place().isRecorded(stream));
        executor().run(in, out, allocate, observer);
    };
    if (replays(in, out, observer != nullptr)) {
        last_ = replay_.run(replayKey(in, out), stream_, [&](void* stream) { runIn(stream, stream != stream_); });
        executor().setStream(stream_);
    } else {
        runIn(stream_, false);
    }
    for (const Staged& r : results) engine_.place().download(r.host, r.device, r.bytes, stream_);
    for (size_t o = 0; o < out.size(); ++o) ranDims_[inputs + o] = executor().outputDims(static_cast<int>(o));
}

}  // namespace opentrt
