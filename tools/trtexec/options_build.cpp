// SPDX-License-Identifier: Apache-2.0
// --onnx to engine: everything that goes into the builder's config.
#include <algorithm>
#include <cctype>

#include "options.h"

namespace trtexec {
namespace {

using namespace nvinfer1;
using opentrt::tools::NamedText;
using opentrt::tools::splitList;
using opentrt::tools::splitPair;

template <class T>
using Names = std::vector<std::pair<const char*, T>>;

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
}

template <class T>
T choose(const std::string& flag, const std::string& text, const Names<T>& names) {
    std::string known;
    for (const auto& [name, value] : names) {
        if (text == name) return value;
        known += std::string(known.empty() ? "" : ", ") + name;
    }
    throw ArgumentError(flag + "=" + text + ": it must be one of " + known);
}

template <class T>
void takeChoice(Arguments& arguments, const std::string& flag, const Names<T>& names, T& value) {
    if (const auto text = arguments.take(flag)) value = choose(flag, *text, names);
}

//! Completes min, opt and max from each other. True if anything was missing.
bool complete(ProfileShapes& shapes) {
    bool copied = false;
    ShapeMap* maps[] = {&shapes.opt, &shapes.max, &shapes.min};
    for (ShapeMap* from : maps) {
        for (const auto& [name, sizes] : ShapeMap(*from)) {
            for (ShapeMap* to : maps) copied = to->emplace(name, sizes).second || copied;
        }
    }
    return copied;
}

void parseProfiles(Arguments& arguments, Options& options) {
    const std::vector<std::string> members{"--minShapes", "--optShapes", "--maxShapes"};
    std::map<int, ProfileShapes> profiles;
    const auto read = [](Arguments& from, ProfileShapes& shapes) {
        from.takeShapes("--minShapes", shapes.min);
        from.takeShapes("--optShapes", shapes.opt);
        from.takeShapes("--maxShapes", shapes.max);
    };
    while (true) {
        const auto group = arguments.takeGroup("--profile", members, 3);
        if (group.empty()) break;
        std::vector<std::string> words;
        for (const auto& word : group) words.push_back(word.flag + "=" + word.value);
        Arguments own(words);
        int index = 0;
        own.take("--profile", index);
        if (profiles.count(index)) throw ArgumentError("--profile=" + std::to_string(index) + " comes twice");
        read(own, profiles[index]);
        if (!own.rest().empty())
            throw ArgumentError("--profile=" + std::to_string(index) + " has " + own.rest()[0].flag + " twice");
    }
    if (profiles.empty()) read(arguments, profiles[0]);
    if (profiles.begin()->first != 0 || profiles.rbegin()->first != static_cast<int>(profiles.size()) - 1)
        throw ArgumentError("the numbers of --profile must be 0, 1, 2, ... without a gap");
    options.build.profiles.clear();
    for (auto& [index, shapes] : profiles) {
        if (complete(shapes))
            options.warnings.push_back("profile " + std::to_string(index) +
                                       ": shapes that were not given are copied from those that were");
        options.build.profiles.push_back(std::move(shapes));
    }
}

IoFormat parseFormat(const std::string& flag, const std::string& text) {
    static const Names<TensorFormat> kNames{
        {"chw", TensorFormat::kLINEAR},        {"chw2", TensorFormat::kCHW2},
        {"chw4", TensorFormat::kCHW4},         {"hwc8", TensorFormat::kHWC8},
        {"chw16", TensorFormat::kCHW16},       {"chw32", TensorFormat::kCHW32},
        {"dhwc8", TensorFormat::kDHWC8},       {"cdhw32", TensorFormat::kCDHW32},
        {"hwc", TensorFormat::kHWC},           {"dla_linear", TensorFormat::kDLA_LINEAR},
        {"dla_hwc4", TensorFormat::kDLA_HWC4}, {"hwc16", TensorFormat::kHWC16},
        {"dhwc", TensorFormat::kDHWC}};
    IoFormat format;
    format.text = text;
    const size_t colon = text.find(':');
    // The form without a type is that of 11.x.
    if (colon != std::string::npos) format.type = typeFromName(text.substr(0, colon));
    for (const std::string& name : splitList(text.substr(colon == std::string::npos ? 0 : colon + 1), '+'))
        format.formats |= 1U << static_cast<uint32_t>(choose(flag, name, kNames));
    return format;
}

std::vector<IoFormat> parseFormats(Arguments& arguments, const std::string& flag) {
    std::vector<IoFormat> formats;
    for (const std::string& item : arguments.takeList(flag)) formats.push_back(parseFormat(flag, item));
    return formats;
}

void parsePools(Arguments& arguments, Options& options) {
    constexpr double kMiB = 1 << 20;
    static const Names<MemoryPoolType> kNames{{"workspace", MemoryPoolType::kWORKSPACE},
                                              {"dlaSRAM", MemoryPoolType::kDLA_MANAGED_SRAM},
                                              {"dlaLocalDRAM", MemoryPoolType::kDLA_LOCAL_DRAM},
                                              {"dlaGlobalDRAM", MemoryPoolType::kDLA_GLOBAL_DRAM},
                                              {"tacticSharedMem", MemoryPoolType::kTACTIC_SHARED_MEMORY}};
    auto& pools = options.build.poolMiB;
    int workspace = -1;
    arguments.take("--workspace", workspace);
    if (workspace >= 0) {
        pools[MemoryPoolType::kWORKSPACE] = workspace;
        options.warnings.emplace_back("--workspace is deprecated; use --memPoolSize=workspace:MiB");
    }
    for (const std::string& item : arguments.takeList("--memPoolSize")) {
        const NamedText pair = splitPair(item);
        const std::string unit = upper(pair.value);
        if (unit.size() > 2 && unit.find("IB") == unit.size() - 2)
            options.warnings.push_back(pair.value + " is read as binary units; some releases of trtexec read " +
                                       pair.value + " as bytes, so write a single letter");
        const auto pool = choose("--memPoolSize", pair.name, kNames);
        double size = bytesFrom(pair.value, kMiB) / kMiB;
        if (pool == MemoryPoolType::kDLA_MANAGED_SRAM && size > 0) {
            double power = 1 / kMiB;
            while (power * 2 <= size && power < 1024) power *= 2;
            size = power;
        }
        pools[pool] = size;
    }
}

void parseSources(Arguments& arguments, BuildOptions& build) {
    static const Names<TacticSource> kNames{{"CUBLAS", TacticSource::kCUBLAS},
                                            {"CUBLAS_LT", TacticSource::kCUBLAS_LT},
                                            {"CUDNN", TacticSource::kCUDNN},
                                            {"EDGE_MASK_CONVOLUTIONS", TacticSource::kEDGE_MASK_CONVOLUTIONS},
                                            {"JIT_CONVOLUTIONS", TacticSource::kJIT_CONVOLUTIONS}};
    std::vector<std::string> items = arguments.takeList("--tacticSources");
    for (std::string& item : items) item = upper(item);
    for (const auto& [name, on] : switchesFrom("--tacticSources", items)) {
        const auto bit = 1U << static_cast<uint32_t>(choose("--tacticSources", name, kNames));
        (on ? build.sourcesOn : build.sourcesOff) |= bit;
    }
}

void parsePreview(Arguments& arguments, BuildOptions& build) {
    static const Names<PreviewFeature> kNames{
        {"profilesharing0806", PreviewFeature::kPROFILE_SHARING_0806},
        {"aliasedpluginio1003", PreviewFeature::kALIASED_PLUGIN_IO_10_03},
        {"runtimeactivationresize", PreviewFeature::kRUNTIME_ACTIVATION_RESIZE_10_10},
        {"multideviceruntime", PreviewFeature::kMULTIDEVICE_RUNTIME_10_16}};
    for (const auto& [name, on] : switchesFrom("--preview", arguments.takeList("--preview")))
        build.preview[choose("--preview", lower(name), kNames)] = on;
}

void parsePrecision(Arguments& arguments, Options& options) {
    BuildOptions& build = options.build;
    build.tf32 = !arguments.takeFlag("--noTF32");
    bool any = false;
    for (const auto& [flag, value] : {std::pair{"--fp16", &build.fp16},
                                      {"--bf16", &build.bf16},
                                      {"--int8", &build.int8},
                                      {"--fp8", &build.fp8},
                                      {"--int4", &build.int4}}) {
        *value = arguments.takeFlag(flag);
        any = any || *value;
    }
    if (build.int8 && build.fp8) throw ArgumentError("--int8 and --fp8 exclude each other");
    const bool best = arguments.takeFlag("--best");
    build.stronglyTyped = arguments.takeFlag("--stronglyTyped");
    if (best && build.stronglyTyped) throw ArgumentError("--best and --stronglyTyped exclude each other");
    if (best) build.fp16 = build.bf16 = build.int8 = true;
    if (any || best)
        options.warnings.emplace_back("precision flags are deprecated; types belong into the model (--stronglyTyped)");
    if (!build.stronglyTyped) return;
    if (any) options.warnings.emplace_back("--stronglyTyped overrides the precision flags");
    build.fp16 = build.bf16 = build.int8 = build.fp8 = build.int4 = false;
}

void parseLayers(Arguments& arguments, Options& options) {
    BuildOptions& build = options.build;
    takeChoice<Constraints>(arguments, "--precisionConstraints",
                            {{"none", Constraints::None}, {"obey", Constraints::Obey}, {"prefer", Constraints::Prefer}},
                            build.constraints);
    for (const std::string& item : arguments.takeList("--layerPrecisions")) {
        const NamedText pair = splitPair(item);
        build.layerPrecisions[pair.name] = typeFromName(pair.value);
    }
    for (const std::string& item : arguments.takeList("--layerOutputTypes")) {
        const NamedText pair = splitPair(item);
        for (const std::string& type : splitList(pair.value, '+'))
            build.layerOutputTypes[pair.name].push_back(typeFromName(type));
    }
    if ((!build.layerPrecisions.empty() || !build.layerOutputTypes.empty()) && build.constraints == Constraints::None)
        options.warnings.emplace_back(
            "--layerPrecisions and --layerOutputTypes need --precisionConstraints=obey or prefer");
    for (const std::string& item : arguments.takeList("--layerDeviceTypes")) {
        const NamedText pair = splitPair(item);
        build.layerDevices[pair.name] = choose<DeviceType>("--layerDeviceTypes", upper(pair.value),
                                                           {{"GPU", DeviceType::kGPU}, {"DLA", DeviceType::kDLA}});
    }
    build.decomposableAttentions = arguments.takeList("--decomposableAttentions");
}

void parseCache(Arguments& arguments, BuildOptions& build) {
    arguments.take("--timingCacheFile", build.cacheFile);
    build.cacheMode = build.cacheFile.empty() ? CacheMode::Local : CacheMode::Global;
    if (arguments.takeFlag("--noBuilderCache")) build.cacheMode = CacheMode::Disable;
    build.errorOnCacheMiss = arguments.takeFlag("--errorOnTimingCacheMiss");
    build.compilationCache = !arguments.takeFlag("--noCompilationCache");
}

void parseTempfiles(Arguments& arguments, BuildOptions& build) {
    arguments.take("--tempdir", build.temporaryFolder);
    for (const std::string& item : arguments.takeList("--tempfileControls")) {
        const NamedText pair = splitPair(item);
        const bool allow = choose<bool>("--tempfileControls", pair.value, {{"allow", true}, {"deny", false}});
        *choose<bool*>("--tempfileControls", pair.name,
                       {{"in_memory", &build.tempInMemory}, {"temporary", &build.tempFiles}}) = allow;
    }
}

void parseVerbosity(Arguments& arguments, BuildOptions& build) {
    static const Names<ProfilingVerbosity> kNames{{"layer_names_only", ProfilingVerbosity::kLAYER_NAMES_ONLY},
                                                  {"none", ProfilingVerbosity::kNONE},
                                                  {"detailed", ProfilingVerbosity::kDETAILED},
                                                  {"default", ProfilingVerbosity::kLAYER_NAMES_ONLY},
                                                  {"verbose", ProfilingVerbosity::kDETAILED}};
    takeChoice(arguments, "--nvtxMode", kNames, build.verbosity);
    takeChoice(arguments, "--profilingVerbosity", kNames, build.verbosity);
}

void parseTarget(Arguments& arguments, BuildOptions& build) {
    if (auto level = arguments.take("--hardwareCompatibilityLevel"))
        build.hardware = choose<HardwareCompatibilityLevel>(
            "--hardwareCompatibilityLevel", lower(*level),
            {{"none", HardwareCompatibilityLevel::kNONE},
             {"ampere+", HardwareCompatibilityLevel::kAMPERE_PLUS},
             {"samecomputecapability", HardwareCompatibilityLevel::kSAME_COMPUTE_CAPABILITY}});
    takeChoice<RuntimePlatform>(
        arguments, "--runtimePlatform",
        {{"SameAsBuild", RuntimePlatform::kSAME_AS_BUILD}, {"WindowsAMD64", RuntimePlatform::kWINDOWS_AMD64}},
        build.platform);
    if (build.platform == RuntimePlatform::kWINDOWS_AMD64) build.skipInference = true;
    takeChoice<RuntimeKind>(
        arguments, "--useRuntime",
        {{"full", RuntimeKind::Full}, {"lean", RuntimeKind::Lean}, {"dispatch", RuntimeKind::Dispatch}}, build.runtime);
    for (const char* flag : {"--versionCompatible", "--vc"})
        build.versionCompatible = arguments.takeFlag(flag) || build.versionCompatible;
    build.versionCompatible = build.versionCompatible || build.runtime != RuntimeKind::Full;
    build.excludeLeanRuntime = arguments.takeFlag("--excludeLeanRuntime");
    for (const char* flag : {"--pluginInstanceNorm", "--pi"})
        build.pluginInstanceNorm = arguments.takeFlag(flag) || build.pluginInstanceNorm;
    if (build.pluginInstanceNorm &&
        (build.versionCompatible || build.hardware == HardwareCompatibilityLevel::kAMPERE_PLUS))
        throw ArgumentError("--pluginInstanceNorm goes neither with --versionCompatible nor with ampere+");
    build.enablePluginOverride = arguments.takeFlag("--enablePluginOverride");
    arguments.take("--leanDLLPath", build.leanLibrary);
}

void parseWeights(Arguments& arguments, BuildOptions& build) {
    build.refit = arguments.takeFlag("--refit");
    for (const char* flag : {"--stripWeights", "--weightless"})
        build.stripWeights = arguments.takeFlag(flag) || build.stripWeights;
    if (arguments.takeFlag("--stripAllWeights")) build.refit = build.stripWeights = true;
    build.weightStreaming = arguments.takeFlag("--allowWeightStreaming");
    takeChoice<Sparsity>(arguments, "--sparsity",
                         {{"disable", Sparsity::Disable}, {"enable", Sparsity::Enable}, {"force", Sparsity::Force}},
                         build.sparsity);
}

}  // namespace

