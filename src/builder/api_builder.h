// SPDX-License-Identifier: Apache-2.0
// IBuilder: makes networks, options and profiles, and drives a build: network to graph, graph to plan, plan to bytes or
// to an engine.
#pragma once
#include <list>

#include "builder/api_config.h"
#include "plan/plan.h"
#include "plugin/registry.h"

namespace opentrt::network {
class Network;
}

namespace opentrt::plugin {
class PluginBackend;
}

namespace opentrt::builder {

class Builder final : public IBuilder, public apiv::VBuilderExt {
public:
    Builder(ILogger* logger, int32_t era);

    bool platformHasFastFp16() const noexcept override;
    bool platformHasFastInt8() const noexcept override;
    int32_t getMaxDLABatchSize() const noexcept override { return 0; }
    int32_t getNbDLACores() const noexcept override { return 0; }
    void setGpuAllocator(IGpuAllocator* allocator) noexcept override { allocator_ = allocator; }
    IBuilderConfig* createBuilderConfig() noexcept override;
    INetworkDefinition* createNetworkV2(NetworkDefinitionCreationFlags flags) noexcept override;
    IOptimizationProfile* createOptimizationProfile() noexcept override;
    void setErrorRecorder(IErrorRecorder* recorder) noexcept override { reporter_.setRecorder(recorder); }
    IErrorRecorder* getErrorRecorder() const noexcept override { return reporter_.recorder(); }
    void reset() noexcept override;
    bool platformHasTf32() const noexcept override;
    IHostMemory* buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config) noexcept override;
    bool isNetworkSupported(INetworkDefinition const& network, IBuilderConfig const& config) const noexcept override;
    ILogger* getLogger() const noexcept override { return reporter_.logger(); }
    bool setMaxThreads(int32_t maxThreads) noexcept override;
    int32_t getMaxThreads() const noexcept override { return maxThreads_; }
    IPluginRegistry& getPluginRegistry() noexcept override { return plugins_; }
    ICudaEngine* buildEngineWithConfig(INetworkDefinition& network, IBuilderConfig& config) noexcept override;
    bool buildSerializedNetworkToStream(INetworkDefinition& network, IBuilderConfig& config,
                                        IStreamWriter& writer) noexcept override;
    IHostMemory* buildSerializedNetworkWithKernelText(INetworkDefinition& network, IBuilderConfig& config,
                                                      IHostMemory*& kernelText) noexcept override;
    INetworkDefinition* createImplicitBatchNetwork() noexcept override;
    IBuilderConfig& getLegacyConfig() const noexcept override { return *legacy_; }
    void setMaxBatchSize(int32_t batchSize) noexcept override;
    int32_t getMaxBatchSize() const noexcept override { return maxBatch_; }

private:
    std::unique_ptr<plugin::PluginBackend> pluginBackend();
    //! Throws Error. `plugins` keeps the objects of plugin layers for an engine; null when only the plan is wanted.
    Plan build(network::Network& network, BuilderConfig& config, const Backend* plugins = nullptr);

    mutable api::Reporter reporter_;
    plugin::Registry plugins_;
    std::unique_ptr<BuilderConfig> legacy_;
    std::list<OptimizationProfile> profiles_;
    IGpuAllocator* allocator_ = nullptr;
    int32_t maxThreads_ = 1;
    int32_t maxBatch_ = 1;
};

}  // namespace opentrt::builder
