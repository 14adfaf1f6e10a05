// SPDX-License-Identifier: Apache-2.0
// IRuntime: plans to engines. The bytes of a plan are copied once into an aligned block, or mapped from a file; weights
// are used where they lie in it.
#pragma once
#include "plan/serialize.h"
#include "plugin/registry.h"
#include "runtime/api_engine.h"

namespace opentrt::runtime {

class RuntimeShell final : public IRuntime, public apiv::VRuntimeExt {
public:
    RuntimeShell(ILogger* logger, int32_t era);

    //! opentrt::deserializeFromFile.
    ICudaEngine* deserializeFile(const char* path) noexcept;

    IRuntime* getPImpl() noexcept override { return this; }
    ICudaEngine* deserializeCudaEngine(void const* blob, std::size_t size) noexcept override;
    ICudaEngine* deserializeCudaEngine(IStreamReader& streamReader) noexcept override;
    ICudaEngine* deserializeCudaEngineV2(IStreamReaderV2& streamReader) noexcept override;
    ICudaEngine* deserializeCudaEngineWithFactory(void const* blob, std::size_t size, IPluginFactory* factory,
                                                  int32_t version) noexcept override;
    void setDLACore(int32_t dlaCore) noexcept override;
    int32_t getDLACore() const noexcept override { return dlaCore_; }
    int32_t getNbDLACores() const noexcept override { return 0; }
    void setGpuAllocator(IGpuAllocator* allocator) noexcept override { allocator_ = allocator; }
    void setErrorRecorder(IErrorRecorder* recorder) noexcept override { reporter_.setRecorder(recorder); }
    IErrorRecorder* getErrorRecorder() const noexcept override { return reporter_.recorder(); }
    ILogger* getLogger() const noexcept override { return reporter_.logger(); }
    bool setMaxThreads(int32_t maxThreads) noexcept override;
    int32_t getMaxThreads() const noexcept override { return maxThreads_; }
    void setTemporaryDirectory(char const* path) noexcept override;
    char const* getTemporaryDirectory() const noexcept override { return temporaryDirectory_.c_str(); }
    void setTempfileControlFlags(TempfileControlFlags flags) noexcept override { tempfiles_ = flags; }
    TempfileControlFlags getTempfileControlFlags() const noexcept override { return tempfiles_; }
    IPluginRegistry& getPluginRegistry() noexcept override { return plugins_; }
    void setPluginRegistryParent(IPluginRegistry* parent) noexcept override { plugins_.setParent(parent); }
    IRuntime* loadRuntime(char const* path) noexcept override;
    void setEngineHostCodeAllowed(bool allowed) noexcept override { hostCode_ = allowed; }
    bool getEngineHostCodeAllowed() const noexcept override { return hostCode_; }

private:
    ICudaEngine* load(std::span<const uint8_t> bytes, std::shared_ptr<const void> keep,
                      WeightCheck check = WeightCheck::All);

    api::Reporter reporter_;
    plugin::Registry plugins_;
    IGpuAllocator* allocator_ = nullptr;
    IPluginFactory* factory_ = nullptr;  //!< of the plan that is being loaded
    int32_t dlaCore_ = -1;
    int32_t maxThreads_ = 1;
    std::string temporaryDirectory_;
    TempfileControlFlags tempfiles_ = (1U << EnumMax<TempfileControlFlag>()) - 1;
    bool hostCode_ = false;
};

}  // namespace opentrt::runtime
