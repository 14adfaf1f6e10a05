// SPDX-License-Identifier: Apache-2.0
#include "accuracy.h"

#include <cmath>
#include <gtest/gtest.h>

namespace trtexec {
namespace {

double loss(const std::string& algorithm, const std::vector<float>& got, const std::vector<float>& expected) {
    return lossOf(algorithm, got, expected, 0.1, 0.01);
}

TEST(Accuracy, EachAlgorithmHasItsDefinition) {
    EXPECT_EQ(loss("l0", {1, 2, 3, 104}, {1, 2.05F, 4, 103}), 0.25);
    EXPECT_NEAR(loss("l1", {1, 2}, {2, 4}), 1.5, 1e-9);
    EXPECT_NEAR(loss("l2", {1, 2}, {2, 4}), 2.5, 1e-9);
    EXPECT_NEAR(loss("lInf", {1, 2}, {2, 4}), 2, 1e-9);
    EXPECT_NEAR(loss("cos", {1, 0}, {0, 5}), 1, 1e-9);
    EXPECT_NEAR(loss("cos", {1, 2}, {2, 4}), 0, 1e-9);
}

TEST(Accuracy, EqualOutputsLoseNothing) {
    for (const char* algorithm : {"l0", "l1", "l2", "lInf"})
        EXPECT_EQ(loss(algorithm, {1, INFINITY}, {1, INFINITY}), 0) << algorithm;
    EXPECT_EQ(loss("cos", {0, 0}, {0, 0}), 0);
}

TEST(Accuracy, NanIsNeverAccurate) {
    for (const char* algorithm : {"l1", "l2", "lInf", "cos"})
        EXPECT_TRUE(std::isinf(loss(algorithm, {NAN}, {1}))) << algorithm;
    EXPECT_EQ(loss("l0", {NAN}, {1}), 1);
}

TEST(Accuracy, RandomInputsAreTheSameOnEveryRun) {
    std::vector<float> a(100), b(100);
    fillRandom(nvinfer1::DataType::kFLOAT, a.data(), 100);
    fillRandom(nvinfer1::DataType::kFLOAT, b.data(), 100);
    EXPECT_EQ(a, b);
    for (const float v : a) EXPECT_TRUE(v >= -1 && v <= 1);
    std::vector<int8_t> c(1000);
    fillRandom(nvinfer1::DataType::kBOOL, c.data(), 1000);
    for (const int8_t v : c) EXPECT_TRUE(v == 0 || v == 1);
}

}  // namespace
}  // namespace trtexec
