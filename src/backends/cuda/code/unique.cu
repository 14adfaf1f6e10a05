// SPDX-License-Identifier: Apache-2.0
// Slices along an axis that differ. Their numbers are sorted by what the slices hold; `heads` marks in that order where
// another slice begins, `places` numbers these groups, and `write` says which slice belongs to which. For groups that stay
// in the order in which they occur, `firsts` marks where each occurs, and `places` numbers these marks. The text in front
// defines T.
struct Args {
    const T* x;
    T* y;
    i64 *first, *inverse, *counts;
    u32 *order, *flags, *groups, *starts, *marks, *before;
    u32 count, slices, step, part, found, outer;
    Divisor inner;
    u32 sorted;
};
DEV i64 elementAt(const Args& a, u32 slice, u32 of, u32 e) {
    const u32 o = quotient(e, a.inner);
    return ((i64)o * of + slice) * a.inner.d + (e - o * a.inner.d);
}
//! Below 0: slice s comes before slice t; 0: they are equal.
DEV int compared(const Args& a, u32 s, u32 t) {
#pragma unroll 1
    for (u32 e = 0; e < a.outer * a.inner.d; e++) {
        const auto p = num(a.x[elementAt(a, s, a.slices, e)]), q = num(a.x[elementAt(a, t, a.slices, e)]);
        if (p < q) return -1;
        if (q < p) return 1;
    }
    return 0;
}
//! Equal ones stay in their order, numbers beyond the last slice come behind all.
DEV bool isBefore(const Args& a, u32 s, u32 t) {
    if (s >= a.slices || t >= a.slices) return s < t;
    const int order = compared(a, s, t);
    return order ? order < 0 : s < t;
}
KERNEL number(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) a.order[i] = i;
}
KERNEL exchange(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 other = i ^ a.part;
        if (other < i) continue;
        const u32 s = a.order[i], t = a.order[other];
        if (isBefore(a, t, s) != ((i & a.step) == 0)) continue;
        a.order[i] = t;
        a.order[other] = s;
    }
}
KERNEL heads(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) a.flags[i] = i == 0 || compared(a, a.order[i - 1], a.order[i]) != 0;
}
KERNEL __launch_bounds__(1024) places(const __grid_constant__ Args a) {
    begin();
    ready();
    runningSums(a.flags, a.groups, a.slices);
}
KERNEL firsts(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        a.marks[a.order[i]] = a.flags[i];
        if (a.flags[i]) a.starts[a.groups[i]] = i;
    }
}
KERNEL write(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 group = a.groups[i] + a.flags[i] - 1, start = a.starts[group], first = a.order[start];
        const u32 rank = a.sorted ? group : a.before[first];
        a.inverse[a.order[i]] = rank;
        if (!a.flags[i]) continue;
        a.first[rank] = first;
        a.counts[rank] = (group + 1 < a.found ? a.starts[group + 1] : a.slices) - start;
    }
}
KERNEL copy(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 slice = i % a.found, e = i / a.found;
        a.y[elementAt(a, slice, a.found, e)] = a.x[elementAt(a, (u32)a.first[slice], a.slices, e)];
    }
}
