// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/parser.h"

#include <new>

#include "model/onnx/mapped_file.h"
#include "model/onnx/operators.h"
#include "model/onnx/schema.h"
#include "opentrt/extension.h"

namespace opentrt::model {

using Severity = nvinfer1::ILogger::Severity;

NotedFile::NotedFile(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {
    opentrt::noteMappedFile(file_->data(), file_->size(), true);
}

NotedFile::~NotedFile() {
    opentrt::noteMappedFile(file_->data(), file_->size(), false);
}

Parser::Parser(nvinfer1::INetworkDefinition& network, nvinfer1::ILogger& logger)
    : network_(network), logger_(logger), errors_(logger) {}

template <class Body>
bool Parser::guarded(const Body& body) noexcept {
    const int before = errors_.size();
    try {
        try {
            body();
        } catch (const ImportError& error) {
            errors_.add(error, {});
        } catch (const std::bad_alloc&) {
            errors_.add(Code::kMEM_ALLOC_FAILED, "out of memory", {});
        } catch (const std::exception& error) {
            errors_.add(Code::kINTERNAL_ERROR, error.what(), {});
        }
    } catch (...) {
        // Not even the error could be stored.
        logger_.log(Severity::kERROR, "out of memory while an error of the ONNX parser was reported");
        return false;
    }
    return errors_.size() == before;
}

bool Parser::parse(const void* model, size_t size, const char* path) noexcept {
    if (queriedSize_ != 0 && size == queriedSize_) {
        // supportsModel has put this model into the network already.
        queriedSize_ = 0;
        return errors_.size() == 0;
    }
    return loadAndImport(model, size, path);
}

bool Parser::loadAndImport(const void* model, size_t size, const char* path) noexcept {
    return guarded([&] {
        if (imported_) fail(Code::kUNSUPPORTED_GRAPH, "this parser has imported a model already; make another parser");
        model_ = ModelFile::fromBytes(model, size, path ? path : "");
        import();
    });
}

bool Parser::parseFromFile(const char* file, int) noexcept {
    return guarded([&] {
        if (!file) fail(Code::kINVALID_VALUE, "the file name is null");
        if (imported_) fail(Code::kUNSUPPORTED_GRAPH, "this parser has imported a model already; make another parser");
        model_ = ModelFile::fromFile(file);
        logModel(file);
        import();
    });
}

bool Parser::parseWithWeightDescriptors(const void* model, size_t size) noexcept {
    return parse(model, size, nullptr);
}

bool Parser::supportsModelV2(const void* model, size_t size, const char* path) noexcept {
    const bool supported = loadAndImport(model, size, path);
    queriedSize_ = imported_ ? size : 0;
    return supported;
}

bool Parser::supportsModel(const void* model, size_t size, SubGraphCollection_t& groups, const char* path) noexcept {
    const bool supported = supportsModelV2(model, size, path);
    const bool copied = guarded([&] {
        for (const Group& group : groups_) {
            groups.emplace_back(std::vector<size_t>(group.nodes.begin(), group.nodes.end()), group.supported);
        }
    });
    return supported && copied;
}

bool Parser::supportsOperator(const char* op) const noexcept {
    try {
        return op && (findImporter("", op) || findImporter("com.microsoft", op) || hasPlugin(op, "1", ""));
    } catch (const std::exception&) {
        return false;
    }
}

const char* const* Parser::getUsedVCPluginLibraries(int64_t& count) const noexcept {
    count = 0;
    return nullptr;
}

bool Parser::loadModelProto(const void* model, size_t size, const char* path) noexcept {
    return guarded([&] {
        if (model_) fail(Code::kINVALID_VALUE, "a model is loaded already; make another parser");
        model_ = ModelFile::fromBytes(model, size, path ? path : "");
    });
}

bool Parser::loadInitializer(const char* name, const void* data, size_t size) noexcept {
    return guarded([&] {
        if (!model_) fail(Code::kINVALID_VALUE, "no model is loaded; call loadModelProto first");
        if (!name) fail(Code::kINVALID_VALUE, "the name of the initializer is null");
        model_->replaceInitializer(name, data, size);
    });
}

bool Parser::parseModelProto() noexcept {
    return guarded([&] {
        if (!model_) fail(Code::kINVALID_VALUE, "no model is loaded; call loadModelProto first");
        if (imported_) fail(Code::kUNSUPPORTED_GRAPH, "this parser has imported a model already; make another parser");
        import();
    });
}

bool Parser::setBuilderConfig(const nvinfer1::IBuilderConfig* config) noexcept {
    return config != nullptr;
}

void Parser::import() {
    if (getFlag(nvonnxparser::OnnxParserFlag::kREPORT_CAPABILITY_DLA)) {
        fail(Code::kUNSUPPORTED_GRAPH, "the flag kREPORT_CAPABILITY_DLA is not supported: there is no DLA to ask");
    }
    imported_ = true;
    Session session(network_, logger_, *model_, errors_, flags_);
    Importer importer(session);
    // Whatever happens, the network may point to these.
    struct TakeKept {
        Session& session;
        std::vector<std::shared_ptr<const Constant>>& kept;
        ~TakeKept() { kept = std::move(session.kept); }
    } const take{session, kept_};
    importer.importModel();
    for (auto& file : model_->mappedFiles()) noted_.push_back(std::make_unique<NotedFile>(std::move(file)));
    remember(importer);
}

void Parser::remember(const Importer& importer) {
    const auto& nodes = model_->proto().graph->node;
    for (const auto& node : nodes) {
        std::vector<const nvinfer1::ITensor*> outputs;
        for (const std::string& name : node.output) {
            const Value* value = importer.mainScope().local(name);
            outputs.push_back(value ? value->tensor : nullptr);
        }
        layerOutputs_.emplace(node.name, std::move(outputs));
    }
    NodeState last = NodeState::Failed;
    for (const int index : importer.order()) {
        const NodeState state = importer.states()[static_cast<size_t>(index)];
        if (state != last && state != NodeState::Failed) groups_.push_back({{}, state == NodeState::Imported});
        if (state != NodeState::Failed) groups_.back().nodes.push_back(index);
        last = state;
    }
}

const nvinfer1::ITensor* Parser::getLayerOutputTensor(const char* name, int64_t index) noexcept {
    if (!name || index < 0) return nullptr;
    try {
        const auto found = layerOutputs_.find(name);
        if (found == layerOutputs_.end() || index >= static_cast<int64_t>(found->second.size())) return nullptr;
        return found->second[static_cast<size_t>(index)];
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

bool Parser::isSubgraphSupported(int64_t index) noexcept {
    return index >= 0 && index < getNbSubgraphs() && groups_[static_cast<size_t>(index)].supported;
}

int64_t* Parser::getSubgraphNodes(int64_t index, int64_t& length) noexcept {
    length = 0;
    if (index < 0 || index >= getNbSubgraphs()) return nullptr;
    Group& group = groups_[static_cast<size_t>(index)];
    length = static_cast<int64_t>(group.nodes.size());
    return group.nodes.data();
}

void Parser::logModel(const std::string& file) {
    const auto& proto = model_->proto();
    const auto line = [&](const char* label, const auto& value) {
        logger_.log(Severity::kINFO, cat(label, value).c_str());
    };
    line("Input filename:   ", file);
    line("ONNX IR version:  ", proto.irVersion);
    line("Opset version:    ", model_->opset(""));
    line("Producer name:    ", proto.producerName);
    line("Producer version: ", proto.producerVersion);
    line("Domain:           ", proto.domain);
    line("Model version:    ", proto.modelVersion);
}

}  // namespace opentrt::model
