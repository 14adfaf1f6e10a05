// SPDX-License-Identifier: Apache-2.0
// Inference, reporting and system: everything that happens with an engine.
#include <algorithm>

#include "options.h"

namespace trtexec {
namespace {

using opentrt::tools::splitList;
using opentrt::tools::splitPair;

std::map<std::string, std::string> filesFrom(const std::string& flag, const std::vector<std::string>& items) {
    std::map<std::string, std::string> files;
    for (const std::string& item : items) {
        const auto pair = splitPair(item);
        if (pair.value.empty()) throw ArgumentError(flag + ": no file is given for " + pair.name);
        files[pair.name] = pair.value;
    }
    return files;
}

StreamingBudget budgetFrom(const std::string& text) {
    if (text == "-2") return {};
    if (text == "-1") return {StreamingBudget::Automatic, 0};
    if (!text.empty() && text.back() == '%') {
        const double percent = std::stod(text);
        if (!(percent >= 0 && percent <= 100))
            throw ArgumentError("--weightStreamingBudget=" + text + ": a share must be between 0% and 100%");
        return percent == 100 ? StreamingBudget{} : StreamingBudget{StreamingBudget::Percent, percent};
    }
    return {StreamingBudget::Bytes, bytesFrom(text, 1)};
}

void parseReferences(Arguments& arguments, InferenceOptions& inference) {
    while (true) {
        const auto group = arguments.takeGroup("--refPair", {"--loadInputs", "--loadRefOutputs"}, 2);
        if (group.empty()) break;
        ReferencePair& pair = inference.references.emplace_back();
        for (const auto& word : group) {
            if (word.flag == "--loadInputs") pair.inputs = filesFrom(word.flag, splitList(word.value));
            if (word.flag == "--loadRefOutputs") pair.outputs = filesFrom(word.flag, splitList(word.value));
        }
    }
    if (inference.references.size() == 1) throw ArgumentError("--refPair needs a second --refPair");
    inference.inputFiles = filesFrom("--loadInputs", arguments.takeList("--loadInputs"));
    const auto outputs = filesFrom("--loadRefOutputs", arguments.takeList("--loadRefOutputs"));
    if (!outputs.empty()) inference.references.push_back({inference.inputFiles, outputs});
    for (const ReferencePair& pair : inference.references) {
        if (pair.inputs.empty() || pair.outputs.empty())
            throw ArgumentError("reference outputs need --loadInputs and --loadRefOutputs");
    }
}

void parseAccuracy(Arguments& arguments, InferenceOptions& inference) {
    parseReferences(arguments, inference);
    arguments.take("--accuracyAlgorithm", inference.accuracyAlgorithm);
    const std::vector<std::string> known{"l0", "l1", "l2", "lInf", "cos"};
    if (std::find(known.begin(), known.end(), inference.accuracyAlgorithm) == known.end())
        throw ArgumentError("--accuracyAlgorithm=" + inference.accuracyAlgorithm +
                            ": it must be l0, l1, l2, lInf or cos");
    arguments.take("--atol", inference.atol);
    arguments.take("--rtol", inference.rtol);
    double threshold = 0;
    const bool given = arguments.has("--accuracyThreshold");
    arguments.take("--accuracyThreshold", threshold);
    if (given) inference.accuracyThreshold = threshold;
    if (!inference.references.empty() && !(threshold > 0))
        throw ArgumentError("reference outputs need --accuracyThreshold above 0");
}

}  // namespace

void parseInference(Arguments& arguments, Options& options) {
    InferenceOptions& inference = options.inference;
    arguments.takeShapes("--shapes", inference.shapes);
    arguments.take("--iterations", inference.iterations);
    arguments.take("--warmUp", inference.warmUpMs);
    arguments.take("--duration", inference.durationS);
    arguments.take("--sleepTime", inference.sleepMs);
    arguments.take("--idleTime", inference.idleMs);
    if (arguments.has("--streams")) options.warnings.emplace_back("--streams is deprecated; use --infStreams");
    arguments.take("--streams", inference.streams);
    arguments.take("--infStreams", inference.streams);
    if (inference.streams < 1) throw ArgumentError("--infStreams must be at least 1");
    inference.overlap = !arguments.takeFlag("--exposeDMA");
    inference.transfers = !arguments.takeFlag("--noDataTransfers");
    inference.managedMemory = arguments.takeFlag("--useManagedMemory");
    inference.spin = arguments.takeFlag("--useSpinWait");
    inference.threads = arguments.takeFlag("--threads");
    inference.graph = arguments.takeFlag("--useCudaGraph");
    inference.timeDeserialize = arguments.takeFlag("--timeDeserialize");
    inference.timeRefit = arguments.takeFlag("--timeRefit");
    inference.separateProfile = arguments.takeFlag("--separateProfileRun");
    arguments.take("--refitFromOnnx", inference.refitFromOnnx);
    if (!inference.refitFromOnnx.empty() && !options.build.refit) throw ArgumentError("--refitFromOnnx needs --refit");
    arguments.take("--persistentCacheRatio", inference.persistentCacheRatio);
    if (!(inference.persistentCacheRatio >= 0 && inference.persistentCacheRatio <= 1))
        throw ArgumentError("--persistentCacheRatio must be between 0 and 1");
    inference.profileChosen = arguments.has("--useProfile");
    arguments.take("--useProfile", inference.profile);
    if (auto strategy = arguments.take("--allocationStrategy")) {
        const std::map<std::string, AllocationStrategy> names{{"static", AllocationStrategy::Static},
                                                              {"profile", AllocationStrategy::Profile},
                                                              {"runtime", AllocationStrategy::Runtime}};
        if (!names.count(*strategy))
            throw ArgumentError("--allocationStrategy=" + *strategy + ": it must be static, profile or runtime");
        inference.strategy = names.at(*strategy);
    }
    if (auto budget = arguments.take("--weightStreamingBudget")) {
        inference.budget = budgetFrom(*budget);
        if (inference.budget.kind != StreamingBudget::Off && !options.build.weightStreaming)
            throw ArgumentError("--weightStreamingBudget needs --allowWeightStreaming");
    }
    parseAccuracy(arguments, inference);
}

void parseReporting(Arguments& arguments, ReportingOptions& reporting) {
    reporting.verbose = arguments.takeFlag("--verbose");
    arguments.take("--avgRuns", reporting.averageRuns);
    if (reporting.averageRuns < 1) throw ArgumentError("--avgRuns must be at least 1");
    if (arguments.has("--percentile")) {
        reporting.percentiles.clear();
        for (const std::string& item : arguments.takeList("--percentile")) {
            Arguments own(std::vector<std::string>{"--percentile=" + item});
            float percent = -1;
            own.take("--percentile", percent);
            if (!(percent >= 0 && percent <= 100))
                throw ArgumentError("--percentile=" + item + ": it must be between 0 and 100");
            reporting.percentiles.push_back(percent);
        }
    }
    reporting.refit = arguments.takeFlag("--dumpRefit");
    reporting.output = arguments.takeFlag("--dumpOutput");
    reporting.rawBindings = arguments.takeFlag("--dumpRawBindingsToFile");
    reporting.profile = arguments.takeFlag("--dumpProfile");
    reporting.layerInfo = arguments.takeFlag("--dumpLayerInfo");
    reporting.optimizationProfile = arguments.takeFlag("--dumpOptimizationProfile");
    arguments.take("--exportTimes", reporting.exportTimes);
    arguments.take("--exportOutput", reporting.exportOutput);
    arguments.take("--exportProfile", reporting.exportProfile);
    arguments.take("--exportLayerInfo", reporting.exportLayerInfo);
}

void parseSystem(Arguments& arguments, Options& options) {
    SystemOptions& system = options.system;
    arguments.take("--device", system.device);
    if (arguments.has("--plugins")) options.warnings.emplace_back("--plugins is deprecated; use --staticPlugins");
    system.staticPlugins = arguments.takeAll("--staticPlugins");
    for (std::string& file : arguments.takeAll("--plugins")) system.staticPlugins.push_back(std::move(file));
    system.dynamicPlugins = arguments.takeAll("--dynamicPlugins");
    system.pluginsToSerialize = arguments.takeAll("--setPluginsToSerialize");
    system.ignoreParsedPluginLibs = arguments.takeFlag("--ignoreParsedPluginLibs");
}

}  // namespace trtexec
