// SPDX-License-Identifier: Apache-2.0
// Movement in which every axis goes its own way: output position i along an axis reads input position list[i], or the
// fill value where that is -1. Slices with rules for places outside, all modes of padding, and nearest-neighbour resize
// are of this kind. Lists become runs of constant step, so that straight parts are plain copies. Tested by
// tests/conformance.
#pragma once
#include <cstdint>
#include <vector>

namespace opentrt::cpu {

class PositionCopy {
public:
    //! One list per dimension of the dense input, in memory order.
    PositionCopy(int64_t elementSize, const std::vector<int64_t>& inDims,
                 const std::vector<std::vector<int64_t>>& positions);
    //! `fill` is one element. Parallel; allocates nothing.
    void run(const void* src, const void* fill, void* dst) const;

private:
    struct Run {
        int64_t dst, src, count, step;  //!< src -1: fill
    };
    void row(const char* src, const void* fill, char* dst) const;

    int64_t elementSize_;
    int64_t unit_ = 1;   //!< elements that always travel together: the axes behind the last one with a list of its own
    int64_t rows_ = 1;   //!< product of the axes before it
    int64_t width_ = 1;  //!< its output positions
    std::vector<Run> runs_;
    std::vector<std::vector<int64_t>> outer_;  //!< per outer axis: source offsets in elements, -1: fill
};

//! 0, 1, ..., size - 1.
std::vector<int64_t> allPositions(int64_t size);

}  // namespace opentrt::cpu
