// SPDX-License-Identifier: Apache-2.0
// The tensor copy engine, barriers that count its bytes, and clusters: compute capability 9.0.
struct __align__(64) TensorMap {
    u8 bytes[128];
};

DEV void initBarrier(u32 barrier, int arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}
DEV void publishBarriers() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }
DEV void expectBytes(u32 barrier, int bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}
DEV void arriveAt(u32 barrier) { asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory"); }
DEV void waitFor(u32 barrier, u32 phase) {
    asm volatile(
        "{ .reg .pred p;\nL: mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n@p bra D;\nbra L;\nD: }" ::"r"(barrier),
        "r"(phase)
        : "memory");
}
//! What is the same in all threads of a warp, said in a way that the compiler believes.
DEV int uniform(int x) { return __shfl_sync(~0u, x, 0); }
//! True in one thread of a warp, which must be whole: the compiler may leave it split behind a branch that not all its
//! threads take, even before a barrier of the warp, and then this is true in one thread of each part.
DEV bool isElected() {
    u32 is;
    asm volatile("{ .reg .pred p; elect.sync _|p, 0xffffffff; selp.u32 %0, 1, 0, p; }" : "=r"(is));
    return is;
}
//! For products of warp groups: operands at an address in shared memory, in rows of 128 or 64 bytes whose 16-byte pieces
//! are swapped as the copy engine swaps them. Addresses in units of 16 bytes may be added to what describe() gives.
DEV u32 describe(u32 at) { return (at & 0x3ffff) >> 4 | 1u << 16; }
template <int ROW_BYTES>
DEV u64 described(u32 low) {
    return (u64)(ROW_BYTES * 8 / 16 | (ROW_BYTES == 128 ? 1u : 2u) << 30) << 32 | low;
}
//! Brings the description itself, which the first copy would wait for.
DEV void prefetchMap(const TensorMap* map) { asm volatile("prefetch.tensormap [%0];" ::"l"(map) : "memory"); }
DEV void copyBox2(u32 to, const TensorMap* map, int c0, int c1, u32 barrier) {
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(to),
        "l"(map), "r"(c0), "r"(c1), "r"(barrier)
        : "memory");
}
DEV void copyBox3(u32 to, const TensorMap* map, int c0, int c1, int c2, u32 barrier) {
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4}], [%5];" ::"r"(
            to),
        "l"(map), "r"(c0), "r"(c1), "r"(c2), "r"(barrier)
        : "memory");
}
DEV void copyBox4(u32 to, const TensorMap* map, int c0, int c1, int c2, int c3, u32 barrier) {
    asm volatile(
        "cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4, %5}], [%6];" ::"r"(
            to),
        "l"(map), "r"(c0), "r"(c1), "r"(c2), "r"(c3), "r"(barrier)
        : "memory");
}
//! Into the shared memory of all `blocks` (bits) of the cluster, each of whose barriers counts the bytes.
DEV void copyBoxToAll(u32 to, const TensorMap* map, int c0, int c1, u32 barrier, int blocks) {
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1, {%2, %3}], "
        "[%4], %5;" ::"r"(to),
        "l"(map), "r"(c0), "r"(c1), "r"(barrier), "h"((short)blocks)
        : "memory");
}
//! Out of shared memory: the thread that says so commits it, and waits until what it has committed is read, or written.
DEV void storeBox4(const TensorMap* map, u32 from, int c0, int c1, int c2, int c3) {
    asm volatile("cp.async.bulk.tensor.4d.global.shared::cta.bulk_group [%0, {%1, %2, %3, %4}], [%5];" ::"l"(map), "r"(c0),
                 "r"(c1), "r"(c2), "r"(c3), "r"(from)
                 : "memory");
}
DEV void commitStores() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }
DEV void waitRead() { asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory"); }
DEV void waitWritten() { asm volatile("cp.async.bulk.wait_group 0;" ::: "memory"); }
DEV void copyWindows(u32 to, const TensorMap* map, int c, int w, int h, int n, u32 barrier, int x, int y) {
    asm volatile(
        "cp.async.bulk.tensor.4d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4, %5}], "
        "[%6], {%7, %8};" ::"r"(to),
        "l"(map), "r"(c), "r"(w), "r"(h), "r"(n), "r"(barrier), "h"((short)x), "h"((short)y)
        : "memory");
}
DEV u32 blockInCluster() {
    u32 rank;
    asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
    return rank;
}
DEV void arriveRelaxed() { asm volatile("barrier.cluster.arrive.relaxed;" ::: "memory"); }
DEV void arriveCluster() { asm volatile("barrier.cluster.arrive.release;" ::: "memory"); }
DEV void waitCluster() { asm volatile("barrier.cluster.wait.acquire;" ::: "memory"); }
DEV u32 addressIn(u32 address, u32 block) {
    u32 there;
    asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"(address), "r"(block));
    return there;
}
//! At the barrier of another block, whose address addressIn() gives. What was read before is ordered, writes are not:
//! those would take a microsecond.
DEV void arriveInCluster(u32 barrier) {
    asm volatile("mbarrier.arrive.shared::cluster.b64 _, [%0];" ::"r"(barrier) : "memory");
}
//! Between what threads have written to shared memory and the copy engine.
DEV void shareWithCopies() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
//! Into the shared memory of another block of the cluster, whose barrier counts the bytes.
DEV void copyToBlock(u32 to, u32 from, int bytes, u32 barrier) {
    asm volatile("cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to),
                 "r"(from), "r"(bytes), "r"(barrier)
                 : "memory");
}
DEV void storeRemote(u32 address, float4 v) {
    asm volatile("st.shared::cluster.v4.f32 [%0], {%1, %2, %3, %4};" ::"r"(address), "f"(v.x), "f"(v.y), "f"(v.z), "f"(v.w)
                 : "memory");
}
