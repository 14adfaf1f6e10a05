// SPDX-License-Identifier: Apache-2.0
#include "build.h"

#include <chrono>
#include <dlfcn.h>
#include <filesystem>

#include "NvInferPlugin.h"
#include "NvOnnxParser.h"
#include "common/files.h"
#include "common/timing_cache.h"
#include "device.h"
#include "engine_files.h"
#include "log.h"
#include "network_setup.h"

namespace trtexec {
namespace {

using namespace nvinfer1;

template <class T>
std::unique_ptr<T> need(T* object, const char* what) {
    if (!object) throw Failure(std::string(what) + " failed");
    return std::unique_ptr<T>(object);
}

std::unique_ptr<nvonnxparser::IParser> parse(INetworkDefinition& network, const Options& options) {
    const int64_t start = nowNs();
    auto parser = need(nvonnxparser::createParser(network, theLog()), "creating the ONNX parser");
    using nvonnxparser::OnnxParserFlag;
    if (options.build.pluginInstanceNorm) parser->clearFlag(OnnxParserFlag::kNATIVE_INSTANCENORM);
    if (options.build.enablePluginOverride) parser->setFlag(OnnxParserFlag::kENABLE_PLUGIN_OVERRIDE);
    if (!parser->parseFromFile(options.model.onnx.c_str(), static_cast<int>(Severity::kINFO)))
        throw Failure("cannot parse " + options.model.onnx + "; the lines above say why");
    info("Finished parsing network model. Parse time: ", secondsSince(start));
    return parser;
}

void setPools(IBuilderConfig& config, const BuildOptions& build) {
    for (const auto& [pool, mebibytes] : build.poolMiB)
        config.setMemoryPoolLimit(pool, static_cast<size_t>(mebibytes * (1 << 20)));
}

void setFlags(IBuilderConfig& config, const BuildOptions& build) {
    if (!build.tf32) config.clearFlag(BuilderFlag::kTF32);
    if (build.sparsity == Sparsity::Force) warning("weights are not made sparse; --sparsity=force acts as enable");
    const std::pair<bool, BuilderFlag> flags[] = {
        {build.fp16, BuilderFlag::kFP16},
        {build.bf16, BuilderFlag::kBF16},
        {build.int8, BuilderFlag::kINT8},
        {build.fp8, BuilderFlag::kFP8},
        {build.int4, BuilderFlag::kINT4},
        {build.refit, BuilderFlag::kREFIT},
        {build.stripWeights, BuilderFlag::kSTRIP_PLAN},
        {build.stripWeights && !build.refit, BuilderFlag::kREFIT_IDENTICAL},
        {build.versionCompatible, BuilderFlag::kVERSION_COMPATIBLE},
        {build.excludeLeanRuntime, BuilderFlag::kEXCLUDE_LEAN_RUNTIME},
        {build.sparsity != Sparsity::Disable, BuilderFlag::kSPARSE_WEIGHTS},
        {build.directIo, BuilderFlag::kDIRECT_IO},
        {build.constraints == Constraints::Obey, BuilderFlag::kOBEY_PRECISION_CONSTRAINTS},
        {build.constraints == Constraints::Prefer, BuilderFlag::kPREFER_PRECISION_CONSTRAINTS},
        {build.restricted, BuilderFlag::kSAFETY_SCOPE},
        {build.gpuFallback, BuilderFlag::kGPU_FALLBACK},
        {build.cacheMode == CacheMode::Disable, BuilderFlag::kDISABLE_TIMING_CACHE},
        {build.errorOnCacheMiss, BuilderFlag::kERROR_ON_TIMING_CACHE_MISS},
        {!build.compilationCache, BuilderFlag::kDISABLE_COMPILATION_CACHE},
        {build.weightStreaming, BuilderFlag::kWEIGHT_STREAMING},
        {build.distributiveIndependence, BuilderFlag::kDISTRIBUTIVE_INDEPENDENCE},
        {build.monitorMemory, BuilderFlag::kMONITOR_MEMORY},
    };
    for (const auto& [on, flag] : flags) {
        if (on) config.setFlag(flag);
    }
}

void setConfig(IBuilderConfig& config, const BuildOptions& build) {
    setPools(config, build);
    setFlags(config, build);
    config.setProfilingVerbosity(build.verbosity);
    config.setAvgTimingIterations(build.avgTiming);
    if (build.level >= 0) config.setBuilderOptimizationLevel(build.level);
    if (build.maxTactics >= 0) config.setMaxNbTactics(build.maxTactics);
    if (build.maxAuxStreams >= 0) config.setMaxAuxStreams(build.maxAuxStreams);
    if (build.tilingLevel > 0)
        config.setTilingOptimizationLevel(static_cast<TilingOptimizationLevel>(build.tilingLevel));
    if (build.tilingCache >= 0) config.setL2LimitForTiling(build.tilingCache);
    if (build.hardware != HardwareCompatibilityLevel::kNONE) config.setHardwareCompatibilityLevel(build.hardware);
    if (build.platform != RuntimePlatform::kSAME_AS_BUILD) config.setRuntimePlatform(build.platform);
    for (const auto& [feature, on] : build.preview) config.setPreviewFeature(feature, on);
    const TacticSources sources = (config.getTacticSources() | build.sourcesOn) & ~build.sourcesOff;
    if ((build.sourcesOn || build.sourcesOff) && !config.setTacticSources(sources))
        throw Failure("the builder does not take these tactic sources");
}

std::unique_ptr<ITimingCache> setTimingCache(IBuilderConfig& config, const BuildOptions& build) {
    if (build.cacheMode == CacheMode::Disable) return nullptr;
    std::vector<char> bytes;
    if (build.cacheMode == CacheMode::Global) {
        if (std::filesystem::exists(build.cacheFile)) {
            bytes = opentrt::tools::readTimingCache(build.cacheFile);
            info("Loaded ", bytes.size(), " bytes of timing cache from ", build.cacheFile);
        } else {
            warning("there is no timing cache ", build.cacheFile, "; starting an empty one");
        }
    }
    std::unique_ptr<ITimingCache> cache(config.createTimingCache(bytes.data(), bytes.size()));
    if (!cache || !config.setTimingCache(*cache, false)) {
        warning("the timing cache does not fit this machine and version; starting an empty one");
        cache = need(config.createTimingCache(nullptr, 0), "creating a timing cache");
        config.setTimingCache(*cache, false);
    }
    return cache;
}

void setPluginsToSerialize(IBuilderConfig& config, const nvonnxparser::IParser& parser, const Options& options) {
    std::vector<const char*> files;
    for (const std::string& file : options.system.pluginsToSerialize) files.push_back(file.c_str());
    if (options.build.versionCompatible && !options.system.ignoreParsedPluginLibs) {
        int64_t count = 0;
        const char* const* parsed = parser.getUsedVCPluginLibraries(count);
        files.insert(files.end(), parsed, parsed + count);
    }
    if (!files.empty()) config.setPluginsToSerialize(files.data(), static_cast<int32_t>(files.size()));
}

void run(IBuilder& builder, INetworkDefinition& network, IBuilderConfig& config, const Options& options,
         PlanSource& plan) {
    const int64_t start = nowNs();
    double size = 0;
    if (options.build.saveEngine.empty()) {
        plan.memory.reset(builder.buildSerializedNetwork(network, config));
        if (!plan.memory) throw Failure("no engine was built; the lines above say why");
        size = static_cast<double>(plan.memory->size());
    } else {
        PlanWriter writer(options.build.saveEngine);
        if (!builder.buildSerializedNetworkToStream(network, config, writer))
            throw Failure("no engine was built; the lines above say why");
        writer.finish();
        size = static_cast<double>(writer.size());
        plan.file = options.build.saveEngine;
    }
    info("Created engine with size: ", size / (1 << 20), " MiB");
    info("Engine built in ", secondsSince(start), " sec.");
}

PlanSource build(const Options& options) {
    auto builder = need(createInferBuilder(theLog()), "creating the builder");
    for (const std::string& file : options.system.dynamicPlugins) {
        if (!builder->getPluginRegistry().loadLibrary(file.c_str()))
            throw Failure("cannot load plugin library " + file);
    }
    const auto typed = static_cast<uint32_t>(NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
    auto network =
        need(builder->createNetworkV2(options.build.stronglyTyped ? 1U << typed : 0), "creating the network");
    const auto parser = parse(*network, options);
    auto config = need(builder->createBuilderConfig(), "creating the builder's config");
    const Stream stream;
    config->setProfileStream(stream.get());
    PlanSource plan;
    setFormats(*network, options.build);
    plan.shapes = addProfiles(*builder, *network, *config, options.build, options.inference.profile);
    setLayers(*network, *config, options.build);
    setConfig(*config, options.build);
    setPluginsToSerialize(*config, *parser, options);
    const auto cache = setTimingCache(*config, options.build);
    run(*builder, *network, *config, options, plan);
    if (options.build.cacheMode == CacheMode::Global) {
        opentrt::tools::mergeTimingCache(options.build.cacheFile, *config);
        info("Saved timing cache to ", options.build.cacheFile);
    }
    return plan;
}

}  // namespace

int64_t nowNs() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double secondsSince(int64_t startNs) {
    return static_cast<double>(nowNs() - startNs) / 1e9;
}

PlanSource makePlan(const Options& options) {
    if (options.build.loadEngine.empty()) return build(options);
    PlanSource plan;
    plan.file = options.build.loadEngine;
    return plan;
}

LoadedEngine loadPlan(const Options& options, const PlanSource& plan) {
    const BuildOptions& build = options.build;
    const int64_t start = nowNs();
    LoadedEngine loaded;
    loaded.runtime = need(createInferRuntime(theLog()), "creating the runtime");
    if (!build.leanLibrary.empty()) {
        loaded.base = std::move(loaded.runtime);
        loaded.runtime = need(loaded.base->loadRuntime(build.leanLibrary.c_str()), "loading the lean runtime");
    }
    IRuntime& runtime = *loaded.runtime;
    if (build.versionCompatible) runtime.setEngineHostCodeAllowed(true);
    if (!build.temporaryFolder.empty()) runtime.setTemporaryDirectory(build.temporaryFolder.c_str());
    if (!build.tempInMemory || !build.tempFiles)
        runtime.setTempfileControlFlags(
            static_cast<uint32_t>(build.tempInMemory) << static_cast<int>(TempfileControlFlag::kALLOW_IN_MEMORY_FILES) |
            static_cast<uint32_t>(build.tempFiles) << static_cast<int>(TempfileControlFlag::kALLOW_TEMPORARY_FILES));
    for (const std::string& file : options.system.dynamicPlugins) {
        if (!runtime.getPluginRegistry().loadLibrary(file.c_str())) throw Failure("cannot load plugin library " + file);
    }
    if (plan.memory) {
        loaded.engine.reset(runtime.deserializeCudaEngine(plan.memory->data(), plan.memory->size()));
    } else if (build.asyncFileReader) {
        PlanReader reader(plan.file);
        loaded.engine.reset(runtime.deserializeCudaEngine(reader));
    } else {
        const std::vector<char> bytes = opentrt::tools::readFile(plan.file);
        info("Loaded engine with size: ", static_cast<double>(bytes.size()) / (1 << 20), " MiB");
        loaded.engine.reset(runtime.deserializeCudaEngine(bytes.data(), bytes.size()));
    }
    if (!loaded.engine) throw Failure("the engine cannot be loaded; the lines above say why");
    info("Engine deserialized in ", secondsSince(start), " sec.");
    return loaded;
}

void loadPlugins(const SystemOptions& system) {
    initLibNvInferPlugins(&theLog(), "");
    for (const std::string& file : system.staticPlugins) {
        info("Loading plugin library: ", file);
        if (!dlopen(file.c_str(), RTLD_LAZY | RTLD_GLOBAL))
            throw Failure("cannot load plugin library " + file + ": " + dlerror());
    }
}

}  // namespace trtexec
