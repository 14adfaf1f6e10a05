// SPDX-License-Identifier: Apache-2.0
// How kernels multiply tiles of rows and columns that another warp brings through a ring in shared memory (wgmma_loop.cu,
// normed_rows.cu). The text in front defines Sum, BN, ROW, STAGES, STAGE_BYTES, GROUPS, HEIGHT and multiplyGroup().
constexpr bool MANY_REGISTERS = HEIGHT * BN > 128 && GROUPS >= 2;

struct Stage {
    int at = 0;
    u32 phase = 0;
    __device__ __forceinline__ void next() {
        if (++at == STAGES) at = 0, phase ^= 1;
    }
    __device__ __forceinline__ void skip(int count) {
        at += count;
        phase ^= at / STAGES & 1;
        at %= STAGES;
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

//! Sums of a tile: of `units` stages, whose barriers stand at `full` and `empty`, rows at `da`, columns at `db`
//! (describe()). `atLast` is called when the last stage is there.
template <class AtLast>
DEV void multiplyTile(Sum (&acc)[HEIGHT][BN / 2], Stage& stage, int units, u32 full, u32 empty, u32 da, u32 db,
                      const AtLast& atLast) {
    const auto release = [&](int at) {
        if ((threadIdx.x & 127) == 0) arriveAt(empty + at * 8);
    };
    int before = 0;
#pragma unroll 1
    for (int i = 0; i < units; i++) {
        waitFor(full + stage.at * 8, stage.phase);
        if (i + 1 == units) atLast();
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
        for (int k = 0; k < ROW / 32; k++)
#pragma unroll
            for (int high = 0; high < HEIGHT; high++) {
                const u32 at = stage.at * (STAGE_BYTES / 16) + k * 2;
                multiplyGroup(acc[high], described<ROW>(da + at + high * (64 * ROW / 16)), described<ROW>(db + at),
                              i > 0 || k > 0);
            }
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
        asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
        if (i > 0) release(before);
        before = stage.at;
        stage.next();
    }
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    release(before);
}
