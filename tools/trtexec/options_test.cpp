// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <gtest/gtest.h>
#include <set>

#include "flags.h"

namespace trtexec {
namespace {

using nvinfer1::DataType;
using nvinfer1::MemoryPoolType;

Options parse(std::vector<std::string> words) {
    words.insert(words.begin(), "--onnx=m.onnx");
    Arguments arguments(words);
    return parseOptions(arguments);
}

std::string errorOf(const std::vector<std::string>& words) {
    try {
        parse(words);
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return "no error";
}

TEST(Options, DefaultsAreThoseOfTensorRt10) {
    const Options o = parse({});
    EXPECT_EQ(o.inference.iterations, 10);
    EXPECT_EQ(o.inference.warmUpMs, 200);
    EXPECT_EQ(o.inference.durationS, 3);
    EXPECT_TRUE(o.inference.transfers);
    EXPECT_FALSE(o.inference.graph);
    EXPECT_FALSE(o.inference.spin);
    EXPECT_EQ(o.reporting.percentiles, (std::vector<float>{90, 95, 99}));
    EXPECT_EQ(o.build.avgTiming, 8);
    EXPECT_EQ(o.build.level, -1);
    EXPECT_TRUE(o.build.tf32);
    EXPECT_EQ(o.build.cacheMode, CacheMode::Local);
    EXPECT_EQ(o.build.verbosity, nvinfer1::ProfilingVerbosity::kLAYER_NAMES_ONLY);
    EXPECT_TRUE(o.warnings.empty());
}

TEST(Options, HelpWinsOverEverythingElse) {
    Arguments arguments(std::vector<std::string>{"--nonsense", "--help"});
    EXPECT_TRUE(parseOptions(arguments).help);
    Arguments none(std::vector<std::string>{});
    EXPECT_TRUE(parseOptions(none).help);
}

TEST(Options, UnknownOptionsAreAllReported) {
    EXPECT_EQ(errorOf({"--foo=1", "--bar"}), "Unknown option: --foo 1\nUnknown option: --bar ");
    EXPECT_EQ(errorOf({"--iterations=5", "--iterations=6"}), "Unknown option: --iterations 6");
}

TEST(Options, AModelOrAnEngineIsNeeded) {
    Arguments nothing(std::vector<std::string>{"--verbose"});
    EXPECT_THROW(parseOptions(nothing), ArgumentError);
    Arguments engine(std::vector<std::string>{"--loadEngine=e"});
    EXPECT_EQ(parseOptions(engine).build.loadEngine, "e");
    EXPECT_NE(errorOf({"--loadEngine=a", "--saveEngine=b"}).find("exclude each other"), std::string::npos);
    EXPECT_NE(errorOf({"--getPlanVersionOnly"}).find("needs --loadEngine"), std::string::npos);
}

TEST(Options, MissingPointsOfAProfileAreCopied) {
    const Options o = parse({"--maxShapes=x:8x3"});
    EXPECT_EQ(profileLines(o.build.profiles[0]), std::vector<std::string>{"x=8x3+8x3+8x3"});
    EXPECT_EQ(o.warnings.size(), 1U);
    EXPECT_EQ(o.inference.shapes.at("x"), (Sizes{8, 3}));
}

TEST(Options, ProfilesClaimTheShapesBehindThem) {
    const Options o = parse({"--profile=1", "--minShapes=x:1", "--optShapes=x:2", "--maxShapes=x:3", "--profile=0",
                             "--maxShapes=x:6", "--minShapes=x:4", "--optShapes=x:5", "--useProfile=1"});
    ASSERT_EQ(o.build.profiles.size(), 2U);
    EXPECT_EQ(profileLines(o.build.profiles[0])[0], "x=4+5+6");
    EXPECT_EQ(profileLines(o.build.profiles[1])[0], "x=1+2+3");
    EXPECT_EQ(o.inference.shapes.at("x"), Sizes{2});
    EXPECT_TRUE(o.warnings.empty());
    EXPECT_NE(errorOf({"--profile=1", "--optShapes=x:1"}).find("without a gap"), std::string::npos);
    EXPECT_NE(errorOf({"--profile=0", "--optShapes=x:1", "--profile=0", "--optShapes=x:1"}).find("comes twice"),
              std::string::npos);
    EXPECT_NE(errorOf({"--profile=0", "--optShapes=x:1", "--optShapes=x:2"}).find("--optShapes twice"),
              std::string::npos);
}

TEST(Options, ShapesOfBuildAndRunCompleteEachOther) {
    const Options o = parse({"--optShapes=x:2,y:3", "--shapes=y:4,z:5"});
    EXPECT_EQ(o.inference.shapes.at("x"), Sizes{2});
    EXPECT_EQ(o.inference.shapes.at("y"), Sizes{4});
    EXPECT_EQ(o.build.profiles[0].min.at("z"), Sizes{5});
    EXPECT_EQ(o.build.profiles[0].opt.at("y"), Sizes{3});
}

TEST(Options, PoolSizesHaveUnits) {
    const Options o = parse({"--memPoolSize=workspace:1.5G,tacticSharedMem:48,dlaSRAM:3M"});
    EXPECT_EQ(o.build.poolMiB.at(MemoryPoolType::kWORKSPACE), 1536);
    EXPECT_EQ(o.build.poolMiB.at(MemoryPoolType::kTACTIC_SHARED_MEMORY), 48);
    EXPECT_EQ(o.build.poolMiB.at(MemoryPoolType::kDLA_MANAGED_SRAM), 2) << "a power of two";
    EXPECT_EQ(parse({"--memPoolSize=workspace:1048576B"}).build.poolMiB.at(MemoryPoolType::kWORKSPACE), 1);
    EXPECT_EQ(parse({"--workspace=64"}).build.poolMiB.at(MemoryPoolType::kWORKSPACE), 64);
    const Options mib = parse({"--memPoolSize=workspace:4096MiB"});
    EXPECT_EQ(mib.build.poolMiB.at(MemoryPoolType::kWORKSPACE), 4096);
    EXPECT_EQ(mib.warnings.size(), 1U);
    for (const char* bad : {"workspace:-1", "other:1", "workspace:x", "workspace:1Q", "workspace:1BB"})
        EXPECT_NE(errorOf({std::string("--memPoolSize=") + bad}), "no error") << bad;
}

TEST(Options, PrecisionFlagsWarnAndMayContradict) {
    const Options best = parse({"--best"});
    EXPECT_TRUE(best.build.fp16 && best.build.bf16 && best.build.int8);
    EXPECT_EQ(best.warnings.size(), 1U);
    const Options typed = parse({"--fp16", "--stronglyTyped"});
    EXPECT_FALSE(typed.build.fp16);
    EXPECT_EQ(typed.warnings.size(), 2U);
    EXPECT_NE(errorOf({"--best", "--stronglyTyped"}), "no error");
    EXPECT_NE(errorOf({"--int8", "--fp8"}), "no error");
}

TEST(Options, SwitchesTurnOnAndOff) {
    const Options o = parse({"--tacticSources=+cudnn,-JIT_CONVOLUTIONS", "--preview=-aliasedPluginIO1003"});
    EXPECT_EQ(o.build.sourcesOn, 1U << 2);
    EXPECT_EQ(o.build.sourcesOff, 1U << 4);
    EXPECT_FALSE(o.build.preview.at(nvinfer1::PreviewFeature::kALIASED_PLUGIN_IO_10_03));
    EXPECT_NE(errorOf({"--tacticSources=+CUDNN,-CUDNN"}).find("both enabled and disabled"), std::string::npos);
    EXPECT_NE(errorOf({"--tacticSources=CUDNN"}).find("must begin with"), std::string::npos);
}

TEST(Options, FormatsHaveATypeAndLayouts) {
    const Options o = parse({"--inputIOFormats=fp16:chw+hwc8,int8:chw32", "--outputIOFormats=chw"});
    ASSERT_EQ(o.build.inputFormats.size(), 2U);
    EXPECT_EQ(o.build.inputFormats[0].type, DataType::kHALF);
    EXPECT_EQ(o.build.inputFormats[0].formats, 1U | 1U << static_cast<int>(nvinfer1::TensorFormat::kHWC8));
    EXPECT_EQ(o.build.outputFormats[0].type, std::nullopt);
    EXPECT_NE(errorOf({"--inputIOFormats=fp17:chw"}), "no error");
    EXPECT_NE(errorOf({"--inputIOFormats=fp16:cwh"}), "no error");
}

TEST(Options, LayerOptionsNeedConstraints) {
    const Options o = parse({"--layerPrecisions=a:fp16,b*:int8", "--layerOutputTypes=a:fp16+int32"});
    EXPECT_EQ(o.build.layerPrecisions.at("b*"), DataType::kINT8);
    EXPECT_EQ(o.build.layerOutputTypes.at("a").size(), 2U);
    EXPECT_EQ(o.warnings.size(), 1U);
    EXPECT_TRUE(parse({"--layerPrecisions=a:fp16", "--precisionConstraints=obey"}).warnings.empty());
}

TEST(Options, DeadFlagsWarnAndForeignOnesAreRefused) {
    EXPECT_EQ(parse({"--explicitBatch", "--includeDataTransfers", "--noSpinWait"}).warnings.size(), 3U);
    EXPECT_EQ(parse({"--streams=2", "--plugins=p.so", "--buildOnly"}).warnings.size(), 3U);
    EXPECT_NE(errorOf({"--uff=m.uff"}).find("convert the model to ONNX"), std::string::npos);
    EXPECT_NE(errorOf({"--useDLACore=0"}).find("no DLA"), std::string::npos);
    EXPECT_NE(errorOf({"--safe"}).find("no safety runtime"), std::string::npos);
}

TEST(Options, TimingCacheModesFollowTheFlags) {
    EXPECT_EQ(parse({"--timingCacheFile=t"}).build.cacheMode, CacheMode::Global);
    EXPECT_EQ(parse({"--timingCacheFile=t", "--noBuilderCache"}).build.cacheMode, CacheMode::Disable);
}

TEST(Options, StreamingBudgetsHaveThreeForms) {
    const std::string allow = "--allowWeightStreaming";
    const auto budget = [&](const std::string& text) {
        return parse({allow, "--weightStreamingBudget=" + text}).inference.budget;
    };
    EXPECT_EQ(budget("-2").kind, StreamingBudget::Off);
    EXPECT_EQ(budget("-1").kind, StreamingBudget::Automatic);
    EXPECT_EQ(budget("2K").amount, 2048);
    EXPECT_EQ(budget("7").amount, 7);
    EXPECT_EQ(budget("12.5%").amount, 12.5);
    EXPECT_EQ(budget("100%").kind, StreamingBudget::Off);
    EXPECT_NE(errorOf({"--weightStreamingBudget=1M"}).find("needs --allowWeightStreaming"), std::string::npos);
    EXPECT_NE(errorOf({allow, "--weightStreamingBudget=101%"}), "no error");
}

TEST(Options, ReferencesComeInPairs) {
    const Options o = parse({"--refPair=0", "--loadInputs=x:a", "--loadRefOutputs=y:b", "--refPair=1",
                             "--loadRefOutputs=y:d", "--loadInputs=x:c", "--accuracyThreshold=0.1"});
    ASSERT_EQ(o.inference.references.size(), 2U);
    EXPECT_EQ(o.inference.references[1].inputs.at("x"), "c");
    EXPECT_EQ(o.inference.references[0].outputs.at("y"), "b");
    EXPECT_NE(errorOf({"--loadInputs=x:a", "--loadRefOutputs=y:b"}).find("accuracyThreshold"), std::string::npos);
    EXPECT_NE(errorOf({"--refPair=0", "--loadInputs=x:a", "--loadRefOutputs=y:b"}).find("second"), std::string::npos);
}

TEST(Options, PercentilesAreChecked) {
    EXPECT_EQ(parse({"--percentile=50,99.9"}).reporting.percentiles, (std::vector<float>{50, 99.9F}));
    EXPECT_NE(errorOf({"--percentile=101"}), "no error");
    EXPECT_NE(errorOf({"--percentile=a"}), "no error");
}

TEST(Flags, EveryFlagIsListedOnceAndActs) {
    std::set<std::string> names;
    for (const Flag& flag : allFlags()) {
        EXPECT_TRUE(names.insert(flag.name).second) << flag.name << " comes twice";
        EXPECT_NE(std::string(flag.text), "") << flag.name;
        if (flag.use != Use::Acts || flag.group == Group::Help) continue;
        // A flag of the table that no reader takes would be reported as unknown.
        const std::string error = errorOf({flag.name});
        EXPECT_EQ(error.find("Unknown option: " + std::string(flag.name) + " "),
                  std::string(flag.name) == "--onnx" ? 0 : std::string::npos)
            << flag.name << ": " << error;
    }
}

}  // namespace
}  // namespace trtexec
