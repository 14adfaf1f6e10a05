// SPDX-License-Identifier: Apache-2.0
// Uses one function of each installed library.
#include <NvInfer.h>
#include <NvInferPlugin.h>
#include <NvOnnxParser.h>
#include <cstdio>
#include <cuda_runtime_api.h>
#include <memory>

struct Logger : nvinfer1::ILogger {
    void log(Severity level, const char* text) noexcept override {
        if (level <= Severity::kWARNING) std::fprintf(stderr, "%s\n", text);
    }
} logger;

int main() {
    std::unique_ptr<nvinfer1::IBuilder> builder(nvinfer1::createInferBuilder(logger));
    std::unique_ptr<nvinfer1::INetworkDefinition> network(builder->createNetworkV2(0));
    std::unique_ptr<nvonnxparser::IParser> parser(nvonnxparser::createParser(*network, logger));
    int devices = 0;
    const bool good = initLibNvInferPlugins(&logger, "") && parser && parser->supportsOperator("Conv") &&
                      cudaGetDeviceCount(&devices) == cudaSuccess;
    return good && getInferLibVersion() == 101600 ? 0 : 1;
}
