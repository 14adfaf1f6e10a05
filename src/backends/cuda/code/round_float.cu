// SPDX-License-Identifier: Apache-2.0
// Numbers rounded to a narrower format and kept in their type. The text in front defines MANTISSA, LEAST_EXPONENT,
// LARGEST, FNUZ and SATURATE.
DEV float roundedTo(double x) {
    if (x != x) return (float)x;
    double size = fabs(x);
    if (size <= 2.0 * LARGEST && size != 0) {
        const int exponent = ilogb(size), kept = exponent < LEAST_EXPONENT ? LEAST_EXPONENT : exponent;
        const double step = ldexp(1.0, kept - MANTISSA);
        size = times(rint(over(size, step)), step);
    }
    if (size == 0 && FNUZ) return 0;
    if (size > LARGEST) size = SATURATE ? LARGEST : FNUZ ? __int_as_float(0x7fc00000) : __int_as_float(0x7f800000);
    return (float)copysign(size, x);
}
