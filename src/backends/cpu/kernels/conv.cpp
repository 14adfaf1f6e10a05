// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/conv.h"

#include "backends/cpu/kernels/gemm.h"
#include "base/error.h"

namespace opentrt::cpu::kernels {

ImageStrides imageStrides(ImageLayout layout, int64_t channels, int64_t pixels) {
    switch (layout) {
        case ImageLayout::Nchw:
            return {channels * pixels, 1, 16 * pixels, pixels};
        case ImageLayout::Nhwc:
            return {channels * pixels, channels, 16, 1};
        case ImageLayout::Nchw16c:
            return {roundUpTo16(channels) * pixels, 16, 16 * pixels, 1};
        default:
            internalError("nChw8c cannot be addressed in blocks of 16 channels");
    }
}

void runConvProgram(const ConvEpilogue& epilogue, const ImageStrides& strides, float* y, int64_t image, int64_t pixel,
                    int64_t pixels, int64_t block, int64_t channels) {
    constexpr size_t kMaxOperands = 32;
    check(epilogue.operands.size() < kMaxOperands, "an epilogue has too many operands");
    const auto offset = [&](const ImageStrides& s) { return image * s.image + pixel * s.pixel + block * s.block; };
    PointwiseTile tiles[kMaxOperands];
    tiles[0] = {y + offset(strides), strides.pixel, strides.channel};
    for (size_t i = 0; i < epilogue.operands.size(); ++i) {
        const ConvOperand& o = epilogue.operands[i];
        const int64_t size = bitsOf(epilogue.program->inputTypes()[i + 1]) / 8;
        tiles[i + 1] = {const_cast<char*>(static_cast<const char*>(o.data)) + offset(o.strides) * size, o.strides.pixel,
                        o.strides.channel};
    }
    epilogue.program->runTile(pixels, channels, std::span(tiles, epilogue.operands.size() + 1), std::span(tiles, 1));
}

}  // namespace opentrt::cpu::kernels
