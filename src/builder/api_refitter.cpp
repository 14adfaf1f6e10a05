// SPDX-License-Identifier: Apache-2.0
#include "builder/api_refitter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "api/convert.h"
#include "builder/refit.h"
#include "runtime/api_cuda.h"

namespace opentrt::builder {

using api::guarded;

namespace {

WeightsRole roleOf(const std::string& text) {
    if (text == "kernel") return WeightsRole::kKERNEL;
    if (text == "bias") return WeightsRole::kBIAS;
    if (text == "shift") return WeightsRole::kSHIFT;
    if (text == "scale") return WeightsRole::kSCALE;
    return WeightsRole::kCONSTANT;
}

const PlanRefit& refitOf(const runtime::EngineShell& engine) {
    if (!engine.plan().refit) {
        throw Error(ErrorCode::InvalidState, engine.plan().name,
                    "the engine is not refittable; build it with BuilderFlag::kREFIT, kREFIT_IDENTICAL or "
                    "kREFIT_INDIVIDUAL");
    }
    return *engine.plan().refit;
}

template <class T>
int32_t fill(const std::vector<T>& list, int32_t size, T* out) {
    if (out && size > 0) std::copy_n(list.begin(), std::min(list.size(), static_cast<size_t>(size)), out);
    return static_cast<int32_t>(list.size());
}

}  // namespace

Refitter::Refitter(runtime::EngineShell& engine, ILogger& logger)
    : engine_(engine), reporter_(&logger, engine.reporter().era()), all_(refitOf(engine).weights) {
    mImpl = this;
    reporter_.setRecorder(engine.getErrorRecorder());
}

std::vector<size_t> Refitter::placesOf(const char* name) const {
    std::vector<size_t> places;
    for (size_t i = 0; name && *name && i < all_.size(); ++i) {
        if (all_[i].name == name) places.push_back(i);
    }
    if (places.empty()) {
        throw Error(ErrorCode::InvalidArgument, name ? name : "", "the engine has no refittable weights of this name");
    }
    return places;
}

void Refitter::requireFit(const RefitWeights& wanted, const std::string& owner, const Weights& weights) const {
    const int64_t count = volumeOf(wanted.dims);
    if (weights.count != count || !weights.values) {
        throw Error(ErrorCode::InvalidArgument, owner,
                    cat(weights.values ? "" : "null ", "weights of ", weights.count, " elements are given when ", count,
                        " are needed"));
    }
    if (weights.type != api::toDataType(wanted.given)) {
        throw Error(ErrorCode::InvalidArgument, owner,
                    cat("weights are given as ", name(api::toDType(weights.type)), " when the engine was built with ",
                        name(wanted.given)));
    }
}

bool Refitter::setWeights(char const* layerName, WeightsRole role, Weights weights) noexcept {
    return guarded(reporter_, [&] {
        const std::string layer = layerName ? layerName : "";
        const auto at = std::find_if(all_.begin(), all_.end(),
                                     [&](const RefitWeights& w) { return w.layer == layer && roleOf(w.role) == role; });
        if (at == all_.end()) {
            throw Error(ErrorCode::InvalidArgument, layer,
                        cat("the engine has no refittable weights of role ", static_cast<int32_t>(role),
                            " in a layer of this name"));
        }
        requireFit(*at, layer, weights);
        given_[static_cast<size_t>(at - all_.begin())] = {weights, TensorLocation::kHOST};
    });
}

bool Refitter::setNamedWeights(char const* name, Weights weights) noexcept {
    return setNamedWeightsWithLocation(name, weights, TensorLocation::kHOST);
}

bool Refitter::setNamedWeightsWithLocation(char const* name, Weights weights, TensorLocation location) noexcept {
    return guarded(reporter_, [&] {
        const std::vector<size_t> places = placesOf(name);
        for (const size_t i : places) requireFit(all_[i], name, weights);
        for (const size_t i : places) given_[i] = {weights, location};
    });
}

bool Refitter::unsetNamedWeights(char const* weightsName) noexcept {
    return guarded(reporter_, false, [&] {
        bool any = false;
        for (const size_t i : placesOf(weightsName)) any = given_.erase(i) > 0 || any;
        return any;
    });
}

Weights Refitter::getNamedWeights(char const* weightsName) const noexcept {
    return guarded(reporter_, Weights{}, [&] {
        const auto at = given_.find(placesOf(weightsName).front());
        return at == given_.end() ? Weights{} : at->second.weights;
    });
}

TensorLocation Refitter::getWeightsLocation(char const* weightsName) const noexcept {
    return guarded(reporter_, TensorLocation::kHOST, [&] {
        const auto at = given_.find(placesOf(weightsName).front());
        return at == given_.end() ? TensorLocation::kHOST : at->second.location;
    });
}

Weights Refitter::getWeightsPrototype(char const* weightsName) const noexcept {
    return guarded(reporter_, Weights{DataType::kFLOAT, nullptr, -1}, [&] {
        const RefitWeights& weights = all_[placesOf(weightsName).front()];
        return Weights{api::toDataType(weights.given), nullptr, volumeOf(weights.dims)};
    });
}

//! Stripped weights that were not given. What is stripped shows in the engine, because a refit changes it.
std::vector<size_t> Refitter::missing() const {
    const PlanRefit& refit = *engine_.plan().refit;
    std::vector<size_t> places;
    for (size_t i = 0; i < all_.size(); ++i) {
        const int32_t blob = refit.stored[static_cast<size_t>(all_[i].stored)];
        const bool here = engine_.plan().blobs[static_cast<size_t>(blob)].count() == volumeOf(all_[i].dims);
        if (!here && !given_.count(i)) places.push_back(i);
    }
    return places;
}

int32_t Refitter::getMissing(int32_t size, char const** layerNames, WeightsRole* roles) noexcept {
    return guarded(reporter_, 0, [&] {
        std::vector<const char*> names;
        std::vector<WeightsRole> what;
        for (const size_t i : missing()) {
            names.push_back(all_[i].layer.c_str());
            what.push_back(roleOf(all_[i].role));
        }
        fill(what, size, roles);
        return fill(names, size, layerNames);
    });
}

int32_t Refitter::getAll(int32_t size, char const** layerNames, WeightsRole* roles) noexcept {
    return guarded(reporter_, 0, [&] {
        std::vector<const char*> names;
        std::vector<WeightsRole> what;
        for (const RefitWeights& w : all_) {
            names.push_back(w.layer.c_str());
            what.push_back(roleOf(w.role));
        }
        fill(what, size, roles);
        return fill(names, size, layerNames);
    });
}

//! Each name once.
std::vector<const char*> Refitter::namesOf(const std::vector<size_t>& places) const {
    std::vector<const char*> names;
    for (const size_t i : places) {
        const std::string& text = all_[i].name;
        const bool isNew = std::none_of(names.begin(), names.end(), [&](const char* other) { return text == other; });
        if (!text.empty() && isNew) names.push_back(text.c_str());
    }
    return names;
}

int32_t Refitter::getMissingWeights(int32_t size, char const** weightsNames) noexcept {
    return guarded(reporter_, 0, [&] { return fill(namesOf(missing()), size, weightsNames); });
}

int32_t Refitter::getAllWeights(int32_t size, char const** weightsNames) noexcept {
    return guarded(reporter_, 0, [&] {
        std::vector<size_t> places(all_.size());
        std::iota(places.begin(), places.end(), size_t{0});
        return fill(namesOf(places), size, weightsNames);
    });
}

bool Refitter::setDynamicRange(char const* tensorName, float, float) noexcept {
    reporter_.report(Error(ErrorCode::InvalidArgument, tensorName ? tensorName : "",
                           "the engine has no INT8 tensor of this name whose range could be changed"));
    return false;
}

bool Refitter::setMaxThreads(int32_t maxThreads) noexcept {
    return guarded(reporter_, [&] {
        if (maxThreads < 1)
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("at most ", maxThreads, " threads are allowed when 1 is the least"));
        maxThreads_ = maxThreads;
    });
}

