// SPDX-License-Identifier: Apache-2.0
// Softmax, layer norm and group norm against their definitions in double.
#include "backends/cpu/kernels/norm.h"

#include <cmath>

#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/kernels/softmax.h"
#include "backends/cpu/kernels/test_conv.h"
#include "backends/cpu/kernels/test_targets.h"

namespace opentrt::cpu::kernels {
namespace {

//! Numbers as `type` stores them, and the same numbers as floats.
struct Typed {
    std::vector<char> bytes;
    std::vector<float> floats;
    Typed(DType type, std::vector<float> v) : bytes(v.size() * 4), floats(std::move(v)) {
        castArray(DType::F32, floats.data(), type, bytes.data(), static_cast<int64_t>(floats.size()));
        castArray(type, bytes.data(), DType::F32, floats.data(), static_cast<int64_t>(floats.size()));
    }
};

double tolerance(DType type) {
    return type == DType::F32 ? 3e-6 : type == DType::F16 ? 2e-3 : 2e-2;
}

TEST_F(OnEachTarget, SoftmaxOverAnyAxisWithScaleAndMask) {
    forEachTarget([] {
        for (DType type : {DType::F32, DType::F16, DType::BF16})
            for (int64_t axis : {1, 2, 5, 16, 33, 100})
                for (int64_t inner : {1, 3, 40})
                    for (int variant = 0; variant < 4; ++variant) {
                        const bool log = variant & 1, masked = (variant & 2) && inner == 1;
                        SoftmaxArgs a;
                        a.type = type;
                        a.outer[0] = 2, a.outer[1] = 3, a.outer[2] = 2;
                        a.axis = axis, a.inner = inner, a.scale = 3.5f, a.log = log;
                        const Typed x(type, values(12 * axis * inner, 1));
                        const auto mask = values(2 * 2 * axis, 2);
                        if (masked) a.mask = mask.data(), a.maskOuter[0] = 2 * axis, a.maskOuter[2] = axis;
                        std::vector<char> out(x.bytes.size());
                        a.x = x.bytes.data(), a.y = out.data();
                        softmax(a);
                        std::vector<float> y(x.floats.size());
                        castArray(type, out.data(), DType::F32, y.data(), static_cast<int64_t>(y.size()));
                        for (int64_t row = 0; row < 12; ++row)
                            for (int64_t k = 0; k < inner; ++k) {
                                std::vector<double> v;
                                for (int64_t i = 0; i < axis; ++i) {
                                    double t = 3.5 * static_cast<double>(
                                                         x.floats[static_cast<size_t>((row * axis + i) * inner + k)]);
                                    if (masked)
                                        t += static_cast<double>(
                                            mask[static_cast<size_t>(row / 6 * 2 * axis + row % 2 * axis + i)]);
                                    v.push_back(t);
                                }
                                double sum = 0;
                                for (double t : v) sum += std::exp(t);
                                for (int64_t i = 0; i < axis; ++i) {
                                    const double want = log ? v[static_cast<size_t>(i)] - std::log(sum)
                                                            : std::exp(v[static_cast<size_t>(i)]) / sum;
                                    ASSERT_NEAR(y[static_cast<size_t>((row * axis + i) * inner + k)], want,
                                                tolerance(type) * std::max(1.0, std::fabs(want)));
                                }
                            }
                    }
    });
}

TEST_F(OnEachTarget, SoftmaxGivesZeroForMaskedAndSurvivesLargeValues) {
    forEachTarget([] {
        std::vector<float> x = {1000, 1001, -HUGE_VALF, 1000, -1e30f}, y(5);
        SoftmaxArgs a;
        a.axis = 5, a.x = x.data(), a.y = y.data();
        softmax(a);
        EXPECT_NEAR(y[1], 1 / (1 + 2 * std::exp(-1.0)), 1e-6);
        EXPECT_EQ(y[2], 0);
        EXPECT_EQ(y[4], 0);
    });
}

TEST_F(OnEachTarget, LayerNormWithResidualScaleAndBias) {
    forEachTarget([] {
        for (DType type : {DType::F32, DType::F16, DType::BF16})
            for (int64_t cols : {1, 3, 16, 37, 768})
                for (int variant = 0; variant < 16; ++variant) {
                    LayerNormArgs a;
                    a.type = type, a.rows = 5, a.cols = cols;
                    a.rms = variant & 1;
                    auto raw = values(5 * cols, 1);
                    if (!a.rms && type == DType::F32)
                        for (float& v : raw) v += 100;  // a mean far from zero
                    const Typed x(type, raw), r(type, values(5 * cols, 2));
                    const auto scale = values(cols, 3), bias = values(cols, 4);
                    if (variant & 2) a.residual = r.bytes.data();
                    if (variant & 4) a.scale = scale.data();
                    if (variant & 8) a.bias = bias.data();
                    a.epsilon = 1e-3f;
                    std::vector<char> y(x.bytes.size()), sum(x.bytes.size());
                    a.x = x.bytes.data(), a.y = y.data(), a.sum = sum.data();
                    layerNorm(a);
                    std::vector<float> got(x.floats.size()), gotSum(x.floats.size());
                    castArray(type, y.data(), DType::F32, got.data(), static_cast<int64_t>(got.size()));
                    castArray(type, sum.data(), DType::F32, gotSum.data(), static_cast<int64_t>(got.size()));
                    for (int64_t row = 0; row < 5; ++row) {
                        std::vector<double> v;
                        for (int64_t c = 0; c < cols; ++c) {
                            const auto at = static_cast<size_t>(row * cols + c);
                            v.push_back(static_cast<double>(x.floats[at]) +
                                        (a.residual ? static_cast<double>(r.floats[at]) : 0.0));
                        }
                        double mean = 0, variance = 0;
                        for (double t : v) mean += t / static_cast<double>(cols);
                        if (a.rms) mean = 0;
                        for (double t : v) variance += (t - mean) * (t - mean) / static_cast<double>(cols);
                        for (int64_t c = 0; c < cols; ++c) {
                            const auto k = static_cast<size_t>(c), at = static_cast<size_t>(row * cols + c);
                            double want = (v[k] - mean) / std::sqrt(variance + 1e-3);
                            if (a.scale) want *= static_cast<double>(scale[k]);
                            if (a.bias) want += static_cast<double>(bias[k]);
                            ASSERT_NEAR(got[at], want,
                                        (type == DType::F32 ? 3e-4 : tolerance(type)) * std::max(1.0, std::fabs(want)));
                            ASSERT_NEAR(gotSum[at], v[k], tolerance(type) * std::max(1.0, std::fabs(v[k])));
                        }
                    }
                }
    });
}

TEST_F(OnEachTarget, GroupNormInEveryLayout) {
    forEachTarget([] {
        for (ImageLayout layout : {ImageLayout::Nchw, ImageLayout::Nhwc, ImageLayout::Nchw16c})
            for (int64_t channels : {4, 24, 48})
                for (int64_t groups : {int64_t{1}, int64_t{2}, channels})
                    for (int64_t spatial : {1, 35, 300})
                        for (int variant = 0; variant < 3; ++variant) {
                            GroupNormArgs a;
                            a.layout = layout, a.batch = 2, a.channels = channels, a.groups = groups,
                            a.spatial = spatial;
                            auto dense = values(2 * channels * spatial, 1);
                            for (float& v : dense) v += 3;
                            const auto x = inLayout(layout, 2, channels, spatial, dense), scale = values(channels, 2),
                                       bias = values(channels, 3);
                            std::vector<float> y(x.size()), workspace;
                            a.x = x.data(), a.y = y.data();
                            if (variant) a.scale = scale.data(), a.bias = bias.data();
                            if (variant == 1) a.clampLow = 0;
                            a.swish = variant == 2;
                            workspace.resize(static_cast<size_t>(groupNormWorkspace(a)));
                            groupNorm(a, workspace.data());
                            const ImageStrides s = imageStrides(layout, channels, spatial);
                            const int64_t perGroup = channels / groups * spatial;
                            for (int64_t g = 0; g < 2 * groups; ++g) {
                                const float* v = dense.data() + g * perGroup;
                                double mean = 0, variance = 0;
                                for (int64_t i = 0; i < perGroup; ++i)
                                    mean += static_cast<double>(v[i]) / static_cast<double>(perGroup);
                                for (int64_t i = 0; i < perGroup; ++i)
                                    variance +=
                                        std::pow(static_cast<double>(v[i]) - mean, 2) / static_cast<double>(perGroup);
                                for (int64_t i = 0; i < perGroup; ++i) {
                                    const int64_t n = g / groups, c = g % groups * (channels / groups) + i / spatial;
                                    double want = (static_cast<double>(v[i]) - mean) / std::sqrt(variance + 1e-5);
                                    if (variant)
                                        want = want * static_cast<double>(scale[static_cast<size_t>(c)]) +
                                               static_cast<double>(bias[static_cast<size_t>(c)]);
                                    if (variant == 1) want = std::max(want, 0.0);
                                    if (variant == 2) want = want / (1 + std::exp(-want));
                                    const auto at = static_cast<size_t>(n * s.image + i % spatial * s.pixel +
                                                                        c / 16 * s.block + c % 16 * s.channel);
                                    ASSERT_NEAR(y[at], want, 1e-4)
                                        << "layout " << int(layout) << " channels " << channels << " groups " << groups
                                        << " spatial " << spatial;
                                }
                            }
                        }
    });
}

}  // namespace
}  // namespace opentrt::cpu::kernels
