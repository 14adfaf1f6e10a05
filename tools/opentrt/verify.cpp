// SPDX-License-Identifier: Apache-2.0
// opentrt verify: a model in the ONNX test layout against its expected outputs. The plan goes through a file into a new
// process (the hidden verb `replay`), which runs every data set twice and refuses answers that differ in a bit.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "common/compare.h"
#include "common/files.h"
#include "common/tensor_proto.h"
#include "common/timing_cache.h"
#include "data_set.h"
#include "options.h"
#include "verbs.h"

namespace opentrt::tools {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::string folder;
    double atol = -1, rtol = -1;
    bool sameBuild = false;
    CommonOptions common;
    BuildOptions build;
};

struct ReplayOptions {
    std::string plan, outputs;
    std::vector<std::string> dataSets;
    CommonOptions common;
};

std::vector<std::string> dataSetsOf(const std::string& folder) {
    std::vector<std::string> sets;
    for (;;) {
        const std::string set = folder + "/test_data_set_" + std::to_string(sets.size());
        if (!fs::is_directory(set)) break;
        sets.push_back(set);
    }
    if (sets.empty()) throw std::runtime_error(folder + " has no test_data_set_0");
    return sets;
}

std::unique_ptr<nvinfer1::IHostMemory> buildPlan(Logger& logger, const Options& options, const std::string& modelFile,
                                                 const std::vector<std::string>& dataSets) {
    std::vector<std::vector<HostTensor>> inputs;
    for (const std::string& set : dataSets) inputs.push_back(readInputs(set));
    OnnxModel model(logger, modelFile);
    model.addProfile(profileFor(model.network(), inputs));
    auto plan = options.build.build(model);
    if (!options.sameBuild) return plan;

    const std::vector<char> cache = timingCacheOf(model.config());
    OnnxModel again(logger, modelFile);
    again.addProfile(profileFor(again.network(), inputs));
    options.build.configure(again);
    again.setTimingCache(cache);
    const auto other = again.build();
    if (other->size() != plan->size() || std::memcmp(other->data(), plan->data(), plan->size()) != 0) {
        std::printf("FAIL: two builds with the same timing cache give different plans (%zu and %zu bytes)\n",
                    plan->size(), other->size());
        throw ExitStatus{1};
    }
    std::printf("two builds with the same timing cache: equal plans of %zu bytes\n", plan->size());
    return plan;
}

//! One line per output; the number of those that are wrong.
int compareSet(const std::string& got, const std::string& expected, const Tolerance& tolerance) {
    const auto outputs = readTensorFolder(got, "output");
    const auto wanted = readTensorFolder(expected, "output");
    const std::string set = fs::path(expected).filename().string();
    if (outputs.size() != wanted.size())
        throw std::runtime_error(set + " expects " + std::to_string(wanted.size()) + " outputs when the model has " +
                                 std::to_string(outputs.size()));
    int wrong = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
        const Difference difference = compare(outputs[i], wanted[i], tolerance);
        wrong += !difference.close;
        std::printf("%s %s %s: %s\n", difference.close ? "ok  " : "FAIL", set.c_str(), describe(outputs[i]).c_str(),
                    describe(difference).c_str());
    }
    return wrong;
}

void verify(const Options& options) {
    options.common.apply();
    Logger logger(options.common.severity());
    const fs::path folder = fs::path(options.folder).lexically_normal();
    Tolerance tolerance = readTolerance((folder / "meta.json").string());
    if (options.atol >= 0 || options.rtol >= 0) tolerance.ofRange.reset();
    if (options.atol >= 0) tolerance.atol = options.atol;
    if (options.rtol >= 0) tolerance.rtol = options.rtol;

    const std::vector<std::string> dataSets = dataSetsOf(folder.string());
    const TemporaryFolder temporary;
    const std::string planFile = temporary.path() + "/model.plan";
    {
        const auto plan = buildPlan(logger, options, (folder / "model.onnx").string(), dataSets);
        writeFile(planFile, plan->data(), plan->size());
    }
    std::vector<std::string> words{ownProgram(), "replay", planFile, temporary.path()};
    words.insert(words.end(), dataSets.begin(), dataSets.end());
    for (std::string& word : options.common.words()) words.push_back(std::move(word));
    if (const int status = runProgram(words)) {
        std::printf("FAIL: the process that loads and runs the plan ended with status %d\n", status);
        throw ExitStatus{1};
    }
    int wrong = 0;
    for (const std::string& set : dataSets)
        wrong += compareSet(temporary.path() + "/" + fs::path(set).filename().string(), set, tolerance);
    if (wrong) throw ExitStatus{1};
}

void replay(const ReplayOptions& options) {
    options.common.apply();
    Logger logger(options.common.severity());
    Session session(logger, options.plan);
    for (const std::string& set : options.dataSets) {
        setInputs(session, readInputs(set));
        session.run();
        const std::vector<HostTensor> outputs = outputsOf(session);
        session.spoilOutputs();
        session.run();
        const std::vector<HostTensor> again = outputsOf(session);
        for (size_t i = 0; i < outputs.size(); ++i) {
            if (outputs[i].dims != again[i].dims || outputs[i].bytes != again[i].bytes)
                throw std::runtime_error(set + ": output " + outputs[i].name + " differs between two runs");
        }
        writeOutputs(options.outputs + "/" + fs::path(set).filename().string(), outputs);
    }
}

}  // namespace

void addVerify(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = *app.add_subcommand("verify", "run a model in the ONNX test layout and compare with its outputs");
    verb.add_option("folder", options->folder, "folder with model.onnx, test_data_set_K, and maybe meta.json")
        ->required();
    verb.add_option("--atol", options->atol, "absolute tolerance; default: meta.json, else 1e-5");
    verb.add_option("--rtol", options->rtol, "relative tolerance; default: meta.json, else 1e-3");
    verb.add_flag("--same-build", options->sameBuild, "build twice with one timing cache; the plans must be equal");
    options->common.add(verb);
    options->build.add(verb);
    verb.callback([options] { verify(*options); });
}

void addReplay(CLI::App& app) {
    auto options = std::make_shared<ReplayOptions>();
    CLI::App& verb = *app.add_subcommand("replay", "run data sets twice on a plan")->group("");
    verb.add_option("plan", options->plan)->required();
    verb.add_option("outputs", options->outputs)->required();
    verb.add_option("sets", options->dataSets)->required();
    options->common.add(verb);
    verb.callback([options] { replay(*options); });
}

}  // namespace opentrt::tools
