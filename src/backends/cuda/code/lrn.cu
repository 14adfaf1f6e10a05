// SPDX-License-Identifier: Apache-2.0
// Each element by a power of the squares of its neighbours along the channels. The text in front defines T.
struct Args {
    const T* x;
    T* y;
    u32 count;
    Divisor channels, inner;
    i64 step;  // from one channel to the next
    i32 before, behind;
    float k, alpha, beta;  // alpha of one element
};
KERNEL lrn(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 q = quotient(i, a.inner), channel = q - quotient(q, a.channels) * a.channels.d;
        const i32 first = (i32)channel - a.before < 0 ? -(i32)channel : -a.before;
        const i32 last = channel + a.behind >= a.channels.d ? (i32)(a.channels.d - 1 - channel) : a.behind;
        float squares = 0;
        for (i32 j = first; j <= last; j++) {
            const float value = num(a.x[i + j * a.step]);
            squares += value * value;
        }
        put(a.y[i], num(a.x[i]) / powf(a.k + a.alpha * squares, a.beta));
    }
}
