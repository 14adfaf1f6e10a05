// SPDX-License-Identifier: Apache-2.0
// opentrt run: one inference from files to files.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "data_set.h"
#include "options.h"
#include "verbs.h"

namespace opentrt::tools {
namespace {

struct Options {
    std::string model, inputs, outputs;
    CommonOptions common;
    BuildOptions build;
};

void run(const Options& options) {
    options.common.apply();
    Logger logger(options.common.severity());
    const std::vector<HostTensor> inputs = readInputs(options.inputs);
    const auto session = openSession(logger, options.model, options.build, [&](OnnxModel& model) {
        const BuildOptions& b = options.build;
        const bool shapesGiven = !(b.shapes + b.minShapes + b.optShapes + b.maxShapes).empty();
        return shapesGiven ? b.profile(model, logger) : profileFor(model.network(), {inputs});
    });
    setInputs(*session, inputs);
    session->run();
    const std::vector<HostTensor> outputs = outputsOf(*session);
    writeOutputs(options.outputs, outputs);
    for (const HostTensor& output : outputs) std::printf("%s\n", describe(output).c_str());
}

}  // namespace

void addRun(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = *app.add_subcommand("run", "run a model on input_I.pb files and write output_I.pb");
    verb.add_option("model", options->model, "ONNX file or plan")->required();
    verb.add_option("--inputs", options->inputs, "folder with input_0.pb, input_1.pb, ...")->required();
    verb.add_option("--outputs", options->outputs, "folder to write to")->required();
    options->common.add(verb);
    options->build.add(verb);
    verb.callback([options] { run(*options); });
}

}  // namespace opentrt::tools
