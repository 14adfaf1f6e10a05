// SPDX-License-Identifier: Apache-2.0
// What kernels with one thread for each element of the result share (code/elements.cu).
#pragma once
#include <algorithm>

#include "backends/cuda/arguments.h"
#include "backends/cuda/emit.h"
#include "backends/cuda/family.h"
#include "backends/cuda/rows.h"
#include "base/error.h"

namespace opentrt::cuda {

using Code = std::shared_ptr<const Module>;

//! Layout of code/elements.cu: dimensions, and what the number of an element says about its place along each.
struct Places {
    static constexpr size_t kMost = 8;
    uint32_t rank = 0;
    Divisor dim[kMost];

    Places() = default;
    explicit Places(const Dims& dims);
};
//! A number for each dimension, or zeros.
struct PerDim {
    int64_t v[Places::kMost] = {};

    PerDim() = default;
    explicit PerDim(const Dims& numbers) { std::copy(numbers.begin(), numbers.end(), v); }
};

//! Which scale belongs to which element: the sum of place / block * stride over the dimensions, whose strides are zero
//! where all share one.
struct ScalePlaces {
    Dims block, stride;
};
//! One scale for all elements of `x`, for each place along an axis, or for each block, whose shape may be left out.
//! Nothing where they do not cover the elements.
std::optional<ScalePlaces> scalePlaces(const Dims& x, const Dims& scale, int64_t axis, const Dims& blockShape);

//! "more than 8 dimensions", or nothing.
std::string whyNotPlaces(const Shape& shape);
//! "typedef u16 W;": a word as wide as the type's elements.
std::string wordLine(DType type);
//! Divides by n, or by 1 where that is 0 and nothing will be divided.
inline Divisor divisor(int64_t n) {
    return Divisor(std::max<int64_t>(n, 1));
}
//! Product of the dimensions in [from, to).
int64_t product(const Dims& dims, size_t from, size_t to);
inline int64_t product(const Dims& dims, size_t from) {
    return product(dims, from, dims.size());
}

//! A thread for each of so many elements, which the kernel finds in `args.count`. Nothing is launched for none.
template <class Args, class Fill>
std::unique_ptr<Launch> elementLaunch(Code code, const char* kernel, Args args, int64_t count, Fill fill) {
    args.count = requireCount(count);
    if (args.count == 0) return makeLaunch([](const LaunchArgs&) {});
    Grid grid;
    grid.x = blocksFor(args.count, grid.threads);
    return makeKernelLaunch(std::move(code), kernel, grid, args, std::move(fill));
}

//! Numbers that kernels read, made when shapes become known.
class Table {
public:
    Table(const Machine& machine, const void* data, int64_t bytes);
    const char* data() const { return static_cast<const char*>(memory_.data()); }

private:
    KeptMemory memory_;
};

}  // namespace opentrt::cuda
