// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/parser_error.h"

namespace opentrt::model {
namespace {

std::string describe(Code code, const std::string& reason, const ModelPlace& where) {
    if (where.node < 0) return cat(reason, " (", nameOf(code), ")");
    std::string place = cat("node ", where.node, " \"", where.name, "\" (", where.op);
    if (where.opset > 0) place += cat(", opset ", where.opset);
    place += ")";
    if (!where.graph.empty()) place += cat(" in ", where.graph);
    for (const std::string& function : where.functions) place += cat(" in function ", function);
    return cat(place, ": ", reason, " (", nameOf(code), ")");
}

}  // namespace

const char* nameOf(Code code) {
    static constexpr const char* kNames[] = {"SUCCESS",
                                             "INTERNAL_ERROR",
                                             "MEM_ALLOC_FAILED",
                                             "MODEL_DESERIALIZE_FAILED",
                                             "INVALID_VALUE",
                                             "INVALID_GRAPH",
                                             "INVALID_NODE",
                                             "UNSUPPORTED_GRAPH",
                                             "UNSUPPORTED_NODE",
                                             "UNSUPPORTED_NODE_ATTR",
                                             "UNSUPPORTED_NODE_INPUT",
                                             "UNSUPPORTED_NODE_DATATYPE",
                                             "UNSUPPORTED_NODE_DYNAMIC",
                                             "UNSUPPORTED_NODE_SHAPE",
                                             "REFIT_FAILED"};
    const auto index = static_cast<size_t>(code);
    return index < std::size(kNames) ? kNames[index] : "UNKNOWN";
}

ParserError::ParserError(Code code, const std::string& reason, ModelPlace where, Place place)
    : code_(code), where_(std::move(where)), place_(place), text_(describe(code, reason, where_)) {
    for (const std::string& function : where_.functions) stack_.push_back(function.c_str());
}

void ErrorList::add(Code code, const std::string& reason, ModelPlace where, Place place) {
    errors_.push_back(std::make_unique<ParserError>(code, reason, std::move(where), place));
    logger_.log(nvinfer1::ILogger::Severity::kERROR, errors_.back()->desc());
}

const ParserError* ErrorList::at(int index) const {
    return index >= 0 && index < size() ? errors_[static_cast<size_t>(index)].get() : nullptr;
}

}  // namespace opentrt::model
