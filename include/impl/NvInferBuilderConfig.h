// SPDX-License-Identifier: Apache-2.0
//! \file NvInferBuilderConfig.h
//! Options of one build, the timing cache and the progress monitor.
#ifndef NV_INFER_BUILDER_CONFIG_H
#define NV_INFER_BUILDER_CONFIG_H

#include "NvInferAlgorithm.h"
#include "NvInferCalibration.h"
#include "NvInferTensor.h"

namespace nvinfer1 {

//! Identifies one timed step: a hash of the layer, its shapes, types, formats and the device. Since 10.8.
struct TimingCacheKey {
    uint8_t data[16];  //!< Opaque; printed by tools as 32 hexadecimal digits.
};

//! What the cache knows about a key: the tactic that won and its time. Since 10.8.
struct TimingCacheValue {
    uint64_t tacticHash;  //!< The tactic, or kINVALID_TACTIC_HASH.
    float timingMSec;     //!< Its median time in milliseconds.

    static constexpr uint64_t kINVALID_TACTIC_HASH = UINT64_MAX;  //!< "No such entry".
};

//! The versioned names of the reference headers.
namespace v_1_0 {
using nvinfer1::TimingCacheKey;
using nvinfer1::TimingCacheValue;
}  // namespace v_1_0

class ITimingCache : public INoCopy {
public:
    virtual ~ITimingCache() noexcept = default;

    IHostMemory* serialize() const noexcept { return mImpl->serialize(); }

    bool combine(ITimingCache const& inputCache, bool ignoreMismatch) noexcept {
        return mImpl->combine(inputCache, ignoreMismatch);
    }

    bool reset() noexcept { return mImpl->reset(); }

    int64_t queryKeys(TimingCacheKey* keyBuffer, int64_t capacity) const noexcept {
        return mImpl->queryKeys(keyBuffer, capacity);
    }

    TimingCacheValue query(TimingCacheKey const& key) const noexcept { return mImpl->query(key); }

    bool update(TimingCacheKey const& key, TimingCacheValue const& value) noexcept { return mImpl->update(key, value); }

protected:
    apiv::VTimingCache* mImpl;
};

enum class BuilderFlag : int32_t {
    kFP16 TRT_DEPRECATED_ENUM = 0,
    kINT8 TRT_DEPRECATED_ENUM = 1,
    kDEBUG = 2,
    kGPU_FALLBACK = 3,
    kREFIT = 4,
    kDISABLE_TIMING_CACHE = 5,
    kTF32 = 6,
    kSPARSE_WEIGHTS = 7,
    kSAFETY_SCOPE TRT_DEPRECATED_ENUM = 8,
    kOBEY_PRECISION_CONSTRAINTS TRT_DEPRECATED_ENUM = 9,
    kPREFER_PRECISION_CONSTRAINTS TRT_DEPRECATED_ENUM = 10,
    kDIRECT_IO TRT_DEPRECATED_ENUM = 11,
    kREJECT_EMPTY_ALGORITHMS TRT_DEPRECATED_ENUM = 12,
    kVERSION_COMPATIBLE = 13,
    kEXCLUDE_LEAN_RUNTIME = 14,
    kFP8 TRT_DEPRECATED_ENUM = 15,
    kERROR_ON_TIMING_CACHE_MISS = 16,
    kBF16 TRT_DEPRECATED_ENUM = 17,
    kDISABLE_COMPILATION_CACHE = 18,
    kSTRIP_PLAN = 19,
    kWEIGHTLESS TRT_DEPRECATED_ENUM = kSTRIP_PLAN,
    kREFIT_IDENTICAL = 20,
    kWEIGHT_STREAMING = 21,
    kINT4 TRT_DEPRECATED_ENUM = 22,
    kREFIT_INDIVIDUAL = 23,
    kSTRICT_NANS = 24,
    kMONITOR_MEMORY = 25,
    kFP4 TRT_DEPRECATED_ENUM = 26,
    kEDITABLE_TIMING_CACHE = 27,
    kDISTRIBUTIVE_INDEPENDENCE = 28,
};

enum class MemoryPoolType : int32_t {
    kWORKSPACE = 0,
    kDLA_MANAGED_SRAM = 1,
    kDLA_LOCAL_DRAM = 2,
    kDLA_GLOBAL_DRAM = 3,
    kTACTIC_DRAM = 4,
    kTACTIC_SHARED_MEMORY = 5,
};

enum class PreviewFeature : int32_t {
    kPROFILE_SHARING_0806 TRT_DEPRECATED_ENUM = 0,
    kALIASED_PLUGIN_IO_10_03 = 1,
    kRUNTIME_ACTIVATION_RESIZE_10_10 = 2,
    kMULTIDEVICE_RUNTIME_10_16 = 3,
};

enum class HardwareCompatibilityLevel : int32_t {
    kNONE = 0,
    kAMPERE_PLUS = 1,
    kSAME_COMPUTE_CAPABILITY = 2,
};

enum class RuntimePlatform : int32_t {
    kSAME_AS_BUILD = 0,
    kWINDOWS_AMD64 = 1,
};

enum class TilingOptimizationLevel : int32_t {
    kNONE = 0,
    kFAST = 1,
    kMODERATE = 2,
    kFULL = 3,
};

class IProgressMonitor : public IVersionedInterface {
public:
    IProgressMonitor() = default;

