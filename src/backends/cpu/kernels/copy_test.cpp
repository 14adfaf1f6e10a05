// SPDX-License-Identifier: Apache-2.0
// Copies against index arithmetic, element by element: all permutations of small shapes, slices, reversals, broadcasts,
// layouts with padded channels, conversions of every pair of types.
#include "backends/cpu/kernels/copy.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "backends/cpu/kernels/convert.h"
#include "backends/cpu/kernels/reformat.h"
#include "backends/cpu/kernels/test_targets.h"
#include "base/cat.h"

namespace opentrt::cpu::kernels {
namespace {

std::vector<uint8_t> bytesOf(int64_t count) {
    std::vector<uint8_t> bytes(static_cast<size_t>(count));
    uint32_t state = 7;
    for (uint8_t& b : bytes) state = state * 1664525u + 1013904223u, b = static_cast<uint8_t>(state >> 24);
    return bytes;
}

//! Copies with the plan and one by one; `srcOffset` elements lie before the first.
void checkCopy(int64_t size, const std::vector<int64_t>& dims, const std::vector<int64_t>& src,
               const std::vector<int64_t>& dst, int64_t srcCount, int64_t srcOffset, int64_t dstCount) {
    const auto from = bytesOf(srcCount * size);
    std::vector<uint8_t> got(static_cast<size_t>(dstCount * size), 0xee), want = got;
    CopyPlan(size, dims, src, dst).run(from.data() + srcOffset * size, got.data());
    const int64_t total = std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>());
    for (int64_t n = 0; n < total; ++n) {
        int64_t rest = n, a = srcOffset, b = 0;
        for (size_t i = dims.size(); i-- > 0; rest /= dims[i])
            a += rest % dims[i] * src[i], b += rest % dims[i] * dst[i];
        std::memcpy(want.data() + b * size, from.data() + a * size, static_cast<size_t>(size));
    }
    EXPECT_EQ(got, want);
}

TEST_F(OnEachTarget, TransposesByEveryPermutation) {
    const std::vector<std::vector<int64_t>> shapes = {{5},       {3, 4},      {17, 33},  {64, 100},    {130, 70},
                                                      {2, 3, 4}, {4, 20, 19}, {1, 7, 1}, {2, 3, 4, 5}, {3, 16, 2, 18}};
    forEachTarget([&] {
        for (const auto& shape : shapes) {
            std::vector<int32_t> perm(shape.size());
            std::iota(perm.begin(), perm.end(), 0);
            do {
                for (int64_t size : {1, 2, 4, 8}) {
                    const int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
                    const auto from = bytesOf(count * size);
                    std::vector<uint8_t> got(from.size()), want(from.size());
                    transposePlan(size, shape, perm).run(from.data(), got.data());
                    for (int64_t n = 0; n < count; ++n) {
                        std::vector<int64_t> index(shape.size());
                        int64_t rest = n, to = 0;
                        for (size_t i = shape.size(); i-- > 0; rest /= shape[i]) index[i] = rest % shape[i];
                        for (size_t i = 0; i < shape.size(); ++i) {
                            const auto p = static_cast<size_t>(perm[i]);
                            to = to * shape[p] + index[p];
                        }
                        std::memcpy(want.data() + to * size, from.data() + n * size, static_cast<size_t>(size));
                    }
                    ASSERT_EQ(got, want) << "size " << size << " rank " << shape.size();
                }
            } while (std::next_permutation(perm.begin(), perm.end()));
        }
    });
}

TEST_F(OnEachTarget, CopiesSlicesReversalsAndBroadcasts) {
    forEachTarget([] {
        for (int64_t size : {1, 2, 4, 8}) {
            checkCopy(size, {3, 5, 7}, {100, 10, 1}, {35, 7, 1}, 400, 0, 105);  // slice
            checkCopy(size, {3, 5, 7}, {35, 7, 1}, {100, 10, 1}, 105, 0, 400);  // into a larger tensor
            checkCopy(size, {3, 5, 7}, {35, 7, -1}, {35, 7, 1}, 105, 6, 105);   // reversed
            checkCopy(size, {3, 5, 7}, {35, -7, 2}, {35, 7, 1}, 200, 28, 105);  // steps
            checkCopy(size, {3, 5, 7}, {0, 1, 0}, {35, 7, 1}, 5, 0, 105);       // expansions
            checkCopy(size, {3, 5, 7}, {1, 0, 3}, {35, 7, 1}, 40, 0, 105);
            checkCopy(size, {4, 6, 2}, {30, 4, 1}, {12, 2, 1}, 200, 0, 48);  // runs of two elements
            checkCopy(size, {6, 4, 2}, {2, 12, 1}, {8, 2, 1}, 60, 0, 48);
            checkCopy(size, {4, 6, 2}, {30, 4, 1}, {12, 2, 1}, 201, 1, 48);  // the same from an address between them
            checkCopy(size, {6, 4, 2}, {2, 12, 1}, {8, 2, 1}, 61, 1, 48);
            checkCopy(size, {6, 4, 2}, {2, 0, 1}, {8, 2, 1}, 61, 1, 48);
            checkCopy(size, {1, 1}, {5, 5}, {1, 1}, 1, 0, 1);
            checkCopy(size, {40000}, {1}, {1}, 40000, 0, 40000);
            checkCopy(size, {2, 30000}, {0, 1}, {30000, 1}, 30000, 0, 60000);
            checkCopy(size, {0, 4}, {4, 1}, {4, 1}, 4, 0, 4);
        }
    });
}

TEST(Copy, GathersRowsAndZeroesWhatIsOutOfRange) {
    const std::vector<float> src = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};  // [2][3][2]
    const int32_t indices[] = {2, 0, -1, 5};
    std::vector<float> dst(16, -1);
    gatherRows(2, 3, 8, src.data(), DType::I32, indices, 4, dst.data());
    EXPECT_EQ(dst, (std::vector<float>{4, 5, 0, 1, 4, 5, 0, 0, 10, 11, 6, 7, 10, 11, 0, 0}));
    const int64_t wide[] = {1};
    gatherRows(1, 12, 4, src.data(), DType::I64, wide, 1, dst.data());
    EXPECT_EQ(dst[0], 1);
}

