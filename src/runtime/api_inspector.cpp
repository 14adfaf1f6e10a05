// SPDX-License-Identifier: Apache-2.0
#include "runtime/api_inspector.h"

#include <nlohmann/json.hpp>
#include <set>

#include "base/hash.h"

namespace opentrt::runtime {

using api::guarded;
using Json = nlohmann::ordered_json;

namespace {

const char* typeText(DType type) {
    static constexpr const char* kTexts[kDTypeCount] = {"FP32", "FP16",     "Int8",  "Int32", "BOOL", "UInt8",
                                                        "FP8",  "BFloat16", "Int64", "Int4",  "FP4",  "E8M0"};
    return kTexts[static_cast<size_t>(type)];
}

//! What is known of a dimension: its size, or -1.
int64_t sizeOf(const Dim& dim, const SymbolValues& symbols) {
    std::set<std::string> needed;
    dim.collectSymbols(needed);
    for (const std::string& symbol : needed) {
        if (!symbols.count(symbol)) return -1;
    }
    return dim.eval(symbols);
}

Json tensorJson(const PlanProgram& program, int32_t index, const SymbolValues& symbols) {
    const PlanValue& value = program.values[static_cast<size_t>(index)];
    Json dims = Json::array();
    for (const int32_t d : value.dims) dims.push_back(sizeOf(program.dims[static_cast<size_t>(d)], symbols));
    Json tensor;
    tensor["Name"] = value.name;
    tensor["Location"] = "Device";
    tensor["Dimensions"] = std::move(dims);
    tensor["Format/Datatype"] = formatText(value.format, value.type);
    return tensor;
}

Json layerJson(const Plan& plan, const PlanStep& step, const SymbolValues& symbols) {
    const PlanProgram& program = plan.programs[0];
    Json layer;
    layer["Name"] = step.name;
    layer["LayerType"] = step.op.substr(0, step.op.find_first_of("{( "));
    for (const auto& [key, values] : {std::pair{"Inputs", &step.inputs}, {"Outputs", &step.outputs}}) {
        Json list = Json::array();
        for (const int32_t v : *values) {
            if (v >= 0) list.push_back(tensorJson(program, v, symbols));
        }
        layer[key] = std::move(list);
    }
    layer["ParameterType"] = layer["LayerType"];
    if (layer["LayerType"] == "Reformat") layer["Origin"] = "REFORMAT";
    layer["Operator"] = step.op;
    layer["TacticName"] = step.tactic;
    char number[19];
    std::snprintf(number, sizeof number, "0x%016llx", static_cast<unsigned long long>(hashText(step.tactic)));
    layer["TacticValue"] = number;
    layer["StreamId"] = step.lane;
    if (step.buildTimeMs > 0) layer["BuildTimeMs"] = step.buildTimeMs;
    layer["Metadata"] = step.metadata;
    return layer;
}

Json bindingsJson(const EngineShell& engine) {
    Json names = Json::array();
    const int32_t count = engine.getNbIOTensors() * engine.getNbOptimizationProfiles();
    for (int32_t b = 0; b < count; ++b) names.push_back(engine.getBindingName(b));
    return names;
}

//! JSON without braces around and quotes inside: one layer on one line.
std::string oneLine(const Json& json) {
    if (json.is_string()) return json.get<std::string>();
    if (json.is_array()) {
        std::string text;
        for (const Json& item : json) text += (text.empty() ? "" : ", ") + oneLine(item);
        return "[" + text + "]";
    }
    if (!json.is_object()) return json.dump();
    std::string text;
    for (const auto& [key, value] : json.items()) text += (text.empty() ? "" : ", ") + key + ": " + oneLine(value);
    return "{ " + text + " }";
}

std::string lineOf(const Json& layer) {
    const std::string text = oneLine(layer);
    return layer.is_object() ? text.substr(2, text.size() - 4) : text;
}

std::string dump(const Json& json, int indent) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string formatText(Format format, DType type) {
    switch (format) {
        case Format::Linear:
            return cat("Row major linear ", typeText(type));
        case Format::Nhwc:
            return cat("Channel major ", typeText(type));
        case Format::Chw8:
            return cat("Eight wide channel vectorized row major ", typeText(type));
        case Format::Chw16:
            return cat("Sixteen wide channel vectorized row major ", typeText(type));
    }
    return "";
}

Inspector::Inspector(const EngineShell& engine) : engine_(engine), reporter_(engine.reporter()) {
    mImpl = this;
}

bool Inspector::setExecutionContext(IExecutionContext const* context) noexcept {
    return guarded(reporter_, [&] {
        if (context && &context->getEngine() != &engine_) {
            throw Error(ErrorCode::InvalidArgument, "", "the context belongs to another engine than the inspector");
        }
        context_ = context;
    });
}

SymbolValues Inspector::symbols() const {
    SymbolValues values;
    if (!context_) return values;
    for (const PlanTensor& tensor : engine_.plan().tensors) {
        if (!tensor.isInput || engine_.plan().implicitBatch) continue;
        const Dims64 dims = context_->getTensorShape(tensor.name.c_str());
        for (size_t d = 0; d < tensor.shape.size(); ++d) {
            if (tensor.shape[d].isSymbol() && dims.d[d] >= 0) values[tensor.shape[d].symbolName()] = dims.d[d];
        }
    }
    return values;
}

char const* Inspector::getLayerInformation(int32_t layerIndex, LayerInformationFormat format) const noexcept {
    return guarded(reporter_, static_cast<char const*>(""), [&] {
        const auto& steps = engine_.plan().programs[0].steps;
        if (layerIndex < 0 || static_cast<size_t>(layerIndex) >= steps.size()) {
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("layer ", layerIndex, " is asked for when the engine has ", steps.size()));
        }
        const PlanStep& step = steps[static_cast<size_t>(layerIndex)];
        Json layer = "";
        switch (engine_.getProfilingVerbosity()) {
            case ProfilingVerbosity::kDETAILED:
                layer = layerJson(engine_.plan(), step, symbols());
                break;
            case ProfilingVerbosity::kLAYER_NAMES_ONLY:
                layer = step.name;
                break;
            case ProfilingVerbosity::kNONE:
                break;
        }
        text_ = format == LayerInformationFormat::kJSON ? dump(layer, 2) : lineOf(layer) + "\n";
        return text_.c_str();
    });
}

char const* Inspector::getEngineInformation(LayerInformationFormat format) const noexcept {
    return guarded(reporter_, static_cast<char const*>(""), [&] {
        const SymbolValues known = symbols();
        const ProfilingVerbosity verbosity = engine_.getProfilingVerbosity();
        Json layers = Json::array();
        for (const PlanStep& step : engine_.plan().programs[0].steps) {
            if (verbosity == ProfilingVerbosity::kDETAILED) layers.push_back(layerJson(engine_.plan(), step, known));
            if (verbosity == ProfilingVerbosity::kLAYER_NAMES_ONLY) layers.push_back(step.name);
        }
        if (format == LayerInformationFormat::kJSON) {
            Json all;
            all["Layers"] = std::move(layers);
            all["Bindings"] = bindingsJson(engine_);
            text_ = dump(all, 2);
        } else {
            text_ = "Layers:\n";
            for (const Json& layer : layers) text_ += lineOf(layer) + "\n";
            text_ += "\nBindings:\n";
            for (const Json& name : bindingsJson(engine_)) text_ += name.get<std::string>() + "\n";
        }
        return text_.c_str();
    });
}

std::unique_ptr<Inspector> makeInspector(const EngineShell& engine) {
    return std::make_unique<Inspector>(engine);
}

}  // namespace opentrt::runtime
