// SPDX-License-Identifier: Apache-2.0
// The values of a TensorProto live in raw_data, in an external file, or in one of six typed fields in which short types
// are widened. All three become one packed array in the ONNX type, which is either taken as it is or converted:
//   DOUBLE -> float, INT16/UINT16/UINT2/FLOAT8E5M2... -> the next type of the network that holds every value.
#include "model/onnx/tensor_reader.h"

#include <cstring>
#include <functional>
#include <limits>

#include "model/onnx/errors.h"
#include "model/onnx/mapped_file.h"
#include "model/onnx/number_formats.h"
#include "model/onnx/schema.h"

namespace opentrt::model {
namespace {

using nvinfer1::DataType;
using Proto = onnx::TensorProto;
using onnx::ElementType;

struct TypeRow {
    int32_t onnxType;
    int bits;  //!< in the file
    DataType network;
    bool direct;  //!< the network reads the file's encoding
};

constexpr TypeRow kTypes[] = {
    {ElementType::FLOAT, 32, DataType::kFLOAT, true},
    {ElementType::UINT8, 8, DataType::kUINT8, true},
    {ElementType::INT8, 8, DataType::kINT8, true},
    {ElementType::UINT16, 16, DataType::kINT32, false},
    {ElementType::INT16, 16, DataType::kINT32, false},
    {ElementType::INT32, 32, DataType::kINT32, true},
    {ElementType::INT64, 64, DataType::kINT64, true},
    {ElementType::BOOL, 8, DataType::kBOOL, true},
    {ElementType::FLOAT16, 16, DataType::kHALF, true},
    {ElementType::DOUBLE, 64, DataType::kFLOAT, false},
    {ElementType::UINT32, 32, DataType::kINT64, false},
    {ElementType::UINT64, 64, DataType::kINT64, false},
    {ElementType::BFLOAT16, 16, DataType::kBF16, true},
    {ElementType::FLOAT8E4M3FN, 8, DataType::kFP8, true},
    {ElementType::UINT4, 4, DataType::kUINT8, false},
    {ElementType::INT4, 4, DataType::kINT4, true},
    {ElementType::UINT2, 2, DataType::kUINT8, false},
    {ElementType::INT2, 2, DataType::kINT8, false},
    {ElementType::FLOAT4E2M1, 4, DataType::kFP4, true},
    {ElementType::FLOAT8E8M0, 8, DataType::kE8M0, true},
    {ElementType::FLOAT8E5M2, 8, DataType::kHALF, false},
    {ElementType::FLOAT8E5M2FNUZ, 8, DataType::kHALF, false},
    {ElementType::FLOAT8E4M3FNUZ, 8, DataType::kHALF, false},
};

const TypeRow& rowOf(int32_t onnxType) {
    for (const TypeRow& row : kTypes) {
        if (row.onnxType == onnxType) return row;
    }
    fail(Code::kUNSUPPORTED_NODE_DATATYPE, cat("element type ", onnxTypeName(onnxType), " is not supported"));
}

template <class T>
T load(const void* data, int64_t i) {
    T value;
    std::memcpy(&value, static_cast<const char*>(data) + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
    return value;
}

std::string quoted(const Proto& proto) {
    return cat("tensor \"", proto.name, "\"");
}

//! Dimensions and number of elements, checked so that no later product overflows.
int64_t checkedCount(const Proto& proto) {
    if (proto.dims.size() > static_cast<size_t>(nvinfer1::Dims::MAX_DIMS)) {
        fail(Code::kINVALID_VALUE, cat(quoted(proto), " has ", proto.dims.size(), " dimensions; at most ",
                                       int32_t{nvinfer1::Dims::MAX_DIMS}, " are possible"));
    }
    constexpr int64_t kMost = 0x7fffffff;
    int64_t count = 1;
    for (const int64_t dim : proto.dims) {
        if (dim < 0) fail(Code::kINVALID_VALUE, cat(quoted(proto), " has the negative dimension ", dim));
        if (dim > kMost || (dim > 0 && count > kMost / dim)) {
            fail(Code::kINVALID_VALUE,
                 cat(quoted(proto), " has more than 2^31-1 elements, the most that a tensor can have"));
        }
        count *= dim;
    }
    return count;
}

//! The file's packed bytes: data, owner.
struct Packed {
    const void* data;
    std::shared_ptr<const void> keep;
};

void checkSize(const Proto& proto, int64_t have, int64_t need, const char* what) {
    if (have == need) return;
    fail(Code::kINVALID_VALUE, cat(quoted(proto), " needs ", need, " ", what, " for its dimensions but holds ", have,
                                   "; the file is damaged"));
}

int64_t numberOf(const Proto& proto, const std::string& key, const std::string& text) {
    int64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || value > (int64_t{1} << 56)) {
            fail(Code::kINVALID_VALUE, cat(quoted(proto), ": external_data ", key, " \"", text, "\" is not a number"));
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

Packed externalBytes(const Proto& proto, int64_t bytes, ExternalFiles& files) {
    std::string location;
    int64_t offset = 0;
    int64_t length = bytes;
    for (const onnx::EntryProto& entry : proto.externalData) {
        if (entry.key == "location") location = entry.value;
        if (entry.key == "offset") offset = numberOf(proto, entry.key, entry.value);
        if (entry.key == "length") length = numberOf(proto, entry.key, entry.value);
    }
    if (location.empty()) fail(Code::kINVALID_VALUE, cat(quoted(proto), ": external_data names no location"));
    checkSize(proto, length, bytes, "bytes of external data");
    const auto file = files.open(location);
    const auto size = static_cast<int64_t>(file->size());
    if (offset > size || bytes > size - offset) {
        fail(Code::kINVALID_VALUE, cat(quoted(proto), " ends at byte ", offset + bytes, " of \"", location,
                                       "\", which has only ", size, " bytes"));
    }
    return {file->data() + offset, file};
}

template <class T, class Field>
Packed narrowed(const Field& field) {
    auto owned = std::make_shared<std::vector<T>>();
    owned->reserve(static_cast<size_t>(field.size()));
    for (const auto value : field) owned->push_back(static_cast<T>(value));
    return {owned->data(), owned};
}

//! The typed field that the ONNX type uses.
Packed typedBytes(const Proto& proto, const TypeRow& row, int64_t count, const std::shared_ptr<const void>& keep) {
    switch (row.onnxType) {
        case ElementType::FLOAT:
            checkSize(proto, static_cast<int64_t>(proto.floatData.size()), count, "values");
            return {proto.floatData.data(), keep};
        case ElementType::DOUBLE:
            checkSize(proto, static_cast<int64_t>(proto.doubleData.size()), count, "values");
            return {proto.doubleData.data(), keep};
        case ElementType::INT64:
            checkSize(proto, static_cast<int64_t>(proto.int64Data.size()), count, "values");
            return {proto.int64Data.data(), keep};
        case ElementType::UINT64:
            checkSize(proto, static_cast<int64_t>(proto.uint64Data.size()), count, "values");
            return {proto.uint64Data.data(), keep};
        case ElementType::UINT32:
            checkSize(proto, static_cast<int64_t>(proto.uint64Data.size()), count, "values");
            return narrowed<uint32_t>(proto.uint64Data);
        default:
            break;
    }
    // Everything else is widened to int32; types below 8 bits come packed into bytes.
    checkSize(proto, static_cast<int64_t>(proto.int32Data.size()), row.bits < 8 ? (count * row.bits + 7) / 8 : count,
              "values");
    if (row.bits == 32) return {proto.int32Data.data(), keep};
    return row.bits == 16 ? narrowed<uint16_t>(proto.int32Data) : narrowed<uint8_t>(proto.int32Data);
}

Packed packedBytes(const Proto& proto, const TypeRow& row, int64_t count, ExternalFiles& files,
                   const std::shared_ptr<const void>& keep) {
    const int64_t bytes = (count * row.bits + 7) / 8;
    if (proto.external()) return externalBytes(proto, bytes, files);
    if (proto.rawData) {
        checkSize(proto, static_cast<int64_t>(proto.rawData->size()), bytes, "bytes");
        return {proto.rawData->data(), keep};
    }
    return typedBytes(proto, row, count, keep);
}

int64_t integerOf(const TypeRow& row, const void* data, int64_t i) {
    switch (row.onnxType) {
        case ElementType::UINT16:
            return load<uint16_t>(data, i);
        case ElementType::INT16:
            return load<int16_t>(data, i);
        case ElementType::UINT32:
            return load<uint32_t>(data, i);
        case ElementType::UINT4:
            return (load<uint8_t>(data, i / 2) >> (i % 2 * 4)) & 15;
        case ElementType::UINT2:
            return (load<uint8_t>(data, i / 4) >> (i % 4 * 2)) & 3;
        case ElementType::INT2:
            return (((load<uint8_t>(data, i / 4) >> (i % 4 * 2)) & 3) ^ 2) - 2;
        default:
            break;
    }
    const auto value = load<uint64_t>(data, i);
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        fail(Code::kUNSUPPORTED_NODE_DATATYPE, cat("the UINT64 value ", value, " does not fit into a signed integer"));
    }
    return static_cast<int64_t>(value);
}

float narrowFloatOf(const TypeRow& row, uint8_t bits) {
    if (row.onnxType == ElementType::FLOAT8E5M2) return fp8WideToFloat(bits);
    return row.onnxType == ElementType::FLOAT8E4M3FNUZ ? fnuz43ToFloat(bits) : fnuz52ToFloat(bits);
}

Packed converted(const TypeRow& row, const void* data, int64_t count) {
    auto owned = std::make_shared<std::vector<char>>(static_cast<size_t>(bytesOf(row.network, count)) + 1);
    const auto put = [&](int64_t i, auto value) {
        std::memcpy(owned->data() + i * int64_t{sizeof(value)}, &value, sizeof(value));
    };
    for (int64_t i = 0; i < count; ++i) {
        switch (row.network) {
            case DataType::kFLOAT:
                put(i, static_cast<float>(load<double>(data, i)));
                break;
            case DataType::kHALF:
                put(i, floatToHalf(narrowFloatOf(row, load<uint8_t>(data, i))));
                break;
            case DataType::kINT32:
                put(i, static_cast<int32_t>(integerOf(row, data, i)));
                break;
            case DataType::kUINT8:
            case DataType::kINT8:
                put(i, static_cast<uint8_t>(integerOf(row, data, i)));
                break;
            default:
                put(i, integerOf(row, data, i));
                break;
        }
    }
    return {owned->data(), owned};
}

//! Layers read elements directly, so they must lie at multiples of their size.
Packed aligned(const Packed& packed, const TypeRow& row, int64_t count) {
    const auto size = static_cast<uintptr_t>(std::max(1, row.bits / 8));
    const bool good = reinterpret_cast<uintptr_t>(packed.data) % size == 0;
    if (good && packed.data != nullptr) return packed;
    const int64_t bytes = (count * row.bits + 7) / 8;
    auto owned = std::make_shared<std::vector<char>>(static_cast<size_t>(bytes) + 1);
    if (bytes > 0) std::memcpy(owned->data(), packed.data, static_cast<size_t>(bytes));
    return {owned->data(), owned};
}

std::shared_ptr<Constant> finish(const Proto& proto, const TypeRow& row, int64_t count, Packed packed) {
    packed = row.direct ? aligned(packed, row, count) : converted(row, packed.data, count);
    auto constant = std::make_shared<Constant>();
    constant->name = proto.name;
    constant->type = row.network;
    constant->onnxType = row.onnxType;
    constant->dims.assign(proto.dims.begin(), proto.dims.end());
    constant->count = count;
    constant->data = packed.data;
    constant->keep = std::move(packed.keep);
    return constant;
}

}  // namespace

ExternalFiles::ExternalFiles(const std::string& modelPath) : known_(!modelPath.empty()) {
    const size_t slash = modelPath.find_last_of('/');
    folder_ = slash == std::string::npos ? "" : modelPath.substr(0, slash + 1);
}

std::shared_ptr<const MappedFile> ExternalFiles::open(const std::string& location) {
    if (!known_) {
        fail(Code::kINVALID_VALUE, cat("the model keeps weights in \"", location,
                                       "\", but its own path is unknown; pass the path of the model as well"));
    }
    bool escapes = location.front() == '/' || location.find('\0') != std::string::npos;
    for (size_t begin = 0; begin <= location.size();) {
        const size_t end = std::min(location.find('/', begin), location.size());
        escapes = escapes || location.compare(begin, end - begin, "..") == 0;
        begin = end + 1;
    }
    if (escapes) {
        fail(Code::kINVALID_VALUE,
             cat("external data \"", location, "\" is refused: it leads out of the model's folder"));
    }
    auto& file = files_[location];
    if (!file) file = MappedFile::open(folder_ + location);
    return file;
}

int64_t storedBytes(const Proto& proto) {
    return (checkedCount(proto) * rowOf(proto.dataType).bits + 7) / 8;
}

std::shared_ptr<Constant> constantFromBytes(const Proto& proto, const void* bytes, std::shared_ptr<const void> keep) {
    return finish(proto, rowOf(proto.dataType), checkedCount(proto), {bytes, std::move(keep)});
}

std::shared_ptr<Constant> readTensor(const Proto& proto, ExternalFiles& files, std::shared_ptr<const void> keep) {
    if (proto.segment) fail(Code::kINVALID_VALUE, cat(quoted(proto), " is stored in segments, which ONNX dropped"));
    const int64_t count = checkedCount(proto);
    const TypeRow& row = rowOf(proto.dataType);
    return finish(proto, row, count, packedBytes(proto, row, count, files, keep));
}

std::shared_ptr<Constant> readSparseTensor(const onnx::SparseTensorProto& proto, ExternalFiles& files,
                                           std::shared_ptr<const void> keep) {
    const auto values = readTensor(proto.values, files, keep);
    const auto indices = readTensor(proto.indices, files, keep);
    Proto full;
    full.name = proto.values.name;
    full.dataType = proto.values.dataType;
    full.dims = proto.dims;
    const int64_t count = checkedCount(full);
    const auto rank = static_cast<int64_t>(proto.dims.size());
    const bool flat = indices->dims.size() == 1;
    if (bitsOf(values->type) < 8 || indices->type != DataType::kINT64 || rank == 0 ||
        indices->count != values->count * (flat ? 1 : rank)) {
        fail(Code::kINVALID_VALUE, cat("sparse ", quoted(full), " has indices that do not match its values"));
    }
    if (count > (int64_t{1} << 31)) fail(Code::kINVALID_VALUE, cat("sparse ", quoted(full), " is too large"));
    const auto size = static_cast<size_t>(bitsOf(values->type) / 8);
    auto owned = std::make_shared<std::vector<char>>(static_cast<size_t>(count) * size + 1);
    for (int64_t i = 0; i < values->count; ++i) {
        int64_t at = flat ? integerAt(*indices, i) : 0;
        for (int64_t axis = 0; !flat && axis < rank; ++axis) {
            const int64_t position = integerAt(*indices, i * rank + axis);
            if (position < 0 || position >= proto.dims[static_cast<size_t>(axis)]) at = -count - 1;
            at = at * proto.dims[static_cast<size_t>(axis)] + position;
            if (at < 0) break;
        }
        if (at < 0 || at >= count)
            fail(Code::kINVALID_VALUE, cat("sparse ", quoted(full), " has an index out of range"));
        std::memcpy(owned->data() + static_cast<size_t>(at) * size,
                    static_cast<const char*>(values->data) + static_cast<size_t>(i) * size, size);
    }
    auto constant = std::make_shared<Constant>(*values);
    constant->dims.assign(proto.dims.begin(), proto.dims.end());
    constant->count = count;
    constant->data = owned->data();
    constant->keep = owned;
    return constant;
}

DataType networkType(int32_t onnxType) {
    return rowOf(onnxType).network;
}

bool holdsMore(int32_t onnxType) {
    const TypeRow& row = rowOf(onnxType);
    return !row.direct && onnxType != ElementType::DOUBLE && onnxType != ElementType::UINT64;
}

std::string onnxTypeName(int32_t onnxType) {
    const bool known = onnxType >= 0 && static_cast<size_t>(onnxType) < std::size(onnx::kElementTypeNames);
    return known ? onnx::kElementTypeNames[onnxType] : cat("type ", onnxType);
}

}  // namespace opentrt::model
