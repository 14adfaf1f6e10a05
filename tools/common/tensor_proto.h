// SPDX-License-Identifier: Apache-2.0
// Tensors in files of the ONNX test layout: one serialised TensorProto each. Element types that the SDK lacks are read
// as the nearest one: double as fp32, 16-bit integers as int32, unsigned 32- and 64-bit ones as int64, unsigned 4-bit
// ones as uint8. Tested by tensor_proto_test.cpp.
#pragma once
#include "tensor.h"

namespace opentrt::tools {

//! Throws std::runtime_error naming the file.
HostTensor readTensorFile(const std::string& file);
void writeTensorFile(const std::string& file, const HostTensor& tensor);

//! Tensors of `folder/<stem>_0.pb`, `<stem>_1.pb`, ... as far as they go.
std::vector<HostTensor> readTensorFolder(const std::string& folder, const std::string& stem);

}  // namespace opentrt::tools
