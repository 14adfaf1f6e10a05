// SPDX-License-Identifier: Apache-2.0
// The first 64 bytes of a plan file. The first 28 are where TensorRT's own tools look: tag, zero, and four version
// bytes at offset 24.
#pragma once
#include <cstdint>

namespace opentrt {

struct FileHeader {
    uint32_t tag = 0x74727466;  //!< "ftrt"
    uint32_t zero = 0;
    uint64_t fileBytes = 0;
    uint32_t format = 5;  //!< of this file; raised when an older library could not read it
    uint32_t headerBytes = 64;
    uint8_t version[4] = {10, 16, 0, 0};  //!< of the API: major, minor, patch, build
    uint32_t vendor = 0x5452544f;         //!< "OTRT": not a plan of NVIDIA's library
    uint64_t bodyBytes = 0;               //!< FlatBuffers, right behind the header
    uint64_t weightsOffset = 0;           //!< multiple of 64
    uint64_t bodyHash = 0;
    uint64_t weightsHash = 0;
};
//! Of every weight in the file.
inline constexpr uint64_t kWeightAlignment = 64;

static_assert(sizeof(FileHeader) == 64, "the header is 64 bytes");

}  // namespace opentrt
