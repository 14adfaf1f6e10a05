// SPDX-License-Identifier: Apache-2.0
// The instructions of scalar programs (graph/scalar.h): reals in float, integers in 64 bits.
DEV i64 wrap_i4(i64 x) { return (i64)((u64)x << 60) >> 60; }
DEV i64 wrap_i8(i64 x) { return (i8)x; }
DEV i64 wrap_u8(i64 x) { return (u8)x; }
DEV i64 wrap_i32(i64 x) { return (i32)x; }
DEV i64 wrap_i64(i64 x) { return x; }
DEV i64 wrap_bool(i64 x) { return x != 0; }

DEV float round_f32(float x) { return x; }
DEV float round_f16(float x) {
    f16 y;
    put(y, x);
    return num(y);
}
DEV float round_bf16(float x) {
    bf16 y;
    put(y, x);
    return num(y);
}
DEV float round_f8e4m3(float x) {
    f8 y;
    put(y, x);
    return num(y);
}

DEV i64 clampTo(float x, double low, double high) {
    if (x != x) return 0;
    const double t = trunc((double)x);
    return t <= low ? (i64)low : t >= high ? (high > 9e18 ? 0x7fffffffffffffffll : (i64)high) : (i64)t;
}
DEV i64 int_i4(float x) { return clampTo(x, -8, 7); }
DEV i64 int_i8(float x) { return clampTo(x, -128, 127); }
DEV i64 int_u8(float x) { return clampTo(x, 0, 255); }
DEV i64 int_i32(float x) { return clampTo(x, -2147483648.0, 2147483647.0); }
DEV i64 int_i64(float x) { return clampTo(x, -9223372036854775808.0, 9223372036854775807.0); }
DEV i64 int_bool(float x) { return x != 0; }

// Narrow numbers and whole floats, without conversion units: near 1.5 * 2^23 the last bits of a float are a whole number.
DEV float real_i8(i64 x) { return __uint_as_float(0x4b000000u | (((u32)x ^ 0x80u) & 0xffu)) - 8388736.f; }
DEV i64 rounded_i8(float x) { return (i8)__float_as_uint(fminf(fmaxf(x, -128.f), 127.f) + 12582912.f); }
//! round(x / scale), the quotient rounded as division does; neighbours have one scale and so one reciprocal.
DEV i64 quotient_i8(float x, float scale) {
    const float r = __fdividef(1.f, scale), inside = fminf(fmaxf(x, -128.f * scale), 127.f * scale), q = inside * r;
    return (i8)__float_as_uint(fmaf(fmaf(-q, scale, inside), r, q) + 12582912.f);
}

