// SPDX-License-Identifier: Apache-2.0
// bench_kernels [family...]: speed of the kernels, beside oneDNN where it has the same operation.
#include <cstring>

#include "backends/cpu/kernels/bench/bench.h"

int main(int argc, char** argv) {
    using namespace opentrt::cpu::kernels::bench;
    const struct {
        const char* name;
        void (*run)();
    } families[] = {
        {"gemm", benchGemm},           {"conv", benchConvolution},    {"depthwise", benchDepthwiseAndDirect},
        {"attention", benchAttention}, {"pointwise", benchPointwise}, {"rows", benchRows},
        {"movement", benchMovement},   {"recurrent", benchRecurrent}};
    for (const auto& family : families) {
        bool wanted = argc < 2;
        for (int i = 1; i < argc; ++i) wanted = wanted || !std::strcmp(argv[i], family.name);
        if (wanted) family.run();
    }
}
