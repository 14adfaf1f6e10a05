// SPDX-License-Identifier: Apache-2.0
#include "runtime/api_engine.h"

#include <algorithm>
#include <cstring>

#include "api/host_memory.h"
#include "plan/serialize.h"
#include "plan/strip.h"
#include "runtime/api_context.h"
#include "runtime/api_debug.h"
#include "runtime/api_inspector.h"
#include "runtime/api_memory.h"

namespace opentrt::runtime {

using api::guarded;

EngineShell::EngineShell(const api::Reporter& reporter, Plan plan, IGpuAllocator* allocator, const Backend* plugins)
    : reporter_(reporter), engine_(std::move(plan), plugins, makeMemorySource(allocator)) {
    mImpl = this;
    makeNames();
}

namespace {

//! What the interface calls the order of a tensor's elements.
struct FormatName {
    TensorFormat format;
    const char* name;
};
FormatName formatOf(const PlanTensor& t) {
    if (t.format == Format::Linear) return {TensorFormat::kLINEAR, "kLINEAR"};
    return t.shape.size() == 4 ? FormatName{TensorFormat::kHWC, "kHWC"} : FormatName{TensorFormat::kDHWC, "kDHWC"};
}

}  // namespace

void EngineShell::makeNames() {
    for (size_t p = 0; p < plan().profiles.size(); ++p) {
        for (const PlanTensor& t : plan().tensors) {
            bindingNames_.push_back(p == 0 ? t.name : cat(t.name, " [profile ", p, "]"));
        }
        for (const ProfileRange& input : plan().profiles[p].inputs) {
            for (const auto& values : input.values) {
                if (!values.empty()) narrow_[values.data()] = {values.begin(), values.end()};
            }
        }
    }
    for (const PlanTensor& t : plan().tensors) {
        formatTexts_.push_back(cat(formatText(t.format, t.type), " format (", formatOf(t).name, ")"));
    }
}

int32_t EngineShell::indexOf(const char* name) const {
    const int32_t index = name ? engine_.tensorIndex(name) : -1;
    if (index < 0) {
        throw Error(ErrorCode::InvalidArgument, name ? name : "", "the engine has no input or output of this name");
    }
    return index;
}

Dims64 EngineShell::visible(std::vector<int64_t> dims) const {
    if (plan().implicitBatch && !dims.empty()) dims.erase(dims.begin());
    return api::toDims(dims);
}

void EngineShell::checkProfile(int32_t profile) const {
    if (profile < 0 || profile >= getNbOptimizationProfiles()) {
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("profile ", profile, " is asked for when the engine has ", getNbOptimizationProfiles()));
    }
}

const ProfileRange& EngineShell::range(int32_t tensorIndex, int32_t profile) const {
    checkProfile(profile);
    if (!tensor(tensorIndex).isInput) {
        throw Error(ErrorCode::InvalidArgument, tensor(tensorIndex).name, "a profile has shapes of inputs only");
    }
    return plan().profiles[static_cast<size_t>(profile)].inputs[static_cast<size_t>(tensorIndex)];
}

int32_t EngineShell::getNbLayers() const noexcept {
    return static_cast<int32_t>(plan().programs[0].steps.size());
}

int32_t EngineShell::getNbAuxStreams() const noexcept {
    int32_t most = 0;
    for (const PlanStep& step : plan().programs[0].steps) most = std::max(most, step.lane);
    return most;
}

int32_t EngineShell::getNbOptimizationProfiles() const noexcept {
    return static_cast<int32_t>(plan().profiles.size());
}

IHostMemory* EngineShell::serialized(Plan plan) const {
    std::unique_ptr<api::HostMemory> memory;
    serializeInto(std::move(plan), [&](size_t bytes) {
        memory = std::make_unique<api::HostMemory>(bytes);
        return memory->data();
    });
    return memory.release();
}

IHostMemory* EngineShell::serialize() const noexcept {
    return guarded(reporter_, static_cast<IHostMemory*>(nullptr), [&] { return serialized(plan()); });
}

IHostMemory* EngineShell::serializeWithConfig(ISerializationConfig& config) const noexcept {
    return guarded(reporter_, static_cast<IHostMemory*>(nullptr), [&] {
        Plan copy = plan();
        if (config.getFlag(SerializationFlag::kEXCLUDE_WEIGHTS)) strip(copy);
        return serialized(std::move(copy));
    });
}

