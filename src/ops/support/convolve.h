// SPDX-License-Identifier: Apache-2.0
// What Convolution and Deconvolution check and compute alike; they differ in the side of the geometry on which the
// input lies.
#pragma once
#include "base/error.h"
#include "graph/op.h"
#include "ops/window.h"

namespace opentrt::ops {

struct KernelRule {
    const char* layout;  //!< of the kernel's first two dimensions, for messages
    int64_t groups;
    int64_t outputMaps;  //!< asked for by the layer API, or -1
    const std::vector<int64_t>& window;
    bool transposed;         //!< kernel is [C, K/groups, ...] instead of [K, C/groups, ...]
    bool quantized = false;  //!< narrow numbers and no bias
};

struct KernelShape {
    size_t spatial;      //!< number of spatial axes
    int64_t outputMaps;  //!< K
    std::vector<int64_t> window;
};

//! Checks inputs 0 x, 1 kernel, 2 bias against each other and against what the layer API asked for.
KernelShape checkKernel(const InferContext& context, const KernelRule& rule, const WindowParams& params);
//! Output shape: leading dimensions, outputMaps, then `size` of each spatial axis; refuses sizes below 0.
template <class Size>
Shape windowedShape(const InferContext& context, const KernelShape& kernel, Size size) {
    const Shape& x = context.shape(0);
    Shape out(x.begin(), x.end() - static_cast<std::ptrdiff_t>(kernel.spatial));
    out.back() = kernel.outputMaps;
    for (size_t i = 0; i < kernel.spatial; ++i) {
        const Dim& in = x[out.size()];
        out.push_back(size(i, in, kernel.window[i]));
        if (out.back().isConstant() && out.back().constant() < 0)
            context.fail(cat("output size is ", out.back(), " along spatial axis ", i, " for input size ", in,
                             " and window ", kernel.window[i]));
    }
    return out;
}

//! The sums themselves, in double.
void convolve(EvalContext& context, const WindowParams& params, int64_t groups, bool transposed);

//! Number of multiplications and additions of a convolution whose dense side has the given shape.
double convolutionFlops(const Fact& dense, const Fact& kernel);

}  // namespace opentrt::ops
