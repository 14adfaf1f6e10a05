// SPDX-License-Identifier: Apache-2.0
// How blocks that share rows finish and normalise them together (normed_rows.cu, mlp.cu). A group of
// warps has 64 of them. The text in front defines what that of normed_rows does, its Args, and Columns (wgmma_columns.cu).
constexpr int SETS = BN / 16;  // places of 8 columns of a thread: two rows of each 32 columns
//! Boxes of the operand like the result, 64 columns each: in all, and in a stage; the stages that they take.
constexpr int BOX_BYTES = BM * 128, BOXES = LIKE_BYTES > 0 ? BN / 64 : 0, TOGETHER = STAGE_BYTES / BOX_BYTES,
              LIKE_STAGES = (BOXES + TOGETHER - 1) / TOGETHER;

DEV u64 readWord(const u64* from) {
    u64 word;
    asm volatile("ld.relaxed.gpu.global.b64 %0, [%1];" : "=l"(word) : "l"(from) : "memory");
    return word;
}
DEV void writeWord(u64* to, float mean, float square, u32 turn) {
    const u64 word = (u64)((__float_as_uint(square) & ~1u) | turn) << 32 | __float_as_uint(mean);
    asm volatile("st.relaxed.gpu.global.b64 [%0], %1;" ::"l"(to), "l"(word) : "memory");
}
DEV u32 turnOf(u64 word) { return (u32)(word >> 32) & 1; }
DEV float meanIn(u64 word) { return __uint_as_float((u32)word); }
DEV float squareIn(u64 word) { return __uint_as_float((u32)(word >> 32) & ~1u); }

//! Mean and squared distances of numbers of a row.
struct Spread {
    float mean, square;

    __device__ __forceinline__ static float sumOfFour(float x) {
        x += __shfl_xor_sync(~0u, x, 1);
        return x + __shfl_xor_sync(~0u, x, 2);
    }
    //! Of COUNT numbers each in PARTS of four neighbouring threads, then of all of them.
    template <int PARTS, int COUNT>
    __device__ __forceinline__ void join() {
        const bool isPart = PARTS == 4 || (threadIdx.x & 3) < PARTS;
        if (!RMS) {
            const float all = sumOfFour(isPart ? mean : 0.f) * (1.f / PARTS), apart = mean - all;
            square = fmaf(apart * apart, (float)COUNT, square);
            mean = all;
        }
        square = sumOfFour(isPart ? square : 0.f);
    }
};

DEV void storePiece(H* to, const float (&x)[8], bool there) {
    struct __align__(16) {
        u32 pair[4];
    } piece;
#pragma unroll
    for (int i = 0; i < 4; i++) piece.pair[i] = pairOf(x[2 * i], x[2 * i + 1], H());
    if (there) *(decltype(piece)*)to = piece;
}

DEV Pack<float, 8> packed(float4 a, float4 b) { return {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w}; }

//! By the warp that copies: the operand like the result, behind the last pieces of k.
DEV void bringLike(const Args& p, u32 full, u32 empty, u32 ring, Stage stage, int m0, int n0, bool brings) {
#pragma unroll
    for (int first = 0; first < BOXES; first += TOGETHER) {
        const int count = min(TOGETHER, BOXES - first);
        waitFor(empty + stage.at * 8, stage.phase);
        if (brings) expectBytes(full + stage.at * 8, count * BOX_BYTES);
#pragma unroll
        for (int box = 0; box < count; box++)
            if (brings)
                copyBox2(ring + stage.at * STAGE_BYTES + box * BOX_BYTES, &p.like, n0 + (first + box) * 64, m0,
                         full + stage.at * 8);
        stage.next();
    }
}

