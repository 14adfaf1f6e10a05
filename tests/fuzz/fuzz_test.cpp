// SPDX-License-Identifier: Apache-2.0
// Runs the fuzz targets on damaged variants of their seeds, the same ones every time. ONNX has a program of its own.
#include <gtest/gtest.h>

#include "backends/backend.h"
#include "base/error.h"
#include "target.h"

namespace opentrt::fuzz {
namespace {

struct Named {
    const char* name;
    const Target& (*target)();
    uint64_t rounds;
};

//! GoogleTest would print its bytes, pointers included, into the names that ctest shows.
std::ostream& operator<<(std::ostream& out, const Named& named) {
    return out << named.rounds << " rounds";
}

class Damaged : public testing::TestWithParam<Named> {
protected:
    const Target& target = GetParam().target();
    std::vector<std::string> seeds = target.seeds();
};

TEST_P(Damaged, SeedsAreAccepted) {
    for (size_t i = 0; i < seeds.size(); ++i) EXPECT_TRUE(target.run(seeds[i])) << "seed " << i;
}

TEST_P(Damaged, EveryTruncationIsSurvived) {
    for (const std::string& seed : seeds) {
        // Every length of a short one; of a long one those near both ends, and a sample between.
        const size_t step = std::max<size_t>(1, seed.size() / 4000);
        for (size_t size = 0; size < seed.size(); size += size < 256 || size + 256 > seed.size() ? 1 : step) {
            target.run(std::string_view(seed).substr(0, size));
        }
    }
}

TEST_P(Damaged, BitFlipsAreSurvived) {
    for (const std::string& seed : seeds) {
        const size_t step = std::max<size_t>(1, seed.size() / 2000);
        for (size_t at = 0; at < seed.size(); at += step) {
            std::string bytes = seed;
            bytes[at] = static_cast<char>(bytes[at] ^ (1U << (at % 8)));
            target.run(bytes);
        }
    }
}

TEST_P(Damaged, StrangeBytesAreSurvived) {
    for (uint64_t round = 0; round < GetParam().rounds; ++round) {
        Random random(round);
        target.run(mutateBytes(seeds[round % seeds.size()], random));
    }
}

TEST_P(Damaged, StrangeContentsAreSurvived) {
    seeds = target.allSeeds();
    for (uint64_t round = 0; round < GetParam().rounds; ++round) {
        Random random(round);
        target.run(target.mutate(seeds[round % seeds.size()], random));
    }
}

INSTANTIATE_TEST_SUITE_P(Targets, Damaged,
                         testing::Values(Named{"Plan", planFuzz, 3000}, Named{"TimingCache", timingCacheFuzz, 10000},
                                         Named{"GraphText", graphTextFuzz, 20000}),
                         [](const auto& info) { return std::string(info.param.name); });

std::shared_ptr<const Kernel> stepOf(const std::string& kernel, const std::string& op, int64_t present) {
    const std::string text =
        "{op=\"" + op + "\", present=" + std::to_string(present) + ", inputs=[], types=[], dims=[]}";
    return cpuBackend().load(kernel, text, {});
}

TEST(Kernels, RefuseAnExpansionToTooManyDimensions) {
    const Port x{DType::F32, Format::Linear, {1}}, dims{DType::I64, Format::Linear, {1 << 30}};
    const auto expand = stepOf("cpu.expand", "{dims=[]}", 3);
    EXPECT_THROW(expand->prepare(std::vector{x, dims}, std::vector{x}), Error);
}

TEST(Kernels, RefuseADepthThatTheOutputLacks) {
    const Port index{DType::I64, Format::Linear, {1}}, values{DType::F32, Format::Linear, {2}},
        depth{DType::I64, Format::Linear, {}}, out{DType::F32, Format::Linear, {1, 3}};
    const auto launch =
        stepOf("cpu.one_hot", "{axis=-1}", 7)->prepare(std::vector{index, values, depth}, std::vector{out});
    int64_t place = 1, count = 3;
    float given[2] = {0, 1}, made[3] = {};
    const void* inputs[] = {&place, given, &count};
    void* outputs[] = {made};
    LaunchArgs args;
    args.inputs = inputs;
    args.outputs = outputs;
    launch->run(args);
    EXPECT_EQ(made[1], 1);
    count = 4;
    EXPECT_THROW(launch->run(args), Error);
}

TEST(Kernels, RefuseAFillThatNobodyTellsItsSizes) {
    const auto fill = stepOf("cpu.fill", "{operation=normal, dims=[4], alpha=2, beta=0.5, type=f32, seed=0}", 0);
    EXPECT_NO_THROW(fill->prepare({}, std::vector{Port{DType::F32, Format::Linear, {4}}}));
    EXPECT_THROW(fill->prepare({}, std::vector{Port{DType::F32, Format::Linear, {-1}}}), Error);
}

}  // namespace
}  // namespace opentrt::fuzz
