// SPDX-License-Identifier: Apache-2.0
// Arithmetic in which operators compute: integers that wrap, and bulk reads and writes of tensors as double or int64.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "graph/tensor.h"

namespace opentrt::ops {

//! The low bits of `value` as a number of the integer type: what wrapping arithmetic leaves.
inline int64_t wrapTo(DType type, uint64_t value) {
    switch (type) {
        case DType::I8:
            return static_cast<int8_t>(value);
        case DType::U8:
            return static_cast<uint8_t>(value);
        case DType::I32:
            return static_cast<int32_t>(value);
        case DType::Bool:
            return value != 0;
        default:
            return static_cast<int64_t>(value);
    }
}

inline void store(Tensor& out, const std::vector<double>& values) {
    for (size_t i = 0; i < values.size(); ++i) out.set(static_cast<int64_t>(i), values[i]);
}
inline void store(Tensor& out, const std::vector<int64_t>& values) {
    for (size_t i = 0; i < values.size(); ++i) out.setInt(static_cast<int64_t>(i), values[i]);
}
//! Sums and products of integers are formed in uint64_t, where they wrap without undefined behaviour.
inline void store(Tensor& out, const std::vector<uint64_t>& values) {
    for (size_t i = 0; i < values.size(); ++i) out.setInt(static_cast<int64_t>(i), wrapTo(out.type(), values[i]));
}

//! Elements as the type that operators compute in: double, int64_t or uint64_t.
template <class T>
std::vector<T> load(const Tensor& in) {
    if constexpr (std::is_same_v<T, double>) {
        return in.toDoubles();
    } else {
        const auto ints = in.toInts();
        return std::vector<T>(ints.begin(), ints.end());
    }
}

//! Calls body(T{}) with double for floating types and uint64_t for integers.
template <class Body>
void withArithmetic(DType type, Body body) {
    if (isFloat(type))
        body(double{});
    else
        body(uint64_t{});
}
//! Calls body(T{}) with double for floating types and int64_t for integers: for comparisons.
template <class Body>
void withOrder(DType type, Body body) {
    if (isFloat(type))
        body(double{});
    else
        body(int64_t{});
}

}  // namespace opentrt::ops
