// SPDX-License-Identifier: Apache-2.0
#include "inspection.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/files.h"
#include "opentrt/inspect.h"

namespace opentrt::tools {

void InspectOptions::add(CLI::App& verb) {
    verb.add_option("--disable", disabled, "pass to leave out; may be repeated");
    verb.add_option("--max-rewrites", maxRewrites, "how many rewrites may happen; default: all");
}

std::string InspectOptions::request(bool graphs, nlohmann::json request) const {
    request["graphs"] = graphs;
    request["disable"] = disabled;
    if (maxRewrites >= 0) request["maxRewrites"] = maxRewrites;
    return request.dump();
}

OnnxModel openModel(Logger& logger, const std::string& file, const BuildOptions& options) {
    if (isPlanFile(file)) throw std::runtime_error(file + " is a plan; give the ONNX file that it was made from");
    OnnxModel model(logger, file);
    model.addProfile(options.profile(model, logger));
    options.configure(model);
    return model;
}

std::string textOf(nvinfer1::IHostMemory* memory, Logger& logger, const std::string& what) {
    const auto text = need(memory, logger, what);
    return {static_cast<const char*>(text->data()), text->size()};
}

std::string inspect(Logger& logger, OnnxModel& model, const std::string& request) {
    return textOf(opentrt::inspectBuild(model.network(), model.config(), request.c_str()), logger, "the build");
}

}  // namespace opentrt::tools
