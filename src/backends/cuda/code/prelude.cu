// SPDX-License-Identifier: Apache-2.0
// Stands in front of every kernel: element types, their conversion to numbers and back, division by numbers that are
// fixed while a kernel runs, and the two marks of a kernel that may start before its predecessor has ended. A kernel
// calls begin() first, then may read constants, then calls ready(), and only then touches anything another kernel
// reads or writes. Every block must call ready().
typedef signed char i8;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;
struct f16 {
    u16 bits;
};
struct bf16 {
    u16 bits;
};
struct f8 {
    u8 bits;
};
typedef float f32;
typedef int i32;

#define DEV static __device__ __forceinline__
#define KERNEL extern "C" __global__ void

DEV void begin() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;");
#endif
}
DEV void ready() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

// One instruction each; numbers too small for all digits count as 0.
DEV float powerOfTwo(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}
DEV float reciprocal(float x) {
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

DEV float num(f32 x) { return x; }
DEV float num(f16 x) {
    float y;
    asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
    return y;
}
DEV float num(bf16 x) { return __uint_as_float((u32)x.bits << 16); }
DEV float num(f8 x) {
#if __CUDA_ARCH__ >= 890
    u32 pair;
    asm("cvt.rn.f16x2.e4m3x2 %0, %1;" : "=r"(pair) : "h"((u16)x.bits));
    float y;
    asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"((u16)pair));
    return y;
#endif
    const u32 sign = (u32)(x.bits & 0x80u) << 24, rest = x.bits & 0x7fu;
    if (rest == 0x7fu) return __uint_as_float(sign | 0x7fc00000u);
    if (rest >= 8u) return __uint_as_float(sign | ((rest << 20) + (120u << 23)));
    const float small = (float)rest * 0x1p-9f;
    return sign ? -small : small;
}
DEV i64 num(i64 x) { return x; }
DEV i64 num(i32 x) { return x; }
DEV i64 num(i8 x) { return x; }
DEV i64 num(u8 x) { return x; }

DEV void put(f32& to, float x) { to = x; }
DEV void put(f16& to, float x) { asm("cvt.rn.f16.f32 %0, %1;" : "=h"(to.bits) : "f"(x)); }
DEV void put(bf16& to, float x) { asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(to.bits) : "f"(x)); }
DEV void put(f8& to, float x) {
#if __CUDA_ARCH__ >= 890
    u16 pair;
    asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(pair) : "f"(0.f), "f"(x));
    to.bits = (u8)pair;
    return;
#endif
    const u32 all = __float_as_uint(x), sign = (all >> 24) & 0x80u, bits = all & 0x7fffffffu;
    if (bits > 0x7f800000u) to.bits = (u8)(sign | 0x7fu);
    else if (bits >= 0x43e00000u) to.bits = (u8)(sign | 0x7eu);
    else if (bits >= 0x3c800000u) to.bits = (u8)(sign | ((bits + 0x7ffffu + ((bits >> 20) & 1u) - (120u << 23)) >> 20));
    else to.bits = (u8)(sign | (__float_as_uint(__uint_as_float(bits) + 16384.f) - 0x46800000u));
}
//! Two neighbours in memory.
DEV u32 pairOf(float x, float y, f16) {
    u32 pair;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(y), "f"(x));
    return pair;
}
DEV u32 pairOf(float x, float y, bf16) {
    u32 pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(y), "f"(x));
    return pair;
}
DEV void put(i64& to, i64 x) { to = x; }
DEV void put(i32& to, i64 x) { to = (i32)x; }
DEV void put(i8& to, i64 x) { to = (i8)x; }
DEV void put(u8& to, i64 x) { to = (u8)x; }

//! Operands behind a product, and where statistics of its result go (backends/cuda/epilogue.h).
constexpr int EXTRAS = 8;

//! n / d for n < 2^31, d known to the host (backends/cuda/arguments.h).
struct Divisor {
    u32 d, magic, shift;
};
DEV u32 quotient(u32 n, Divisor v) { return (__umulhi(n, v.magic) + n) >> v.shift; }

//! Neighbours in memory, moved at once.
template <class T, int N>
struct __align__(sizeof(T) * N > 16 ? 16 : sizeof(T) * N) Pack {
    T v[N];
};

DEV float warpSum(float x) {
    for (int o = 16; o; o >>= 1) x += __shfl_xor_sync(~0u, x, o);
    return x;
}
DEV float warpMax(float x) {
    for (int o = 16; o; o >>= 1) {
        const float y = __shfl_xor_sync(~0u, x, o);
        x = x > y || x != x ? x : y;
    }
    return x;
}
