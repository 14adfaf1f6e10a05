// SPDX-License-Identifier: Apache-2.0
// opentrt blame: runs an engine layer by layer against the reference and names the first layer that departs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "data_set.h"
#include "inspection.h"
#include "opentrt/inspect.h"
#include "verbs.h"

namespace opentrt::tools {
namespace {

using Json = nlohmann::json;

struct Options {
    std::string model, inputs;
    double tolerance = 1e-3;
    bool bisect = false, all = false;
    CommonOptions common;
    BuildOptions build;
    InspectOptions inspect;
};

//! Values in [-1, 1], or small integers, the same on every run.
std::vector<HostTensor> randomInputs(const nvinfer1::INetworkDefinition& network, const Profile& profile) {
    std::vector<HostTensor> inputs;
    std::mt19937 random(1);
    std::uniform_real_distribution<double> real(-1, 1);
    std::uniform_int_distribution<int> integer(0, 1);
    for (int32_t i = 0; i < network.getNbInputs(); ++i) {
        const nvinfer1::ITensor& input = *network.getInput(i);
        const auto range = profile.find(input.getName());
        const bool isShape = input.isShapeTensor();
        HostTensor tensor{input.getName(), input.getType(), toSizes(input.getDimensions()), {}};
        if (range != profile.end() && !isShape) tensor.dims = range->second.points[1];
        const int64_t count = volume(tensor.dims);
        tensor.bytes.resize(static_cast<size_t>(bytesOf(tensor.type, count)));
        for (int64_t e = 0; e < count; ++e) {
            const double value = isShape && range != profile.end()
                                     ? static_cast<double>(range->second.points[1][static_cast<size_t>(e)])
                                 : isInteger(tensor.type) ? integer(random)
                                                          : real(random);
            setElement(tensor.type, tensor.bytes.data(), e, value);
        }
        inputs.push_back(std::move(tensor));
    }
    return inputs;
}

std::vector<HostTensor> givenInputs(const nvinfer1::INetworkDefinition& network, const std::string& folder) {
    std::vector<HostTensor> inputs = readInputs(folder);
    if (inputs.size() != static_cast<size_t>(network.getNbInputs()))
        throw std::runtime_error(folder + " has " + std::to_string(inputs.size()) +
                                 " files input_I.pb when the model has " + std::to_string(network.getNbInputs()) +
                                 " inputs");
    for (size_t i = 0; i < inputs.size(); ++i) {
        const nvinfer1::ITensor& input = *network.getInput(static_cast<int32_t>(i));
        inputs[i].name = input.getName();
        inputs[i] = converted(inputs[i], input.getType());
    }
    return inputs;
}

Json run(Logger& logger, const Options& options) {
    OnnxModel model(logger, options.model);
    std::vector<HostTensor> inputs;
    Profile profile;
    if (options.inputs.empty()) {
        profile = options.build.profile(model, logger);
        inputs = randomInputs(model.network(), profile);
    } else {
        inputs = givenInputs(model.network(), options.inputs);
        profile = profileFor(model.network(), {inputs});
    }
    model.addProfile(profile);
    options.build.configure(model);
    std::vector<opentrt::LentTensor> lent;
    for (const HostTensor& input : inputs)
        lent.push_back({input.name.c_str(), input.type, toDims(input.dims), input.bytes.data()});
    const std::string request =
        options.inspect.request(false, {{"tolerance", options.tolerance}, {"bisect", options.bisect}});
    return Json::parse(textOf(opentrt::blame(model.network(), model.config(), request.c_str(), lent.data(),
                                             static_cast<int32_t>(lent.size())),
                              logger, "the run layer by layer"));
}

//! A number, or the name of one that JSON lacks.
std::string number(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value.get<double>());
    return text;
}

void printDifference(const char* against, const Json& d) {
    std::printf("      %-9s max abs %s, %s of the largest value%s\n", against, number(d.at("maxAbs")).c_str(),
                number(d.at("part")).c_str(), d.at("departs").get<bool>() ? "  <-- departs" : "");
    if (d.at("departs").get<bool>() && d.contains("element"))
        std::printf("                element %lld is %s when it should be %s\n",
                    static_cast<long long>(d.at("element").get<int64_t>()), number(d.at("got")).c_str(),
                    number(d.at("expected")).c_str());
}

void printLayer(const Json& layer) {
    std::printf("  %s\n      %s by %s\n", layer.at("name").get<std::string>().c_str(),
                layer.at("operator").get<std::string>().c_str(), layer.at("tactic").get<std::string>().c_str());
    if (const auto metadata = layer.at("metadata").get<std::string>(); !metadata.empty())
        std::printf("      from %s\n", metadata.c_str());
    for (const Json& output : layer.at("outputs")) {
        std::printf("      output %s\n", output.at("name").get<std::string>().c_str());
        if (output.contains("kernel")) printDifference("kernel:", output.at("kernel"));
        if (output.contains("network")) printDifference("network:", output.at("network"));
    }
}

void printBisection(const Json& bisect) {
    if (bisect.is_null()) {
        std::printf("bisect: no pass changes the outputs; a kernel does if anything does\n");
        return;
    }
    std::printf("bisect: the outputs change in pass %s", bisect.at("pass").get<std::string>().c_str());
    if (bisect.contains("rewrite"))
        std::printf(", by rewrite %lld: %s", static_cast<long long>(bisect.at("rewrite").get<int64_t>()),
                    bisect.at("text").get<std::string>().c_str());
    std::printf("\n");
}

//! Whether a layer up to `last` quantizes.
bool hasQuantize(const Json& layers, size_t last) {
    return std::any_of(layers.begin(), layers.begin() + static_cast<long>(last) + 1, [](const Json& layer) {
        return layer.at("operator").get<std::string>().find("uantize") != std::string::npos;
    });
}

void blame(const Options& options) {
    options.common.apply();
    Logger logger(options.common.severity());
    const Json json = run(logger, options);
    const Json& layers = json.at("layers");
    if (options.all) {
        for (const Json& layer : layers) printLayer(layer);
    }
    bool wrong = false;
    for (const Json& output : json.at("outputs")) {
        wrong = wrong || output.at("departs").get<bool>();
        std::printf("output %s\n", output.at("name").get<std::string>().c_str());
        printDifference("network:", output);
    }
    if (options.bisect) printBisection(json.at("bisect"));
    if (json.at("first").is_null()) {
        std::printf("all %zu layers agree with the reference\n", layers.size());
    } else {
        const auto first = json.at("first").get<size_t>();
        const bool kernel = layers.at(first).at("kernelDeparts").get<bool>();
        std::printf("the first layer that departs is number %zu of %zu, %s:\n", first + 1, layers.size(),
                    kernel ? "by its own kernel" : "though its kernel is right");
        printLayer(layers.at(first));
        if (!kernel && hasQuantize(layers, first))
            std::printf(
                "a value on the edge of a quantization step may fall to either side of it: compare with the "
                "step's size, or allow more with --tolerance\n");
    }
    if (wrong || !json.at("first").is_null()) throw ExitStatus{1};
}

}  // namespace

void addBlame(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = *app.add_subcommand("blame", "name the first layer that departs from the reference");
    verb.add_option("model", options->model, "ONNX file")->required();
    verb.add_option("--inputs", options->inputs, "folder with input_0.pb, ...; default: random values");
    verb.add_option("--tolerance", options->tolerance, "largest right difference, as a part of the largest value");
    verb.add_flag("--bisect", options->bisect, "find the pass and the rewrite that change the outputs");
    verb.add_flag("--all", options->all, "print every layer");
    options->common.add(verb);
    options->build.add(verb);
    options->inspect.add(verb);
    verb.callback([options] { blame(*options); });
}

}  // namespace opentrt::tools
