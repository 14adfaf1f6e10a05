// SPDX-License-Identifier: Apache-2.0
#include "ops/roi_align.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/support/check.h"

namespace opentrt::ops {
namespace {

//! Bounds the work for boxes that lie far outside every image.
constexpr int64_t kMostSamples = 256;

//! A box along one axis of the image.
struct Span {
    double start, cell;
    int64_t samples;

    double place(int64_t index, int64_t sample) const {
        const double inside = (static_cast<double>(sample) + 0.5) / static_cast<double>(samples);
        return start + (static_cast<double>(index) + inside) * cell;
    }
};

Span spanOf(const RoiAlign& op, double from, double to, int64_t cells) {
    const double offset = op.halfPixel ? 0.5 : 0;
    const double start = from * op.scale - offset, end = to * op.scale - offset;
    const double length = op.halfPixel ? end - start : std::max(end - start, 1.0);
    const double cell = length / static_cast<double>(cells);
    const auto needed = static_cast<int64_t>(std::ceil(std::clamp(cell, 0.0, static_cast<double>(kMostSamples))));
    return {start, cell, op.samples > 0 ? op.samples : needed};
}

//! The two neighbours of a place and the weight of the second; nothing beyond the border.
struct Neighbours {
    int64_t low, high;
    double weight;
    bool inside;
};

Neighbours neighbours(double place, int64_t size) {
    if (!(place >= -1 && place <= static_cast<double>(size)) || size == 0) return {0, 0, 0, false};
    place = std::max(place, 0.0);
    const auto low = static_cast<int64_t>(place);
    if (low >= size - 1) return {size - 1, size - 1, 0, true};
    return {low, low + 1, place - static_cast<double>(low), true};
}

struct Plane {
    const Tensor& x;
    int64_t first, height, width;

    double at(int64_t row, int64_t column) const { return x.get(first + row * width + column); }
    double read(double y, double x, bool max) const {
        const Neighbours v = neighbours(y, height), h = neighbours(x, width);
        if (!v.inside || !h.inside) return 0;
        const double parts[] = {
            (1 - v.weight) * (1 - h.weight) * at(v.low, h.low), (1 - v.weight) * h.weight * at(v.low, h.high),
            v.weight * (1 - h.weight) * at(v.high, h.low), v.weight * h.weight * at(v.high, h.high)};
        if (max) return *std::max_element(std::begin(parts), std::end(parts));
        return parts[0] + parts[1] + parts[2] + parts[3];
    }
};

double cellOf(const RoiAlign& op, const Plane& plane, const Span& down, const Span& across, int64_t row,
              int64_t column) {
    const int64_t count = down.samples * across.samples;
    if (count == 0) return 0;
    double sum = 0, most = -INFINITY;
    for (int64_t i = 0; i < down.samples; ++i) {
        for (int64_t j = 0; j < across.samples; ++j) {
            const double value = plane.read(down.place(row, i), across.place(column, j), op.max);
            sum += value;
            most = std::max(most, value);
        }
    }
    return op.max ? most : sum / static_cast<double>(count);
}

}  // namespace

void RoiAlign::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireSameType(c, 0, 1);
    requireRank(c, 0, 4);
    requireRank(c, 1, 2);
    requireIndices(c, 2, 1);
    requireSame(c, "number of batch indices", c.shape(2)[0], c.shape(1)[0]);
    requireSame(c, "size of a box", c.shape(1)[1], Dim(4));
    if (height < 1 || width < 1 || samples < 0 || samples > kMostSamples)
        c.fail(cat("height ", height, ", width ", width, " or samples ", samples, " is out of range"));
    c.output(0, c.type(0), {c.shape(1)[0], c.shape(0)[1], Dim(height), Dim(width)});
}

void RoiAlign::eval(EvalContext& c) const {
    const Tensor &x = c.input(0), &boxes = c.input(1);
    const int64_t count = boxes.dims()[0], channels = x.dims()[1], h = x.dims()[2], w = x.dims()[3];
    Tensor& out = c.output(0, {count, channels, height, width});
    int64_t at = 0;
    for (int64_t r = 0; r < count; ++r) {
        const int64_t batch = c.input(2).getInt(r);
        const bool known = batch >= 0 && batch < x.dims()[0];
        const Span across = spanOf(*this, boxes.get(4 * r), boxes.get(4 * r + 2), width);
        const Span down = spanOf(*this, boxes.get(4 * r + 1), boxes.get(4 * r + 3), height);
        for (int64_t channel = 0; channel < channels; ++channel) {
            const Plane plane{x, known ? (batch * channels + channel) * h * w : 0, h, w};
            for (int64_t i = 0; i < height * width; ++i)
                out.set(at++, known ? cellOf(*this, plane, down, across, i / width, i % width) : 0);
        }
    }
}

}  // namespace opentrt::ops
