// SPDX-License-Identifier: Apache-2.0
#include "ops/support/convolve.h"

#include <algorithm>

#include "base/parallel.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/taps.h"

namespace opentrt::ops {
namespace {

//! The kernel's dimensions, which must be known; refuses those that the layer API did not ask for.
std::vector<int64_t> kernelDims(const InferContext& c, const KernelRule& rule) {
    const Shape& shape = c.shape(1);
    if (!isStatic(shape)) c.fail(cat("kernel dimensions are ", str(shape), " when they should be known at build time"));
    const auto dims = staticDims(shape);
    if (rule.outputMaps < 0) {
        requireRankAtLeast(c, 1, 3);
        return dims;
    }
    const size_t spatial = rule.window.size();
    if (c.shape(0).size() < spatial + 2)
        c.fail(cat("input 0 has rank ", c.rank(0), " when a window of ", spatial, " dimensions needs at least ",
                   spatial + 2));
    const Dim& channels = c.shape(0)[c.shape(0).size() - spatial - 1];
    if (!channels.isConstant())
        c.fail(cat("number of channels is ", channels, " when it should be known at build time"));
    std::vector<int64_t> asked{rule.outputMaps, channels.constant()};
    if (rule.transposed) std::swap(asked[0], asked[1]);
    asked[1] /= rule.groups;
    asked.insert(asked.end(), rule.window.begin(), rule.window.end());
    if (volumeOf(dims) != volumeOf(asked))
        c.fail(cat("kernel weights count is ", volumeOf(dims), " when it should be ", volumeOf(asked),
                   " for dimensions ", asked));
    if (dims != asked) c.fail(cat("kernel dimensions are ", dims, " when they should be ", asked));
    return dims;
}

TapGeometry geometry(const EvalContext& c, const WindowParams& p, const std::vector<int64_t>& in,
                     const std::vector<int64_t>& window, bool transposed) {
    TapGeometry g;
    g.window = window;
    std::vector<int64_t> out;
    for (size_t i = 0; i < in.size(); ++i) {
        const auto e = transposed ? p.extentTransposed(i, in[i], window[i]) : p.extent(i, in[i], window[i]);
        if (e.size < 0) c.fail(cat("output size is ", e.size, " along spatial axis ", i));
        out.push_back(e.size);
        g.pre.push_back(e.pre);
        g.stride.push_back(p.strideAt(i));
        g.dilation.push_back(p.dilationAt(i));
    }
    g.small = transposed ? in : out;
    g.big = transposed ? out : in;
    return g;
}

}  // namespace

KernelShape checkKernel(const InferContext& c, const KernelRule& rule, const WindowParams& params) {
    if (rule.quantized && c.has(2)) c.fail("a quantized convolution has a bias, which should be added behind it");
    if (rule.quantized)
        requireTypeIn(c, "input 0", c.type(0), kNarrowFactors);
    else
        requireType(c, 0, kReals);
    requireSameType(c, 0, 1);
    if (rule.groups < 1 || rule.groups > kAnySize)
        c.fail(cat("number of groups is ", rule.groups, " when it should be at least 1 and fit 32 bits"));
    const auto dims = kernelDims(c, rule);
    const size_t spatial = dims.size() - 2;
    requireRankAtLeast(c, 0, static_cast<int64_t>(spatial) + 2);
    params.checkWindow(c, spatial, rule.transposed);

    const Dim& channels = c.shape(0)[c.shape(0).size() - spatial - 1];
    const int64_t expected = rule.transposed ? dims[0] : dims[1] * rule.groups;
    if (differ(channels, expected))
        c.fail(cat("input 0 has ", channels, " channels when kernel ", dims, " in layout ", rule.layout, " with ",
                   rule.groups, " groups takes ", expected));
    const int64_t maps = rule.transposed ? dims[1] * rule.groups : dims[0];
    if (dims[0] % rule.groups != 0)
        c.fail(cat("kernel's first dimension is ", dims[0], " when it should be a multiple of the ", rule.groups,
                   " groups"));
    for (size_t i = 2; i < dims.size(); ++i) {
        if (dims[i] < 1)
            c.fail(cat("kernel window is ", dims[i], " along spatial axis ", i - 2, " when it should be at least 1"));
    }
    if (c.has(2)) {
        requireSameType(c, 0, 2);
        requireSame(c, "bias weights count", volume(c.shape(2)), maps);
        requireRank(c, 2, 1);
    }
    return {spatial, maps, {dims.begin() + 2, dims.end()}};
}

void convolve(EvalContext& c, const WindowParams& params, int64_t groups, bool transposed) {
    const Tensor &x = c.input(0), &kernel = c.input(1);
    const auto spatial = static_cast<std::ptrdiff_t>(kernel.rank() - 2);
    const std::vector<int64_t> in(x.dims().end() - spatial, x.dims().end());
    const std::vector<int64_t> window(kernel.dims().begin() + 2, kernel.dims().end());
    const TapGeometry g = geometry(c, params, in, window, transposed);
    const auto& outSpatial = transposed ? g.big : g.small;

    std::vector<int64_t> dims(x.dims().begin(), x.dims().end() - spatial - 1);
    const int64_t channels = x.dims()[dims.size()], batch = volumeOf(dims);
    const int64_t groupChannels = transposed ? kernel.dims()[0] / groups : kernel.dims()[1];
    const int64_t groupMaps = transposed ? kernel.dims()[1] : kernel.dims()[0] / groups;
    const int64_t maps = groupMaps * groups;
    if (channels != groupChannels * groups)
        c.fail(cat("input has ", channels, " channels when the kernel takes ", groupChannels * groups));
    dims.push_back(maps);
    dims.insert(dims.end(), outSpatial.begin(), outSpatial.end());
    Tensor& out = c.output(0, dims);

    const auto rows = tapRows(g);
    const auto data = x.toDoubles(), weights = kernel.toDoubles();
    const auto bias = c.has(2) ? c.input(2).toDoubles() : std::vector<double>(static_cast<size_t>(maps), 0.0);
    const int64_t inPlane = volumeOf(in), outPlane = volumeOf(outSpatial), taps = volumeOf(window);
    std::vector<double> sums(static_cast<size_t>(batch * maps * outPlane));
    const auto addPlane = [&](double* to, const double* from, const double* w) {
        for (const TapRow& row : rows) {
            const double weight = w[row.tap];
            double* t = to + (transposed ? row.bigStart : row.smallStart);
            const double* f = from + (transposed ? row.smallStart : row.bigStart);
            const int64_t toStep = transposed ? row.step : 1, fromStep = transposed ? 1 : row.step;
            for (int64_t i = 0; i < row.count; ++i) t[i * toStep] += weight * f[i * fromStep];
        }
    };
    parallelFor(batch * maps, 1, [&](int64_t begin, int64_t end) {
        for (int64_t plane = begin; plane < end; ++plane) {
            const int64_t map = plane % maps, firstChannel = map / groupMaps * groupChannels;
            double* to = sums.data() + plane * outPlane;
            std::fill(to, to + outPlane, bias[static_cast<size_t>(map)]);
            for (int64_t i = 0; i < groupChannels; ++i) {
                const int64_t channel = firstChannel + i;
                const int64_t filter = transposed ? channel * groupMaps + map % groupMaps : map * groupChannels + i;
                addPlane(to, data.data() + (plane / maps * channels + channel) * inPlane,
                         weights.data() + filter * taps);
            }
        }
    });
    for (size_t i = 0; i < sums.size(); ++i) out.set(static_cast<int64_t>(i), sums[i]);
}

double convolutionFlops(const Fact& dense, const Fact& kernel) {
    const double maps = roughSize(kernel.shape[0]);
    return maps == 0 ? 0 : 2 * roughVolume(dense.shape) * roughVolume(kernel.shape) / maps;
}

}  // namespace opentrt::ops
