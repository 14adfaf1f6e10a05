// SPDX-License-Identifier: Apache-2.0
#include "runtime/engine.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <set>

#include "base/error.h"
#include "runtime/control_check.h"

namespace opentrt {

namespace {

[[noreturn]] void refuseBackend(const std::string& owner, const std::string& name) {
    throw Error(ErrorCode::Unsupported, owner,
                cat("the plan needs the backend \"", name, "\", which is not here: ", whyNoBackend(name)));
}

//! Steps of equal kernels and weights share what is loaded.
using Loaded = std::map<std::string, std::shared_ptr<const Kernel>>;

std::vector<std::shared_ptr<const Kernel>> loadStep(const Plan& plan, const PlanProgram& program, const PlanStep& step,
                                                    const Backend& own, const Backend* plugins, Loaded& loaded) {
    if (step.backend == "control") {
        checkControl(plan, program, step);
        return {nullptr};
    }
    const bool isPlugin = plugins && step.backend == plugins->name();
    const bool isOwn = step.backend == plan.backend;  // of the engine's device, whichever is current
    const Backend* backend = isPlugin ? plugins : isOwn ? &own : findBackend(step.backend);
    if (!backend) refuseBackend(step.name, step.backend);
    const auto load = [&](const std::string& kernel, const std::string& params, const std::vector<int32_t>& blobs) {
        auto& there = loaded[cat(step.backend, "\n", kernel, "\n", params, "\n", blobs)];
        if (!there) {
            std::vector<Tensor> weights;
            for (int32_t b : blobs) weights.push_back(plan.blobs[static_cast<size_t>(b)]);
            there = backend->load(kernel, params, weights);
        }
        return there;
    };
    std::vector<std::shared_ptr<const Kernel>> kernels{load(step.kernel, step.params, step.weights)};
    for (const PlanVariant& v : step.variants) kernels.push_back(load(v.kernel, v.params, v.weights));
    return kernels;
}

//! How many times larger or smaller, over all sizes: the sum of logarithms. Sizes may be zero, contents negative.
double distance(const SymbolValues& a, const SymbolValues& b) {
    const auto logarithm = [](int64_t size) { return std::log(1 + static_cast<double>(std::max<int64_t>(size, 0))); };
    double sum = 0;
    for (const auto& [symbol, size] : a) {
        const auto at = b.find(symbol);
        if (at != b.end()) sum += std::abs(logarithm(size) - logarithm(at->second));
    }
    return sum;
}

}  // namespace

Engine::Engine(Plan plan, const Backend* plugins, std::shared_ptr<MemorySource> memory)
    : plan_(std::move(plan)), memory_(std::move(memory)) {
    backend_ = findBackend(plan_.backend);
    if (!backend_) refuseBackend(plan_.name, plan_.backend);
    place_ = &backend_->place();
    if (!memory_) memory_ = std::make_shared<PlainMemory>(*place_);
    chooseStreamed();
    weightBudget_ = streamableBytes();
    if (plan_.strippedBytes == 0 && streamable_.empty()) {
        kernels_ = loadKernels(plan_, plugins, {});
        uploadConstants();
        isReady_ = true;
    }
    inputCount_ = static_cast<int32_t>(
        std::count_if(plan_.tensors.begin(), plan_.tensors.end(), [](const PlanTensor& t) { return t.isInput; }));
}

void Engine::chooseStreamed() {
    streamable_.clear();
    if (plan_.streamsWeights && !place_->isHost() && plan_.strippedBytes == 0)
        streamable_ = streamableSteps(plan_, *backend_);
    // Plugins are there while the engine is made, and kernels of a streaming engine are loaded later.
    const auto isPlugin = [&](const PlanStep& step) { return step.backend != "control" && !findBackend(step.backend); };
    for (const PlanProgram& program : plan_.programs) {
        if (std::any_of(program.steps.begin(), program.steps.end(), isPlugin)) streamable_.clear();
    }
}

void Engine::makeReady() {
    if (isReady_ || plan_.strippedBytes != 0) return;
    streamed_ = beyondBudget(streamable_, weightBudget_);
    kernels_ = loadKernels(plan_, nullptr, streamed_);
    keepStreamed();
    uploadConstants();
    isReady_ = true;
}

void Engine::setWeightBudget(int64_t bytes) {
    const int64_t budget = std::min(bytes, streamableBytes());
    if (budget == weightBudget_) return;
    weightBudget_ = budget;
    isReady_ = false;
    ++generation_;
    kernels_.clear();
    releaseConstants();
    streamed_.clear();
    host_.reset();
}

//! In memory from which the device copies by itself.
void Engine::keepStreamed() {
    if (streamed_.empty()) return;
    host_ = place_->hostMemory(bytesOf(streamed_));
    char* to = static_cast<char*>(host_.get());
    for (StreamedStep& step : streamed_) {
        step.host = to;
        for (const StreamedStep::Part& part : step.parts) {
            const Tensor& blob = plan_.blobs[static_cast<size_t>(part.blob)];
            std::memcpy(to + part.offset, blob.data(), static_cast<size_t>(blob.bytes()));
        }
        to += step.bytes;
    }
}

std::shared_ptr<const Kernel> Engine::kernelOver(size_t step, void* at) const {
    const PlanStep& planned = plan_.programs[0].steps[step];
    std::vector<Tensor> weights;
    for (const int32_t b : planned.weights) weights.push_back(plan_.blobs[static_cast<size_t>(b)]);
    return backend_->loadOver(planned.kernel, planned.params, weights, at);
}

Engine::Kernels Engine::loadKernels(const Plan& plan, const Backend* plugins,
                                    const std::vector<StreamedStep>& streamed) const {
    std::set<const PlanStep*> elsewhere;  // loaded by contexts, over their own memory
    for (const StreamedStep& step : streamed) {
        if (step.parts.front().input < 0) elsewhere.insert(&plan.programs[0].steps[step.step]);
    }
    const auto scope = place_->useMemory(memory_);
    Kernels kernels;
    Loaded shared;
    for (const PlanProgram& program : plan.programs) {
        auto& loaded = kernels.emplace_back();
        for (const PlanStep& step : program.steps) {
            const bool here = elsewhere.count(&step) == 0;
            loaded.push_back(here ? loadStep(plan, program, step, *backend_, plugins, shared)
                                  : std::vector<std::shared_ptr<const Kernel>>{nullptr});
        }
    }
    return kernels;
}

void Engine::refit(Plan fresh) {
    const OnDevice here(*place_);
    const bool streams = plan_.streamsWeights && !place_->isHost();
    Kernels kernels;
    if (!streams) kernels = loadKernels(fresh, nullptr, {});
    releaseConstants();
    kernels_ = std::move(kernels);
    plan_.programs = std::move(fresh.programs);
    plan_.blobs = std::move(fresh.blobs);
    plan_.points = std::move(fresh.points);
    plan_.bounds = std::move(fresh.bounds);
    plan_.refit = std::move(fresh.refit);
    plan_.strippedBytes = 0;
    ++generation_;
    isReady_ = false;
    if (streams) {
        const bool all = weightBudget_ == streamableBytes();
        chooseStreamed();
        if (all) weightBudget_ = streamableBytes();
        makeReady();
    } else {
        uploadConstants();
        isReady_ = true;
    }
}

void Engine::requireWeights() const {
    if (isReady_) return;
    if (plan_.strippedBytes == 0)
        throw Error(ErrorCode::InvalidState, plan_.name, "the weights of the engine are not on the device");
    throw Error(ErrorCode::InvalidState, plan_.name,
                cat("the plan was made without ", plan_.strippedBytes,
                    " bytes of weights; give them with an IRefitter before the engine runs"));
}

Engine::~Engine() {
    const OnDevice here(*place_);
    releaseConstants();
    kernels_.clear();
    host_.reset();
}

void Engine::releaseConstants() {
    if (weights_) memory_->release(weights_);
    weights_ = nullptr;
    blobs_.clear();
}

void Engine::uploadConstants() {
    blobs_.assign(plan_.blobs.size(), nullptr);
    std::set<size_t> read;
    for (const PlanProgram& program : plan_.programs) {
        for (const PlanValue& value : program.values) {
            if (value.storage == Storage::Constant) read.insert(static_cast<size_t>(value.index));
        }
    }
    for (const StreamedStep& step : streamed_) {
        for (const StreamedStep::Part& part : step.parts) read.erase(static_cast<size_t>(part.blob));
    }
    if (place_->isHost()) {
        for (const size_t index : read) blobs_[index] = plan_.blobs[index].data();
        return;
    }
    constexpr int64_t kAlignment = 256;
    int64_t bytes = 0;
    std::map<size_t, int64_t> places;
    for (const size_t index : read) {
        places[index] = bytes;
        bytes += (plan_.blobs[index].bytes() + kAlignment - 1) / kAlignment * kAlignment;
    }
    if (!places.empty()) weights_ = memory_->allocate(bytes);
    for (const auto& [index, offset] : places) {
        void* to = static_cast<char*>(weights_) + offset;
        blobs_[index] = to;
        place_->upload(to, plan_.blobs[index].data(), plan_.blobs[index].bytes(), nullptr);
    }
    place_->synchronize(nullptr);  // inferences run in other streams; kernels have begun copies, too
}

int32_t Engine::nearestPoint(int32_t profile, const SymbolValues& sizes) const {
    int32_t nearest = -1;
    double least = std::numeric_limits<double>::infinity();
    for (size_t p = 0; p < plan_.points.size(); ++p) {
        if (plan_.points[p].profile != profile) continue;
        const double d = distance(plan_.points[p].sizes, sizes);
        if (d >= least) continue;
        least = d;
        nearest = static_cast<int32_t>(p);
    }
    return nearest;
}

int32_t Engine::tensorIndex(std::string_view name) const {
    for (size_t i = 0; i < plan_.tensors.size(); ++i) {
        if (plan_.tensors[i].name == name) return static_cast<int32_t>(i);
    }
    return -1;
}

}  // namespace opentrt
