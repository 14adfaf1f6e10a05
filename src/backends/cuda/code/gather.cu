// SPDX-License-Identifier: Apache-2.0
// Slices or elements by index; a thread takes an element. Indices count from the end when negative; those outside give 0.
// The text in front defines W (a word of the element's size) and I (the type of indices), and SLICES: 1 for whole slices
// along an axis, 0 for one index for each element.
struct Args {
    const W* x;
    const I* index;
    W* y;
    u32 count, size;              // elements of the result; length of the axis
    Divisor inner, indices;       // elements behind the axis; indices of one batch element
    Divisor outer;                // elements before the axis, of one batch element
    i64 xBatch, indexBatch;       // strides over batch elements
    u32 rank;                     // for single elements:
    Divisor dim[8];
    i64 xStride[8];
    i64 axisStride;
};
KERNEL gather(const __grid_constant__ Args a) {
    begin();
    ready();
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x) {
        i64 at = 0, place;
        if (SLICES) {
            const u32 q = quotient(i, a.inner), inner = i - q * a.inner.d;
            const u32 q2 = quotient(q, a.indices), j = q - q2 * a.indices.d;
            const u32 batch = quotient(q2, a.outer), outer = q2 - batch * a.outer.d;
            place = (i64)a.index[batch * a.indexBatch + j];
            if (place < 0) place += a.size;
            at = batch * a.xBatch + ((i64)outer * a.size + place) * a.inner.d + inner;
        } else {
            place = (i64)a.index[i];
            if (place < 0) place += a.size;
            u32 rest = i;
#pragma unroll 1
            for (int d = (int)a.rank - 1; d >= 0; d--) {
                const u32 q = quotient(rest, a.dim[d]);
                at += (i64)(rest - q * a.dim[d].d) * a.xStride[d];
                rest = q;
            }
            at += place * a.axisStride;
        }
        a.y[i] = (u64)place < (u64)a.size ? a.x[at] : (W)0;
    }
}
