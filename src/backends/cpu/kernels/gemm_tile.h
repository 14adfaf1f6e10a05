// SPDX-License-Identifier: Apache-2.0
// The register-tiled inner product behind GEMM, convolution and attention: C tile = start + A strip * B panels,
// clamped. A tile has up to `rows` rows and `panels` panels of 16 columns, as many as the instruction set has registers
// for.
#pragma once
#include <cstdint>

#include "base/types.h"

namespace opentrt::cpu::kernels {

struct GemmTile {
    // A(r, k) = a[r * aRow + (k / length) * aBlock + k % length]; with `offsets`, offsets[k / length] takes the place
    // of (k / length) * aBlock, which is how convolution walks over its input.
    const float* a = nullptr;
    int64_t aRow = 16, aBlock = 16, length = 16;
    const int64_t* offsets = nullptr;
    // Panel p begins at element p * bPanel; its rows of 16 follow each other.
    const void* b = nullptr;
    int64_t bPanel = 0;
    int64_t k = 0;
    // C(r, n) = c[r * cRow + (n / 16) * cBlock + n % 16]
    float* c = nullptr;
    int64_t cRow = 16, cBlock = 16;
    // Added to the product when not null; `start` is addressed as C is and may be C.
    const float* start = nullptr;
    int64_t startRow = 16, startBlock = 16;
    const float* bias = nullptr;     // by column
    const float* rowBias = nullptr;  // by row
    float low = 0, high = 0;         // clamp
    int lastColumns = 16;            // columns of the last panel that exist in C, start and bias
};

using TileFunction = void (*)(const GemmTile& tile);

//! Some rows of A, as GemmTile addresses them.
struct GemmStrip {
    const float* a = nullptr;
    int64_t row = 16, block = 16;
};
//! Copies a strip to [k / 16][rows][16]: rows a page apart would evict each other from L1.
using PackFunction = GemmStrip (*)(const GemmStrip& from, int64_t rows, int64_t depth, float* to);

struct GemmTarget {
    int rows = 1, panels = 1;                 // largest tile
    const TileFunction* functions = nullptr;  // [panels][rows]
    PackFunction pack = nullptr;
    TileFunction tile(int tileRows, int tilePanels) const { return functions[(tilePanels - 1) * rows + tileRows - 1]; }
};

//! Tiles for B of type F32, F16 or BF16; tiles for half precision have fewer rows.
const GemmTarget& gemmTarget();
const GemmTarget& gemmHalfTarget(DType type);

}  // namespace opentrt::cpu::kernels
