// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/gemm_tile.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {

const GemmTarget& gemmTargetHere() {
    static const TileTable<F32Codec, kTileRows> table;
    static const GemmTarget target{kTileRows, kTilePanels, table.functions[0].data(), packStrip};
    return target;
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt::cpu::kernels {

HWY_EXPORT(gemmTargetHere);
const GemmTarget& gemmTarget() {
    return HWY_DYNAMIC_DISPATCH(gemmTargetHere)();
}

}  // namespace opentrt::cpu::kernels
#endif
