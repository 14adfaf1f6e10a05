// SPDX-License-Identifier: Apache-2.0
// GEMM tiles whose B is stored in half precision: for few rows, where reading the weights is what takes the time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/gemm_tile_half.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {

constexpr int kHalfRows = kTileRows < 4 ? kTileRows : 4;

const GemmTarget& gemmHalfTargetHere(DType type) {
    static const TileTable<F16Codec, kHalfRows> f16;
    static const TileTable<BF16Codec, kHalfRows> bf16;
    static const GemmTarget targets[] = {{kHalfRows, kTilePanels, f16.functions[0].data(), packStrip},
                                         {kHalfRows, kTilePanels, bf16.functions[0].data(), packStrip}};
    return targets[type == DType::BF16];
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt::cpu::kernels {

HWY_EXPORT(gemmHalfTargetHere);
const GemmTarget& gemmHalfTarget(DType type) {
    return type == DType::F32 ? gemmTarget() : HWY_DYNAMIC_DISPATCH(gemmHalfTargetHere)(type);
}

}  // namespace opentrt::cpu::kernels
#endif
