// SPDX-License-Identifier: Apache-2.0
// Moves numbers that are packed two to a byte. A thread makes a byte; of a concatenation it replaces the numbers that
// this operand has and keeps the others.
struct Args {
    const u8* x;
    u8* y;
    u32 count, elements;  // bytes and numbers of the result
    Places places;
    PerDim stride;  // of the operand
    i64 offset, from, to;  // places along the axis that the operand has
    i32 axis;
    u32 keeps;
};
KERNEL packed_copy(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        u32 byte = a.keeps ? a.y[i] : 0;
#pragma unroll 1
        for (u32 shift = 0; shift < 8 && i * 2 + shift / 4 < a.elements; shift += 4) {
            i64 at = a.offset;
            bool has = true;
            eachDim(a.places, i * 2 + shift / 4, [&](int d, i64 place) {
                if (d == a.axis) has = place >= a.from && place < a.to;
                at += place * a.stride.v[d];
            });
            if (has) byte = (byte & ~(15u << shift)) | (a.x[at >> 1] >> (at & 1) * 4 & 15u) << shift;
        }
        a.y[i] = (u8)byte;
    }
}
