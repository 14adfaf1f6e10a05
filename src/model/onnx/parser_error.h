// SPDX-License-Identifier: Apache-2.0
// The errors of one parse, as the API shows them.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "NvOnnxParser.h"
#include "model/onnx/errors.h"

namespace opentrt::model {

//! Where in the model an error belongs. Without a node (index -1) it concerns the whole file.
struct ModelPlace {
    int node = -1;
    std::string name;
    std::string op;
    int opset = -1;
    std::string graph;                   //!< path of the subgraph, "" for the main graph
    std::vector<std::string> functions;  //!< local functions, outermost first
};

class ParserError : public nvonnxparser::IParserError {
public:
    ParserError(Code code, const std::string& reason, ModelPlace where, Place place);
    ~ParserError() override = default;

    nvonnxparser::ErrorCode code() const override { return code_; }
    const char* desc() const override { return text_.c_str(); }
    const char* file() const override { return place_.file; }
    int line() const override { return place_.line; }
    const char* func() const override { return place_.function; }
    int node() const override { return where_.node; }
    const char* nodeName() const override { return where_.name.c_str(); }
    const char* nodeOperator() const override { return where_.op.c_str(); }
    const char* const* localFunctionStack() const override { return stack_.empty() ? nullptr : stack_.data(); }
    int32_t localFunctionStackSize() const override { return static_cast<int32_t>(stack_.size()); }

private:
    Code code_;
    ModelPlace where_;
    Place place_;
    std::string text_;
    std::vector<const char*> stack_;
};

//! "UNSUPPORTED_NODE", ...
const char* nameOf(Code code);

class ErrorList {
public:
    explicit ErrorList(nvinfer1::ILogger& logger) : logger_(logger) {}
    //! Keeps the error and logs it.
    void add(Code code, const std::string& reason, ModelPlace where, Place place = Place::current());
    void add(const ImportError& error, ModelPlace where) {
        add(error.code(), error.what(), std::move(where), error.place());
    }
    void clear() { errors_.clear(); }
    int size() const { return static_cast<int>(errors_.size()); }
    const ParserError* at(int index) const;  //!< null out of range

private:
    nvinfer1::ILogger& logger_;
    std::vector<std::unique_ptr<ParserError>> errors_;
};

}  // namespace opentrt::model
