// SPDX-License-Identifier: Apache-2.0
#include <NvInfer.h>
#include <NvOnnxParser.h>
#include <cstdio>
#include <memory>
#include <vector>

struct Logger : nvinfer1::ILogger {
    void log(Severity level, const char* text) noexcept override {
        if (level <= Severity::kWARNING) std::fprintf(stderr, "%s\n", text);
    }
} logger;

int main() {
    std::unique_ptr<nvinfer1::IBuilder> builder(nvinfer1::createInferBuilder(logger));
    std::unique_ptr<nvinfer1::INetworkDefinition> network(builder->createNetworkV2(0));
    std::unique_ptr<nvonnxparser::IParser> parser(nvonnxparser::createParser(*network, logger));
    if (!parser->parseFromFile("tests/models/mnist8_cntk/model.onnx", 2)) return 1;
    std::unique_ptr<nvinfer1::IBuilderConfig> config(builder->createBuilderConfig());
    std::unique_ptr<nvinfer1::IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    if (!plan) return 1;
    std::unique_ptr<nvinfer1::IRuntime> runtime(nvinfer1::createInferRuntime(logger));
    std::unique_ptr<nvinfer1::ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    std::unique_ptr<nvinfer1::IExecutionContext> context(engine->createExecutionContext());
    std::vector<float> image(28 * 28), scores(10);
    context->setTensorAddress("Input3", image.data());  // on the CPU, host memory is device memory
    context->setTensorAddress("Plus214_Output_0", scores.data());
    if (!context->enqueueV3(nullptr)) return 1;
    for (float score : scores) std::printf("%g\n", score);
}
