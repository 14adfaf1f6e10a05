// SPDX-License-Identifier: Apache-2.0
// The options of a run, by the groups of the help. Parsing is split by group: options_build.cpp, options_run.cpp.
// Tested by options_test.cpp.
#pragma once
#include <array>
#include <iosfwd>
#include <set>

#include "NvInfer.h"
#include "arguments.h"

namespace trtexec {

using opentrt::tools::ShapeMap;
using opentrt::tools::Sizes;

struct ModelOptions {
    std::string onnx;
};

struct IoFormat {
    std::optional<nvinfer1::DataType> type;
    nvinfer1::TensorFormats formats = 0;
    std::string text;  //!< as it was given
};

struct ProfileShapes {
    ShapeMap min, opt, max;
};

enum class CacheMode { Disable, Local, Global };
enum class RuntimeKind { Full, Lean, Dispatch };
enum class Sparsity { Disable, Enable, Force };
enum class Constraints { None, Obey, Prefer };

struct BuildOptions {
    std::vector<ProfileShapes> profiles{1};
    std::vector<IoFormat> inputFormats, outputFormats;
    std::map<nvinfer1::MemoryPoolType, double> poolMiB;  //!< those that were given
    nvinfer1::ProfilingVerbosity verbosity = nvinfer1::ProfilingVerbosity::kLAYER_NAMES_ONLY;
    int avgTiming = 8;
    bool refit = false, stripWeights = false, versionCompatible = false, excludeLeanRuntime = false;
    bool pluginInstanceNorm = false, enablePluginOverride = false;
    RuntimeKind runtime = RuntimeKind::Full;
    std::string leanLibrary;
    Sparsity sparsity = Sparsity::Disable;
    bool tf32 = true, fp16 = false, bf16 = false, int8 = false, fp8 = false, int4 = false, stronglyTyped = false;
    bool directIo = false, restricted = false, gpuFallback = false, skipInference = false;
    Constraints constraints = Constraints::None;
    std::map<std::string, nvinfer1::DataType> layerPrecisions;
    std::map<std::string, std::vector<nvinfer1::DataType>> layerOutputTypes;
    std::map<std::string, nvinfer1::DeviceType> layerDevices;
    std::vector<std::string> decomposableAttentions;
    std::string saveEngine, loadEngine;
    bool asyncFileReader = false, planVersionOnly = false;
    nvinfer1::TacticSources sourcesOn = 0, sourcesOff = 0;
    CacheMode cacheMode = CacheMode::Local;
    std::string cacheFile;
    bool compilationCache = true, errorOnCacheMiss = false;
    std::map<nvinfer1::PreviewFeature, bool> preview;
    int level = -1, maxTactics = -1, maxAuxStreams = -1;  //!< -1: not given
    nvinfer1::HardwareCompatibilityLevel hardware = nvinfer1::HardwareCompatibilityLevel::kNONE;
    nvinfer1::RuntimePlatform platform = nvinfer1::RuntimePlatform::kSAME_AS_BUILD;
    std::string temporaryFolder;
    bool tempInMemory = true, tempFiles = true;
    bool weightStreaming = false, distributiveIndependence = false, monitorMemory = false;
    int tilingLevel = 0;
    int64_t tilingCache = -1;
};

struct SystemOptions {
    int device = 0;
    std::vector<std::string> staticPlugins, dynamicPlugins, pluginsToSerialize;
    bool ignoreParsedPluginLibs = false;
};

//! What --weightStreamingBudget says.
struct StreamingBudget {
    enum Kind { Off, Automatic, Bytes, Percent } kind = Off;
    double amount = 0;
};

//! Inputs and, when accuracy is measured, expected outputs.
struct ReferencePair {
    std::map<std::string, std::string> inputs, outputs;
};

enum class AllocationStrategy { Static, Profile, Runtime };

struct InferenceOptions {
    ShapeMap shapes;
    std::map<std::string, std::string> inputFiles;
    int iterations = 10;
    int warmUpMs = 200;
    float durationS = 3;
    int sleepMs = 0, idleMs = 0;
    int streams = 1;
    bool overlap = true, transfers = true, managedMemory = false, spin = false, threads = false, graph = false;
    bool timeDeserialize = false, timeRefit = false, separateProfile = false;
    std::string refitFromOnnx;
    float persistentCacheRatio = 0;
    int profile = 0;
    bool profileChosen = false;
    AllocationStrategy strategy = AllocationStrategy::Static;
    StreamingBudget budget;
    std::vector<ReferencePair> references;
    std::string accuracyAlgorithm = "l0";
    double atol = 1e-5, rtol = 1e-5;
    std::optional<double> accuracyThreshold;
};

struct ReportingOptions {
    bool verbose = false;
    int averageRuns = 10;
    std::vector<float> percentiles{90, 95, 99};
    bool refit = false, output = false, rawBindings = false, profile = false, layerInfo = false,
         optimizationProfile = false;
    std::string exportTimes, exportOutput, exportProfile, exportLayerInfo;

    bool wantsProfile() const { return profile || !exportProfile.empty(); }
    bool wantsLayerInfo() const { return layerInfo || !exportLayerInfo.empty(); }
};

struct Options {
    ModelOptions model;
    BuildOptions build;
    SystemOptions system;
    InferenceOptions inference;
    ReportingOptions reporting;
    bool help = false;
    std::vector<std::string> warnings;  //!< to be logged once the severity is known
};

//! Reads everything. Throws ArgumentError; its message may have several lines.
Options parseOptions(Arguments& arguments);
//! The five sections, as log lines.
void printOptions(const Options& options);

// The pieces of parseOptions.
void parseBuild(Arguments& arguments, Options& options);
void parseInference(Arguments& arguments, Options& options);
void parseReporting(Arguments& arguments, ReportingOptions& options);
void parseSystem(Arguments& arguments, Options& options);
//! Fills what build and run shapes say about each other.
void propagateShapes(BuildOptions& build, InferenceOptions& inference);

nvinfer1::DataType typeFromName(const std::string& name);
const char* typeName(nvinfer1::DataType type);
//! "4096", "1.5G", "10B"; a bare number is in units of `bare` bytes. Throws ArgumentError.
double bytesFrom(const std::string& text, double bare);
//! "+A,-B" into names and whether they are on. Throws ArgumentError when a name is both.
std::map<std::string, bool> switchesFrom(const std::string& flag, const std::vector<std::string>& items);
//! Shapes of a profile as they are printed: "x=1x8+4x8+16x8".
std::vector<std::string> profileLines(const ProfileShapes& shapes);

}  // namespace trtexec
