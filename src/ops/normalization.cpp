// SPDX-License-Identifier: Apache-2.0
#include "ops/normalization.h"

#include <cmath>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/index.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {
namespace {

using Dims = std::vector<int64_t>;

//! Dimensions with the channels split into [groups, channels per group]; of scale and bias, too, which may hold 1
//! there, or one element per group.
Dims splitChannels(Dims dims, int64_t groups) {
    const int64_t channels = dims[1];
    dims[1] = channels == 1 ? 1 : groups;
    dims.insert(dims.begin() + 2, channels == 1 ? 1 : channels / groups);
    return dims;
}

void checkFactor(const InferContext& c, int input, const Normalization& op) {
    if (c.type(input) != c.type(0)) requireType(c, input, std::array{DType::F32});
    if (op.groups == 1 || op.v2) return requireBroadcastsTo(c, input, c.shape(0));
    Shape perGroup = c.shape(0);
    perGroup[1] = op.groups;
    requireBroadcastsTo(c, input, perGroup);
}

struct Statistics {
    std::vector<double> mean, factor;
};

//! Mean and 1/sqrt(variance + epsilon) of each slice; `slices` has x's rank with 1 at the reduced axes.
Statistics statisticsOf(const std::vector<double>& x, const Dims& dims, const Dims& slices, double epsilon, bool rms) {
    const auto count = static_cast<size_t>(volumeOf(slices));
    Statistics out{std::vector<double>(count, 0.0), std::vector<double>(count, 0.0)};
    const double size = count ? static_cast<double>(x.size()) / static_cast<double>(count) : 1;
    const auto walk = [&](auto visit) {
        Odometer at(dims);
        at.track(broadcastStrides(slices, dims.size()));
        for (double value : x) {
            visit(static_cast<size_t>(at.offset(0)), value);
            at.next();
        }
    };
    if (!rms) walk([&](size_t slice, double value) { out.mean[slice] += value / size; });
    walk([&](size_t slice, double value) {
        const double distance = value - out.mean[slice];
        out.factor[slice] += distance * distance / size;
    });
    for (double& value : out.factor) value = 1 / std::sqrt(value + epsilon);
    return out;
}

}  // namespace

void Normalization::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    if (axes.empty()) c.fail("no axes to normalise are given");
    const auto sorted = normalizedAxes(c, axes, c.rank(0));
    if (groups < 1) c.fail(cat("number of groups is ", groups, " when it should be at least 1"));
    if (groups > 1) {
        requireRankAtLeast(c, 0, 3);
        const Dim& channels = c.shape(0)[1];
        if (channels.isConstant() && channels.constant() % groups != 0)
            c.fail(cat("number of channels is ", channels, " when it should be a multiple of the ", groups, " groups"));
        if (static_cast<int64_t>(sorted.size()) != c.rank(0) - 2 || sorted[0] != 2)
            c.fail(cat("axes are ", sorted, " when groups need all those behind the channels"));
    }
    for (int input : {1, 2}) {
        if (c.has(input)) checkFactor(c, input, *this);
    }
    c.output(0, c.type(0), c.shape(0));
}

void Normalization::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    Dims dims = x.dims(), slices = dims;
    auto reduced = normalizedAxes(axes, x.rank());
    if (groups > 1) {
        slices = dims = splitChannels(dims, groups);
        for (auto& axis : reduced) ++axis;
        reduced.push_back(2);
    }
    for (int64_t axis : reduced) slices[static_cast<size_t>(axis)] = 1;
    auto values = x.toDoubles();
    const auto statistics = statisticsOf(values, dims, slices, epsilon, rms);

    Odometer at(dims);
    at.track(broadcastStrides(slices, dims.size()));
    std::vector<double> factors[2] = {{1}, {0}};
    for (int i : {0, 1}) {
        std::vector<int64_t> strides(dims.size(), 0);
        if (c.has(i + 1)) {
            const Tensor& factor = c.input(i + 1);
            factors[i] = factor.toDoubles();
            strides = broadcastStrides(groups > 1 ? splitChannels(factor.dims(), groups) : factor.dims(), dims.size());
        }
        at.track(std::move(strides));
    }
    for (double& value : values) {
        const auto slice = static_cast<size_t>(at.offset(0));
        value = (value - statistics.mean[slice]) * statistics.factor[slice];
        value = value * factors[0][static_cast<size_t>(at.offset(1))] + factors[1][static_cast<size_t>(at.offset(2))];
        at.next();
    }
    store(c.output(0, x.dims()), values);
}

}  // namespace opentrt::ops
