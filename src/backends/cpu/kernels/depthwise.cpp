// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/depthwise.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/kernels/depthwise_row.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/parallel.h"

namespace opentrt::cpu::kernels {
namespace {

class Runner {
public:
    Runner(const DepthwiseConv& conv, const float* x, const float* packed, const ConvEpilogue& epilogue, float* y)
        : c_(conv),
          x_(x),
          packed_(packed),
          epilogue_(epilogue),
          y_(y),
          in_(imageStrides(conv.layout, conv.channels, conv.height * conv.width)),
          out_(imageStrides(conv.layout, conv.channels, conv.outHeight * conv.outWidth)),
          planes_(conv.layout == ImageLayout::Nchw),
          row_(planes_ ? depthwisePlaneRow() : depthwiseBlockRow(conv.kernelW, conv.strideW, conv.dilationW)) {}

    //! One output row of a block of 16 channels.
    void blockRow(int64_t n, int64_t block, int64_t h) const {
        const int64_t first = block * 16, channels = std::min<int64_t>(16, c_.channels - first);
        const bool padded = c_.layout == ImageLayout::Nchw16c;
        alignas(64) float bias[16] = {};
        if (epilogue_.bias) std::copy_n(epilogue_.bias + first, channels, bias);
        DepthwiseRow r = row(h);
        const int64_t xAt = n * in_.image + block * in_.block, yAt = n * out_.image + block * out_.block;
        r.x = x_ + xAt + firstRow(h) * c_.width * in_.pixel;
        r.weights += block * c_.kernelH * c_.kernelW * 16;
        r.bias = bias;
        const int64_t offset = yAt + h * c_.outWidth * out_.pixel;
        r.y = y_ + offset;
        if (epilogue_.residual) r.residual = epilogue_.residual + offset;
        if (planes_) {
            for (int64_t c = 0; c < channels; ++c, r.x += in_.channel, r.y += out_.channel, ++r.weights, ++r.bias) {
                row_(r);
                if (r.residual) r.residual += out_.channel;
            }
        } else if (channels == 16 || padded) {
            row_(r);
        } else {
            partialRow(r, channels);
        }
        if (epilogue_.program)
            runConvProgram(epilogue_, out_, y_, n, h * c_.outWidth, c_.outWidth, block, padded ? 16 : channels);
    }

private:
    //! Kernel rows [from, to) of output row h lie inside the image.
    int64_t firstKernelRow(int64_t h) const {
        const int64_t top = h * c_.strideH - c_.padTop;
        return top >= 0 ? 0 : std::min(c_.kernelH, ceilDiv(-top, c_.dilationH));
    }
    int64_t endKernelRow(int64_t h) const {
        const int64_t below = c_.height - (h * c_.strideH - c_.padTop);
        return below <= 0 ? 0 : std::min(c_.kernelH, ceilDiv(below, c_.dilationH));
    }
    int64_t firstRow(int64_t h) const { return h * c_.strideH - c_.padTop + firstKernelRow(h) * c_.dilationH; }

    DepthwiseRow row(int64_t h) const {
        DepthwiseRow r{};
        r.xRow = c_.dilationH * c_.width * in_.pixel;
        r.xPixel = in_.pixel;
        r.weights = packed_ + firstKernelRow(h) * c_.kernelW * 16;
        r.kernelRows = std::max<int64_t>(0, endKernelRow(h) - firstKernelRow(h));
        r.kernelW = c_.kernelW, r.strideW = c_.strideW, r.dilationW = c_.dilationW, r.padLeft = c_.padLeft;
        r.width = c_.width, r.outWidth = c_.outWidth;
        r.low = epilogue_.clampLow, r.high = epilogue_.clampHigh;
        r.yPixel = out_.pixel;
        return r;
    }

    //! The last channels of NHWC, when they are no whole block: pixel by pixel through whole blocks on the stack.
    void partialRow(DepthwiseRow r, int64_t channels) const {
        const float low = r.low, high = r.high;
        for (int64_t w = 0; w < c_.outWidth; ++w) {
            for (int64_t c = 0; c < channels; ++c) {
                float sum = r.bias[c];
                for (int64_t k = 0; k < r.kernelRows; ++k) {
                    for (int64_t kw = 0; kw < c_.kernelW; ++kw) {
                        const int64_t at = w * c_.strideW - c_.padLeft + kw * c_.dilationW;
                        if (at >= 0 && at < c_.width)
                            sum += r.x[k * r.xRow + at * r.xPixel + c] * r.weights[(k * c_.kernelW + kw) * 16 + c];
                    }
                }
                if (r.residual) sum += r.residual[w * r.yPixel + c];
                r.y[w * r.yPixel + c] = std::min(high, std::max(low, sum));
            }
        }
    }

    const DepthwiseConv& c_;
    const float* x_;
    const float* packed_;
    const ConvEpilogue& epilogue_;
    float* y_;
    ImageStrides in_, out_;
    bool planes_;
    DepthwiseRowFunction row_;
};

}  // namespace

int64_t depthwiseWeightsSize(const DepthwiseConv& c) {
    return roundUpTo16(c.channels) * c.kernelH * c.kernelW;
}

void depthwiseWeights(const DepthwiseConv& c, const float* weights, float* packed) {
    const int64_t taps = c.kernelH * c.kernelW;
    std::memset(packed, 0, static_cast<size_t>(depthwiseWeightsSize(c)) * sizeof(float));
    for (int64_t ch = 0; ch < c.channels; ++ch)
        for (int64_t k = 0; k < taps; ++k) packed[(ch / 16 * taps + k) * 16 + ch % 16] = weights[ch * taps + k];
}

void depthwise(const DepthwiseConv& c, const float* x, const float* packed, const ConvEpilogue& epilogue, float* y) {
    const int64_t blocks = ceilDiv(c.channels, 16);
    if (c.batch * blocks * c.outHeight * c.outWidth == 0) return;
    const Runner runner(c, x, packed, epilogue, y);
    // Rows of a task share input rows. In NHWC the blocks of a row lie side by side and go in that order.
    const int64_t rowWork = c.outWidth * c.kernelH * c.kernelW / 2;
    const int64_t rows =
        std::clamp<int64_t>(8000 / std::max<int64_t>(rowWork, 1), std::min<int64_t>(4, c.outHeight), c.outHeight);
    const int64_t rowTasks = ceilDiv(c.outHeight, rows);
    const bool nhwc = c.layout == ImageLayout::Nhwc;
    const int64_t blockTasks = nhwc ? 1 : blocks, taskBlocks = nhwc ? blocks : 1;
    parallelTasks(c.batch * blockTasks * rowTasks, rows * rowWork * taskBlocks, [&](int64_t task) {
        const int64_t n = task / rowTasks / blockTasks, block = task / rowTasks % blockTasks,
                      h = task % rowTasks * rows;
        for (int64_t row = h; row < std::min(h + rows, c.outHeight); ++row)
            for (int64_t b = 0; b < taskBlocks; ++b) runner.blockRow(n, block + b, row);
    });
}

}  // namespace opentrt::cpu::kernels
