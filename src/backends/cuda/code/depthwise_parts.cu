// SPDX-License-Identifier: Apache-2.0
constexpr int SEEN = (PLACES - 1) * STRIDE_W + WINDOW_W;  // of a line, by all places of a thread

//! What a thread computes: V channels of PLACES neighbours.
struct Spot {
    u32 line, first, c;  // of the result: its line, the first place of it, the first channel
    i32 w0, h0;          // where its window begins
    i64 image;
};
DEV Spot spotOf(const Args& a, u32 i) {
    const u32 m = quotient(i, a.chunks), line = quotient(m, a.across), image = quotient(line, a.outH), first = (m - line * a.across.d) * PLACES;
    return {line, first, (i - m * a.chunks.d) * V, (i32)first * STRIDE_W - a.padW,
            (i32)(line - image * a.outH.d) * a.strideH - a.padH, image};
}
DEV void readLine(const Args& a, const Spot& spot, i32 h, Pack<T, V> (&x)[SEEN]) {
    const bool inside = (u32)h < (u32)a.inH;
    const T* row = a.x + (spot.image * a.inH + (inside ? h : 0)) * a.inW * a.channels + spot.c;
#pragma unroll
    for (int at = 0; at < SEEN; at++) {
        const i32 w = spot.w0 + at * (PLACES > 1 ? 1 : a.dilationW);
        const bool there = inside && (u32)w < (u32)a.inW;
        x[at] = *(const Pack<T, V>*)(row + (i64)(there ? w : 0) * a.channels);
        if (there) continue;
#pragma unroll
        for (int v = 0; v < V; v++) put(x[at].v[v], 0.f);
    }
}
DEV void readWeights(const Args& a, u32 c, i32 r, Pack<T, V> (&k)[WINDOW_W]) {
    const T* weight = a.w + (i64)r * WINDOW_W * a.channels + c;
#pragma unroll
    for (int s = 0; s < WINDOW_W; s++) k[s] = *(const Pack<T, V>*)(weight + s * a.channels);
}
DEV void addLine(float (&sum)[PLACES][V], const Pack<T, V> (&x)[SEEN], const Pack<T, V> (&k)[WINDOW_W]) {
#pragma unroll
    for (int p = 0; p < PLACES; p++)
#pragma unroll
        for (int s = 0; s < WINDOW_W; s++)
#pragma unroll
            for (int v = 0; v < V; v++) sum[p][v] += num(x[p * STRIDE_W + s].v[v]) * num(k[s].v[v]);
}
DEV void finishSpot(const Args& a, const Spot& spot, Behind<V>& behind, const float (&sum)[PLACES][V]) {
#pragma unroll
    for (int p = 0; p < PLACES; p++) {
        if (spot.first + p >= (u32)a.outW) break;
        const i64 pixel = (i64)spot.line * a.outW + spot.first + p, yAt = pixel * a.channels + spot.c;
        behind.loadRows(a, yAt, pixel);
        finish<V>(a, behind, sum[p], yAt);
    }
}

DEV void clear(float (&sum)[PLACES][V]) {
#pragma unroll
    for (int p = 0; p < PLACES; p++)
#pragma unroll
        for (int v = 0; v < V; v++) sum[p][v] = 0;
}
