// SPDX-License-Identifier: Apache-2.0
// Reductions over any set of axes: sum, mean, product, maximum, minimum of f32, f16, bf16 (computed in f32, long sums
// joined in double). NaN wins in maximum and minimum. Few outputs with long sums are cut into parts of a fixed size, so
// that threads share them and results do not depend on how many there are.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "backends/cpu/kernels/layout.h"
#include "base/types.h"

namespace opentrt::cpu::kernels {

enum class ReduceKind : uint8_t { Sum, Mean, Prod, Max, Min };

class ReducePlan {
public:
    //! x is dense; `reduced` has one flag per dim. The output is dense over the other dims, in order. Empty sums give
    //! the neutral element, an empty mean NaN.
    ReducePlan(ReduceKind kind, DType type, std::span<const int64_t> dims, std::span<const bool> reduced);
    int64_t workspace() const { return parts_ > 1 ? parts_ * outputs_ : 0; }  //!< floats
    void run(const void* x, void* y, float* workspace) const;

private:
    struct Axis {
        int64_t size, stride;
    };
    ReduceKind kind_;
    DType type_;
    std::vector<Axis> kept_, reduced_;  // merged, outermost first; without the innermost dim of x
    int64_t inner_ = 1;                 // size of the innermost dim
    bool innerReduced_ = false;
    int64_t outputs_ = 1, count_ = 1;  // outputs, elements in each
    int64_t outer_ = 1, steps_ = 1;    // products of kept_ and reduced_
    int64_t parts_ = 1, stepsPerPart_ = 1;
};

//! y[n][c] = mean over the spatial elements of x; y is dense, and for nChw16c padded to whole blocks. f32.
void globalAverage(ImageLayout layout, int64_t batch, int64_t channels, int64_t spatial, const float* x, float* y);

}  // namespace opentrt::cpu::kernels
