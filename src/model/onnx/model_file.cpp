// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/model_file.h"

#include <algorithm>
#include <climits>

#include "model/onnx/errors.h"
#include "model/onnx/mapped_file.h"
#include "model/onnx/schema.h"
#include "model/onnx/text_reader.h"
#include "model/onnx/wire_reader.h"

namespace opentrt::model {
namespace {

//! A text model starts with a field name or a comment; a binary one with the tag of a low field.
bool looksLikeText(std::string_view bytes) {
    const std::string_view sample = bytes.substr(0, 64);
    return std::all_of(sample.begin(), sample.end(),
                       [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; });
}

//! The message and whatever its byte fields point to.
struct Document {
    onnx::ModelProto model;
    std::shared_ptr<const MappedFile> file;
    std::vector<std::unique_ptr<char[]>> blocks;

    //! A copy, aligned for every element type.
    std::string_view copy(std::string_view bytes) {
        blocks.push_back(std::make_unique_for_overwrite<char[]>(bytes.size()));
        std::copy(bytes.begin(), bytes.end(), blocks.back().get());
        if (file) file->forget(bytes);
        return {blocks.back().get(), bytes.size()};
    }

    //! Large weights that would be copied anyway, because layers read whole elements, are copied at once, so that they
    //! need not lie in memory twice.
    static bool aligned(std::string_view field) {
        constexpr size_t kLarge = 64 << 10;
        return field.size() < kLarge || reinterpret_cast<uintptr_t>(field.data()) % sizeof(float) == 0;
    }

    void parse(std::string_view bytes, bool mapped) {
        if (bytes.empty()) fail(Code::kMODEL_DESERIALIZE_FAILED, "the model is empty");
        const bool text = looksLikeText(bytes);
        const std::function<std::string_view(std::string_view)> keep = [&](std::string_view field) {
            return mapped && !text && aligned(field) ? field : copy(field);
        };
        if (text) {
            onnx::TextReader(bytes, keep).read(model);
        } else {
            onnx::WireReader(bytes, keep).read(model);
        }
    }
};

}  // namespace

ModelFile::ModelFile(std::string path, std::shared_ptr<const onnx::ModelProto> proto,
                     std::shared_ptr<const MappedFile> file)
    : path_(std::move(path)), proto_(std::move(proto)), file_(std::move(file)), files_(path_) {
    indexModel();
}

std::unique_ptr<ModelFile> ModelFile::fromBytes(const void* bytes, size_t size, const std::string& path) {
    const auto document = std::make_shared<Document>();
    document->parse({static_cast<const char*>(bytes), bytes ? size : 0}, false);
    const std::shared_ptr<const onnx::ModelProto> proto(document, &document->model);
    return std::unique_ptr<ModelFile>(new ModelFile(path, proto));
}

std::unique_ptr<ModelFile> ModelFile::fromFile(const std::string& path) {
    const auto document = std::make_shared<Document>();
    document->file = MappedFile::open(path);
    document->parse({document->file->data(), document->file->size()}, true);
    const std::shared_ptr<const onnx::ModelProto> proto(document, &document->model);
    return std::unique_ptr<ModelFile>(new ModelFile(path, proto, document->file));
}

void ModelFile::indexModel() {
    if (!proto_->graph) {
        fail(Code::kMODEL_DESERIALIZE_FAILED, "the model has no graph; the file may be cut short or of another kind");
    }
    for (const auto& import : proto_->opset) {
        const std::string domain = import.domain == "ai.onnx" ? "" : import.domain;
        if (import.version < 1 || import.version > INT_MAX) {
            fail(Code::kINVALID_GRAPH, cat("opset version ", import.version, " of domain \"", domain, "\" is invalid"));
        }
        opsets_[domain] = static_cast<int>(import.version);
    }
    // Files of IR version 1 and 2 import nothing and mean the first opset.
    if (opsets_.empty()) opsets_[""] = 1;
    for (const auto& function : proto_->function) {
        const std::string domain = function.domain == "ai.onnx" ? "" : function.domain;
        functions_.emplace(std::tuple(domain, function.name, function.overload), &function);
    }
}

int ModelFile::opset(const std::string& domain) const {
    const auto found = opsets_.find(domain);
    return found == opsets_.end() ? -1 : found->second;
}

const onnx::FunctionProto* ModelFile::function(const onnx::NodeProto& node) const {
    if (functions_.empty()) return nullptr;
    const auto found = functions_.find({node.domain == "ai.onnx" ? "" : node.domain, node.opType, node.overload});
    return found == functions_.end() ? nullptr : found->second;
}

std::shared_ptr<const Constant> ModelFile::read(const onnx::TensorProto& tensor) {
    const auto replacement = replacements_.find(&tensor);
    if (replacement != replacements_.end()) return constantFromBytes(tensor, replacement->second, {});
    return readTensor(tensor, files_, proto_);
}

std::shared_ptr<const Constant> ModelFile::readSparse(const onnx::SparseTensorProto& tensor) {
    return readSparseTensor(tensor, files_, proto_);
}

std::vector<std::shared_ptr<const MappedFile>> ModelFile::mappedFiles() const {
    std::vector<std::shared_ptr<const MappedFile>> files;
    if (file_) files.push_back(file_);
    for (const auto& [location, file] : files_.opened()) files.push_back(file);
    return files;
}

void ModelFile::replaceInitializer(const std::string& name, const void* data, size_t size) {
    const auto& all = proto_->graph->initializer;
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& t) { return t.name == name; });
    if (found == all.end()) fail(Code::kINVALID_VALUE, cat("the model has no initializer \"", name, "\""));
    const int64_t need = storedBytes(*found);
    if (!data || static_cast<int64_t>(size) != need) {
        fail(Code::kINVALID_VALUE, cat("initializer \"", name, "\" takes ", need, " bytes but ", size, " were given"));
    }
    replacements_[&*found] = data;
}

}  // namespace opentrt::model
