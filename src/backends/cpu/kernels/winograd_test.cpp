// SPDX-License-Identifier: Apache-2.0
// Winograd convolution against the direct sum in double: sizes that do and do not divide into tiles, channels that do
// and do not fill blocks, both layouts, both ways to share the work, every epilogue, on every instruction set.
#include "backends/cpu/kernels/winograd.h"

#include <cmath>

#include "backends/cpu/kernels/test_conv.h"
#include "backends/cpu/kernels/test_targets.h"
#include "base/parallel.h"

namespace opentrt::cpu::kernels {
namespace {

std::vector<float> run(const ConvProblem& p, int tile, ImageLayout in, ImageLayout out, WinogradConv::Split split,
                       unsigned epilogueBits) {
    const auto x = values(p.batch * p.in * p.height * p.width, 1), w = values(p.weightCount(), 2);
    const int64_t pixels = p.outHeight() * p.outWidth();
    WinogradConv c{tile,         p.batch, p.in,   p.out, p.height, p.width, p.outHeight(),
                   p.outWidth(), p.top,   p.left, in,    out,      split};
    const auto xs = inLayout(in, p.batch, p.in, p.height * p.width, x);
    std::vector<float> u(static_cast<size_t>(winogradWeightsSize(c)));
    winogradWeights(c, w.data(), u.data());
    const int threads = threadCount();
    std::vector<float> workspace(static_cast<size_t>(winogradWorkspace(c, threads)), NAN);
    EpilogueProblem e(epilogueBits, out, p.batch, p.out, pixels);
    std::vector<float> y(e.inPlace.size(), 55.0f);
    winograd(c, xs.data(), u.data(), e.epilogue, y.data(), workspace.data(), threads);

    const auto exact = convolve(p, x, w);
    const ImageStrides s = imageStrides(out, p.out, pixels);
    for (int64_t n = 0; n < p.batch; ++n)
        for (int64_t o = 0; o < p.out; ++o)
            for (int64_t q = 0; q < pixels; ++q) {
                const double want = e.apply(exact[static_cast<size_t>((n * p.out + o) * pixels + q)], n, o, q);
                const float got =
                    y[static_cast<size_t>(n * s.image + q * s.pixel + o / 16 * s.block + o % 16 * s.channel)];
                EXPECT_NEAR(got, want, 3e-5 * std::sqrt(static_cast<double>(p.in)))
                    << "channel " << o << " pixel " << q;
                if (::testing::Test::HasFailure()) return y;
            }
    return y;
}

TEST_F(OnEachTarget, WinogradEqualsTheDirectSum) {
    forEachTarget([] {
        for (int tile : {2, 4})
            for (ImageLayout layout : {ImageLayout::Nchw16c, ImageLayout::Nhwc})
                for (auto split : {WinogradConv::Split::Tiles, WinogradConv::Split::Channels})
                    for (int64_t size : {1, 3, 4, 6, 9})
                        for (int64_t channels : {1, 16, 40}) {
                            ConvProblem p{
                                .batch = 2, .in = channels, .out = 56 - channels, .height = size + 1, .width = size};
                            p.top = p.left = p.bottom = p.right = 1;
                            run(p, tile, layout, layout, split, 0);
                            if (HasFailure()) return;
                        }
    });
}

TEST_F(OnEachTarget, WinogradTakesAnyPaddingAndMixedLayouts) {
    forEachTarget([] {
        for (int64_t top : {0, 1, 2})
            for (int64_t right : {0, 2}) {
                ConvProblem p{
                    .in = 20, .out = 35, .height = 11, .width = 7, .top = top, .left = 1, .bottom = 0, .right = right};
                run(p, 4, ImageLayout::Nhwc, ImageLayout::Nchw16c, WinogradConv::Split::Auto, 0);
                run(p, 2, ImageLayout::Nchw16c, ImageLayout::Nhwc, WinogradConv::Split::Auto, 0);
            }
    });
}

TEST_F(OnEachTarget, WinogradAppliesEveryEpilogue) {
    forEachTarget([] {
        for (unsigned bits = 0; bits < 16; ++bits)
            for (ImageLayout layout : {ImageLayout::Nchw16c, ImageLayout::Nhwc}) {
                ConvProblem p{.batch = 2,
                              .in = 16,
                              .out = 39,
                              .height = 9,
                              .width = 10,
                              .top = 1,
                              .left = 1,
                              .bottom = 1,
                              .right = 1};
                run(p, 4, layout, layout, WinogradConv::Split::Auto, bits);
            }
    });
}

TEST(Winograd, IsTheSameForAnyNumberOfThreads) {
    ConvProblem p{.in = 48, .out = 70, .height = 29, .width = 30, .top = 1, .left = 1, .bottom = 1, .right = 1};
    for (auto split : {WinogradConv::Split::Tiles, WinogradConv::Split::Channels, WinogradConv::Split::Auto}) {
        setThreadCount(1);
        const auto one = run(p, 4, ImageLayout::Nchw16c, ImageLayout::Nchw16c, split, 3);
        for (int threads : kThreadCounts) {
            setThreadCount(threads);
            EXPECT_EQ(run(p, 4, ImageLayout::Nchw16c, ImageLayout::Nchw16c, split, 3), one);
        }
    }
    setThreadCount(0);
}

}  // namespace
}  // namespace opentrt::cpu::kernels