IExecutionContext* EngineShell::createExecutionContext(ExecutionContextAllocationStrategy strategy) noexcept {
    return guarded(reporter_, static_cast<IExecutionContext*>(nullptr), [&]() -> IExecutionContext* {
        const OnDevice here(engine_.place());
        {
            const std::lock_guard lock(loading_);
            engine_.makeReady();
        }
        return makeContext(*this, strategy).release();
    });
}

IExecutionContext* EngineShell::createExecutionContextWithoutDeviceMemory() noexcept {
    return createExecutionContext(ExecutionContextAllocationStrategy::kUSER_MANAGED);
}

IExecutionContext* EngineShell::createExecutionContextWithRuntimeConfig(IRuntimeConfig* runtimeConfig) noexcept {
    return createExecutionContext(runtimeConfig ? runtimeConfig->getExecutionContextAllocationStrategy()
                                                : ExecutionContextAllocationStrategy::kSTATIC);
}

IRuntimeConfig* EngineShell::createRuntimeConfig() noexcept {
    return guarded(reporter_, static_cast<IRuntimeConfig*>(nullptr),
                   [&]() -> IRuntimeConfig* { return new RuntimeConfig(ExecutionContextAllocationStrategy::kSTATIC); });
}

ISerializationConfig* EngineShell::createSerializationConfig() noexcept {
    return guarded(reporter_, static_cast<ISerializationConfig*>(nullptr),
                   [&]() -> ISerializationConfig* { return new SerializationConfig(reporter_); });
}

IEngineInspector* EngineShell::createEngineInspector() const noexcept {
    return guarded(reporter_, static_cast<IEngineInspector*>(nullptr),
                   [&]() -> IEngineInspector* { return makeInspector(*this).release(); });
}

IRefitter* EngineShell::createRefitter(ILogger& logger) noexcept {
    const RefitterMaker make = makeRefitter;
    return make ? make(*this, logger) : nullptr;
}

size_t EngineShell::getDeviceMemorySize() const noexcept {
    return static_cast<size_t>(getDeviceMemorySizeV2());
}
size_t EngineShell::getDeviceMemorySizeForProfile(int32_t profileIndex) const noexcept {
    return static_cast<size_t>(std::max<int64_t>(getDeviceMemorySizeForProfileV2(profileIndex), 0));
}
int64_t EngineShell::getDeviceMemorySizeV2() const noexcept {
    const auto& bytes = plan().programs[0].arenaBytes;
    return bytes.empty() ? 0 : *std::max_element(bytes.begin(), bytes.end());
}
int64_t EngineShell::getDeviceMemorySizeForProfileV2(int32_t profileIndex) const noexcept {
    return guarded(reporter_, int64_t{-1}, [&] {
        checkProfile(profileIndex);
        const auto& bytes = plan().programs[0].arenaBytes;
        return bytes.empty() ? int64_t{0} : bytes[static_cast<size_t>(profileIndex)];
    });
}

EngineCapability EngineShell::getEngineCapability() const noexcept {
    return static_cast<EngineCapability>(plan().capability);
}
TacticSources EngineShell::getTacticSources() const noexcept {
    return static_cast<TacticSources>(plan().tacticSources);
}
ProfilingVerbosity EngineShell::getProfilingVerbosity() const noexcept {
    return static_cast<ProfilingVerbosity>(plan().verbosity);
}
HardwareCompatibilityLevel EngineShell::getHardwareCompatibilityLevel() const noexcept {
    return HardwareCompatibilityLevel{};
}

Dims64 EngineShell::getTensorShape(char const* tensorName) const noexcept {
    return guarded(reporter_, api::invalidDims(), [&] {
        std::vector<int64_t> dims;
        for (const Dim& d : tensor(indexOf(tensorName)).shape) dims.push_back(d.isConstant() ? d.constant() : -1);
        return visible(std::move(dims));
    });
}

DataType EngineShell::getTensorDataType(char const* tensorName) const noexcept {
    return guarded(reporter_, DataType::kFLOAT, [&] { return api::toDataType(tensor(indexOf(tensorName)).type); });
}

TensorLocation EngineShell::getTensorLocation(char const* tensorName) const noexcept {
    return guarded(reporter_, TensorLocation::kDEVICE, [&] {
        return tensor(indexOf(tensorName)).onHost ? TensorLocation::kHOST : TensorLocation::kDEVICE;
    });
}

