// SPDX-License-Identifier: Apache-2.0
// A tensor in host memory as the programs pass it around, and its elements as numbers whatever their type. Tested by
// tensor_test.cpp.
#pragma once
#include "shapes.h"

namespace opentrt::tools {

struct HostTensor {
    std::string name;
    nvinfer1::DataType type = nvinfer1::DataType::kFLOAT;
    Sizes dims;
    std::vector<uint8_t> bytes;  //!< dense, row-major, little-endian; 4-bit types two a byte, low half first
};

const char* typeName(nvinfer1::DataType type);  //!< fp32 fp16 int8 int32 bool uint8 fp8 bf16 int64 int4 fp4 e8m0
int bitsOf(nvinfer1::DataType type);
//! Bytes of `count` elements.
int64_t bytesOf(nvinfer1::DataType type, int64_t count);
bool isInteger(nvinfer1::DataType type);

//! Element `index` of dense data. 64-bit integers beyond 2^53 lose their last bits.
double getElement(nvinfer1::DataType type, const void* data, int64_t index);
//! Rounds to the nearest value of the type, ties to even; integers and types without infinity saturate.
void setElement(nvinfer1::DataType type, void* data, int64_t index, double value);
//! Integers exactly, floats cut towards zero.
int64_t getInteger(nvinfer1::DataType type, const void* data, int64_t index);

std::vector<float> toFloats(nvinfer1::DataType type, const void* data, int64_t count);
//! The same values in another type. Throws std::runtime_error naming the tensor when an integer does not fit.
HostTensor converted(const HostTensor& tensor, nvinfer1::DataType type);
//! "x: fp32 1x3x224x224"
std::string describe(const HostTensor& tensor);

}  // namespace opentrt::tools
