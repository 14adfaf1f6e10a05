// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/layouts.h"

#include <algorithm>

#include "backends/cpu/kernels/reformat.h"
#include "base/error.h"

namespace opentrt::cpu {

namespace {

int64_t blockOf(Format format) {
    return format == Format::Chw16 ? 16 : format == Format::Chw8 ? 8 : 1;
}

}  // namespace

std::vector<int64_t> memoryDims(Format format, const std::vector<int64_t>& dims) {
    if (format == Format::Linear) return dims;
    std::vector<int64_t> result{dims[0]};
    if (format == Format::Nhwc) {
        result.insert(result.end(), dims.begin() + 2, dims.end());
        result.push_back(dims[1]);
        return result;
    }
    const int64_t block = blockOf(format);
    result.push_back((dims[1] + block - 1) / block);
    result.insert(result.end(), dims.begin() + 2, dims.end());
    result.push_back(dims[1] == 1 ? 1 : block);
    return result;
}

std::vector<int64_t> broadcastStrides(Format format, const std::vector<int64_t>& operand) {
    const std::vector<int64_t> dims = memoryDims(format, operand);
    // A tensor with one channel still takes a whole block in memory.
    const bool oneInBlock = blockOf(format) > 1 && operand[1] == 1;
    std::vector<int64_t> strides = stridesOf(dims);
    for (size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] == 1) {
            strides[i] = 0;
        } else if (oneInBlock) {
            strides[i] *= blockOf(format);
        }
    }
    return strides;
}

kernels::ImageLayout layoutOf(Format format) {
    switch (format) {
        case Format::Nhwc:
            return kernels::ImageLayout::Nhwc;
        case Format::Chw8:
            return kernels::ImageLayout::Nchw8c;
        case Format::Chw16:
            return kernels::ImageLayout::Nchw16c;
        case Format::Linear:
            break;
    }
    return kernels::ImageLayout::Nchw;
}

int64_t spatialOf(const std::vector<int64_t>& dims) {
    return dims.size() < 3 ? 1 : volumeOf({dims.begin() + 2, dims.end()});
}

Tensor reformatConstant(const Tensor& tensor, Format format) {
    if (format == Format::Linear) return tensor;
    const auto& dims = tensor.dims();
    Tensor result(DType::U8, {bytesIn(format, tensor.type(), dims)});
    kernels::reformat(bitsOf(tensor.type()) / 8, dims[0], dims[1], spatialOf(dims), kernels::ImageLayout::Nchw,
                      tensor.data(), layoutOf(format), result.mutableData());
    return result;
}

std::vector<Format> formatsFor(const Shape& shape) {
    std::vector<Format> formats{Format::Linear};
    if (shape.size() < 3 || shape.size() > 5 || !shape[1].isConstant()) return formats;
    formats.push_back(Format::Nhwc);
    if (shape[1].constant() % 8 == 0) formats.push_back(Format::Chw8);
    if (shape[1].constant() % 16 == 0) formats.push_back(Format::Chw16);
    return formats;
}

std::vector<Format> kernelFormats(const Shape& shape) {
    std::vector<Format> formats = formatsFor(shape);
    formats.erase(std::remove(formats.begin(), formats.end(), Format::Chw8), formats.end());
    return formats;
}

}  // namespace opentrt::cpu
