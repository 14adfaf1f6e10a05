// SPDX-License-Identifier: Apache-2.0
// A program of the 8.5 and 8.6 era: delete instead of destroy(), a serialized network, tensors by name, an output
// allocator, an allocator with free(), a timing cache on disk.
#include <NvInfer.h>
#include <cuda_runtime_api.h>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>

#include "tensor_file.h"

using namespace nvinfer1;

namespace {

class Logger : public ILogger {
    void log(Severity severity, AsciiChar const* message) noexcept override {
        if (severity <= Severity::kWARNING) {
            std::cerr << message << std::endl;
        }
    }
} gLogger;

class Allocator : public IGpuAllocator {
public:
    void* allocate(uint64_t size, uint64_t alignment, AllocatorFlags) noexcept override {
        void* memory = nullptr;
        cudaMalloc(&memory, size + alignment);
        std::lock_guard<std::mutex> lock(mMutex);
        uintptr_t const start = (reinterpret_cast<uintptr_t>(memory) + alignment - 1) / alignment * alignment;
        mBlocks[reinterpret_cast<void*>(start)] = memory;
        return reinterpret_cast<void*>(start);
    }
    void free(void* memory) noexcept override {
        std::lock_guard<std::mutex> lock(mMutex);
        auto const at = mBlocks.find(memory);
        if (at != mBlocks.end()) {
            cudaFree(at->second);
            mBlocks.erase(at);
        }
    }
    size_t live() const { return mBlocks.size(); }

private:
    std::mutex mMutex;
    std::map<void*, void*> mBlocks;
};

class Output : public IOutputAllocator {
public:
    void* reallocateOutput(char const*, void*, uint64_t size, uint64_t) noexcept override {
        cudaFree(memory);
        cudaMalloc(&memory, size);
        return memory;
    }
    void notifyShape(char const*, Dims const& shape) noexcept override { dims = shape; }
    ~Output() override { cudaFree(memory); }

    void* memory{nullptr};
    Dims dims{};
};

std::unique_ptr<IHostMemory> build(std::string const& cacheFile, std::vector<float> const& kernel) {
    std::unique_ptr<IBuilder> builder{createInferBuilder(gLogger)};
    auto const flag = 1U << static_cast<uint32_t>(NetworkDefinitionCreationFlag::kEXPLICIT_BATCH);
    std::unique_ptr<INetworkDefinition> network{builder->createNetworkV2(flag)};
    std::unique_ptr<IBuilderConfig> config{builder->createBuilderConfig()};
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims4{-1, 1, 4, 4});
    auto* conv = network->addConvolutionNd(*x, 1, Dims2{2, 2}, {DataType::kFLOAT, kernel.data(), 4}, {});
    conv->setStrideNd(Dims2{2, 2});
    conv->getOutput(0)->setName("y");
    network->markOutput(*conv->getOutput(0));
    config->setMemoryPoolLimit(MemoryPoolType::kWORKSPACE, 1U << 24);
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    profile->setDimensions("x", OptProfileSelector::kMIN, Dims4{1, 1, 4, 4});
    profile->setDimensions("x", OptProfileSelector::kOPT, Dims4{2, 1, 4, 4});
    profile->setDimensions("x", OptProfileSelector::kMAX, Dims4{4, 1, 4, 4});
    config->addOptimizationProfile(profile);
    std::string const times = client::readFile(cacheFile);
    std::unique_ptr<ITimingCache> cache{config->createTimingCache(times.data(), times.size())};
    config->setTimingCache(*cache, false);
    std::unique_ptr<IHostMemory> plan{builder->buildSerializedNetwork(*network, *config)};
    std::unique_ptr<IHostMemory> saved{config->getTimingCache()->serialize()};
    std::ofstream(cacheFile, std::ios::binary)
        .write(static_cast<char const*>(saved->data()), static_cast<std::streamsize>(saved->size()));
    return plan;
}

bool run(IHostMemory const& plan, std::vector<float> const& kernel, Allocator& allocator) {
    std::unique_ptr<IRuntime> runtime{createInferRuntime(gLogger)};
    runtime->setGpuAllocator(&allocator);
    std::unique_ptr<ICudaEngine> engine{runtime->deserializeCudaEngine(plan.data(), plan.size())};
    if (!engine || engine->getNbIOTensors() != 2) {
        return false;
    }
    std::unique_ptr<IExecutionContext> context{engine->createExecutionContext()};
    std::vector<float> x(3 * 16), expected;
    for (size_t i = 0; i < x.size(); ++i) {
        x[i] = static_cast<float>(i) / 8;
    }
    for (size_t image = 0; image < 3; ++image) {
        for (size_t at = 0; at < 4; ++at) {
            float const* corner = &x[image * 16 + at / 2 * 8 + at % 2 * 2];
            expected.push_back(kernel[0] * corner[0] + kernel[1] * corner[1] + kernel[2] * corner[4] +
                               kernel[3] * corner[5]);
        }
    }
    void* device = nullptr;
    cudaMalloc(&device, x.size() * sizeof(float));
    cudaStream_t stream;
    cudaStreamCreate(&stream);
    Output output;
    context->setInputShape("x", Dims4{3, 1, 4, 4});
    context->setTensorAddress("x", device);
    context->setOutputAllocator("y", &output);
    int32_t* const extents = output.dims.d;  // 32 bits, as the era has them
    cudaMemcpyAsync(device, x.data(), x.size() * sizeof(float), cudaMemcpyHostToDevice, stream);
    bool good = context->enqueueV3(stream);
    std::vector<float> y(12);
    cudaMemcpyAsync(y.data(), output.memory, y.size() * sizeof(float), cudaMemcpyDeviceToHost, stream);
    cudaStreamSynchronize(stream);
    good = good && output.dims.nbDims == 4 && extents[0] == 3 && extents[3] == 2;
    cudaStreamDestroy(stream);
    cudaFree(device);
    return client::close(y, expected, 1e-5F) && good;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        return 2;
    }
    std::vector<float> const kernel{0.5F, -1, 2, 0.25F};
    std::remove(argv[1]);
    Allocator allocator;
    bool good = true;
    for (int start = 0; start < 2; ++start) {  // the second one finds the times of the first
        std::unique_ptr<IHostMemory> const plan = build(argv[1], kernel);
        good = plan && run(*plan, kernel, allocator) && good;
    }
    std::remove(argv[1]);
    return good && allocator.live() == 0 ? 0 : 1;
}
