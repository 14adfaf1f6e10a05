// SPDX-License-Identifier: Apache-2.0
// Stands in front of a kernel text that a C++ compiler translates for the emulated device (device.cpp): what NVRTC knows
// without being told. A thread of a kernel is a fiber; what threads of a warp or block do together goes through the
// table that the device puts into `emulated`.
struct Uint3 {
    unsigned x, y, z;
};
struct EmulatedDevice {
    Uint3 thread, block, threads, blocks;
    char* shared;
    char (*lanes)[64];  // what each thread of the block shows to its warp
    void (*meetBlock)();
    void (*meetWarp)();
};
extern "C" {
__attribute__((visibility("default"))) EmulatedDevice* emulated;
float expf(float), logf(float), sqrtf(float), sinf(float), cosf(float), tanf(float), sinhf(float), coshf(float),
    asinf(float), acosf(float), atanf(float), asinhf(float), acoshf(float), atanhf(float), ceilf(float), floorf(float),
    rintf(float), ldexpf(float, int), truncf(float), erff(float), tanhf(float), fabsf(float), powf(float, float), fmodf(float, float),
    fmaxf(float, float), fminf(float, float), fmaf(float, float, float), copysignf(float, float), exp2f(float), log2f(float), expm1f(float), log1pf(float), roundf(float);
double exp(double), log(double), sqrt(double), trunc(double), floor(double), ceil(double), rint(double), fabs(double),
    pow(double, double), fmod(double, double), fmax(double, double), fmin(double, double), tanh(double),
    round(double), ldexp(double, int), copysign(double, double), cos(double), expm1(double), log1p(double);
int ilogb(double);
void* memcpy(void*, const void*, unsigned long);
}
#define threadIdx (emulated->thread)
#define blockIdx (emulated->block)
#define blockDim (emulated->threads)
#define gridDim (emulated->blocks)
#define __global__
#define __device__
#define __grid_constant__
#define __launch_bounds__(...)
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __restrict__ __restrict
#define __align__(n) __attribute__((aligned(n)))
#define __shared__ static
#define isinf __builtin_isinf
#define isnan __builtin_isnan
#define isfinite __builtin_isfinite

struct __align__(16) uint4 {
    unsigned x, y, z, w;
};
struct __align__(16) float4 {
    float x, y, z, w;
};
struct __align__(8) float2 {
    float x, y;
};
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
template <class To, class From>
static inline To emulatedBits(From x) {
    To y;
    memcpy(&y, &x, sizeof y);
    return y;
}
static inline float __int_as_float(int x) { return emulatedBits<float>(x); }
static inline float __uint_as_float(unsigned x) { return emulatedBits<float>(x); }
static inline int __float_as_int(float x) { return emulatedBits<int>(x); }
static inline unsigned __float_as_uint(float x) { return emulatedBits<unsigned>(x); }
static inline double __longlong_as_double(long long x) { return emulatedBits<double>(x); }
static inline long long __double_as_longlong(double x) { return emulatedBits<long long>(x); }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
static inline float rsqrtf(float x) { return 1.f / sqrtf(x); }
static inline float __expf(float x) { return expf(x); }
static inline unsigned __byte_perm(unsigned a, unsigned b, unsigned selector) {
    const unsigned long long both = (unsigned long long)b << 32 | a;
    unsigned result = 0;
    for (int i = 0; i < 4; ++i) result |= (unsigned)(both >> (selector >> i * 4 & 7) * 8 & 255) << i * 8;
    return result;
}
static inline int __dp4a(int a, int b, int sum) {
    for (int i = 0; i < 4; ++i) sum += (signed char)(a >> i * 8) * (signed char)(b >> i * 8);
    return sum;
}
static inline float __fdividef(float a, float b) { return a / b; }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fsub_rn(float a, float b) { return a - b; }
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline double __dmul_rn(double a, double b) { return a * b; }
static inline double __dadd_rn(double a, double b) { return a + b; }
static inline double __dsub_rn(double a, double b) { return a - b; }
static inline double __ddiv_rn(double a, double b) { return a / b; }
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline int __clz(int x) { return x ? __builtin_clz(x) : 32; }
static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }
static inline long long min(long long a, long long b) { return a < b ? a : b; }
static inline long long max(long long a, long long b) { return a > b ? a : b; }
template <class T>
static inline T __ldg(const T* p) { return *p; }

