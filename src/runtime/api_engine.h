// SPDX-License-Identifier: Apache-2.0
// ICudaEngine: queries about a loaded plan. Immutable after construction but for its error recorder, so many threads
// may ask. An implicit batch dimension is part of the plan's tensors and left out of every shape that is told.
#pragma once
#include <atomic>
#include <mutex>

#include "api/convert.h"
#include "api/reporter.h"
#include "runtime/api_options.h"
#include "runtime/engine.h"
#include "runtime/executor.h"

namespace opentrt::runtime {

class EngineShell final : public ICudaEngine, public apiv::VCudaEngineExt {
public:
    //! Throws Error when the plan does not fit this machine.
    EngineShell(const api::Reporter& reporter, Plan plan, nvinfer1::IGpuAllocator* allocator, const Backend* plugins);

    //! Makes the refitter of an engine; of a room above this one, which the library puts here.
    using RefitterMaker = IRefitter* (*)(EngineShell& engine, ILogger& logger);
    static inline std::atomic<RefitterMaker> makeRefitter{nullptr};

    const Engine& engine() const { return engine_; }
    //! Contexts hold one each; a budget of weights is not changed meanwhile.
    std::shared_ptr<const void> holdWeights() const { return contexts_; }
    void refit(Plan fresh) { engine_.refit(std::move(fresh)); }
    const Plan& plan() const { return engine_.plan(); }
    api::Reporter& reporter() const { return reporter_; }
    const std::shared_ptr<MemorySource>& memory() const { return engine_.memory(); }
    //! Index in Plan::tensors; throws Error that names the unknown tensor.
    int32_t indexOf(const char* name) const;
    const PlanTensor& tensor(int32_t index) const { return plan().tensors[static_cast<size_t>(index)]; }
    //! Dimensions as the application sees them: without an implicit batch.
    Dims64 visible(std::vector<int64_t> dims) const;

