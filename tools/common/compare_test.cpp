// SPDX-License-Identifier: Apache-2.0
#include "compare.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <stdexcept>

#include "files.h"

namespace opentrt::tools {
namespace {

HostTensor floats(const std::vector<float>& values) {
    HostTensor tensor{"y", nvinfer1::DataType::kFLOAT, {static_cast<int64_t>(values.size())}, {}};
    tensor.bytes.resize(values.size() * sizeof(float));
    std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
    return tensor;
}

TEST(Compare, AddsAbsoluteAndRelativeTolerance) {
    const Tolerance tolerance{0.1, 0.01, {}};
    EXPECT_TRUE(compare(floats({101.05F}), floats({100}), tolerance).close);
    const Difference far = compare(floats({0, 101.2F}), floats({0, 100}), tolerance);
    EXPECT_FALSE(far.close);
    EXPECT_EQ(far.worst, 1);
    EXPECT_NEAR(far.maxAbs, 1.2, 1e-4);
    EXPECT_NEAR(far.maxRel, 0.012, 1e-4);
}

TEST(Compare, NanAndInfinityMatchOnlyThemselves) {
    const float nan = std::nanf(""), inf = INFINITY;
    EXPECT_TRUE(compare(floats({nan, inf, -inf}), floats({nan, inf, -inf}), {}).close);
    EXPECT_FALSE(compare(floats({nan}), floats({0}), {}).close);
    EXPECT_FALSE(compare(floats({0}), floats({nan}), {}).close);
    EXPECT_FALSE(compare(floats({inf}), floats({-inf}), {}).close);
    EXPECT_FALSE(compare(floats({1e30F}), floats({inf}), {}).close);
}

TEST(Compare, PartsOfTheRange) {
    Tolerance tolerance;
    tolerance.ofRange = Tolerance::OfRange{0.1, 0.3, 0};
    EXPECT_TRUE(compare(floats({0.2F, 10, 5}), floats({0, 10, 5}), tolerance).close);
    EXPECT_FALSE(compare(floats({4, 10, 5}), floats({0, 10, 5}), tolerance).close) << "one error is too large";
    EXPECT_FALSE(compare(floats({2, 12, 7}), floats({0, 10, 5}), tolerance).close) << "the mean is too large";
    tolerance.ofRange->floor = 100;
    EXPECT_TRUE(compare(floats({4, 10, 5}), floats({0, 10, 5}), tolerance).close);
}

TEST(Compare, ShapesMustAgree) {
    HostTensor a = floats({1, 2}), b = a;
    b.dims = {1, 2};
    const Difference difference = compare(a, b, {});
    EXPECT_FALSE(difference.close);
    EXPECT_EQ(describe(difference), "shape is 2 when it should be 1x2");
}

TEST(Compare, ReadsMetaFiles) {
    const TemporaryFolder folder;
    const std::string file = folder.path() + "/meta.json";
    EXPECT_EQ(readTolerance(file).atol, Tolerance{}.atol);
    const std::string text = R"({"atol": 0.5, "of_range": {"mean": 0.25, "max": 2}})";
    writeFile(file, text.data(), text.size());
    const Tolerance tolerance = readTolerance(file);
    EXPECT_EQ(tolerance.atol, 0.5);
    EXPECT_EQ(tolerance.rtol, Tolerance{}.rtol);
    EXPECT_EQ(tolerance.ofRange->mean, 0.25);
    writeFile(file, "{", 1);
    EXPECT_THROW(readTolerance(file), std::runtime_error);
}

}  // namespace
}  // namespace opentrt::tools