void parseBuild(Arguments& arguments, Options& options) {
    BuildOptions& build = options.build;
    parseProfiles(arguments, options);
    build.inputFormats = parseFormats(arguments, "--inputIOFormats");
    build.outputFormats = parseFormats(arguments, "--outputIOFormats");
    parsePools(arguments, options);
    parseVerbosity(arguments, build);
    arguments.take("--avgTiming", build.avgTiming);
    parsePrecision(arguments, options);
    parseLayers(arguments, options);
    parseWeights(arguments, build);
    build.directIo = arguments.takeFlag("--directIO");
    build.restricted = arguments.takeFlag("--restricted");
    build.gpuFallback = arguments.takeFlag("--allowGPUFallback");
    build.skipInference = arguments.takeFlag("--skipInference");
    if (arguments.takeFlag("--buildOnly")) {
        build.skipInference = true;
        options.warnings.emplace_back("--buildOnly is deprecated; use --skipInference");
    }
    parseTarget(arguments, build);
    arguments.take("--saveEngine", build.saveEngine);
    arguments.take("--loadEngine", build.loadEngine);
    build.asyncFileReader = arguments.takeFlag("--asyncFileReader");
    build.planVersionOnly = arguments.takeFlag("--getPlanVersionOnly");
    parseSources(arguments, build);
    parseCache(arguments, build);
    parsePreview(arguments, build);
    parseTempfiles(arguments, build);
    arguments.take("--builderOptimizationLevel", build.level);
    arguments.take("--maxTactics", build.maxTactics);
    arguments.take("--maxAuxStreams", build.maxAuxStreams);
    build.distributiveIndependence = arguments.takeFlag("--distributiveIndependence");
    build.monitorMemory = arguments.takeFlag("--monitorMemory");
    arguments.take("--tilingOptimizationLevel", build.tilingLevel);
    arguments.take("--l2LimitForTiling", build.tilingCache);
}

}  // namespace trtexec