bool EngineShell::isShapeInferenceIO(char const* tensorName) const noexcept {
    return guarded(reporter_, false, [&] {
        const PlanTensor& t = tensor(indexOf(tensorName));
        return t.isInput ? t.isShapeTensor() : t.onHost;
    });
}

TensorIOMode EngineShell::getTensorIOMode(char const* tensorName) const noexcept {
    const int32_t index = tensorName ? engine_.tensorIndex(tensorName) : -1;
    if (index < 0) return TensorIOMode::kNONE;
    return tensor(index).isInput ? TensorIOMode::kINPUT : TensorIOMode::kOUTPUT;
}

Dims64 EngineShell::getProfileShape(char const* tensorName, int32_t profileIndex,
                                    OptProfileSelector select) const noexcept {
    return guarded(reporter_, api::invalidDims(),
                   [&] { return visible(range(indexOf(tensorName), profileIndex).dims[static_cast<size_t>(select)]); });
}

int64_t const* EngineShell::getProfileTensorValuesV2(char const* tensorName, int32_t profileIndex,
                                                     OptProfileSelector select) const noexcept {
    return guarded(reporter_, static_cast<int64_t const*>(nullptr), [&]() -> int64_t const* {
        const auto& values = range(indexOf(tensorName), profileIndex).values[static_cast<size_t>(select)];
        return values.empty() ? nullptr : values.data();
    });
}

int32_t const* EngineShell::getProfileTensorValues(char const* tensorName, int32_t profileIndex,
                                                   OptProfileSelector select) const noexcept {
    const int64_t* wide = getProfileTensorValuesV2(tensorName, profileIndex, select);
    return wide ? narrow_.at(wide).data() : nullptr;
}

char const* EngineShell::getIOTensorName(int32_t index) const noexcept {
    return guarded(reporter_, static_cast<char const*>(nullptr), [&] {
        if (index < 0 || index >= getNbIOTensors()) {
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("tensor ", index, " is asked for when the engine has ", getNbIOTensors()));
        }
        return tensor(index).name.c_str();
    });
}

int32_t EngineShell::getTensorBytesPerComponent(char const* tensorName) const noexcept {
    return getTensorBytesPerComponentV2(tensorName, 0);
}
int32_t EngineShell::getTensorComponentsPerElement(char const* tensorName) const noexcept {
    return getTensorComponentsPerElementV2(tensorName, 0);
}
TensorFormat EngineShell::getTensorFormat(char const* tensorName) const noexcept {
    return getTensorFormatV2(tensorName, 0);
}
char const* EngineShell::getTensorFormatDesc(char const* tensorName) const noexcept {
    return getTensorFormatDescV2(tensorName, 0);
}
int32_t EngineShell::getTensorVectorizedDim(char const* tensorName) const noexcept {
    return getTensorVectorizedDimV2(tensorName, 0);
}

// Inputs and outputs are linear or have the channels last, in every profile, so nothing is vectorized.
int32_t EngineShell::getTensorBytesPerComponentV2(char const* tensorName, int32_t profileIndex) const noexcept {
    return getTensorVectorizedDimV2(tensorName, profileIndex);
}
int32_t EngineShell::getTensorComponentsPerElementV2(char const* tensorName, int32_t profileIndex) const noexcept {
    return getTensorVectorizedDimV2(tensorName, profileIndex);
}
int32_t EngineShell::getTensorVectorizedDimV2(char const* tensorName, int32_t profileIndex) const noexcept {
    return guarded(reporter_, -1, [&] {
        indexOf(tensorName);
        checkProfile(profileIndex);
        return -1;
    });
}
TensorFormat EngineShell::getTensorFormatV2(char const* tensorName, int32_t profileIndex) const noexcept {
    return guarded(reporter_, TensorFormat::kLINEAR, [&] {
        const PlanTensor& t = tensor(indexOf(tensorName));
        checkProfile(profileIndex);
        return formatOf(t).format;
    });
}
char const* EngineShell::getTensorFormatDescV2(char const* tensorName, int32_t profileIndex) const noexcept {
    return guarded(reporter_, static_cast<char const*>(""), [&] {
        checkProfile(profileIndex);
        return formatTexts_[static_cast<size_t>(indexOf(tensorName))].c_str();
    });
}

bool EngineShell::isDebugTensor(char const* name) const noexcept {
    return guarded(reporter_, false, [&] { return name && debugTensors(plan()).count(name) > 0; });
}

