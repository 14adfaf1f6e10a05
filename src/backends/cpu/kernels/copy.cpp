// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/copy.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"

namespace opentrt::cpu::kernels {

namespace {

constexpr int64_t kGrainBytes = 32 * 1024;

//! Row of `count` elements of type T.
template <class T>
void copyRow(const T* src, int64_t srcStride, T* dst, int64_t dstStride, int64_t count) {
    if (srcStride == 0) {
        for (int64_t i = 0; i < count; ++i) dst[i * dstStride] = *src;
    } else if (dstStride == 1) {
        for (int64_t i = 0; i < count; ++i) dst[i] = src[i * srcStride];
    } else {
        for (int64_t i = 0; i < count; ++i) dst[i * dstStride] = src[i * srcStride];
    }
}

void copyRow(int64_t size, const char* src, int64_t srcStride, char* dst, int64_t dstStride, int64_t count) {
    switch (size) {
        case 1:
            return copyRow(reinterpret_cast<const uint8_t*>(src), srcStride, reinterpret_cast<uint8_t*>(dst), dstStride,
                           count);
        case 2:
            return copyRow(reinterpret_cast<const uint16_t*>(src), srcStride, reinterpret_cast<uint16_t*>(dst),
                           dstStride, count);
        case 4:
            return copyRow(reinterpret_cast<const uint32_t*>(src), srcStride, reinterpret_cast<uint32_t*>(dst),
                           dstStride, count);
        default:
            return copyRow(reinterpret_cast<const uint64_t*>(src), srcStride, reinterpret_cast<uint64_t*>(dst),
                           dstStride, count);
    }
}

//! A block of rows x cols where src runs along rows and dst along cols: read and written in squares that stay in L1.
template <class T>
void transposeBlock(const T* src, int64_t srcCol, T* dst, int64_t dstRow, int64_t rows, int64_t cols) {
    constexpr int64_t kTile = 16;
    for (int64_t r = 0; r < rows; r += kTile) {
        const int64_t rEnd = std::min(r + kTile, rows);
        for (int64_t c = 0; c < cols; c += kTile) {
            const int64_t cEnd = std::min(c + kTile, cols);
            for (int64_t i = r; i < rEnd; ++i) {
                for (int64_t j = c; j < cEnd; ++j) dst[i * dstRow + j] = src[i + j * srcCol];
            }
        }
    }
}

void transposeBlock(int64_t size, const char* src, int64_t srcCol, char* dst, int64_t dstRow, int64_t rows,
                    int64_t cols) {
    switch (size) {
        case 1:
            return transposeBlock(reinterpret_cast<const uint8_t*>(src), srcCol, reinterpret_cast<uint8_t*>(dst),
                                  dstRow, rows, cols);
        case 2:
            return transposeBlock(reinterpret_cast<const uint16_t*>(src), srcCol, reinterpret_cast<uint16_t*>(dst),
                                  dstRow, rows, cols);
        case 4:
            return transposeBlock(reinterpret_cast<const uint32_t*>(src), srcCol, reinterpret_cast<uint32_t*>(dst),
                                  dstRow, rows, cols);
        default:
            return transposeBlock(reinterpret_cast<const uint64_t*>(src), srcCol, reinterpret_cast<uint64_t*>(dst),
                                  dstRow, rows, cols);
    }
}

}  // namespace

CopyPlan::CopyPlan(int64_t elementSize, std::span<const int64_t> dims, std::span<const int64_t> srcStrides,
                   std::span<const int64_t> dstStrides)
    : elementSize_(elementSize) {
    count_ = std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>());
    std::vector<size_t> order;
    for (size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] != 1) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return dstStrides[a] > dstStrides[b]; });
    for (const size_t i : order) {
        const bool merges =
            !dims_.empty() && src_.back() == srcStrides[i] * dims[i] && dst_.back() == dstStrides[i] * dims[i];
        if (merges) {
            dims_.back() *= dims[i];
            src_.back() = srcStrides[i];
            dst_.back() = dstStrides[i];
        } else {
            dims_.push_back(dims[i]);
            src_.push_back(srcStrides[i]);
            dst_.push_back(dstStrides[i]);
        }
    }
    if (dims_.empty()) dims_ = {1}, src_ = {1}, dst_ = {1};
    const size_t last = dims_.size() - 1;
    const bool rows = src_[last] == 1 && dst_[last] == 1;
    kind_ = rows ? (last == 0 ? Kind::Contiguous : Kind::Rows) : src_[last] == 0 ? Kind::Broadcast : Kind::Generic;
    if (rows || dst_[last] != 1) return;
    for (size_t i = 0; i < last; ++i) {
        if (src_[i] == 1) transposeDim_ = static_cast<int>(i);
    }
    if (transposeDim_ >= 0) kind_ = Kind::Transpose;
}

