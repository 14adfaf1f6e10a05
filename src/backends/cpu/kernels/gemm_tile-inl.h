// SPDX-License-Identifier: Apache-2.0
// Body of the GEMM tile for one instruction set; see gemm_tile.h. All loops over rows and vectors unroll fully, so that
// the accumulators are registers.

#if defined(OPENTRT_KERNELS_GEMM_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OPENTRT_KERNELS_GEMM_TILE_INL_H
#undef OPENTRT_KERNELS_GEMM_TILE_INL_H
#else
#define OPENTRT_KERNELS_GEMM_TILE_INL_H
#endif

#include <array>
#include <cmath>
#include <type_traits>
#include <utility>

#include "backends/cpu/kernels/convert-inl.h"
#include "backends/cpu/kernels/gemm_tile.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using TileD = hn::CappedTag<float, 16>;
using TileV = hn::Vec<TileD>;
constexpr int kTileLanes = static_cast<int>(hn::MaxLanes(TileD()));

#if HWY_TARGET == HWY_AVX3
constexpr int kTileRows = 14, kTilePanels = 2;
#elif HWY_TARGET == HWY_AVX2
constexpr int kTileRows = 6, kTilePanels = 1;
#elif HWY_ARCH_ARM_A64
constexpr int kTileRows = 6, kTilePanels = 1;
#else
constexpr int kTileRows = 2, kTilePanels = 1;
#endif

template <int R, int P, class Codec>
struct Tile {
    static constexpr int kVectors = P * 16 / kTileLanes;
    using BType = typename Codec::Type;

    //! Offset of vector j in an operand whose panels are `block` apart.
    static HWY_INLINE int64_t at(int j, int64_t block) { return j * kTileLanes / 16 * block + j * kTileLanes % 16; }