static inline unsigned emulatedThread() {
    return emulated->thread.x + emulated->threads.x * (emulated->thread.y + emulated->threads.y * emulated->thread.z);
}
static inline void __syncthreads() { emulated->meetBlock(); }
static inline void __syncwarp(unsigned = ~0u) { emulated->meetWarp(); }
template <class T>
static inline T emulatedFrom(T x, unsigned lane) {
    const unsigned thread = emulatedThread();
    memcpy(emulated->lanes[thread], &x, sizeof x);
    emulated->meetWarp();
    T y = x;
    if (lane < 32) memcpy(&y, emulated->lanes[thread / 32 * 32 + lane], sizeof y);
    emulated->meetWarp();
    return y;
}
template <class T>
static inline T __shfl_sync(unsigned, T x, int lane) { return emulatedFrom(x, lane & 31); }
template <class T>
static inline T __shfl_xor_sync(unsigned, T x, int mask) { return emulatedFrom(x, (emulatedThread() & 31) ^ mask); }
template <class T>
static inline T __shfl_up_sync(unsigned, T x, unsigned by) {
    const unsigned lane = emulatedThread() & 31;
    return emulatedFrom(x, lane >= by ? lane - by : lane);
}
template <class T>
static inline T __shfl_down_sync(unsigned, T x, unsigned by) {
    const unsigned lane = emulatedThread() & 31;
    return emulatedFrom(x, lane + by < 32 ? lane + by : lane);
}
static inline unsigned __ballot_sync(unsigned, int yes) {
    const unsigned thread = emulatedThread(), count = emulated->threads.x * emulated->threads.y * emulated->threads.z;
    const int mine = yes != 0;
    memcpy(emulated->lanes[thread], &mine, sizeof mine);
    emulated->meetWarp();
    unsigned all = 0;
    for (unsigned lane = 0; lane < 32 && thread / 32 * 32 + lane < count; lane++) {
        int other;
        memcpy(&other, emulated->lanes[thread / 32 * 32 + lane], sizeof other);
        all |= (unsigned)other << lane;
    }
    emulated->meetWarp();
    return all;
}
template <class T>
static inline T atomicAdd(T* to, T x) {
    const T old = *to;
    *to += x;
    return old;
}
template <class T>
static inline T atomicMax(T* to, T x) {
    const T old = *to;
    if (x > old) *to = x;
    return old;
}
template <class T>
static inline T atomicCAS(T* to, T expected, T x) {
    const T old = *to;
    if (old == expected) *to = x;
    return old;
}
static inline void __threadfence() {}
static inline unsigned long __cvta_generic_to_shared(const void* p) { return (const char*)p - emulated->shared; }

// What inline assembler does, for the functions that translate.cpp gives new bodies.
template <class T>
static inline float emulatedNumber(T x) { return num(x); }
static inline float emulatedNumber(float x) { return x; }
static inline int emulatedNumber(signed char x) { return x; }
struct EmulatedFragment {
    unsigned a[4], b[2];
};
template <class Element, int K, class Sum>
static inline void emulatedMultiply(Sum (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    const unsigned thread = emulatedThread(), warp = thread / 32 * 32, g = (thread & 31) >> 2, t = thread & 3;
    const EmulatedFragment mine{{a[0], a[1], a[2], a[3]}, {b0, b1}};
    memcpy(emulated->lanes[thread], &mine, sizeof mine);
    emulated->meetWarp();
    constexpr int per = 4 / sizeof(Element);  // elements of a register
    for (int i = 0; i < 4; i++) {
        const int row = g + (i >= 2 ? 8 : 0), column = 2 * t + (i & 1);
        for (int k = 0; k < K; k++) {
            const int quarter = k / per % 4, upper = k / (4 * per), part = k % per;
            EmulatedFragment left, right;
            memcpy(&left, emulated->lanes[warp + (row % 8) * 4 + quarter], sizeof left);
            memcpy(&right, emulated->lanes[warp + column * 4 + quarter], sizeof right);
            Element x, y;
            memcpy(&x, (const char*)&left.a[(row >= 8 ? 1 : 0) + 2 * upper] + part * sizeof x, sizeof x);
            memcpy(&y, (const char*)&right.b[upper] + part * sizeof y, sizeof y);
            c[i] += (Sum)(emulatedNumber(x) * emulatedNumber(y));
        }
    }
    emulated->meetWarp();
}
static inline void emulatedLoadMatrix(unsigned (&r)[4], unsigned address, bool transposed) {
    const unsigned thread = emulatedThread(), warp = thread / 32 * 32, g = (thread & 31) >> 2, t = thread & 3;
    memcpy(emulated->lanes[thread], &address, sizeof address);
    emulated->meetWarp();
    for (unsigned i = 0; i < 4; i++) {
        const auto at = [&](unsigned row) {
            unsigned place;
            memcpy(&place, emulated->lanes[warp + 8 * i + row], sizeof place);
            return emulated->shared + place;
        };
        if (!transposed) {
            memcpy(&r[i], at(g) + 4 * t, 4);
        } else {
            memcpy(&r[i], at(2 * t) + 2 * g, 2);
            memcpy((char*)&r[i] + 2, at(2 * t + 1) + 2 * g, 2);
        }
    }
    emulated->meetWarp();
}
template <class E>
static inline unsigned emulatedLarger(unsigned x, unsigned y) {
    unsigned larger = 0;
    for (int shift = 0; shift < 32; shift += 16) {
        E a, b;
        a.bits = x >> shift, b.bits = y >> shift;
        const float m = emulatedNumber(a), n = emulatedNumber(b);
        const unsigned bits = m != m || n != n ? 0x7fff : m > n ? a.bits : b.bits;
        larger |= bits << shift;
    }
    return larger;
}
static inline unsigned emulatedByte(float x, int least) {
    return (unsigned char)(x < least ? least : x > 127 ? 127 : (int)x);
}
