// SPDX-License-Identifier: Apache-2.0
// nvonnxparser::IParser: loads a model, runs the importer on it once, and answers questions about the outcome. It owns
// the weights that the network points to, so it has to live until the engine is built.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/onnx/importer.h"

namespace opentrt::model {

//! As long as it lives, the builder knows that the file is mapped (opentrt::noteMappedFile).
class NotedFile {
public:
    explicit NotedFile(std::shared_ptr<const MappedFile> file);
    ~NotedFile();
    NotedFile(const NotedFile&) = delete;
    NotedFile& operator=(const NotedFile&) = delete;

private:
    std::shared_ptr<const MappedFile> file_;
};

class Parser final : public nvonnxparser::IParser {
public:
    Parser(nvinfer1::INetworkDefinition& network, nvinfer1::ILogger& logger);

    bool parse(const void* model, size_t size, const char* path) noexcept override;
    bool parseFromFile(const char* file, int verbosity) noexcept override;
    bool supportsModel(const void* model, size_t size, SubGraphCollection_t& groups,
                       const char* path) noexcept override;
    bool parseWithWeightDescriptors(const void* model, size_t size) noexcept override;
    bool supportsOperator(const char* op) const noexcept override;
    int getNbErrors() const noexcept override { return errors_.size(); }
    const nvonnxparser::IParserError* getError(int index) const noexcept override { return errors_.at(index); }
    void clearErrors() noexcept override { errors_.clear(); }
    const char* const* getUsedVCPluginLibraries(int64_t& count) const noexcept override;
    void setFlags(nvonnxparser::OnnxParserFlags flags) noexcept override { flags_ = flags; }
    nvonnxparser::OnnxParserFlags getFlags() const noexcept override { return flags_; }
    void clearFlag(nvonnxparser::OnnxParserFlag flag) noexcept override { flags_ &= ~bit(flag); }
    void setFlag(nvonnxparser::OnnxParserFlag flag) noexcept override { flags_ |= bit(flag); }
    bool getFlag(nvonnxparser::OnnxParserFlag flag) const noexcept override { return (flags_ & bit(flag)) != 0; }
    const nvinfer1::ITensor* getLayerOutputTensor(const char* name, int64_t index) noexcept override;
    bool supportsModelV2(const void* model, size_t size, const char* path) noexcept override;
    int64_t getNbSubgraphs() noexcept override { return static_cast<int64_t>(groups_.size()); }
    bool isSubgraphSupported(int64_t index) noexcept override;
    int64_t* getSubgraphNodes(int64_t index, int64_t& length) noexcept override;
    bool loadModelProto(const void* model, size_t size, const char* path) noexcept override;
    bool loadInitializer(const char* name, const void* data, size_t size) noexcept override;
    bool parseModelProto() noexcept override;
    bool setBuilderConfig(const nvinfer1::IBuilderConfig* config) noexcept override;

private:
    //! Nodes of the main graph that stand together in the order of execution.
    struct Group {
        std::vector<int64_t> nodes;
        bool supported;  //!< false: not known, because something they depend on failed
    };
    static nvonnxparser::OnnxParserFlags bit(nvonnxparser::OnnxParserFlag flag) {
        return 1U << static_cast<uint32_t>(flag);
    }

    //! Runs `body`, turning whatever it throws into an error. True when no error was added.
    template <class Body>
    bool guarded(const Body& body) noexcept;
    bool loadAndImport(const void* model, size_t size, const char* path) noexcept;
    void import();
    void remember(const Importer& importer);
    void logModel(const std::string& file);

    nvinfer1::INetworkDefinition& network_;
    nvinfer1::ILogger& logger_;
    ErrorList errors_;
    //! TensorRT's parser starts with native instance normalisation as well.
    nvonnxparser::OnnxParserFlags flags_ = bit(nvonnxparser::OnnxParserFlag::kNATIVE_INSTANCENORM);
    std::unique_ptr<ModelFile> model_;
    std::vector<std::unique_ptr<NotedFile>> noted_;
    bool imported_ = false;
    size_t queriedSize_ = 0;  //!< of the model that supportsModel imported
    std::vector<std::shared_ptr<const Constant>> kept_;
    std::unordered_map<std::string, std::vector<const nvinfer1::ITensor*>> layerOutputs_;
    std::vector<Group> groups_;
};

}  // namespace opentrt::model
