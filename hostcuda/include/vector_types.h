// SPDX-License-Identifier: Apache-2.0
// Short vectors and launch dimensions. HOSTCUDA_VECTORS(name, element, a2, a4) makes name1 .. name4, where a2 and a4
// are the alignments of the pair and of the quadruple; one and three elements keep the alignment of the element.
#pragma once

#include "host_defines.h"

#define HOSTCUDA_VECTORS(name, element, a2, a4)   \
    struct name##1 {                              \
        element x;                                \
    };                                            \
    struct __attribute__((aligned(a2))) name##2 { \
        element x, y;                             \
    };                                            \
    struct name##3 {                              \
        element x, y, z;                          \
    };                                            \
    struct __attribute__((aligned(a4))) name##4 { \
        element x, y, z, w;                       \
    };                                            \
    typedef struct name##1 name##1;               \
    typedef struct name##2 name##2;               \
    typedef struct name##3 name##3;               \
    typedef struct name##4 name##4;

HOSTCUDA_VECTORS(char, signed char, 2, 4)
HOSTCUDA_VECTORS(uchar, unsigned char, 2, 4)
HOSTCUDA_VECTORS(short, short, 4, 8)
HOSTCUDA_VECTORS(ushort, unsigned short, 4, 8)
HOSTCUDA_VECTORS(int, int, 8, 16)
HOSTCUDA_VECTORS(uint, unsigned int, 8, 16)
HOSTCUDA_VECTORS(long, long int, 16, 16)
HOSTCUDA_VECTORS(ulong, unsigned long int, 16, 16)
HOSTCUDA_VECTORS(longlong, long long int, 16, 16)
HOSTCUDA_VECTORS(ulonglong, unsigned long long int, 16, 16)
HOSTCUDA_VECTORS(float, float, 8, 16)
HOSTCUDA_VECTORS(double, double, 16, 16)

#undef HOSTCUDA_VECTORS

struct dim3 {
    unsigned int x, y, z;
#if defined(__cplusplus)
#if __cplusplus >= 201103L
    constexpr dim3(unsigned int vx = 1, unsigned int vy = 1, unsigned int vz = 1) : x(vx), y(vy), z(vz) {}
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
    constexpr operator uint3() const {
        return uint3{x, y, z};
    }
#else
    dim3(unsigned int vx = 1, unsigned int vy = 1, unsigned int vz = 1) : x(vx), y(vy), z(vz) {}
#endif
#endif
};
typedef struct dim3 dim3;
