// SPDX-License-Identifier: Apache-2.0
#include "ops/convolution.h"

#include "ops/support/convolve.h"

namespace opentrt::ops {

void Convolution::infer(InferContext& c) const {
    const auto kernel = checkKernel(c, {"[K, C/groups, ...]", groups, outputMaps, window, false, quantized}, *this);
    c.output(0, quantized ? DType::F32 : c.type(0),
             windowedShape(c, kernel,
                           [this](size_t axis, const Dim& in, int64_t size) { return outputDim(axis, in, size); }));
}

void Convolution::eval(EvalContext& c) const {
    convolve(c, *this, groups, false);
}

double Convolution::flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const {
    return convolutionFlops(*outputs[0], *inputs[1]);
}

}  // namespace opentrt::ops
