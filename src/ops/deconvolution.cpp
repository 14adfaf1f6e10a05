// SPDX-License-Identifier: Apache-2.0
#include "ops/deconvolution.h"

#include "ops/support/convolve.h"

namespace opentrt::ops {

void Deconvolution::infer(InferContext& c) const {
    const auto kernel = checkKernel(c, {"[C, K/groups, ...]", groups, outputMaps, window, true}, *this);
    c.output(0, c.type(0), windowedShape(c, kernel, [this](size_t axis, const Dim& in, int64_t size) {
                 return outputDimTransposed(axis, in, size);
             }));
}

void Deconvolution::eval(EvalContext& c) const {
    convolve(c, *this, groups, true);
}

double Deconvolution::flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>&) const {
    return convolutionFlops(*inputs[0], *inputs[1]);
}

}  // namespace opentrt::ops
