// SPDX-License-Identifier: Apache-2.0
// bfloat16 for the host: the storage types, conversions and plain arithmetic, which is done in float.
#pragma once

#include "host_defines.h"

struct __nv_bfloat16_raw {
    unsigned short x;
};
typedef struct __nv_bfloat16_raw __nv_bfloat16_raw;

#if defined(__cplusplus)

#include "hostcuda/small_floats.h"

struct __nv_bfloat16 {
    unsigned short __x;

    __nv_bfloat16() = default;
    __nv_bfloat16(const __nv_bfloat16_raw& raw) : __x(raw.x) {}
    __nv_bfloat16(float value) : __x(hostcuda::bfloat16Of(value)) {}
    __nv_bfloat16(double value) : __nv_bfloat16(static_cast<float>(value)) {}
    __nv_bfloat16(short value) : __nv_bfloat16(static_cast<float>(value)) {}
    __nv_bfloat16(unsigned short value) : __nv_bfloat16(static_cast<float>(value)) {}
    __nv_bfloat16(int value) : __nv_bfloat16(static_cast<float>(value)) {}
    __nv_bfloat16(unsigned int value) : __nv_bfloat16(static_cast<float>(value)) {}
    __nv_bfloat16(long long value) : __nv_bfloat16(static_cast<float>(value)) {}
    __nv_bfloat16(unsigned long long value) : __nv_bfloat16(static_cast<float>(value)) {}

    operator float() const { return hostcuda::floatOfBfloat16(__x); }
    operator __nv_bfloat16_raw() const {
        __nv_bfloat16_raw raw;
        raw.x = __x;
        return raw;
    }
    __nv_bfloat16& operator+=(const __nv_bfloat16& other) { return *this = __nv_bfloat16(float(*this) + float(other)); }
    __nv_bfloat16& operator-=(const __nv_bfloat16& other) { return *this = __nv_bfloat16(float(*this) - float(other)); }
    __nv_bfloat16& operator*=(const __nv_bfloat16& other) { return *this = __nv_bfloat16(float(*this) * float(other)); }
    __nv_bfloat16& operator/=(const __nv_bfloat16& other) { return *this = __nv_bfloat16(float(*this) / float(other)); }
};

struct __align__(4) __nv_bfloat162 {
    __nv_bfloat16 x;
    __nv_bfloat16 y;
};

typedef __nv_bfloat16 nv_bfloat16;
typedef __nv_bfloat162 nv_bfloat162;

inline __nv_bfloat16 operator+(const __nv_bfloat16& a, const __nv_bfloat16& b) {
    return __nv_bfloat16(float(a) + float(b));
}
inline __nv_bfloat16 operator-(const __nv_bfloat16& a, const __nv_bfloat16& b) {
    return __nv_bfloat16(float(a) - float(b));
}
inline __nv_bfloat16 operator*(const __nv_bfloat16& a, const __nv_bfloat16& b) {
    return __nv_bfloat16(float(a) * float(b));
}
inline __nv_bfloat16 operator/(const __nv_bfloat16& a, const __nv_bfloat16& b) {
    return __nv_bfloat16(float(a) / float(b));
}
inline __nv_bfloat16 operator-(const __nv_bfloat16& a) {
    return __nv_bfloat16(-float(a));
}
inline bool operator==(const __nv_bfloat16& a, const __nv_bfloat16& b) {
    return float(a) == float(b);
}
inline bool operator!=(const __nv_bfloat16& a, const __nv_bfloat16& b) {
    return float(a) != float(b);
}
inline bool operator<(const __nv_bfloat16& a, const __nv_bfloat16& b) {
    return float(a) < float(b);
}
inline bool operator>(const __nv_bfloat16& a, const __nv_bfloat16& b) {
    return float(a) > float(b);
}
inline bool operator<=(const __nv_bfloat16& a, const __nv_bfloat16& b) {
    return float(a) <= float(b);
}
inline bool operator>=(const __nv_bfloat16& a, const __nv_bfloat16& b) {
    return float(a) >= float(b);
}

inline __nv_bfloat16 __float2bfloat16(float value) {
    return __nv_bfloat16(value);
}
inline __nv_bfloat16 __float2bfloat16_rn(float value) {
    return __nv_bfloat16(value);
}
inline __nv_bfloat16 __double2bfloat16(double value) {
    return __nv_bfloat16(value);
}
inline float __bfloat162float(__nv_bfloat16 value) {
    return float(value);
}
inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 value) {
    return value.__x;
}
inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits) {
    __nv_bfloat16 value;
    value.__x = bits;
    return value;
}
inline __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 low, __nv_bfloat16 high) {
    return __nv_bfloat162{low, high};
}

#endif