    //! Calls f(r, j) for each vector of the tile, unrolled.
    template <class F>
    static HWY_INLINE void each(F f) {
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
#pragma GCC unroll 32
            for (int j = 0; j < kVectors; ++j) f(r, j);
        }
    }

    static HWY_INLINE void start(const GemmTile& t, TileV (&acc)[R][kVectors]) {
        const TileD d;
        // C is written at the end; fetching its lines now hides their way from memory behind the product.
        for (int r = 0; r < R; ++r)
            for (int p = 0; p < P; ++p) __builtin_prefetch(t.c + r * t.cRow + p * t.cBlock, 1);
        if (t.start) {
            each([&](int r, int j)
                     HWY_ATTR { acc[r][j] = hn::LoadU(d, t.start + r * t.startRow + at(j, t.startBlock)); });
        } else {
            each([&](int r, int j) HWY_ATTR { acc[r][j] = hn::Zero(d); });
        }
        if (t.bias)
            each([&](int r, int j) HWY_ATTR { acc[r][j] = hn::Add(acc[r][j], hn::LoadU(d, t.bias + j * kTileLanes)); });
        if (t.rowBias) each([&](int r, int j) HWY_ATTR { acc[r][j] = hn::Add(acc[r][j], hn::Set(d, t.rowBias[r])); });
    }

    //! `row` is the distance of rows of A; where the compiler knows it, one register addresses them all.
    template <class Row>
    static HWY_INLINE void multiplyRows(const GemmTile& t, Row row, TileV (&acc)[R][kVectors]) {
        const TileD d;
        const auto* b = static_cast<const BType*>(t.b);
        const int64_t bPanel = t.bPanel;
        int64_t block = 0;
        for (int64_t k = t.k; k > 0; k -= t.length, ++block) {
            const int64_t steps = k < t.length ? k : t.length;
            const float* column = t.a + (t.offsets ? t.offsets[block] : block * t.aBlock);
            for (int64_t s = 0; s < steps; ++s, ++column, b += 16) {
                TileV bv[kVectors];
                // B comes from L2, a line per panel and step. With few rows the loads themselves are what takes time.
                if constexpr (R >= 4)
                    for (int p = 0; p < P; ++p) __builtin_prefetch(b + p * bPanel + 512);
#pragma GCC unroll 32
                for (int j = 0; j < kVectors; ++j) bv[j] = Codec::load(d, b + at(j, bPanel));
#pragma GCC unroll 16
                for (int r = 0; r < R; ++r) {
                    const TileV av = hn::Set(d, column[r * row]);
#pragma GCC unroll 32
                    for (int j = 0; j < kVectors; ++j) acc[r][j] = hn::MulAdd(av, bv[j], acc[r][j]);
                }
            }
        }
    }

    static HWY_INLINE void multiply(const GemmTile& t, TileV (&acc)[R][kVectors]) {
        if (R >= 4 && t.aRow == 16) {
            multiplyRows(t, std::integral_constant<int64_t, 16>(), acc);
        } else {
            multiplyRows(t, t.aRow, acc);
        }
    }

    static HWY_INLINE void store(const GemmTile& t, TileV (&acc)[R][kVectors]) {
        const TileD d;
        // This order of operands hands NaN on with x86 instructions.
        if (t.low != -HUGE_VALF)
            each([&](int r, int j) HWY_ATTR { acc[r][j] = hn::Max(hn::Set(d, t.low), acc[r][j]); });
        if (t.high != HUGE_VALF)
            each([&](int r, int j) HWY_ATTR { acc[r][j] = hn::Min(hn::Set(d, t.high), acc[r][j]); });
        each([&](int r, int j) HWY_ATTR { hn::StoreU(acc[r][j], d, t.c + r * t.cRow + at(j, t.cBlock)); });
    }

    static HWY_NOINLINE void whole(const GemmTile& t) {
        TileV acc[R][kVectors];
        start(t, acc);
        multiply(t, acc);
        store(t, acc);
    }

    //! The last panel has fewer than 16 columns: what is read and written there goes through full panels on the stack.
    static void partial(const GemmTile& t) {
        alignas(64) float c[R * P * 16], bias[P * 16] = {};
        GemmTile full = t;
        const auto copy = [&](auto from, auto to) {
            for (int r = 0; r < R; ++r)
                for (int n = 0; n < (P - 1) * 16 + t.lastColumns; ++n) *to(r, n) = *from(r, n);
        };
        const auto inTile = [&](int r, int n) { return c + r * P * 16 + n; };
        full.c = c;
        full.cRow = P * 16;
        full.cBlock = 16;
        if (t.start) {
            for (float& v : c) v = 0;
            copy([&](int r, int n) { return t.start + r * t.startRow + n / 16 * t.startBlock + n % 16; }, inTile);
            full.start = c;
            full.startRow = full.cRow;
            full.startBlock = 16;
        }
        if (t.bias) {
            for (int n = 0; n < (P - 1) * 16 + t.lastColumns; ++n) bias[n] = t.bias[n];
            full.bias = bias;
        }
        full.lastColumns = 16;
        whole(full);
        copy(inTile, [&](int r, int n) { return t.c + r * t.cRow + n / 16 * t.cBlock + n % 16; });
    }

    static void run(const GemmTile& t) {
        t.lastColumns == 16 ? whole(t) : partial(t);
    }
};

inline GemmStrip packStrip(const GemmStrip& from, int64_t rows, int64_t depth, float* to) {
    const TileD d;
    for (int64_t k = 0; k < depth; k += 16) {
        const float* column = from.a + k / 16 * from.block;
        float* block = to + k * rows;
        if (depth - k >= 16) {
            for (int64_t r = 0; r < rows; ++r)
                for (int lane = 0; lane < 16; lane += kTileLanes)
                    hn::StoreU(hn::LoadU(d, column + r * from.row + lane), d, block + r * 16 + lane);
        } else {
            for (int64_t r = 0; r < rows; ++r)
                for (int64_t i = 0; i < depth - k; ++i) block[r * 16 + i] = column[r * from.row + i];
        }
    }
    return {to, 16, rows * 16};
}

template <class Codec, int P, int... R>
constexpr std::array<TileFunction, sizeof...(R)> tilesOf(std::integer_sequence<int, R...>) {
    return {Tile<R + 1, P, Codec>::run...};
}

//! Table of all tiles of up to `rows` rows, [panels][rows].
template <class Codec, int rows>
struct TileTable {
    std::array<std::array<TileFunction, rows>, kTilePanels> functions;
    TileTable() {
        functions[0] = tilesOf<Codec, 1>(std::make_integer_sequence<int, rows>());
        if constexpr (kTilePanels > 1) functions[1] = tilesOf<Codec, 2>(std::make_integer_sequence<int, rows>());
    }
};

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#endif  // OPENTRT_KERNELS_GEMM_TILE_INL_H
