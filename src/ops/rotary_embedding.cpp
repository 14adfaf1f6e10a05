// SPDX-License-Identifier: Apache-2.0
#include "ops/rotary_embedding.h"

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {
namespace {

enum Input { kX, kCos, kSin, kPositions };

}  // namespace

void RotaryEmbedding::infer(InferContext& c) const {
    requireType(c, kX, kReals);
    requireRank(c, kX, 4);
    const Shape& x = c.shape(kX);
    if (dim < 0 || dim % 2 != 0)
        c.fail(cat("rotary embedding dimension is ", dim, " when it should be even and at least 0"));
    if (dim > 0 && x[3].isConstant() && dim > x[3].constant())
        c.fail(cat("rotary embedding dimension is ", dim, " when the head size is ", x[3]));
    const Dim half = Dim::floorDiv(dim > 0 ? Dim(dim) : x[3], 2);
    for (int table : {kCos, kSin}) {
        requireSameType(c, kX, table);
        requireRank(c, table, c.has(kPositions) ? 2 : 3);
        requireSame(c, cat("last dimension of input ", table), c.shape(table).back(), half);
        if (c.has(kPositions)) continue;
        requireSame(c, cat("batch size of input ", table), c.shape(table)[0], x[0]);
        requireSame(c, cat("sequence length of input ", table), c.shape(table)[1], x[2]);
    }
    requireSameShape(c, kCos, kSin);
    if (c.has(kPositions)) {
        requireIndices(c, kPositions, 2);
        requireSame(c, "batch size of the positions", c.shape(kPositions)[0], x[0]);
        requireSame(c, "sequence length of the positions", c.shape(kPositions)[1], x[2]);
    }
    c.output(0, c.type(kX), x);
}

void RotaryEmbedding::eval(EvalContext& c) const {
    const auto& dims = c.input(kX).dims();
    const int64_t heads = dims[1], steps = dims[2], size = dims[3], half = (dim > 0 ? dim : size) / 2;
    const int64_t rows = half ? c.input(kCos).count() / half : 0;
    auto values = c.input(kX).toDoubles();
    const auto cos = c.input(kCos).toDoubles(), sin = c.input(kSin).toDoubles();
    for (int64_t row = 0; row < dims[0] * heads * steps; ++row) {
        int64_t place = row / steps / heads * steps + row % steps;
        if (c.has(kPositions)) place = c.input(kPositions).getInt(place);
        if (place < 0 || place >= rows) continue;
        double* x = values.data() + row * size;
        for (int64_t p = 0; p < half; ++p) {
            double& a = x[interleaved ? 2 * p : p];
            double& b = x[interleaved ? 2 * p + 1 : p + half];
            const double co = cos[static_cast<size_t>(place * half + p)],
                         si = sin[static_cast<size_t>(place * half + p)];
            const double turned = a * co - b * si;
            b = a * si + b * co;
            a = turned;
        }
    }
    store(c.output(0, dims), values);
}

}  // namespace opentrt::ops
