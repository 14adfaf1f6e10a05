// SPDX-License-Identifier: Apache-2.0
// The 8-bit formats for the host: storage and conversions from and to float. Conversions to them saturate.
#pragma once

#include "cuda_bf16.h"
#include "cuda_fp16.h"

#if defined(__cplusplus)

typedef unsigned char __nv_fp8_storage_t;

struct __nv_fp8_e4m3 {
    __nv_fp8_storage_t __x;

    __nv_fp8_e4m3() = default;
    explicit __nv_fp8_e4m3(float value) : __x(static_cast<__nv_fp8_storage_t>(hostcuda::encode(format(), value))) {}
    explicit __nv_fp8_e4m3(double value) : __nv_fp8_e4m3(static_cast<float>(value)) {}
    explicit __nv_fp8_e4m3(int value) : __nv_fp8_e4m3(static_cast<float>(value)) {}
    explicit operator double() const { return float(*this); }
    explicit operator int() const { return static_cast<int>(float(*this)); }
    explicit operator bool() const { return float(*this) != 0; }
    operator float() const {
        return (__x & 0x7f) == 0x7f ? hostcuda::floatOf(0x7fffffff) : hostcuda::decode(format(), __x);
    }

    static hostcuda::SmallFormat format() { return {3, 7, 0x7e, 0x80, 0x7f}; }
};

struct __nv_fp8_e5m2 {
    __nv_fp8_storage_t __x;

    __nv_fp8_e5m2() = default;
    explicit __nv_fp8_e5m2(float value) : __x(static_cast<__nv_fp8_storage_t>(hostcuda::encode(format(), value))) {}
    explicit __nv_fp8_e5m2(double value) : __nv_fp8_e5m2(static_cast<float>(value)) {}
    explicit __nv_fp8_e5m2(int value) : __nv_fp8_e5m2(static_cast<float>(value)) {}
    explicit operator double() const { return float(*this); }
    explicit operator int() const { return static_cast<int>(float(*this)); }
    explicit operator bool() const { return float(*this) != 0; }
    operator float() const {
        const unsigned magnitude = __x & 0x7fu;
        if (magnitude > 0x7c) return hostcuda::floatOf(0x7fffffff);
        if (magnitude == 0x7c) return hostcuda::floatOf(__x & 0x80 ? 0xff800000u : 0x7f800000u);
        return hostcuda::decode(format(), __x);
    }

    static hostcuda::SmallFormat format() { return {2, 15, 0x7b, 0x80, 0x7f}; }
};

#endif
