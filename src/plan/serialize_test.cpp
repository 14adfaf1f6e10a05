// SPDX-License-Identifier: Apache-2.0
#include "plan/serialize.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace opentrt {
namespace {

Plan smallPlan() {
    Plan plan;
    plan.name = "net";
    plan.device = "cpu test";
    plan.tensors = {{"x", DType::F32, {Dim::symbol("N"), 3}, {"N", ""}, true, {}, false},
                    {"y", DType::F32, {Dim::symbol("N"), 3}, {"N", ""}, false, {}, false}};
    plan.profiles = {{{{{{1, 3}, {2, 3}, {4, 3}}, {}}}}};
    plan.bounds = {{"M", Dim::symbol("N") * 2}};
    plan.points = {{0, {{"N", 2}}}, {0, {{"N", 4}}}};
    PlanProgram program;
    program.dims = {Dim::symbol("N"), 3, Dim::floorDiv(Dim::symbol("N") + 1, 2)};
    program.values = {{"x", DType::F32, Format::Linear, {0, 1}, Storage::Input, 0, {}, 0},
                      {"w", DType::F32, Format::Linear, {1}, Storage::Constant, 0, {}, 0},
                      {"t", DType::F32, Format::Linear, {0, 1}, Storage::Arena, -1, {64}, 0},
                      {"y", DType::F32, Format::Linear, {0, 1}, Storage::Output, 0, {}, 0}};
    PlanStep step;
    step.name = "add";
    step.backend = "cpu";
    step.kernel = "cpu.pointwise";
    step.inputs = {0, 1, -1};
    step.outputs = {3};
    step.weights = {0};
    step.variants = {{"cpu.other", "cpu.pointwise", "params", {1}}};
    step.variantAt = {0, 1};
    program.steps = {step};
    program.inputs = {0};
    program.outputs = {3};
    program.arenaBytes = {128};
    plan.programs = {program};
    plan.refittable = plan.streamsWeights = true;
    plan.refit = std::make_shared<PlanRefit>(PlanRefit{
        "graph {}", {1, 0}, {{"W", "conv", "kernel", DType::F16, {100}, 0}}, {1, 2, 3}, 4, 2, 1000, 7, true, true});
    plan.blobs = {Tensor::of<double>(DType::F32, {3}, {1, 2, 3}), Tensor(DType::U8, {100})};
    return plan;
}

TEST(Serialize, ReadsBackWhatItWrote) {
    const Plan plan = smallPlan();
    const std::vector<uint8_t> bytes = serialize(plan);
    const Plan again = deserialize(bytes);
    EXPECT_EQ(str(again), str(plan));
    EXPECT_EQ(serialize(again), bytes);
    EXPECT_EQ(again.blobs[0].toDoubles(), (std::vector<double>{1, 2, 3}));
    EXPECT_EQ(again.tensors[0].dimNames[0], "N");
    EXPECT_EQ(again.refit->graph, "graph {}");
    EXPECT_EQ(again.refit->weights[0].dims, (std::vector<int64_t>{100}));
    EXPECT_EQ(again.refit->times, (std::vector<uint8_t>{1, 2, 3}));
    EXPECT_TRUE(again.refit->stronglyTyped);
    EXPECT_TRUE(again.streamsWeights);
    EXPECT_EQ(again.refit->narrow, -1);
    EXPECT_EQ(again.points[1].sizes.at("N"), 4);
    EXPECT_EQ(again.programs[0].steps[0].variants[0].params, "params");
    EXPECT_EQ(again.profiles[0].inputs[0].dims[2], (std::vector<int64_t>{4, 3}));
}

TEST(Serialize, StartsAsTensorRtToolsExpect) {
    const std::vector<uint8_t> bytes = serialize(smallPlan());
    EXPECT_EQ((std::vector<uint8_t>(bytes.begin(), bytes.begin() + 8)),
              (std::vector<uint8_t>{0x66, 0x74, 0x72, 0x74, 0, 0, 0, 0}));
    EXPECT_EQ((std::vector<uint8_t>(bytes.begin() + 24, bytes.begin() + 28)), (std::vector<uint8_t>{10, 16, 0, 0}));
}

TEST(Serialize, RefusesEveryTruncation) {
    const std::vector<uint8_t> bytes = serialize(smallPlan());
    for (size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_THROW(deserialize({bytes.data(), size}), Error) << size;
    }
}

TEST(Serialize, RefusesEveryFlippedBitThatMatters) {
    const std::vector<uint8_t> good = serialize(smallPlan());
    const std::string expected = str(deserialize(good));
    for (size_t at = 0; at < good.size(); ++at) {
        std::vector<uint8_t> bad = good;
        bad[at] ^= static_cast<uint8_t>(1u << (at % 8));
        try {
            EXPECT_EQ(str(deserialize(bad)), expected) << "a flip at byte " << at << " went unnoticed";
        } catch (const Error&) {
        }
    }
}

TEST(Serialize, UsesAlignedWeightsInPlace) {
    const std::vector<uint8_t> bytes = serialize(smallPlan());
    std::shared_ptr<uint8_t> aligned(static_cast<uint8_t*>(std::aligned_alloc(64, (bytes.size() + 63) / 64 * 64)),
                                     std::free);
    std::copy(bytes.begin(), bytes.end(), aligned.get());
    const Plan plan = deserialize({aligned.get(), bytes.size()}, aligned);
    const auto* data = static_cast<const uint8_t*>(plan.blobs[0].data());
    EXPECT_GE(data, aligned.get());
    EXPECT_LT(data, aligned.get() + bytes.size());
}

TEST(Serialize, ChecksSmallWeightsAndIntegersOfAMappedFileOnly) {
    constexpr int64_t kMany = 20'000;  // 80 kB
    Plan plan = smallPlan();
    plan.blobs = {Tensor(DType::F32, {3}), Tensor(DType::I32, {kMany}), Tensor(DType::F32, {kMany})};
    const std::vector<uint8_t> good = serialize(plan);
    const size_t large = static_cast<size_t>(kMany) * 4, padded = (large + 63) / 64 * 64;
    const auto load = [&](size_t fromEnd, WeightCheck check) {
        std::vector<uint8_t> bytes = good;
        bytes[bytes.size() - fromEnd] ^= 1;
        return deserialize(bytes, {}, check);
    };
    EXPECT_NO_THROW(load(padded, WeightCheck::Small));
    EXPECT_THROW(load(padded, WeightCheck::All), Error);
    EXPECT_THROW(load(2 * padded, WeightCheck::Small), Error);       // an integer
    EXPECT_THROW(load(2 * padded + 64, WeightCheck::Small), Error);  // the small one
}

TEST(Serialize, FillsMemoryOfTheFilesSize) {
    const std::vector<uint8_t> pieces = serialize(smallPlan());
    std::vector<uint8_t> whole;
    serializeInto(smallPlan(), [&](size_t bytes) {
        whole.resize(bytes);
        return whole.data();
    });
    std::vector<uint8_t> streamed;
    serialize(smallPlan(), [&](const void* bytes, size_t size) {
        const auto* first = static_cast<const uint8_t*>(bytes);
        streamed.insert(streamed.end(), first, first + size);
        return true;
    });
    EXPECT_EQ(whole, pieces);
    EXPECT_EQ(streamed, pieces);
}

TEST(Serialize, RefusesIndicesThatPointNowhere) {
    const auto refused = [](auto change) {
        Plan plan = smallPlan();
        change(plan);
        const std::vector<uint8_t> bytes = serialize(plan);
        EXPECT_THROW(deserialize(bytes), Error);
    };
    refused([](Plan& p) { p.programs[0].steps[0].inputs[0] = 9; });
    refused([](Plan& p) { p.programs[0].steps[0].outputs[0] = -1; });
    refused([](Plan& p) { p.programs[0].steps[0].weights[0] = 2; });
    refused([](Plan& p) { p.programs[0].steps[0].bodies = {0}; });
    const auto refitRefused = [&](auto change) {
        refused([&](Plan& p) {
            auto refit = std::make_shared<PlanRefit>(*p.refit);
            change(*refit);
            p.refit = refit;
        });
    };
    refitRefused([](PlanRefit& r) { r.stored[0] = 2; });
    refitRefused([](PlanRefit& r) { r.weights[0].stored = 2; });
    refitRefused([](PlanRefit& r) { r.weights[0].dims = {int64_t{1} << 40, int64_t{1} << 40}; });
    refitRefused([](PlanRefit& r) { r.narrow = 99; });
    refused([](Plan& p) { p.refittable = false; });
    refused([](Plan& p) { p.strippedBytes = -1; });
    refused([](Plan& p) { p.programs[0].steps[0].variants[0].weights = {2}; });
    refused([](Plan& p) { p.programs[0].steps[0].variantAt = {0, 2}; });
    refused([](Plan& p) { p.programs[0].steps[0].variantAt = {0}; });
    refused([](Plan& p) { p.programs[0].steps[0].backend = "control"; });
    refused([](Plan& p) { p.points[0].profile = 1; });
    refused([](Plan& p) { p.programs[0].values[0].dims[0] = 3; });
    refused([](Plan& p) { p.programs[0].values[1].index = 2; });
    refused([](Plan& p) { p.programs[0].values[2].offsets[0] = 1000; });
    refused([](Plan& p) { p.programs[0].values[2].offsets[0] = 2; });
    refused([](Plan& p) { p.programs[0].values[2].storage = Storage::Alias; });
    refused([](Plan& p) { p.programs[0].arenaBytes = {-1}; });
    refused([](Plan& p) { p.programs.clear(); });
    refused([](Plan& p) { p.programs[0].values[0].aliasOffset = -1; });
    refused([](Plan& p) { p.programs[0].steps[0].outputs[0] = 0; });
    refused([](Plan& p) { p.programs[0].values[3].storage = Storage::Dynamic; });
}

//! Two branches beside each other, each through a tensor in the arena, and what adds them up.
Plan spreadPlan() {
    Plan plan = smallPlan();
    plan.refittable = false;
    plan.refit = nullptr;
    PlanProgram& p = plan.programs[0];
    p.values.push_back({"u", DType::F32, Format::Linear, {0, 1}, Storage::Arena, -1, {0}, 0});
    PlanStep step;
    step.backend = "cpu";
    p.steps = {step, step, step};
    p.steps[0].inputs = p.steps[1].inputs = {0};
    p.steps[0].outputs = {2};
    p.steps[1].outputs = {4};
    p.steps[2].inputs = {2, 4};
    p.steps[2].outputs = {3};
    p.steps[1].lane = 1;
    p.steps[1].waits = {kStart};
    p.steps[2].waits = {1};
    return plan;
}

TEST(Serialize, KeepsLanesAndWaits) {
    const Plan again = deserialize(serialize(spreadPlan()));
    EXPECT_EQ(again.programs[0].steps[1].lane, 1);
    EXPECT_EQ(again.programs[0].steps[1].waits, std::vector<int32_t>{kStart});
    EXPECT_EQ(again.programs[0].steps[2].waits, std::vector<int32_t>{1});
    EXPECT_NE(str(again).find("lane 1 from the start"), std::string::npos) << str(again);
    EXPECT_NE(str(again).find("after step 1"), std::string::npos) << str(again);
}

TEST(Serialize, RefusesLanesThatRunInNoOrder) {
    const auto refused = [](auto change) {
        Plan plan = spreadPlan();
        change(plan.programs[0]);
        EXPECT_THROW(deserialize(serialize(plan)), Error);
    };
    refused([](PlanProgram& p) { p.steps[2].waits = {}; });  // reads what may not be written yet
    refused([](PlanProgram& p) { p.steps[1].waits = {}; });
    refused([](PlanProgram& p) { p.steps[1].waits = {2}; });
    refused([](PlanProgram& p) { p.steps[1].waits = {1}; });
    refused([](PlanProgram& p) { p.steps[1].waits = {-2}; });
    refused([](PlanProgram& p) { p.steps[2].waits = {1, kStart}; });
    refused([](PlanProgram& p) { p.steps[1].lane = -1; });
    refused([](PlanProgram& p) { p.steps[1].lane = 1000; });
    refused([](PlanProgram& p) { p.steps[1].backend = "other"; });
    refused([](PlanProgram& p) { p.values[4].offsets = {64}; });  // both branches write the same bytes
    refused([](PlanProgram& p) { p.steps[0].outputs = {4}; });    // both write the same tensor
    refused([](PlanProgram& p) {
        p.values[4].storage = Storage::Alias;
        p.values[4].index = 2;
    });
    Plan inBody = spreadPlan();
    inBody.programs.push_back(inBody.programs[0]);
    EXPECT_THROW(deserialize(serialize(inBody)), Error);
    Plan inOne = spreadPlan();
    for (PlanStep& step : inOne.programs[0].steps) {
        step.lane = 0;
        step.waits.clear();
    }
    EXPECT_NO_THROW(deserialize(serialize(inOne)));
    inOne.programs[0].values[4].offsets = {64};
    EXPECT_THROW(deserialize(serialize(inOne)), Error) << "the second tensor overwrites the first before it is read";
}

TEST(Serialize, RefusesTensorsAndProfilesThatDoNotFitTheProgram) {
    const auto refused = [](auto change) {
        Plan plan = smallPlan();
        change(plan);
        EXPECT_THROW(deserialize(serialize(plan)), Error);
    };
    refused([](Plan& p) { p.tensors.pop_back(); });
    refused([](Plan& p) { std::swap(p.tensors[0], p.tensors[1]); });
    refused([](Plan& p) { p.tensors[0].type = DType::F16; });
    refused([](Plan& p) { p.tensors[0].elements = {Dim::symbol("E")}; });
    refused([](Plan& p) { p.profiles[0].inputs.clear(); });
    refused([](Plan& p) { p.profiles[0].inputs[0].dims[1].push_back(1); });
    refused([](Plan& p) { p.profiles[0].inputs[0].dims[0][0] = -1; });
}

}  // namespace
}  // namespace opentrt
