// SPDX-License-Identifier: Apache-2.0
// k runs over segments of contiguous input: a kernel row of one channel in NCHW, a kernel row of all channels in NHWC,
// 16 channels of one tap in nChw16c. The offsets of the segments are the same for every output pixel; the pixels of an
// output row are the rows of the tile.
#include "backends/cpu/kernels/direct.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/gemm_tile.h"
#include "backends/cpu/kernels/parallel.h"
#include "base/error.h"

namespace opentrt::cpu::kernels {
namespace {

int64_t depthOf(const DirectConv& c) {
    const int64_t channels = c.inLayout == ImageLayout::Nchw16c ? roundUpTo16(c.inChannels) : c.inChannels;
    return channels * c.kernelH * c.kernelW;
}

//! Position along k of a weight, in the order of the segments.
int64_t depthIndex(const DirectConv& c, int64_t ic, int64_t kh, int64_t kw) {
    const int64_t tap = kh * c.kernelW + kw;
    if (c.inLayout == ImageLayout::Nchw) return ic * c.kernelH * c.kernelW + tap;
    if (c.inLayout == ImageLayout::Nhwc) return tap * c.inChannels + ic;
    return (ic / 16 * c.kernelH * c.kernelW + tap) * 16 + ic % 16;
}

}  // namespace

int64_t directWeightsSize(const DirectConv& c) {
    return packedSize(depthOf(c), c.outChannels);
}

void directWeights(const DirectConv& c, const float* weights, float* packed) {
    const int64_t depth = depthOf(c), taps = c.kernelH * c.kernelW;
    std::memset(packed, 0, static_cast<size_t>(directWeightsSize(c)) * sizeof(float));
    for (int64_t oc = 0; oc < c.outChannels; ++oc)
        for (int64_t ic = 0; ic < c.inChannels; ++ic)
            for (int64_t t = 0; t < taps; ++t)
                packed[(oc / 16 * depth + depthIndex(c, ic, t / c.kernelW, t % c.kernelW)) * 16 + oc % 16] =
                    weights[(oc * c.inChannels + ic) * taps + t];
}

DirectConvolution::DirectConvolution(const DirectConv& c) : c_(c), depth_(depthOf(c)) {
    check(c.outLayout != ImageLayout::Nchw, "direct convolution does not write NCHW");
    const int64_t below = (c.outHeight - 1) * c.strideH + (c.kernelH - 1) * c.dilationH - c.padTop + 1;
    const int64_t right = (c.outWidth - 1) * c.strideW + (c.kernelW - 1) * c.dilationW - c.padLeft + 1;
    padding_.needed = c.padTop > 0 || c.padLeft > 0 || below > c.height || right > c.width;
    padding_.height = padding_.needed ? std::max(below, c.height) + c.padTop : c.height;
    padding_.width = padding_.needed ? std::max(right, c.width) + c.padLeft : c.width;
    source_ = imageStrides(c.inLayout, c.inChannels, padding_.height * padding_.width);
    if (padding_.needed) workspace_ = c.batch * source_.image;
    cutDepth();
}

void DirectConvolution::cutDepth() {
    const int64_t row = c_.dilationH * padding_.width * source_.pixel, tap = c_.dilationW * source_.pixel;
    const bool nhwc = c_.inLayout == ImageLayout::Nhwc, nchw = c_.inLayout == ImageLayout::Nchw;
    // Without dilation the taps of a kernel row follow each other, unless blocks of channels lie between them.
    const int64_t together = c_.dilationW == 1 && (nhwc || nchw) ? c_.kernelW : 1;
    length_ = together * (nhwc ? c_.inChannels : nchw ? 1 : 16);
    const int64_t planes = nhwc ? 1 : nchw ? c_.inChannels : ceilDiv(c_.inChannels, 16);
    const int64_t plane = nchw ? source_.channel : source_.block;
    for (int64_t b = 0; b < planes; ++b)
        for (int64_t kh = 0; kh < c_.kernelH; ++kh)
            for (int64_t kw = 0; kw < c_.kernelW; kw += together) offsets_.push_back(b * plane + kh * row + kw * tap);
}

//! Copies the input into the middle of zeros.
void DirectConvolution::pad(const float* x, float* to) const {
    // Planes are channels in NCHW, blocks of 16 in nChw16c, the image in NHWC.
    const bool nchw = c_.inLayout == ImageLayout::Nchw, nhwc = c_.inLayout == ImageLayout::Nhwc;
    const int64_t planes = c_.batch * (nchw ? c_.inChannels : nhwc ? 1 : ceilDiv(c_.inChannels, 16));
    const int64_t pixel = source_.pixel, line = padding_.width * pixel;
    parallelTasks(planes, padding_.height * line / 4, [&](int64_t plane) {
        float* out = to + plane * padding_.height * line;
        const float* in = x + plane * c_.height * c_.width * pixel;
        std::fill_n(out, c_.padTop * line, 0.0f);
        for (int64_t h = 0; h < c_.height; ++h) {
            float* row = out + (c_.padTop + h) * line;
            std::fill_n(row, c_.padLeft * pixel, 0.0f);
            std::memcpy(row + c_.padLeft * pixel, in + h * c_.width * pixel, static_cast<size_t>(c_.width * pixel) * 4);
            const int64_t end = (c_.padLeft + c_.width) * pixel;
            std::fill_n(row + end, line - end, 0.0f);
        }
        const int64_t done = c_.padTop + c_.height;
        std::fill_n(out + done * line, (padding_.height - done) * line, 0.0f);
    });
}

void DirectConvolution::run(const float* x, const float* packed, const ConvEpilogue& epilogue, float* y,
                            float* workspace) const {
    if (padding_.needed) {
        pad(x, workspace);
        x = workspace;
    }
    const GemmTarget& target = gemmTarget();
    const ImageStrides out = imageStrides(c_.outLayout, c_.outChannels, c_.outHeight * c_.outWidth);
    const int64_t blocks = ceilDiv(c_.outChannels, 16), groups = ceilDiv(blocks, target.panels);
    const bool padsOut = c_.outLayout == ImageLayout::Nchw16c;
    // Weights of a task stay in L2 while it walks over its rows.
    const int64_t rowWork = c_.outWidth * depth_ * target.panels / 4;
    const int64_t wanted = ceilDiv(4 * opentrt::threadCount(), c_.batch * groups);
    const int64_t rows = std::max<int64_t>(1, ceilDiv(c_.outHeight, wanted));
    const int64_t rowTasks = ceilDiv(c_.outHeight, rows), strips = ceilDiv(c_.outWidth, target.rows);
    parallelTasks(c_.batch * groups * rowTasks, rows * rowWork, [&](int64_t task) {
        const int64_t n = task / rowTasks / groups, block = task / rowTasks % groups * target.panels;
        const int64_t panels = std::min<int64_t>(target.panels, blocks - block);
        const int64_t lastColumns = padsOut ? 16 : std::min<int64_t>(16, c_.outChannels - (block + panels - 1) * 16);
        alignas(64) float bias[4 * 16] = {};
        if (epilogue.bias)
            std::copy_n(epilogue.bias + block * 16, std::min(panels * 16, c_.outChannels - block * 16), bias);
        GemmTile t;
        t.aRow = c_.strideW * source_.pixel;
        t.length = length_;
        t.offsets = offsets_.data();
        t.b = packed + block * depth_ * 16;
        t.bPanel = depth_ * 16;
        t.k = depth_;
        t.cRow = t.startRow = out.pixel;
        t.cBlock = t.startBlock = out.block;
        t.bias = bias;
        t.low = epilogue.clampLow, t.high = epilogue.clampHigh;
        t.lastColumns = static_cast<int>(lastColumns);
        const int64_t end = std::min((task % rowTasks + 1) * rows, c_.outHeight);
        for (int64_t h = task % rowTasks * rows; h < end; ++h) {
            const float* line = x + n * source_.image + h * c_.strideH * padding_.width * source_.pixel;
            const int64_t at = n * out.image + block * out.block + h * c_.outWidth * out.pixel;
            for (int64_t s = 0; s < strips; ++s) {
                const int64_t first = c_.outWidth * s / strips, last = c_.outWidth * (s + 1) / strips;
                t.a = line + first * t.aRow;
                t.c = y + at + first * out.pixel;
                if (epilogue.residual) t.start = epilogue.residual + at + first * out.pixel;
                target.tile(static_cast<int>(last - first), static_cast<int>(panels))(t);
            }
            if (!epilogue.program) continue;
            for (int64_t b = 0; b < panels; ++b)
                runConvProgram(epilogue, out, y, n, h * c_.outWidth, c_.outWidth, block + b,
                               b + 1 == panels ? lastColumns : 16);
        }
    });
}

}  // namespace opentrt::cpu::kernels
