// SPDX-License-Identifier: Apache-2.0
#include "tensor_proto.h"

#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "files.h"

namespace opentrt::tools {
namespace {

using nvinfer1::DataType;

// Element types of ONNX, by the numbers of its schema.
enum OnnxType : int64_t {
    kOnnxFloat = 1,
    kOnnxUint8,
    kOnnxInt8,
    kOnnxUint16,
    kOnnxInt16,
    kOnnxInt32,
    kOnnxInt64,
    kOnnxString,
    kOnnxBool,
    kOnnxFloat16,
    kOnnxDouble,
    kOnnxUint32,
    kOnnxUint64,
    kOnnxBfloat16 = 16,
    kOnnxFloat8E4M3FN,
    kOnnxUint4 = 21,
    kOnnxInt4,
    kOnnxFloat4E2M1,
    kOnnxFloat8E8M0,
};

//! How one ONNX element type is stored and what it becomes.
struct Stored {
    OnnxType onnx;
    DataType type;
    int rawBits;
};
// First those of nvinfer1::DataType, in its order.
constexpr Stored kStored[] = {
    {kOnnxFloat, DataType::kFLOAT, 32},     {kOnnxFloat16, DataType::kHALF, 16},  {kOnnxInt8, DataType::kINT8, 8},
    {kOnnxInt32, DataType::kINT32, 32},     {kOnnxBool, DataType::kBOOL, 8},      {kOnnxUint8, DataType::kUINT8, 8},
    {kOnnxFloat8E4M3FN, DataType::kFP8, 8}, {kOnnxBfloat16, DataType::kBF16, 16}, {kOnnxInt64, DataType::kINT64, 64},
    {kOnnxInt4, DataType::kINT4, 4},        {kOnnxFloat4E2M1, DataType::kFP4, 4}, {kOnnxFloat8E8M0, DataType::kE8M0, 8},
    {kOnnxDouble, DataType::kFLOAT, 64},    {kOnnxUint16, DataType::kINT32, 16},  {kOnnxInt16, DataType::kINT32, 16},
    {kOnnxUint32, DataType::kINT64, 32},    {kOnnxUint64, DataType::kINT64, 64},  {kOnnxUint4, DataType::kUINT8, 4},
};

//! The fields of a TensorProto.
struct Proto {
    Sizes dims;
    int64_t type = 0, location = 0;
    std::string name;
    std::optional<std::string> raw;
    std::vector<float> floats;
    std::vector<double> doubles;
    std::vector<int64_t> integers;  //!< of int32_data, int64_data or uint64_data
};

enum Field : uint32_t {
    kDims = 1,
    kDataType = 2,
    kFloatData = 4,
    kInt32Data = 5,
    kInt64Data = 7,
    kName = 8,
    kRawData = 9,
    kDoubleData = 10,
    kUint64Data = 11,
    kDataLocation = 14,
};
enum Wire : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

const Stored& storedAs(const Proto& proto, const std::string& file) {
    for (const Stored& s : kStored) {
        if (s.onnx == proto.type) return s;
    }
    throw std::runtime_error(file + ": elements of ONNX type " + std::to_string(proto.type) +
                             (proto.type == kOnnxString ? " (string)" : "") + " are not supported");
}

//! Reads the wire format of Protocol Buffers: keys and values, one after another.
class WireReader {
public:
    explicit WireReader(std::string_view bytes) : rest_(bytes) {}
    bool atEnd() const { return rest_.empty(); }

