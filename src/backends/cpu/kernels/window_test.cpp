// SPDX-License-Identifier: Apache-2.0
// Pooling, resize and reductions against their definitions.
#include <cmath>
#include <limits>

#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/kernels/pool.h"
#include "backends/cpu/kernels/reduce.h"
#include "backends/cpu/kernels/resize.h"
#include "backends/cpu/kernels/test_conv.h"
#include "backends/cpu/kernels/test_targets.h"
#include "base/parallel.h"

namespace opentrt::cpu::kernels {
namespace {

constexpr ImageLayout kLayouts[] = {ImageLayout::Nchw, ImageLayout::Nhwc, ImageLayout::Nchw16c};

size_t offset(const ImageStrides& s, int64_t n, int64_t c, int64_t p) {
    return static_cast<size_t>(n * s.image + p * s.pixel + c / 16 * s.block + c % 16 * s.channel);
}

double poolReference(const PoolArgs& a, const std::vector<float>& x, int64_t plane, const int64_t (&o)[3]) {
    double best = -HUGE_VAL, sum = 0, inside = 0, counted = 0;
    const PoolAxis* w = a.axes;
    for (int64_t i = 0; i < w[0].kernel; ++i)
        for (int64_t j = 0; j < w[1].kernel; ++j)
            for (int64_t k = 0; k < w[2].kernel; ++k) {
                const int64_t tap[] = {i, j, k};
                int64_t at = 0;
                bool in = true, pad = true;
                for (int d = 0; d < 3; ++d) {
                    const int64_t p = o[d] * w[d].stride - w[d].before + tap[d] * w[d].dilation;
                    in = in && p >= 0 && p < w[d].in;
                    pad = pad && p < w[d].in + w[d].after;
                    at = at * w[d].in + p;
                }
                counted += pad;
                if (!in) continue;
                const double v = static_cast<double>(x[static_cast<size_t>(plane * w[0].in * w[1].in * w[2].in + at)]);
                inside += 1, sum += v;
                best = v > best || std::isnan(v) ? v : best;
            }
    if (a.kind == PoolArgs::Kind::Max) return best;
    const double count = a.kind == PoolArgs::Kind::Average ? inside : counted;
    return count > 0 ? sum / count : 0;
}

void checkPool(PoolArgs a, const std::vector<float>& dense) {
    const int64_t in = a.axes[0].in * a.axes[1].in * a.axes[2].in, out = a.axes[0].out * a.axes[1].out * a.axes[2].out;
    for (DType type : {DType::F32, DType::F16, DType::BF16}) {
        a.type = type;
        auto x = inLayout(a.layout, a.batch, a.channels, in, dense);
        const ImageStrides s = imageStrides(a.layout, a.channels, out);
        std::vector<char> xs(x.size() * 4), ys(static_cast<size_t>(a.batch * s.image) * 4);
        castArray(DType::F32, x.data(), type, xs.data(), static_cast<int64_t>(x.size()));
        a.x = xs.data(), a.y = ys.data();
        pool(a);
        std::vector<float> y(ys.size() / 4);
        castArray(type, ys.data(), DType::F32, y.data(), static_cast<int64_t>(y.size()));
        for (int64_t plane = 0; plane < a.batch * a.channels; ++plane)
            for (int64_t p = 0; p < out; ++p) {
                const int64_t o[] = {p / (a.axes[1].out * a.axes[2].out), p / a.axes[2].out % a.axes[1].out,
                                     p % a.axes[2].out};
                const double want = poolReference(a, dense, plane, o);
                const float got = y[offset(s, plane / a.channels, plane % a.channels, p)];
                if (std::isinf(want)) {
                    ASSERT_EQ(got, want);
                } else {
                    ASSERT_NEAR(got, want, type == DType::F32 ? 1e-5 : type == DType::F16 ? 2e-3 : 2e-2);
                }
            }
    }
}

TEST_F(OnEachTarget, PoolsWindowsOfEveryKindAndLayout) {
    forEachTarget([] {
        for (ImageLayout layout : kLayouts)
            for (auto kind : {PoolArgs::Kind::Max, PoolArgs::Kind::Average, PoolArgs::Kind::AverageOfPadding})
                for (int64_t kernel : {1, 2, 3, 5})
                    for (int64_t stride : {1, 2})
                        for (int64_t dilation : {1, 2}) {
                            PoolArgs a;
                            a.kind = kind, a.layout = layout, a.batch = 2, a.channels = 19;
                            for (int d = 1; d < 3; ++d) {
                                PoolAxis& x = a.axes[d];
                                x.in = d == 1 ? 9 : 12, x.kernel = kernel, x.stride = stride, x.dilation = dilation;
                                x.before = kernel / 2, x.after = 1;
                                x.out =
                                    (x.in + x.before + x.after - dilation * (kernel - 1) - 1 + stride - 1) / stride + 1;
                            }
                            checkPool(a, values(2 * 19 * 9 * 12, 1));
                            if (HasFatalFailure()) return;
                        }
    });
}

TEST_F(OnEachTarget, PoolsVolumesAndWideRows) {
    forEachTarget([] {
        for (ImageLayout layout : kLayouts) {
            PoolArgs volume;
            volume.layout = layout, volume.channels = 5;
            for (PoolAxis& x : volume.axes) x = {5, 3, 3, 2, 1, 1, 1};
            checkPool(volume, values(5 * 125, 2));
            PoolArgs wide;
            wide.layout = layout, wide.channels = 2;
            wide.axes[2] = {3000, 1500, 3, 2, 1, 1, 1};
            checkPool(wide, values(6000, 3));
            wide.axes[2] = {3000, 2, 2000, 1000, 1, 0, 0};
            wide.kind = PoolArgs::Kind::Max;
            checkPool(wide, values(6000, 3));
        }
    });
}

TEST_F(OnEachTarget, MaximumHandsNanOn) {
    forEachTarget([] {
        for (ImageLayout layout : kLayouts)
            for (int at = 0; at < 4; ++at) {
                std::vector<float> dense = {1, 2, 3, 4};
                dense[static_cast<size_t>(at)] = NAN;
                PoolArgs a;
                a.layout = layout;
                a.axes[2] = {4, 1, 4, 1, 1, 0, 0};
                const auto x = inLayout(layout, 1, 1, 4, dense);
                std::vector<float> y(16);
                a.x = x.data(), a.y = y.data();
                pool(a);
                EXPECT_TRUE(std::isnan(y[0]));
                const int64_t dims[] = {4};
                const bool reduced[] = {true};
                ReducePlan(ReduceKind::Max, DType::F32, dims, reduced).run(dense.data(), y.data(), nullptr);
                EXPECT_TRUE(std::isnan(y[0]));
            }
    });
}

ResizeAxis randomAxis(int64_t in, int64_t out, int taps, uint32_t seed) {
    ResizeAxis a;
    a.in = in, a.out = out, a.taps = taps;
    a.weight = values(out * taps, seed);
    a.index.clear();
    if (taps == 1) a.weight.assign(a.weight.size(), 1.0f);
    for (int64_t o = 0; o < out; ++o)
        for (int t = 0; t < taps; ++t)
            a.index.push_back(static_cast<int32_t>(std::clamp<int64_t>(o * in / out + t - taps / 2, 0, in - 1)));
    return a;
}

TEST_F(OnEachTarget, ResizesWithAnyTaps) {
    forEachTarget([] {
        for (ImageLayout layout : kLayouts)
            for (DType type : {DType::F32, DType::F16, DType::BF16, DType::U8})
                for (int taps : {1, 2, 4})
                    for (int64_t width : {5, 2500}) {
                        if (type == DType::U8 && taps > 1) continue;
                        ResizeArgs a;
                        a.type = type, a.layout = layout, a.batch = 2, a.channels = width == 5 ? 35 : 1;
                        a.axes[0] = randomAxis(2, 3, taps == 4 ? 2 : taps, 1);
                        a.axes[1] = randomAxis(4, 7, taps, 2);
                        a.axes[2] = randomAxis(width, width == 5 ? 11 : 1300, taps, 3);
                        const int64_t in = 8 * width, out = 21 * a.axes[2].out;
                        auto dense = values(2 * a.channels * in, 4);
                        if (type == DType::U8)
                            for (float& v : dense) v = std::floor((v + 1) * 100);
                        const auto x = inLayout(layout, 2, a.channels, in, dense);
                        const ImageStrides s = imageStrides(layout, a.channels, out);
                        std::vector<char> xs(x.size() * 4), ys(static_cast<size_t>(2 * s.image) * 4);
                        castArray(DType::F32, x.data(), type, xs.data(), static_cast<int64_t>(x.size()));
                        a.x = xs.data(), a.y = ys.data();
                        resize(a);
                        std::vector<float> y(ys.size() / 4);
                        castArray(type, ys.data(), DType::F32, y.data(), static_cast<int64_t>(2 * s.image));
                        for (int64_t plane = 0; plane < 2 * a.channels; ++plane)
                            for (int64_t p = 0; p < out; p += width == 5 ? 1 : 97) {
                                const int64_t o[] = {p / (7 * a.axes[2].out), p / a.axes[2].out % 7, p % a.axes[2].out};
                                double want = 0;
                                for (int i = 0; i < a.axes[0].taps; ++i)
                                    for (int j = 0; j < a.axes[1].taps; ++j)
                                        for (int k = 0; k < a.axes[2].taps; ++k) {
                                            const int tap[] = {i, j, k};
                                            int64_t at = 0;
                                            double w = 1;
                                            for (int d = 0; d < 3; ++d) {
                                                const auto e = static_cast<size_t>(o[d] * a.axes[d].taps + tap[d]);
                                                at = at * a.axes[d].in + a.axes[d].index[e];
                                                w *= static_cast<double>(a.axes[d].weight[e]);
                                            }
                                            want +=
                                                w * static_cast<double>(dense[static_cast<size_t>(plane * in + at)]);
                                        }
                                ASSERT_NEAR(y[offset(s, plane / a.channels, plane % a.channels, p)], want,
                                            type == DType::F32   ? 1e-5
                                            : type == DType::F16 ? 5e-3
                                                                 : 4e-2);
                            }
                    }
    });
}

void checkReduce(const std::vector<int64_t>& dims, unsigned mask, ReduceKind kind, DType type) {
    int64_t count = 1;
    for (int64_t d : dims) count *= d;
    std::vector<float> x = values(count, 7);
    if (kind == ReduceKind::Prod)
        for (float& v : x) v = 1 + v / 50;
    std::vector<char> xs(x.size() * 4);
    castArray(DType::F32, x.data(), type, xs.data(), count);
    castArray(type, xs.data(), DType::F32, x.data(), count);
    bool reduced[8];
    int64_t outputs = 1, each = 1;
    for (size_t i = 0; i < dims.size(); ++i) {
        reduced[i] = mask >> i & 1;
        (reduced[i] ? each : outputs) *= dims[i];
    }
    const double start[] = {0, 0, 1, -HUGE_VAL, HUGE_VAL};
    std::vector<double> want(static_cast<size_t>(outputs), start[static_cast<int>(kind)]);
    for (int64_t n = 0; n < count; ++n) {
        int64_t rest = n, to = 0, step = 1;
        for (size_t i = dims.size(); i-- > 0; rest /= dims[i])
            if (!reduced[i]) to += rest % dims[i] * step, step *= dims[i];
        double& w = want[static_cast<size_t>(to)];
        const auto v = static_cast<double>(x[static_cast<size_t>(n)]);
        w = kind == ReduceKind::Prod  ? w * v
            : kind == ReduceKind::Max ? std::max(w, v)
            : kind == ReduceKind::Min ? std::min(w, v)
                                      : w + v;
    }
    const ReducePlan plan(kind, type, dims, std::span(reduced, dims.size()));
    std::vector<float> workspace(static_cast<size_t>(plan.workspace())), y(static_cast<size_t>(outputs));
    std::vector<char> ys(y.size() * 4);
    plan.run(xs.data(), ys.data(), workspace.data());
    castArray(type, ys.data(), DType::F32, y.data(), outputs);
    for (size_t i = 0; i < y.size(); ++i) {
        const double w = kind == ReduceKind::Mean ? want[i] / static_cast<double>(each) : want[i];
        const double scale =
            std::max({1.0, std::fabs(w), kind == ReduceKind::Sum ? std::sqrt(static_cast<double>(each)) : 1.0});
        ASSERT_NEAR(y[i], w,
                    scale * (type == DType::F32   ? 3e-6
                             : type == DType::F16 ? 1e-3
                                                  : 8e-3))
            << "kind " << static_cast<int>(kind) << " mask " << mask;
    }
}

TEST_F(OnEachTarget, ReducesAnyAxes) {
    const std::vector<std::vector<int64_t>> shapes = {{1},      {7},       {1000},      {3, 5},         {2, 300},
                                                      {300, 2}, {2, 3, 4}, {3, 70, 17}, {2, 3, 4, 5, 2}};
    forEachTarget([&] {
        for (const auto& dims : shapes)
            for (unsigned mask = 0; mask < 1u << dims.size(); ++mask)
                for (auto kind :
                     {ReduceKind::Sum, ReduceKind::Mean, ReduceKind::Prod, ReduceKind::Max, ReduceKind::Min})
                    for (DType type : {DType::F32, DType::F16, DType::BF16}) {
                        checkReduce(dims, mask, kind, type);
                        if (HasFatalFailure()) return;
                    }
    });
}

TEST_F(OnEachTarget, ReducesLongSumsInParts) {
    forEachTarget([] {
        checkReduce({1 << 18}, 1, ReduceKind::Sum, DType::F32);
        checkReduce({200001}, 1, ReduceKind::Mean, DType::F32);
        checkReduce({3, 50000, 2}, 2, ReduceKind::Sum, DType::F32);
        checkReduce({20, 2, 9000}, 5, ReduceKind::Max, DType::F32);
    });
}

TEST(Reduce, IsTheSameForAnyNumberOfThreads) {
    const auto x = values(1 << 18, 1);
    const int64_t dims[] = {1 << 18};
    const bool reduced[] = {true};
    const ReducePlan plan(ReduceKind::Sum, DType::F32, dims, reduced);
    std::vector<float> workspace(static_cast<size_t>(plan.workspace()));
    float one = 0, y = 0;
    setThreadCount(1);
    plan.run(x.data(), &one, workspace.data());
    for (int threads : kThreadCounts) {
        setThreadCount(threads);
        plan.run(x.data(), &y, workspace.data());
        EXPECT_EQ(y, one);
    }
    setThreadCount(0);
}

TEST_F(OnEachTarget, GlobalAverageInEveryLayout) {
    forEachTarget([] {
        for (ImageLayout layout : kLayouts)
            for (int64_t channels : {3, 16, 70})
                for (int64_t spatial : {1, 49, 1000}) {
                    const auto dense = values(2 * channels * spatial, 1),
                               x = inLayout(layout, 2, channels, spatial, dense);
                    std::vector<float> y(static_cast<size_t>(2 * roundUpTo16(channels)));
                    globalAverage(layout, 2, channels, spatial, x.data(), y.data());
                    const int64_t row = layout == ImageLayout::Nchw16c ? roundUpTo16(channels) : channels;
                    for (int64_t i = 0; i < 2 * channels; ++i) {
                        double want = 0;
                        for (int64_t p = 0; p < spatial; ++p)
                            want += static_cast<double>(dense[static_cast<size_t>(i * spatial + p)]);
                        ASSERT_NEAR(y[static_cast<size_t>(i / channels * row + i % channels)],
                                    want / static_cast<double>(spatial), 1e-6);
                    }
                }
    });
}

}  // namespace
}  // namespace opentrt::cpu::kernels