//! `source`: where the operand like the result comes first. `factors`: scales of the block's columns, then biases. `row`:
//! the thread's first, `inTile` of the tile; `turn`: of this launch.
DEV void finishRows(const Args& p, const Sum (&acc)[BN / 2], const Columns<2>& columns, Source source, u32 full,
                    const unsigned char* ring, const float* factors, int row, int inTile, int share, u32 turn) {
    const int lane = threadIdx.x & 31, own = lane & 3;
    const unsigned char* like[LIKE_STAGES > 0 ? LIKE_STAGES : 1];
#pragma unroll
    for (int s = 0; s < LIKE_STAGES; s++) {
        waitFor(source.barrier, source.phase);
        like[s] = ring + (source.barrier - full) / 8 * STAGE_BYTES + inTile * 128;
        source.next(full);
    }
    float h[SETS][8], first[2];
    Spread spread[2] = {};
    Behind<8> behind[2];
#pragma unroll
    for (int t = 0; t < SETS; t++) {
        const int r = t % 2, box = t / 4;
        if (r == 0) columns.give(behind[0], t / 2 * 32, own * 4, 0);
        else behind[1].shareColumns(behind[0]);
        if (BOXES > 0)
            behind[r].takeLike(like[box / TOGETHER] + box % TOGETHER * BOX_BYTES + r * (8 * 128) +
                               ((t / 2 % 2 * 4 + own) ^ lane / 4) * 16);
        float sum[8];
#pragma unroll
        for (int i = 0; i < 8; i++) sum[i] = (float)acc[t / 2 * 16 + i / 2 * 4 + r * 2 + i % 2];
        const Finished<8> all = finished<8>(p, behind[r], sum);
        // Distances from a number of the row lose nothing where all lie far from zero.
        if (t < 2) first[r] = RMS ? 0.f : all.at(0);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            h[t][i] = all.at(i);
            const float apart = all.at(i) - first[r];
            spread[r].mean += apart;
            spread[r].square = fmaf(apart, apart, spread[r].square);
        }
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
        const float mean = spread[r].mean * (4.f / BN);
        if (!RMS) spread[r].square = fmaf(mean * mean, -BN / 4.f, spread[r].square);
        spread[r].mean = first[r] + mean;
        spread[r].join<4, BN / 4>();
    }
    u64* const words = p.words + (i64)row * SHARERS;
#pragma unroll
    for (int r = 0; r < 2; r++)
        if (own == r) writeWord(words + r * (8 * SHARERS) + share, spread[r].mean, spread[r].square, turn);

    const i64 firstPlace = (i64)row * p.N + share * BN + own * 8;
    const auto placeOf = [&](int t) { return firstPlace + t % 2 * 8 * (i64)p.N + t / 2 * 32; };
    const auto isInside = [&](int t) { return row + t % 2 * 8 < p.M; };
#pragma unroll
    for (int t = 0; t < SETS; t++)
        if (KEEPS) storePiece((H*)p.y + placeOf(t), h[t], isInside(t));
    u64 word[2];
    do {
#pragma unroll
        for (int r = 0; r < 2; r++) word[r] = readWord(words + r * (8 * SHARERS) + min(own, SHARERS - 1));
    } while (__any_sync(~0u, turnOf(word[0]) != turn || turnOf(word[1]) != turn));
    float scale[2], shift[2];
#pragma unroll
    for (int r = 0; r < 2; r++) {
        Spread all{meanIn(word[r]), squareIn(word[r])};
        all.join<SHARERS, BN>();
        scale[r] = rsqrtf(all.square * (1.f / (BN * SHARERS)) + p.epsilon);
        shift[r] = RMS ? 0.f : -all.mean * scale[r];
    }
#pragma unroll
    for (int t = 0; t < SETS; t += 2) {
        const float4* of = (const float4*)(factors + t / 2 * 32 + own * 8);
        const Pack<float, 8> g = packed(of[0], of[1]), c = packed(of[BN / 4], of[BN / 4 + 1]);
#pragma unroll
        for (int r = 0; r < 2; r++) {
            float n[8];
#pragma unroll
            for (int i = 0; i < 8; i++) n[i] = fmaf(fmaf(h[t + r][i], scale[r], shift[r]), g.v[i], c.v[i]);
            storePiece((H*)p.normed + placeOf(t + r), n, isInside(t + r));
        }
    }
}
