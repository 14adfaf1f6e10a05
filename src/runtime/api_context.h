// SPDX-License-Identifier: Apache-2.0
// IExecutionContext: what the application set, and the order to run. Shapes are checked and inferred here at once; the
// inferences themselves run in Inferences, now or when the stream gets there.
#pragma once
#include "runtime/api_inference.h"
#include "runtime/api_memory.h"

namespace opentrt::runtime {

class ContextShell final : public IExecutionContext, public apiv::VExecutionContextExt {
public:
    ContextShell(const EngineShell& engine, ExecutionContextAllocationStrategy strategy);
    ~ContextShell() override { leaving_.entered = leaving_.device.enter(); }

    IExecutionContext* getPImpl() noexcept override { return this; }
    void setDebugSync(bool sync) noexcept override { debugSync_ = sync; }
    bool getDebugSync() const noexcept override { return debugSync_; }
    void setProfiler(IProfiler* profiler) noexcept override { profiler_ = profiler; }
    IProfiler* getProfiler() const noexcept override { return profiler_; }
    ICudaEngine const& getEngine() const noexcept override { return engine_; }
    void setName(char const* name) noexcept override {
        api::guarded(reporter_, [&] { name_ = name ? name : ""; });
    }
    char const* getName() const noexcept override { return name_.c_str(); }
    void setDeviceMemory(void* memory) noexcept override;
    int32_t getOptimizationProfile() const noexcept override { return front_.profile(); }
    bool allInputDimensionsSpecified() const noexcept override;
    bool allInputShapesSpecified() const noexcept override;
    void setErrorRecorder(IErrorRecorder* recorder) noexcept override { reporter_.setRecorder(recorder); }
    IErrorRecorder* getErrorRecorder() const noexcept override { return reporter_.recorder(); }
    bool executeV2(void* const* bindings) noexcept override;
    bool setOptimizationProfileAsync(int32_t profileIndex, cudaStream_t stream) noexcept override;
    void setEnqueueEmitsProfile(bool enqueueEmitsProfile) noexcept override { emitsProfile_ = enqueueEmitsProfile; }
    bool getEnqueueEmitsProfile() const noexcept override { return emitsProfile_; }
    bool reportToProfiler() const noexcept override;
    bool setInputShape(char const* tensorName, Dims64 const& dims) noexcept override;
    Dims64 getTensorShape(char const* tensorName) const noexcept override;
    Dims64 getTensorStrides(char const* tensorName) const noexcept override;
    bool setTensorAddress(char const* tensorName, void* data) noexcept override;
    void const* getTensorAddress(char const* tensorName) const noexcept override;
    bool setInputTensorAddress(char const* tensorName, void const* data) noexcept override;
    bool setOutputTensorAddress(char const* tensorName, void* data) noexcept override;
    int32_t inferShapes(int32_t nbMaxNames, char const** tensorNames) noexcept override;
    bool setInputConsumedEvent(cudaEvent_t event) noexcept override;
    cudaEvent_t getInputConsumedEvent() const noexcept override { return consumed_; }
    void* getOutputTensorAddress(char const* tensorName) const noexcept override;
    bool setOutputAllocator(char const* tensorName, IOutputAllocator* outputAllocator) noexcept override;
    IOutputAllocator* getOutputAllocator(char const* name) noexcept override;
    int64_t getMaxOutputSize(char const* tensorName) const noexcept override;
    bool setTemporaryStorageAllocator(IGpuAllocator* allocator) noexcept override;
    IGpuAllocator* getTemporaryStorageAllocator() const noexcept override { return temporary_; }
    bool enqueueV3(cudaStream_t stream) noexcept override;
    void setPersistentCacheLimit(size_t size) noexcept override { cacheLimit_ = size; }
    size_t getPersistentCacheLimit() const noexcept override { return cacheLimit_; }
    bool setNvtxVerbosity(ProfilingVerbosity verbosity) noexcept override;
    ProfilingVerbosity getNvtxVerbosity() const noexcept override { return nvtx_; }
    void setAuxStreams(cudaStream_t* auxStreams, int32_t nbStreams) noexcept override;
    bool setDebugListener(IDebugListener* listener) noexcept override;
    IDebugListener* getDebugListener() noexcept override { return watch_.listener; }
    bool setTensorDebugState(char const* name, bool flag) noexcept override;
    bool getDebugState(char const* name) const noexcept override;
    bool setAllTensorsDebugState(bool flag) noexcept override;
    size_t updateDeviceMemorySizeForShapes() noexcept override;
    void setDeviceMemoryV2(void* memory, int64_t size) noexcept override;
    IRuntimeConfig* getRuntimeConfig() const noexcept override;
    bool setUnfusedTensorsDebugState(bool flag) noexcept override;
    bool getUnfusedTensorsDebugState() const noexcept override { return watch_.unfused; }
    bool setCommunicator(void* communicator) noexcept override;

