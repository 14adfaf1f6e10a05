// SPDX-License-Identifier: Apache-2.0
// Reads the numbers of a TensorProto file of an ONNX test, f32 and raw or packed. C++11, as the oldest client is.
#ifndef CLIENTS_TENSOR_FILE_H
#define CLIENTS_TENSOR_FILE_H
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace client {

inline std::string readFile(std::string const& path) {
    std::ifstream in(path.c_str(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

class Wire {
public:
    explicit Wire(std::string const& bytes) : mBytes(bytes), mAt(0) {}
    bool more() const { return mAt < mBytes.size(); }
    uint64_t number() {
        uint64_t value = 0;
        for (int shift = 0; more() && shift < 64; shift += 7) {
            uint8_t const byte = static_cast<uint8_t>(mBytes[mAt++]);
            value |= static_cast<uint64_t>(byte & 127) << shift;
            if (byte < 128) {
                break;
            }
        }
        return value;
    }
    std::string bytes(size_t count) {
        std::string const piece = mBytes.substr(mAt, count);
        mAt += count;
        return piece;
    }

private:
    std::string const& mBytes;
    size_t mAt;
};

//! Empty if the file is not there or holds something else.
inline std::vector<float> readTensor(std::string const& path) {
    std::string const file = readFile(path);
    std::vector<float> values;
    Wire wire(file);
    while (wire.more()) {
        uint64_t const key = wire.number();
        if ((key & 7) == 0) {
            wire.number();
            continue;
        }
        if ((key & 7) != 2) {
            wire.bytes((key & 7) == 5 ? 4 : 8);
            continue;
        }
        std::string const piece = wire.bytes(static_cast<size_t>(wire.number()));
        if ((key >> 3) == 4 || (key >> 3) == 9) {  // float_data, raw_data
            values.resize(piece.size() / sizeof(float));
            std::memcpy(values.data(), piece.data(), values.size() * sizeof(float));
        }
    }
    return values;
}

//! Prints the first difference beyond the tolerance.
inline bool close(std::vector<float> const& got, std::vector<float> const& expected, float tolerance) {
    if (got.size() != expected.size()) {
        std::printf("%zu values when %zu are expected\n", got.size(), expected.size());
        return false;
    }
    for (size_t i = 0; i < got.size(); ++i) {
        if (!(std::fabs(got[i] - expected[i]) <= tolerance * (1 + std::fabs(expected[i])))) {
            std::printf("value %zu is %g when %g is expected\n", i, got[i], expected[i]);
            return false;
        }
    }
    return true;
}

}  // namespace client

#endif  // CLIENTS_TENSOR_FILE_H
