// SPDX-License-Identifier: Apache-2.0
// Reference convolution for kernel tests: dense NCHW, sums in double, and images in any layout.
#pragma once
#include <vector>

#include "backends/cpu/kernels/conv.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/test_values.h"

namespace opentrt::cpu::kernels {

struct ConvProblem {
    int64_t batch = 1, in = 1, out = 1, height = 1, width = 1, groups = 1;
    int64_t kernelH = 3, kernelW = 3, strideH = 1, strideW = 1, dilationH = 1, dilationW = 1;
    int64_t top = 0, left = 0, bottom = 0, right = 0;

    int64_t outHeight() const { return (height + top + bottom - dilationH * (kernelH - 1) - 1) / strideH + 1; }
    int64_t outWidth() const { return (width + left + right - dilationW * (kernelW - 1) - 1) / strideW + 1; }
    int64_t weightCount() const { return out * (in / groups) * kernelH * kernelW; }
};

//! Dense [batch][out][outHeight][outWidth], without bias.
inline std::vector<double> convolve(const ConvProblem& p, const std::vector<float>& x, const std::vector<float>& w) {
    const int64_t oh = p.outHeight(), ow = p.outWidth(), icg = p.in / p.groups, ocg = p.out / p.groups;
    std::vector<double> y(static_cast<size_t>(p.batch * p.out * oh * ow));
    size_t at = 0;
    for (int64_t n = 0; n < p.batch; ++n)
        for (int64_t o = 0; o < p.out; ++o)
            for (int64_t h = 0; h < oh; ++h)
                for (int64_t v = 0; v < ow; ++v) {
                    double sum = 0;
                    for (int64_t i = 0; i < icg; ++i)
                        for (int64_t kh = 0; kh < p.kernelH; ++kh)
                            for (int64_t kw = 0; kw < p.kernelW; ++kw) {
                                const int64_t ih = h * p.strideH - p.top + kh * p.dilationH;
                                const int64_t iw = v * p.strideW - p.left + kw * p.dilationW;
                                if (ih < 0 || iw < 0 || ih >= p.height || iw >= p.width) continue;
                                const int64_t c = o / ocg * icg + i;
                                sum += static_cast<double>(
                                           x[static_cast<size_t>(((n * p.in + c) * p.height + ih) * p.width + iw)]) *
                                       static_cast<double>(
                                           w[static_cast<size_t>(((o * icg + i) * p.kernelH + kh) * p.kernelW + kw)]);
                            }
                    y[at++] = sum;
                }
    return y;
}

//! Dense NCHW numbers in another layout; channels that pad a block hold `padding`.
inline std::vector<float> inLayout(ImageLayout layout, int64_t batch, int64_t channels, int64_t pixels,
                                   const std::vector<float>& dense, float padding = 0) {
    const ImageStrides s = imageStrides(layout, channels, pixels);
    std::vector<float> result(static_cast<size_t>(batch * s.image), padding);
    for (int64_t n = 0; n < batch; ++n)
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t p = 0; p < pixels; ++p)
                result[static_cast<size_t>(n * s.image + p * s.pixel + c / 16 * s.block + c % 16 * s.channel)] =
                    dense[static_cast<size_t>((n * channels + c) * pixels + p)];
    return result;
}

//! y = max(x * v[channel], r) with r like the output: an epilogue with both kinds of operands.
inline PointwiseProgram scaleThenMax() {
    ScalarProgram p;
    p.inputs = {DType::F32, DType::F32, DType::F32};
    for (int32_t i = 0; i < 3; ++i) p.code.push_back({ScalarOp::Input, DType::F32, i});
    p.code.push_back({ScalarOp::Mul, DType::F32, 0, 1});
    p.code.push_back({ScalarOp::Max, DType::F32, 3, 2});
    p.outputs = {4};
    return PointwiseProgram(p);
}

//! Everything an epilogue can do, with the data it needs; `apply` is the reference.
struct EpilogueProblem {
    bool bias = false, residual = false, clamp = false, program = false;
    ImageLayout layout = ImageLayout::Nchw;
    int64_t channels = 0, pixels = 0;
    std::vector<float> biasValues, dense, inPlace, scales;
    PointwiseProgram compiled = scaleThenMax();
    std::vector<ConvOperand> operands;
    ConvEpilogue epilogue;

    EpilogueProblem(unsigned bits, ImageLayout layout, int64_t batch, int64_t channels, int64_t pixels)
        : bias(bits & 1),
          residual(bits & 2),
          clamp(bits & 4),
          program(bits & 8),
          layout(layout),
          channels(channels),
          pixels(pixels),
          biasValues(values(channels, 91)),
          dense(values(batch * channels * pixels, 92)),
          inPlace(inLayout(layout, batch, channels, pixels, dense)),
          scales(values(roundUpTo16(channels), 93)) {
        if (bias) epilogue.bias = biasValues.data();
        if (residual) epilogue.residual = inPlace.data();
        if (clamp) epilogue.clampLow = -0.4f, epilogue.clampHigh = 1.2f;
        operands.push_back({scales.data(), {0, 0, 16, 1}});
        operands.push_back({inPlace.data(), imageStrides(layout, channels, pixels)});
        if (program) epilogue.program = &compiled, epilogue.operands = operands;
    }
    double apply(double v, int64_t n, int64_t c, int64_t p) const {
        const double r = static_cast<double>(dense[static_cast<size_t>((n * channels + c) * pixels + p)]);
        if (bias) v += static_cast<double>(biasValues[static_cast<size_t>(c)]);
        if (residual) v += r;
        if (clamp) v = std::min(static_cast<double>(1.2f), std::max(static_cast<double>(-0.4f), v));
        if (program) v = std::max(v * static_cast<double>(scales[static_cast<size_t>(c)]), r);
        return v;
    }
};

}  // namespace opentrt::cpu::kernels
