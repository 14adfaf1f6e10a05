// SPDX-License-Identifier: Apache-2.0
// Settings and queries of a context; running is in api_context_run.cpp, numbered bindings in api_context_legacy.cpp.
#include "runtime/api_context.h"

#include <algorithm>

#include "runtime/api_cuda.h"

namespace opentrt::runtime {

using api::guarded;

ContextShell::ContextShell(const EngineShell& engine, ExecutionContextAllocationStrategy strategy)
    : engine_(engine),
      leaving_(engine.engine().place()),
      weights_(engine.holdWeights()),
      reporter_(engine.reporter()),
      memory_(engine.memory()),
      front_(engine.engine(), memory_),
      arena_(*engine.memory()),
      inferences_(engine, reporter_, memory_),
      strategy_(strategy),
      nvtx_(engine.getProfilingVerbosity()) {
    mImpl = this;
    allocators_.resize(engine.plan().tensors.size());
    shapeValues_.resize(static_cast<size_t>(engine.engine().inputCount()));
    const int64_t bytes = engine.getDeviceMemorySizeV2();
    if (strategy == ExecutionContextAllocationStrategy::kSTATIC && bytes > 0) arena_.reserve(bytes);
}

int32_t ContextShell::inputOf(const char* name) const {
    const int32_t index = engine_.indexOf(name);
    if (!engine_.tensor(index).isInput) throw Error(ErrorCode::InvalidArgument, name, "the tensor is no input");
    return index;
}

int32_t ContextShell::outputOf(const char* name) const {
    const int32_t index = engine_.indexOf(name);
    if (engine_.tensor(index).isInput) throw Error(ErrorCode::InvalidArgument, name, "the tensor is no output");
    return index;
}

void ContextShell::setDeviceMemory(void* memory) noexcept {
    setDeviceMemoryV2(memory, INT64_MAX);
}

void ContextShell::setDeviceMemoryV2(void* memory, int64_t size) noexcept {
    guarded(reporter_, [&] {
        if (strategy_ != ExecutionContextAllocationStrategy::kUSER_MANAGED) {
            throw Error(ErrorCode::InvalidState, name_,
                        "the context has its own activation memory; create it with kUSER_MANAGED to give it one");
        }
        constexpr uintptr_t kNeeded = 64;
        if (reinterpret_cast<uintptr_t>(memory) % kNeeded != 0) {
            throw Error(ErrorCode::InvalidArgument, name_,
                        cat("the activation memory is not aligned to ", kDeviceAlignment, " bytes"));
        }
        lentMemory_ = memory;
        lentSize_ = size;
    });
}

size_t ContextShell::updateDeviceMemorySizeForShapes() noexcept {
    return guarded(reporter_, size_t{0}, [&] {
        if (!allInputDimensionsSpecified()) {
            throw Error(ErrorCode::InvalidState, name_,
                        "the memory for unknown shapes is asked for; set all input shapes first");
        }
        // At least one alignment unit, because 0 means failure.
        return static_cast<size_t>(std::max<int64_t>(front_.arenaBytesNow(), kDeviceAlignment));
    });
}

bool ContextShell::allInputDimensionsSpecified() const noexcept {
    return guarded(reporter_, false, [&] {
        for (int32_t i = 0; i < engine_.engine().inputCount(); ++i) {
            const auto dims = front_.dims(i);
            if (std::any_of(dims.begin(), dims.end(), [](int64_t d) { return d < 0; })) return false;
        }
        return true;
    });
}

bool ContextShell::allInputShapesSpecified() const noexcept {
    for (int32_t i = 0; i < engine_.engine().inputCount(); ++i) {
        const bool given = front_.address(i) || !shapeValues_[static_cast<size_t>(i)].empty();
        if (engine_.tensor(i).isShapeTensor() && !given) return false;
    }
    return true;
}

bool ContextShell::setOptimizationProfileAsync(int32_t profileIndex, cudaStream_t) noexcept {
    return guarded(reporter_, [&] {
        front_.setProfile(profileIndex);
        shapesRan_ = false;
    });
}

void ContextShell::setShape(int32_t input, const Dims64& dims) {
    if (dims.nbDims < 0 || dims.nbDims > Dims64::MAX_DIMS) {
        throw Error(ErrorCode::InvalidArgument, engine_.tensor(input).name,
                    cat("the shape has ", dims.nbDims, " dimensions when it may have 0 to ", Dims64::MAX_DIMS));
    }
    front_.setInputDims(input, api::toVector(dims));
    shapesRan_ = false;
}

bool ContextShell::setInputShape(char const* tensorName, Dims64 const& dims) noexcept {
    return guarded(reporter_, [&] {
        refuseImplicitBatch("setInputShape");
        setShape(inputOf(tensorName), dims);
    });
}

std::vector<int64_t> ContextShell::shapeOf(int32_t tensor) const {
    std::vector<int64_t> dims = front_.dims(tensor);
    const bool known = std::all_of(dims.begin(), dims.end(), [](int64_t d) { return d >= 0; });
    if (known || !shapesRan_) return dims;
    std::vector<int64_t> ran = inferences_.ranDims(tensor);  // data dependent
    return ran.empty() ? dims : ran;
}

Dims64 ContextShell::getTensorShape(char const* tensorName) const noexcept {
    return guarded(reporter_, api::invalidDims(),
                   [&] { return engine_.visible(shapeOf(engine_.indexOf(tensorName))); });
}

Dims64 ContextShell::getTensorStrides(char const* tensorName) const noexcept {
    return guarded(reporter_, api::invalidDims(), [&] {
        const int32_t index = engine_.indexOf(tensorName);
        std::vector<int64_t> strides = shapeOf(index);
        const auto rank = strides.size();
        int64_t stride = 1;
        for (size_t i = 0; i < rank; ++i) {
            // From the last dimension on, or from the channels when these are last.
            size_t d = rank - 1 - i;
            if (engine_.tensor(index).format == Format::Nhwc) d = i == 0 ? 1 : i == rank - 1 ? 0 : rank - i;
            const int64_t size = strides[d];
            strides[d] = stride;
            stride = stride < 0 || size < 0 ? -1 : stride * size;
        }
        return engine_.visible(std::move(strides));
    });
}

bool ContextShell::setTensorAddress(char const* tensorName, void* data) noexcept {
    return guarded(reporter_, [&] {
        const int32_t index = engine_.indexOf(tensorName);
        front_.setAddress(index, data);
        if (engine_.tensor(index).isInput) shapeValues_[static_cast<size_t>(index)].clear();
    });
}

bool ContextShell::setInputTensorAddress(char const* tensorName, void const* data) noexcept {
    return guarded(reporter_, false, [&] {
        inputOf(tensorName);
        return setTensorAddress(tensorName, const_cast<void*>(data));
    });
}

bool ContextShell::setOutputTensorAddress(char const* tensorName, void* data) noexcept {
    return guarded(reporter_, false, [&] {
        outputOf(tensorName);
        return setTensorAddress(tensorName, data);
    });
}

void const* ContextShell::getTensorAddress(char const* tensorName) const noexcept {
    return guarded(reporter_, static_cast<void*>(nullptr), [&] { return front_.address(engine_.indexOf(tensorName)); });
}

void* ContextShell::getOutputTensorAddress(char const* tensorName) const noexcept {
    return guarded(reporter_, static_cast<void*>(nullptr), [&] { return front_.address(outputOf(tensorName)); });
}

int32_t ContextShell::inferShapes(int32_t nbMaxNames, char const** tensorNames) noexcept {
    return guarded(reporter_, -1, [&] {
        const std::vector<std::string> missing = front_.missing();
        for (size_t i = 0; i < missing.size() && static_cast<int32_t>(i) < nbMaxNames && tensorNames; ++i) {
            tensorNames[i] = engine_.tensor(engine_.indexOf(missing[i].c_str())).name.c_str();
        }
        if (!missing.empty()) return static_cast<int32_t>(missing.size());
        front_.checkValues();
        for (int32_t t = engine_.engine().inputCount(); t < engine_.getNbIOTensors(); ++t) front_.dims(t);
        return 0;
    });
}

bool ContextShell::setInputConsumedEvent(cudaEvent_t event) noexcept {
    consumed_ = event;
    return true;
}

bool ContextShell::setOutputAllocator(char const* tensorName, IOutputAllocator* outputAllocator) noexcept {
    return guarded(reporter_, [&] { allocators_[static_cast<size_t>(outputOf(tensorName))] = outputAllocator; });
}

IOutputAllocator* ContextShell::getOutputAllocator(char const* name) noexcept {
    return guarded(reporter_, static_cast<IOutputAllocator*>(nullptr),
                   [&] { return allocators_[static_cast<size_t>(outputOf(name))]; });
}

int64_t ContextShell::getMaxOutputSize(char const* tensorName) const noexcept {
    return guarded(reporter_, int64_t{-1}, [&] { return front_.mostBytes(outputOf(tensorName)); });
}

bool ContextShell::setTemporaryStorageAllocator(IGpuAllocator* allocator) noexcept {
    return guarded(reporter_, [&] {
        memory_.setTemporary(allocator);
        temporary_ = allocator;
    });
}

bool ContextShell::setNvtxVerbosity(ProfilingVerbosity verbosity) noexcept {
    const auto amount = [](ProfilingVerbosity v) {
        return v == ProfilingVerbosity::kNONE ? 0 : v == ProfilingVerbosity::kLAYER_NAMES_ONLY ? 1 : 2;
    };
    if (amount(verbosity) > amount(engine_.getProfilingVerbosity())) return false;
    nvtx_ = verbosity;
    return true;
}

//! Those beyond what the engine uses are left alone.
void ContextShell::setAuxStreams(cudaStream_t* auxStreams, int32_t nbStreams) noexcept {
    guarded(reporter_, [&] {
        if (nbStreams < 0 || (nbStreams > 0 && !auxStreams)) {
            throw Error(ErrorCode::InvalidArgument, name_,
                        cat("setAuxStreams is given ", nbStreams, " streams", auxStreams ? "" : " at a null address"));
        }
        auxStreams_.assign(auxStreams, auxStreams + std::min(nbStreams, engine_.getNbAuxStreams()));
    });
}

bool ContextShell::setCommunicator(void* communicator) noexcept {
    if (communicator) reporter_.unsupported("a communicator of several devices");
    return !communicator;
}

IRuntimeConfig* ContextShell::getRuntimeConfig() const noexcept {
    return guarded(reporter_, static_cast<IRuntimeConfig*>(nullptr),
                   [&]() -> IRuntimeConfig* { return new RuntimeConfig(strategy_); });
}

std::unique_ptr<ContextShell> makeContext(const EngineShell& engine, ExecutionContextAllocationStrategy strategy) {
    return std::make_unique<ContextShell>(engine, strategy);
}

}  // namespace opentrt::runtime
