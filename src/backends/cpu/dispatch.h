// SPDX-License-Identifier: Apache-2.0
// From run-time types to template parameters.
#pragma once
#include <cstdint>

#include "base/error.h"
#include "base/types.h"

namespace opentrt::cpu {

//! Calls body(Word{}) with the unsigned integer of `bytes` bytes: for kernels that only move elements.
template <class Body>
decltype(auto) withWord(int64_t bytes, Body&& body) {
    switch (bytes) {
        case 1:
            return body(uint8_t{});
        case 2:
            return body(uint16_t{});
        case 4:
            return body(uint32_t{});
        case 8:
            return body(uint64_t{});
        default:
            internalError("an element of odd size");
    }
}

//! Calls body(T{}) with the type that computes: f32 and the integers.
template <class Body>
decltype(auto) withNumber(DType type, Body&& body) {
    switch (type) {
        case DType::F32:
            return body(float{});
        case DType::I8:
            return body(int8_t{});
        case DType::U8:
        case DType::Bool:
            return body(uint8_t{});
        case DType::I32:
            return body(int32_t{});
        case DType::I64:
            return body(int64_t{});
        default:
            internalError("a type without native arithmetic");
    }
}

//! Element `i` of an index tensor (i32 or i64).
inline int64_t indexAt(const void* indices, DType type, int64_t i) {
    return type == DType::I64 ? static_cast<const int64_t*>(indices)[i] : static_cast<const int32_t*>(indices)[i];
}

//! Place that an index means along an axis (negative ones count from the end), or -1 for none.
inline int64_t placeOf(int64_t index, int64_t size) {
    const int64_t place = index < 0 ? index + size : index;
    return place >= 0 && place < size ? place : -1;
}

}  // namespace opentrt::cpu
