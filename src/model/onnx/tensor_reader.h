// SPDX-License-Identifier: Apache-2.0
// TensorProto -> Constant. Checks sizes before anything is read; the bytes are used in place when the type allows.
// Tested by tensor_reader_test.cpp.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "model/onnx/constant.h"

namespace opentrt::onnx {
struct TensorProto;
struct SparseTensorProto;
}  // namespace opentrt::onnx

namespace opentrt::model {

class MappedFile;

//! Files beside the model that hold large tensors; each is mapped once.
class ExternalFiles {
public:
    //! `modelPath` may be empty: then any use of an external file is refused.
    explicit ExternalFiles(const std::string& modelPath);
    //! Refuses absolute locations and those that lead out of the model's folder.
    std::shared_ptr<const MappedFile> open(const std::string& location);
    const std::map<std::string, std::shared_ptr<const MappedFile>>& opened() const { return files_; }

private:
    bool known_ = false;
    std::string folder_;
    std::map<std::string, std::shared_ptr<const MappedFile>> files_;
};

//! `keep` owns the message; it goes into the constant. Throws ImportError naming what is wrong with the tensor.
std::shared_ptr<Constant> readTensor(const onnx::TensorProto& proto, ExternalFiles& files,
                                     std::shared_ptr<const void> keep);
//! Written out in full.
std::shared_ptr<Constant> readSparseTensor(const onnx::SparseTensorProto& proto, ExternalFiles& files,
                                           std::shared_ptr<const void> keep);

//! Bytes that the values of `proto` take in the file's own encoding. Throws as readTensor does.
int64_t storedBytes(const onnx::TensorProto& proto);
//! A constant over `bytes` in the encoding of `proto` (type and dimensions), as if they were its raw_data.
std::shared_ptr<Constant> constantFromBytes(const onnx::TensorProto& proto, const void* bytes,
                                            std::shared_ptr<const void> keep);

//! The type that tensors of an ONNX element type have in the network; throws for those that have none.
nvinfer1::DataType networkType(int32_t onnxType);
//! The network's type has values that the ONNX type has not, so a conversion to it has to round or wrap first.
bool holdsMore(int32_t onnxType);
//! "FLOAT", ...; "type 99" for unknown numbers.
std::string onnxTypeName(int32_t onnxType);

}  // namespace opentrt::model
