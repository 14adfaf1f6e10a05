// SPDX-License-Identifier: Apache-2.0
// Along every axis result i is element start + i * stride, with rules for places outside. The text in front defines W, M
// (of starts and strides that only the run knows) and MODE: 0 fill, 1 clamp, 2 wrap, 3 reflect.
struct Args {
    const W* x;
    const W* fill;  // null: `value`
    W* y;
    const M *startFrom, *strideFrom;  // null: as below
    u32 count;
    Places places;
    PerDim size, step, start, stride;  // of x: dimensions and distance of elements
    W value;
};
DEV i64 inside(i64 at, i64 size) {
    if (at >= 0 && at < size) return at;
    if (MODE == 0 || size == 0) return -1;
    if (MODE == 1) return at < 0 ? 0 : size - 1;
    if (MODE == 3 && size == 1) return 0;
    const i64 by = MODE == 2 ? size : 2 * (size - 1), folded = (at % by + by) % by;
    return MODE == 3 && folded > by - folded ? by - folded : folded;
}
KERNEL window_copy(const __grid_constant__ Args a) {
    begin();
    ready();
    const W outside = a.fill ? *a.fill : a.value;
    EACH(i) {
        i64 from = 0;
        eachDim(a.places, i, [&](int d, i64 place) {
            const i64 start = a.startFrom ? (i64)a.startFrom[d] : a.start.v[d];
            const i64 stride = a.strideFrom ? (i64)a.strideFrom[d] : a.stride.v[d];
            const i64 at = inside(start + place * stride, a.size.v[d]);
            from = at < 0 || from < 0 ? -1 : from + at * a.step.v[d];
        });
        a.y[i] = from < 0 ? outside : a.x[from];
    }
}
