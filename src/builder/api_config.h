// SPDX-License-Identifier: Apache-2.0
// IBuilderConfig: options, stored with the defaults of the caller's era. What has no meaning on this machine is stored
// too, so that it reads back as set; the build says what it ignores.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "NvInfer.h"
#include "api/reporter.h"
#include "builder/api_profile.h"
#include "builder/api_timing_cache.h"

namespace opentrt::builder {

class BuilderConfig final : public IBuilderConfig, public apiv::VBuilderConfigExt {
public:
    explicit BuilderConfig(const api::Reporter& reporter);

    //! All options as plain data; one assignment restores the defaults.
    struct Options {
        int32_t avgTiming = 1;
        int32_t minTiming = 1;
        EngineCapability capability = EngineCapability::kSTANDARD;
        IInt8Calibrator* calibrator = nullptr;
        BuilderFlags flags = 0;
        std::map<const ILayer*, DeviceType> devices;
        int32_t dlaCore = -1;
        DeviceType defaultDevice = DeviceType::kGPU;
        cudaStream_t stream = nullptr;
        std::vector<std::shared_ptr<const OptimizationProfile>> profiles;
        ProfilingVerbosity verbosity = ProfilingVerbosity::kLAYER_NAMES_ONLY;
        IAlgorithmSelector* selector = nullptr;
        const IOptimizationProfile* calibrationProfile = nullptr;
        QuantizationFlags quantization = 0;
        TacticSources sources = 0;
        bool choosesSources = false;  //!< the program has said which; otherwise all that are found may be used
        std::shared_ptr<TimingCacheShell> timingCache;
        std::map<MemoryPoolType, std::size_t> pools;
        std::map<PreviewFeature, bool> previews;
        int32_t optimizationLevel = 3;
        HardwareCompatibilityLevel compatibility = HardwareCompatibilityLevel::kNONE;
        std::vector<std::string> pluginsToSerialize;
        int32_t maxAuxStreams = -1;
        IProgressMonitor* monitor = nullptr;
        RuntimePlatform platform = RuntimePlatform::kSAME_AS_BUILD;
        int32_t maxTactics = -1;
        TilingOptimizationLevel tiling = TilingOptimizationLevel::kNONE;
        int64_t l2Limit = -1;
    };
    const Options& options() const { return o_; }
    bool has(BuilderFlag flag) const { return (o_.flags >> static_cast<uint32_t>(flag)) & 1U; }