DEV float op_add(float a, float b) { return a + b; }
DEV float op_sub(float a, float b) { return a - b; }
DEV float op_mul(float a, float b) { return a * b; }
DEV float op_div(float a, float b) { return a / b; }
DEV float op_min(float a, float b) { return a != a || a < b ? a : b; }
DEV float op_max(float a, float b) { return a != a || a > b ? a : b; }
DEV float op_pow(float a, float b) { return powf(a, b); }
DEV float op_floordiv(float a, float b) { return floorf(a / b); }
DEV float op_fmod(float a, float b) { return fmodf(a, b); }
DEV float op_mod(float a, float b) {
    const float rest = fmodf(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
DEV i64 op_eq(float a, float b) { return a == b; }
DEV i64 op_gt(float a, float b) { return a > b; }
DEV i64 op_lt(float a, float b) { return a < b; }
DEV float op_neg(float a) { return -a; }
DEV float op_abs(float a) { return fabsf(a); }
DEV float op_exp(float a) { return expf(a); }
DEV float op_log(float a) { return logf(a); }
DEV float op_sqrt(float a) { return sqrtf(a); }
DEV float op_recip(float a) { return 1.f / a; }
DEV float op_sin(float a) { return sinf(a); }
DEV float op_cos(float a) { return cosf(a); }
DEV float op_tan(float a) { return tanf(a); }
DEV float op_sinh(float a) { return sinhf(a); }
DEV float op_cosh(float a) { return coshf(a); }
DEV float op_asin(float a) { return asinf(a); }
DEV float op_acos(float a) { return acosf(a); }
DEV float op_atan(float a) { return atanf(a); }
DEV float op_asinh(float a) { return asinhf(a); }
DEV float op_acosh(float a) { return acoshf(a); }
DEV float op_atanh(float a) { return atanhf(a); }
DEV float op_ceil(float a) { return ceilf(a); }
DEV float op_floor(float a) { return floorf(a); }
DEV float op_round(float a) { return rintf(a); }
DEV float op_erf(float a) { return erff(a); }
DEV float op_tanh(float a) { return tanhf(a); }
DEV float op_sigmoid(float a) { return 1.f / (1.f + expf(-a)); }
// For results in 16 bits, without branches.
DEV float narrow_erf(float a) {
    const float x = fabsf(a), square = a * a;
    float t = fmaf(fmaf(fmaf(fmaf(fmaf(4.30638e-5f, x, 2.765672e-4f), x, 1.520143e-4f), x, 9.2705272e-3f), x, 4.22820123e-2f),
                   x, 7.05230784e-2f);
    t = fmaf(t, x, 1.f);
    t *= t, t *= t, t *= t, t *= t;
    const float far = copysignf(1.f - reciprocal(t), a);
    return x < 0.1f ? a * fmaf(fmaf(square, 0.112837917f, -0.376126389f), square, 1.128379167f) : far;
}
DEV float narrow_exp(float a) { return powerOfTwo(a * 1.442695041f); }
DEV float narrow_sigmoid(float a) { return reciprocal(1.f + powerOfTwo(a * -1.442695041f)); }
// GELU is max(x, 0) less |x| times the share of the distribution beyond |x|. The logarithm of that share is smooth: the
// polynomial was fitted to it up to 5, where nothing is left, and falls from there on. Within 0.2 of a step of f16.
// Infinity is cut off where it would meet a share of 0.
DEV float narrow_gelu_erf(float x) {
    const float a = fabsf(x);
    const float high = fmaf(fmaf(fmaf(-3.29426461e-4f, a, 5.91056421e-3f), a, -4.85042147e-2f), a, -0.46377736f);
    const float logarithm = fmaf(fmaf(high, a, -1.14932859f), a, -1.00012171f);
    return fmaf(-fminf(a, 65504.f), powerOfTwo(logarithm), fmaxf(x, 0.f));
}
//! x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x^3))).
DEV float narrow_gelu_tanh(float x) {
    return x * reciprocal(1.f + powerOfTwo(x * fmaf(x * x, -0.102943240f, -2.30220819f)));
}
DEV float op_sign(float a) { return a != a ? a : (float)((a > 0) - (a < 0)); }
DEV i64 op_isinf(float a) { return isinf(a); }
DEV i64 op_isnan(float a) { return a != a; }

DEV i64 truncatedDivide(i64 a, i64 b) { return b == 0 ? 0 : b == -1 ? (i64)(0 - (u64)a) : a / b; }
DEV i64 op_add(i64 a, i64 b) { return (i64)((u64)a + (u64)b); }
DEV i64 op_sub(i64 a, i64 b) { return (i64)((u64)a - (u64)b); }
DEV i64 op_mul(i64 a, i64 b) { return (i64)((u64)a * (u64)b); }
DEV i64 op_div(i64 a, i64 b) { return truncatedDivide(a, b); }
DEV i64 op_fmod(i64 a, i64 b) { return b == 0 || b == -1 ? 0 : a % b; }
DEV i64 op_mod(i64 a, i64 b) {
    const i64 rest = op_fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
DEV i64 op_floordiv(i64 a, i64 b) { return truncatedDivide(op_sub(a, op_mod(a, b)), b); }
DEV i64 op_min(i64 a, i64 b) { return a < b ? a : b; }
DEV i64 op_max(i64 a, i64 b) { return a > b ? a : b; }
DEV i64 op_pow(i64 a, i64 b) {
    if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;
    u64 result = 1;
    for (u64 square = (u64)a; b > 0; b /= 2, square *= square)
        if (b % 2) result *= square;
    return (i64)result;
}
DEV i64 op_and(i64 a, i64 b) { return a != 0 && b != 0; }
DEV i64 op_or(i64 a, i64 b) { return a != 0 || b != 0; }
DEV i64 op_xor(i64 a, i64 b) { return (a != 0) != (b != 0); }
DEV i64 op_eq(i64 a, i64 b) { return a == b; }
DEV i64 op_gt(i64 a, i64 b) { return a > b; }
DEV i64 op_lt(i64 a, i64 b) { return a < b; }
DEV i64 op_neg(i64 a) { return (i64)(0 - (u64)a); }
DEV i64 op_abs(i64 a) { return a < 0 ? op_neg(a) : a; }
DEV i64 op_not(i64 a) { return a == 0; }
DEV i64 op_sign(i64 a) { return (a > 0) - (a < 0); }
DEV i64 op_isinf(i64) { return 0; }
DEV i64 op_isnan(i64) { return 0; }
DEV i64 op_ceil(i64 a) { return a; }
DEV i64 op_floor(i64 a) { return a; }
DEV i64 op_round(i64 a) { return a; }
template <class T>
DEV T op_select(i64 a, T b, T c) {
    return a ? b : c;
}
