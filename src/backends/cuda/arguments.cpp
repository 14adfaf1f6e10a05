// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/arguments.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace opentrt::cuda {

Divisor::Divisor(int64_t number) : d(static_cast<uint32_t>(number)) {
    // Round-up method: with 2^shift >= d, n / d = (mulhi(n, magic) + n) >> shift for all n < 2^31.
    while ((uint64_t{1} << shift) < d) ++shift;
    magic = static_cast<uint32_t>(((uint64_t{1} << 32) * ((uint64_t{1} << shift) - d)) / d + 1);
}

std::vector<size_t> memoryOrder(Format format, size_t rank) {
    std::vector<size_t> order(rank);
    std::iota(order.begin(), order.end(), size_t{0});
    if (format == Format::Linear) return order;
    check(format == Format::Nhwc && rank >= 3, "a format that the CUDA backend does not have");
    std::rotate(order.begin() + 1, order.begin() + 2, order.end());
    return order;
}

Dims stridesIn(Format format, const Dims& dims) {
    const std::vector<size_t> order = memoryOrder(format, dims.size());
    Dims strides(dims.size());
    int64_t stride = 1;
    for (size_t i = order.size(); i-- > 0;) {
        strides[order[i]] = stride;
        stride *= dims[order[i]];
    }
    return strides;
}

Dims broadcast(const Dims& operand, Dims strides) {
    for (size_t i = 0; i < operand.size(); ++i) {
        if (operand[i] == 1) strides[i] = 0;
    }
    return strides;
}

void Walk::simplify() {
    Dims kept;
    std::vector<Dims> keptStrides(strides.size());
    for (size_t d = 0; d < dims.size(); ++d) {
        if (dims[d] == 1) continue;
        const bool merges = !kept.empty() && [&] {
            for (size_t k = 0; k < strides.size(); ++k) {
                if (keptStrides[k].back() != strides[k][d] * dims[d]) return false;
            }
            return true;
        }();
        if (merges) {
            kept.back() *= dims[d];
        } else {
            kept.push_back(dims[d]);
        }
        for (size_t k = 0; k < strides.size(); ++k) {
            if (merges) keptStrides[k].pop_back();
            keptStrides[k].push_back(strides[k][d]);
        }
    }
    dims = std::move(kept);
    strides = std::move(keptStrides);
}

uint32_t requireCount(int64_t count) {
    if (count < int64_t{1} << 31) return static_cast<uint32_t>(count);
    throw Error(ErrorCode::Unsupported, "", cat("a tensor of ", count, " elements is more than CUDA kernels count"));
}

int64_t blocksFor(int64_t pieces, int threads) {
    constexpr int64_t kMost = 1 << 14;
    return std::clamp<int64_t>((pieces + threads - 1) / threads, 1, kMost);
}

}  // namespace opentrt::cuda
