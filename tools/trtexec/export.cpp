// SPDX-License-Identifier: Apache-2.0
#include "export.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/files.h"
#include "common/tensor.h"
#include "log.h"
#include "network_setup.h"

namespace trtexec {
namespace {

std::string valueText(const Binding& binding, int64_t index) {
    using namespace opentrt::tools;
    if (isInteger(binding.type())) return std::to_string(getInteger(binding.type(), binding.host(), index));
    return jsonNumber(getElement(binding.type(), binding.host(), index));
}

//! Dimensions joined by a separator; empty for a scalar.
std::string dimensions(const Binding& binding, char separator) {
    std::string text;
    for (const int64_t size : binding.sizes()) {
        if (!text.empty()) text += separator;
        text += std::to_string(size);
    }
    return text;
}

}  // namespace

std::string jsonText(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string jsonNumber(double value) {
    if (!std::isfinite(value)) return "null";
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

std::string jsonRecord(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string record = "{";
    for (const auto& [key, value] : fields) record += (record.size() > 1 ? ", \"" : "\"") + key + "\": " + value;
    return record + "}";
}

void writeRecords(const std::string& file, const std::vector<std::string>& records) {
    std::string text = "[\n";
    for (size_t i = 0; i < records.size(); ++i) text += (i ? ", " : "  ") + records[i] + "\n";
    text += "]\n";
    opentrt::tools::writeFile(file, text.data(), text.size());
}

void exportTimes(const std::string& file, const Trace& trace) {
    std::vector<std::string> records;
    for (const Query& q : trace.queries) {
        records.push_back(jsonRecord({{"startEnqMs", jsonNumber(q.startEnqueue)},
                                      {"endEnqMs", jsonNumber(q.endEnqueue)},
                                      {"startH2dMs", jsonNumber(q.startH2d)},
                                      {"endH2dMs", jsonNumber(q.endH2d)},
                                      {"startComputeMs", jsonNumber(q.startCompute)},
                                      {"endComputeMs", jsonNumber(q.endCompute)},
                                      {"startD2hMs", jsonNumber(q.startD2h)},
                                      {"endD2hMs", jsonNumber(q.endD2h)},
                                      {"h2dMs", jsonNumber(q.h2d())},
                                      {"computeMs", jsonNumber(q.compute())},
                                      {"d2hMs", jsonNumber(q.d2h())},
                                      {"latencyMs", jsonNumber(q.latency())}}));
    }
    writeRecords(file, records);
}

void exportOutputs(const std::string& file, const std::vector<const Binding*>& outputs) {
    std::vector<std::string> records;
    for (const Binding* output : outputs) {
        std::string values = "[";
        for (int64_t i = 0; i < output->count(); ++i) values += (i ? ", " : "") + valueText(*output, i);
        records.push_back(jsonRecord({{"name", jsonText(output->name())},
                                      {"dimensions", "\"" + dimensions(*output, 'x') + "\""},
                                      {"values", values + "]"}}));
    }
    writeRecords(file, records);
}

std::vector<std::string> outputLines(const std::vector<const Binding*>& outputs) {
    std::vector<std::string> lines;
    for (const Binding* output : outputs) {
        lines.push_back(output->name() + ": (" + dimensions(*output, 'x') + ")");
        std::ostringstream values;
        for (int64_t i = 0; i < output->count(); ++i) {
            if (i) values << ' ';
            if (opentrt::tools::isInteger(output->type())) {
                values << opentrt::tools::getInteger(output->type(), output->host(), i);
            } else {
                values << opentrt::tools::getElement(output->type(), output->host(), i);
            }
        }
        lines.push_back(values.str());
    }
    return lines;
}

std::string rawFileName(const Binding& binding) {
    std::string name = binding.name();
    for (char& c : name) {
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') c = '_';
    }
    return name + (binding.isInput() ? ".input." : ".output.") + dimensions(binding, '.') + "." +
           typeName(binding.type()) + ".raw";
}

void dumpRaw(const std::string& folder, const Bindings& bindings) {
    for (const auto& binding : bindings.all()) {
        const std::string file = folder + "/" + rawFileName(*binding);
        opentrt::tools::writeFile(file, binding->host(), binding->bytes());
        info("Wrote ", binding->name(), " to ", file);
    }
}

}  // namespace trtexec
