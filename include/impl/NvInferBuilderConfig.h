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

//! Measured times of tactics, which make later builds quick and repeatable. Made by
//! IBuilderConfig::createTimingCache(); the caller deletes it after the builds that use it. Builds update it; not
//! thread safe otherwise. Since 8.0.
class ITimingCache : public INoCopy {
public:
    virtual ~ITimingCache() noexcept = default;

    //! \return the cache as bytes, which the caller deletes.
    IHostMemory* serialize() const noexcept { return mImpl->serialize(); }

    //! Takes over the entries of another cache; on a clash its own stay.
    //! \param ignoreMismatch take caches of other devices as well
    //! \return false if the caches do not match.
    bool combine(ITimingCache const& inputCache, bool ignoreMismatch) noexcept {
        return mImpl->combine(inputCache, ignoreMismatch);
    }

    //! Forgets all entries.
    //! \return false after an error.
    bool reset() noexcept { return mImpl->reset(); }

    //! Copies up to `capacity` keys to `keyBuffer`, which may be null if capacity is 0.
    //! \return the number of keys in the cache, -1 after an error. Since 10.8.
    int64_t queryKeys(TimingCacheKey* keyBuffer, int64_t capacity) const noexcept {
        return mImpl->queryKeys(keyBuffer, capacity);
    }

    //! \return the entry of a key; its tacticHash is kINVALID_TACTIC_HASH if there is none. Since 10.8.
    TimingCacheValue query(TimingCacheKey const& key) const noexcept { return mImpl->query(key); }

    //! Replaces the entry of a key, which must exist; the cache must have been made for a config with
    //! kEDITABLE_TIMING_CACHE.
    //! \return false after an error. Since 10.8.
    bool update(TimingCacheKey const& key, TimingCacheValue const& value) noexcept { return mImpl->update(key, value); }

protected:
    apiv::VTimingCache* mImpl;
};

//! Options of a build that are on or off. Older and newer releases numbered them otherwise.
enum class BuilderFlag : int32_t {
    //! Allow kHALF. Deprecated since 10.12.
    kFP16 TRT_DEPRECATED_ENUM = 0,
    //! Allow kINT8; ranges come from quantize layers, setDynamicRange() or a calibrator. Deprecated since 10.12.
    kINT8 TRT_DEPRECATED_ENUM = 1,
    //! Check after every layer while running.
    kDEBUG = 2,
    //! Run on the GPU what a DLA cannot.
    kGPU_FALLBACK = 3,
    //! All weights can be replaced with an IRefitter.
    kREFIT = 4,
    //! Do not share times even within one build.
    kDISABLE_TIMING_CACHE = 5,
    //! Allow 10-bit mantissas in products of kFLOAT; on by default since 7.1.
    kTF32 = 6,
    //! Look for weights with 2 of 4 zero and use kernels for them. Since 8.0.
    kSPARSE_WEIGHTS = 7,
    //! Restrict the network to what the safety runtime serves. Since 7.2. Deprecated since 10.16.
    kSAFETY_SCOPE TRT_DEPRECATED_ENUM = 8,
    //! Fail if a layer cannot run in the type set for it. Since 8.2. Deprecated since 10.12.
    kOBEY_PRECISION_CONSTRAINTS TRT_DEPRECATED_ENUM = 9,
    //! Warn if a layer cannot run in the type set for it. Since 8.2. Deprecated since 10.12.
    kPREFER_PRECISION_CONSTRAINTS TRT_DEPRECATED_ENUM = 10,
    //! Fail if an input or output would be reformatted. Since 8.2. Deprecated since 10.7.
    kDIRECT_IO TRT_DEPRECATED_ENUM = 11,
    //! Fail if an algorithm selector allows nothing for a step. Since 8.2. Deprecated since 10.10.
    kREJECT_EMPTY_ALGORITHMS TRT_DEPRECATED_ENUM = 12,
    //! Make a plan that later versions can run. Since 8.6.
    kVERSION_COMPATIBLE = 13,
    //! Leave the runtime out of a version compatible plan. Since 8.6.
    kEXCLUDE_LEAN_RUNTIME = 14,
    //! Allow kFP8. Since 8.6. Deprecated since 10.12.
    kFP8 TRT_DEPRECATED_ENUM = 15,
    //! Fail if a tactic would have to be timed. Since 9.1.
    kERROR_ON_TIMING_CACHE_MISS = 16,
    //! Allow kBF16. Since 9.1. Deprecated since 10.12.
    kBF16 TRT_DEPRECATED_ENUM = 17,
    //! Do not keep compiled kernels in the timing cache. Since 9.1.
    kDISABLE_COMPILATION_CACHE = 18,
    //! Leave refittable weights out of the plan. Since 10.0.
    kSTRIP_PLAN = 19,
    //! Old name of kSTRIP_PLAN, 9.1 and 9.2. Deprecated since 10.0.
    kWEIGHTLESS TRT_DEPRECATED_ENUM = kSTRIP_PLAN,
    //! Weights can be replaced, but the plan may rely on them being the same. Since 10.0.
    kREFIT_IDENTICAL = 20,
    //! Weights may stay on the host while running. Since 10.0.
    kWEIGHT_STREAMING = 21,
    //! Allow kINT4. Since 10.0. Deprecated since 10.12.
    kINT4 TRT_DEPRECATED_ENUM = 22,
    //! Weights marked one by one can be replaced. Since 10.2.
    kREFIT_INDIVIDUAL = 23,
    //! No rewriting that changes how NaN and infinity propagate. Since 10.3.
    kSTRICT_NANS = 24,
    //! Log memory use while building. Since 10.4.
    kMONITOR_MEMORY = 25,
    //! Allow kFP4. Since 10.8. Deprecated since 10.12.
    kFP4 TRT_DEPRECATED_ENUM = 26,
    //! Keep tactics in the timing cache so that they can be edited. Since 10.8.
    kEDITABLE_TIMING_CACHE = 27,
    //! Each item of a batch is computed the same way whatever the others are. Since 10.9.
    kDISTRIBUTIVE_INDEPENDENCE = 28,
    //! kPREFER_PRECISION_CONSTRAINTS, kDIRECT_IO and kREJECT_EMPTY_ALGORITHMS in one; direct I/O falls back with a
    //! warning. 6.0 to 9.x.
    kSTRICT_TYPES TRT_DEPRECATED_ENUM = 29,
    //! A hint to time fewer tactics. 8.5 to 9.x.
    kENABLE_TACTIC_HEURISTIC TRT_DEPRECATED_ENUM = 30,
};

