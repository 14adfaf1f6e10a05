// SPDX-License-Identifier: Apache-2.0
#include "tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace opentrt::tools {
namespace {

using nvinfer1::DataType;

struct TypeInfo {
    const char* name;
    int bits;
    bool integer;
};
// In the order of nvinfer1::DataType.
constexpr TypeInfo kTypes[] = {{"fp32", 32, false}, {"fp16", 16, false}, {"int8", 8, true}, {"int32", 32, true},
                               {"bool", 8, true},   {"uint8", 8, true},  {"fp8", 8, false}, {"bf16", 16, false},
                               {"int64", 64, true}, {"int4", 4, true},   {"fp4", 4, false}, {"e8m0", 8, false}};

const TypeInfo& infoOf(DataType type) {
    return kTypes[static_cast<size_t>(type)];
}

//! A float with a sign bit and fewer bits than 32.
struct SmallFloat {
    int exponentBits, mantissaBits;
    bool infinity;  //!< the largest exponent holds infinity and NaN, as in IEEE 754
    int bias() const { return (1 << (exponentBits - 1)) - 1; }
    uint32_t signBit() const { return 1U << (exponentBits + mantissaBits); }
};
constexpr SmallFloat kHalf{5, 10, true}, kBf16{8, 7, true}, kFp8{4, 3, false}, kFp4{2, 1, false};
constexpr uint32_t kFp8Nan = 0x7F;

double decode(const SmallFloat& format, uint32_t bits) {
    const double sign = bits & format.signBit() ? -1 : 1;
    const uint32_t magnitude = bits & (format.signBit() - 1);
    const int mantissa = static_cast<int>(magnitude & ((1U << format.mantissaBits) - 1));
    const int exponent = static_cast<int>(magnitude >> format.mantissaBits);
    if (format.infinity && exponent == (1 << format.exponentBits) - 1)
        return mantissa ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
    if (format.exponentBits == kFp8.exponentBits && !format.infinity && magnitude == kFp8Nan)
        return std::numeric_limits<double>::quiet_NaN();
    const int unit = std::max(exponent, 1) - format.bias() - format.mantissaBits;
    return sign * std::ldexp(mantissa + (exponent ? 1 << format.mantissaBits : 0), unit);
}

//! Largest finite code, sign left out.
uint32_t largest(const SmallFloat& format) {
    const uint32_t all = format.signBit() - 1;
    if (format.infinity) return all - (1U << format.mantissaBits);
    return format.exponentBits == kFp8.exponentBits ? kFp8Nan - 1 : all;
}

uint32_t encode(const SmallFloat& format, double value) {
    const uint32_t sign = std::signbit(value) ? format.signBit() : 0;
    const double size = std::fabs(value);
    const uint32_t infinity = ((1U << format.exponentBits) - 1) << format.mantissaBits;
    if (std::isnan(value)) return sign | (format.infinity ? infinity | 1 : std::min(kFp8Nan, format.signBit() - 1));
    if (size == 0) return sign;
    uint32_t code = largest(format) + 1;
    if (std::isfinite(size)) {
        const int exponent = std::max(std::ilogb(size), 1 - format.bias());
        const double steps = std::nearbyint(std::ldexp(size, format.mantissaBits - exponent));
        // A mantissa that rounds up to the next power of two carries into the exponent by itself.
        const double base = std::ldexp(exponent + format.bias() - 1, format.mantissaBits);
        code = static_cast<uint32_t>(std::min<double>(base + steps, code));
    }
    if (code > largest(format)) code = format.infinity ? infinity : largest(format);
    return sign | code;
}

template <class T>
T load(const void* data, int64_t index) {
    T value;
    std::memcpy(&value, static_cast<const char*>(data) + index * static_cast<int64_t>(sizeof(T)), sizeof(T));
    return value;
}

template <class T>
void store(void* data, int64_t index, T value) {
    std::memcpy(static_cast<char*>(data) + index * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
}

uint32_t loadNibble(const void* data, int64_t index) {
    return (static_cast<const uint8_t*>(data)[index / 2] >> (index % 2 * 4)) & 15U;
}

void storeNibble(void* data, int64_t index, uint32_t bits) {
    uint8_t& byte = static_cast<uint8_t*>(data)[index / 2];
    const int shift = static_cast<int>(index % 2 * 4);
    byte = static_cast<uint8_t>((byte & ~(15U << shift)) | ((bits & 15U) << shift));
}

template <class T>
T saturate(double value) {
    if (std::isnan(value)) return 0;
    const double rounded = std::nearbyint(value);
    if (rounded <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
    if (rounded >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
    return static_cast<T>(rounded);
}

int64_t signedNibble(uint32_t bits) {
    return bits < 8 ? bits : static_cast<int64_t>(bits) - 16;
}

}  // namespace

const char* typeName(DataType type) {
    return infoOf(type).name;
}

int bitsOf(DataType type) {
    return infoOf(type).bits;
}

int64_t bytesOf(DataType type, int64_t count) {
    return (count * bitsOf(type) + 7) / 8;
}

bool isInteger(DataType type) {
    return infoOf(type).integer;
}

double getElement(DataType type, const void* data, int64_t index) {
    switch (type) {
        case DataType::kFLOAT:
            return load<float>(data, index);
        case DataType::kHALF:
            return decode(kHalf, load<uint16_t>(data, index));
        case DataType::kBF16:
            return decode(kBf16, load<uint16_t>(data, index));
        case DataType::kFP8:
            return decode(kFp8, load<uint8_t>(data, index));
        case DataType::kFP4:
            return decode(kFp4, loadNibble(data, index));
        case DataType::kE8M0:
            return std::ldexp(1, load<uint8_t>(data, index) - 127);
        default:
            return static_cast<double>(getInteger(type, data, index));
    }
}

int64_t getInteger(DataType type, const void* data, int64_t index) {
    switch (type) {
        case DataType::kINT8:
            return load<int8_t>(data, index);
        case DataType::kINT32:
            return load<int32_t>(data, index);
        case DataType::kINT64:
            return load<int64_t>(data, index);
        case DataType::kBOOL:
            return load<uint8_t>(data, index) != 0;
        case DataType::kUINT8:
            return load<uint8_t>(data, index);
        case DataType::kINT4:
            return signedNibble(loadNibble(data, index));
        default:
            return static_cast<int64_t>(getElement(type, data, index));
    }
}

void setElement(DataType type, void* data, int64_t index, double value) {
    switch (type) {
        case DataType::kFLOAT:
            return store(data, index, static_cast<float>(value));
        case DataType::kHALF:
            return store(data, index, static_cast<uint16_t>(encode(kHalf, value)));
        case DataType::kBF16:
            return store(data, index, static_cast<uint16_t>(encode(kBf16, value)));
        case DataType::kFP8:
            return store(data, index, static_cast<uint8_t>(encode(kFp8, value)));
        case DataType::kFP4:
            return storeNibble(data, index, encode(kFp4, value));
        case DataType::kINT8:
            return store(data, index, saturate<int8_t>(value));
        case DataType::kINT32:
            return store(data, index, saturate<int32_t>(value));
        case DataType::kINT64:
            return store(data, index, saturate<int64_t>(value));
        case DataType::kBOOL:
            return store<uint8_t>(data, index, value != 0);
        case DataType::kUINT8:
            return store(data, index, saturate<uint8_t>(value));
        case DataType::kINT4:
            return storeNibble(data, index, static_cast<uint32_t>(std::clamp<int>(saturate<int8_t>(value), -8, 7)));
        case DataType::kE8M0:
            return store(data, index, saturate<uint8_t>(value > 0 ? std::log2(value) + 127 : 0));
    }
}

std::vector<float> toFloats(DataType type, const void* data, int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    if (type == DataType::kFLOAT) {
        if (count > 0) std::memcpy(values.data(), data, values.size() * sizeof(float));
        return values;
    }
    for (int64_t i = 0; i < count; ++i) values[static_cast<size_t>(i)] = static_cast<float>(getElement(type, data, i));
    return values;
}

HostTensor converted(const HostTensor& tensor, DataType type) {
    if (tensor.type == type) return tensor;
    const int64_t count = volume(tensor.dims);
    HostTensor result{tensor.name, type, tensor.dims, {}};
    result.bytes.resize(static_cast<size_t>(bytesOf(type, count)));
    for (int64_t i = 0; i < count; ++i) {
        if (isInteger(tensor.type) && type == DataType::kINT64) {
            store(result.bytes.data(), i, getInteger(tensor.type, tensor.bytes.data(), i));
            continue;
        }
        const double value = getElement(tensor.type, tensor.bytes.data(), i);
        setElement(type, result.bytes.data(), i, value);
        if (isInteger(type) && getElement(type, result.bytes.data(), i) != value)
            throw std::runtime_error("tensor " + tensor.name + " holds " + std::to_string(value) +
                                     ", which its type in the engine, " + typeName(type) + ", cannot");
    }
    return result;
}

std::string describe(const HostTensor& tensor) {
    return tensor.name + ": " + typeName(tensor.type) + " " + str(tensor.dims);
}

}  // namespace opentrt::tools
