// SPDX-License-Identifier: Apache-2.0
// RNN, GRU and LSTM. `project` makes what the inputs contribute to all gates at all steps, a warp for each number; then
// in `steps` a block goes through a sequence, with the state in shared memory and a warp for each row of the recurrent
// weights. The text in front defines T, I (of lengths), GATES (1, 3 or 4), HAS_BIAS, CLIP (0: none), REVERSE (the first
// direction), INPUT_FORGET, LINEAR_BEFORE_RESET and
//   DEV float activate(i32 direction, int which, float x);
struct Args {
    const T *x, *w, *r, *bias, *state, *cell, *peepholes;  // what is left out is null
    const I* lengths;
    T *y, *lastState, *lastCell;
    float* projected;  // [direction, step, batch, gates * hidden]
    u32 count;         // of projected
    Divisor rows, batches, steps;
    i32 inputs, hidden, length;  // length: steps
    i64 xStep, xBatch, yStep, yBatch, yDirection, stateBatch, stateDirection;
};
DEV float clipped(float x) { return CLIP > 0 ? fminf(fmaxf(x, -CLIP), CLIP) : x; }
DEV float rounded(float x) {
    T y;
    put(y, x);
    return num(y);
}
KERNEL project(const __grid_constant__ Args a) {
    begin();
    ready();
    const u32 lane = threadIdx.x & 31, warps = gridDim.x * blockDim.x >> 5;
    for (u32 i = (blockIdx.x * blockDim.x + threadIdx.x) >> 5; i < a.count; i += warps) {
        const u32 q = quotient(i, a.rows), row = i - q * a.rows.d, q2 = quotient(q, a.batches), b = q - q2 * a.batches.d;
        const u32 d = quotient(q2, a.steps), t = q2 - d * a.steps.d;
        const T* x = a.x + t * a.xStep + b * a.xBatch;
        const T* w = a.w + ((i64)d * a.rows.d + row) * a.inputs;
        float sum = 0;
        for (i32 k = lane; k < a.inputs; k += 32) sum += num(x[k]) * num(w[k]);
        sum = warpSum(sum);
        if (lane == 0) a.projected[i] = sum + (HAS_BIAS ? num(a.bias[(i64)d * 2 * a.rows.d + row]) : 0.f);
    }
}
//! Rows [first, end) of the recurrent weights times `state`.
DEV void multiplyRows(const Args& a, u32 d, i32 first, i32 end, const float* state, float* to) {
    const i32 lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
#pragma unroll 1
    for (i32 row = first + warp; row < end; row += warps) {
        const T* r = a.r + ((i64)d * a.rows.d + row) * a.hidden;
        float sum = 0;
#pragma unroll 4
        for (i32 k = lane; k < a.hidden; k += 32) sum += state[k] * num(r[k]);
        sum = warpSum(sum);
        if (lane == 0) to[row] = sum + (HAS_BIAS ? num(a.bias[((i64)d * 2 + 1) * a.rows.d + row]) : 0.f);
    }
    __syncthreads();
}
KERNEL __launch_bounds__(1024) steps(const __grid_constant__ Args a) {
    extern __shared__ float memory[];
    begin();
    ready();
    const i32 n = a.hidden, d = blockIdx.y, b = blockIdx.x;
    float *h = memory, *c = h + n, *scaled = c + n, *gates = scaled + n;
    const i64 at = b * a.stateBatch + d * a.stateDirection;
    for (i32 u = threadIdx.x; u < n; u += blockDim.x) {
        h[u] = a.state ? num(a.state[at + u]) : 0.f;
        c[u] = a.cell ? num(a.cell[at + u]) : 0.f;
    }
    const i64 given = a.lengths ? (i64)a.lengths[b] : (i64)a.length;
    const i32 length = given < 0 ? 0 : given > a.length ? a.length : (i32)given;
    __syncthreads();
#pragma unroll 1
    for (i32 step = 0; step < a.length; step++) {
        const i32 t = (REVERSE || d == 1) && step < length ? length - 1 - step : step;
        T* y = a.y + t * a.yStep + b * a.yBatch + d * a.yDirection;
        if (step >= length) {
            for (i32 u = threadIdx.x; u < n; u += blockDim.x) put(y[u], 0.f);
            continue;
        }
        const float* in = a.projected + (((i64)d * a.steps.d + t) * a.batches.d + b) * a.rows.d;
        multiplyRows(a, d, 0, GATES == 3 && !LINEAR_BEFORE_RESET ? 2 * n : GATES * n, h, gates);
        if (GATES == 3) {
            for (i32 u = threadIdx.x; u < n; u += blockDim.x) {
                const float reset = activate(d, 0, clipped(in[n + u] + gates[n + u]));
                gates[n + u] = reset;
                scaled[u] = reset * h[u];
            }
            __syncthreads();
            if (!LINEAR_BEFORE_RESET) multiplyRows(a, d, 2 * n, 3 * n, scaled, gates);
        }
        for (i32 u = threadIdx.x; u < n; u += blockDim.x) {
            float next;
            if (GATES == 1) {
                next = activate(d, 0, clipped(in[u] + gates[u]));
            } else if (GATES == 3) {
                const float state = LINEAR_BEFORE_RESET ? gates[n + u] * gates[2 * n + u] : gates[2 * n + u];
                const float candidate = activate(d, 1, clipped(in[2 * n + u] + state));
                const float update = activate(d, 0, clipped(in[u] + gates[u]));
                next = (1.f - update) * candidate + update * h[u];
            } else {
                const T* p = a.peepholes ? a.peepholes + (i64)d * 3 * n + u : nullptr;
                const auto gate = [&](int g) { return in[g * n + u] + gates[g * n + u]; };
                const auto peep = [&](int which, float cell) { return p ? num(p[which * n]) * cell : 0.f; };
                const float enter = activate(d, 0, clipped(gate(0) + peep(0, c[u])));
                const float forget = INPUT_FORGET ? 1.f - enter : activate(d, 0, clipped(gate(2) + peep(2, c[u])));
                c[u] = rounded(forget * c[u] + enter * activate(d, 1, clipped(gate(3))));
                next = activate(d, 0, clipped(gate(1) + peep(1, c[u]))) * activate(d, 2, c[u]);
            }
            next = rounded(next);
            h[u] = next;
            put(y[u], next);
        }
        __syncthreads();
    }
    for (i32 u = threadIdx.x; u < n; u += blockDim.x) {
        put(a.lastState[at + u], h[u]);
        if (a.lastCell) put(a.lastCell[at + u], c[u]);
    }
}
