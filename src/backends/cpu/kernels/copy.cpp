// SPDX-License-Identifier: Apache-2.0
// A copy is reduced to the fewest dims: dims of one element go, neighbours that both sides step through alike are
// merged, a short contiguous inner run becomes one wider element. What is left is copied by the kind of its innermost
// dims.
#include "backends/cpu/kernels/copy.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/kernels/transpose.h"
#include "base/error.h"

namespace opentrt::cpu::kernels {
namespace {

constexpr int64_t kTaskBytes = 32 << 10;
constexpr size_t kMaxRank = 16;

//! Elements that are wide because some are copied as one need not be aligned.
template <class T>
void copyElements(const char* src, char* dst, int64_t cols, int64_t srcStride, int64_t dstStride) {
    constexpr auto kSize = static_cast<int64_t>(sizeof(T));
    for (int64_t c = 0; c < cols; ++c) std::memcpy(dst + c * dstStride * kSize, src + c * srcStride * kSize, sizeof(T));
}

struct Wide {
    uint64_t low, high;
};

void copyRow(int64_t size, const char* src, char* dst, int64_t cols, int64_t srcStride, int64_t dstStride) {
    switch (size) {
        case 1:
            return copyElements<uint8_t>(src, dst, cols, srcStride, dstStride);
        case 2:
            return copyElements<uint16_t>(src, dst, cols, srcStride, dstStride);
        case 4:
            return copyElements<uint32_t>(src, dst, cols, srcStride, dstStride);
        case 8:
            return copyElements<uint64_t>(src, dst, cols, srcStride, dstStride);
        default:
            return copyElements<Wide>(src, dst, cols, srcStride, dstStride);
    }
}

template <class T>
void fillAs(void* dst, int64_t count, const void* value) {
    T v;
    std::memcpy(&v, value, sizeof v);
    for (int64_t i = 0; i < count; ++i)
        std::memcpy(static_cast<char*>(dst) + static_cast<size_t>(i) * sizeof v, &v, sizeof v);
}

void fillRow(int64_t size, void* dst, int64_t count, const void* value) {
    switch (size) {
        case 1:
            return fillAs<uint8_t>(dst, count, value);
        case 2:
            return fillAs<uint16_t>(dst, count, value);
        case 4:
            return fillAs<uint32_t>(dst, count, value);
        case 8:
            return fillAs<uint64_t>(dst, count, value);
        default:
            return fillAs<Wide>(dst, count, value);
    }
}

}  // namespace

CopyPlan::CopyPlan(int64_t elementSize, std::span<const int64_t> dims, std::span<const int64_t> srcStrides,
                   std::span<const int64_t> dstStrides)
    : elementSize_(elementSize) {
    check(dims.size() == srcStrides.size() && dims.size() == dstStrides.size(), "a copy needs one stride per dim");
    std::vector<size_t> order;
    for (size_t i = 0; i < dims.size(); ++i)
        if (dims[i] != 1) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return dstStrides[a] > dstStrides[b]; });
    for (size_t i : order) {
        dims_.push_back(dims[i]);
        src_.push_back(srcStrides[i]);
        dst_.push_back(dstStrides[i]);
    }
    merge();
    widen();
    choose();
}

void CopyPlan::merge() {
    size_t kept = 0;
    for (size_t i = 1; i < dims_.size(); ++i) {
        if (src_[kept] == src_[i] * dims_[i] && dst_[kept] == dst_[i] * dims_[i]) {
            dims_[kept] *= dims_[i];
        } else {
            dims_[++kept] = dims_[i];
        }
        src_[kept] = src_[i];
        dst_[kept] = dst_[i];
    }
    if (dims_.empty()) return;
    dims_.resize(kept + 1);
    src_.resize(kept + 1);
    dst_.resize(kept + 1);
}

//! Runs of 2, 4, 8 or 16 contiguous bytes become elements.
void CopyPlan::widen() {
    if (dims_.size() < 2 || src_.back() != 1 || dst_.back() != 1) return;
    const int64_t run = dims_.back(), bytes = run * elementSize_;
    if (bytes != 2 && bytes != 4 && bytes != 8 && bytes != 16) return;
    for (size_t i = 0; i + 1 < dims_.size(); ++i)
        if (src_[i] % run || dst_[i] % run) return;
    elementSize_ = bytes;
    dims_.pop_back(), src_.pop_back(), dst_.pop_back();
    for (size_t i = 0; i < dims_.size(); ++i) src_[i] /= run, dst_[i] /= run;
}

void CopyPlan::choose() {
    while (dims_.size() < 2) {
        dims_.insert(dims_.begin(), 1);
        src_.insert(src_.begin(), 0);
        dst_.insert(dst_.begin(), 0);
    }
    check(dims_.size() <= kMaxRank, "a copy has too many dims that cannot be merged");
    const size_t last = dims_.size() - 1;
    if (dims_[last] == 1) src_[last] = dst_[last] = 1;
    if (dst_[last] == 1 && src_[last] == 1) {
        kind_ = Kind::Rows;
    } else if (dst_[last] == 1 && src_[last] == 0) {
        kind_ = Kind::Fill;
    } else if (dst_[last] == 1 && elementSize_ <= 8) {
        // Where another dim is contiguous in src it goes next to the last, and both are transposed together.
        for (size_t i = 0; i < last && kind_ == Kind::Generic; ++i) {
            if (src_[i] != 1 || src_[last] <= 0) continue;
            kind_ = Kind::Transpose;
            for (auto* v : {&dims_, &src_, &dst_})
                std::rotate(v->begin() + static_cast<long>(i), v->begin() + static_cast<long>(i) + 1, v->end() - 1);
        }
    }
    const int64_t rows = dims_[last - 1], cols = dims_[last];
    for (size_t i = 0; i + 1 < last; ++i) outer_ *= dims_[i];
    const int64_t wanted = std::max<int64_t>(1, kTaskBytes / elementSize_);
    if (kind_ == Kind::Transpose) {
        // Squares, so that both sides are read and written in pieces of some lines.
        taskCols_ = std::min<int64_t>(cols, 128);
        taskRows_ = std::clamp<int64_t>(wanted / taskCols_, 1, rows);
    } else {
        taskCols_ = std::clamp<int64_t>(cols, 1, wanted);
        taskRows_ = cols > taskCols_ ? 1 : std::clamp<int64_t>(wanted / std::max<int64_t>(cols, 1), 1, rows);
    }
    if (taskRows_ == rows && taskCols_ == cols)
        taskOuter_ = std::clamp<int64_t>(wanted / std::max<int64_t>(rows * cols, 1), 1, outer_);
}

