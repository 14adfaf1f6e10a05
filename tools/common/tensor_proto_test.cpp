// SPDX-License-Identifier: Apache-2.0
#include "tensor_proto.h"

#include <cstring>
#include <gtest/gtest.h>
#include <stdexcept>

#include "files.h"

namespace opentrt::tools {
namespace {

using nvinfer1::DataType;
constexpr char kName[] = "\x42\x01t";  // field 8, one byte

HostTensor readBytes(const std::string& bytes) {
    const TemporaryFolder folder;
    const std::string file = folder.path() + "/t.pb";
    writeFile(file, bytes.data(), bytes.size());
    return readTensorFile(file);
}

std::string messageOf(const std::string& bytes) {
    try {
        readBytes(bytes);
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return "";
}

std::string field(int number, const std::string& payload) {
    return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(payload.size())} + payload;
}

std::string head(int size, int type) {
    return std::string{8, static_cast<char>(size), 16, static_cast<char>(type)} + kName;
}

template <class T>
std::string bytesOfAll(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

TEST(TensorProto, EveryTypeSurvivesAFile) {
    const TemporaryFolder folder;
    for (int type = 0; type <= static_cast<int>(DataType::kE8M0); ++type) {
        HostTensor tensor{"t", static_cast<DataType>(type), {3}, {}};
        tensor.bytes.resize(static_cast<size_t>(bytesOf(tensor.type, 3)));
        for (int i = 0; i < 3; ++i) setElement(tensor.type, tensor.bytes.data(), i, 1 << i);
        writeTensorFile(folder.path() + "/output_" + std::to_string(type) + ".pb", tensor);
    }
    const auto tensors = readTensorFolder(folder.path(), "output");
    ASSERT_EQ(tensors.size(), static_cast<size_t>(DataType::kE8M0) + 1);
    for (size_t i = 0; i < tensors.size(); ++i) {
        EXPECT_EQ(tensors[i].name, "t");
        EXPECT_EQ(static_cast<size_t>(tensors[i].type), i);
        EXPECT_EQ(getElement(tensors[i].type, tensors[i].bytes.data(), 0), 1);
        if (tensors[i].type == DataType::kBOOL) continue;
        EXPECT_EQ(getElement(tensors[i].type, tensors[i].bytes.data(), 2), 4) << i;
    }
}

TEST(TensorProto, ReadsTypedFieldsPackedOrNot) {
    HostTensor tensor = readBytes(head(2, 10) + field(5, "\x80\x78\x80\x80\x03"));  // 0x3C00, 0xC000
    EXPECT_EQ(tensor.type, DataType::kHALF);
    EXPECT_EQ(toFloats(tensor.type, tensor.bytes.data(), 2), (std::vector<float>{1, -2}));

    tensor = readBytes(head(2, 11) + field(10, bytesOfAll<double>({0.5, -4})));
    EXPECT_EQ(tensor.type, DataType::kFLOAT);
    EXPECT_EQ(toFloats(tensor.type, tensor.bytes.data(), 2), (std::vector<float>{0.5, -4}));

    tensor = readBytes(head(2, 7) + std::string("\x38\x05\x38\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"));
    EXPECT_EQ(getInteger(tensor.type, tensor.bytes.data(), 0), 5);
    EXPECT_EQ(getInteger(tensor.type, tensor.bytes.data(), 1), -1);
}

TEST(TensorProto, WidensTypesThatTheSdkLacks) {
    HostTensor tensor = readBytes(head(2, 4) + field(9, bytesOfAll<uint16_t>({1, 65535})));
    EXPECT_EQ(tensor.type, DataType::kINT32);
    EXPECT_EQ(getInteger(tensor.type, tensor.bytes.data(), 1), 65535);
    EXPECT_EQ(readBytes(head(2, 21) + field(9, "\x2F")).bytes, (std::vector<uint8_t>{15, 2}));
}

TEST(TensorProto, NamesTheFileAndTheFaultInErrors) {
    const auto expect = [](const std::string& bytes, const std::string& part) {
        EXPECT_NE(messageOf(bytes).find("t.pb" + part), std::string::npos) << messageOf(bytes);
    };
    expect(head(3, 1) + field(4, bytesOfAll<float>({1})), ": 1 elements when 3 has 3");
    expect(head(3, 1) + field(9, "1234"), ": raw data has 4 bytes when 3 needs 12");
    expect(head(3, 8), ": elements of ONNX type 8 (string)");
    expect(head(3, 1) + std::string{9 << 3 | 2, 100}, " is not a serialised TensorProto: it is cut off");
    expect(head(3, 1) + std::string{14 << 3, 1}, ": elements outside of the file");
    EXPECT_THROW(readTensorFile("no/such/file"), std::runtime_error);
}

}  // namespace
}  // namespace opentrt::tools
