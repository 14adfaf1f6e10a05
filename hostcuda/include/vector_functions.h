// SPDX-License-Identifier: Apache-2.0
// Makers of the short vectors: make_int2(1, 2) and so on.
#pragma once

#include "vector_types.h"

// clang-format off
#define HOSTCUDA_MAKE(name, element)                                                                        \
    static inline struct name##1 make_##name##1(element x) {                                                \
        struct name##1 v = {x};                                                                             \
        return v;                                                                                           \
    }                                                                                                       \
    static inline struct name##2 make_##name##2(element x, element y) {                                     \
        struct name##2 v = {x, y};                                                                          \
        return v;                                                                                           \
    }                                                                                                       \
    static inline struct name##3 make_##name##3(element x, element y, element z) {                          \
        struct name##3 v = {x, y, z};                                                                       \
        return v;                                                                                           \
    }                                                                                                       \
    static inline struct name##4 make_##name##4(element x, element y, element z, element w) {               \
        struct name##4 v = {x, y, z, w};                                                                    \
        return v;                                                                                           \
    }
// clang-format on

HOSTCUDA_MAKE(char, signed char)
HOSTCUDA_MAKE(uchar, unsigned char)
HOSTCUDA_MAKE(short, short)
HOSTCUDA_MAKE(ushort, unsigned short)
HOSTCUDA_MAKE(int, int)
HOSTCUDA_MAKE(uint, unsigned int)
HOSTCUDA_MAKE(long, long int)
HOSTCUDA_MAKE(ulong, unsigned long int)
HOSTCUDA_MAKE(longlong, long long int)
HOSTCUDA_MAKE(ulonglong, unsigned long long int)
HOSTCUDA_MAKE(float, float)
HOSTCUDA_MAKE(double, double)

#undef HOSTCUDA_MAKE
