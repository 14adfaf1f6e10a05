// SPDX-License-Identifier: Apache-2.0
#include "ops/support/axis_positions.h"

#include <algorithm>

#include "ops/support/move.h"

namespace opentrt::ops {
namespace {

int64_t modulo(__int128 value, int64_t by) {
    return static_cast<int64_t>((value % by + by) % by);
}

}  // namespace

int64_t positionInside(__int128 position, int64_t size, SampleMode mode) {
    if (position >= 0 && position < size) return static_cast<int64_t>(position);
    if (size == 0) return -1;
    switch (mode) {
        case SampleMode::Wrap:
            return modulo(position, size);
        case SampleMode::Clamp:
            return position < 0 ? 0 : size - 1;
        case SampleMode::Reflect: {
            if (size == 1) return 0;
            const int64_t folded = modulo(position, 2 * (size - 1));
            return std::min(folded, 2 * (size - 1) - folded);
        }
        default:
            return -1;
    }
}

std::vector<int64_t> axisPositions(int64_t size, int64_t start, int64_t count, int64_t stride, SampleMode mode) {
    std::vector<int64_t> out;
    for (int64_t i = 0; i < count; ++i)
        out.push_back(positionInside(start + static_cast<__int128>(i) * stride, size, mode));
    return out;
}

void moveByPositions(Tensor& out, const Tensor& in, const std::vector<std::vector<int64_t>>& positions,
                     const Tensor* fill) {
    const auto strides = stridesOf(in.dims());
    Odometer at(out.dims());
    moveElements(
        out, in,
        [&](int64_t) {
            int64_t source = 0;
            for (size_t axis = 0; axis < positions.size(); ++axis) {
                const int64_t position = positions[axis][static_cast<size_t>(at.at()[axis])];
                if (position < 0) {
                    source = -1;
                    break;
                }
                source += position * strides[axis];
            }
            at.next();
            return source;
        },
        fill);
}

}  // namespace opentrt::ops
