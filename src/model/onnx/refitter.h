// SPDX-License-Identifier: Apache-2.0
// nvonnxparser::IParserRefitter: gives an engine the weights of another file of the same model. Weights are matched by
// the names that the parser gave them when the engine was built: initializers, outputs of Constant nodes, and the two
// lists into which the four of a BatchNormalization were folded.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/onnx/model_file.h"
#include "model/onnx/parser_error.h"

namespace opentrt::onnx {
struct GraphProto;
struct NodeProto;
}  // namespace opentrt::onnx

namespace opentrt::model {

class ParserRefitter final : public nvonnxparser::IParserRefitter {
public:
    ParserRefitter(nvinfer1::IRefitter& refitter, nvinfer1::ILogger& logger) : refitter_(refitter), errors_(logger) {}

    bool refitFromBytes(const void* model, size_t size, const char* path) noexcept override;
    bool refitFromFile(const char* file) noexcept override;
    int32_t getNbErrors() const noexcept override { return errors_.size(); }
    const nvonnxparser::IParserError* getError(int32_t index) const noexcept override { return errors_.at(index); }
    void clearErrors() noexcept override { errors_.clear(); }
    bool loadModelProto(const void* model, size_t size, const char* path) noexcept override;
    bool loadInitializer(const char* name, const void* data, size_t size) noexcept override;
    bool refitModelProto() noexcept override;

private:
    using ConstantPtr = std::shared_ptr<const Constant>;
    using Source = std::function<ConstantPtr()>;

    template <class Body>
    bool guarded(const Body& body) noexcept;
    void refit();
    void collect(const onnx::GraphProto& graph, int depth);
    void collectBatchNorm(const onnx::NodeProto& node);
    void set(const char* name);

    nvinfer1::IRefitter& refitter_;
    ErrorList errors_;
    std::unique_ptr<ModelFile> model_;
    std::unordered_map<std::string, Source> sources_;
    std::vector<ConstantPtr> kept_;
};

}  // namespace opentrt::model