//! Kinds of memory whose use a build can limit. Since 8.4.
enum class MemoryPoolType : int32_t {
    kWORKSPACE = 0,             //!< Scratch memory of layers; all device memory by default.
    kDLA_MANAGED_SRAM = 1,      //!< Fast memory of a DLA; a power of two, at least 4 KiB.
    kDLA_LOCAL_DRAM = 2,        //!< Host memory that one DLA loadable keeps tensors in; a power of two.
    kDLA_GLOBAL_DRAM = 3,       //!< Host memory that one DLA loadable keeps weights in; a power of two.
    kTACTIC_DRAM = 4,           //!< Device memory that timing may take; three quarters of it by default. Since 8.6.
    kTACTIC_SHARED_MEMORY = 5,  //!< Shared memory that a kernel may take. Since 10.0.
};

//! Features that will be on for good in a later release. Older and newer releases numbered them otherwise. Since 8.5.
enum class PreviewFeature : int32_t {
    //! Profiles may be shared by contexts; on by default. Since 8.6. Deprecated since 10.0.
    kPROFILE_SHARING_0806 TRT_DEPRECATED_ENUM = 0,
    //! A plugin's output may lie on its input. Since 10.3.
    kALIASED_PLUGIN_IO_10_03 = 1,
    //! updateDeviceMemorySizeForShapes() may give a smaller size. Since 10.10.
    kRUNTIME_ACTIVATION_RESIZE_10_10 = 2,
    //! Networks with collectives. Since 10.16.
    kMULTIDEVICE_RUNTIME_10_16 = 3,
    //! Always on. 8.5 to 9.x.
    kFASTER_DYNAMIC_SHAPES_0805 TRT_DEPRECATED_ENUM = 4,
    //! Accepted without effect. 8.5 to 9.x.
    kDISABLE_EXTERNAL_TACTIC_SOURCES_FOR_CORE_0805 TRT_DEPRECATED_ENUM = 5,
};

//! On which devices a plan runs. Since 8.6.
enum class HardwareCompatibilityLevel : int32_t {
    kNONE = 0,                     //!< On the kind of device it was built on.
    kAMPERE_PLUS = 1,              //!< On all GPUs since Ampere.
    kSAME_COMPUTE_CAPABILITY = 2,  //!< On all GPUs of the same compute capability. Since 10.9.
};

