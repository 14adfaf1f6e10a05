// SPDX-License-Identifier: Apache-2.0
// The option sections. Log parsers read a section as consecutive lines "label: value", so labels and order are fixed.
#include <algorithm>

#include "log.h"
#include "options.h"

namespace trtexec {
namespace {

using namespace nvinfer1;

// In the order of PreviewFeature.
constexpr const char* kPreviewNames[] = {"kPROFILE_SHARING_0806", "kALIASED_PLUGIN_IO_10_03",
                                         "kRUNTIME_ACTIVATION_RESIZE_10_10", "kMULTIDEVICE_RUNTIME_10_16"};

const char* onOff(bool on) {
    return on ? "Enabled" : "Disabled";
}

template <class Range, class Text>
std::string joined(const Range& items, const char* separator, const Text& text) {
    std::string all;
    for (const auto& item : items) all += (all.empty() ? "" : separator) + std::string(text(item));
    return all;
}

std::string joined(const std::vector<std::string>& items) {
    return joined(items, " ", [](const std::string& item) { return item; });
}

std::string number(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

std::string poolsText(const BuildOptions& build) {
    const std::pair<MemoryPoolType, const char*> names[] = {{MemoryPoolType::kWORKSPACE, "workspace"},
                                                            {MemoryPoolType::kDLA_MANAGED_SRAM, "dlaSRAM"},
                                                            {MemoryPoolType::kDLA_LOCAL_DRAM, "dlaLocalDRAM"},
                                                            {MemoryPoolType::kDLA_GLOBAL_DRAM, "dlaGlobalDRAM"},
                                                            {MemoryPoolType::kTACTIC_SHARED_MEMORY, "tacticSharedMem"}};
    return joined(names, ", ", [&](const auto& pool) {
        const auto at = build.poolMiB.find(pool.first);
        return std::string(pool.second) + ": " + (at == build.poolMiB.end() ? "default" : number(at->second) + " MiB");
    });
}

std::string precisionText(const BuildOptions& build) {
    if (build.stronglyTyped) return "Strongly Typed";
    std::string text = "FP32";
    for (const auto& [on, name] : {std::pair{build.fp16, "+FP16"},
                                   {build.bf16, "+BF16"},
                                   {build.int8, "+INT8"},
                                   {build.fp8, "+FP8"},
                                   {build.int4, "+INT4"}}) {
        if (on) text += name;
    }
    switch (build.constraints) {
        case Constraints::None:
            return text;
        case Constraints::Obey:
            return text + " (obey precision constraints)";
        case Constraints::Prefer:
            return text + " (prefer precision constraints)";
    }
    return text;
}

std::string sourcesText(const BuildOptions& build) {
    if (!build.sourcesOn && !build.sourcesOff) return "Using default tactic sources";
    static constexpr const char* kNames[] = {"cublas", "cublasLt", "cudnn", "edge mask convolutions",
                                             "JIT convolutions"};
    std::string text;
    for (size_t s = 0; s < std::size(kNames); ++s) {
        if (build.sourcesOn >> s & 1) text += std::string(kNames[s]) + " [ON], ";
        if (build.sourcesOff >> s & 1) text += std::string(kNames[s]) + " [OFF], ";
    }
    return text;
}

std::string previewText(const BuildOptions& build) {
    if (build.preview.empty()) return "Use default preview flags.";
    return joined(build.preview, ", ", [](const auto& feature) {
        return kPreviewNames[static_cast<size_t>(feature.first)] + std::string(feature.second ? " [ON]" : " [OFF]");
    });
}

void printFormats(const char* label, const std::vector<IoFormat>& formats) {
    if (formats.empty()) info(label, "s format: fp32:CHW");
    for (const IoFormat& format : formats) {
        const size_t colon = format.text.find(':') + 1;
        const bool linear = format.text.compare(colon, 3, "chw") == 0 && !std::isdigit(format.text.c_str()[colon + 3]);
        info(label, ": ", format.text.substr(0, colon), linear ? "" : "+", format.text.substr(colon));
    }
}

void printProfiles(const BuildOptions& build) {
    bool any = false;
    for (size_t p = 0; p < build.profiles.size(); ++p) {
        for (const std::string& line : profileLines(build.profiles[p])) {
            info("Input build shape (profile ", p, "): ", line);
            any = true;
        }
    }
    if (!any) info("Input build shapes: model");
    info("Input calibration shapes: model");
}

template <class T, class Text>
std::string layersText(const std::map<std::string, T>& layers, const Text& text) {
    return joined(layers, ", ", [&](const auto& layer) { return layer.first + ": " + text(layer.second); });
}

void printBuild(const BuildOptions& build) {
    static constexpr const char* kRuntimes[] = {"full", "lean", "dispatch"};
    static constexpr const char* kSparsity[] = {"Disabled", "Enabled", "Forced"};
    static constexpr const char* kCacheModes[] = {"disable", "local", "global"};
    info("=== Build Options ===");
    if (!build.loadEngine.empty()) return info("");
    info("Memory Pools: ", poolsText(build));
    info("avgTiming: ", build.avgTiming);
    info("Precision: ", precisionText(build));
    info("LayerPrecisions: ", layersText(build.layerPrecisions, typeName));
    info("Layer Device Types: ",
         layersText(build.layerDevices, [](DeviceType d) { return d == DeviceType::kGPU ? "kGPU" : "kDLA"; }));
    info("Decomposable Attentions: ", joined(build.decomposableAttentions));
    info("Calibration: ", build.int8 ? "Dynamic" : "");
    info("Refit: ", onOff(build.refit));
    info("Strip weights: ", onOff(build.stripWeights));
    info("Version Compatible: ", onOff(build.versionCompatible));
    info("ONNX Plugin InstanceNorm: ", onOff(build.pluginInstanceNorm));
    info("ONNX kENABLE_UINT8_AND_ASYMMETRIC_QUANTIZATION_DLA flag: ", onOff(false));
    info("ONNX kREPORT_CAPABILITY_DLA flag: ", onOff(false));
    info("ONNX kADJUST_FOR_DLA flag: ", onOff(false));
    info("ONNX kENABLE_PLUGIN_OVERRIDE flag: ", onOff(build.enablePluginOverride));
    info("TensorRT runtime: ", kRuntimes[static_cast<int>(build.runtime)]);
    info("Lean DLL Path: ", build.leanLibrary);
    info("Tempfile Controls: { in_memory: ", build.tempInMemory ? "allow" : "deny",
         ", temporary: ", build.tempFiles ? "allow" : "deny", " }");
    info("Exclude Lean Runtime: ", onOff(build.excludeLeanRuntime));
    info("Sparsity: ", kSparsity[static_cast<int>(build.sparsity)]);
    info("Safe mode: ", onOff(false));
    info("Build DLA standalone loadable: ", onOff(false));
    info("Allow GPU fallback for DLA: ", onOff(build.gpuFallback));
    info("DirectIO mode: ", onOff(build.directIo));
    info("Restricted mode: ", onOff(build.restricted));
    info("Skip inference: ", onOff(build.skipInference));
    info("Save engine: ", build.saveEngine);
    info("Load engine: ", build.loadEngine);
    info("Profiling verbosity: ", static_cast<int>(build.verbosity));
    info("Tactic sources: ", sourcesText(build));
    info("timingCacheMode: ", kCacheModes[static_cast<int>(build.cacheMode)]);
    info("timingCacheFile: ", build.cacheFile);
    info("Enable Compilation Cache: ", onOff(build.compilationCache));
    info("Enable Monitor Memory: ", onOff(build.monitorMemory));
    info("CPU Only Mode: ", onOff(false));
    info("errorOnTimingCacheMiss: ", onOff(build.errorOnCacheMiss));
    info("Preview Features: ", previewText(build));
    info("MaxAuxStreams: ", build.maxAuxStreams);
    info("BuilderOptimizationLevel: ", build.level);
    info("MaxTactics: ", build.maxTactics);
    info("Calibration Profile Index: 0");
    info("Weight Streaming: ", onOff(build.weightStreaming));
    info("Runtime Platform: ", build.platform == RuntimePlatform::kSAME_AS_BUILD ? "Same As Build" : "Windows AMD64");
    info("Debug Tensors: ");
    info("Distributive Independence: ", onOff(build.distributiveIndependence));
    info("Mark Unfused Tensors As Debug Tensors: ", onOff(false));
    printFormats("Input(s)", build.inputFormats);
    printFormats("Output(s)", build.outputFormats);
    printProfiles(build);
}

void printSystem(const SystemOptions& system) {
    info("=== System Options ===");
    info("Device: ", system.device);
    info("DLACore: ");
    info("Loaded static plugins: ", joined(system.staticPlugins));
    info("setPluginsToSerialize: ", joined(system.pluginsToSerialize));
    info("dynamicPlugins: ", joined(system.dynamicPlugins));
    info("ignoreParsedPluginLibs: ", system.ignoreParsedPluginLibs ? 1 : 0);
    info("");
}

std::string budgetText(const StreamingBudget& budget) {
    switch (budget.kind) {
        case StreamingBudget::Off:
            return "100.000000%";
        case StreamingBudget::Automatic:
            return "Automatic";
        case StreamingBudget::Bytes:
            return std::to_string(static_cast<int64_t>(budget.amount)) + " bytes";
        case StreamingBudget::Percent:
            return std::to_string(budget.amount) + "%";
    }
    return {};
}

void printInference(const InferenceOptions& inference, const BuildOptions& build) {
    info("=== Inference Options ===");
    info("Batch: Explicit");
    if (inference.shapes.empty()) info("Input inference shapes: model");
    for (const auto& [name, sizes] : inference.shapes)
        info("Input inference shape : ", name, "=", opentrt::tools::str(sizes));
    info("Iterations: ", inference.iterations);
    info("Duration: ", inference.durationS, "s (+ ", inference.warmUpMs, "ms warm up)");
    info("Sleep time: ", inference.sleepMs, "ms");
    info("Idle time: ", inference.idleMs, "ms");
    info("Inference Streams: ", inference.streams);
    info("ExposeDMA: ", onOff(!inference.overlap));
    info("Data transfers: ", onOff(inference.transfers));
    info("Spin-wait: ", onOff(inference.spin));
    info("Multithreading: ", onOff(inference.threads));
    info("CUDA Graph: ", onOff(inference.graph));
    info("Separate profiling: ", onOff(inference.separateProfile));
    info("Time Deserialize: ", onOff(inference.timeDeserialize));
    info("Time Refit: ", onOff(inference.timeRefit));
    info("NVTX verbosity: ", static_cast<int>(build.verbosity));
    info("Persistent Cache Ratio: ", inference.persistentCacheRatio);
    info("Optimization Profile Index: ", inference.profile);
    info("Weight Streaming Budget: ", budgetText(inference.budget));
    info("Inputs:");
    for (const auto& [name, file] : inference.inputFiles) info(name, "<-", file);
    info("Debug Tensor Save Destinations:");
    info("Dump All Debug Tensor in Formats: ");
}

void printReporting(const ReportingOptions& reporting) {
    info("=== Reporting Options ===");
    info("Verbose: ", onOff(reporting.verbose));
    info("Averages: ", reporting.averageRuns, " inferences");
    info("Percentiles: ", joined(reporting.percentiles, ",", number));
    info("Dump refittable layers:", onOff(reporting.refit));
    info("Dump output: ", onOff(reporting.output));
    info("Profile: ", onOff(reporting.profile));
    info("Export timing to JSON file: ", reporting.exportTimes);
    info("Export output to JSON file: ", reporting.exportOutput);
    info("Export profile to JSON file: ", reporting.exportProfile);
    info("");
}

}  // namespace

void printOptions(const Options& options) {
    info("=== Model Options ===");
    info("Format: ", options.model.onnx.empty() ? "*" : "ONNX");
    info("Model: ", options.model.onnx);
    info("Output:");
    printBuild(options.build);
    printSystem(options.system);
    printInference(options.inference, options.build);
    printReporting(options.reporting);
}

}  // namespace trtexec
