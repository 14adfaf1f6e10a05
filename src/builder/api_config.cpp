// SPDX-License-Identifier: Apache-2.0
#include "builder/api_config.h"

#include <unistd.h>

#include "backends/backend.h"

namespace opentrt::builder {

using api::guarded;

namespace {

template <class E>
uint32_t bit(E flag) {
    return 1U << static_cast<uint32_t>(flag);
}

size_t machineMemory() {
    return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGE_SIZE));
}

std::size_t defaultPool(MemoryPoolType pool) {
    switch (pool) {
        case MemoryPoolType::kWORKSPACE:
            return machineMemory();
        case MemoryPoolType::kTACTIC_DRAM:
            return machineMemory() / 4 * 3;
        case MemoryPoolType::kTACTIC_SHARED_MEMORY:
            return std::size_t{1} << 30;
        case MemoryPoolType::kDLA_MANAGED_SRAM:
            return 0;
        case MemoryPoolType::kDLA_LOCAL_DRAM:
            return std::size_t{1} << 30;
        case MemoryPoolType::kDLA_GLOBAL_DRAM:
            return std::size_t{1} << 29;
    }
    return 0;
}

}  // namespace

BuilderConfig::BuilderConfig(const api::Reporter& reporter) : reporter_(reporter), o_(defaults()) {
    mImpl = this;
}

BuilderConfig::Options BuilderConfig::defaults() const {
    Options options;
    if (reporter_.era() >= 7) options.flags = bit(BuilderFlag::kTF32);
    options.sources = bit(TacticSource::kEDGE_MASK_CONVOLUTIONS) | bit(TacticSource::kJIT_CONVOLUTIONS);
    if (reporter_.era() < 10) options.sources = bit(TacticSource::kEDGE_MASK_CONVOLUTIONS) * 2 - 1;
    if (reporter_.era() < 10 && reporter_.era() >= 8) options.sources |= bit(TacticSource::kJIT_CONVOLUTIONS);
    options.previews[PreviewFeature::kPROFILE_SHARING_0806] = true;
    return options;
}

void BuilderConfig::reset() noexcept {
    o_ = defaults();
}

void BuilderConfig::setAvgTimingIterations(int32_t avgTiming) noexcept {
    guarded(reporter_, [&] {
        if (avgTiming < 1)
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("tactics are to be timed ", avgTiming, " times when 1 is the least"));
        o_.avgTiming = avgTiming;
    });
}

void BuilderConfig::setMinTimingIterations(int32_t minTiming) noexcept {
    guarded(reporter_, [&] {
        if (minTiming < 1)
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("tactics are to be timed ", minTiming, " times when 1 is the least"));
        o_.minTiming = minTiming;
    });
}

void BuilderConfig::clearFlag(BuilderFlag builderFlag) noexcept {
    o_.flags &= ~bit(builderFlag);
}
void BuilderConfig::setDLACore(int32_t dlaCore) noexcept {
    if (dlaCore >= 0) {
        reporter_.warning("DLA core ", dlaCore, " is not taken: this machine has none, and engines run on the CPU");
        return;
    }
    o_.dlaCore = dlaCore;
}

void BuilderConfig::setFlag(BuilderFlag builderFlag) noexcept {
    o_.flags |= bit(builderFlag);
}

void BuilderConfig::setDeviceType(ILayer const* layer, DeviceType deviceType) noexcept {
    guarded(reporter_, [&] { o_.devices[layer] = deviceType; });
}
DeviceType BuilderConfig::getDeviceType(ILayer const* layer) const noexcept {
    const auto at = o_.devices.find(layer);
    return at == o_.devices.end() ? o_.defaultDevice : at->second;
}

int32_t BuilderConfig::addOptimizationProfile(IOptimizationProfile const* profile) noexcept {
    return guarded(reporter_, -1, [&] {
        if (!profile) throw Error(ErrorCode::InvalidArgument, "", "the optimization profile is null");
        auto copy = std::make_shared<const OptimizationProfile>(static_cast<const OptimizationProfile&>(*profile));
        copy->check();
        o_.profiles.push_back(std::move(copy));
        return getNbOptimizationProfiles() - 1;
    });
}

bool BuilderConfig::setCalibrationProfile(IOptimizationProfile const* profile) noexcept {
    if (profile && !profile->isValid()) return false;
    o_.calibrationProfile = profile;
    return true;
}

void BuilderConfig::clearQuantizationFlag(QuantizationFlag flag) noexcept {
    o_.quantization &= ~bit(flag);
}
void BuilderConfig::setQuantizationFlag(QuantizationFlag flag) noexcept {
    o_.quantization |= bit(flag);
}
bool BuilderConfig::getQuantizationFlag(QuantizationFlag flag) const noexcept {
    return (o_.quantization & bit(flag)) != 0;
}

