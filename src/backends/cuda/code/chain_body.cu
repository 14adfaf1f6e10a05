// SPDX-License-Identifier: Apache-2.0
//! By a warp of its own, while the kernel in front still runs.
DEV void bringAllWeights(const ChainArgs& p, u32 base, bool brings) {
    Ring ring{0, 1};
#define BRING_WEIGHTS(LINK) LINK::bringWeights(p, base, ring, brings);
    EACH_LINK(BRING_WEIGHTS)
}
DEV void bringPixels(const ChainArgs& p, u32 base, bool brings) {
    const Corner at = cornerOf(p);
    if (brings) prefetchMap(&p.a);
#define PREFETCH(LINK) if (brings) LINK::prefetchMaps(p);
    EACH_LINK(PREFETCH)
    ready();
#if BESIDE
    if (brings) beside::bringOwn(p, base, at);
#endif
    if (brings) link0::bringWindows(p, base, at);
#define BRING_LIKE(LINK) if (brings) LINK::bringLike(p, base, at);
    EACH_LINK(BRING_LIKE)
}

DEV void consume(const ChainArgs& p, Worker& w) {
#define BEGIN(LINK) LINK::Channels LINK##_channels; LINK##_channels.begin(p, w, true);
    EACH_LINK(BEGIN)
    ready();
#define LOAD(LINK) LINK##_channels.begin(p, w, false);
    EACH_LINK(LOAD)
#define RUN(LINK) LINK::run(p, w, LINK##_channels);
    EACH_LINK(RUN)
    waitWritten();
}

KERNEL __launch_bounds__(THREADS, 1) chain(const __grid_constant__ ChainArgs p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, warp = uniform(tid >> 5);
    const u32 base = sharedAddress(memory);
    begin();
    if (tid < STAGES) initBarrier(base + FULL + tid * 8, 1);
    else if (tid < 2 * STAGES) initBarrier(base + EMPTY + (tid - STAGES) * 8, GROUPS * CLUSTER);
    else if (tid < 2 * STAGES + 2 + MOST_LINKS) initBarrier(base + LINES + (tid - 2 * STAGES) * 8, 1);
    publishBarriers();
    __syncthreads();
    if (CLUSTER > 1) arriveRelaxed(), waitCluster();
    if (warp == GROUPS * 4) {
        bringAllWeights(p, base, isElected());
    } else if (warp > GROUPS * 4) {
        bringPixels(p, base, isElected());
    } else {
        const int group = warp / 4;
        Worker worker{base, group / ACROSS, group % ACROSS, warp % 4, tid % 32, cornerOf(p), {}};
        consume(p, worker);
    }
    __syncwarp();
    if (CLUSTER > 1) arriveRelaxed(), waitCluster();  // until nobody brings or gives back anything here
}
