// SPDX-License-Identifier: Apache-2.0
// trtexec: builds engines and measures them, with the command line that TensorRT users know. Its page is docs/tools.md.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "NvInferVersion.h"
#include "accuracy.h"
#include "common/files.h"
#include "engine_files.h"
#include "export.h"
#include "flags.h"
#include "log.h"
#include "network_setup.h"
#include "refit.h"

namespace trtexec {
namespace {

void dumpProfiles(const nvinfer1::ICudaEngine& engine) {
    using nvinfer1::OptProfileSelector;
    using opentrt::tools::str;
    info("Optimization Profiles:");
    for (int p = 0; p < engine.getNbOptimizationProfiles(); ++p) {
        for (int32_t i = 0; i < engine.getNbIOTensors(); ++i) {
            const char* name = engine.getIOTensorName(i);
            if (engine.getTensorIOMode(name) != nvinfer1::TensorIOMode::kINPUT) continue;
            info("Model input ", name, " (profile ", p,
                 "): min=", str(engine.getProfileShape(name, p, OptProfileSelector::kMIN)),
                 ", opt=", str(engine.getProfileShape(name, p, OptProfileSelector::kOPT)),
                 ", max=", str(engine.getProfileShape(name, p, OptProfileSelector::kMAX)));
        }
    }
}

void showLayers(const ReportingOptions& reporting, const nvinfer1::ICudaEngine& engine,
                const nvinfer1::IExecutionContext* context) {
    using nvinfer1::LayerInformationFormat;
    const std::unique_ptr<nvinfer1::IEngineInspector> inspector(engine.createEngineInspector());
    if (!inspector) throw Failure("the engine cannot be inspected");
    if (context) inspector->setExecutionContext(context);
    if (reporting.layerInfo) {
        info("Layer Information:");
        info(inspector->getEngineInformation(LayerInformationFormat::kONELINE));
    }
    if (!reporting.exportLayerInfo.empty()) {
        const std::string json = inspector->getEngineInformation(LayerInformationFormat::kJSON);
        opentrt::tools::writeFile(reporting.exportLayerInfo, json.data(), json.size());
    }
}

//! Two loads to warm up, one that counts as first, then twenty. False when the first takes more than twice the average.
bool timeDeserialize(const Options& options, const PlanSource& plan) {
    constexpr int kWarmUps = 2, kLoads = 20;
    double first = 0, total = 0;
    const auto bytes = plan.memory ? plan.memory->size() : opentrt::tools::readFile(plan.file).size();
    size_t before = 0, after = 0, all = 0;
    TRTEXEC_CUDA(cudaMemGetInfo(&before, &all));
    for (int i = -kWarmUps; i <= kLoads; ++i) {
        const int64_t start = nowNs();
        const LoadedEngine engine = loadPlan(options, plan);
        const double seconds = secondsSince(start);
        if (i == 0) {
            first = seconds;
            TRTEXEC_CUDA(cudaMemGetInfo(&after, &all));
        }
        if (i > 0) total += seconds;
    }
    const double average = total / kLoads;
    info("First deserialization time = ", first * 1000, " milliseconds");
    info("Total deserialization time = ", total * 1000, " milliseconds in ", kLoads,
         " iterations, average time = ", average * 1000, " milliseconds");
    info("Deserialization bandwidth = ", static_cast<double>(bytes) / 1e9 / average, " GB/s");
    info("Device memory of the engine: ", before > after ? (before - after) >> 20 : 0, " MiB");
    const bool steady = first <= 2 * average;
    if (!steady) error("the first deserialization took more than twice the average");
    return steady;
}

void report(const Options& options, const std::vector<Query>& queries, Inference& inference) {
    const ReportingOptions& reporting = options.reporting;
    if (reporting.wantsProfile() && !options.inference.separateProfile) {
        info("The times of the queries are left out, because profiling the layers slows them down.");
        info("--separateProfileRun measures both, one after the other.");
    } else {
        const Trace trace = makeTrace(queries, static_cast<float>(options.inference.warmUpMs));
        printPerformance(trace, options.inference, reporting);
        if (!reporting.exportTimes.empty()) exportTimes(reporting.exportTimes, trace);
    }
    const auto outputs = inference.bindings().outputs();
    if (reporting.output) {
        for (const std::string& line : outputLines(outputs)) info(line);
    }
    if (!reporting.exportOutput.empty()) exportOutputs(reporting.exportOutput, outputs);
    if (reporting.rawBindings) dumpRaw(".", inference.bindings());
}

bool runInference(const Options& options, LoadedEngine& engine, const ShapeMap& fallback) {
    const ReportingOptions& reporting = options.reporting;
    Inference inference(options, engine, fallback);
    if (reporting.wantsLayerInfo()) showLayers(reporting, *engine.engine, &inference.context());
    if (reporting.optimizationProfile) dumpProfiles(*engine.engine);
    const bool accurate = checkReferences(inference, options.inference);
    info("Starting inference");
    Profiler profiler;
    const bool together = reporting.wantsProfile() && !options.inference.separateProfile;
    const std::vector<Query> queries = inference.run(together ? &profiler : nullptr);
    report(options, queries, inference);
    if (reporting.wantsProfile() && !together) inference.run(&profiler);
    if (reporting.profile) {
        for (const std::string& line : profiler.table()) info(line);
    }
    if (!reporting.exportProfile.empty()) profiler.exportJson(reporting.exportProfile);
    return accurate;
}

bool run(const Options& options) {
    if (options.build.planVersionOnly) {
        info("The engine was built with version ", planVersion(options.build.loadEngine));
        return true;
    }
    selectDevice(options.system.device);
    info("TensorRT version: ", NV_TENSORRT_MAJOR, ".", NV_TENSORRT_MINOR, ".", NV_TENSORRT_PATCH);
    loadPlugins(options.system);
    const PlanSource plan = makePlan(options);
    if (options.inference.timeDeserialize) return timeDeserialize(options, plan);
    const bool isElsewhere = options.build.platform != nvinfer1::RuntimePlatform::kSAME_AS_BUILD ||
                             std::getenv("OPENTRT_CUDA_TARGET");  // docs/cuda.md
    if (options.build.skipInference && isElsewhere) {
        info("Skipped inference phase since the engine is for another machine.");
        return true;
    }
    LoadedEngine engine = loadPlan(options, plan);
    refit(options, engine);
    const bool lacksWeights = engine.engine->getEngineStat(nvinfer1::EngineStat::kSTRIPPED_WEIGHTS_SIZE) > 0;
    if (!options.build.skipInference && !lacksWeights) return runInference(options, engine, plan.shapes);
    if (options.reporting.wantsLayerInfo()) showLayers(options.reporting, *engine.engine, nullptr);
    if (options.reporting.optimizationProfile) dumpProfiles(*engine.engine);
    info(lacksWeights ? "Skipped inference phase since the engine lacks weights; --refit --refitFromOnnx gives them."
                      : "Skipped inference phase since --skipInference is added.");
    return true;
}

int mainWith(int argc, char** argv) {
    const TestLines lines(argc, argv);
    lines.running();
    Options options;
    Arguments arguments(argc, argv);
    try {
        options = parseOptions(arguments);
    } catch (const std::invalid_argument& e) {
        printHelp(std::cout);
        std::istringstream messages(e.what());
        for (std::string message; std::getline(messages, message);) error(message);
        return lines.failed();
    }
    if (options.help) {
        printHelp(std::cout);
        return arguments.empty() ? lines.passed() : 0;
    }
    if (options.reporting.verbose) theLog().setLeast(Severity::kVERBOSE);
    for (const std::string& text : options.warnings) warning(text);
    printOptions(options);
    try {
        return run(options) ? lines.passed() : lines.failed();
    } catch (const CudaError& e) {
        error("CUDA: ", e.what());
        return 1;
    } catch (const Failure& e) {
        error(e.what());
        return lines.failed();
    } catch (const std::exception& e) {
        error("Uncaught exception detected: ", e.what());
        return lines.failed();
    }
}

}  // namespace
}  // namespace trtexec

int main(int argc, char** argv) {
    return trtexec::mainWith(argc, argv);
}
