// SPDX-License-Identifier: Apache-2.0
#include "ops/kv_cache_update.h"

#include "ops/support/check.h"
#include "ops/support/move.h"

namespace opentrt::ops {

void KvCacheUpdate::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireSameType(c, 0, 1);
    requireRank(c, 0, 4);
    requireRank(c, 1, 4);
    requireIndices(c, 2, 1);
    const Shape &cache = c.shape(0), &update = c.shape(1);
    requireSame(c, "batch size of the update", update[0], cache[0]);
    requireSame(c, "number of heads of the update", update[1], cache[1]);
    requireSame(c, "head size of the update", update[3], cache[3]);
    requireSame(c, "number of write positions", c.shape(2)[0], cache[0]);
    c.output(0, c.type(0), cache);
}

void KvCacheUpdate::eval(EvalContext& c) const {
    const Tensor &cache = c.input(0), &update = c.input(1);
    Tensor& out = c.output(0, cache.dims());
    ElementWriter writer(out);
    writer.copyAll(cache);
    const int64_t heads = cache.dims()[1], room = cache.dims()[2], size = cache.dims()[3], rows = update.dims()[2];
    for (int64_t b = 0; b < cache.dims()[0]; ++b) {
        const int64_t first = c.input(2).getInt(b);
        if (first < 0 || first > room - rows) continue;
        for (int64_t h = 0; h < heads; ++h) {
            const int64_t to = ((b * heads + h) * room + first) * size, from = (b * heads + h) * rows * size;
            for (int64_t i = 0; i < rows * size; ++i) writer.copy(to + i, update, from + i);
        }
    }
}

}  // namespace opentrt::ops
