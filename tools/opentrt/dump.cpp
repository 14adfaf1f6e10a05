// SPDX-License-Identifier: Apache-2.0
// opentrt dump: the layers of a plan as the engine inspector tells them, or its values and steps; of an ONNX file the
// graph after each pass.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/files.h"
#include "inspection.h"
#include "opentrt/inspect.h"
#include "verbs.h"

namespace opentrt::tools {
namespace {

using Json = nlohmann::json;

struct Options {
    std::string model, pass, folder;
    bool json = false, plan = false, weights = false;
    CommonOptions common;
    BuildOptions build;
    InspectOptions inspect;
};

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (text.empty() || text.back() != '\n') std::printf("\n");
}

void dumpPlan(Logger& logger, const Options& options) {
    const std::vector<char> plan = readFile(options.model);
    if (options.plan) {
        print(textOf(opentrt::planText(logger, plan.data(), static_cast<int64_t>(plan.size())), logger,
                     "reading " + options.model));
        return;
    }
    Session session(logger, plan.data(), plan.size());
    const auto inspector = need(session.engine().createEngineInspector(), logger, "createEngineInspector");
    inspector->setExecutionContext(&session.context());
    print(inspector->getEngineInformation(options.json ? nvinfer1::LayerInformationFormat::kJSON
                                                       : nvinfer1::LayerInformationFormat::kONELINE));
}

//! One file a pass, numbered in order.
void writePasses(const Json& passes, const std::string& folder) {
    std::filesystem::create_directories(folder);
    size_t index = 0;
    for (const Json& pass : passes) {
        char number[16];
        std::snprintf(number, sizeof number, "%02zu_", index++);
        const std::string file = folder + "/" + number + pass.at("name").get<std::string>() + ".graph";
        const auto text = pass.at("graph").get<std::string>();
        writeFile(file, text.data(), text.size());
        std::printf("%s\n", file.c_str());
    }
}

void dumpModel(Logger& logger, const Options& options) {
    OnnxModel model = openModel(logger, options.model, options.build);
    const Json more = options.weights ? Json{{"weights", true}} : Json::object();
    const Json build =
        Json::parse(inspect(logger, model, options.inspect.request(!options.plan && !options.json, more)));
    if (options.json) return print(build.dump(1));
    if (options.plan) return print(build.at("plan").get<std::string>());
    if (!options.folder.empty()) return writePasses(build.at("passes"), options.folder);
    bool found = false;
    for (const Json& pass : build.at("passes")) {
        const auto name = pass.at("name").get<std::string>();
        if (!options.pass.empty() && options.pass != name) continue;
        found = true;
        if (options.pass.empty()) std::printf("# after %s\n", name.c_str());
        print(pass.at("graph").get<std::string>());
    }
    if (!found) throw std::runtime_error("there is no pass named " + options.pass);
}

}  // namespace

void addDump(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = *app.add_subcommand("dump", "print the layers of a plan, or a model's graph after each pass");
    verb.add_option("model", options->model, "ONNX file or plan")->required();
    verb.add_flag("--json", options->json, "everything as JSON");
    verb.add_flag("--plan", options->plan, "values, memory and steps of the plan");
    verb.add_option("--pass", options->pass, "only the graph after this pass; imported: the graph before all");
    verb.add_option("--output", options->folder, "write one file a pass into this folder");
    verb.add_flag("--weights", options->weights, "with all weights, so that the graphs can be parsed");
    options->common.add(verb);
    options->build.add(verb);
    options->inspect.add(verb);
    verb.callback([options] {
        options->common.apply();
        Logger logger(options->common.severity());
        isPlanFile(options->model) ? dumpPlan(logger, *options) : dumpModel(logger, *options);
    });
}

}  // namespace opentrt::tools
