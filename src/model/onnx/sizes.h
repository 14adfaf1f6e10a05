// SPDX-License-Identifier: Apache-2.0
// Sizes that are numbers where they are known and tensors where they depend on dynamic dimensions, and the arithmetic
// on them. Layers appear only for what is not known.
#pragma once
#include <optional>
#include <vector>

#include "model/onnx/context.h"

namespace opentrt::model {

struct Size {
    Size() = default;
    Size(int64_t known) : known(known) {}  // NOLINT(google-explicit-constructor): numbers are sizes
    explicit Size(ITensor& tensor) : tensor(&tensor) {}

    std::optional<int64_t> known;
    ITensor* tensor = nullptr;  //!< kINT64 of shape [1] when not known
};
using Sizes = std::vector<Size>;

//! The dimensions of a tensor.
Sizes sizesOf(Context& c, ITensor& x);
Size sizeOf(Context& c, ITensor& x, int axis);
//! The contents of an integer input of rank 0 or 1.
Sizes contentsOf(Context& c, int input);

//! The only element of an integer input.
Size numberOf(Context& c, int input);

Size plus(Context& c, const Size& a, const Size& b);
Size minus(Context& c, const Size& a, const Size& b);
Size times(Context& c, const Size& a, const Size& b);
Size divided(Context& c, const Size& a, const Size& b);  //!< truncating
Size smaller(Context& c, const Size& a, const Size& b);
Size larger(Context& c, const Size& a, const Size& b);
Size floorDivided(Context& c, const Size& a, const Size& b);
Size isEqual(Context& c, const Size& a, const Size& b);  //!< 1 or 0
Size isLess(Context& c, const Size& a, const Size& b);   //!< 1 or 0
Size product(Context& c, const Sizes& sizes);

bool allKnown(const Sizes& sizes);
std::vector<int64_t> numbers(const Sizes& sizes);   //!< all must be known
ITensor& asTensor(Context& c, const Size& size);    //!< [1]
ITensor& asTensor(Context& c, const Sizes& sizes);  //!< 1-D

//! Reshape to sizes that may depend on dynamic dimensions.
ITensor& reshapedTo(Context& c, ITensor& x, const Sizes& dims);
//! x repeated along dimensions of size 1 until it has (at least) these dimensions, as numpy broadcasts.
ITensor& expanded(Context& c, ITensor& x, const Sizes& dims);

//! 0, 1, 2, ... : `count` numbers.
ITensor& ramp(Context& c, const Size& count, DataType type);

//! A window along `axes`; the other dimensions are kept whole.
struct SliceWindow {
    std::vector<int> axes;
    Sizes start;
    Sizes size;
    std::vector<int64_t> stride;  //!< empty: 1
    nvinfer1::SampleMode mode = nvinfer1::SampleMode::kSTRICT_BOUNDS;
    ITensor* fill = nullptr;  //!< scalar, for SampleMode::kFILL
};
ITensor& sliced(Context& c, ITensor& x, const SliceWindow& window);

}  // namespace opentrt::model
