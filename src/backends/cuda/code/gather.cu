// SPDX-License-Identifier: Apache-2.0
// Slices or elements by index; a thread takes an element, or 16 bytes of a slice (gather_pieces). Indices count from the end when negative; those outside give 0.
// The text in front defines W, I (the type of indices), and MODE: 0 whole slices along an axis, 1 one index for each
// element, 2 tuples of indices.
struct Args {
    const void* x;
    const I* index;
    void* y;
    u32 count, size;         // elements of the result; length of the axis, or of a tuple
    Divisor inner, indices;  // elements behind the axis; indices or tuples of one batch element
    Divisor outer;           // elements before the axis, of one batch element
    i64 xBatch, indexBatch;  // strides over batch elements
    Places places;           // of the result, for single elements
    PerDim xSize, xStride;   // of the dimensions, or of those that a tuple names
    i32 axis;
};
// Slices, in words of any width.
template <class Word>
DEV void gatherSlices(const Args& a) {
    EACH(i) {
        const u32 q = quotient(i, a.inner), inner = i - q * a.inner.d;
        const u32 q2 = quotient(q, a.indices), j = q - q2 * a.indices.d;
        const u32 batch = quotient(q2, a.outer), outer = q2 - batch * a.outer.d;
        const i64 place = wrappedIndex((i64)a.index[batch * a.indexBatch + j], a.size);
        const i64 at = batch * a.xBatch + ((i64)outer * a.size + place) * a.inner.d + inner;
        ((Word*)a.y)[i] = place < 0 ? Word{} : ((const Word*)a.x)[at];
    }
}
KERNEL gather(const __grid_constant__ Args a) {
    begin();
    ready();
    if (MODE == 0) {
        gatherSlices<W>(a);
        return;
    }
    EACH(i) {
        i64 at = 0, place;
        if (MODE == 1) {
            place = wrappedIndex((i64)a.index[i], a.size);
            at = place * a.xStride.v[a.axis];
            eachDim(a.places, i, [&](int d, i64 p) {
                if (d == a.axis) return;
                if (p >= a.xSize.v[d]) place = -1;
                at += p * a.xStride.v[d];
            });
        } else {
            const u32 tuple = quotient(i, a.inner), batch = quotient(tuple, a.indices);
            place = 0;
            at = batch * a.xBatch + (i - tuple * a.inner.d);
            for (u32 k = 0; k < a.size; k++) {
                const i64 p = wrappedIndex((i64)a.index[(i64)tuple * a.size + k], a.xSize.v[k]);
                if (p < 0) place = -1;
                at += p * a.xStride.v[k];
            }
        }
        ((W*)a.y)[i] = place < 0 ? (W)0 : ((const W*)a.x)[at];
    }
}
KERNEL gather_pieces(const __grid_constant__ Args a) {
    begin();
    ready();
    gatherSlices<Pack<u32, 4>>(a);
}
