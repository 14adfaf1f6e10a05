// SPDX-License-Identifier: Apache-2.0
#include "plan/memory.h"

#include <algorithm>
#include <numeric>

namespace opentrt {

Placement placeBuffers(const std::vector<Buffer>& buffers, const StepOrder& order) {
    const auto meet = [&](size_t a, size_t b) {
        return !order.isBefore(buffers[a].uses, buffers[b].uses) && !order.isBefore(buffers[b].uses, buffers[a].uses);
    };
    Placement result;
    result.offsets.assign(buffers.size(), 0);
    std::vector<size_t> bySize(buffers.size());
    std::iota(bySize.begin(), bySize.end(), size_t{0});
    std::stable_sort(bySize.begin(), bySize.end(),
                     [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });
    std::vector<size_t> placed;  // sorted by offset
    for (size_t current : bySize) {
        const int64_t bytes = (buffers[current].bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
        int64_t offset = 0;
        for (size_t other : placed) {
            if (!meet(current, other)) continue;
            if (result.offsets[other] >= offset + bytes) break;
            const int64_t end = result.offsets[other] + buffers[other].bytes;
            offset = std::max(offset, (end + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment);
        }
        result.offsets[current] = offset;
        result.total = std::max(result.total, offset + bytes);
        const auto at = std::upper_bound(placed.begin(), placed.end(), offset,
                                         [&](int64_t o, size_t other) { return o < result.offsets[other]; });
        placed.insert(at, current);
    }
    return result;
}

}  // namespace opentrt
