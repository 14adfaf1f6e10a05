// SPDX-License-Identifier: Apache-2.0
// Inputs in quantized form, as the operators with integer arithmetic have them.
#pragma once
#include "model/onnx/context.h"

namespace opentrt::model {

//! Input `x` as floats minus its zero point (input `zero`, may be left out), which is per tensor or along `axis`.
ITensor& centred(Context& c, int x, int zero, int axis);
//! (x - zero) * scale, scale and zero point per tensor or along `axis`.
ITensor& dequantized(Context& c, int x, int scale, int zero, int axis);
//! saturate(round(x / scale) + zero) in the type of the zero point (kUINT8 without one).
ITensor& quantized(Context& c, ITensor& x, int scale, int zero, int axis);

//! x rounded to what `type`, an ONNX type of 8-bit floats that the network lacks, can hold; x in a floating type.
ITensor& roundedTo(Context& c, ITensor& x, int32_t type, bool saturate);

struct DynamicallyQuantized {
    ITensor& values;  //!< kUINT8
    ITensor& scale;
    ITensor& zero;  //!< kUINT8
};
//! By the range of x itself, which is widened to hold 0.
DynamicallyQuantized dynamicallyQuantized(Context& c, ITensor& x);

}  // namespace opentrt::model
