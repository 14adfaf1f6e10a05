// SPDX-License-Identifier: Apache-2.0
// How kernels multiply tiles of rows and columns that another warp brings through a ring in shared memory (wgmma_loop.cu,
// normed_rows.cu, mlp.cu). The text in front defines Sum, BN, ROW, STAGES, STAGE_BYTES, GROUPS, HEIGHT and multiplyGroup().
constexpr bool MANY_REGISTERS = HEIGHT * BN > 128 && GROUPS >= 2;

//! Which stage the warp that copies fills next.
struct Stage {
    int at = 0;
    u32 phase = 0;
    __device__ __forceinline__ void next() {
        if (++at == STAGES) at = 0, phase ^= 1;
    }
};

//! The group of the warp that copies needs few registers, those that multiply many.
DEV void leaveRegisters() {
    if constexpr (MANY_REGISTERS) asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(GROUPS == 3 ? 32 : 40));
}
DEV void takeRegisters() {
    if constexpr (MANY_REGISTERS && GROUPS == 2) asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    if constexpr (MANY_REGISTERS && GROUPS == 3) asm volatile("setmaxnreg.inc.sync.aligned.u32 160;");
}

//! What a group of warps multiplies next: a stage, the barrier that tells it is full, and the description of its rows.
struct Source {
    u32 barrier, data, phase = 0;
    __device__ __forceinline__ void next(u32 full) {
        constexpr u32 STEP = STAGE_BYTES / 16;
        const bool isLast = barrier == full + (STAGES - 1) * 8;
        barrier += isLast ? 8 - STAGES * 8 : 8;
        data += isLast ? STEP - STAGES * STEP : STEP;
        phase ^= isLast;
    }
    __device__ __forceinline__ void skip(u32 full, int count) {
        const int at = (barrier - full) / 8 + count, around = at / STAGES * STAGES;
        phase ^= at / STAGES & 1;
        barrier += (count - around) * 8;
        data += (count - around) * (STAGE_BYTES / 16);
    }
};
//! Stays in a register, where the compiler would make it anew each time.
DEV int held(int x) { return __shfl_sync(~0u, x, threadIdx.x & 31); }

//! Sums of a tile: of `units` stages from `source` on, whose barriers stand at `full` and `empty`; the rows begin `own`
//! units of 16 bytes behind the stage. With TURNS each warp arrives at `turn` when the last stage is there, lest one that
//! lags misses two turns. With `keeps` they are added to what is there.
DEV void multiplyTile(Sum (&acc)[HEIGHT][BN / 2], Source& source, int units, u32 full, u32 empty, u32 own, u32 turn,
                      bool keeps = false) {
    // The first unit before which a thread gives back the stage of the one before, and the one in which it arrives.
    const int givesFrom = held((threadIdx.x & 127) == 0 ? 1 : 0x7fffffff),
              lets = held((threadIdx.x & 31) == 0 ? units - 1 : -1);
    u32 before = 0;
#pragma unroll 1
    for (int i = 0; i < units; i++) {
        waitFor(source.barrier, source.phase);
        if (TURNS && i == lets) arriveAt(turn);
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
        for (int k = 0; k < ROW / 32; k++)
#pragma unroll
            for (int high = 0; high < HEIGHT; high++)
                multiplyGroup(acc[high], described<ROW>(source.data + own + (k * 2 + high * (64 * ROW / 16))),
                              described<ROW>(source.data + (k * 2 + BM * ROW / 16)), keeps || i > 0 || k > 0);
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
        asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
        if (i >= givesFrom) arriveAt(before);
        before = source.barrier + (empty - full);
        source.next(full);
    }
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    if (givesFrom == 1) arriveAt(before);
}
