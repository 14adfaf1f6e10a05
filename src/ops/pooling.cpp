// SPDX-License-Identifier: Apache-2.0
#include "ops/pooling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/taps.h"

namespace opentrt::ops {
namespace {

constexpr std::array kNarrowToo{DType::F32, DType::F16, DType::BF16, DType::I8, DType::U8};

//! Positions of the window at `small` that lie in the data or its padding.
double paddedCount(const WindowParams& p, const TapGeometry& g, const std::vector<int64_t>& post,
                   const std::vector<int64_t>& small) {
    double count = 1;
    for (size_t i = 0; i < small.size(); ++i) {
        int64_t inside = 0;
        for (int64_t tap = 0; tap < g.window[i]; ++tap)
            inside += small[i] * p.strideAt(i) - g.pre[i] + tap * p.dilationAt(i) < g.big[i] + post[i];
        count *= static_cast<double>(inside);
    }
    return count;
}

}  // namespace

void Pooling::infer(InferContext& c) const {
    if (operation == PoolingOperation::MaxAverageBlend)
        requireType(c, 0, kReals);
    else
        requireType(c, 0, kNarrowToo);
    if (window.empty()) c.fail("pooling window has no dimensions");
    requireRankAtLeast(c, 0, static_cast<int64_t>(window.size()) + 1);
    checkWindow(c, window.size(), false);
    for (int64_t size : window) {
        if (size < 1 || size > kAnySize)
            c.fail(cat("pooling window is ", window, " when each entry should be at least 1 and fit 32 bits"));
    }
    Shape out = c.shape(0);
    for (size_t i = 0; i < window.size(); ++i) {
        Dim& dim = out[out.size() - window.size() + i];
        const Dim size = outputDim(i, dim, window[i]);
        if (size.isConstant() && size.constant() < 0)
            c.fail(cat("output size is ", size, " along spatial axis ", i, " for input size ", dim, " and window ",
                       window[i]));
        dim = size;
    }
    c.output(0, c.type(0), std::move(out));
}

void Pooling::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const size_t spatial = window.size();
    std::vector<int64_t> outDims(x.dims().begin(), x.dims().end() - static_cast<std::ptrdiff_t>(spatial));
    const int64_t planes = volumeOf(outDims);
    TapGeometry g;
    std::vector<int64_t> post;
    g.window = window;
    for (size_t i = 0; i < spatial; ++i) {
        g.big.push_back(x.dims()[outDims.size() + i]);
        const auto e = extent(i, g.big[i], window[i]);
        if (e.size < 0) c.fail(cat("output size is ", e.size, " along spatial axis ", i));
        g.small.push_back(e.size);
        g.pre.push_back(e.pre);
        post.push_back(e.post);
        g.stride.push_back(strideAt(i));
        g.dilation.push_back(dilationAt(i));
    }
    outDims.insert(outDims.end(), g.small.begin(), g.small.end());
    Tensor& out = c.output(0, outDims);

    const auto rows = tapRows(g);
    const auto data = x.toDoubles();
    const int64_t inPlane = volumeOf(g.big), outPlane = volumeOf(g.small);
    std::vector<double> counts(static_cast<size_t>(outPlane), 0.0);
    if (excludePadding) {
        for (const TapRow& row : rows) {
            for (int64_t i = 0; i < row.count; ++i) ++counts[static_cast<size_t>(row.smallStart + i)];
        }
    } else {
        size_t place = 0;
        forEachIndex(g.small, [&](const auto& at) { counts[place++] = paddedCount(*this, g, post, at); });
    }
    std::vector<double> most(static_cast<size_t>(planes * outPlane), -std::numeric_limits<double>::infinity());
    std::vector<double> sums(static_cast<size_t>(planes * outPlane), 0.0);
    parallelFor(planes, 1, [&](int64_t begin, int64_t end) {
        for (int64_t plane = begin; plane < end; ++plane) {
            for (const TapRow& row : rows) {
                for (int64_t i = 0; i < row.count; ++i) {
                    const double value = data[static_cast<size_t>(plane * inPlane + row.bigStart + i * row.step)];
                    const auto to = static_cast<size_t>(plane * outPlane + row.smallStart + i);
                    sums[to] += value;
                    if (value > most[to] || std::isnan(value)) most[to] = value;
                }
            }
        }
    });
    for (size_t i = 0; i < sums.size(); ++i) {
        const double count = counts[i % static_cast<size_t>(outPlane)];
        const double average = count > 0 ? sums[i] / count : 0;
        const double value = operation == PoolingOperation::Max       ? most[i]
                             : operation == PoolingOperation::Average ? average
                                                                      : (1 - blend) * most[i] + blend * average;
        out.set(static_cast<int64_t>(i), value);
    }
}

double Pooling::flops(const std::vector<const Fact*>&, const std::vector<const Fact*>& outputs) const {
    double taps = 1;
    for (int64_t size : window) taps *= static_cast<double>(size);
    return roughVolume(outputs[0]->shape) * taps;
}

}  // namespace opentrt::ops
