// SPDX-License-Identifier: Apache-2.0
// Products of few rows, whose time is that of reading the weights.
#pragma once
#include "backends/cuda/contraction.h"
#include "backends/cuda/rows.h"

namespace opentrt::cuda {

//! Layout of code/few_rows.cu and code/packed_product.cu.
struct FewRowsArgs {
    const void *a = nullptr, *b = nullptr;
    void* y = nullptr;
    Extras extra;
    int32_t M = 0, N = 0;
};
//! Rows by packed weights, with `extras` operands behind the product.
std::unique_ptr<Launch> makeRowsLaunch(const std::shared_ptr<const Module>& module, const char* kernel,
                                       const Grid& grid, int64_t rows, int64_t columns,
                                       std::shared_ptr<const DeviceWeights> packed, size_t extras);

}  // namespace opentrt::cuda
