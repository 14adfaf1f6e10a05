// SPDX-License-Identifier: Apache-2.0
// IRefitter: collects new weights by layer and role or by name, then has the plan of the engine made again with them
// (builder/refit.h). Weights that were not given stay as they are. Tested by tests/api/refit_test.cpp.
#pragma once
#include <map>

#include "runtime/api_engine.h"

namespace opentrt::builder {

using namespace nvinfer1;  // NOLINT: this room's border speaks the API's language

class Refitter final : public IRefitter, public apiv::VRefitter {
public:
    //! Throws Error when the engine is not refittable.
    Refitter(runtime::EngineShell& engine, ILogger& logger);

    IRefitter* getPImpl() noexcept override { return this; }
    bool setWeights(char const* layerName, WeightsRole role, Weights weights) noexcept override;
    bool refitCudaEngine() noexcept override;
    int32_t getMissing(int32_t size, char const** layerNames, WeightsRole* roles) noexcept override;
    int32_t getAll(int32_t size, char const** layerNames, WeightsRole* roles) noexcept override;
    bool setDynamicRange(char const* tensorName, float min, float max) noexcept override;
    float getDynamicRangeMin(char const*) const noexcept override { return 0; }
    float getDynamicRangeMax(char const*) const noexcept override { return 0; }
    int32_t getTensorsWithDynamicRange(int32_t, char const**) const noexcept override { return 0; }
    void setErrorRecorder(IErrorRecorder* recorder) noexcept override { reporter_.setRecorder(recorder); }
    IErrorRecorder* getErrorRecorder() const noexcept override { return reporter_.recorder(); }
    bool setNamedWeights(char const* name, Weights weights) noexcept override;
    int32_t getMissingWeights(int32_t size, char const** weightsNames) noexcept override;
    int32_t getAllWeights(int32_t size, char const** weightsNames) noexcept override;
    ILogger* getLogger() const noexcept override { return reporter_.logger(); }
    bool setMaxThreads(int32_t maxThreads) noexcept override;
    int32_t getMaxThreads() const noexcept override { return maxThreads_; }
    bool setNamedWeightsWithLocation(char const* name, Weights weights, TensorLocation location) noexcept override;
    Weights getNamedWeights(char const* weightsName) const noexcept override;
    TensorLocation getWeightsLocation(char const* weightsName) const noexcept override;
    bool unsetNamedWeights(char const* weightsName) noexcept override;
    void setWeightsValidation(bool weightsValidation) noexcept override { validates_ = weightsValidation; }
    bool getWeightsValidation() const noexcept override { return validates_; }
    bool refitCudaEngineAsync(cudaStream_t stream) noexcept override;
    Weights getWeightsPrototype(char const* weightsName) const noexcept override;

private:
    struct Given {
        Weights weights;
        TensorLocation location;
    };

    //! Places in all_; throws Error when there is none.
    std::vector<size_t> placesOf(const char* name) const;
    void requireFit(const RefitWeights& wanted, const std::string& owner, const Weights& weights) const;
    std::vector<size_t> missing() const;
    std::vector<const char*> namesOf(const std::vector<size_t>& places) const;
    Tensor contentsOf(const RefitWeights& wanted, DType type, const Given& given) const;
    void refit();

    runtime::EngineShell& engine_;
    mutable api::Reporter reporter_;
    const std::vector<RefitWeights> all_;
    std::map<size_t, Given> given_;  // by place in all_
    int32_t maxThreads_ = 1;
    bool validates_ = true;
};

//! For EngineShell::makeRefitter; reports to the logger and gives null on failure.
IRefitter* makeRefitter(runtime::EngineShell& engine, ILogger& logger) noexcept;

}  // namespace opentrt::builder