    uint64_t varint() {
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<uint8_t>(take(1)[0]);
            value |= static_cast<uint64_t>(byte & 0x7FU) << shift;
            if (byte < 0x80) return value;
        }
        throw std::invalid_argument("a number is too long");
    }
    std::string_view bytes() { return take(varint()); }
    template <class T>
    T fixed() {
        T value;
        std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
        return value;
    }
    void skip(uint32_t wire) {
        switch (wire) {
            case kVarint:
                varint();
                return;
            case kFixed64:
                take(8);
                return;
            case kBytes:
                bytes();
                return;
            case kFixed32:
                take(4);
                return;
            default:
                throw std::invalid_argument("an unknown kind of field");
        }
    }

private:
    std::string_view take(uint64_t count) {
        if (count > rest_.size()) throw std::invalid_argument("it is cut off");
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    std::string_view rest_;
};

//! A repeated number: packed, or one at a time.
template <class T, class Read>
void readNumbers(WireReader& reader, uint32_t wire, std::vector<T>& numbers, Read read) {
    if (wire != kBytes) return numbers.push_back(static_cast<T>(read(reader)));
    for (WireReader packed(reader.bytes()); !packed.atEnd();) numbers.push_back(static_cast<T>(read(packed)));
}

void readField(WireReader& reader, uint32_t field, uint32_t wire, Proto& proto) {
    const auto varint = [](WireReader& r) { return r.varint(); };
    switch (field) {
        case kDims:
            return readNumbers(reader, wire, proto.dims, varint);
        case kDataType:
            proto.type = static_cast<int64_t>(reader.varint());
            return;
        case kFloatData:
            return readNumbers(reader, wire, proto.floats, [](WireReader& r) { return r.fixed<float>(); });
        case kInt32Data:
        case kInt64Data:
        case kUint64Data:
            return readNumbers(reader, wire, proto.integers, varint);
        case kName:
            proto.name = reader.bytes();
            return;
        case kRawData:
            proto.raw = reader.bytes();
            return;
        case kDoubleData:
            return readNumbers(reader, wire, proto.doubles, [](WireReader& r) { return r.fixed<double>(); });
        case kDataLocation:
            proto.location = static_cast<int64_t>(reader.varint());
            return;
        default:
            return reader.skip(wire);
    }
}

Proto readProto(const std::string& file) {
    const std::vector<char> bytes = readFile(file);
    Proto proto;
    try {
        for (WireReader reader(std::string_view(bytes.data(), bytes.size())); !reader.atEnd();) {
            const uint64_t key = reader.varint();
            readField(reader, static_cast<uint32_t>(key >> 3), static_cast<uint32_t>(key & 7), proto);
        }
    } catch (const std::invalid_argument& e) {
        throw std::runtime_error(file + " is not a serialised TensorProto: " + e.what());
    }
    return proto;
}

void putVarint(std::string& out, uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}

void putNumber(std::string& out, Field field, int64_t value) {
    putVarint(out, field << 3 | kVarint);
    putVarint(out, static_cast<uint64_t>(value));
}

void putBytes(std::string& out, Field field, std::string_view bytes) {
    putVarint(out, field << 3 | kBytes);
    putVarint(out, bytes.size());
    out += bytes;
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
        case kOnnxDouble:
            return widen<double, float>(raw, tensor.bytes);
        case kOnnxUint16:
            return widen<uint16_t, int32_t>(raw, tensor.bytes);
        case kOnnxInt16:
            return widen<int16_t, int32_t>(raw, tensor.bytes);
        case kOnnxUint32:
            return widen<uint32_t, int64_t>(raw, tensor.bytes);
        case kOnnxUint4:
            for (int64_t i = 0; i < count; ++i)
                tensor.bytes.push_back((static_cast<uint8_t>(raw[static_cast<size_t>(i / 2)]) >> (i % 2 * 4)) & 15U);
            return;
        default:
            tensor.bytes.assign(raw.begin(), raw.end());
    }
}

//! The typed fields hold one element an entry, except for packed 4-bit types, whose entries are bytes.
template <class T>
void fromField(const std::vector<T>& field, int64_t count, HostTensor& tensor, const std::string& file) {
    const int64_t entries = bitsOf(tensor.type) < 8 ? (count + 1) / 2 : count;
    if (static_cast<int64_t>(field.size()) != entries)
        throw std::runtime_error(file + ": " + std::to_string(field.size()) + " elements when " + str(tensor.dims) +
                                 " has " + std::to_string(entries));
    const auto width = static_cast<size_t>(std::max(bitsOf(tensor.type), 8) / 8);
    tensor.bytes.resize(field.size() * width);
    for (size_t i = 0; i < field.size(); ++i) {
        if constexpr (std::is_floating_point_v<T>) {
            setElement(tensor.type, tensor.bytes.data(), static_cast<int64_t>(i), field[i]);
        } else {
            // Integers, and the bit patterns of small floats, in the low bytes.
            std::memcpy(tensor.bytes.data() + i * width, &field[i], width);
        }
    }
}

}  // namespace

HostTensor readTensorFile(const std::string& file) {
    const Proto proto = readProto(file);
    if (proto.location != 0) throw std::runtime_error(file + ": elements outside of the file are not supported");
    const Stored& stored = storedAs(proto, file);
    HostTensor tensor{proto.name, stored.type, proto.dims, {}};
    const int64_t count = volume(tensor.dims);
    if (count < 0) throw std::runtime_error(file + ": negative dimension in " + str(tensor.dims));
    if (proto.raw) {
        fromRaw(*proto.raw, stored, count, tensor, file);
    } else if (stored.onnx == kOnnxFloat) {
        fromField(proto.floats, count, tensor, file);
    } else if (stored.onnx == kOnnxDouble) {
        fromField(proto.doubles, count, tensor, file);
    } else if (stored.onnx == kOnnxUint4) {
        throw std::runtime_error(file + ": unsigned 4-bit elements are read from raw data only");
    } else {
        fromField(proto.integers, count, tensor, file);
    }
    return tensor;
}

void writeTensorFile(const std::string& file, const HostTensor& tensor) {
    std::string out;
    for (const int64_t size : tensor.dims) putNumber(out, kDims, size);
    putNumber(out, kDataType, kStored[static_cast<size_t>(tensor.type)].onnx);
    putBytes(out, kName, tensor.name);
    putBytes(out, kRawData, {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()});
    writeFile(file, out.data(), out.size());
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
