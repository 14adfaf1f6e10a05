// SPDX-License-Identifier: Apache-2.0
// A program of the 5.x era: an ONNX model in a network with implicit batch, destroy(), numbered bindings, enqueue()
// with a batch size, an engine file that a second start loads with a plugin factory of null.
#include <NvInfer.h>
#include <NvOnnxParser.h>
#include <cassert>
#include <cuda_runtime_api.h>
#include <iostream>
#include <memory>

#include "tensor_file.h"

using namespace nvinfer1;

namespace {

class Logger : public ILogger {
    void log(Severity severity, char const* message) override {
        if (severity <= Severity::kWARNING) {
            std::cerr << message << std::endl;
        }
    }
} gLogger;

struct Destroy {
    template <class T>
    void operator()(T* object) const {
        if (object) {
            object->destroy();
        }
    }
};
template <class T>
using Owned = std::unique_ptr<T, Destroy>;

int const kMaxBatch = 2;

ICudaEngine* buildEngine(std::string const& model) {
    Owned<IBuilder> builder(createInferBuilder(gLogger));
    Owned<INetworkDefinition> network(builder->createNetwork());
    Owned<nvonnxparser::IParser> parser(nvonnxparser::createParser(*network, gLogger));
    if (!parser->parseFromFile(model.c_str(), static_cast<int>(ILogger::Severity::kWARNING))) {
        return nullptr;
    }
    builder->setMaxBatchSize(kMaxBatch);
    builder->setMaxWorkspaceSize(1 << 28);
    builder->setFp16Mode(builder->platformHasFastFp16());
    return builder->buildCudaEngine(*network);
}

ICudaEngine* loadOrBuild(std::string const& model, std::string const& cache) {
    std::string const bytes = client::readFile(cache);
    if (!bytes.empty()) {
        Owned<IRuntime> runtime(createInferRuntime(gLogger));
        return runtime->deserializeCudaEngine(bytes.data(), bytes.size(), nullptr);
    }
    ICudaEngine* engine = buildEngine(model);
    if (engine) {
        Owned<IHostMemory> plan(engine->serialize());
        std::ofstream(cache.c_str(), std::ios::binary)
            .write(static_cast<char const*>(plan->data()), static_cast<std::streamsize>(plan->size()));
    }
    return engine;
}

size_t itemSize(ICudaEngine const& engine, int binding) {
    Dims const dims = engine.getBindingDimensions(binding);
    size_t size = 1;
    for (int i = 0; i < dims.nbDims; ++i) {
        size *= static_cast<size_t>(dims.d[i]);
    }
    return size;
}

bool run(std::string const& folder, std::string const& cache) {
    Owned<ICudaEngine> engine(loadOrBuild(folder + "/model.onnx", cache));
    if (!engine) {
        return false;
    }
    if (engine->getNbBindings() != 2 || engine->getMaxBatchSize() != kMaxBatch) {
        std::cerr << "the engine has another form than expected" << std::endl;
        return false;
    }
    int const input = engine->bindingIsInput(0) ? 0 : 1;
    std::vector<float> image, expected;
    for (int item = 0; item < kMaxBatch; ++item) {
        std::string const set = folder + "/test_data_set_" + std::to_string(item);
        std::vector<float> const in = client::readTensor(set + "/input_0.pb");
        std::vector<float> const out = client::readTensor(set + "/output_0.pb");
        image.insert(image.end(), in.begin(), in.end());
        expected.insert(expected.end(), out.begin(), out.end());
    }
    if (image.size() != kMaxBatch * itemSize(*engine, input)) {
        std::cerr << "the input has " << itemSize(*engine, input) << " elements an item" << std::endl;
        return false;
    }
    std::vector<float> result(kMaxBatch * itemSize(*engine, 1 - input));
    void* bindings[2];
    cudaMalloc(&bindings[input], image.size() * sizeof(float));
    cudaMalloc(&bindings[1 - input], result.size() * sizeof(float));
    cudaStream_t stream;
    cudaEvent_t begin, end;
    cudaStreamCreate(&stream);
    cudaEventCreate(&begin);
    cudaEventCreate(&end);

    Owned<IExecutionContext> context(engine->createExecutionContext());
    cudaEventRecord(begin, stream);
    cudaMemcpyAsync(bindings[input], image.data(), image.size() * sizeof(float), cudaMemcpyHostToDevice, stream);
    bool const queued = context->enqueue(kMaxBatch, bindings, stream, nullptr);
    cudaMemcpyAsync(result.data(), bindings[1 - input], result.size() * sizeof(float), cudaMemcpyDeviceToHost, stream);
    cudaEventRecord(end, stream);
    cudaStreamSynchronize(stream);
    float milliseconds = -1;
    cudaEventElapsedTime(&milliseconds, begin, end);
    std::cout << "batch of " << kMaxBatch << " in " << milliseconds << " ms" << std::endl;

    bool const tooLarge = context->enqueue(kMaxBatch + 1, bindings, stream, nullptr);
    bool const alone = context->execute(1, bindings);
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
    cudaStreamDestroy(stream);
    cudaFree(bindings[0]);
    cudaFree(bindings[1]);
    return queued && alone && !tooLarge && milliseconds > 0 && client::close(result, expected, 1e-2F);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " MODEL_FOLDER ENGINE_FILE" << std::endl;
        return 2;
    }
    std::remove(argv[2]);
    bool const good = run(argv[1], argv[2]) && run(argv[1], argv[2]);  // build, then load
    std::remove(argv[2]);
    return good ? 0 : 1;
}
