// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/positions.h"

#include <cstring>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/parallel.h"
#include "graph/tensor.h"

namespace opentrt::cpu {

namespace {

bool isIdentity(const std::vector<int64_t>& list, int64_t size) {
    if (static_cast<int64_t>(list.size()) != size) return false;
    for (size_t i = 0; i < list.size(); ++i) {
        if (list[i] != static_cast<int64_t>(i)) return false;
    }
    return true;
}

void fillUnits(char* to, int64_t elements, int64_t size, const void* value) {
    withWord(size, [&](auto word) {
        using Word = decltype(word);
        Word pattern;
        std::memcpy(&pattern, value, sizeof pattern);
        auto* out = reinterpret_cast<Word*>(to);
        for (int64_t i = 0; i < elements; ++i) out[i] = pattern;
    });
}

//! to[i] = from[i * step], of `bytes` each.
void copyStrided(const char* from, char* to, int64_t count, int64_t step, int64_t bytes) {
    if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) {
        for (int64_t i = 0; i < count; ++i)
            std::memcpy(to + i * bytes, from + i * step * bytes, static_cast<size_t>(bytes));
        return;
    }
    withWord(bytes, [&](auto word) {
        using Word = decltype(word);
        const auto* in = reinterpret_cast<const Word*>(from);
        auto* out = reinterpret_cast<Word*>(to);
        for (int64_t i = 0; i < count; ++i) out[i] = in[i * step];
    });
}

}  // namespace

std::vector<int64_t> allPositions(int64_t size) {
    std::vector<int64_t> list(static_cast<size_t>(size));
    for (int64_t i = 0; i < size; ++i) list[static_cast<size_t>(i)] = i;
    return list;
}

PositionCopy::PositionCopy(int64_t elementSize, const std::vector<int64_t>& inDims,
                           const std::vector<std::vector<int64_t>>& positions)
    : elementSize_(elementSize) {
    size_t last = positions.size();
    while (last > 1 && isIdentity(positions[last - 1], inDims[last - 1])) unit_ *= inDims[--last];
    const std::vector<int64_t> strides = stridesOf(inDims);
    if (last == 0) {
        runs_.push_back({0, 0, 1, 1});
        return;
    }
    const auto& list = positions[last - 1];
    width_ = static_cast<int64_t>(list.size());
    for (int64_t i = 0; i < width_;) {
        const auto at = [&](int64_t k) { return list[static_cast<size_t>(k)]; };
        int64_t end = i + 1;
        const int64_t step = end < width_ && at(i) >= 0 && at(end) >= 0 ? at(end) - at(i) : 0;
        while (end < width_ && (at(i) < 0 ? at(end) < 0 : at(end) >= 0 && at(end) - at(end - 1) == step)) ++end;
        runs_.push_back({i, at(i), end - i, step});
        i = end;
    }
    for (size_t axis = 0; axis + 1 < last; ++axis) {
        rows_ *= static_cast<int64_t>(positions[axis].size());
        auto& offsets = outer_.emplace_back(positions[axis]);
        for (int64_t& place : offsets) place = place < 0 ? -1 : place * strides[axis];
    }
}

void PositionCopy::row(const char* src, const void* fill, char* dst) const {
    const int64_t bytes = unit_ * elementSize_;
    for (const Run& run : runs_) {
        char* to = dst + run.dst * bytes;
        if (run.src < 0) {
            fillUnits(to, run.count * unit_, elementSize_, fill);
        } else if (run.step == 1 || run.count == 1) {
            std::memcpy(to, src + run.src * bytes, static_cast<size_t>(run.count * bytes));
        } else {
            copyStrided(src + run.src * bytes, to, run.count, run.step, bytes);
        }
    }
}

void PositionCopy::run(const void* src, const void* fill, void* dst) const {
    const int64_t rowBytes = width_ * unit_ * elementSize_;
    if (rows_ == 0 || rowBytes == 0) return;
    constexpr int64_t kTaskBytes = 32 * 1024;
    const int64_t rowsPerTask = std::max<int64_t>(1, kTaskBytes / rowBytes);
    kernels::parallelTasks(kernels::ceilDiv(rows_, rowsPerTask), rowsPerTask * (rowBytes / 16 + 20), [&](int64_t task) {
        for (int64_t r = task * rowsPerTask; r < std::min(rows_, (task + 1) * rowsPerTask); ++r) {
            int64_t offset = 0, rest = r;
            bool outside = false;
            for (size_t axis = outer_.size(); axis-- > 0;) {
                const auto size = static_cast<int64_t>(outer_[axis].size());
                const int64_t part = outer_[axis][static_cast<size_t>(rest % size)];
                outside = outside || part < 0;
                offset += part;
                rest /= size;
            }
            char* to = static_cast<char*>(dst) + r * rowBytes;
            if (outside) {
                fillUnits(to, width_ * unit_, elementSize_, fill);
            } else {
                row(static_cast<const char*>(src) + offset * elementSize_, fill, to);
            }
        }
    });
}

}  // namespace opentrt::cpu
