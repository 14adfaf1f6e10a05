// SPDX-License-Identifier: Apache-2.0
// The 4-bit format for the host: storage in the low half of a byte and conversions from and to float. Conversions to it
// saturate, and it has no not-a-number: that becomes the largest value.
#pragma once

#include "cuda_fp8.h"

#if defined(__cplusplus)

typedef unsigned char __nv_fp4_storage_t;

struct __nv_fp4_e2m1 {
    __nv_fp4_storage_t __x;

    __nv_fp4_e2m1() = default;
    explicit __nv_fp4_e2m1(float value) : __x(static_cast<__nv_fp4_storage_t>(hostcuda::encode(format(), value))) {}
    explicit __nv_fp4_e2m1(double value) : __nv_fp4_e2m1(static_cast<float>(value)) {}
    explicit __nv_fp4_e2m1(int value) : __nv_fp4_e2m1(static_cast<float>(value)) {}
    explicit operator double() const { return float(*this); }
    explicit operator int() const { return static_cast<int>(float(*this)); }
    explicit operator bool() const { return float(*this) != 0; }
    operator float() const { return hostcuda::decode(format(), __x & 0xfu); }

    static hostcuda::SmallFormat format() { return {1, 1, 0x7, 0x8, 0x7}; }
};

#endif