//! On which operating system a plan runs. Since 10.2.
enum class RuntimePlatform : int32_t {
    kSAME_AS_BUILD = 0,  //!< On the one it was built on.
    kWINDOWS_AMD64 = 1,  //!< On 64-bit Windows.
};

//! How hard the build looks for tilings that keep data in the cache. Since 10.8.
enum class TilingOptimizationLevel : int32_t {
    kNONE = 0,      //!< Not at all.
    kFAST = 1,      //!< With a quick rule.
    kMODERATE = 2,  //!< With a limited search.
    kFULL = 3,      //!< With a full search.
};

//! Implemented by the user: follows a build and may cancel it. Phases nest; several threads may call at once. Since
//! 9.1.
class IProgressMonitor : public IVersionedInterface {
public:
    IProgressMonitor() = default;

    virtual ~IProgressMonitor() noexcept = default;

    //! \return the name and version of this interface.
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IProgressMonitor", 1, 0}; }

    //! A phase begins.
    //! \param parentPhase the phase around it, null for an outermost one
    //! \param nbSteps how many steps it has.
    virtual void phaseStart(char const* phaseName, char const* parentPhase, int32_t nbSteps) = 0;

    //! A step of a phase is done, 0 .. nbSteps-1.
    //! \return false to cancel the build as soon as possible.
    virtual bool stepComplete(char const* phaseName, int32_t step) = 0;

    //! A phase ends, possibly before its last step.
    virtual void phaseFinish(char const* phaseName) = 0;
};

//! The versioned names of the reference headers.
namespace v_1_0 {
using nvinfer1::IProgressMonitor;
}  // namespace v_1_0

//! The options of one build. Made by IBuilder::createBuilderConfig(); the caller deletes it. Not thread safe.
class IBuilderConfig : public INoCopy {
public:
    virtual ~IBuilderConfig() noexcept = default;

    //! Sets how many times a tactic is run when it is timed; 1 by default, the library may take more for short ones.
    virtual void setAvgTimingIterations(int32_t avgTiming) noexcept { mImpl->setAvgTimingIterations(avgTiming); }
    //! \return how many times a tactic is run when it is timed.
    int32_t getAvgTimingIterations() const noexcept { return mImpl->getAvgTimingIterations(); }

    //! Sets the restricted runtime to build for; kSTANDARD by default. Other values are refused when building.
    void setEngineCapability(EngineCapability capability) noexcept { mImpl->setEngineCapability(capability); }
    //! \return the restricted runtime to build for.
    EngineCapability getEngineCapability() const noexcept { return mImpl->getEngineCapability(); }

    //! Sets the calibrator. Not owned; it must live until the build is done. Deprecated since 10.1.
    TRT_DEPRECATED void setInt8Calibrator(IInt8Calibrator* calibrator) noexcept {
        mImpl->setInt8Calibrator(calibrator);
    }
    //! \return the calibrator. Deprecated since 10.1.
    TRT_DEPRECATED IInt8Calibrator* getInt8Calibrator() const noexcept { return mImpl->getInt8Calibrator(); }

    //! Sets the flags that are on, bit `1 << flag` each.
    void setFlags(BuilderFlags builderFlags) noexcept { mImpl->setFlags(builderFlags); }
    //! \return the flags that are on, bit `1 << flag` each.
    BuilderFlags getFlags() const noexcept { return mImpl->getFlags(); }

    //! Switches a flag off.
    void clearFlag(BuilderFlag builderFlag) noexcept { mImpl->clearFlag(builderFlag); }

    //! Switches a flag on.
    void setFlag(BuilderFlag builderFlag) noexcept { mImpl->setFlag(builderFlag); }
    //! \return true if the flag is on.
    bool getFlag(BuilderFlag builderFlag) const noexcept { return mImpl->getFlag(builderFlag); }

    //! Sets where a layer runs.
    void setDeviceType(ILayer const* layer, DeviceType deviceType) noexcept { mImpl->setDeviceType(layer, deviceType); }
    //! \return where a layer runs.
    DeviceType getDeviceType(ILayer const* layer) const noexcept { return mImpl->getDeviceType(layer); }

