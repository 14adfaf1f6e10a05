// SPDX-License-Identifier: Apache-2.0
#include "plugin/fields.h"

#include <cstring>

#include "base/error.h"

namespace opentrt::plugin {

using namespace nvinfer1;  // NOLINT: this room speaks the API's language

namespace {

size_t bytesOf(PluginFieldType type, size_t count) {
    switch (type) {
        case PluginFieldType::kFLOAT16:
        case PluginFieldType::kINT16:
        case PluginFieldType::kBF16:
            return 2 * count;
        case PluginFieldType::kFLOAT32:
        case PluginFieldType::kINT32:
            return 4 * count;
        case PluginFieldType::kFLOAT64:
        case PluginFieldType::kINT64:
            return 8 * count;
        case PluginFieldType::kDIMS:
            return sizeof(Dims64) * count;
        case PluginFieldType::kINT4:
        case PluginFieldType::kFP4:
            return (count + 1) / 2;
        default:
            return count;
    }
}

void append(std::vector<char>& to, const void* data, size_t size) {
    const auto* begin = static_cast<const char*>(data);
    to.insert(to.end(), begin, begin + size);
}
void appendNumber(std::vector<char>& to, int32_t number) {
    append(to, &number, sizeof number);
}

class Reader {
public:
    explicit Reader(const std::vector<char>& bytes) : bytes_(bytes) {}
    const char* take(size_t size) {
        if (size > bytes_.size() - at_) {
            throw Error(ErrorCode::InvalidArgument, "", "the fields of a plugin end too early in the plan");
        }
        at_ += size;
        return bytes_.data() + at_ - size;
    }
    //! A number that is not negative.
    int32_t number() {
        int32_t value = 0;
        std::memcpy(&value, take(sizeof value), sizeof value);
        if (value < 0) throw Error(ErrorCode::InvalidArgument, "", "a field of a plugin has a negative length");
        return value;
    }

private:
    const std::vector<char>& bytes_;
    size_t at_ = 0;
};

}  // namespace

std::vector<char> writeFields(const PluginFieldCollection& collection) {
    std::vector<char> bytes;
    appendNumber(bytes, collection.nbFields);
    for (int32_t i = 0; i < collection.nbFields; ++i) {
        const PluginField& field = collection.fields[i];
        const std::string name = field.name ? field.name : "";
        const int32_t length = field.data ? std::max(field.length, 0) : 0;
        appendNumber(bytes, static_cast<int32_t>(name.size()));
        append(bytes, name.data(), name.size());
        appendNumber(bytes, static_cast<int32_t>(field.type));
        appendNumber(bytes, length);
        append(bytes, field.data, bytesOf(field.type, static_cast<size_t>(length)));
    }
    return bytes;
}

FieldsInMemory::FieldsInMemory(const std::vector<char>& bytes) {
    Reader reader(bytes);
    const int32_t count = reader.number();
    for (int32_t i = 0; i < count; ++i) {
        const auto nameSize = static_cast<size_t>(reader.number());
        names_.push_back(std::make_unique<std::string>(reader.take(nameSize), nameSize));
        const auto type = static_cast<PluginFieldType>(reader.number());
        const int32_t length = reader.number();
        const size_t size = bytesOf(type, static_cast<size_t>(length));
        const char* data = reader.take(size);
        data_.emplace_back(data, data + size);
        data_.back().push_back('\0');  // for texts whose reader looks for an end; and never an empty block
        fields_.emplace_back(names_.back()->c_str(), data_.back().data(), type, length);
    }
    collection_ = {count, fields_.data()};
}

}  // namespace opentrt::plugin
