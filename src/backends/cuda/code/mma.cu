// SPDX-License-Identifier: Apache-2.0
// Tensor core products of 16 x 8 tiles over 32 bytes of the inner dimension, whatever the element type: 32 bytes, 16
// halves or 8 floats. Fragments come from rows of 128 bytes in shared memory, whose 16-byte pieces are swapped by the row's number so
// that no two rows meet in a bank. The text in front defines T and, for floats, EXACT: products of full float precision
// from three of rounded parts.
DEV u32 sharedAddress(const void* p) { return (u32)__cvta_generic_to_shared(p); }
//! Byte of piece `p` in row `row`.
DEV u32 swizzled(u32 row, u32 p) { return row * 128 + ((p ^ (row & 7)) << 4); }

DEV void copyAsync(u32 to, const void* from, bool there) {
    const int bytes = there ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(bytes) : "memory");
}
DEV void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N>
DEV void waitCopies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

DEV void loadFragments(u32 (&r)[4], u32 address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address));
}

DEV void multiply(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1, f16) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
DEV void multiply(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1, bf16) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
DEV void multiply(i32 (&c)[4], const u32 (&a)[4], u32 b0, u32 b1, i8) {
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
#if __CUDA_ARCH__ >= 890
DEV void multiply(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1, f8) {
    asm("mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
#endif
DEV void multiplyTf32(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
DEV u32 toTf32(float x) {
    u32 y;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(y) : "f"(x));
    return y;
}
#ifdef EXACT
DEV void multiply(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1, f32) {
    u32 high[4], low[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        high[i] = toTf32(__uint_as_float(a[i]));
        low[i] = toTf32(__uint_as_float(a[i]) - __uint_as_float(high[i]));
    }
    const u32 h0 = toTf32(__uint_as_float(b0)), h1 = toTf32(__uint_as_float(b1));
    if (EXACT) {
        const u32 l0 = toTf32(__uint_as_float(b0) - __uint_as_float(h0));
        const u32 l1 = toTf32(__uint_as_float(b1) - __uint_as_float(h1));
        multiplyTf32(c, low, h0, h1);
        multiplyTf32(c, high, l0, l1);
    }
    multiplyTf32(c, high, h0, h1);
}
#endif
