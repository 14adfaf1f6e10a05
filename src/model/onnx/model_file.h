// SPDX-License-Identifier: Apache-2.0
// A model in memory: the parsed message, its external files, its versions and local functions. Tested by
// model_file_test.cpp.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "model/onnx/tensor_reader.h"

namespace opentrt::onnx {
struct FunctionProto;
struct ModelProto;
struct NodeProto;
struct TensorProto;
}  // namespace opentrt::onnx

namespace opentrt::model {

class ModelFile {
public:
    //! Binary messages, or the text form of protobuf. From bytes, everything is copied that is needed later; a file
    //! stays mapped, and weights are read in place. `path` (may be empty) is where external data is looked for. Throws
    //! ImportError (kMODEL_DESERIALIZE_FAILED and others).
    static std::unique_ptr<ModelFile> fromBytes(const void* bytes, size_t size, const std::string& path);
    static std::unique_ptr<ModelFile> fromFile(const std::string& path);

    const onnx::ModelProto& proto() const { return *proto_; }
    const std::string& path() const { return path_; }
    //! Version imported for `domain` ("" for ai.onnx), -1 when the model does not import it.
    int opset(const std::string& domain) const;
    //! Local function of the model that the node calls, or null.
    const onnx::FunctionProto* function(const onnx::NodeProto& node) const;

    //! Contents of a tensor of the model; initializers given by the user replace those of the file.
    std::shared_ptr<const Constant> read(const onnx::TensorProto& tensor);
    std::shared_ptr<const Constant> readSparse(const onnx::SparseTensorProto& tensor);
    //! Replaces an initializer of the main graph. The caller keeps `data` alive. Throws ImportError naming it.
    void replaceInitializer(const std::string& name, const void* data, size_t size);
    //! The files that hold weights read so far: the model's own, unless it came as bytes, and those beside it.
    std::vector<std::shared_ptr<const MappedFile>> mappedFiles() const;

private:
    ModelFile(std::string path, std::shared_ptr<const onnx::ModelProto> proto,
              std::shared_ptr<const MappedFile> file = {});
    void indexModel();

    std::string path_;
    std::shared_ptr<const onnx::ModelProto> proto_;
    std::shared_ptr<const MappedFile> file_;
    ExternalFiles files_;
    std::map<std::string, int> opsets_;
    std::map<std::tuple<std::string, std::string, std::string>, const onnx::FunctionProto*> functions_;
    std::map<const onnx::TensorProto*, const void*> replacements_;
};

}  // namespace opentrt::model
