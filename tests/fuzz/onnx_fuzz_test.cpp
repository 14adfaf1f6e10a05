// SPDX-License-Identifier: Apache-2.0
// Runs the fuzzer's entry point on damaged variants of real models, the same ones every time. A test passes when
// nothing crashes, hangs, or fails without an error.
#include <gtest/gtest.h>

#include "onnx_mutate.h"
#include "target.h"

namespace opentrt::fuzz {
namespace {

void run(const std::string& bytes) {
    onnxFuzz().run(bytes);
    onnxWireFuzz().run(bytes);
}

class OnnxFuzz : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        whole = modelBytes(GetParam());
        ASSERT_FALSE(whole.empty());
        run(whole);
    }
    std::string whole;
};

}  // namespace

TEST_P(OnnxFuzz, SurvivesTruncation) {
    for (size_t i = 0; i < 40; ++i) run(whole.substr(0, whole.size() * i / 40));
    for (size_t size = 0; size < 200; ++size) run(whole.substr(0, size));
}

TEST_P(OnnxFuzz, SurvivesDamagedBytes) {
    for (uint64_t seed = 0; seed < 200; ++seed) {
        Random random(seed);
        run(mutateBytes(whole, random));
    }
}

TEST_P(OnnxFuzz, SurvivesHostileLengths) {
    for (uint64_t seed = 0; seed < 200; ++seed) {
        Random random(seed);
        run(onnxWireFuzz().mutate(whole, random));
    }
}

TEST_P(OnnxFuzz, SurvivesStrangeModels) {
    for (uint64_t seed = 0; seed < 600; ++seed) {
        Random random(seed);
        run(mutateModel(whole, random));
    }
}

INSTANTIATE_TEST_SUITE_P(Models, OnnxFuzz, testing::ValuesIn(kModels),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace opentrt::fuzz
