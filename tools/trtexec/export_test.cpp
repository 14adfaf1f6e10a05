// SPDX-License-Identifier: Apache-2.0
#include "export.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/files.h"
#include "profiler.h"

namespace trtexec {
namespace {

using opentrt::tools::TemporaryFolder;

nlohmann::json parsed(const std::string& file) {
    const auto bytes = opentrt::tools::readFile(file);
    return nlohmann::json::parse(bytes.begin(), bytes.end());
}

void put(Binding& binding, const Sizes& sizes, const std::vector<float>& values) {
    binding.setSizes(sizes);
    std::memcpy(binding.host(), values.data(), values.size() * sizeof(float));
}

TEST(Export, NamesAreEscaped) {
    EXPECT_EQ(jsonText("a\"b\\c\n"), "\"a\\\"b\\\\c\\n\"");
    EXPECT_EQ(nlohmann::json::parse(jsonText("\x1e\x1f\xff")).get<std::string>().substr(0, 2), "\x1e\x1f");
}

TEST(Export, TimesHaveTheKeysInOrder) {
    const TemporaryFolder folder;
    const std::string file = folder.path() + "/times.json";
    Query q;
    q.endH2d = 0.5F;
    q.startCompute = 1;
    q.endCompute = 3;
    q.startD2h = 3;
    q.endD2h = 3.25F;
    exportTimes(file, {{q, q}, 0, 0});
    const auto json = parsed(file);
    ASSERT_EQ(json.size(), 2U);
    EXPECT_EQ(json[0]["latencyMs"], 2.75);
    EXPECT_EQ(json[1]["computeMs"], 2);
    const auto bytes = opentrt::tools::readFile(file);
    const std::string text(bytes.begin(), bytes.end());
    size_t last = 0;
    for (const char* key : {"startEnqMs", "endEnqMs", "startH2dMs", "endH2dMs", "startComputeMs", "endComputeMs",
                            "startD2hMs", "endD2hMs", "h2dMs", "computeMs", "d2hMs", "latencyMs"}) {
        const size_t at = text.find("\"" + std::string(key) + "\"", last);
        ASSERT_NE(at, std::string::npos) << key;
        last = at;
    }
}

TEST(Export, OutputsStayParseableWhateverTheyHold) {
    const TemporaryFolder folder;
    const std::string file = folder.path() + "/outputs.json";
    Binding y("y \"1\"", nvinfer1::DataType::kFLOAT, false, true, false);
    put(y, {1, 3}, {0.25F, std::nanf(""), -INFINITY});
    Binding flags("flags", nvinfer1::DataType::kBOOL, false, true, false);
    flags.setSizes({2});
    std::memcpy(flags.host(), "\x01\x00", 2);
    exportOutputs(file, {&y, &flags});
    const auto json = parsed(file);
    EXPECT_EQ(json[0]["name"], "y \"1\"");
    EXPECT_EQ(json[0]["dimensions"], "1x3");
    EXPECT_EQ(json[0]["values"][0], 0.25);
    EXPECT_TRUE(json[0]["values"][1].is_null());
    EXPECT_EQ(json[1]["values"], nlohmann::json::parse("[1, 0]"));
}

TEST(Export, AnEmptyListIsAList) {
    const TemporaryFolder folder;
    exportTimes(folder.path() + "/t", {});
    EXPECT_TRUE(parsed(folder.path() + "/t").empty());
}

TEST(Export, OutputsPrintOnTwoLines) {
    Binding y("y", nvinfer1::DataType::kFLOAT, false, true, false);
    put(y, {1, 2}, {0.5F, -1});
    EXPECT_EQ(outputLines({&y}), (std::vector<std::string>{"y: (1x2)", "0.5 -1"}));
}

TEST(Export, RawFilesHaveSafeNames) {
    Binding x("a/b:0", nvinfer1::DataType::kHALF, true, true, false);
    x.setSizes({1, 8});
    EXPECT_EQ(rawFileName(x), "a_b_0.input.1.8.fp16.raw");
}

TEST(Profiler, CountsRunsByTheFirstLayer) {
    Profiler profiler;
    for (int run = 0; run < 2; ++run) {
        profiler.reportLayerTime("conv1 + relu1", 1);
        profiler.reportLayerTime("idle", 0);
        profiler.reportLayerTime("fc", run ? 2.F : 4.F);
    }
    EXPECT_EQ(profiler.runs(), 2);
    EXPECT_EQ(profiler.table(),
              (std::vector<std::string>{
                  "=== Profile (2 iterations ) ===", "   Time(ms)     Avg.(ms)   Median(ms)   Time(%)   Layer",
                  "       2.00       1.0000       1.0000      25.0   conv1 + relu1",
                  "       6.00       3.0000       3.0000      75.0   fc",
                  "       8.00       4.0000       4.0000     100.0   Total", ""}));
}

TEST(Profiler, ExportsTheCountFirst) {
    const TemporaryFolder folder;
    const std::string file = folder.path() + "/profile.json";
    Profiler profiler;
    profiler.reportLayerTime("a\"", 1);
    profiler.reportLayerTime("b", 3);
    profiler.exportJson(file);
    const auto json = parsed(file);
    EXPECT_EQ(json[0]["count"], 1);
    EXPECT_EQ(json[1]["name"], "a\"");
    EXPECT_EQ(json[1].size(), 5U);
    EXPECT_EQ(json[2]["percentage"], 75);
    EXPECT_EQ(json[2]["medianMs"], 3);
}

}  // namespace
}  // namespace trtexec
