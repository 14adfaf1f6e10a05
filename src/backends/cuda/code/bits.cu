// SPDX-License-Identifier: Apache-2.0
// Bits of elements: read as another type, or combined. The text in front defines T, R (of the result) and
//   DEV R result(const Args& a, u32 i);
struct Args {
    const T *x, *other;
    R* y;
    u32 count;
    Places places;
    PerDim xStride, otherStride;
};
DEV void result(const Args& a, u32 i, R& y);
KERNEL bits(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) result(a, i, a.y[i]);
}