// The older budget counts what a context needs to bring weights, and 0 stands for no streaming.
bool EngineShell::setWeightStreamingBudget(int64_t gpuMemoryBudget) noexcept {
    const int64_t all = getStreamableWeightsSize(), least = getMinimumWeightStreamingBudget();
    if (gpuMemoryBudget == 0) return setWeightStreamingBudgetV2(all);
    if (gpuMemoryBudget == -1) return setWeightStreamingBudgetV2(getWeightStreamingAutomaticBudget() >= all ? all : 0);
    return guarded(reporter_, [&] {
        if (gpuMemoryBudget < least) {
            throw Error(
                ErrorCode::InvalidArgument, getName(),
                cat("the weight streaming budget is ", gpuMemoryBudget, " bytes when the engine needs ", least));
        }
        if (!setWeightStreamingBudgetV2(std::min(gpuMemoryBudget - least, all)))
            throw Error(ErrorCode::InvalidState, getName(), "the weight streaming budget stays as it was");
    });
}
int64_t EngineShell::getWeightStreamingBudget() const noexcept {
    const int64_t budget = engine_.weightBudget();
    return budget == getStreamableWeightsSize() ? 0 : budget + getMinimumWeightStreamingBudget();
}
bool EngineShell::setWeightStreamingBudgetV2(int64_t gpuMemoryBudget) noexcept {
    return guarded(reporter_, [&] {
        const int64_t all = getStreamableWeightsSize();
        if (gpuMemoryBudget < 0) {
            throw Error(ErrorCode::InvalidArgument, getName(),
                        cat("the weight streaming budget is ", gpuMemoryBudget, " when it may be 0 to ", all));
        }
        if (all == 0 && gpuMemoryBudget > 0) {
            throw Error(ErrorCode::InvalidArgument, getName(),
                        cat("the weight streaming budget ", gpuMemoryBudget,
                            " is given when the engine has no streamable weights: it was built without "
                            "BuilderFlag::kWEIGHT_STREAMING, or its weights are in host memory already"));
        }
        const OnDevice here(engine_.place());
        const std::lock_guard lock(loading_);
        if (std::min(gpuMemoryBudget, all) == engine_.weightBudget()) return;
        if (contexts_.use_count() > 1) {
            throw Error(ErrorCode::InvalidState, getName(),
                        "the weight streaming budget cannot be changed while the engine has execution contexts");
        }
        engine_.setWeightBudget(gpuMemoryBudget);
    });
}
int64_t EngineShell::getWeightStreamingScratchMemorySize() const noexcept {
    return engine_.scratchBytesAt(engine_.weightBudget());
}
//! Nine tenths of what is left when activations are there.
int64_t EngineShell::getWeightStreamingAutomaticBudget() const noexcept {
    return guarded(reporter_, int64_t{0}, [&] {
        const int64_t all = getStreamableWeightsSize();
        const OnDevice here(engine_.place());
        const int64_t left = engine_.place().freeBytes() - getDeviceMemorySizeV2();
        return std::clamp<int64_t>(left / 10 * 9, 0, all);
    });
}

int64_t EngineShell::getEngineStat(EngineStat stat) const noexcept {
    if (stat == EngineStat::kSTRIPPED_WEIGHTS_SIZE) return plan().strippedBytes;
    if (stat != EngineStat::kTOTAL_WEIGHTS_SIZE) return -1;
    int64_t bytes = plan().strippedBytes;
    for (const Tensor& blob : plan().blobs) bytes += blob.bytes();
    return bytes;
}

char const* EngineShell::getAliasedInputTensor(char const* tensorName) const noexcept {
    guarded(reporter_, [&] { indexOf(tensorName); });
    return nullptr;
}

char const* EngineShell::getBindingName(int32_t bindingIndex) const noexcept {
    const bool valid = bindingIndex >= 0 && bindingIndex < static_cast<int32_t>(bindingNames_.size());
    return valid ? bindingNames_[static_cast<size_t>(bindingIndex)].c_str() : nullptr;
}

int32_t EngineShell::getBindingIndex(char const* name) const noexcept {
    const auto at = std::find(bindingNames_.begin(), bindingNames_.end(), std::string_view(name ? name : ""));
    return at == bindingNames_.end() ? -1 : static_cast<int32_t>(at - bindingNames_.begin());
}

std::unique_ptr<EngineShell> makeEngine(const api::Reporter& reporter, Plan plan, IGpuAllocator* allocator,
                                        const Backend* plugins) {
    return std::make_unique<EngineShell>(reporter, std::move(plan), allocator, plugins);
}

}  // namespace opentrt::runtime