    //! \return true if setDeviceType() was called for the layer.
    bool isDeviceTypeSet(ILayer const* layer) const noexcept { return mImpl->isDeviceTypeSet(layer); }

    //! Lets the layer run on the default device again.
    void resetDeviceType(ILayer const* layer) noexcept { mImpl->resetDeviceType(layer); }

    //! \return true if the layer can run on a DLA.
    bool canRunOnDLA(ILayer const* layer) const noexcept { return mImpl->canRunOnDLA(layer); }

    //! Sets the DLA core to build for, 0 .. IBuilder::getNbDLACores()-1.
    void setDLACore(int32_t dlaCore) noexcept { mImpl->setDLACore(dlaCore); }
    //! \return the DLA core to build for, 0 .. IBuilder::getNbDLACores()-1.
    int32_t getDLACore() const noexcept { return mImpl->getDLACore(); }

    //! Sets where layers run; kGPU by default.
    void setDefaultDeviceType(DeviceType deviceType) noexcept { mImpl->setDefaultDeviceType(deviceType); }
    //! \return where layers run.
    DeviceType getDefaultDeviceType() const noexcept { return mImpl->getDefaultDeviceType(); }

    //! Restores all defaults.
    void reset() noexcept { mImpl->reset(); }

    //! Sets the stream on which tactics are timed; a private one by default.
    void setProfileStream(const cudaStream_t stream) noexcept { mImpl->setProfileStream(stream); }
    //! \return the stream on which tactics are timed.
    cudaStream_t getProfileStream() const noexcept { return mImpl->getProfileStream(); }

    //! Adds a profile, which must be valid and stays owned by its builder.
    //! \return its index, -1 after an error. Since 6.0.
    int32_t addOptimizationProfile(IOptimizationProfile const* profile) noexcept {
        return mImpl->addOptimizationProfile(profile);
    }

    //! \return the number of profiles. Since 6.0.
    int32_t getNbOptimizationProfiles() const noexcept { return mImpl->getNbOptimizationProfiles(); }

    //! Sets how much the engine tells about its layers; kLAYER_NAMES_ONLY by default. Since 7.1.
    void setProfilingVerbosity(ProfilingVerbosity verbosity) noexcept { mImpl->setProfilingVerbosity(verbosity); }
    //! \return how much the engine tells about its layers. Since 7.1.
    ProfilingVerbosity getProfilingVerbosity() const noexcept { return mImpl->getProfilingVerbosity(); }

    //! Sets the selector of algorithms. Not owned; null removes it. Deprecated since 10.8.
    TRT_DEPRECATED void setAlgorithmSelector(IAlgorithmSelector* selector) noexcept {
        mImpl->setAlgorithmSelector(selector);
    }
    //! \return the selector of algorithms. Deprecated since 10.8.
    TRT_DEPRECATED IAlgorithmSelector* getAlgorithmSelector() const noexcept { return mImpl->getAlgorithmSelector(); }

    //! Sets the profile for calibration. Its usual shapes are used; not owned.
    //! \return false if it is not valid. Deprecated since 10.1.
    TRT_DEPRECATED bool setCalibrationProfile(IOptimizationProfile const* profile) noexcept {
        return mImpl->setCalibrationProfile(profile);
    }
    //! \return the profile for calibration. Null if none was set. Deprecated since 10.1.
    TRT_DEPRECATED IOptimizationProfile const* getCalibrationProfile() noexcept {
        return mImpl->getCalibrationProfile();
    }

    //! Sets the quantization flags that are on, bit `1 << flag` each. Deprecated since 10.10.
    TRT_DEPRECATED void setQuantizationFlags(QuantizationFlags flags) noexcept { mImpl->setQuantizationFlags(flags); }
    //! \return the quantization flags that are on, bit `1 << flag` each. Deprecated since 10.10.
    TRT_DEPRECATED QuantizationFlags getQuantizationFlags() const noexcept { return mImpl->getQuantizationFlags(); }

    //! Switches a quantization flag off. Deprecated since 10.10.
    TRT_DEPRECATED void clearQuantizationFlag(QuantizationFlag flag) noexcept { mImpl->clearQuantizationFlag(flag); }

    //! Switches a quantization flag on. Deprecated since 10.10.
    TRT_DEPRECATED void setQuantizationFlag(QuantizationFlag flag) noexcept { mImpl->setQuantizationFlag(flag); }
    //! \return true if the quantization flag is on. Deprecated since 10.10.
    TRT_DEPRECATED bool getQuantizationFlag(QuantizationFlag flag) const noexcept {
        return mImpl->getQuantizationFlag(flag);
    }

