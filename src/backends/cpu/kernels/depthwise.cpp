// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/depthwise.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/kernels/depthwise_rows.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/parallel.h"

namespace opentrt::cpu::kernels {
namespace {

constexpr int64_t kMaxTaskBlocks = 16;

//! The last channels of NHWC, when they are no whole block.
void partialRows(const DepthwiseRows& r, int64_t channels) {
    const DepthwiseConv& c = *r.conv;
    for (int64_t h = r.begin; h < r.end; ++h) {
        for (int64_t w = 0; w < c.outWidth; ++w) {
            const int64_t to = (h * c.outWidth + w) * r.out.pixel;
            for (int64_t ch = 0; ch < channels; ++ch) {
                float sum = r.bias[ch];
                for (int64_t t = 0; t < c.kernelH * c.kernelW; ++t) {
                    const int64_t row = h * c.strideH - c.padTop + t / c.kernelW * c.dilationH;
                    const int64_t col = w * c.strideW - c.padLeft + t % c.kernelW * c.dilationW;
                    if (row >= 0 && row < c.height && col >= 0 && col < c.width)
                        sum += r.x[(row * c.width + col) * r.in.pixel + ch] * r.weights[t * 16 + ch];
                }
                if (r.residual) sum += r.residual[to + ch];
                r.y[to + ch] = std::min(r.high, std::max(r.low, sum));
            }
        }
    }
}

//! Whether the channels of neighbouring blocks follow each other in every operand.
bool joinsBlocks(const ConvEpilogue& epilogue) {
    return std::all_of(epilogue.operands.begin(), epilogue.operands.end(),
                       [](const ConvOperand& o) { return o.strides.block == 16 * o.strides.channel; });
}

//! Moves on by whole blocks, or by one channel.
void advance(DepthwiseRows& r, int64_t in, int64_t out, int64_t weights, int64_t bias) {
    r.x += in;
    r.y += out;
    if (r.residual) r.residual += out;
    r.weights += weights;
    r.bias += bias;
}

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
    const int64_t blocks = ceilDiv(c.channels, 16), taps = c.kernelH * c.kernelW;
    if (c.batch * blocks * c.outHeight * c.outWidth == 0) return;
    const ImageStrides in = imageStrides(c.layout, c.channels, c.height * c.width);
    const ImageStrides out = imageStrides(c.layout, c.channels, c.outHeight * c.outWidth);
    const bool planes = c.layout == ImageLayout::Nchw, nhwc = c.layout == ImageLayout::Nhwc;
    const DepthwiseRowsFunction run = planes ? depthwisePlaneRows() : depthwiseBlockRows(c);
    // Rows of a task share input rows; blocks of NHWC lie side by side.
    const int64_t taskBlocks = nhwc ? std::min(blocks, kMaxTaskBlocks) : 1;
    const int64_t rowWork = std::max<int64_t>(1, c.outWidth * taps * taskBlocks / 2);
    const int64_t rows = std::clamp<int64_t>(10000 / rowWork, std::min<int64_t>(4, c.outHeight), c.outHeight);
    const int64_t rowTasks = ceilDiv(c.outHeight, rows), blockTasks = ceilDiv(blocks, taskBlocks);
    const bool together = nhwc && joinsBlocks(epilogue);
    parallelTasks(c.batch * blockTasks * rowTasks, rows * rowWork, [&](int64_t task) {
        const int64_t n = task / rowTasks / blockTasks, block = task / rowTasks % blockTasks * taskBlocks;
        const int64_t count = std::min(taskBlocks, blocks - block), begin = task % rowTasks * rows;
        alignas(64) float bias[kMaxTaskBlocks * 16] = {};
        if (epilogue.bias) std::copy_n(epilogue.bias + block * 16, std::min(count * 16, c.channels - block * 16), bias);
        DepthwiseRows r{&c,
                        x + n * in.image + block * in.block,
                        packed + block * taps * 16,
                        bias,
                        nullptr,
                        y + n * out.image + block * out.block,
                        in,
                        out,
                        epilogue.clampLow,
                        epilogue.clampHigh,
                        begin,
                        std::min(begin + rows, c.outHeight),
                        count};
        if (epilogue.residual) r.residual = epilogue.residual + n * out.image + block * out.block;
        const int64_t channels = std::min<int64_t>(16, c.channels - (block + count - 1) * 16);  // of the last block
        if (planes) {
            for (int64_t ch = 0; ch < channels; ++ch, advance(r, in.channel, out.channel, 1, 1)) run(r);
        } else if (channels == 16 || !nhwc) {
            run(r);
        } else {
            r.blocks = count - 1;
            if (r.blocks > 0) run(r);
            advance(r, r.blocks * in.block, r.blocks * out.block, r.blocks * taps * 16, r.blocks * 16);
            partialRows(r, channels);
        }
        if (!epilogue.program) return;
        if (together) {
            runConvProgram(epilogue, out, y, n, begin * c.outWidth, (r.end - begin) * c.outWidth, block,
                           std::min(count * 16, c.channels - block * 16));
            return;
        }
        for (int64_t b = block; b < block + count; ++b)
            runConvProgram(epilogue, out, y, n, begin * c.outWidth, (r.end - begin) * c.outWidth, b,
                           nhwc || planes ? std::min<int64_t>(16, c.channels - b * 16) : 16);
    });
}

}  // namespace opentrt::cpu::kernels
