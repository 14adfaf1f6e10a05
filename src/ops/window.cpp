// SPDX-License-Identifier: Apache-2.0
#include "ops/window.h"

#include <algorithm>

#include "base/error.h"
#include "graph/op.h"

namespace opentrt::ops {
namespace {

//! Bound of every attribute, so that products of two of them do not overflow.
constexpr int64_t kLargest = 0x7fffffff;

int64_t floorDivide(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}
int64_t ceilDivide(int64_t a, int64_t b) {
    return -floorDivide(-a, b);
}

bool isSame(PaddingMode mode) {
    return mode == PaddingMode::SameUpper || mode == PaddingMode::SameLower;
}
bool roundsUp(PaddingMode mode) {
    return mode == PaddingMode::ExplicitRoundUp || mode == PaddingMode::CaffeRoundUp;
}

WindowExtent sharePadding(PaddingMode mode, int64_t size, int64_t total) {
    const int64_t small = total / 2;
    return mode == PaddingMode::SameUpper ? WindowExtent{size, small, total - small}
                                          : WindowExtent{size, total - small, small};
}

}  // namespace

WindowExtent WindowParams::extent(size_t axis, int64_t input, int64_t kernel) const {
    const int64_t step = strideAt(axis);
    const int64_t span = 1 + dilationAt(axis) * (kernel - 1);
    if (isSame(paddingMode)) {
        const int64_t total = std::max<int64_t>(floorDivide(input - 1, step) * step + span - input, 0);
        return sharePadding(paddingMode, ceilDivide(input, step), total);
    }
    const int64_t free = input + preAt(axis) + postAt(axis) - span;
    int64_t size = (roundsUp(paddingMode) ? ceilDivide(free, step) : floorDivide(free, step)) + 1;
    if (paddingMode == PaddingMode::CaffeRoundUp && (size - 1) * step >= input + preAt(axis)) --size;
    return {size, preAt(axis), postAt(axis)};
}

WindowExtent WindowParams::extentTransposed(size_t axis, int64_t input, int64_t kernel) const {
    const int64_t step = strideAt(axis);
    const int64_t span = 1 + dilationAt(axis) * (kernel - 1);
    const int64_t full = (input - 1) * step + span;
    if (isSame(paddingMode))
        return sharePadding(paddingMode, std::min(input * step, full), std::max<int64_t>(span - step, 0));
    return {full - preAt(axis) - postAt(axis), preAt(axis), postAt(axis)};
}

Dim WindowParams::outputDim(size_t axis, const Dim& input, int64_t kernel) const {
    if (input.isConstant()) return extent(axis, input.constant(), kernel).size;
    const Dim step = strideAt(axis);
    if (isSame(paddingMode)) return Dim::ceilDiv(input, step);
    const Dim free = input + preAt(axis) + postAt(axis) - (1 + dilationAt(axis) * (kernel - 1));
    const Dim size = (roundsUp(paddingMode) ? Dim::ceilDiv(free, step) : Dim::floorDiv(free, step)) + 1;
    if (paddingMode != PaddingMode::CaffeRoundUp) return size;
    return size - 1 + Dim::less((size - 1) * step, input + preAt(axis));
}

Dim WindowParams::outputDimTransposed(size_t axis, const Dim& input, int64_t kernel) const {
    if (input.isConstant()) return extentTransposed(axis, input.constant(), kernel).size;
    const Dim step = strideAt(axis);
    const Dim full = (input - 1) * step + (1 + dilationAt(axis) * (kernel - 1));
    return isSame(paddingMode) ? Dim::min(input * step, full) : full - preAt(axis) - postAt(axis);
}

void WindowParams::checkWindow(const InferContext& c, size_t spatialRank, bool negativePadding) const {
    const auto check = [&](const char* what, const std::vector<int64_t>& list, int64_t least) {
        if (list.empty()) return;
        if (list.size() != spatialRank)
            c.fail(cat(what, " has ", list.size(), " entries when the window has ", spatialRank, " dimensions"));
        const auto [low, high] = std::minmax_element(list.begin(), list.end());
        if (*low < least) c.fail(cat(what, " is ", list, " when each entry should be at least ", least));
        if (*high > kLargest) c.fail(cat(what, " is ", list, " when each entry should be at most ", kLargest));
    };
    check("stride", stride, 1);
    check("dilation", dilation, 1);
    check("pre-padding", pre, negativePadding ? -kLargest : 0);
    check("post-padding", post, negativePadding ? -kLargest : 0);
}

void WindowParams::windowFields(FieldVisitor& v) {
    v.field("stride", stride);
    v.field("pre", pre);
    v.field("post", post);
    v.field("dilation", dilation);
    v.field("paddingMode", paddingMode, kPaddingModeNames);
}

}  // namespace opentrt::ops