    //! Sets the libraries tactics may come from, bit `1 << TacticSource` each.
    //! \return false if a source does not exist here. Since 7.2.
    bool setTacticSources(TacticSources tacticSources) noexcept { return mImpl->setTacticSources(tacticSources); }
    //! \return the libraries tactics may come from, bit `1 << TacticSource` each. Since 7.2.
    TacticSources getTacticSources() const noexcept { return mImpl->getTacticSources(); }

    //! Makes a timing cache out of what ITimingCache::serialize() gave; null and 0 for an empty one.
    //! \return null after an error; the caller deletes it. Since 8.0.
    ITimingCache* createTimingCache(void const* blob, std::size_t size) const noexcept {
        return mImpl->createTimingCache(blob, size);
    }

    //! Sets the cache that builds read and update. Not owned: it must live as long as the config uses it.
    //! \param ignoreMismatch take a cache of another device as well
    //! \return false if it does not match. Since 8.0.
    bool setTimingCache(ITimingCache const& cache, bool ignoreMismatch) noexcept {
        return mImpl->setTimingCache(cache, ignoreMismatch);
    }
    //! \return the cache set, or null. Since 8.0.
    ITimingCache const* getTimingCache() const noexcept { return mImpl->getTimingCache(); }

    //! Limits the use of a kind of memory, in bytes. Since 8.4.
    void setMemoryPoolLimit(MemoryPoolType pool, std::size_t poolSize) noexcept {
        mImpl->setMemoryPoolLimit(pool, poolSize);
    }
    //! \return the limit in bytes; the default one if none was set. Since 8.4.
    std::size_t getMemoryPoolLimit(MemoryPoolType pool) const noexcept { return mImpl->getMemoryPoolLimit(pool); }

    //! Switches a preview feature on or off. Since 8.5.
    void setPreviewFeature(PreviewFeature feature, bool enable) noexcept { mImpl->setPreviewFeature(feature, enable); }
    //! \return true if the preview feature is on. Since 8.5.
    bool getPreviewFeature(PreviewFeature feature) const noexcept { return mImpl->getPreviewFeature(feature); }

    //! Sets how much building time is spent on speed, 0 to 5; 3 by default. Since 8.6.
    void setBuilderOptimizationLevel(int32_t level) noexcept { mImpl->setBuilderOptimizationLevel(level); }
    //! \return how much building time is spent on speed, 0 to 5. Since 8.6.
    int32_t getBuilderOptimizationLevel() noexcept { return mImpl->getBuilderOptimizationLevel(); }

    //! Sets on which devices the plan shall run; kNONE by default. Since 8.6.
    void setHardwareCompatibilityLevel(HardwareCompatibilityLevel hardwareCompatibilityLevel) noexcept {
        mImpl->setHardwareCompatibilityLevel(hardwareCompatibilityLevel);
    }
    //! \return on which devices the plan shall run. Since 8.6.
    HardwareCompatibilityLevel getHardwareCompatibilityLevel() const noexcept {
        return mImpl->getHardwareCompatibilityLevel();
    }

    //! Sets the plugin libraries that the plan shall carry, `nbPaths` file paths, which are copied. Needs
    //! kVERSION_COMPATIBLE. Since 8.6.
    void setPluginsToSerialize(char const* const* paths, int32_t nbPaths) noexcept {
        mImpl->setPluginsToSerialize(paths, nbPaths);
    }

    //! \return path `index`. Since 8.6.
    char const* getPluginToSerialize(int32_t index) const noexcept { return mImpl->getPluginToSerialize(index); }

    //! \return the number of plugin libraries. Since 8.6.
    int32_t getNbPluginsToSerialize() const noexcept { return mImpl->getNbPluginsToSerialize(); }

    //! Limits how many streams a context uses beside that of enqueue; the builder decides by default. Since 8.6.
    //! \return false for negative numbers.
    bool setMaxAuxStreams(int32_t nbStreams) noexcept {
        mImpl->setMaxAuxStreams(nbStreams);
        return mImpl->getMaxAuxStreams() == nbStreams;
    }
    //! \return the limit set, -1 if none. Since 8.6.
    int32_t getMaxAuxStreams() const noexcept { return mImpl->getMaxAuxStreams(); }

