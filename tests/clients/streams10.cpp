// SPDX-License-Identifier: Apache-2.0
// A program of the 10.x era: strongly typed, 64-bit shapes, a plan through a stream reader, user managed activation
// memory, a captured graph, the inspector.
#include <NvInfer.h>
#include <NvOnnxParser.h>
#include <cuda_runtime_api.h>
#include <iostream>
#include <memory>

#include "tensor_file.h"

using namespace nvinfer1;

namespace {

struct Logger : ILogger {
    void log(Severity severity, char const* message) noexcept override {
        if (severity <= Severity::kWARNING) std::cerr << message << std::endl;
    }
} logger;

struct Writer : IStreamWriter {
    int64_t write(void const* data, int64_t size) override {
        bytes.append(static_cast<char const*>(data), static_cast<size_t>(size));
        return size;
    }
    std::string bytes;
};

struct Reader : IStreamReaderV2 {
    explicit Reader(std::string const& all) : bytes(all) {}
    int64_t read(void* to, int64_t size, cudaStream_t) override {
        size_t const count = std::min(static_cast<size_t>(size), bytes.size() - at);
        std::memcpy(to, bytes.data() + at, count);
        at += count;
        return static_cast<int64_t>(count);
    }
    bool seek(int64_t offset, SeekPosition where) override {
        at = static_cast<size_t>(offset) + (where == SeekPosition::kCUR ? at : 0);
        return where != SeekPosition::kEND && at <= bytes.size();
    }
    std::string const& bytes;
    size_t at = 0;
};

bool build(std::string const& model, Writer& writer) {
    std::unique_ptr<IBuilder> builder{createInferBuilder(logger)};
    auto const flags = 1U << static_cast<uint32_t>(NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
    std::unique_ptr<INetworkDefinition> network{builder->createNetworkV2(flags)};
    std::unique_ptr<nvonnxparser::IParser> parser{nvonnxparser::createParser(*network, logger)};
    if (!parser->parseFromFile(model.c_str(), static_cast<int>(ILogger::Severity::kWARNING))) return false;
    std::unique_ptr<IBuilderConfig> config{builder->createBuilderConfig()};
    config->setProfilingVerbosity(ProfilingVerbosity::kDETAILED);
    return builder->buildSerializedNetworkToStream(*network, *config, writer);
}

bool run(std::string const& folder, std::string const& plan) {
    std::unique_ptr<IRuntime> runtime{createInferRuntime(logger)};
    Reader reader(plan);
    std::unique_ptr<ICudaEngine> engine{runtime->deserializeCudaEngine(reader)};
    if (!engine) return false;
    std::unique_ptr<IExecutionContext> context{
        engine->createExecutionContext(ExecutionContextAllocationStrategy::kUSER_MANAGED)};
    cudaStream_t stream;
    cudaStreamCreate(&stream);
    void* arena = nullptr;
    cudaMalloc(&arena, static_cast<size_t>(engine->getDeviceMemorySizeV2()));
    context->setDeviceMemoryV2(arena, engine->getDeviceMemorySizeV2());
    std::vector<float> x = client::readTensor(folder + "/test_data_set_0/input_0.pb");
    std::vector<float> const expected = client::readTensor(folder + "/test_data_set_0/output_0.pb");
    std::vector<float> y(expected.size());
    void *deviceX = nullptr, *deviceY = nullptr;
    cudaMallocAsync(&deviceX, x.size() * sizeof(float), stream);
    cudaMallocAsync(&deviceY, y.size() * sizeof(float), stream);
    for (int32_t i = 0; i < engine->getNbIOTensors(); ++i) {
        char const* name = engine->getIOTensorName(i);
        bool const input = engine->getTensorIOMode(name) == TensorIOMode::kINPUT;
        context->setTensorAddress(name, input ? deviceX : deviceY);
    }
    bool good = context->enqueueV3(stream);
    cudaStreamSynchronize(stream);

    cudaGraph_t graph;
    cudaGraphExec_t replay;
    cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal);
    cudaMemcpyAsync(deviceX, x.data(), x.size() * sizeof(float), cudaMemcpyHostToDevice, stream);
    good = context->enqueueV3(stream) && good;
    cudaMemcpyAsync(y.data(), deviceY, y.size() * sizeof(float), cudaMemcpyDeviceToHost, stream);
    cudaStreamEndCapture(stream, &graph);
    good = cudaGraphInstantiate(&replay, graph, 0) == cudaSuccess && good;
    for (int i = 0; i < 3; ++i) cudaGraphLaunch(replay, stream);
    cudaStreamSynchronize(stream);
    good = client::close(y, expected, 1e-2F) && good;

    std::unique_ptr<IEngineInspector> inspector{engine->createEngineInspector()};
    inspector->setExecutionContext(context.get());
    std::string const text = inspector->getEngineInformation(LayerInformationFormat::kJSON);
    good = text.find("\"TacticName\"") != std::string::npos && good;
    cudaGraphExecDestroy(replay);
    cudaGraphDestroy(graph);
    cudaFreeAsync(deviceX, stream);
    cudaFreeAsync(deviceY, stream);
    cudaStreamSynchronize(stream);
    cudaFree(arena);
    cudaStreamDestroy(stream);
    return good;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    Writer writer;
    return build(std::string(argv[1]) + "/model.onnx", writer) && run(argv[1], writer.bytes) ? 0 : 1;
}
