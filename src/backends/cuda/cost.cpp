// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/cost.h"

#include <algorithm>

namespace opentrt::cuda {

namespace {

constexpr int64_t kStep = 128;         // bytes of k
constexpr double kStored = 41e3;       // bytes that a multiprocessor stores, or reads of a residual, in a microsecond
constexpr double kWholeDevice = 31e3;  // bytes that pass each multiprocessor when all read and write new ones

//! Of a kind of kernel on a multiprocessor.
struct Rates {
    double start;       //!< microseconds of a kernel
    double round;       //!< of each round of blocks or tiles, for what is not done beside the products
    double copied;      //!< bytes in a microsecond
    double multiplied;  //!< multiplications and additions of 16-bit numbers, millions in a microsecond
};

const Rates& ratesOf(Pace pace) {
    static const Rates kRates[] = {
        {0.04, 1.60, 99e3, 5.0},   // Once
        {0.64, 2.10, 90e3, 4.3},   // Shared
        {1.60, 0.43, 79e3, 5.0},   // FewRows
        {1.50, 0.17, 110e3, 6.6},  // Loop
        {1.70, 0.11, 120e3, 6.8},  // Turns
        {1.20, 0.32, 130e3, 4.6},  // ManyBlocks
        {1.30, 2.00, 100e3, 5.0},  // Resident
        {1.20, 0.40, 42e3, 5.0},   // Warps
    };
    return kRates[static_cast<int>(pace)];
}

int64_t parts(int64_t all, int64_t of) {
    return (all + of - 1) / of;
}

}  // namespace

double estimatedMs(const Target& target, const TiledWork& work, const ProductSize& size) {
    const Rates& rates = ratesOf(work.pace);
    const int64_t blocks = parts(size.rows, work.rows) * parts(size.columns, work.columns) * work.split;
    const int64_t most = parts(blocks, target.multiprocessors);  // of one multiprocessor
    const int64_t steps = parts(size.k * size.bytes, kStep * work.split);
    const int64_t results = size.addsResidual ? 2 : 1;
    const auto copied = static_cast<double>(steps * kStep * (work.rows + work.columns));
    // Twice as many narrow numbers are multiplied at once, half as many floats: so many bytes of them.
    const auto multiplied = static_cast<double>(work.rows * work.columns * steps * kStep);
    const auto stored = static_cast<double>(work.rows * work.columns * size.bytes * results);
    const double each = std::max(copied / rates.copied, multiplied / (rates.multiplied * 1e6)) + stored / kStored;
    const auto once = static_cast<double>(
        (size.rows * size.k / size.taps + size.columns * size.k + size.rows * size.columns * results) * size.bytes);
    const double all = once / (kWholeDevice * static_cast<double>(target.multiprocessors));
    const auto rounds = static_cast<double>(parts(most, work.resident));
    return (rates.start + rounds * rates.round + std::max(static_cast<double>(most) * each, all)) / 1e3;
}

}  // namespace opentrt::cuda