void CopyPlan::part(const char* src, char* dst, int64_t rows, int64_t cols) const {
    const size_t last = dims_.size() - 1;
    const int64_t size = elementSize_;
    // Transposition writes dst[c][r]; here the columns of dst are the last dim.
    if (kind_ == Kind::Transpose) return transpose2d(size, cols, rows, src, src_[last], dst, dst_[last - 1]);
    for (int64_t r = 0; r < rows; ++r, src += src_[last - 1] * size, dst += dst_[last - 1] * size) {
        if (kind_ == Kind::Rows) {
            std::memcpy(dst, src, static_cast<size_t>(cols * size));
        } else if (kind_ == Kind::Fill) {
            fillRow(size, dst, cols, src);
        } else {
            copyRow(size, src, dst, cols, src_[last], dst_[last]);
        }
    }
}

void CopyPlan::run(const void* src, void* dst) const {
    const size_t last = dims_.size() - 1;
    const int64_t rows = dims_[last - 1], cols = dims_[last];
    if (outer_ * rows * cols == 0) return;
    const int64_t colTasks = ceilDiv(cols, taskCols_), rowTasks = ceilDiv(rows, taskRows_);
    const int64_t work = taskOuter_ * taskRows_ * taskCols_ * elementSize_ / 8;
    parallelTasks(ceilDiv(outer_, taskOuter_) * rowTasks * colTasks, work, [&](int64_t task) {
        const int64_t col = task % colTasks * taskCols_, row = task / colTasks % rowTasks * taskRows_;
        const int64_t first = task / colTasks / rowTasks * taskOuter_;
        for (int64_t outer = first; outer < std::min(first + taskOuter_, outer_); ++outer) {
            int64_t from = row * src_[last - 1] + col * src_[last], to = row * dst_[last - 1] + col * dst_[last];
            int64_t rest = outer;
            for (size_t i = last - 1; i-- > 0; rest /= dims_[i]) {
                from += rest % dims_[i] * src_[i];
                to += rest % dims_[i] * dst_[i];
            }
            part(static_cast<const char*>(src) + from * elementSize_, static_cast<char*>(dst) + to * elementSize_,
                 std::min(taskRows_, rows - row), std::min(taskCols_, cols - col));
        }
    });
}

CopyPlan transposePlan(int64_t elementSize, std::span<const int64_t> srcDims, std::span<const int32_t> perm) {
    const size_t rank = srcDims.size();
    std::vector<int64_t> dense(rank, 1), dims(rank), src(rank), dst(rank, 1);
    for (size_t i = rank; i-- > 1;) dense[i - 1] = dense[i] * srcDims[i];
    for (size_t i = 0; i < rank; ++i) {
        dims[i] = srcDims[static_cast<size_t>(perm[i])];
        src[i] = dense[static_cast<size_t>(perm[i])];
    }
    for (size_t i = rank; i-- > 1;) dst[i - 1] = dst[i] * dims[i];
    return CopyPlan(elementSize, dims, src, dst);
}

void gatherRows(int64_t outer, int64_t axis, int64_t innerBytes, const void* src, DType indexType, const void* indices,
                int64_t indexCount, void* dst) {
    const int64_t perTask = std::max<int64_t>(1, kTaskBytes / std::max<int64_t>(innerBytes, 8));
    const int64_t tasks = ceilDiv(indexCount, perTask);
    const auto bytes = static_cast<size_t>(innerBytes);
    parallelTasks(outer * tasks, perTask * (innerBytes / 8 + 2), [&](int64_t task) {
        const int64_t o = task / tasks, first = task % tasks * perTask;
        for (int64_t i = first; i < std::min(first + perTask, indexCount); ++i) {
            int64_t index = indexType == DType::I64 ? static_cast<const int64_t*>(indices)[i]
                                                    : static_cast<const int32_t*>(indices)[i];
            if (index < 0) index += axis;
            char* to = static_cast<char*>(dst) + (o * indexCount + i) * innerBytes;
            if (index < 0 || index >= axis) {
                std::memset(to, 0, bytes);
                continue;
            }
            const char* from = static_cast<const char*>(src) + (o * axis + index) * innerBytes;
            if (innerBytes == 4) {
                std::memcpy(to, from, 4);
            } else {
                std::memcpy(to, from, bytes);
            }
        }
    });
}

void fill(void* dst, int64_t count, int64_t elementSize, const void* value) {
    const int64_t perTask = 2 * kTaskBytes / elementSize;
    parallelTasks(ceilDiv(count, perTask), kTaskBytes / 8, [&](int64_t task) {
        fillRow(elementSize, static_cast<char*>(dst) + task * perTask * elementSize,
                std::min(perTask, count - task * perTask), value);
    });
}

}  // namespace opentrt::cpu::kernels
