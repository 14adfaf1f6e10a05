// SPDX-License-Identifier: Apache-2.0
// Inferences that start recordings: what changes between two of them is seen.
#include "running.h"

namespace devicetest {
namespace {

TEST(Device, RunsTheSameInferenceAgainOnOtherData) {
    Driver::use(0);
    Logger logger;
    Running running(logger);
    for (int i = 0; i < 5; ++i) {
        const auto values = ramp(32, static_cast<float>(i));
        EXPECT_EQ(running.run(values), running.loaded.net.expected(values)) << "inference " << i << logger.all();
    }
}

TEST(Device, SeesWhatChangesBetweenInferences) {
    Driver::use(0);
    Logger logger;
    Running running(logger);
    const auto values = ramp(32), others = ramp(32, 7);
    const auto& net = running.loaded.net;
    for (int i = 0; i < 4; ++i) EXPECT_EQ(running.run(values), net.expected(values));
    Floats x(others), y(32);
    running.bind(x, y, 8);
    for (int i = 0; i < 3; ++i) {
        running.run(values);
        EXPECT_EQ(y.get(), net.expected(others)) << "with other addresses";
    }
    y.set(std::vector<float>(32, 0));
    running.bind(x, y, 2);
    running.run(values);
    auto expected = net.expected(others);
    std::fill(expected.begin() + 8, expected.end(), 0.0F);
    EXPECT_EQ(y.get(), expected) << "of another shape";
    EXPECT_TRUE(running.context->setTensorAddress("x", nullptr));
    EXPECT_FALSE(running.context->enqueueV3(running.stream.as<cudaStream_t>()));
    EXPECT_TRUE(logger.error("no address is set")) << logger.all();
}

TEST(Device, TakesOtherAddressesEachTime) {
    Driver::use(0);
    Logger logger;
    Running running(logger);
    const auto& net = running.loaded.net;
    std::vector<std::unique_ptr<Floats>> inputs, outputs;
    for (int i = 0; i < 7; ++i) {
        inputs.push_back(std::make_unique<Floats>(ramp(32, static_cast<float>(i))));
        outputs.push_back(std::make_unique<Floats>(32));
    }
    // All are under way at once, and none may see another one's addresses.
    for (int i = 0; i < 21; ++i) {
        running.bind(*inputs[static_cast<size_t>(i % 7)], *outputs[static_cast<size_t>(i % 7)], 8);
        EXPECT_TRUE(running.context->enqueueV3(running.stream.as<cudaStream_t>())) << logger.all();
        if (i == 6 || i == 20) {
            for (int o = 0; o < 7; ++o) {
                EXPECT_EQ(outputs[static_cast<size_t>(o)]->get(), net.expected(ramp(32, static_cast<float>(o))));
                outputs[static_cast<size_t>(o)]->set(std::vector<float>(32, 0));
            }
        }
    }
}

TEST(Device, ComesBackToShapes) {
    Driver::use(0);
    Logger logger;
    Running running(logger);
    const auto values = ramp(32);
    const auto all = running.loaded.net.expected(values);
    for (int i = 0; i < 40; ++i) {
        const int64_t rows = i < 12 ? 2 + i % 2 : 1 + i % 8;  // two of them in turn, then all
        running.bind(running.x, running.y, rows);
        running.y.set(std::vector<float>(32, 0));
        auto expected = all;
        std::fill(expected.begin() + 4 * rows, expected.end(), 0.0F);
        EXPECT_EQ(running.run(values), expected) << rows << " rows, inference " << i;
    }
}

TEST(Device, LeavesTheCallersRecordingToTheCaller) {
    Driver::use(0);
    Logger logger;
    Running running(logger);
    const auto values = ramp(32), others = ramp(32, 7);
    for (int i = 0; i < 3; ++i) running.run(values);
    Recorded graph(running.stream, [&] { return running.context->enqueueV3(running.stream.as<cudaStream_t>()); });
    running.x.set(others);
    EXPECT_EQ(running.y.get(), running.loaded.net.expected(values));
    graph.start(running.stream);
    EXPECT_EQ(running.y.get(), running.loaded.net.expected(others));
}

}  // namespace
}  // namespace devicetest