    ICudaEngine* getPImpl() noexcept override { return this; }
    int32_t getNbLayers() const noexcept override;
    IHostMemory* serialize() const noexcept override;
    IExecutionContext* createExecutionContext(ExecutionContextAllocationStrategy strategy) noexcept override;
    IExecutionContext* createExecutionContextWithoutDeviceMemory() noexcept override;
    size_t getDeviceMemorySize() const noexcept override;
    bool isRefittable() const noexcept override { return plan().refittable; }
    char const* getName() const noexcept override { return plan().name.c_str(); }
    int32_t getNbOptimizationProfiles() const noexcept override;
    int32_t const* getProfileTensorValues(char const* tensorName, int32_t profileIndex,
                                          OptProfileSelector select) const noexcept override;
    EngineCapability getEngineCapability() const noexcept override;
    void setErrorRecorder(IErrorRecorder* recorder) noexcept override { reporter_.setRecorder(recorder); }
    IErrorRecorder* getErrorRecorder() const noexcept override { return reporter_.recorder(); }
    bool hasImplicitBatchDimension() const noexcept override { return plan().implicitBatch; }
    TacticSources getTacticSources() const noexcept override;
    ProfilingVerbosity getProfilingVerbosity() const noexcept override;
    IEngineInspector* createEngineInspector() const noexcept override;
    Dims64 getTensorShape(char const* tensorName) const noexcept override;
    DataType getTensorDataType(char const* tensorName) const noexcept override;
    TensorLocation getTensorLocation(char const* tensorName) const noexcept override;
    bool isShapeInferenceIO(char const* tensorName) const noexcept override;
    TensorIOMode getTensorIOMode(char const* tensorName) const noexcept override;
    int32_t getTensorBytesPerComponent(char const* tensorName) const noexcept override;
    int32_t getTensorComponentsPerElement(char const* tensorName) const noexcept override;
    TensorFormat getTensorFormat(char const* tensorName) const noexcept override;
    char const* getTensorFormatDesc(char const* tensorName) const noexcept override;
    int32_t getTensorVectorizedDim(char const* tensorName) const noexcept override;
    Dims64 getProfileShape(char const* tensorName, int32_t profileIndex,
                           OptProfileSelector select) const noexcept override;
    int32_t getNbIOTensors() const noexcept override { return static_cast<int32_t>(plan().tensors.size()); }
    char const* getIOTensorName(int32_t index) const noexcept override;
    HardwareCompatibilityLevel getHardwareCompatibilityLevel() const noexcept override;
    int32_t getNbAuxStreams() const noexcept override;
    int32_t getTensorBytesPerComponentV2(char const* tensorName, int32_t profileIndex) const noexcept override;
    int32_t getTensorComponentsPerElementV2(char const* tensorName, int32_t profileIndex) const noexcept override;
    TensorFormat getTensorFormatV2(char const* tensorName, int32_t profileIndex) const noexcept override;
    char const* getTensorFormatDescV2(char const* tensorName, int32_t profileIndex) const noexcept override;
    int32_t getTensorVectorizedDimV2(char const* tensorName, int32_t profileIndex) const noexcept override;
    ISerializationConfig* createSerializationConfig() noexcept override;
    IHostMemory* serializeWithConfig(ISerializationConfig& config) const noexcept override;
    size_t getDeviceMemorySizeForProfile(int32_t profileIndex) const noexcept override;
    IRefitter* createRefitter(ILogger& logger) noexcept override;
    bool setWeightStreamingBudget(int64_t gpuMemoryBudget) noexcept override;
    int64_t getWeightStreamingBudget() const noexcept override;
    int64_t getMinimumWeightStreamingBudget() const noexcept override { return engine_.scratchBytesAt(0); }
    int64_t getStreamableWeightsSize() const noexcept override { return engine_.streamableBytes(); }
    bool isDebugTensor(char const* name) const noexcept override;
    bool setWeightStreamingBudgetV2(int64_t gpuMemoryBudget) noexcept override;
    int64_t getWeightStreamingBudgetV2() const noexcept override { return engine_.weightBudget(); }
    int64_t getWeightStreamingAutomaticBudget() const noexcept override;
    int64_t getWeightStreamingScratchMemorySize() const noexcept override;
    int64_t getDeviceMemorySizeV2() const noexcept override;
    int64_t getDeviceMemorySizeForProfileV2(int32_t profileIndex) const noexcept override;
    int64_t const* getProfileTensorValuesV2(char const* tensorName, int32_t profileIndex,
                                            OptProfileSelector select) const noexcept override;
    IExecutionContext* createExecutionContextWithRuntimeConfig(IRuntimeConfig* runtimeConfig) noexcept override;
    IRuntimeConfig* createRuntimeConfig() noexcept override;
    int64_t getEngineStat(EngineStat stat) const noexcept override;
    char const* getAliasedInputTensor(char const* tensorName) const noexcept override;
    int32_t getMaxBatchSize() const noexcept override { return plan().implicitBatch ? plan().maxBatch : 1; }
    std::size_t getWorkspaceSize() const noexcept override { return 0; }
    char const* getBindingName(int32_t bindingIndex) const noexcept override;
    int32_t getBindingIndex(char const* name) const noexcept override;

private:
    IHostMemory* serialized(Plan plan) const;
    const ProfileRange& range(int32_t tensorIndex, int32_t profile) const;
    void checkProfile(int32_t profile) const;
    void makeNames();

    mutable api::Reporter reporter_;
    Engine engine_;
    std::shared_ptr<const void> contexts_ = std::make_shared<int>();
    std::mutex loading_;
    std::vector<std::string> bindingNames_;
    std::vector<std::string> formatTexts_;                   // by tensor
    std::map<const int64_t*, std::vector<int32_t>> narrow_;  // shape values for the 32-bit queries
};

//! For IBuilder::buildEngineWithConfig and IRuntime. `plugins` is needed only here. Throws Error.
std::unique_ptr<EngineShell> makeEngine(const api::Reporter& reporter, Plan plan, IGpuAllocator* allocator,
                                        const Backend* plugins);

}  // namespace opentrt::runtime