    virtual ~IProgressMonitor() noexcept = default;

    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IProgressMonitor", 1, 0}; }

    virtual void phaseStart(char const* phaseName, char const* parentPhase, int32_t nbSteps) = 0;

    virtual bool stepComplete(char const* phaseName, int32_t step) = 0;

    virtual void phaseFinish(char const* phaseName) = 0;
};

class IBuilderConfig : public INoCopy {
public:
    virtual ~IBuilderConfig() noexcept = default;

    virtual void setAvgTimingIterations(int32_t avgTiming) noexcept { mImpl->setAvgTimingIterations(avgTiming); }
    int32_t getAvgTimingIterations() const noexcept { return mImpl->getAvgTimingIterations(); }

    void setEngineCapability(EngineCapability capability) noexcept { mImpl->setEngineCapability(capability); }
    EngineCapability getEngineCapability() const noexcept { return mImpl->getEngineCapability(); }

    TRT_DEPRECATED void setInt8Calibrator(IInt8Calibrator* calibrator) noexcept {
        mImpl->setInt8Calibrator(calibrator);
    }
    TRT_DEPRECATED IInt8Calibrator* getInt8Calibrator() const noexcept { return mImpl->getInt8Calibrator(); }

    void setFlags(BuilderFlags builderFlags) noexcept { mImpl->setFlags(builderFlags); }
    BuilderFlags getFlags() const noexcept { return mImpl->getFlags(); }

    void clearFlag(BuilderFlag builderFlag) noexcept { mImpl->clearFlag(builderFlag); }

    void setFlag(BuilderFlag builderFlag) noexcept { mImpl->setFlag(builderFlag); }
    bool getFlag(BuilderFlag builderFlag) const noexcept { return mImpl->getFlag(builderFlag); }

    void setDeviceType(ILayer const* layer, DeviceType deviceType) noexcept { mImpl->setDeviceType(layer, deviceType); }
    DeviceType getDeviceType(ILayer const* layer) const noexcept { return mImpl->getDeviceType(layer); }

    bool isDeviceTypeSet(ILayer const* layer) const noexcept { return mImpl->isDeviceTypeSet(layer); }

    void resetDeviceType(ILayer const* layer) noexcept { mImpl->resetDeviceType(layer); }

    bool canRunOnDLA(ILayer const* layer) const noexcept { return mImpl->canRunOnDLA(layer); }

    void setDLACore(int32_t dlaCore) noexcept { mImpl->setDLACore(dlaCore); }
    int32_t getDLACore() const noexcept { return mImpl->getDLACore(); }

    void setDefaultDeviceType(DeviceType deviceType) noexcept { mImpl->setDefaultDeviceType(deviceType); }
    DeviceType getDefaultDeviceType() const noexcept { return mImpl->getDefaultDeviceType(); }

    void reset() noexcept { mImpl->reset(); }

    void setProfileStream(const cudaStream_t stream) noexcept { mImpl->setProfileStream(stream); }
    cudaStream_t getProfileStream() const noexcept { return mImpl->getProfileStream(); }

    int32_t addOptimizationProfile(IOptimizationProfile const* profile) noexcept {
        return mImpl->addOptimizationProfile(profile);
    }

    int32_t getNbOptimizationProfiles() const noexcept { return mImpl->getNbOptimizationProfiles(); }

    void setProfilingVerbosity(ProfilingVerbosity verbosity) noexcept { mImpl->setProfilingVerbosity(verbosity); }
    ProfilingVerbosity getProfilingVerbosity() const noexcept { return mImpl->getProfilingVerbosity(); }

    TRT_DEPRECATED void setAlgorithmSelector(IAlgorithmSelector* selector) noexcept {
        mImpl->setAlgorithmSelector(selector);
    }
    TRT_DEPRECATED IAlgorithmSelector* getAlgorithmSelector() const noexcept { return mImpl->getAlgorithmSelector(); }

    TRT_DEPRECATED bool setCalibrationProfile(IOptimizationProfile const* profile) noexcept {
        return mImpl->setCalibrationProfile(profile);
    }
    TRT_DEPRECATED IOptimizationProfile const* getCalibrationProfile() noexcept {
        return mImpl->getCalibrationProfile();
    }

    TRT_DEPRECATED void setQuantizationFlags(QuantizationFlags flags) noexcept { mImpl->setQuantizationFlags(flags); }
    TRT_DEPRECATED QuantizationFlags getQuantizationFlags() const noexcept { return mImpl->getQuantizationFlags(); }

    TRT_DEPRECATED void clearQuantizationFlag(QuantizationFlag flag) noexcept { mImpl->clearQuantizationFlag(flag); }

