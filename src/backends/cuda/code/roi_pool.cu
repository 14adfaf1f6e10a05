// SPDX-License-Identifier: Apache-2.0
// The largest element of each cell.
struct Edge {
    double first, cell;
    i32 size;
};
DEV Edge edgeOf(double from, double to, double scale, i32 cells, i32 size) {
    const double first = between(round(times(from, scale)), -1e12, 1e12);
    const double length = fmax(plus(minus(between(round(times(to, scale)), -1e12, 1e12), first), 1), 1.0);
    return {first, over(length, cells), size};
}
DEV i32 placeAt(const Edge& e, double place) { return (i32)between(plus(e.first, place), 0, e.size); }
KERNEL roi_pool(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 q = quotient(i, a.width), column = i - q * a.width.d;
        const u32 q2 = quotient(q, a.height), row = q - q2 * a.height.d;
        const u32 box = quotient(q2, a.channels), channel = q2 - box * a.channels.d;
        const T* b = a.boxes + 5 * box;
        const float batch = num(b[0]);
        if (!(batch >= 0 && batch < (float)a.images)) {
            put(a.y[i], 0.f);
            continue;
        }
        const Edge across = edgeOf(num(b[1]), num(b[3]), a.scale, a.width.d, a.inWidth);
        const Edge down = edgeOf(num(b[2]), num(b[4]), a.scale, a.height.d, a.inHeight);
        const i32 top = placeAt(down, floor(times(row, down.cell))), bottom = placeAt(down, ceil(times(row + 1, down.cell)));
        const i32 left = placeAt(across, floor(times(column, across.cell)));
        const i32 right = placeAt(across, ceil(times(column + 1, across.cell)));
        const T* x = a.x + ((i64)(i32)batch * a.channels.d + channel) * a.inHeight * a.inWidth;
        float most = top < bottom && left < right ? __int_as_float(0xff800000) : 0.f;
        for (i32 v = top; v < bottom; v++)
            for (i32 h = left; h < right; h++) most = fmaxf(most, num(x[(i64)v * a.inWidth + h]));
        put(a.y[i], most);
    }
}