//! A copy in the type that the network computes in.
Tensor Refitter::contentsOf(const RefitWeights& wanted, DType type, const Given& given) const {
    Tensor tensor(wanted.given, wanted.dims);
    const Device& place = engine_.engine().place();
    if (given.location == TensorLocation::kDEVICE && !place.isHost()) {
        place.download(tensor.mutableData(), given.weights.values, tensor.bytes(), nullptr);
    } else {
        std::memcpy(tensor.mutableData(), given.weights.values, static_cast<size_t>(tensor.bytes()));
    }
    if (type == wanted.given) return tensor;
    const Tensor converted = tensor.cast(type);
    for (int64_t i = 0; validates_ && isFloat(type) && i < tensor.count(); ++i) {
        if (!std::isfinite(tensor.get(i)) || std::isfinite(converted.get(i))) continue;
        throw Error(
            ErrorCode::InvalidArgument, wanted.name.empty() ? wanted.layer : wanted.name,
            cat("element ", i, " of the new weights is ", tensor.get(i), ", which ", name(type), " cannot hold"));
    }
    return converted;
}

void Refitter::refit() {
    const Plan& plan = engine_.plan();
    if (const std::vector<size_t> open = missing(); !open.empty()) {
        const RefitWeights& first = all_[open.front()];
        throw Error(ErrorCode::InvalidState, first.name.empty() ? first.layer : first.name,
                    cat("these weights and ", open.size() - 1,
                        " others are neither in the engine nor given; getMissing and getMissingWeights tell which"));
    }
    std::vector<Tensor> constants;
    for (const int32_t blob : plan.refit->stored) constants.push_back(plan.blobs[static_cast<size_t>(blob)]);
    for (const auto& [i, given] : given_) {
        Tensor& constant = constants[static_cast<size_t>(all_[i].stored)];
        constant = contentsOf(all_[i], constant.type(), given);
    }
    engine_.refit(recompile(plan, constants, reporter_));
}

bool Refitter::refitCudaEngine() noexcept {
    return guarded(reporter_, [&] { refit(); });
}

bool Refitter::refitCudaEngineAsync(cudaStream_t stream) noexcept {
    return guarded(reporter_, [&] {
        if (const runtime::CudaRuntime* cuda = runtime::CudaRuntime::find()) cuda->synchronize(stream);
        refit();
    });
}

IRefitter* makeRefitter(runtime::EngineShell& engine, ILogger& logger) noexcept {
    api::Reporter reporter(&logger, engine.reporter().era());
    return guarded(reporter, static_cast<IRefitter*>(nullptr),
                   [&]() -> IRefitter* { return new Refitter(engine, logger); });
}

}  // namespace opentrt::builder
