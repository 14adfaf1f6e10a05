// SPDX-License-Identifier: Apache-2.0
// Folds a row into one number. The text in front defines T, N (float or i64), START, and
//   DEV N combine(N a, N b);  DEV N finish(N x, u32 count);
KERNEL blocks(const __grid_constant__ Args a) {
    begin();
    ready();
    const T* x = (const T*)a.in[0] + rowAt(a, 0, blockIdx.x);
    N r = START;
    for (u32 i = threadIdx.x; i < a.count; i += blockDim.x) r = combine(r, num(x[elementAt(a, 0, i)]));
    r = overBlock(r, [](N p, N q) { return combine(p, q); });
    if (threadIdx.x == 0) put(((T*)a.out)[blockIdx.x], finish(r, a.count));
}
KERNEL threads(const __grid_constant__ Args a) {
    begin();
    ready();
    for (u32 row = blockIdx.x * blockDim.x + threadIdx.x; row < a.rows; row += gridDim.x * blockDim.x) {
        const T* x = (const T*)a.in[0] + rowAt(a, 0, row);
        N r = START;
        for (u32 i = 0; i < a.count; i++) r = combine(r, num(x[elementAt(a, 0, i)]));
        put(((T*)a.out)[row], finish(r, a.count));
    }
}
