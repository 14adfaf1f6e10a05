// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/elements.h"

#include "base/error.h"

namespace opentrt::cuda {

Places::Places(const Dims& dims) : rank(static_cast<uint32_t>(dims.size())) {
    check(dims.size() <= kMost, "too many dimensions for a kernel");
    for (size_t d = 0; d < dims.size(); ++d) dim[d] = divisor(dims[d]);
}

std::optional<ScalePlaces> scalePlaces(const Dims& x, const Dims& scale, int64_t axis, const Dims& blockShape) {
    ScalePlaces places{Dims(x.size(), 1), Dims(x.size(), 0)};
    if (volumeOf(scale) == 1) return places;
    if (scale.size() != x.size()) {
        places.stride[axisOf(axis, x.size())] = 1;
        return places;
    }
    if (!blockShape.empty() && blockShape.size() != x.size()) return {};
    const Dims strides = stridesOf(scale);
    for (size_t d = 0; d < x.size(); ++d) {
        const int64_t block = !blockShape.empty() ? blockShape[d] : x[d] / std::max<int64_t>(scale[d], 1);
        if (block < 1 || (x[d] + block - 1) / block > scale[d]) return {};
        places.block[d] = block;
        places.stride[d] = scale[d] > 1 ? strides[d] : 0;
    }
    return places;
}

std::string whyNotPlaces(const Shape& shape) {
    return shape.size() > Places::kMost ? cat("more than ", Places::kMost, " dimensions") : std::string();
}

std::string wordLine(DType type) {
    return cat("typedef u", bitsOf(type), " W;\n");
}

int64_t product(const Dims& dims, size_t from, size_t to) {
    int64_t n = 1;
    for (size_t i = from; i < to; ++i) n *= dims[i];
    return n;
}

Table::Table(const Machine& machine, const void* data, int64_t bytes) : memory_(machine, bytes) {
    machine.upload(memory_.data(), data, bytes, nullptr);
    machine.synchronize(nullptr);  // launches go into other streams
}

}  // namespace opentrt::cuda
