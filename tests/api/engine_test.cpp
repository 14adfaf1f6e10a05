// SPDX-License-Identifier: Apache-2.0
// Runtime, engine and inspector through the public headers.
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "opentrt/extension.h"
#include "support.h"

namespace apitest {
namespace {

struct Engine : testing::Test {
    Logger logger;
    Loaded loaded{logger};
    ICudaEngine& engine = *loaded.engine;
};

TEST_F(Engine, DescribesItsTensors) {
    ASSERT_EQ(engine.getNbIOTensors(), 2);
    EXPECT_STREQ(engine.getIOTensorName(0), "x");
    EXPECT_STREQ(engine.getIOTensorName(1), "y");
    EXPECT_EQ(engine.getTensorIOMode("x"), TensorIOMode::kINPUT);
    EXPECT_EQ(engine.getTensorIOMode("y"), TensorIOMode::kOUTPUT);
    EXPECT_EQ(engine.getTensorIOMode("z"), TensorIOMode::kNONE);
    EXPECT_EQ(engine.getTensorShape("x").d[0], -1);
    EXPECT_EQ(engine.getTensorShape("y").d[1], 4);
    EXPECT_EQ(engine.getTensorDataType("y"), DataType::kFLOAT);
    EXPECT_EQ(engine.getTensorLocation("x"), TensorLocation::kDEVICE);
    EXPECT_FALSE(engine.isShapeInferenceIO("x"));
    EXPECT_EQ(engine.getTensorFormat("x"), TensorFormat::kLINEAR);
    EXPECT_NE(std::string(engine.getTensorFormatDesc("x")).find("kLINEAR"), std::string::npos);
    EXPECT_EQ(engine.getTensorBytesPerComponent("x"), -1);
    EXPECT_EQ(engine.getTensorComponentsPerElement("x", 0), -1);
    EXPECT_EQ(engine.getTensorVectorizedDim("x"), -1);
    EXPECT_EQ(engine.getNbOptimizationProfiles(), 1);
    EXPECT_EQ(engine.getProfileShape("x", 0, OptProfileSelector::kOPT).d[0], 3);
    EXPECT_EQ(engine.getProfileTensorValuesV2("x", 0, OptProfileSelector::kOPT), nullptr);
    EXPECT_EQ(engine.getTacticSources(), 24U);
    EXPECT_GT(engine.getEngineStat(EngineStat::kTOTAL_WEIGHTS_SIZE), 0);
    EXPECT_EQ(engine.getStreamableWeightsSize(), 0);
    EXPECT_GE(engine.getDeviceMemorySizeV2(), 0);
    EXPECT_EQ(engine.getDeviceMemorySizeForProfileV2(0), engine.getDeviceMemorySizeV2());
    EXPECT_FALSE(engine.hasImplicitBatchDimension());
    EXPECT_FALSE(engine.isRefittable());
    EXPECT_EQ(logger.all(), "");
}

TEST_F(Engine, ReportsUnknownNames) {
    Recorder recorder;
    engine.setErrorRecorder(&recorder);
    EXPECT_EQ(engine.getTensorShape("z").nbDims, -1);
    EXPECT_EQ(engine.getTensorShape(nullptr).nbDims, -1);
    EXPECT_EQ(engine.getIOTensorName(2), nullptr);
    EXPECT_EQ(engine.getProfileShape("x", 1, OptProfileSelector::kOPT).nbDims, -1);
    EXPECT_EQ(engine.getProfileShape("y", 0, OptProfileSelector::kOPT).nbDims, -1);
    EXPECT_EQ(recorder.getNbErrors(), 5);
    EXPECT_NE(recorder.errors[0].second.find("z"), std::string::npos);
    EXPECT_EQ(recorder.getErrorCode(0), ErrorCode::kINVALID_ARGUMENT);
    engine.setErrorRecorder(nullptr);
    EXPECT_EQ(recorder.references, 0);
}

TEST_F(Engine, NumbersItsBindings) {
    EXPECT_EQ(engine.getNbBindings(), 2);
    EXPECT_EQ(engine.getBindingIndex("y"), 1);
    EXPECT_EQ(engine.getBindingIndex("z"), -1);
    EXPECT_STREQ(engine.getBindingName(0), "x");
    EXPECT_EQ(engine.getBindingName(2), nullptr);
    EXPECT_TRUE(engine.bindingIsInput(0));
    EXPECT_FALSE(engine.bindingIsInput(1));
    EXPECT_EQ(engine.getBindingDimensions(1).d[1], 4);
    EXPECT_EQ(engine.getMaxBatchSize(), 1);
}

TEST_F(Engine, SerializesToThePlanItCameFrom) {
    const std::unique_ptr<IHostMemory> first(engine.serialize());
    ASSERT_NE(first, nullptr);
    const std::unique_ptr<ICudaEngine> again(loaded.runtime->deserializeCudaEngine(first->data(), first->size()));
    ASSERT_NE(again, nullptr) << logger.all();
    const std::unique_ptr<IHostMemory> second(again->serialize());
    EXPECT_EQ(std::string(static_cast<char*>(first->data()), first->size()),
              std::string(static_cast<char*>(second->data()), second->size()));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(first->data()) % 64, 0U);
}

TEST_F(Engine, SaysThatItIsNotRefittable) {
    EXPECT_EQ(createInferRefitter(engine, logger), nullptr);
    EXPECT_TRUE(logger.error("refittable"));
}

TEST_F(Engine, OutlivesThePlansBytes) {
    std::unique_ptr<IHostMemory> plan(engine.serialize());
    std::vector<char> bytes(plan->size() + 1);
    std::memcpy(bytes.data() + 1, plan->data(), plan->size());  // not even aligned
    const std::unique_ptr<ICudaEngine> other(loaded.runtime->deserializeCudaEngine(bytes.data() + 1, plan->size()));
    std::fill(bytes.begin(), bytes.end(), 0);
    const std::unique_ptr<IExecutionContext> context(other->createExecutionContext());
    const auto x = ramp(8);
    EXPECT_EQ(infer(*context, x), loaded.net.expected(x));
}

TEST_F(Engine, LoadsFromStreams) {
    struct Bytes {
        explicit Bytes(const IHostMemory& plan) : all(static_cast<const char*>(plan.data()), plan.size()) {}
        int64_t read(void* to, int64_t count) {
            count = std::min<int64_t>({count, 100, static_cast<int64_t>(all.size() - at)});
            std::memcpy(to, all.data() + at, static_cast<size_t>(count));
            at += static_cast<size_t>(count);
            return count;
        }
        std::string all;
        size_t at = 0;
    };
    struct Reader final : IStreamReader {
        explicit Reader(const IHostMemory& plan) : bytes(plan) {}
        int64_t read(void* to, int64_t count) override { return fail ? -1 : bytes.read(to, count); }
        Bytes bytes;
        bool fail = false;
    };
    struct ReaderV2 final : IStreamReaderV2 {
        explicit ReaderV2(const IHostMemory& plan) : bytes(plan) {}
        int64_t read(void* to, int64_t count, cudaStream_t) override { return bytes.read(to, count); }
        bool seek(int64_t, SeekPosition) override { return false; }
        Bytes bytes;
    };
    const std::unique_ptr<IHostMemory> plan(engine.serialize());
    Reader first(*plan);
    ReaderV2 second(*plan);
    EXPECT_NE(std::unique_ptr<ICudaEngine>(loaded.runtime->deserializeCudaEngine(first)), nullptr) << logger.all();
    EXPECT_NE(std::unique_ptr<ICudaEngine>(loaded.runtime->deserializeCudaEngine(second)), nullptr) << logger.all();
    Reader broken(*plan);
    broken.fail = true;
    EXPECT_EQ(loaded.runtime->deserializeCudaEngine(broken), nullptr);
    EXPECT_TRUE(logger.error("stream reader"));
}

TEST_F(Engine, LoadsFromAFile) {
    const std::string path = testing::TempDir() + "opentrt_engine_test.plan";
    const std::unique_ptr<IHostMemory> plan(engine.serialize());
    std::ofstream(path, std::ios::binary).write(static_cast<char*>(plan->data()), static_cast<long>(plan->size()));
    {
        const std::unique_ptr<ICudaEngine> other(opentrt::deserializeFromFile(*loaded.runtime, path.c_str()));
        ASSERT_NE(other, nullptr) << logger.all();
        const std::unique_ptr<IExecutionContext> context(other->createExecutionContext());
        const auto x = ramp(8);
        EXPECT_EQ(infer(*context, x), loaded.net.expected(x));
    }
    std::remove(path.c_str());
    EXPECT_EQ(opentrt::deserializeFromFile(*loaded.runtime, path.c_str()), nullptr);
    EXPECT_TRUE(logger.error("opentrt_engine_test.plan"));
    EXPECT_EQ(opentrt::deserializeFromFile(*loaded.runtime, nullptr), nullptr);
}

TEST_F(Engine, RefusesDamagedPlans) {
    const std::unique_ptr<IHostMemory> plan(engine.serialize());
    std::vector<char> bytes(static_cast<char*>(plan->data()), static_cast<char*>(plan->data()) + plan->size());
    EXPECT_EQ(loaded.runtime->deserializeCudaEngine(nullptr, 0), nullptr);
    EXPECT_EQ(loaded.runtime->deserializeCudaEngine(bytes.data(), bytes.size() / 2), nullptr);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    EXPECT_EQ(loaded.runtime->deserializeCudaEngine(bytes.data(), bytes.size()), nullptr);
    EXPECT_NE(logger.all(), "");
}

TEST_F(Engine, AppliesSettingsOfTheRuntime) {
    IRuntime& runtime = *loaded.runtime;
    EXPECT_EQ(runtime.getLogger(), &logger);
    EXPECT_EQ(runtime.getNbDLACores(), 0);
    EXPECT_FALSE(runtime.setMaxThreads(0));
    EXPECT_TRUE(runtime.setMaxThreads(4));
    EXPECT_EQ(runtime.getMaxThreads(), 4);
    EXPECT_STREQ(runtime.getTemporaryDirectory(), "/tmp");
    EXPECT_EQ(runtime.getTempfileControlFlags(), 3U);
    EXPECT_FALSE(runtime.getEngineHostCodeAllowed());
    EXPECT_EQ(runtime.loadRuntime("/nowhere.so"), nullptr);
    EXPECT_TRUE(logger.error("/nowhere.so"));
}

//! An engine whose only layer has a name that JSON must escape.
struct Inspector : testing::Test {
    Logger logger;
    std::unique_ptr<ICudaEngine> make(ProfilingVerbosity verbosity) {
        Build build(logger);
        build.network->getLayer(build.network->getNbLayers() - 1)->setName("a \"quoted\"\\\n\x1e name");
        build.config->setProfilingVerbosity(verbosity);
        return std::unique_ptr<ICudaEngine>(build.builder->buildEngineWithConfig(*build.network, *build.config));
    }
};

TEST_F(Inspector, NamesLayers) {
    const auto engine = make(ProfilingVerbosity::kLAYER_NAMES_ONLY);
    const std::unique_ptr<IEngineInspector> inspector(engine->createEngineInspector());
    const auto all = nlohmann::json::parse(inspector->getEngineInformation(LayerInformationFormat::kJSON));
    ASSERT_EQ(all["Layers"].size(), static_cast<size_t>(engine->getNbLayers()));
    EXPECT_NE(all["Layers"][0].get<std::string>().find("a \"quoted\"\\\n\x1e name"), std::string::npos);
    EXPECT_EQ(all["Bindings"], (nlohmann::json{"x", "y"}));
    const auto one = nlohmann::json::parse(inspector->getLayerInformation(0, LayerInformationFormat::kJSON));
    EXPECT_EQ(one, all["Layers"][0]);
    EXPECT_NE(std::string(inspector->getEngineInformation(LayerInformationFormat::kONELINE)).find("quoted"),
              std::string::npos);
}

TEST_F(Inspector, DescribesLayersInDetail) {
    const auto engine = make(ProfilingVerbosity::kDETAILED);
    const std::unique_ptr<IEngineInspector> inspector(engine->createEngineInspector());
    const auto layer = nlohmann::json::parse(inspector->getLayerInformation(0, LayerInformationFormat::kJSON));
    for (const char* key :
         {"Name", "LayerType", "Inputs", "Outputs", "TacticName", "TacticValue", "StreamId", "Metadata"}) {
        EXPECT_TRUE(layer.contains(key)) << key;
    }
    const auto& input = layer["Inputs"][0];
    EXPECT_EQ(input["Name"], "x");
    EXPECT_EQ(input["Dimensions"], (nlohmann::json{-1, 4}));
    EXPECT_EQ(input["Format/Datatype"], "Row major linear FP32");
    EXPECT_EQ(input["Location"], "Device");
    const std::string line = inspector->getLayerInformation(0, LayerInformationFormat::kONELINE);
    EXPECT_EQ(line.rfind("Name: ", 0), 0U) << line;
    EXPECT_NE(line.find("Inputs: [{ Name: x"), std::string::npos) << line;
}

TEST_F(Inspector, ShowsTheShapesOfAContext) {
    const auto engine = make(ProfilingVerbosity::kDETAILED);
    const std::unique_ptr<IEngineInspector> inspector(engine->createEngineInspector());
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    context->setInputShape("x", Dims2(5, 4));
    ASSERT_TRUE(inspector->setExecutionContext(context.get()));
    EXPECT_EQ(inspector->getExecutionContext(), context.get());
    const auto layer = nlohmann::json::parse(inspector->getLayerInformation(0, LayerInformationFormat::kJSON));
    EXPECT_EQ(layer["Outputs"][0]["Dimensions"], (nlohmann::json{5, 4}));
}

TEST_F(Inspector, ReportsAWrongLayer) {
    const auto engine = make(ProfilingVerbosity::kNONE);
    const std::unique_ptr<IEngineInspector> inspector(engine->createEngineInspector());
    EXPECT_STREQ(inspector->getLayerInformation(99, LayerInformationFormat::kJSON), "");
    EXPECT_TRUE(logger.error("99"));
    const auto all = nlohmann::json::parse(inspector->getEngineInformation(LayerInformationFormat::kJSON));
    EXPECT_TRUE(all["Layers"].empty());
}

}  // namespace
}  // namespace apitest
