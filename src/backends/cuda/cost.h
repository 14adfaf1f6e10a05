// SPDX-License-Identifier: Apache-2.0
// How long a product in tiles takes, by estimate: what a multiprocessor copies, multiplies and stores, one round of
// blocks after the other. The rates are fitted to what builds of sixteen networks measured on an H200; tests/cuda has
// the fastest tactics of their layers, which must not be taken for slow ones.
#pragma once
#include <cstdint>

#include "backends/cuda/target.h"

namespace opentrt::cuda {

//! Kinds of kernels, each with rates of its own (cost.cpp).
enum class Pace { Once, Shared, FewRows, Loop, Turns, ManyBlocks, Resident, Warps };

//! How a tactic cuts a product.
struct TiledWork {
    Pace pace = Pace::Once;
    int64_t rows = 1, columns = 1;  //!< of a tile
    int64_t split = 1;              //!< blocks that share a sum
    int64_t resident = 1;           //!< blocks that a multiprocessor holds
};

//! The product itself; `k` is the inner size, all taps of a window together.
struct ProductSize {
    int64_t rows = 1, columns = 1, k = 1;
    int64_t bytes = 2;          //!< of an operand's number
    int64_t taps = 1;           //!< of a window: how often a number of the image is read
    bool addsResidual = false;  //!< an operand like the result is read
};

//! Milliseconds.
double estimatedMs(const Target& target, const TiledWork& work, const ProductSize& size);

}  // namespace opentrt::cuda
