// SPDX-License-Identifier: Apache-2.0
#include "ops/support/taps.h"

#include <algorithm>

#include "ops/support/index.h"

namespace opentrt::ops {
namespace {

//! Range of small positions whose big position under this tap lies inside the data.
std::pair<int64_t, int64_t> validRange(const TapGeometry& g, size_t axis, int64_t tap) {
    const int64_t shift = tap * g.dilation[axis] - g.pre[axis];
    const int64_t step = g.stride[axis];
    const int64_t first = shift >= 0 ? 0 : (-shift + step - 1) / step;
    const int64_t room = g.big[axis] - 1 - shift;
    const int64_t end = room < 0 ? 0 : std::min(g.small[axis], room / step + 1);
    return {first, std::max(first, end)};
}

}  // namespace

std::vector<TapRow> tapRows(const TapGeometry& g) {
    std::vector<TapRow> rows;
    const size_t rank = g.small.size();
    const auto smallStrides = stridesOf(g.small), bigStrides = stridesOf(g.big);
    int64_t tap = -1;
    forEachIndex(g.window, [&](const std::vector<int64_t>& taps) {
        ++tap;
        std::vector<int64_t> first(rank), outer(rank - 1);
        int64_t smallStart = 0, bigStart = 0, count = 0;
        for (size_t axis = 0; axis < rank; ++axis) {
            const auto [begin, end] = validRange(g, axis, taps[axis]);
            if (axis + 1 < rank) outer[axis] = end - begin;
            count = end - begin;
            if (count == 0) return;
            smallStart += begin * smallStrides[axis];
            bigStart += (begin * g.stride[axis] - g.pre[axis] + taps[axis] * g.dilation[axis]) * bigStrides[axis];
        }
        forEachIndex(outer, [&](const std::vector<int64_t>& at) {
            TapRow row{tap, smallStart, bigStart, count, g.stride[rank - 1]};
            for (size_t axis = 0; axis + 1 < rank; ++axis) {
                row.smallStart += at[axis] * smallStrides[axis];
                row.bigStart += at[axis] * g.stride[axis] * bigStrides[axis];
            }
            rows.push_back(row);
        });
    });
    return rows;
}

}  // namespace opentrt::ops