TEST(Copy, FillsWithAPattern) {
    std::vector<float> data(100000);
    const float value = 2.5f;
    fill(data.data(), 99999, 4, &value);
    EXPECT_EQ(std::count(data.begin(), data.end(), 2.5f), 99999);
}

TEST_F(OnEachTarget, ReformatsBetweenAllLayouts) {
    const ImageLayout layouts[] = {ImageLayout::Nchw, ImageLayout::Nhwc, ImageLayout::Nchw8c, ImageLayout::Nchw16c};
    const auto at = [](ImageLayout layout, int64_t channels, int64_t spatial, int64_t n, int64_t c, int64_t p) {
        const int64_t block = layout == ImageLayout::Nchw     ? 1
                              : layout == ImageLayout::Nhwc   ? channels
                              : layout == ImageLayout::Nchw8c ? 8
                                                              : 16;
        const int64_t blocks = (channels + block - 1) / block;
        return ((n * blocks + c / block) * spatial + p) * block + c % block;
    };
    forEachTarget([&] {
        for (int64_t channels : {1, 3, 8, 12, 16, 24, 28, 40})
            for (int64_t spatial : {1, 6, 49, 1500})
                for (ImageLayout from : layouts)
                    for (ImageLayout to : layouts) {
                        const int64_t batch = 2, srcCount = imageElements(from, batch, channels, spatial);
                        const int64_t dstCount = imageElements(to, batch, channels, spatial);
                        std::vector<float> src(static_cast<size_t>(srcCount), 0),
                            got(static_cast<size_t>(dstCount), -1), want(got.size(), 0);
                        for (int64_t n = 0; n < batch; ++n)
                            for (int64_t c = 0; c < channels; ++c)
                                for (int64_t p = 0; p < spatial; ++p) {
                                    const auto v = static_cast<float>((n * channels + c) * spatial + p + 1);
                                    src[static_cast<size_t>(at(from, channels, spatial, n, c, p))] = v;
                                    want[static_cast<size_t>(at(to, channels, spatial, n, c, p))] = v;
                                }
                        reformat(4, batch, channels, spatial, from, src.data(), to, got.data());
                        ASSERT_EQ(got, want)
                            << channels << " channels, " << spatial << " pixels, " << int(from) << " to " << int(to);
                    }
    });
}

TEST_F(OnEachTarget, CastsBetweenAllTypesIncludingPackedOnes) {
    forEachTarget([] {
        for (int from = 0; from < kDTypeCount; ++from)
            for (int to = 0; to < kDTypeCount; ++to) {
                const auto a = static_cast<DType>(from), b = static_cast<DType>(to);
                constexpr int64_t kCount = 301;
                std::vector<Scalar> x(kCount), y(kCount);
                for (int64_t i = 0; i < kCount; ++i) {
                    const double v = roundTo(a, static_cast<double>(i % 61) * 0.5 - 10);
                    x[static_cast<size_t>(i)] = {v, static_cast<int64_t>(std::isnan(v) ? 0 : v)};
                }
                std::vector<char> src(static_cast<size_t>(bytesFor(a, kCount))),
                    dst(static_cast<size_t>(bytesFor(b, kCount)));
                storeScalars(a, x.data(), kCount, src.data());
                loadScalars(a, src.data(), kCount, x.data());
                CastKernel(a, b).run(src.data(), dst.data(), kCount);
                loadScalars(b, dst.data(), kCount, y.data());
                for (size_t i = 0; i < kCount; ++i) {
                    const Scalar want = a == b ? x[i] : apply({ScalarOp::Cast, b, 0}, a, x[i], {}, {});
                    if (isFloat(b)) {
                        ASSERT_TRUE(y[i].f == want.f || (std::isnan(y[i].f) && std::isnan(want.f)))
                            << name(a) << " " << x[i].f << " to " << name(b) << " " << y[i].f << " not " << want.f;
                    } else {
                        ASSERT_EQ(y[i].i, want.i) << name(a) << " to " << name(b);
                    }
                }
            }
    });
}

}  // namespace
}  // namespace opentrt::cpu::kernels
