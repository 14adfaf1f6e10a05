// SPDX-License-Identifier: Apache-2.0
// opentrt explain: what a build fused, refused and chose, and what it costs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/files.h"
#include "inspection.h"
#include "options.h"
#include "verbs.h"

namespace opentrt::tools {
namespace {

using Json = nlohmann::json;

struct Options {
    std::string model, layer, json;
    bool refusals = false;
    CommonOptions common;
    BuildOptions build;
    InspectOptions inspect;
};

void printPasses(const Json& build) {
    std::printf("passes\n");
    for (const Json& pass : build.at("passes")) {
        std::printf("  %-16s %4zu nodes  %s\n", pass.at("name").get<std::string>().c_str(),
                    pass.at("nodes").get<size_t>(), pass.at("purpose").get<std::string>().c_str());
        for (const Json& rewrite : pass.at("rewrites")) std::printf("    %s\n", rewrite.get<std::string>().c_str());
    }
}

double msOf(const Json& time) {
    return time.is_number() ? time.get<double>() : -1;
}

void printCandidates(const Json& layer, bool refusals) {
    for (const Json& candidate : layer.at("candidates")) {
        const double ms = msOf(candidate.at("ms"));
        const auto tactic = candidate.at("tactic").get<std::string>();
        const bool chosen = tactic == layer.at("tactic").get<std::string>();
        if (ms < 0) {
            std::printf("      %10s     %s\n", "cannot run", tactic.c_str());
        } else {
            std::printf("    %c %10.4f ms  %s\n", chosen ? '*' : ' ', ms, tactic.c_str());
        }
    }
    if (!refusals) return;
    for (const Json& refusal : layer.at("refusals"))
        std::printf("      no %s: %s\n", refusal.at("tactic").get<std::string>().c_str(),
                    refusal.at("reason").get<std::string>().c_str());
}

void printLayers(const Json& build, const Options& options) {
    const double total = build.at("totalMs").get<double>();
    std::printf("layers: %zu, and %zu reformats; %.4g ms by the timings of the build\n", build.at("layers").size(),
                build.at("reformats").size(), total);
    std::printf("        ms      %%   GFLOP/s     GB/s  layer\n");
    for (const Json& layer : build.at("layers")) {
        const auto name = layer.at("name").get<std::string>();
        if (!options.layer.empty() && name.find(options.layer) == std::string::npos) continue;
        const double ms = layer.at("ms").get<double>();
        const auto rate = [&](const char* key) { return ms > 0 ? layer.at(key).get<double>() / ms / 1e6 : 0; };
        std::printf("%10.4f %6.1f %9.1f %8.1f  %s%s\n", ms, total > 0 ? 100 * ms / total : 0, rate("flops"),
                    rate("bytes"), name.c_str(), layer.at("reference").get<bool>() ? "  (slow reference)" : "");
        std::printf("      %s by %s\n", layer.at("operator").get<std::string>().c_str(),
                    layer.at("tactic").get<std::string>().c_str());
        if (const auto metadata = layer.at("metadata").get<std::string>(); !metadata.empty())
            std::printf("      %s\n", metadata.c_str());
        printCandidates(layer, options.refusals || !options.layer.empty());
    }
}

void explain(const Options& options) {
    options.common.apply();
    Logger logger(options.common.severity());
    OnnxModel model = openModel(logger, options.model, options.build);
    const std::string text = inspect(logger, model, options.inspect.request(false));
    if (!options.json.empty()) writeFile(options.json, text.data(), text.size());
    const Json build = Json::parse(text);
    std::printf("device: %s\n", build.at("device").get<std::string>().c_str());
    if (options.layer.empty()) printPasses(build);
    printLayers(build, options);
    std::printf("weights %.4g MB, activations %.4g MB\n", build.at("weightBytes").get<double>() / 1e6,
                build.at("activationBytes").get<double>() / 1e6);
}

}  // namespace

void addExplain(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = *app.add_subcommand("explain", "say what a build fused, refused and chose, and what it costs");
    verb.add_option("model", options->model, "ONNX file")->required();
    verb.add_option("--layer", options->layer, "only layers whose name holds this text, with all refusals");
    verb.add_flag("--refusals", options->refusals, "also the tactics that do not fit, and why");
    verb.add_option("--json", options->json, "write everything to this file as well");
    options->common.add(verb);
    options->build.add(verb);
    options->inspect.add(verb);
    verb.callback([options] { explain(*options); });
}

}  // namespace opentrt::tools
