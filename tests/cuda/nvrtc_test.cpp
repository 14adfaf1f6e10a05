// SPDX-License-Identifier: Apache-2.0
// Copies of NVRTC in one process.
#include "backends/cuda/nvrtc.h"

#include <gtest/gtest.h>

#include "backends/cuda/compiler.h"
#include "base/cat.h"
#include "targets.h"

namespace opentrt::cuda {
namespace {

constexpr const char* kSource = "extern \"C\" __global__ void twice(float* x) { x[threadIdx.x] *= 2; }";

std::string codeBy(const Nvrtc& library) {
    Program program = nullptr;
    EXPECT_EQ(library.create(&program, kSource, "twice.cu", 0, nullptr, nullptr), 0);
    const char* options[] = {"--gpu-architecture=sm_90"};
    EXPECT_EQ(library.compile(program, 1, options), 0);
    size_t bytes = 0;
    EXPECT_EQ(library.codeSize(program, &bytes), 0);
    std::string code(bytes, '\0');
    EXPECT_EQ(library.code(program, code.data()), 0);
    EXPECT_EQ(library.destroy(&program), 0);
    return code;
}

TEST(Nvrtc, CopiesAreLibrariesOfTheirOwnAndMakeTheSameCode) {
    if (!foundNvrtc().table) GTEST_SKIP() << foundNvrtc().whyNot;
    const std::string code = codeBy(*foundNvrtc().table);
    for (int i = 0; i < 2; ++i) {  // what is gone may come again
        const NvrtcCopy first, second;
        ASSERT_TRUE(first.isThere() && second.isThere());
        EXPECT_NE(first.table().compile, foundNvrtc().table->compile);
        EXPECT_NE(first.table().compile, second.table().compile);
        EXPECT_EQ(codeBy(first.table()), code);
        EXPECT_EQ(codeBy(second.table()), code);
    }
}

TEST(Nvrtc, CompilesManyTextsAhead) {
    if (!foundNvrtc().table) GTEST_SKIP() << foundNvrtc().whyNot;
    std::vector<CodeText> texts;
    for (int i = 0; i < 40; ++i)
        texts.push_back({target(90).arch(), cat("extern \"C\" __global__ void k(int* x) { *x = ", i, "; }")});
    int done = 0;
    EXPECT_TRUE(compileTexts(texts, [&](int now, int total) {
        EXPECT_EQ(total, 40);
        done = now;
        return true;
    }));
    EXPECT_EQ(done, 40);
    EXPECT_FALSE(makeCode(texts[7]).sameBits(makeCode(texts[8])));
}

}  // namespace
}  // namespace opentrt::cuda