    bool execute(int32_t batchSize, void* const* bindings) noexcept override;
    bool enqueue(int32_t batchSize, void* const* bindings, cudaStream_t stream,
                 cudaEvent_t* inputConsumed) noexcept override;
    bool enqueueV2(void* const* bindings, cudaStream_t stream, cudaEvent_t* inputConsumed) noexcept override;
    bool setBindingDimensions(int32_t bindingIndex, Dims64 const& dimensions) noexcept override;
    Dims64 getBindingDimensions(int32_t bindingIndex) const noexcept override;
    Dims64 getStrides(int32_t bindingIndex) const noexcept override;
    bool setInputShapeBinding(int32_t bindingIndex, int32_t const* data) noexcept override;
    bool getShapeBinding(int32_t bindingIndex, int32_t* data) const noexcept override;

private:
    int32_t inputOf(const char* name) const;
    int32_t outputOf(const char* name) const;
    //! Tensor of a binding; throws Error when it is none or belongs to another profile.
    int32_t tensorOf(int32_t binding) const;
    void setShape(int32_t input, const Dims64& dims);
    std::vector<int64_t> shapeOf(int32_t tensor) const;
    std::vector<void*> addresses() const;
    std::vector<void*> addressesOf(void* const* bindings) const;
    void setBatch(int32_t batch);
    void refuseImplicitBatch(const char* call) const;
    Inference makeInference(std::vector<void*> addresses) const;
    void addContents(Inference& inference, size_t input) const;
    void checkAddresses(const Inference& inference) const;
    void* arena() const;
    void runNow(Inference inference);
    //! Whether the inference that is asked for is the last one, so that nothing has to be looked at again.
    bool isLast() const;
    //! In the stream if that is possible, else now.
    void start(Inference inference, cudaStream_t stream, cudaEvent_t consumed);
    void giveKnownMemory(Inference& inference, cudaStream_t stream) const;
    void report() const;

    //! Current again when the other members are gone.
    struct Leaving {
        explicit Leaving(const Device& device) : device(device) {}
        ~Leaving() { device.leave(entered); }
        const Device& device;
        void* entered = nullptr;
    };

    const EngineShell& engine_;
    Leaving leaving_;
    std::shared_ptr<const void> weights_;
    mutable api::Reporter reporter_;
    ContextMemory memory_;
    Context front_;  // never runs: shapes and addresses as set
    Block arena_;    // kSTATIC; outlives the inferences in flight
    mutable Inferences inferences_;
    std::optional<Inference> last_;  // what ran at once, as it was asked for
    ExecutionContextAllocationStrategy strategy_;
    void* lentMemory_ = nullptr;  // kUSER_MANAGED
    int64_t lentSize_ = 0;
    std::vector<IOutputAllocator*> allocators_;
    std::vector<std::vector<uint8_t>> shapeValues_;  // by input: setInputShapeBinding
    std::string name_;
    IProfiler* profiler_ = nullptr;
    IGpuAllocator* temporary_ = nullptr;
    cudaEvent_t consumed_ = nullptr;
    cudaStream_t lastStream_ = nullptr;
    std::vector<void*> auxStreams_;
    bool enqueued_ = false;
    bool shapesRan_ = false;  // the last run had the shapes of now
    bool debugSync_ = false;
    Watch watch_;
    bool emitsProfile_ = true;
    size_t cacheLimit_ = 0;
    ProfilingVerbosity nvtx_;
};

std::unique_ptr<ContextShell> makeContext(const EngineShell& engine, ExecutionContextAllocationStrategy strategy);

}  // namespace opentrt::runtime
