// SPDX-License-Identifier: Apache-2.0
#include "ops/roi_pool.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/support/check.h"

namespace opentrt::ops {
namespace {

//! A box along one axis of the image, and the elements of one of its cells.
struct Edge {
    double first, cell;
    int64_t size;

    std::pair<int64_t, int64_t> elements(int64_t index) const {
        const auto at = [&](double place) {
            return static_cast<int64_t>(std::clamp(first + place, 0.0, static_cast<double>(size)));
        };
        const auto i = static_cast<double>(index);
        return {at(std::floor(i * cell)), at(std::ceil((i + 1) * cell))};
    }
};

Edge edgeOf(double from, double to, double scale, int64_t cells, int64_t size) {
    const auto whole = [&](double place) { return std::clamp(std::round(place * scale), -1e12, 1e12); };
    const double first = whole(from), length = std::max(whole(to) - first + 1, 1.0);
    return {first, length / static_cast<double>(cells), size};
}

}  // namespace

void RoiPool::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireSameType(c, 0, 1);
    requireRank(c, 0, 4);
    requireRank(c, 1, 2);
    requireSame(c, "size of a box", c.shape(1)[1], Dim(5));
    if (height < 1 || width < 1) c.fail(cat("height ", height, " or width ", width, " is out of range"));
    c.output(0, c.type(0), {c.shape(1)[0], c.shape(0)[1], Dim(height), Dim(width)});
}

void RoiPool::eval(EvalContext& c) const {
    const Tensor &x = c.input(0), &boxes = c.input(1);
    const int64_t count = boxes.dims()[0], channels = x.dims()[1], h = x.dims()[2], w = x.dims()[3];
    Tensor& out = c.output(0, {count, channels, height, width});
    int64_t at = 0;
    for (int64_t r = 0; r < count; ++r) {
        const double batch = boxes.get(5 * r);
        const bool known = batch >= 0 && batch < static_cast<double>(x.dims()[0]);
        const Edge across = edgeOf(boxes.get(5 * r + 1), boxes.get(5 * r + 3), scale, width, w);
        const Edge down = edgeOf(boxes.get(5 * r + 2), boxes.get(5 * r + 4), scale, height, h);
        for (int64_t i = 0; i < channels * height * width; ++i) {
            const auto rows = down.elements(i / width % height), columns = across.elements(i % width);
            const int64_t plane = known ? (static_cast<int64_t>(batch) * channels + i / (height * width)) * h * w : 0;
            double most = known && rows.first < rows.second && columns.first < columns.second ? -INFINITY : 0;
            for (int64_t y = rows.first; y < rows.second && known; ++y) {
                for (int64_t z = columns.first; z < columns.second; ++z)
                    most = std::max(most, x.get(plane + y * w + z));
            }
            out.set(at++, most);
        }
    }
}

}  // namespace opentrt::ops