    //! Sets the monitor that follows builds. Not owned; null removes it. Since 9.1.
    void setProgressMonitor(IProgressMonitor* monitor) noexcept { mImpl->setProgressMonitor(monitor); }
    //! \return the monitor that follows builds. Since 9.1.
    IProgressMonitor* getProgressMonitor() const noexcept { return mImpl->getProgressMonitor(); }

    //! Sets the operating system the plan shall run on; kSAME_AS_BUILD by default. Since 10.2.
    void setRuntimePlatform(RuntimePlatform runtimePlatform) noexcept { mImpl->setRuntimePlatform(runtimePlatform); }
    //! \return the operating system the plan shall run on. Since 10.2.
    RuntimePlatform getRuntimePlatform() const noexcept { return mImpl->getRuntimePlatform(); }

    //! Sets the largest number of tactics to time per layer; -1, the default, lets the builder decide. Since 10.4.
    void setMaxNbTactics(int32_t maxNbTactics) noexcept { mImpl->setMaxNbTactics(maxNbTactics); }
    //! \return the largest number of tactics to time per layer. Since 10.4.
    int32_t getMaxNbTactics() const noexcept { return mImpl->getMaxNbTactics(); }

    //! Sets how hard to look for tilings; kNONE by default.
    //! \return false for an unknown level. Since 10.8.
    bool setTilingOptimizationLevel(TilingOptimizationLevel level) noexcept {
        return mImpl->setTilingOptimizationLevel(level);
    }
    //! \return how hard to look for tilings. Since 10.8.
    TilingOptimizationLevel getTilingOptimizationLevel() const noexcept { return mImpl->getTilingOptimizationLevel(); }

    //! Sets how many bytes of cache a tiling may use; the builder decides by default.
    //! \return false for negative numbers. Since 10.8.
    bool setL2LimitForTiling(int64_t size) noexcept { return mImpl->setL2LimitForTiling(size); }
    //! \return how many bytes of cache a tiling may use. Since 10.8.
    int64_t getL2LimitForTiling() const noexcept { return mImpl->getL2LimitForTiling(); }

    //! Sets the address and options of a machine on which tactics are timed. The string is copied.
    //! \return false if it cannot be used. Since 10.13.
    bool setRemoteAutoTuningConfig(char const* config) noexcept { return mImpl->setRemoteAutoTuningConfig(config); }
    //! \return the address and options of a machine on which tactics are timed. Null if none was set. Since 10.13.
    char const* getRemoteAutoTuningConfig() const noexcept { return mImpl->getRemoteAutoTuningConfig(); }

    //! Restricts optimization to a recorded route, so that a build can be repeated. The string is copied. Since 11.1.
    //! \return false if the route is not known.
    bool setBuildRoute(char const* buildRoute) noexcept { return ext()->setBuildRoute(buildRoute); }
    //! \return the route set, or null. Since 11.1.
    char const* getBuildRoute() const noexcept { return ext()->getBuildRoute(); }
    //! \return the routes that setBuildRoute() knows, joined by commas. Owned by the config. Since 11.1.
    char const* getAllBuildRoutes() const noexcept { return ext()->getAllBuildRoutes(); }

    //! Sets the smallest number of times a tactic is run when it is timed. Until 9.x; use setAvgTimingIterations().
    TRT_DEPRECATED void setMinTimingIterations(int32_t minTiming) noexcept { ext()->setMinTimingIterations(minTiming); }
    //! \return the smallest number of times a tactic is run when it is timed. Until 9.x.
    TRT_DEPRECATED int32_t getMinTimingIterations() const noexcept { return ext()->getMinTimingIterations(); }
    //! Limits the scratch memory of layers, in bytes. Until 9.x; use setMemoryPoolLimit().
    TRT_DEPRECATED void setMaxWorkspaceSize(std::size_t workspaceSize) noexcept {
        setMemoryPoolLimit(MemoryPoolType::kWORKSPACE, workspaceSize);
    }
    //! \return the limit of scratch memory in bytes. Until 9.x.
    TRT_DEPRECATED std::size_t getMaxWorkspaceSize() const noexcept {
        return getMemoryPoolLimit(MemoryPoolType::kWORKSPACE);
    }
    //! Deletes the config. Until 9.x; use `delete` now.
    TRT_DEPRECATED void destroy() noexcept { delete this; }

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
