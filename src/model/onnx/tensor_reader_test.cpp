// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/tensor_reader.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "model/onnx/errors.h"
#include "model/onnx/test_models.h"

namespace opentrt::model {
namespace {

using nvinfer1::DataType;

onnx::TensorProto typed(onnx::ElementType type, const std::vector<int64_t>& dims, const std::vector<int32_t>& values) {
    onnx::TensorProto t;
    t.name = "t";
    t.dataType = type;
    t.dims = dims;
    t.int32Data = values;
    return t;
}

std::shared_ptr<Constant> read(const onnx::TensorProto& tensor) {
    ExternalFiles none("");
    return readTensor(tensor, none, {});
}

std::string reasonFor(const onnx::TensorProto& tensor) {
    try {
        read(tensor);
    } catch (const ImportError& error) {
        return error.what();
    }
    return "";
}

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("onnx_external_" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
};

onnx::TensorProto external(const std::string& location, const std::string& offset) {
    onnx::TensorProto t = typed(onnx::FLOAT, {2}, {});
    t.dataLocation = 1;
    t.externalData = {{"location", location}, {"offset", offset}};
    return t;
}

}  // namespace

TEST(TensorReader, ReadsWidenedTypesFromInt32Data) {
    const auto int8 = read(typed(onnx::INT8, {3}, {-1, 0, 127}));
    EXPECT_EQ(int8->type, DataType::kINT8);
    EXPECT_EQ(integerAt(*int8, 0), -1);
    EXPECT_EQ(integerAt(*int8, 2), 127);
    EXPECT_EQ(realAt(*read(typed(onnx::FLOAT16, {1}, {0x3C00})), 0), 1.0);
    EXPECT_EQ(realAt(*read(typed(onnx::BFLOAT16, {1}, {0x3F80})), 0), 1.0);
    EXPECT_EQ(read(typed(onnx::UINT16, {1}, {65535}))->type, DataType::kINT32);
    EXPECT_EQ(integerAt(*read(typed(onnx::UINT16, {1}, {65535})), 0), 65535);
    EXPECT_EQ(integerAt(*read(typed(onnx::INT16, {1}, {-2})), 0), -2);
    EXPECT_EQ(read(typed(onnx::BOOL, {2}, {1, 0}))->type, DataType::kBOOL);
}

TEST(TensorReader, UnpacksTypesBelowOneByte) {
    const auto int4 = read(typed(onnx::INT4, {3}, {0x7F, 0x08}));
    EXPECT_EQ(int4->type, DataType::kINT4);
    EXPECT_EQ(integerAt(*int4, 0), -1);
    EXPECT_EQ(integerAt(*int4, 1), 7);
    EXPECT_EQ(integerAt(*int4, 2), -8);
    const auto uint4 = read(typed(onnx::UINT4, {2}, {0x1F}));
    EXPECT_EQ(uint4->type, DataType::kUINT8);
    EXPECT_EQ(integerAt(*uint4, 0), 15);
    EXPECT_EQ(integerAt(*uint4, 1), 1);
    const auto int2 = read(typed(onnx::INT2, {4}, {0b10011100}));
    EXPECT_EQ(integerAt(*int2, 0), 0);
    EXPECT_EQ(integerAt(*int2, 1), -1);
    EXPECT_EQ(integerAt(*int2, 2), 1);
    EXPECT_EQ(integerAt(*int2, 3), -2);
}

TEST(TensorReader, ConvertsDoubleAndUnsigned) {
    onnx::TensorProto t = typed(onnx::DOUBLE, {2}, {});
    t.doubleData = {0.5, -3};
    EXPECT_EQ(read(t)->type, DataType::kFLOAT);
    EXPECT_EQ(realAt(*read(t), 1), -3.0);
    onnx::TensorProto u = typed(onnx::UINT32, {1}, {});
    u.uint64Data = {4294967295U};
    EXPECT_EQ(integerAt(*read(u), 0), 4294967295);
    onnx::TensorProto big = typed(onnx::UINT64, {1}, {});
    big.uint64Data = {~uint64_t{0}};
    EXPECT_NE(reasonFor(big).find("does not fit"), std::string::npos);
}

TEST(TensorReader, CopiesRawDataOnlyWhenItIsMisaligned) {
    alignas(8) const char bytes[17] = {};
    onnx::TensorProto t = typed(onnx::FLOAT, {4}, {});
    t.rawData = std::string_view(bytes, 16);
    EXPECT_EQ(read(t)->data, static_cast<const void*>(bytes));
    t.rawData = std::string_view(bytes + 1, 16);
    EXPECT_NE(read(t)->data, static_cast<const void*>(bytes + 1));
}

TEST(TensorReader, RefusesSizesThatDoNotMatch) {
    EXPECT_NE(reasonFor(typed(onnx::INT32, {2, 2}, {1, 2, 3})).find("needs 4 values"), std::string::npos);
    onnx::TensorProto t = typed(onnx::FLOAT, {4}, {});
    t.rawData = std::string_view("12345");
    EXPECT_NE(reasonFor(t).find("needs 16 bytes for its dimensions but holds 5"), std::string::npos);
}

TEST(TensorReader, RefusesBadDimensions) {
    EXPECT_NE(reasonFor(typed(onnx::INT32, {-1}, {})).find("negative dimension -1"), std::string::npos);
    EXPECT_NE(reasonFor(typed(onnx::INT32, {1 << 30, 1 << 30}, {})).find("2^31-1"), std::string::npos);
    EXPECT_NE(reasonFor(typed(onnx::INT32, std::vector<int64_t>(9, 1), {1})).find("9 dimensions"), std::string::npos);
    EXPECT_NE(reasonFor(typed(onnx::STRING, {1}, {})).find("STRING"), std::string::npos);
    EXPECT_NE(reasonFor(typed(static_cast<onnx::ElementType>(99), {1}, {})).find("type 99"), std::string::npos);
}

TEST(TensorReader, MapsExternalData) {
    const Folder folder;
    const float values[] = {1, 2, 3, 4};
    std::ofstream(folder.path / "w.bin", std::ios::binary).write(reinterpret_cast<const char*>(values), sizeof values);
    ExternalFiles files((folder.path / "model.onnx").string());
    const auto constant = readTensor(external("w.bin", "8"), files, {});
    EXPECT_EQ(realAt(*constant, 0), 3.0);
    EXPECT_EQ(realAt(*constant, 1), 4.0);
    const auto reason = [&](const std::string& location, const std::string& offset) -> std::string {
        try {
            readTensor(external(location, offset), files, {});
        } catch (const ImportError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_NE(reason("w.bin", "12").find("has only 16 bytes"), std::string::npos);
    EXPECT_NE(reason("w.bin", "-1").find("not a number"), std::string::npos);
    EXPECT_NE(reason("missing.bin", "0").find("cannot open"), std::string::npos);
    EXPECT_NE(reason("/etc/passwd", "0").find("leads out of"), std::string::npos);
    EXPECT_NE(reason("../w.bin", "0").find("leads out of"), std::string::npos);
    EXPECT_NE(reason("a/../../w.bin", "0").find("leads out of"), std::string::npos);
    EXPECT_NE(reason(".", "0").find("not a regular file"), std::string::npos);
}

TEST(TensorReader, WritesSparseTensorsOut) {
    onnx::SparseTensorProto sparse;
    sparse.values = onnx::floats("s", {2}, {5, 7});
    sparse.indices = onnx::integers("", {2, 2}, {0, 1, 1, 2});
    sparse.dims = {2, 3};
    ExternalFiles none("");
    const auto constant = readSparseTensor(sparse, none, {});
    EXPECT_EQ(constant->count, 6);
    EXPECT_EQ(realAt(*constant, 1), 5.0);
    EXPECT_EQ(realAt(*constant, 5), 7.0);
    EXPECT_EQ(realAt(*constant, 0), 0.0);
    sparse.indices.int64Data = {0, 1, 2, 0};
    EXPECT_THROW(readSparseTensor(sparse, none, {}), ImportError);
}

}  // namespace opentrt::model
