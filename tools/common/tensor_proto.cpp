// SPDX-License-Identifier: Apache-2.0
#include "tensor_proto.h"

#include <cstring>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "files.h"
#include "onnx-ml.pb.h"

namespace opentrt::tools {
namespace {

using nvinfer1::DataType;
using onnx::TensorProto;

//! How one ONNX element type is stored and what it becomes.
struct Stored {
    TensorProto::DataType onnx;
    DataType type;
    int rawBits;
};
constexpr Stored kStored[] = {
    {TensorProto::FLOAT, DataType::kFLOAT, 32},     {TensorProto::FLOAT16, DataType::kHALF, 16},
    {TensorProto::INT8, DataType::kINT8, 8},        {TensorProto::INT32, DataType::kINT32, 32},
    {TensorProto::BOOL, DataType::kBOOL, 8},        {TensorProto::UINT8, DataType::kUINT8, 8},
    {TensorProto::FLOAT8E4M3FN, DataType::kFP8, 8}, {TensorProto::BFLOAT16, DataType::kBF16, 16},
    {TensorProto::INT64, DataType::kINT64, 64},     {TensorProto::INT4, DataType::kINT4, 4},
    {TensorProto::FLOAT4E2M1, DataType::kFP4, 4},   {TensorProto::FLOAT8E8M0, DataType::kE8M0, 8},
    {TensorProto::DOUBLE, DataType::kFLOAT, 64},    {TensorProto::UINT16, DataType::kINT32, 16},
    {TensorProto::INT16, DataType::kINT32, 16},     {TensorProto::UINT32, DataType::kINT64, 32},
    {TensorProto::UINT64, DataType::kINT64, 64},    {TensorProto::UINT4, DataType::kUINT8, 4},
};

const Stored& storedAs(const TensorProto& proto, const std::string& file) {
    for (const Stored& s : kStored) {
        if (s.onnx == proto.data_type()) return s;
    }
    const auto type = static_cast<TensorProto::DataType>(proto.data_type());
    throw std::runtime_error(file + ": elements of type " + TensorProto::DataType_Name(type) + " are not supported");
}

//! Elements of `Raw`, as they lie in raw_data, widened to `Wide`.
template <class Raw, class Wide>
void widen(const std::string& raw, std::vector<uint8_t>& bytes) {
    const size_t count = raw.size() / sizeof(Raw);
    bytes.resize(count * sizeof(Wide));
    for (size_t i = 0; i < count; ++i) {
        Raw value;
        std::memcpy(&value, raw.data() + i * sizeof(Raw), sizeof(Raw));
        const auto wide = static_cast<Wide>(value);
        std::memcpy(bytes.data() + i * sizeof(Wide), &wide, sizeof(Wide));
    }
}

void fromRaw(const std::string& raw, const Stored& stored, int64_t count, HostTensor& tensor, const std::string& file) {
    const size_t expected = static_cast<size_t>((count * stored.rawBits + 7) / 8);
    if (raw.size() != expected)
        throw std::runtime_error(file + ": raw data has " + std::to_string(raw.size()) + " bytes when " +
                                 str(tensor.dims) + " needs " + std::to_string(expected));
    switch (stored.onnx) {
        case TensorProto::DOUBLE:
            return widen<double, float>(raw, tensor.bytes);
        case TensorProto::UINT16:
            return widen<uint16_t, int32_t>(raw, tensor.bytes);
        case TensorProto::INT16:
            return widen<int16_t, int32_t>(raw, tensor.bytes);
        case TensorProto::UINT32:
            return widen<uint32_t, int64_t>(raw, tensor.bytes);
        case TensorProto::UINT4:
            for (int64_t i = 0; i < count; ++i)
                tensor.bytes.push_back((static_cast<uint8_t>(raw[static_cast<size_t>(i / 2)]) >> (i % 2 * 4)) & 15U);
            return;
        default:
            tensor.bytes.assign(raw.begin(), raw.end());
    }
}

//! The typed fields hold one element an entry, except for packed 4-bit types, whose entries are bytes.
template <class Field>
void fromField(const Field& field, int64_t count, HostTensor& tensor, const std::string& file) {
    const int64_t entries = bitsOf(tensor.type) < 8 ? (count + 1) / 2 : count;
    if (field.size() != entries)
        throw std::runtime_error(file + ": " + std::to_string(field.size()) + " elements when " + str(tensor.dims) +
                                 " has " + std::to_string(entries));
    const int width = std::max(bitsOf(tensor.type), 8) / 8;
    tensor.bytes.resize(static_cast<size_t>(entries * width));
    for (int64_t i = 0; i < entries; ++i) {
        const auto value = field.Get(static_cast<int>(i));
        if constexpr (std::is_floating_point_v<std::decay_t<decltype(value)>>) {
            setElement(tensor.type, tensor.bytes.data(), i, value);
        } else {
            // Integers, and the bit patterns of small floats, in the low bytes.
            std::memcpy(tensor.bytes.data() + i * width, &value, static_cast<size_t>(width));
        }
    }
}

void fromFields(const TensorProto& proto, const Stored& stored, int64_t count, HostTensor& tensor,
                const std::string& file) {
    switch (stored.onnx) {
        case TensorProto::FLOAT:
            return fromField(proto.float_data(), count, tensor, file);
        case TensorProto::DOUBLE:
            return fromField(proto.double_data(), count, tensor, file);
        case TensorProto::INT64:
            return fromField(proto.int64_data(), count, tensor, file);
        case TensorProto::UINT32:
        case TensorProto::UINT64:
            return fromField(proto.uint64_data(), count, tensor, file);
        case TensorProto::UINT4:
            throw std::runtime_error(file + ": unsigned 4-bit elements are read from raw data only");
        default:
            return fromField(proto.int32_data(), count, tensor, file);
    }
}

}  // namespace

HostTensor readTensorFile(const std::string& file) {
    TensorProto proto;
    const std::vector<char> bytes = readFile(file);
    if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()) ||
        !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        throw std::runtime_error(file + " is not a serialised TensorProto");
    if (proto.data_location() == TensorProto::EXTERNAL)
        throw std::runtime_error(file + ": elements outside of the file are not supported");
    const Stored& stored = storedAs(proto, file);
    HostTensor tensor{proto.name(), stored.type, {proto.dims().begin(), proto.dims().end()}, {}};
    const int64_t count = volume(tensor.dims);
    if (count < 0) throw std::runtime_error(file + ": negative dimension in " + str(tensor.dims));
    if (proto.has_raw_data()) {
        fromRaw(proto.raw_data(), stored, count, tensor, file);
    } else {
        fromFields(proto, stored, count, tensor, file);
    }
    return tensor;
}

void writeTensorFile(const std::string& file, const HostTensor& tensor) {
    TensorProto proto;
    proto.set_name(tensor.name);
    for (const int64_t size : tensor.dims) proto.add_dims(size);
    proto.set_data_type(kStored[static_cast<size_t>(tensor.type)].onnx);
    proto.set_raw_data(tensor.bytes.data(), tensor.bytes.size());
    const std::string text = proto.SerializeAsString();
    writeFile(file, text.data(), text.size());
}

std::vector<HostTensor> readTensorFolder(const std::string& folder, const std::string& stem) {
    std::vector<HostTensor> tensors;
    for (;;) {
        const std::string file = folder + "/" + stem + "_" + std::to_string(tensors.size()) + ".pb";
        if (!std::filesystem::exists(file)) return tensors;
        tensors.push_back(readTensorFile(file));
    }
}

}  // namespace opentrt::tools
