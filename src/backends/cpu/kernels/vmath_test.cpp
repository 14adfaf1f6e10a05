// SPDX-License-Identifier: Apache-2.0
// Vector functions against the C library in double, over a sweep of the range and all special values.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/vmath_test.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/vmath-inl.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

//! Applies function `which` to `count` floats, a multiple of 16.
void applyVector(int which, const float* x, float* y, int64_t count) {
    const D d;
    for (int64_t i = 0; i < count; i += static_cast<int64_t>(hn::Lanes(d))) {
        const V v = hn::LoadU(d, x + i);
        V r = v;
        if (which == 0) r = vexp(d, v);
        if (which == 1) r = vlog(d, v);
        if (which == 2) r = vtanh(d, v);
        if (which == 3) r = vsigmoid(d, v);
        if (which == 4) r = verf(d, v);
        if (which == 5) r = vsinCos<0>(d, v);
        if (which == 6) r = vsinCos<1>(d, v);
        if (which == 7) r = vexpFlush(d, v);
        hn::StoreU(r, d, y + i);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>
#include <limits>
#include <vector>

#include "backends/cpu/kernels/test_targets.h"

namespace opentrt::cpu::kernels {
namespace {

HWY_EXPORT(applyVector);

struct Function {
    const char* name;
    double (*exact)(double);
    float low, high;
    double ulps;
};

const Function kFunctions[] = {
    {"exp", [](double x) { return std::exp(x); }, -103, 88.7f, 2},
    {"log", [](double x) { return std::log(x); }, 1e-40f, 1e38f, 2},
    {"tanh", [](double x) { return std::tanh(x); }, -12, 12, 6},
    {"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }, -86, 40, 3},
    {"erf", [](double x) { return std::erf(x); }, -5, 5, 7},
    {"sin", [](double x) { return std::sin(x); }, -12000, 12000, 2},
    {"cos", [](double x) { return std::cos(x); }, -12000, 12000, 2},
    {"exp flushed", [](double x) { return std::exp(x); }, -86, 87, 2},
};

std::vector<float> sweep(float low, float high) {
    std::vector<float> x;
    for (int i = 0; i < 40000; ++i) {
        x.push_back(low + (high - low) * static_cast<float>(i) / 40000);
        // Small magnitudes and, for positive ranges, all scales.
        const float scale = std::exp2(static_cast<float>(i % 240) - 120);
        if (scale > low && scale < high) x.push_back(scale * (1 + static_cast<float>(i) / 50000));
        if (-scale > low && -scale < high && x.size() % 3) x.push_back(-scale * (1 + static_cast<float>(i) / 50000));
    }
    while (x.size() % 16) x.push_back(1);
    return x;
}

TEST_F(OnEachTarget, VectorFunctionsAreWithinAFewUlps) {
    forEachTarget([] {
        for (int which = 0; which < 8; ++which) {
            const Function& f = kFunctions[which];
            const auto x = sweep(f.low, f.high);
            std::vector<float> y(x.size());
            HWY_DYNAMIC_DISPATCH(applyVector)(which, x.data(), y.data(), static_cast<int64_t>(x.size()));
            double worst = 0;
            float at = 0;
            for (size_t i = 0; i < x.size(); ++i) {
                if (x[i] < f.low || x[i] > f.high) continue;
                const double exact = f.exact(static_cast<double>(x[i]));
                double unit = std::ldexp(1.0, std::max(std::ilogb(exact), -126) - 23);
                // Near their zeros sine and cosine are measured against the error of the reduction.
                if (which == 5 || which == 6) unit = std::max(unit, 1e-7 * std::fabs(static_cast<double>(x[i])) * 1e-4);
                const double error = std::fabs(static_cast<double>(y[i]) - exact) / unit;
                if (error > worst) worst = error, at = x[i];
            }
            EXPECT_LE(worst, f.ulps) << f.name << " at " << at;
        }
    });
}

TEST_F(OnEachTarget, VectorFunctionsKeepSpecialValues) {
    const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> x = {inf, -inf,  nan,    0, -0.0f,  200,     -200, 1e-45f,
                                  -1,  1e30f, -1e30f, 1, 88.75f, -104.5f, 2,    3};
    forEachTarget([&] {
        for (int which = 0; which < 7; ++which) {
            std::vector<float> y(16);
            HWY_DYNAMIC_DISPATCH(applyVector)(which, x.data(), y.data(), 16);
            for (size_t i = 0; i < x.size(); ++i) {
                const double exact = kFunctions[which].exact(static_cast<double>(x[i]));
                const auto rounded = static_cast<float>(exact);
                if (std::isnan(rounded)) {
                    EXPECT_TRUE(std::isnan(y[i])) << kFunctions[which].name << " of " << x[i] << " is " << y[i];
                } else if (std::isinf(rounded)) {
                    EXPECT_EQ(y[i], rounded) << kFunctions[which].name << " of " << x[i];
                } else if (rounded == 0) {
                    EXPECT_NEAR(y[i], 0, 1e-37) << kFunctions[which].name << " of " << x[i];
                } else {
                    EXPECT_NEAR(y[i] / rounded, 1, std::fabs(rounded) < 1e-37f ? 0.3 : 1e-6)
                        << kFunctions[which].name << " of " << x[i] << " is " << y[i];
                }
            }
        }
    });
}

TEST_F(OnEachTarget, VectorFunctionsDoNotLookAtNeighbours) {
    forEachTarget([] {
        for (int which = 0; which < 8; ++which) {
            std::vector<float> x(16, 0.7f), alone(16), together(16);
            HWY_DYNAMIC_DISPATCH(applyVector)(which, x.data(), alone.data(), 16);
            for (size_t i = 1; i < 16; i += 2) x[i] = i % 4 == 1 ? 3e7f : std::numeric_limits<float>::quiet_NaN();
            HWY_DYNAMIC_DISPATCH(applyVector)(which, x.data(), together.data(), 16);
            for (size_t i = 0; i < 16; i += 2) EXPECT_EQ(together[i], alone[i]) << kFunctions[which].name;
        }
    });
}

}  // namespace
}  // namespace opentrt::cpu::kernels
#endif
