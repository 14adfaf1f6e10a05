// SPDX-License-Identifier: Apache-2.0
// Loaded before a program (LD_PRELOAD), takes instruction sets away from our kernels, so that whole models run as on a
// lesser CPU: OPENTRT_TEST_TARGET=avx2 or generic. ONEDNN_MAX_CPU_ISA does the same for oneDNN.
#include <cstdlib>
#include <cstring>
#include <hwy/highway.h>
#include <hwy/targets.h>

namespace {

[[gnu::constructor]] void takeAway() {
    const char* asked = std::getenv("OPENTRT_TEST_TARGET");
    if (!asked) return;
    const bool avx2 = std::strcmp(asked, "avx2") == 0;
    hwy::DisableTargets(avx2 ? HWY_AVX2 - 1 : hwy::SupportedTargets() & (HWY_STATIC_TARGET - 1));
}

}  // namespace
