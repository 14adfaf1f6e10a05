// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "backends/backend.h"
#include "base/error.h"

namespace opentrt {

namespace {

constexpr const char* kNames[kFormatCount] = {"linear", "nhwc", "chw8", "chw16"};

int64_t blockOf(Format format) {
    return format == Format::Chw8 ? 8 : format == Format::Chw16 ? 16 : 1;
}

}  // namespace

const char* name(Format format) {
    return kNames[static_cast<size_t>(format)];
}

std::optional<Format> formatFromName(std::string_view text) {
    for (int f = 0; f < kFormatCount; ++f) {
        if (text == kNames[f]) return static_cast<Format>(f);
    }
    return std::nullopt;
}

bool liesAlike(Format a, Format b, const Shape& shape) {
    if (a == b) return true;
    if (blockOf(a) != 1 || blockOf(b) != 1 || shape.size() < 3) return false;
    const Dim one(1);
    return shape[1] == one || std::all_of(shape.begin() + 2, shape.end(), [&](const Dim& d) { return d == one; });
}

int64_t bytesIn(Format format, DType type, const std::vector<int64_t>& dims) {
    if (std::find(dims.begin(), dims.end(), 0) != dims.end()) return 0;
    int64_t count = 1;
    for (size_t i = 0; i < dims.size(); ++i) {
        const int64_t block = i == 1 ? blockOf(format) : 1;
        int64_t padded = 0;
        if (!__builtin_add_overflow(dims[i], block - 1, &padded) &&
            !__builtin_mul_overflow(count, padded / block * block, &count)) {
            continue;
        }
        throw Error(ErrorCode::InvalidArgument, "", cat("a tensor of the shape ", dims, " is too large"));
    }
    return bytesFor(type, count);
}

Dim bytesIn(Format format, DType type, const Shape& shape) {
    Dim count = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
        const int64_t block = i == 1 ? blockOf(format) : 1;
        count = count * (block == 1 ? shape[i] : Dim::ceilDiv(shape[i], block) * block);
    }
    return Dim::ceilDiv(count * bitsOf(type), 8);
}

}  // namespace opentrt
