// SPDX-License-Identifier: Apache-2.0
// Instruction sets that the kernels are compiled for: the compiler's baseline, SSE4, AVX2 and AVX-512 (Skylake level);
// NEON on Arm. Fewer targets keep the build short; the ones left out gain nothing for f32 kernels. Scalable vectors are
// left out because tiles are laid out with vector lengths that the compiler knows. To be included before Highway, so
// the three includes stand in a block that the formatter leaves alone.
#pragma once

// Bits 4 and 6 are AVX3_SPR and AVX3_ZEN4, whose names older releases of Highway do not define.
#define HWY_DISABLED_TARGETS \
    ((1LL << 4) | (1LL << 6) | HWY_AVX3_DL | HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
