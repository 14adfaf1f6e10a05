// SPDX-License-Identifier: Apache-2.0
// Runs the fuzzer's entry point on damaged variants of real models, the same ones every time. A test passes when
// nothing crashes, hangs, or fails without an error.
#include "onnx_fuzz.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace opentrt::fuzz {
namespace {

std::string modelBytes(const std::string& name) {
    std::ifstream file(std::filesystem::path(OPENTRT_MODELS) / name / "model.onnx", std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

void run(const std::string& bytes) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
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

TEST_P(OnnxFuzz, SurvivesStrangeModels) {
    for (uint64_t seed = 0; seed < 600; ++seed) {
        Random random(seed);
        run(mutateModel(whole, random));
    }
}

// Small ones that between them have every kind of part: If, LSTM, quantization, dynamic shapes, shape arithmetic.
INSTANTIATE_TEST_SUITE_P(Models, OnnxFuzz,
                         testing::Values("mnist8_cntk", "super_resolution_espcn", "yunet_n_320_qdq_int8", "basic_pitch",
                                         "silero_vad_micro_transformer", "byte_bidi_lstm"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace opentrt::fuzz
