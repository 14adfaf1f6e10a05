// SPDX-License-Identifier: Apache-2.0
// Half precision for the host: the storage types, conversions and plain arithmetic, which is done in float.
#pragma once

#include "host_defines.h"

struct __half_raw {
    unsigned short x;
};
typedef struct __half_raw __half_raw;

#if defined(__cplusplus)

#include "hostcuda/small_floats.h"

struct __half {
    unsigned short __x;

    __half() = default;
    __half(const __half_raw& raw) : __x(raw.x) {}
    __half(float value) : __x(hostcuda::halfOf(value)) {}
    __half(double value) : __half(static_cast<float>(value)) {}
    __half(short value) : __half(static_cast<float>(value)) {}
    __half(unsigned short value) : __half(static_cast<float>(value)) {}
    __half(int value) : __half(static_cast<float>(value)) {}
    __half(unsigned int value) : __half(static_cast<float>(value)) {}
    __half(long long value) : __half(static_cast<float>(value)) {}
    __half(unsigned long long value) : __half(static_cast<float>(value)) {}

    operator float() const { return hostcuda::floatOfHalf(__x); }
    operator __half_raw() const {
        __half_raw raw;
        raw.x = __x;
        return raw;
    }
    __half& operator+=(const __half& other) { return *this = __half(float(*this) + float(other)); }
    __half& operator-=(const __half& other) { return *this = __half(float(*this) - float(other)); }
    __half& operator*=(const __half& other) { return *this = __half(float(*this) * float(other)); }
    __half& operator/=(const __half& other) { return *this = __half(float(*this) / float(other)); }
};

struct __align__(4) __half2 {
    __half x;
    __half y;
};

typedef __half half;
typedef __half2 half2;
typedef __half __nv_half;
typedef __half2 __nv_half2;

inline __half operator+(const __half& a, const __half& b) {
    return __half(float(a) + float(b));
}
inline __half operator-(const __half& a, const __half& b) {
    return __half(float(a) - float(b));
}
inline __half operator*(const __half& a, const __half& b) {
    return __half(float(a) * float(b));
}
inline __half operator/(const __half& a, const __half& b) {
    return __half(float(a) / float(b));
}
inline __half operator-(const __half& a) {
    return __half(-float(a));
}
inline bool operator==(const __half& a, const __half& b) {
    return float(a) == float(b);
}
inline bool operator!=(const __half& a, const __half& b) {
    return float(a) != float(b);
}
inline bool operator<(const __half& a, const __half& b) {
    return float(a) < float(b);
}
inline bool operator>(const __half& a, const __half& b) {
    return float(a) > float(b);
}
inline bool operator<=(const __half& a, const __half& b) {
    return float(a) <= float(b);
}
inline bool operator>=(const __half& a, const __half& b) {
    return float(a) >= float(b);
}

inline __half __float2half(float value) {
    return __half(value);
}
inline __half __float2half_rn(float value) {
    return __half(value);
}
inline __half __double2half(double value) {
    return __half(value);
}
inline float __half2float(__half value) {
    return float(value);
}
inline unsigned short __half_as_ushort(__half value) {
    return value.__x;
}
inline __half __ushort_as_half(unsigned short bits) {
    __half value;
    value.__x = bits;
    return value;
}
inline __half2 __halves2half2(__half low, __half high) {
    return __half2{low, high};
}
inline __half2 __floats2half2_rn(float low, float high) {
    return __half2{__half(low), __half(high)};
}
inline __half __low2half(__half2 pair) {
    return pair.x;
}
inline __half __high2half(__half2 pair) {
    return pair.y;
}
inline bool __hisnan(__half value) {
    return float(value) != float(value);
}

#endif