void CopyPlan::run(const void* src, void* dst) const {
    if (count_ == 0) return;
    const auto* from = static_cast<const char*>(src);
    auto* to = static_cast<char*>(dst);
    if (kind_ == Kind::Contiguous) {
        parallelFor(count_ * elementSize_, kGrainBytes, [&](int64_t begin, int64_t end) {
            std::memcpy(to + begin, from + begin, static_cast<size_t>(end - begin));
        });
        return;
    }
    const size_t last = dims_.size() - 1;
    const bool transposes = kind_ == Kind::Transpose;
    std::vector<size_t> outer;
    for (size_t i = 0; i < last; ++i) {
        if (!transposes || static_cast<int>(i) != transposeDim_) outer.push_back(i);
    }
    int64_t tasks = 1;
    for (const size_t i : outer) tasks *= dims_[i];
    const int64_t inner = count_ / tasks * elementSize_;
    parallelFor(tasks, std::max<int64_t>(1, kGrainBytes / std::max<int64_t>(inner, 1)),
                [&](int64_t begin, int64_t end) {
                    for (int64_t task = begin; task < end; ++task) {
                        int64_t rest = task, s = 0, d = 0;
                        for (size_t k = outer.size(); k-- > 0;) {
                            const size_t i = outer[k];
                            s += rest % dims_[i] * src_[i];
                            d += rest % dims_[i] * dst_[i];
                            rest /= dims_[i];
                        }
                        const char* a = from + s * elementSize_;
                        char* b = to + d * elementSize_;
                        if (kind_ == Kind::Rows) {
                            std::memcpy(b, a, static_cast<size_t>(dims_[last] * elementSize_));
                        } else if (transposes) {
                            const auto t = static_cast<size_t>(transposeDim_);
                            transposeBlock(elementSize_, a, src_[last], b, dst_[t], dims_[t], dims_[last]);
                        } else {
                            copyRow(elementSize_, a, src_[last], b, dst_[last], dims_[last]);
                        }
                    }
                });
}

CopyPlan transposePlan(int64_t elementSize, std::span<const int64_t> srcDims, std::span<const int32_t> perm) {
    std::vector<int64_t> strides(srcDims.size(), 1), dims, src, dst(srcDims.size(), 1);
    for (size_t i = srcDims.size(); i-- > 1;) strides[i - 1] = strides[i] * srcDims[i];
    for (const int32_t p : perm) {
        dims.push_back(srcDims[static_cast<size_t>(p)]);
        src.push_back(strides[static_cast<size_t>(p)]);
    }
    for (size_t i = dims.size(); i-- > 1;) dst[i - 1] = dst[i] * dims[i];
    return CopyPlan(elementSize, dims, src, dst);
}

void gatherRows(int64_t outer, int64_t axis, int64_t innerBytes, const void* src, DType indexType, const void* indices,
                int64_t indexCount, void* dst) {
    const auto* from = static_cast<const char*>(src);
    auto* to = static_cast<char*>(dst);
    const int64_t grain = std::max<int64_t>(1, kGrainBytes / std::max<int64_t>(innerBytes, 1));
    parallelFor(outer * indexCount, grain, [&](int64_t begin, int64_t end) {
        for (int64_t task = begin; task < end; ++task) {
            const int64_t o = task / indexCount, i = task % indexCount;
            int64_t at = indexType == DType::I64 ? static_cast<const int64_t*>(indices)[i]
                                                 : static_cast<const int32_t*>(indices)[i];
            if (at < 0) at += axis;
            char* row = to + task * innerBytes;
            if (at < 0 || at >= axis) {
                std::memset(row, 0, static_cast<size_t>(innerBytes));
            } else {
                std::memcpy(row, from + (o * axis + at) * innerBytes, static_cast<size_t>(innerBytes));
            }
        }
    });
}

void fill(void* dst, int64_t count, int64_t elementSize, const void* value) {
    parallelFor(count, kGrainBytes / elementSize, [&](int64_t begin, int64_t end) {
        char* to = static_cast<char*>(dst) + begin * elementSize;
        copyRow(elementSize, static_cast<const char*>(value), 0, to, 1, end - begin);
    });
}

}  // namespace opentrt::cpu::kernels
