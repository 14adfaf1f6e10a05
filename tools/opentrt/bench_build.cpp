// SPDX-License-Identifier: Apache-2.0
// opentrt bench --build: what making and loading an engine costs. Everything is measured in this one process, in the
// order of a user's program: builder, cold build, warm build, load of the written plan, first inference. The peak of
// memory is that of the process after the cold build, libraries included.
#include "bench_build.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <sys/resource.h>

#include "common/files.h"
#include "common/timing_cache.h"
#include "opentrt/extension.h"

namespace opentrt::tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kMiB = 1 << 20;

double msSince(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

//! Most memory that the process ever had resident, in bytes.
double peakMemory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) * 1024;
}

struct Built {
    std::unique_ptr<nvinfer1::IHostMemory> plan;
    std::vector<char> timings;
    double parseMs = 0, buildMs = 0;
};

Built build(Logger& logger, const std::string& file, const BuildOptions& options, const std::vector<char>& timings) {
    Built built;
    auto begin = Clock::now();
    OnnxModel model(logger, file);
    model.addProfile(options.profile(model, logger));
    built.parseMs = msSince(begin);
    options.configure(model);
    model.setTimingCache(timings);
    begin = Clock::now();
    built.plan = model.build();
    built.buildMs = msSince(begin);
    built.timings = timingCacheOf(model.config());
    return built;
}

void line(const char* label, double value, const char* unit) {
    std::printf("%-26s %10.4g %s\n", label, value, unit);
}

//! Weights and activations of an engine: the plan holds nothing else of size.
double engineBytes(const std::string& file, const nvinfer1::ICudaEngine& engine) {
    return static_cast<double>(std::filesystem::file_size(file)) + static_cast<double>(engine.getDeviceMemorySizeV2());
}

void measureLoad(Logger& logger, const std::string& plan, double peak) {
    const std::unique_ptr<nvinfer1::IRuntime> runtime(nvinfer1::createInferRuntime(logger));
    need(runtime != nullptr, logger, "createInferRuntime");
    auto begin = Clock::now();
    std::unique_ptr<nvinfer1::ICudaEngine> engine(deserializeFromFile(*runtime, plan.c_str()));
    need(engine != nullptr, logger, "loading " + plan);
    line("load, mapped", msSince(begin), "ms");
    const double bytes = engineBytes(plan, *engine);
    line("weights + activations", bytes / kMiB, "MiB");
    line("peak of the cold build", peak / kMiB, "MiB");
    line("peak / (weights + act.)", peak / bytes, "");
    engine.reset();
    begin = Clock::now();
    Session session(logger, plan);
    session.completeInputs();
    session.prepare();
    session.run();
    line("load to first result", msSince(begin), "ms");
}

}  // namespace

void benchBuild(Logger& logger, const std::string& model, const BuildOptions& options) {
    auto begin = Clock::now();
    std::unique_ptr<nvinfer1::IBuilder> builder(nvinfer1::createInferBuilder(logger));
    line("createInferBuilder", msSince(begin), "ms");
    builder.reset();
    Built cold = build(logger, model, options, {});
    const double peak = peakMemory();
    line("parse", cold.parseMs, "ms");
    line("cold build", cold.buildMs / 1e3, "s");
    const TemporaryFolder folder;
    const std::string plan = folder.path() + "/engine.plan";
    writeFile(plan, cold.plan->data(), cold.plan->size());
    cold.plan.reset();
    line("warm build", build(logger, model, options, cold.timings).buildMs / 1e3, "s");
    measureLoad(logger, plan, peak);
}

}  // namespace opentrt::tools