    void setAvgTimingIterations(int32_t avgTiming) noexcept override;
    int32_t getAvgTimingIterations() const noexcept override { return o_.avgTiming; }
    void setEngineCapability(EngineCapability capability) noexcept override { o_.capability = capability; }
    EngineCapability getEngineCapability() const noexcept override { return o_.capability; }
    void setInt8Calibrator(IInt8Calibrator* calibrator) noexcept override { o_.calibrator = calibrator; }
    IInt8Calibrator* getInt8Calibrator() const noexcept override { return o_.calibrator; }
    void setFlags(BuilderFlags builderFlags) noexcept override { o_.flags = builderFlags; }
    BuilderFlags getFlags() const noexcept override { return o_.flags; }
    void clearFlag(BuilderFlag builderFlag) noexcept override;
    void setFlag(BuilderFlag builderFlag) noexcept override;
    bool getFlag(BuilderFlag builderFlag) const noexcept override { return has(builderFlag); }
    void setDeviceType(ILayer const* layer, DeviceType deviceType) noexcept override;
    DeviceType getDeviceType(ILayer const* layer) const noexcept override;
    bool isDeviceTypeSet(ILayer const* layer) const noexcept override { return o_.devices.count(layer) > 0; }
    void resetDeviceType(ILayer const* layer) noexcept override { o_.devices.erase(layer); }
    bool canRunOnDLA(ILayer const*) const noexcept override { return false; }
    void setDLACore(int32_t dlaCore) noexcept override;
    int32_t getDLACore() const noexcept override { return o_.dlaCore; }
    void setDefaultDeviceType(DeviceType deviceType) noexcept override { o_.defaultDevice = deviceType; }
    DeviceType getDefaultDeviceType() const noexcept override { return o_.defaultDevice; }
    void reset() noexcept override;
    void setProfileStream(const cudaStream_t stream) noexcept override { o_.stream = stream; }
    cudaStream_t getProfileStream() const noexcept override { return o_.stream; }
    int32_t addOptimizationProfile(IOptimizationProfile const* profile) noexcept override;
    int32_t getNbOptimizationProfiles() const noexcept override { return static_cast<int32_t>(o_.profiles.size()); }
    void setProfilingVerbosity(ProfilingVerbosity verbosity) noexcept override { o_.verbosity = verbosity; }
    ProfilingVerbosity getProfilingVerbosity() const noexcept override { return o_.verbosity; }
    void setAlgorithmSelector(IAlgorithmSelector* selector) noexcept override { o_.selector = selector; }
    IAlgorithmSelector* getAlgorithmSelector() const noexcept override { return o_.selector; }
    bool setCalibrationProfile(IOptimizationProfile const* profile) noexcept override;
    IOptimizationProfile const* getCalibrationProfile() noexcept override { return o_.calibrationProfile; }
    void setQuantizationFlags(QuantizationFlags flags) noexcept override { o_.quantization = flags; }
    QuantizationFlags getQuantizationFlags() const noexcept override { return o_.quantization; }
    void clearQuantizationFlag(QuantizationFlag flag) noexcept override;
    void setQuantizationFlag(QuantizationFlag flag) noexcept override;
    bool getQuantizationFlag(QuantizationFlag flag) const noexcept override;
    bool setTacticSources(TacticSources tacticSources) noexcept override;
    TacticSources getTacticSources() const noexcept override { return o_.sources; }
    ITimingCache* createTimingCache(void const* blob, std::size_t size) const noexcept override;
    bool setTimingCache(ITimingCache const& cache, bool ignoreMismatch) noexcept override;
    ITimingCache const* getTimingCache() const noexcept override { return o_.timingCache.get(); }
    void setMemoryPoolLimit(MemoryPoolType pool, std::size_t poolSize) noexcept override;
    std::size_t getMemoryPoolLimit(MemoryPoolType pool) const noexcept override;
    void setPreviewFeature(PreviewFeature feature, bool enable) noexcept override;
    bool getPreviewFeature(PreviewFeature feature) const noexcept override;
    void setBuilderOptimizationLevel(int32_t level) noexcept override;
    int32_t getBuilderOptimizationLevel() const noexcept override { return o_.optimizationLevel; }
    void setHardwareCompatibilityLevel(HardwareCompatibilityLevel level) noexcept override { o_.compatibility = level; }
    HardwareCompatibilityLevel getHardwareCompatibilityLevel() const noexcept override { return o_.compatibility; }
    void setPluginsToSerialize(char const* const* paths, int32_t nbPaths) noexcept override;
    char const* getPluginToSerialize(int32_t index) const noexcept override;
    int32_t getNbPluginsToSerialize() const noexcept override;
    void setMaxAuxStreams(int32_t nbStreams) noexcept override;
    int32_t getMaxAuxStreams() const noexcept override { return o_.maxAuxStreams; }
    void setProgressMonitor(IProgressMonitor* monitor) noexcept override { o_.monitor = monitor; }
    IProgressMonitor* getProgressMonitor() const noexcept override { return o_.monitor; }
    void setRuntimePlatform(RuntimePlatform runtimePlatform) noexcept override { o_.platform = runtimePlatform; }
    RuntimePlatform getRuntimePlatform() const noexcept override { return o_.platform; }
    void setMaxNbTactics(int32_t maxTactics) noexcept override { o_.maxTactics = maxTactics; }
    int32_t getMaxNbTactics() const noexcept override { return o_.maxTactics; }
    bool setTilingOptimizationLevel(TilingOptimizationLevel level) noexcept override;
    TilingOptimizationLevel getTilingOptimizationLevel() const noexcept override { return o_.tiling; }
    bool setL2LimitForTiling(int64_t size) noexcept override;
    int64_t getL2LimitForTiling() const noexcept override { return o_.l2Limit; }
    bool setRemoteAutoTuningConfig(char const* config) noexcept override;
    char const* getRemoteAutoTuningConfig() const noexcept override;
    void setMinTimingIterations(int32_t minTiming) noexcept override;
    int32_t getMinTimingIterations() const noexcept override { return o_.minTiming; }
    bool setBuildRoute(char const* buildRoute) noexcept override;
    char const* getBuildRoute() const noexcept override;
    char const* getAllBuildRoutes() const noexcept override { return ""; }

private:
    Options defaults() const;

    mutable api::Reporter reporter_;
    Options o_;
};

}  // namespace opentrt::builder
