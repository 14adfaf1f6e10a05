// SPDX-License-Identifier: Apache-2.0
// Depthwise and direct convolution against the sum in double over kernels, strides, paddings, dilations and layouts.
#include <cmath>

#include "backends/cpu/kernels/depthwise.h"
#include "backends/cpu/kernels/direct.h"
#include "backends/cpu/kernels/test_conv.h"
#include "backends/cpu/kernels/test_targets.h"

namespace opentrt::cpu::kernels {
namespace {

void compare(const ConvProblem& p, ImageLayout out, const std::vector<float>& x, const std::vector<float>& w,
             const EpilogueProblem& e, const std::vector<float>& y) {
    const auto exact = convolve(p, x, w);
    const int64_t pixels = p.outHeight() * p.outWidth();
    const ImageStrides s = imageStrides(out, p.out, pixels);
    for (int64_t n = 0; n < p.batch; ++n)
        for (int64_t o = 0; o < p.out; ++o)
            for (int64_t q = 0; q < pixels; ++q) {
                const double want = e.apply(exact[static_cast<size_t>((n * p.out + o) * pixels + q)], n, o, q);
                const float got =
                    y[static_cast<size_t>(n * s.image + q * s.pixel + o / 16 * s.block + o % 16 * s.channel)];
                ASSERT_NEAR(got, want, 1e-5 * std::sqrt(static_cast<double>(p.weightCount() / p.out)))
                    << "channel " << o << " pixel " << q << " of " << p.outHeight() << "x" << p.outWidth() << " kernel "
                    << p.kernelW << " stride " << p.strideW << " layout " << static_cast<int>(out);
            }
}

void runDepthwise(const ConvProblem& p, ImageLayout layout, unsigned epilogueBits) {
    const auto x = values(p.batch * p.in * p.height * p.width, 1), w = values(p.weightCount(), 2);
    const DepthwiseConv c{p.batch,      p.in,        p.height,  p.width,   p.outHeight(),
                          p.outWidth(), p.kernelH,   p.kernelW, p.strideH, p.strideW,
                          p.dilationH,  p.dilationW, p.top,     p.left,    layout};
    const auto xs = inLayout(layout, p.batch, p.in, p.height * p.width, x);
    std::vector<float> packed(static_cast<size_t>(depthwiseWeightsSize(c)));
    depthwiseWeights(c, w.data(), packed.data());
    EpilogueProblem e(epilogueBits, layout, p.batch, p.out, p.outHeight() * p.outWidth());
    std::vector<float> y(e.inPlace.size(), 55.0f);
    depthwise(c, xs.data(), packed.data(), e.epilogue, y.data());
    compare(p, layout, x, w, e, y);
}

void runDirect(const ConvProblem& p, ImageLayout in, ImageLayout out, unsigned epilogueBits) {
    const auto x = values(p.batch * p.in * p.height * p.width, 1), w = values(p.weightCount(), 2);
    const DirectConv c{p.batch,      p.in,      p.out,     p.height,  p.width,   p.outHeight(),
                       p.outWidth(), p.kernelH, p.kernelW, p.strideH, p.strideW, p.dilationH,
                       p.dilationW,  p.top,     p.left,    in,        out};
    const auto xs = inLayout(in, p.batch, p.in, p.height * p.width, x);
    const DirectConvolution kernel(c);
    std::vector<float> packed(static_cast<size_t>(directWeightsSize(c))),
        workspace(static_cast<size_t>(kernel.workspace()), NAN);
    directWeights(c, w.data(), packed.data());
    EpilogueProblem e(epilogueBits, out, p.batch, p.out, p.outHeight() * p.outWidth());
    std::vector<float> y(e.inPlace.size(), 55.0f);
    kernel.run(xs.data(), packed.data(), e.epilogue, y.data(), workspace.data());
    compare(p, out, x, w, e, y);
}

//! Kernel sizes, strides, paddings and dilations worth crossing with everything else.
std::vector<ConvProblem> problems() {
    std::vector<ConvProblem> result;
    for (int64_t kernel : {1, 3, 5, 7})
        for (int64_t stride : {1, 2, 3})
            for (int64_t dilation : {1, 2})
                for (int64_t pad : {int64_t{0}, kernel / 2}) {
                    ConvProblem p{.height = 16, .width = 13};
                    p.kernelH = p.kernelW = kernel;
                    p.strideH = p.strideW = stride;
                    p.dilationH = p.dilationW = dilation;
                    p.top = p.left = p.bottom = p.right = pad;
                    if (p.outHeight() > 0 && p.outWidth() > 0) result.push_back(p);
                }
    ConvProblem odd{.height = 4,
                    .width = 30,
                    .kernelH = 2,
                    .kernelW = 3,
                    .strideH = 2,
                    .strideW = 1,
                    .dilationH = 1,
                    .dilationW = 3,
                    .top = 3,
                    .left = 0,
                    .bottom = 1,
                    .right = 5};
    result.push_back(odd);
    ConvProblem outside{
        .height = 2, .width = 2, .kernelH = 3, .kernelW = 3, .top = 4, .left = 4, .bottom = 4, .right = 4};
    result.push_back(outside);
    return result;
}

TEST_F(OnEachTarget, DepthwiseEqualsTheSum) {
    forEachTarget([] {
        for (ConvProblem p : problems())
            for (int64_t channels : {1, 16, 37})
                for (ImageLayout layout : {ImageLayout::Nchw16c, ImageLayout::Nhwc, ImageLayout::Nchw}) {
                    p.in = p.out = p.groups = channels;
                    p.batch = channels == 16 ? 2 : 1;
                    runDepthwise(p, layout, channels == 16 ? 1 : 0);
                    if (HasFatalFailure()) return;
                }
    });
}

TEST_F(OnEachTarget, DepthwiseAppliesEveryEpilogue) {
    forEachTarget([] {
        for (unsigned bits = 0; bits < 16; ++bits)
            for (ImageLayout layout : {ImageLayout::Nchw16c, ImageLayout::Nhwc, ImageLayout::Nchw}) {
                ConvProblem p{.batch = 2,
                              .in = 20,
                              .out = 20,
                              .height = 9,
                              .width = 40,
                              .groups = 20,
                              .top = 1,
                              .left = 1,
                              .bottom = 1,
                              .right = 1};
                runDepthwise(p, layout, bits);
                if (HasFatalFailure()) return;
            }
    });
}

TEST_F(OnEachTarget, DirectConvolutionEqualsTheSum) {
    forEachTarget([] {
        for (ConvProblem p : problems())
            for (ImageLayout in : {ImageLayout::Nchw16c, ImageLayout::Nhwc, ImageLayout::Nchw})
                for (ImageLayout out : {ImageLayout::Nchw16c, ImageLayout::Nhwc})
                    for (int64_t channels : {3, 20}) {
                        p.in = channels, p.out = channels == 3 ? 50 : 17;
                        p.batch = channels == 3 ? 2 : 1;
                        runDirect(p, in, out, channels == 3 ? 1 : 0);
                        if (HasFatalFailure()) return;
                    }
    });
}

TEST_F(OnEachTarget, DirectConvolutionAppliesEveryEpilogue) {
    forEachTarget([] {
        for (unsigned bits = 0; bits < 16; ++bits)
            for (ImageLayout out : {ImageLayout::Nchw16c, ImageLayout::Nhwc}) {
                ConvProblem p{.batch = 2,
                              .in = 3,
                              .out = 36,
                              .height = 20,
                              .width = 21,
                              .strideH = 2,
                              .strideW = 2,
                              .top = 1,
                              .left = 1,
                              .bottom = 1,
                              .right = 1};
                runDirect(p, ImageLayout::Nchw, out, bits);
                if (HasFatalFailure()) return;
            }
    });
}

}  // namespace
}  // namespace opentrt::cpu::kernels
