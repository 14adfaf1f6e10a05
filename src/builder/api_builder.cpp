// SPDX-License-Identifier: Apache-2.0
#include "builder/api_builder.h"

#include <cstring>
#include <span>

#include "api/host_memory.h"
#include "builder/api_build.h"
#include "network/network.h"
#include "plan/serialize.h"
#include "plugin/plugin_backend.h"
#include "runtime/api_cuda.h"
#include "runtime/api_engine.h"
#include "runtime/api_memory.h"

namespace opentrt::builder {

using api::guarded;

namespace {

constexpr uint32_t flagBit(NetworkDefinitionCreationFlag flag) {
    return 1U << static_cast<uint32_t>(flag);
}

std::unique_ptr<api::HostMemory> toMemory(Plan plan) {
    std::unique_ptr<api::HostMemory> memory;
    serializeInto(std::move(plan), [&](size_t bytes) {
        memory = std::make_unique<api::HostMemory>(bytes);
        return memory->data();
    });
    return memory;
}

BuilderConfig& ours(IBuilderConfig& config) {
    return static_cast<BuilderConfig&>(config);
}
network::Network& ours(INetworkDefinition& network) {
    return static_cast<network::Network&>(network);
}

}  // namespace

Builder::Builder(ILogger* logger, int32_t era)
    : reporter_(logger, era),
      plugins_(reporter_, &plugin::processRegistry()),
      legacy_(std::make_unique<BuilderConfig>(reporter_)) {
    mImpl = this;
}

bool Builder::platformHasFastFp16() const noexcept {
    return guarded(reporter_, false, [] { return defaultBackend().computesInHalf(); });
}

bool Builder::platformHasFastInt8() const noexcept {
    return guarded(reporter_, false, [] { return defaultBackend().multipliesQuantized(DType::I8); });
}

bool Builder::platformHasTf32() const noexcept {
    return guarded(reporter_, false, [] { return defaultBackend().multipliesInTf32(); });
}

IBuilderConfig* Builder::createBuilderConfig() noexcept {
    return guarded(reporter_, static_cast<IBuilderConfig*>(nullptr),
                   [&]() -> IBuilderConfig* { return new BuilderConfig(reporter_); });
}

INetworkDefinition* Builder::createNetworkV2(NetworkDefinitionCreationFlags flags) noexcept {
    return guarded(reporter_, static_cast<INetworkDefinition*>(nullptr), [&]() -> INetworkDefinition* {
        const bool explicitBatch = flags & flagBit(NetworkDefinitionCreationFlag::kEXPLICIT_BATCH);
        if (reporter_.era() < 10 && !explicitBatch) return new network::Network(reporter_, *this, flags, true);
        uint32_t all = flags | flagBit(NetworkDefinitionCreationFlag::kEXPLICIT_BATCH);
        if (reporter_.era() >= 11) all |= flagBit(NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
        return new network::Network(reporter_, *this, all, false);
    });
}

INetworkDefinition* Builder::createImplicitBatchNetwork() noexcept {
    return guarded(reporter_, static_cast<INetworkDefinition*>(nullptr),
                   [&]() -> INetworkDefinition* { return new network::Network(reporter_, *this, 0, true); });
}

IOptimizationProfile* Builder::createOptimizationProfile() noexcept {
    return guarded(reporter_, static_cast<IOptimizationProfile*>(nullptr),
                   [&]() -> IOptimizationProfile* { return &profiles_.emplace_back(reporter_); });
}

void Builder::reset() noexcept {
    legacy_->reset();
    reporter_.setRecorder(nullptr);
    maxBatch_ = 1;
    maxThreads_ = 1;
}

bool Builder::setMaxThreads(int32_t maxThreads) noexcept {
    return guarded(reporter_, [&] {
        if (maxThreads < 1) {
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("at most ", maxThreads, " threads are allowed when 1 is the least"));
        }
        maxThreads_ = maxThreads;
    });
}

void Builder::setMaxBatchSize(int32_t batchSize) noexcept {
    guarded(reporter_, [&] {
        if (batchSize < 1)
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("the largest batch is ", batchSize, " when 1 is the least"));
        maxBatch_ = batchSize;
    });
}

std::unique_ptr<plugin::PluginBackend> Builder::pluginBackend() {
    return std::make_unique<plugin::PluginBackend>(
        &plugins_, plugin::Resources{allocator_, reporter_.recorder(), &runtime::CudaRuntime::finishNested});
}

Plan Builder::build(network::Network& network, BuilderConfig& config, const Backend* plugins) {
    const auto ownPlugins = plugins ? nullptr : pluginBackend();
    return buildPlan(BuildRequest{network,
                                  config,
                                  reporter_,
                                  maxBatch_,
                                  {},
                                  plugins ? plugins : ownPlugins.get(),
                                  runtime::makeMemorySource(allocator_)});
}

IHostMemory* Builder::buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config) noexcept {
    return guarded(reporter_, static_cast<IHostMemory*>(nullptr),
                   [&]() -> IHostMemory* { return toMemory(build(ours(network), ours(config))).release(); });
}

IHostMemory* Builder::buildSerializedNetworkWithKernelText(INetworkDefinition& network, IBuilderConfig& config,
                                                           IHostMemory*& kernelText) noexcept {
    kernelText = nullptr;
    return guarded(reporter_, static_cast<IHostMemory*>(nullptr), [&]() -> IHostMemory* {
        Plan plan = build(ours(network), ours(config));
        const std::string text = str(plan);
        auto bytes = toMemory(std::move(plan));
        auto memory = std::make_unique<api::HostMemory>(text.size());
        std::memcpy(memory->data(), text.data(), text.size());
        kernelText = memory.release();
        return bytes.release();
    });
}

bool Builder::buildSerializedNetworkToStream(INetworkDefinition& network, IBuilderConfig& config,
                                             IStreamWriter& writer) noexcept {
    return guarded(reporter_, [&] {
        serialize(build(ours(network), ours(config)), [&](const void* bytes, size_t size) {
            const auto count = static_cast<int64_t>(size);
            return writer.write(bytes, count) == count;
        });
    });
}

ICudaEngine* Builder::buildEngineWithConfig(INetworkDefinition& network, IBuilderConfig& config) noexcept {
    return guarded(reporter_, static_cast<ICudaEngine*>(nullptr), [&]() -> ICudaEngine* {
        // Through the file form, because the plan of a build still points at weights of the application.
        // The objects of plugins go to the engine as they are.
        const auto plugins = pluginBackend();
        const std::unique_ptr<api::HostMemory> bytes = toMemory(build(ours(network), ours(config), plugins.get()));
        const std::span<const uint8_t> all(bytes->share().get(), bytes->size());
        return runtime::makeEngine(reporter_, deserialize(all, bytes->share()), allocator_, plugins.get()).release();
    });
}

bool Builder::isNetworkSupported(INetworkDefinition const& network, IBuilderConfig const& config) const noexcept {
    return guarded(reporter_, [&] {
        auto& ownNetwork = const_cast<network::Network&>(static_cast<const network::Network&>(network));
        checkRequest(BuildRequest{ownNetwork, static_cast<const BuilderConfig&>(config), reporter_, maxBatch_});
    });
}

}  // namespace opentrt::builder
