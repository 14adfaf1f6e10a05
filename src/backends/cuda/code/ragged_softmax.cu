// SPDX-License-Identifier: Apache-2.0
// Softmax of the first elements of each row; the others become 0. A warp takes a row. The text in front defines T and I.
struct Args {
    const T* x;
    const I* bounds;
    T* y;
    u32 rows, size;
};
KERNEL ragged_softmax(const __grid_constant__ Args a) {
    begin();
    ready();
    const u32 lane = threadIdx.x & 31, row = (blockIdx.x * blockDim.x + threadIdx.x) >> 5;
    if (row >= a.rows) return;
    const T* x = a.x + (i64)row * a.size;
    T* y = a.y + (i64)row * a.size;
    const i64 bound = (i64)a.bounds[row];
    const u32 end = bound < 0 ? 0 : bound > a.size ? a.size : (u32)bound;
    float most = -__int_as_float(0x7f800000), sum = 0;
    for (u32 i = lane; i < end; i += 32) most = fmaxf(most, num(x[i]));
    most = warpMax(most);
    for (u32 i = lane; i < end; i += 32) sum += expf(num(x[i]) - most);
    sum = warpSum(sum);
    for (u32 i = lane; i < a.size; i += 32) put(y[i], i < end ? expf(num(x[i]) - most) / sum : 0.f);
}