bool BuilderConfig::setTacticSources(TacticSources tacticSources) noexcept {
    return guarded(reporter_, [&] {
        if (tacticSources >> EnumMax<TacticSource>()) {
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("the tactic sources ", tacticSources, " have a bit of a source that is not known"));
        }
        o_.sources = tacticSources;
        o_.choosesSources = true;
    });
}

ITimingCache* BuilderConfig::createTimingCache(void const* blob, std::size_t size) const noexcept {
    return guarded(reporter_, static_cast<ITimingCache*>(nullptr), [&]() -> ITimingCache* {
        const std::string device = defaultBackend().device();
        auto cache = blob && size > 0 ? std::make_shared<TimingCache>(TimingCache::parse(blob, size, device, true))
                                      : std::make_shared<TimingCache>(device);
        return new TimingCacheShell(reporter_, std::move(cache), has(BuilderFlag::kEDITABLE_TIMING_CACHE));
    });
}

bool BuilderConfig::setTimingCache(ITimingCache const& cache, bool ignoreMismatch) noexcept {
    return guarded(reporter_, [&] {
        const auto& shell = static_cast<const TimingCacheShell&>(cache);
        const std::string device = defaultBackend().device();
        if (shell.cache()->device() != device && !ignoreMismatch) {
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("the timing cache was made on \"", shell.cache()->device(), "\" when this is \"", device,
                            "\"; set ignoreMismatch to use it all the same"));
        }
        o_.timingCache =
            std::make_shared<TimingCacheShell>(reporter_, shell.cache(), has(BuilderFlag::kEDITABLE_TIMING_CACHE));
    });
}

void BuilderConfig::setMemoryPoolLimit(MemoryPoolType pool, std::size_t poolSize) noexcept {
    guarded(reporter_, [&] { o_.pools[pool] = poolSize; });
}
std::size_t BuilderConfig::getMemoryPoolLimit(MemoryPoolType pool) const noexcept {
    const auto at = o_.pools.find(pool);
    if (at != o_.pools.end()) return at->second;
    // Programs of 5.x to 7.x find no workspace set; the build uses what there is all the same.
    if (pool == MemoryPoolType::kWORKSPACE && reporter_.era() < 8) return 0;
    return defaultPool(pool);
}

void BuilderConfig::setPreviewFeature(PreviewFeature feature, bool enable) noexcept {
    guarded(reporter_, [&] { o_.previews[feature] = enable; });
}
bool BuilderConfig::getPreviewFeature(PreviewFeature feature) const noexcept {
    const auto at = o_.previews.find(feature);
    return at != o_.previews.end() && at->second;
}

void BuilderConfig::setBuilderOptimizationLevel(int32_t level) noexcept {
    guarded(reporter_, [&] {
        if (level < 0)
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("the optimization level is ", level, " when 0 is the least"));
        o_.optimizationLevel = level;
    });
}

void BuilderConfig::setPluginsToSerialize(char const* const* paths, int32_t nbPaths) noexcept {
    guarded(reporter_, [&] {
        if (nbPaths < 0 || (nbPaths > 0 && !paths))
            throw Error(ErrorCode::InvalidArgument, "", "the paths of plugin libraries are null");
        o_.pluginsToSerialize.assign(paths, paths + nbPaths);
    });
}
char const* BuilderConfig::getPluginToSerialize(int32_t index) const noexcept {
    const bool valid = index >= 0 && index < getNbPluginsToSerialize();
    return valid ? o_.pluginsToSerialize[static_cast<size_t>(index)].c_str() : nullptr;
}
int32_t BuilderConfig::getNbPluginsToSerialize() const noexcept {
    return static_cast<int32_t>(o_.pluginsToSerialize.size());
}

void BuilderConfig::setMaxAuxStreams(int32_t nbStreams) noexcept {
    if (nbStreams >= 0) o_.maxAuxStreams = nbStreams;
}

bool BuilderConfig::setTilingOptimizationLevel(TilingOptimizationLevel level) noexcept {
    const auto number = static_cast<int32_t>(level);
    if (number < 0 || number >= EnumMax<TilingOptimizationLevel>()) return false;
    o_.tiling = level;
    return true;
}

bool BuilderConfig::setL2LimitForTiling(int64_t size) noexcept {
    if (size < 0) return false;
    o_.l2Limit = size;
    return true;
}

bool BuilderConfig::setRemoteAutoTuningConfig(char const* config) noexcept {
    if (config && *config) reporter_.unsupported("timing of tactics on another machine");
    return !config || !*config;
}
char const* BuilderConfig::getRemoteAutoTuningConfig() const noexcept {
    return nullptr;
}

bool BuilderConfig::setBuildRoute(char const* buildRoute) noexcept {
    if (buildRoute && *buildRoute) reporter_.unsupported("a build route");
    return !buildRoute || !*buildRoute;
}
char const* BuilderConfig::getBuildRoute() const noexcept {
    return nullptr;
}

}  // namespace opentrt::builder
