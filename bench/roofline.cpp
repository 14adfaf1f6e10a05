// SPDX-License-Identifier: Apache-2.0
// The two ceilings of this machine, to judge measured speeds by: multiply-adds per second in registers, and bytes per
// second of a triad over arrays that fit no cache. Each is the best of several tries, for one thread and for all.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <hwy/aligned_allocator.h>
#include <omp.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/roofline.cpp"
#include <hwy/foreach_target.h>  // compiles the part below once for every instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace opentrt::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

//! Runs `rounds` times 12 independent multiply-adds (latency 4 times 2 units, with some to spare); returns the
//! floating point operations and keeps the result alive in *sink.
double multiplyAdd(size_t rounds, float* sink) {
    const hn::ScalableTag<float> d;
    // All start differently, or the compiler would see that the twelve are one.
    auto start = [&](float v) { return hn::Set(d, v + *sink); };
    auto a0 = start(0), a1 = start(1), a2 = start(2), a3 = start(3), a4 = start(4), a5 = start(5);
    auto a6 = start(6), a7 = start(7), a8 = start(8), a9 = start(9), a10 = start(10), a11 = start(11);
    const auto m = hn::Set(d, 0.999f), c = hn::Set(d, 0.001f);
    for (size_t i = 0; i < rounds; ++i) {
        a0 = hn::MulAdd(a0, m, c), a1 = hn::MulAdd(a1, m, c), a2 = hn::MulAdd(a2, m, c);
        a3 = hn::MulAdd(a3, m, c), a4 = hn::MulAdd(a4, m, c), a5 = hn::MulAdd(a5, m, c);
        a6 = hn::MulAdd(a6, m, c), a7 = hn::MulAdd(a7, m, c), a8 = hn::MulAdd(a8, m, c);
        a9 = hn::MulAdd(a9, m, c), a10 = hn::MulAdd(a10, m, c), a11 = hn::MulAdd(a11, m, c);
    }
    a0 = hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)), hn::Add(hn::Add(a4, a5), hn::Add(a6, a7)));
    *sink = hn::GetLane(hn::Add(a0, hn::Add(hn::Add(a8, a9), hn::Add(a10, a11))));
    return 2.0 * 12 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

void triad(float* a, const float* b, const float* c, size_t count) {
    const hn::ScalableTag<float> d;
    const auto s = hn::Set(d, 3.f);
    for (size_t i = 0; i < count; i += hn::Lanes(d))
        hn::Stream(hn::MulAdd(s, hn::Load(d, c + i), hn::Load(d, b + i)), d, a + i);
}

}  // namespace opentrt::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt {
namespace {
HWY_EXPORT(multiplyAdd);
HWY_EXPORT(triad);

double bestSeconds(int tries, const std::function<void()>& work) {
    double best = 1e30;
    for (int i = 0; i < tries; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    return best;
}

double gigaflops([[maybe_unused]] int threads) {
    double operations = 0;
    const double seconds = bestSeconds(10, [&] {
        operations = 0;
#pragma omp parallel num_threads(threads) reduction(+ : operations)
        {
            float sink = 0;
            operations += HWY_DYNAMIC_DISPATCH(multiplyAdd)(10'000'000, &sink);
            volatile float keep = sink;
            static_cast<void>(keep);
        }
    });
    return operations / seconds / 1e9;
}

double gigabytes([[maybe_unused]] int threads) {
    constexpr size_t kPart = size_t{1} << 14;  // a multiple of every vector length
    const size_t parts = 2048;
    const size_t count = kPart * parts;
    auto a = hwy::AllocateAligned<float>(count), b = hwy::AllocateAligned<float>(count);
    auto c = hwy::AllocateAligned<float>(count);
    auto each = [&](const std::function<void(size_t)>& work) {
#pragma omp parallel for num_threads(threads) schedule(static)
        for (size_t p = 0; p < parts; ++p) work(p * kPart);
    };
    each([&](size_t at) {  // each thread touches its own pages first
        std::fill_n(&a[at], kPart, 0.f);
        std::fill_n(&b[at], kPart, 1.f);
        std::fill_n(&c[at], kPart, 2.f);
    });
    const double seconds = bestSeconds(8, [&] {
        each([&](size_t at) {
            HWY_DYNAMIC_DISPATCH(triad)
            (&a[at], &b[at], &c[at], kPart);
        });
    });
    return 3.0 * sizeof(float) * static_cast<double>(count) / seconds / 1e9;
}

}  // namespace
}  // namespace opentrt

int main() {
    const int all = omp_get_max_threads();
    std::printf("peak fp32: %.1f GFLOP/s on 1 thread, %.1f on %d\n", opentrt::gigaflops(1), opentrt::gigaflops(all),
                all);
    std::printf("memory triad: %.1f GB/s on 1 thread, %.1f on %d\n", opentrt::gigabytes(1), opentrt::gigabytes(all),
                all);
}
#endif
