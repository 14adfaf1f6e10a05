// SPDX-License-Identifier: Apache-2.0
// Walking over the elements of tensors in row-major order.
#pragma once
#include <cstdint>
#include <vector>

#include "graph/tensor.h"

namespace opentrt::ops {

//! Position in a tensor that counts up in row-major order; keeps offsets under any number of stride lists up to date.
class Odometer {
public:
    explicit Odometer(std::vector<int64_t> dims) : dims_(std::move(dims)), at_(dims_.size(), 0) {}
    //! Adds a list of strides (one per dimension) and returns its number.
    size_t track(std::vector<int64_t> strides, int64_t start = 0) {
        tracked_.push_back({std::move(strides), start});
        return tracked_.size() - 1;
    }
    const std::vector<int64_t>& at() const { return at_; }
    int64_t offset(size_t number) const { return tracked_[number].offset; }
    //! One step; false behind the last element, where it is back at the first.
    bool next() {
        for (size_t axis = dims_.size(); axis-- > 0;) {
            if (++at_[axis] < dims_[axis]) {
                for (auto& t : tracked_) t.offset += t.strides[axis];
                return true;
            }
            for (auto& t : tracked_) t.offset -= t.strides[axis] * (dims_[axis] - 1);
            at_[axis] = 0;
        }
        return false;
    }

private:
    struct Tracked {
        std::vector<int64_t> strides;
        int64_t offset;
    };
    std::vector<int64_t> dims_;
    std::vector<int64_t> at_;
    std::vector<Tracked> tracked_;
};

//! Calls body(index vector) for every element of a tensor of these dimensions.
template <class Body>
void forEachIndex(const std::vector<int64_t>& dims, Body body) {
    if (volumeOf(dims) == 0) return;
    Odometer at(dims);
    do body(at.at());
    while (at.next());
}

inline int64_t dot(const std::vector<int64_t>& index, const std::vector<int64_t>& strides) {
    int64_t out = 0;
    for (size_t i = 0; i < index.size(); ++i) out += index[i] * strides[i];
    return out;
}

//! Strides that read a tensor of `dims` as if it were repeated along its dimensions of size 1; aligned at the right.
inline std::vector<int64_t> broadcastStrides(const std::vector<int64_t>& dims, size_t rank) {
    const auto strides = stridesOf(dims);
    std::vector<int64_t> out(rank, 0);
    for (size_t i = 0; i < dims.size() && i < rank; ++i) {
        if (dims[dims.size() - 1 - i] != 1) out[rank - 1 - i] = strides[dims.size() - 1 - i];
    }
    return out;
}

//! A tensor as seen from one axis: element (o, i, n) lies at (o * size + i) * inner + n.
struct AxisSplit {
    int64_t outer, size, inner;
    int64_t at(int64_t o, int64_t i, int64_t n) const { return (o * size + i) * inner + n; }
};
inline AxisSplit splitAt(const std::vector<int64_t>& dims, int64_t axis) {
    const auto split = dims.begin() + axis;
    return {volumeOf({dims.begin(), split}), *split, volumeOf({split + 1, dims.end()})};
}

//! Place that an index means along an axis of `size` elements (negative ones count from the end), or -1 for none.
inline int64_t wrappedIndex(int64_t index, int64_t size) {
    const int64_t place = index < 0 ? index + size : index;
    return place >= 0 && place < size ? place : -1;
}

}  // namespace opentrt::ops
