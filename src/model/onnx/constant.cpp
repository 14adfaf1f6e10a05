// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/constant.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>

#include "model/onnx/errors.h"
#include "model/onnx/number_formats.h"

namespace opentrt::model {
namespace {

using nvinfer1::DataType;

template <class T>
T load(const void* data, int64_t i) {
    T value;
    std::memcpy(&value, static_cast<const char*>(data) + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
    return value;
}

template <class T>
void store(void* data, int64_t i, T value) {
    std::memcpy(static_cast<char*>(data) + i * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
}

int64_t nibbleAt(const void* data, int64_t i) {
    const auto byte = load<uint8_t>(data, i / 2);
    const int nibble = (i % 2) ? byte >> 4 : byte & 15;
    return nibble >= 8 ? nibble - 16 : nibble;
}

void setNibble(void* data, int64_t i, int64_t value) {
    auto byte = load<uint8_t>(data, i / 2);
    const auto nibble = static_cast<uint8_t>(value & 15);
    byte =
        (i % 2) ? static_cast<uint8_t>((byte & 15U) | (nibble << 4U)) : static_cast<uint8_t>((byte & 0xF0U) | nibble);
    store(data, i / 2, byte);
}

template <class T>
T saturate(int64_t value) {
    if (value < static_cast<int64_t>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
    if (value > static_cast<int64_t>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
    return static_cast<T>(value);
}

int64_t toInteger(double value) {
    if (std::isnan(value)) return 0;
    if (value >= 9.2233720368547758e18) return std::numeric_limits<int64_t>::max();
    if (value <= -9.2233720368547758e18) return std::numeric_limits<int64_t>::min();
    return static_cast<int64_t>(value);
}

void putInteger(DataType type, void* data, int64_t i, int64_t value) {
    switch (type) {
        case DataType::kINT8:
            return store(data, i, saturate<int8_t>(value));
        case DataType::kUINT8:
            return store(data, i, saturate<uint8_t>(value));
        case DataType::kINT32:
            return store(data, i, saturate<int32_t>(value));
        case DataType::kINT64:
            return store(data, i, value);
        case DataType::kBOOL:
            return store<uint8_t>(data, i, value != 0);
        case DataType::kINT4:
            return setNibble(data, i, std::min<int64_t>(7, std::max<int64_t>(-8, value)));
        default:
            fail(Code::kUNSUPPORTED_NODE_DATATYPE, cat("cannot write an integer as ", nameOf(type)));
    }
}

void putReal(DataType type, void* data, int64_t i, double value) {
    const auto single = static_cast<float>(value);
    switch (type) {
        case DataType::kFLOAT:
            return store(data, i, single);
        case DataType::kHALF:
            return store(data, i, floatToHalf(single));
        case DataType::kBF16:
            return store(data, i, floatToBfloat(single));
        case DataType::kFP8:
            return store(data, i, floatToFp8(single));
        default:
            return putInteger(type, data, i, toInteger(value));
    }
}

struct Buffer {
    std::shared_ptr<Constant> constant;
    char* bytes;
};

Buffer allocate(DataType type, std::vector<int64_t> dims, size_t count) {
    auto owned =
        std::make_shared<std::vector<char>>(static_cast<size_t>(bytesOf(type, static_cast<int64_t>(count))) + 1);
    auto constant = std::make_shared<Constant>();
    constant->type = type;
    constant->dims = std::move(dims);
    constant->count = static_cast<int64_t>(count);
    constant->data = owned->data();
    constant->keep = owned;
    return {constant, owned->data()};
}

}  // namespace

int32_t bitsOf(DataType type) {
    switch (type) {
        case DataType::kFLOAT:
        case DataType::kINT32:
            return 32;
        case DataType::kHALF:
        case DataType::kBF16:
            return 16;
        case DataType::kINT64:
            return 64;
        case DataType::kINT4:
        case DataType::kFP4:
            return 4;
        default:
            return 8;
    }
}

int64_t bytesOf(DataType type, int64_t count) {
    return (count * bitsOf(type) + 7) / 8;
}

const char* nameOf(DataType type) {
    static constexpr const char* kNames[] = {"float", "half", "int8",  "int32", "bool", "uint8",
                                             "fp8",   "bf16", "int64", "int4",  "fp4",  "e8m0"};
    const auto index = static_cast<size_t>(type);
    return index < std::size(kNames) ? kNames[index] : "unknown type";
}

bool isFloating(DataType type) {
    return type == DataType::kFLOAT || type == DataType::kHALF || type == DataType::kBF16 || type == DataType::kFP8 ||
           type == DataType::kFP4 || type == DataType::kE8M0;
}

bool isInteger(DataType type) {
    return !isFloating(type) && type != DataType::kBOOL;
}

double realAt(const Constant& constant, int64_t i) {
    switch (constant.type) {
        case DataType::kFLOAT:
            return load<float>(constant.data, i);
        case DataType::kHALF:
            return halfToFloat(load<uint16_t>(constant.data, i));
        case DataType::kBF16:
            return bfloatToFloat(load<uint16_t>(constant.data, i));
        case DataType::kFP8:
            return fp8ToFloat(load<uint8_t>(constant.data, i));
        case DataType::kFP4:
            return fp4ToFloat(static_cast<uint8_t>(nibbleAt(constant.data, i) & 15));
        case DataType::kE8M0:
            return e8m0ToFloat(load<uint8_t>(constant.data, i));
        default:
            return static_cast<double>(integerAt(constant, i));
    }
}

int64_t integerAt(const Constant& constant, int64_t i) {
    switch (constant.type) {
        case DataType::kINT8:
            return load<int8_t>(constant.data, i);
        case DataType::kUINT8:
            return load<uint8_t>(constant.data, i);
        case DataType::kINT32:
            return load<int32_t>(constant.data, i);
        case DataType::kINT64:
            return load<int64_t>(constant.data, i);
        case DataType::kBOOL:
            return load<uint8_t>(constant.data, i) != 0;
        case DataType::kINT4:
            return nibbleAt(constant.data, i);
        default:
            return toInteger(realAt(constant, i));
    }
}

std::shared_ptr<const Constant> makeConstant(DataType type, std::vector<int64_t> dims,
                                             const std::vector<double>& values) {
    const Buffer buffer = allocate(type, std::move(dims), values.size());
    for (size_t i = 0; i < values.size(); ++i) putReal(type, buffer.bytes, static_cast<int64_t>(i), values[i]);
    return buffer.constant;
}

std::shared_ptr<const Constant> makeConstant(DataType type, std::vector<int64_t> dims,
                                             const std::vector<int64_t>& values) {
    const Buffer buffer = allocate(type, std::move(dims), values.size());
    for (size_t i = 0; i < values.size(); ++i) {
        const auto at = static_cast<int64_t>(i);
        if (isFloating(type)) {
            putReal(type, buffer.bytes, at, static_cast<double>(values[i]));
        } else {
            putInteger(type, buffer.bytes, at, values[i]);
        }
    }
    return buffer.constant;
}

std::shared_ptr<const Constant> withDims(const Constant& constant, std::vector<int64_t> dims) {
    auto copy = std::make_shared<Constant>(constant);
    copy->dims = std::move(dims);
    return copy;
}

}  // namespace opentrt::model
