// SPDX-License-Identifier: Apache-2.0
// The whole command line: what the groups leave over, what they say about each other, and readers that they share.
#include "options.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "common/tensor.h"
#include "flags.h"

namespace trtexec {
namespace {

std::string expandHome(const std::string& path) {
    const char* home = std::getenv("HOME");
    return home && !path.empty() && path[0] == '~' ? home + path.substr(1) : path;
}

//! Warns about flags that do nothing; every other word is an error.
void checkRest(const Arguments& arguments, Options& options) {
    std::string errors;
    for (const Arguments::Word& word : arguments.rest()) {
        const auto flags = allFlags();
        const auto flag = std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return word.flag == f.name; });
        if (flag != flags.end() && flag->use == Use::NoEffect) {
            options.warnings.push_back(word.flag + " has no effect: " + flag->text);
            continue;
        }
        if (!errors.empty()) errors += '\n';
        errors += flag != flags.end() && flag->use == Use::Refused ? word.flag + " is not supported: " + flag->text
                                                                   : "Unknown option: " + word.flag + " " + word.value;
    }
    if (!errors.empty()) throw ArgumentError(errors);
}

void checkModel(const Options& options) {
    const BuildOptions& build = options.build;
    if (options.model.onnx.empty() && build.loadEngine.empty())
        throw ArgumentError("no model: give --onnx=file, or --loadEngine=file");
    if (!build.saveEngine.empty() && !build.loadEngine.empty())
        throw ArgumentError("--saveEngine and --loadEngine exclude each other");
    if (build.planVersionOnly && build.loadEngine.empty())
        throw ArgumentError("--getPlanVersionOnly needs --loadEngine");
    if (build.runtime != RuntimeKind::Full && build.loadEngine.empty())
        throw ArgumentError("--useRuntime=lean and dispatch cannot build; give --loadEngine");
}

}  // namespace

Options parseOptions(Arguments& arguments) {
    Options options;
    options.help = arguments.empty() || arguments.has("--help") || arguments.has("-h");
    if (options.help) return options;
    arguments.take("--onnx", options.model.onnx);
    options.model.onnx = expandHome(options.model.onnx);
    parseBuild(arguments, options);
    parseInference(arguments, options);
    parseReporting(arguments, options.reporting);
    parseSystem(arguments, options);
    checkRest(arguments, options);
    checkModel(options);
    propagateShapes(options.build, options.inference);
    return options;
}

void propagateShapes(BuildOptions& build, InferenceOptions& inference) {
    const auto index = static_cast<size_t>(std::max(inference.profile, 0));
    if (index >= build.profiles.size()) return;
    ProfileShapes& profile = build.profiles[index];
    const auto names = [](const ShapeMap& shapes, const std::string& name) {
        return opentrt::tools::findEntry(shapes, name) != nullptr;
    };
    const ShapeMap given = inference.shapes;
    for (const auto& [name, sizes] : profile.opt) {
        if (!names(given, name)) inference.shapes.emplace(name, sizes);
    }
    for (const auto& [name, sizes] : given) {
        if (names(profile.opt, name)) continue;
        for (ShapeMap* shapes : {&profile.min, &profile.opt, &profile.max}) shapes->emplace(name, sizes);
    }
}

nvinfer1::DataType typeFromName(const std::string& name) {
    for (int32_t t = 0; t < nvinfer1::EnumMax<nvinfer1::DataType>(); ++t) {
        const auto type = static_cast<nvinfer1::DataType>(t);
        if (name == opentrt::tools::typeName(type)) return type;
    }
    throw ArgumentError("'" + name + "' is not a type such as fp32, fp16, bf16, int8, int32, int64, bool");
}

const char* typeName(nvinfer1::DataType type) {
    return opentrt::tools::typeName(type);
}

double bytesFrom(const std::string& text, double bare) {
    size_t end = 0;
    double number = 0;
    try {
        number = std::stod(text, &end);
    } catch (const std::exception&) {
        throw ArgumentError("'" + text + "' is not a size such as 512M");
    }
    if (number < 0) throw ArgumentError("the size " + text + " is negative");
    std::string unit = text.substr(end);
    std::transform(unit.begin(), unit.end(), unit.begin(), [](unsigned char c) { return std::toupper(c); });
    if (unit.empty()) return number * bare;
    // A long form such as MiB means its first letter, not its last one.
    const bool longForm = unit.size() == 3 ? unit.substr(1) == "IB" : unit.size() == 2 && unit[1] == 'B';
    const size_t power =
        unit.size() == 1 || (longForm && unit[0] != 'B') ? std::string("BKMG").find(unit[0]) : std::string::npos;
    if (power == std::string::npos) throw ArgumentError("the size " + text + " must end in B, K, M or G");
    for (size_t i = 0; i < power; ++i) number *= 1024;
    return number;
}

std::map<std::string, bool> switchesFrom(const std::string& flag, const std::vector<std::string>& items) {
    std::map<std::string, bool> switches;
    for (const std::string& item : items) {
        if (item[0] != '+' && item[0] != '-') throw ArgumentError(flag + ": '" + item + "' must begin with + or -");
        const bool on = item[0] == '+';
        const auto [at, isNew] = switches.emplace(item.substr(1), on);
        if (!isNew && at->second != on) throw ArgumentError(flag + ": " + at->first + " is both enabled and disabled");
    }
    return switches;
}

std::vector<std::string> profileLines(const ProfileShapes& shapes) {
    std::vector<std::string> lines;
    for (const auto& [name, opt] : shapes.opt)
        lines.push_back(name + "=" + opentrt::tools::str(shapes.min.at(name)) + "+" + opentrt::tools::str(opt) + "+" +
                        opentrt::tools::str(shapes.max.at(name)));
    return lines;
}

}  // namespace trtexec