    TRT_DEPRECATED void setQuantizationFlag(QuantizationFlag flag) noexcept { mImpl->setQuantizationFlag(flag); }
    TRT_DEPRECATED bool getQuantizationFlag(QuantizationFlag flag) const noexcept {
        return mImpl->getQuantizationFlag(flag);
    }

    bool setTacticSources(TacticSources tacticSources) noexcept { return mImpl->setTacticSources(tacticSources); }
    TacticSources getTacticSources() const noexcept { return mImpl->getTacticSources(); }

    ITimingCache* createTimingCache(void const* blob, std::size_t size) const noexcept {
        return mImpl->createTimingCache(blob, size);
    }

    bool setTimingCache(ITimingCache const& cache, bool ignoreMismatch) noexcept {
        return mImpl->setTimingCache(cache, ignoreMismatch);
    }
    ITimingCache const* getTimingCache() const noexcept { return mImpl->getTimingCache(); }

    void setMemoryPoolLimit(MemoryPoolType pool, std::size_t poolSize) noexcept {
        mImpl->setMemoryPoolLimit(pool, poolSize);
    }
    std::size_t getMemoryPoolLimit(MemoryPoolType pool) const noexcept { return mImpl->getMemoryPoolLimit(pool); }

    void setPreviewFeature(PreviewFeature feature, bool enable) noexcept { mImpl->setPreviewFeature(feature, enable); }
    bool getPreviewFeature(PreviewFeature feature) const noexcept { return mImpl->getPreviewFeature(feature); }

    void setBuilderOptimizationLevel(int32_t level) noexcept { mImpl->setBuilderOptimizationLevel(level); }
    int32_t getBuilderOptimizationLevel() noexcept { return mImpl->getBuilderOptimizationLevel(); }

    void setHardwareCompatibilityLevel(HardwareCompatibilityLevel hardwareCompatibilityLevel) noexcept {
        mImpl->setHardwareCompatibilityLevel(hardwareCompatibilityLevel);
    }
    HardwareCompatibilityLevel getHardwareCompatibilityLevel() const noexcept {
        return mImpl->getHardwareCompatibilityLevel();
    }

    void setPluginsToSerialize(char const* const* paths, int32_t nbPaths) noexcept {
        mImpl->setPluginsToSerialize(paths, nbPaths);
    }

    char const* getPluginToSerialize(int32_t index) const noexcept { return mImpl->getPluginToSerialize(index); }

    int32_t getNbPluginsToSerialize() const noexcept { return mImpl->getNbPluginsToSerialize(); }

    void setMaxAuxStreams(int32_t nbStreams) noexcept { mImpl->setMaxAuxStreams(nbStreams); }
    int32_t getMaxAuxStreams() const noexcept { return mImpl->getMaxAuxStreams(); }

    void setProgressMonitor(IProgressMonitor* monitor) noexcept { mImpl->setProgressMonitor(monitor); }
    IProgressMonitor* getProgressMonitor() const noexcept { return mImpl->getProgressMonitor(); }

    void setRuntimePlatform(RuntimePlatform runtimePlatform) noexcept { mImpl->setRuntimePlatform(runtimePlatform); }
    RuntimePlatform getRuntimePlatform() const noexcept { return mImpl->getRuntimePlatform(); }

    void setMaxNbTactics(int32_t maxNbTactics) noexcept { mImpl->setMaxNbTactics(maxNbTactics); }
    int32_t getMaxNbTactics() const noexcept { return mImpl->getMaxNbTactics(); }

    bool setTilingOptimizationLevel(TilingOptimizationLevel level) noexcept {
        return mImpl->setTilingOptimizationLevel(level);
    }
    TilingOptimizationLevel getTilingOptimizationLevel() const noexcept { return mImpl->getTilingOptimizationLevel(); }

    bool setL2LimitForTiling(int64_t size) noexcept { return mImpl->setL2LimitForTiling(size); }
    int64_t getL2LimitForTiling() const noexcept { return mImpl->getL2LimitForTiling(); }

    bool setRemoteAutoTuningConfig(char const* config) noexcept { return mImpl->setRemoteAutoTuningConfig(config); }
    char const* getRemoteAutoTuningConfig() const noexcept { return mImpl->getRemoteAutoTuningConfig(); }

protected:
    //! The part of the implementation that serves other eras.
    apiv::VBuilderConfigExt* ext() const noexcept { return static_cast<apiv::VBuilderConfigExt*>(mImpl); }

    apiv::VBuilderConfig* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<BuilderFlag> : EnumCount<29> {};
template <>
struct EnumMaxImpl<MemoryPoolType> : EnumCount<6> {};
template <>
struct EnumMaxImpl<PreviewFeature> : EnumCount<4> {};
template <>
struct EnumMaxImpl<HardwareCompatibilityLevel> : EnumCount<3> {};
template <>
struct EnumMaxImpl<RuntimePlatform> : EnumCount<2> {};
template <>
struct EnumMaxImpl<TilingOptimizationLevel> : EnumCount<4> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_BUILDER_CONFIG_H
