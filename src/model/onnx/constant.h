// SPDX-License-Identifier: Apache-2.0
// Contents of an initializer, of a Constant node, or of something that the parser has computed itself.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "NvInfer.h"

namespace opentrt::model {

//! The bytes stay where they are (model file, external file, user's buffer) unless the type has to be converted. The
//! network reads them until the engine is built, so whoever makes a Constant for a layer gives it to the WeightStore.
struct Constant {
    std::string name;  //!< of the initializer, under which it can be refitted; empty for what the parser made
    nvinfer1::DataType type = nvinfer1::DataType::kFLOAT;
    int32_t onnxType = 0;  //!< TensorProto.DataType as in the file; several of them share one `type`
    std::vector<int64_t> dims;
    int64_t count = 1;
    const void* data = nullptr;
    std::shared_ptr<const void> keep;

    nvinfer1::Weights weights() const { return {type, data, count}; }
};

//! Bits per element; 4 for kINT4 and kFP4.
int32_t bitsOf(nvinfer1::DataType type);
int64_t bytesOf(nvinfer1::DataType type, int64_t count);
const char* nameOf(nvinfer1::DataType type);
bool isFloating(nvinfer1::DataType type);
bool isInteger(nvinfer1::DataType type);  //!< not kBOOL

//! Element `i` as a number.
double realAt(const Constant& constant, int64_t i);
int64_t integerAt(const Constant& constant, int64_t i);

//! A constant that owns its elements, each rounded to `type` (integers saturate).
std::shared_ptr<const Constant> makeConstant(nvinfer1::DataType type, std::vector<int64_t> dims,
                                             const std::vector<double>& values);
std::shared_ptr<const Constant> makeConstant(nvinfer1::DataType type, std::vector<int64_t> dims,
                                             const std::vector<int64_t>& values);
//! The same bytes under other dimensions with the same number of elements.
std::shared_ptr<const Constant> withDims(const Constant& constant, std::vector<int64_t> dims);

}  // namespace opentrt::model
