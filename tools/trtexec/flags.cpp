// SPDX-License-Identifier: Apache-2.0
#include "flags.h"

#include <iomanip>
#include <ostream>
#include <string>

namespace trtexec {
namespace {

using enum Group;
using enum Use;

constexpr const char* kOnlyOnnx = "Caffe and UFF models are not supported; convert the model to ONNX";
constexpr const char* kNoDla = "this machine has no DLA";
constexpr const char* kNoSafety = "there is no safety runtime";
constexpr const char* kNoDebugTensors = "the library has no debug tensors; opentrt blame compares every layer";
constexpr const char* kNoTuner = "build routes are not supported";
constexpr const char* kCalibration = "INT8 is taken from Q/DQ layers; nothing is calibrated";
constexpr const char* kDefaultHere = "it asks for what is the default here";

constexpr Flag kFlags[] = {
    {"--onnx", "file", Model, Acts, "ONNX model; a leading ~ is the home folder"},
    {"--uff", "file", Model, Refused, kOnlyOnnx},
    {"--uffInput", "name,C,H,W", Model, Refused, kOnlyOnnx},
    {"--uffNHWC", "", Model, Refused, kOnlyOnnx},
    {"--model", "file", Model, Refused, kOnlyOnnx},
    {"--deploy", "file", Model, Refused, kOnlyOnnx},
    {"--output", "name,...", Model, Refused, "outputs are those of the ONNX model"},

    {"--minShapes", "shapes", Build, Acts, "smallest shapes of a profile, as x:1x3x8x8,y:1; a name may hold one *"},
    {"--optShapes", "shapes", Build, Acts, "shapes that a profile is tuned for"},
    {"--maxShapes", "shapes", Build, Acts, "largest shapes of a profile"},
    {"--profile", "N", Build, Acts, "the min, opt and max shapes directly behind it make profile N"},
    {"--minShapesCalib", "shapes", Build, NoEffect, kCalibration},
    {"--optShapesCalib", "shapes", Build, NoEffect, kCalibration},
    {"--maxShapesCalib", "shapes", Build, NoEffect, kCalibration},
    {"--calibProfile", "N", Build, NoEffect, kCalibration},
    {"--calib", "file", Build, NoEffect, kCalibration},
    {"--inputIOFormats", "type:fmt,...", Build, Acts, "type and format of each input, or one for all: fp16:chw"},
    {"--outputIOFormats", "type:fmt,...", Build, Acts, "the same for outputs"},
    {"--memPoolSize", "pool:size,...", Build, Acts,
     "limits of workspace, dlaSRAM, dlaLocalDRAM, dlaGlobalDRAM, tacticSharedMem; MiB, or with B, K, M, G"},
    {"--workspace", "MiB", Build, Acts, "old form of --memPoolSize=workspace:MiB"},
    {"--profilingVerbosity", "mode", Build, Acts,
     "layer_names_only (default), none or detailed: what the engine tells"},
    {"--nvtxMode", "mode", Build, Acts, "old name of --profilingVerbosity"},
    {"--minTiming", "N", Build, NoEffect, "tactics are timed until the times settle"},
    {"--avgTiming", "N", Build, Acts, "timings per tactic (default 8)"},
    {"--refit", "", Build, Acts, "build a refittable engine"},
    {"--stripWeights", "", Build, Acts, "leave out weights that a refit brings back"},
    {"--stripAllWeights", "", Build, Acts, "--refit and --stripWeights"},
    {"--weightless", "", Build, Acts, "old name of --stripWeights"},
    {"--versionCompatible", "", Build, Acts, "engine for later versions"},
    {"--vc", "", Build, Acts, "--versionCompatible"},
    {"--excludeLeanRuntime", "", Build, Acts, "leave the lean runtime out of such an engine"},
    {"--pluginInstanceNorm", "", Build, Acts, "parse InstanceNormalization as a plugin"},
    {"--pi", "", Build, Acts, "--pluginInstanceNorm"},
    {"--nativeInstanceNorm", "", Build, NoEffect, kDefaultHere},
    {"--ni", "", Build, NoEffect, kDefaultHere},
    {"--uint8AsymmetricQuantizationDLA", "", Build, Refused, kNoDla},
    {"--reportCapabilityDLA", "", Build, Refused, kNoDla},
    {"--adjustForDLA", "", Build, NoEffect, kNoDla},
    {"--enablePluginOverride", "", Build, Acts, "a plugin wins over the standard operator of its name"},
    {"--useRuntime", "kind", Build, Acts, "full (default), lean or dispatch; the last two need --loadEngine"},
    {"--leanDLLPath", "file", Build, Acts, "runtime library to load engines with"},
    {"--sparsity", "mode", Build, Acts, "disable (default), enable or force"},
    {"--noTF32", "", Build, Acts, "do not allow TF32"},
    {"--fp16", "", Build, Acts, "allow FP16"},
    {"--bf16", "", Build, Acts, "allow BF16"},
    {"--int8", "", Build, Acts, "allow INT8"},
    {"--fp8", "", Build, Acts, "allow FP8"},
    {"--int4", "", Build, Acts, "allow INT4"},
    {"--best", "", Build, Acts, "allow every precision"},
    {"--stronglyTyped", "", Build, Acts, "types are those of the model"},
    {"--directIO", "", Build, Acts, "no reformatting of inputs and outputs"},
    {"--precisionConstraints", "mode", Build, Acts, "none (default), obey or prefer the precisions below"},
    {"--layerPrecisions", "layer:type,...", Build, Acts, "precision of layers; a name may hold one *"},
    {"--layerOutputTypes", "layer:type[+type],...", Build, Acts, "types of layers' outputs"},
    {"--layerDeviceTypes", "layer:GPU|DLA,...", Build, Acts, "where layers run"},
    {"--decomposableAttentions", "name,...", Build, Acts, "attentions that may be decomposed"},
    {"--safe", "", Build, Refused, kNoSafety},
    {"--consistency", "", Build, NoEffect, "only safety engines are checked"},
    {"--restricted", "", Build, Acts, "restrict the build to the safety scope"},
    {"--dumpKernelText", "", Build, NoEffect, "only safety engines have kernel texts"},
    {"--buildDLAStandalone", "", Build, Refused, kNoDla},
    {"--allowGPUFallback", "", Build, Acts, "layers that a DLA cannot run go elsewhere"},
    {"--saveEngine", "file", Build, Acts, "write the engine"},
    {"--loadEngine", "file", Build, Acts, "read an engine instead of building one"},
    {"--asyncFileReader", "", Build, Acts, "read it through the second stream interface"},
    {"--getPlanVersionOnly", "", Build, Acts, "with --loadEngine: print the version it was built with, and stop"},
    {"--tacticSources", "+A,-B", Build, Acts, "CUBLAS, CUBLAS_LT, CUDNN, EDGE_MASK_CONVOLUTIONS, JIT_CONVOLUTIONS"},
    {"--noBuilderCache", "", Build, Acts, "no timing cache"},
    {"--timingCacheFile", "file", Build, Acts, "timing cache to start from and to add to"},
    {"--noCompilationCache", "", Build, Acts, "do not keep compiled code"},
    {"--errorOnTimingCacheMiss", "", Build, Acts, "fail when a tactic is not in the timing cache"},
    {"--preview", "+A,-B", Build, Acts,
     "aliasedPluginIO1003, runtimeActivationResize, profileSharing0806, multiDeviceRuntime"},
    {"--heuristic", "", Build, NoEffect, "use --builderOptimizationLevel"},
    {"--builderOptimizationLevel", "0..5", Build, Acts, "how much time to spend on speed (default 3)"},
    {"--maxTactics", "N", Build, Acts, "tactics timed for a choice (default: the library decides)"},
    {"--hardwareCompatibilityLevel", "level", Build, Acts, "none (default), ampere+ or sameComputeCapability"},
    {"--runtimePlatform", "name", Build, Acts, "SameAsBuild (default) or WindowsAMD64, which implies --skipInference"},
    {"--tempdir", "folder", Build, Acts, "folder for temporary files"},
    {"--tempfileControls", "list", Build, Acts, "in_memory:allow|deny, temporary:allow|deny"},
    {"--maxAuxStreams", "N", Build, Acts, "auxiliary streams for each inference stream"},
    {"--allowWeightStreaming", "", Build, Acts, "engine may stream weights"},
    {"--markDebug", "name,...", Build, Refused, kNoDebugTensors},
    {"--markUnfusedTensorsAsDebugTensors", "", Build, Refused, kNoDebugTensors},
    {"--tilingOptimizationLevel", "0..3", Build, Acts, "how much tiling is searched (default 0)"},
    {"--l2LimitForTiling", "bytes", Build, Acts, "cache that tiling may take"},
    {"--distributiveIndependence", "", Build, Acts, "outputs do not depend on their place in a batch"},
    {"--monitorMemory", "", Build, Acts, "log the memory of the build"},
    {"--remoteAutoTuningConfig", "config", Build, Refused, kNoSafety},
    {"--cpuOnly", "", Build, Refused, "it belongs to safety builds; this program needs no GPU anyway"},
    {"--refitFromOnnx", "file", Build, Acts, "with --refit: take the weights of this model after loading"},
    {"--maxBatch", "N", Build, Refused, "ONNX models have explicit batch dimensions; use --maxShapes"},
    {"--explicitBatch", "", Build, NoEffect, kDefaultHere},
    {"--explicitPrecision", "", Build, NoEffect, "precisions follow from the model"},
    {"--tuneBuildRoutes", "expr", Build, Refused, kNoTuner},
    {"--tuneBuildRouteFile", "file", Build, Refused, kNoTuner},
    {"--tuningSearch", "mode", Build, Refused, kNoTuner},
    {"--tuningCacheFile", "file", Build, Refused, kNoTuner},
    {"--tuningTimeOut", "s", Build, Refused, kNoTuner},
    {"--saveAllEngines", "", Build, Refused, kNoTuner},
    {"--dryRun", "", Build, Refused, kNoTuner},
    {"--continue", "", Build, Refused, kNoTuner},
    {"--helpBuildRoute", "knob", Build, Refused, kNoTuner},
    {"--setBuildRoute", "route", Build, Refused, kNoTuner},
    {"--tuningResultFile", "file", Build, Refused, kNoTuner},

    {"--shapes", "shapes", Inference, Acts, "shapes to run with (default: opt of the profile)"},
    {"--batch", "N", Inference, Refused, "ONNX models have explicit batch dimensions; use --shapes"},
    {"--loadInputs", "name:file,...", Inference, Acts, "raw little-endian contents of inputs; others are random"},
    {"--iterations", "N", Inference, Acts, "run at least N times (default 10)"},
    {"--warmUp", "ms", Inference, Acts, "run so long before measuring (default 200)"},
    {"--duration", "s", Inference, Acts, "measure at least so long (default 3); -1: until it is stopped"},
    {"--sleepTime", "ms", Inference, Acts, "delay before the streams start (default 0)"},
    {"--idleTime", "ms", Inference, Acts, "sleep between iterations (default 0)"},
    {"--infStreams", "N", Inference, Acts, "contexts that run at the same time (default 1)"},
    {"--streams", "N", Inference, Acts, "old name of --infStreams"},
    {"--exposeDMA", "", Inference, Acts, "copies do not overlap computing"},
    {"--noDataTransfers", "", Inference, Acts, "leave the copies out of the queries"},
    {"--includeDataTransfers", "", Inference, NoEffect, kDefaultHere},
    {"--useManagedMemory", "", Inference, Acts, "managed memory instead of host and device buffers"},
    {"--useSpinWait", "", Inference, Acts, "spin instead of sleeping while waiting for the device"},
    {"--noSpinWait", "", Inference, NoEffect, kDefaultHere},
    {"--threads", "", Inference, Acts, "one host thread for each inference stream"},
    {"--useCudaGraph", "", Inference, Acts, "capture one inference and replay it"},
    {"--noCudaGraph", "", Inference, NoEffect, kDefaultHere},
    {"--timeDeserialize", "", Inference, Acts, "measure loading, and stop"},
    {"--timeRefit", "", Inference, Acts, "measure refitting"},
    {"--separateProfileRun", "", Inference, Acts, "profile layers in a second run"},
    {"--skipInference", "", Inference, Acts, "stop after the build"},
    {"--buildOnly", "", Inference, Acts, "old name of --skipInference"},
    {"--persistentCacheRatio", "0..1", Inference, Acts, "share of the cache that may persist (default 0)"},
    {"--useProfile", "N", Inference, Acts, "optimization profile to run with (default 0)"},
    {"--allocationStrategy", "mode", Inference, Acts,
     "static (default), profile or runtime: size of activation memory"},
    {"--saveDebugTensors", "tensor:file,...", Inference, Refused, kNoDebugTensors},
    {"--saveAllDebugTensors", "format,...", Inference, Refused, kNoDebugTensors},
    {"--weightStreamingBudget", "spec", Inference, Acts,
     "-2 off (default), -1 automatic, bytes with B, K, M, G, or P%"},
    {"--loadRefOutputs", "name:file,...", Inference, Acts, "expected outputs; needs --accuracyThreshold"},
    {"--refPair", "N", Inference, Acts, "the --loadInputs and --loadRefOutputs directly behind it belong together"},
    {"--accuracyAlgorithm", "name", Inference, Acts, "l0 (default), l1, l2, lInf or cos"},
    {"--atol", "x", Inference, Acts, "absolute tolerance of l0 (default 1e-5)"},
    {"--rtol", "x", Inference, Acts, "relative tolerance of l0 (default 1e-5)"},
    {"--accuracyThreshold", "x", Inference, Acts, "fail from this loss on"},

    {"--verbose", "", Reporting, Acts, "log more"},
    {"--avgRuns", "N", Reporting, Acts, "queries averaged in a line of the trace (default 10)"},
    {"--percentile", "P,...", Reporting, Acts, "percentiles to report (default 90,95,99)"},
    {"--dumpRefit", "", Reporting, Acts, "print the weights that can be refitted"},
    {"--dumpOutput", "", Reporting, Acts, "print the outputs of the last query"},
    {"--dumpRawBindingsToFile", "", Reporting, Acts, "write inputs and outputs as raw files"},
    {"--dumpProfile", "", Reporting, Acts, "print the times of the layers"},
    {"--dumpLayerInfo", "", Reporting, Acts, "print what the layers are"},
    {"--dumpOptimizationProfile", "", Reporting, Acts, "print the profiles of the engine"},
    {"--exportTimes", "file", Reporting, Acts, "write the times of the queries as JSON"},
    {"--exportOutput", "file", Reporting, Acts, "write the outputs as JSON"},
    {"--exportProfile", "file", Reporting, Acts, "write the times of the layers as JSON"},
    {"--exportLayerInfo", "file", Reporting, Acts, "write what the layers are as JSON"},

    {"--device", "N", System, Acts, "device (default 0)"},
    {"--useDLACore", "N", System, Refused, kNoDla},
    {"--staticPlugins", "file", System, Acts, "plugin library to load at start; may be repeated"},
    {"--plugins", "file", System, Acts, "old name of --staticPlugins"},
    {"--dynamicPlugins", "file", System, Acts, "plugin library to load through the registry; may be repeated"},
    {"--setPluginsToSerialize", "file", System, Acts, "plugin library to put into the engine; may be repeated"},
    {"--ignoreParsedPluginLibs", "", System, Acts, "do not add the plugin libraries that the parser names"},
    {"--safetyPlugins", "lib[names]", System, Refused, kNoSafety},

    {"--help", "", Help, Acts, "print this"},
    {"-h", "", Help, Acts, "print this"},
};

struct Title {
    Group group;
    const char* text;
};
constexpr Title kTitles[] = {{Model, "Model Options"},         {Build, "Build Options"},
                             {Inference, "Inference Options"}, {Reporting, "Reporting Options"},
                             {System, "System Options"},       {Help, "Help"}};

}  // namespace

std::span<const Flag> allFlags() {
    return kFlags;
}

void printHelp(std::ostream& out) {
    constexpr int kColumn = 44;
    for (const Title& title : kTitles) {
        out << "=== " << title.text << " ===\n";
        for (const Flag& flag : kFlags) {
            if (flag.group != title.group || flag.use != Acts) continue;
            std::string word = flag.name;
            if (*flag.value) word += std::string("=<") + flag.value + ">";
            out << "  " << std::left << std::setw(kColumn) << word << ' ' << flag.text << '\n';
        }
        out << '\n';
    }
    out << "Accepted without effect:";
    for (const Flag& flag : kFlags) {
        if (flag.use == NoEffect) out << ' ' << flag.name;
    }
    out << std::endl;
}

}  // namespace trtexec
