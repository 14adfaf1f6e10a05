// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <CLI/CLI.hpp>
#include <omp.h>

#include "common/files.h"
#include "common/timing_cache.h"

namespace opentrt::tools {

void CommonOptions::add(CLI::App& verb) {
    verb.add_option("--threads", threads, "threads to compute with; default: OMP_NUM_THREADS, else all")
        ->check(CLI::Range(1, 4096));
    verb.add_flag("-v,--verbose", verbose, "log everything the library says to standard error");
}

nvinfer1::ILogger::Severity CommonOptions::severity() const {
    return verbose ? nvinfer1::ILogger::Severity::kVERBOSE : nvinfer1::ILogger::Severity::kWARNING;
}

void CommonOptions::apply() const {
    if (threads > 0) omp_set_num_threads(threads);
}

std::vector<std::string> CommonOptions::words() const {
    std::vector<std::string> words;
    if (threads > 0) words = {"--threads", std::to_string(threads)};
    if (verbose) words.emplace_back("--verbose");
    return words;
}

void BuildOptions::add(CLI::App& verb) {
    verb.add_option("--shapes", shapes, "sizes of dynamic inputs: x:1x3x224x224,y:8");
    verb.add_option("--min-shapes", minShapes, "smallest sizes the engine takes; default: --shapes");
    verb.add_option("--opt-shapes", optShapes, "sizes the engine is tuned for; default: --shapes");
    verb.add_option("--max-shapes", maxShapes, "largest sizes the engine takes; default: --shapes");
    verb.add_option("--timing-cache", timingCache, "file of measured times, read and brought up to date");
    verb.add_flag("--fp16", fp16, "f32 may be computed in f16, where the device has it");
    verb.add_flag("--bf16", bf16, "the same in bf16");
    verb.add_flag("--no-tf32", noTf32, "factors of f32 products keep all their digits");
    verb.add_option("--level", level, "builder optimization level, 0 to 5")->check(CLI::Range(0, 5));
}

void BuildOptions::configure(OnnxModel& model) const {
    using nvinfer1::BuilderFlag;
    if (fp16) model.config().setFlag(BuilderFlag::kFP16);
    if (bf16) model.config().setFlag(BuilderFlag::kBF16);
    if (noTf32) model.config().clearFlag(BuilderFlag::kTF32);
    model.config().setProfilingVerbosity(nvinfer1::ProfilingVerbosity::kDETAILED);
    if (level >= 0) model.config().setBuilderOptimizationLevel(level);
    if (!timingCache.empty()) model.setTimingCache(readTimingCache(timingCache));
}

Profile BuildOptions::profile(OnnxModel& model, Logger& logger) const {
    const ShapeMap given = parseShapes(shapes);
    const auto orGiven = [&](const std::string& text) { return text.empty() ? given : parseShapes(text); };
    return profileFor(model.network(), logger, orGiven(minShapes), orGiven(optShapes), orGiven(maxShapes));
}

std::unique_ptr<nvinfer1::IHostMemory> BuildOptions::build(OnnxModel& model) const {
    configure(model);
    auto plan = model.build();
    if (!timingCache.empty()) mergeTimingCache(timingCache, model.config());
    return plan;
}

std::unique_ptr<Session> openSession(Logger& logger, const std::string& model, const BuildOptions& options,
                                     const ProfileMaker& profile) {
    if (isPlanFile(model)) return std::make_unique<Session>(logger, model);
    OnnxModel onnx(logger, model);
    onnx.addProfile(profile(onnx));
    const auto plan = options.build(onnx);
    return std::make_unique<Session>(logger, plan->data(), plan->size());
}

}  // namespace opentrt::tools
