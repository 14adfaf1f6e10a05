// SPDX-License-Identifier: Apache-2.0
// Products of rows that normalise what they make, alone (normed_rows.cpp) or behind another product (mlp.cpp).
#pragma once
#include "backends/cuda/copied.h"

namespace opentrt::cuda {

inline constexpr int64_t kWordBytes = 8;  // that a block tells of a row

//! Layout of code/normed_rows.cu.
struct alignas(64) NormedArgs {
    TensorMap a, b, like;
    void *y = nullptr, *normed = nullptr;
    Extras extra;
    const void* factors = nullptr;
    const void* words = nullptr;
    int32_t M = 0, N = 0, chunks = 0;
    float epsilon = 0;
};

//! The normalisation of the rows of the last of so many products, which with those rows or alone is what the region
//! makes; null when it is another region.
const Node* normBehind(const RegionView& region, size_t products);

//! Why no kernel makes and normalises such rows; empty when one does. `region`: of the product.
std::string whyNotNormed(const Site& site, const RegionView& region, const Node& norm);

//! Scales of the columns, then biases, as floats.
Tensor packFactors(const RegionView& region, const Node& norm, int64_t columns);

}  // namespace opentrt::cuda
