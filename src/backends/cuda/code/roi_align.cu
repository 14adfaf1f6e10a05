// SPDX-License-Identifier: Apache-2.0
// The mean, or the largest, of samples in each cell. The text in front defines I (of batch indices), HALF and MAX.
//! A box along one axis.
struct Span {
    double start, cell;
    i32 samples;
};
DEV Span spanOf(const Args& a, double from, double to, i32 cells) {
    const double offset = HALF ? 0.5 : 0;
    const double start = minus(times(from, a.scale), offset), length = minus(minus(times(to, a.scale), offset), start);
    const double cell = over(HALF ? length : fmax(length, 1.0), cells);
    return {start, cell, a.samples > 0 ? a.samples : (i32)ceil(between(cell, 0, 256))};
}
DEV double placeIn(const Span& s, u32 cell, i32 sample) {
    return plus(s.start, times(plus(cell, over(plus(sample, 0.5), s.samples)), s.cell));
}
//! Two neighbours and the weight of the second.
struct Pair {
    i32 low, high;
    double weight;
    bool there;
};
DEV Pair neighbours(double place, i32 size) {
    if (!(place >= -1 && place <= size) || size == 0) return {0, 0, 0, false};
    place = fmax(place, 0.0);
    const i32 low = (i32)place;
    if (low >= size - 1) return {size - 1, size - 1, 0, true};
    return {low, low + 1, minus(place, low), true};
}
DEV double valueAt(const Args& a, const T* x, double down, double across) {
    const Pair v = neighbours(down, a.inHeight), h = neighbours(across, a.inWidth);
    if (!v.there || !h.there) return 0;
    const T *top = x + (i64)v.low * a.inWidth, *bottom = x + (i64)v.high * a.inWidth;
    const double p = (1 - v.weight) * (1 - h.weight) * num(top[h.low]), q = (1 - v.weight) * h.weight * num(top[h.high]),
                 r = v.weight * (1 - h.weight) * num(bottom[h.low]), s = v.weight * h.weight * num(bottom[h.high]);
    return MAX ? fmax(fmax(p, q), fmax(r, s)) : p + q + r + s;
}
KERNEL roi_align(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 q = quotient(i, a.width), column = i - q * a.width.d;
        const u32 q2 = quotient(q, a.height), row = q - q2 * a.height.d;
        const u32 box = quotient(q2, a.channels), channel = q2 - box * a.channels.d;
        const T* b = a.boxes + 4 * box;
        const i64 batch = (i64)((const I*)a.batches)[box];
        const Span across = spanOf(a, num(b[0]), num(b[2]), a.width.d), down = spanOf(a, num(b[1]), num(b[3]), a.height.d);
        const i32 number = down.samples * across.samples;
        if (batch < 0 || batch >= a.images || number == 0) {
            put(a.y[i], 0.f);
            continue;
        }
        const T* x = a.x + (batch * a.channels.d + channel) * a.inHeight * a.inWidth;
        double sum = 0, most = -1e300;
#pragma unroll 1
        for (i32 s = 0; s < down.samples; s++) {
#pragma unroll 1
            for (i32 t = 0; t < across.samples; t++) {
                const double value = valueAt(a, x, placeIn(down, row, s), placeIn(across, column, t));
                sum += value;
                most = value > most ? value : most;
            }
        }
        put(a.y[i], (float)(MAX ? most : sum / number));
    }
}
