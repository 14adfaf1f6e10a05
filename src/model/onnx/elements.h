// SPDX-License-Identifier: Apache-2.0
// What the parser knows of the contents of a small tensor while it imports: constants, and the sizes that exporters
// compute with Shape, Gather, Concat and arithmetic. An element may be unknown when it depends on a dynamic dimension.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/onnx/constant.h"

namespace opentrt::model {

struct Element {
    bool known = false;
    int64_t integer = 0;  //!< value when the type is integer or bool
    double real = 0;      //!< value when the type is floating
};

struct Elements {
    nvinfer1::DataType type = nvinfer1::DataType::kINT64;
    std::vector<int64_t> dims;
    std::vector<Element> values;  //!< row-major

    bool complete() const;
    size_t size() const { return values.size(); }
    bool floating() const { return isFloating(type); }
    int64_t rank() const { return static_cast<int64_t>(dims.size()); }
};
using ElementsPtr = std::shared_ptr<const Elements>;

//! Larger tensors are not tracked: shape arithmetic is small.
inline constexpr int64_t kMostElements = 1024;

//! Number of elements; nothing when a dimension is negative or the tensor is larger than kMostElements.
std::optional<size_t> smallVolume(const std::vector<int64_t>& dims);
//! Contents of a small constant; null for large ones and for types that the parser cannot read.
ElementsPtr elementsOf(const Constant& constant);
//! All elements must be known.
std::shared_ptr<const Constant> constantOf(const Elements& elements);

Element integerElement(nvinfer1::DataType type, int64_t value);  //!< wraps to `type`
Element realElement(nvinfer1::DataType type, double value);      //!< rounds to `type`

//! All values as integers when every one is known and the type is integer or bool.
std::optional<std::vector<int64_t>> knownIntegers(const Elements& elements);

}  // namespace opentrt::model
