// SPDX-License-Identifier: Apache-2.0
// A program of the 7.x era: explicit batch, builder config, two optimization profiles, bindings of the second profile,
// enqueueV2, a plugin creator that registers itself.
#include <NvInfer.h>
#include <cuda_runtime_api.h>
#include <iostream>
#include <memory>

#include "tensor_file.h"

using namespace nvinfer1;

namespace {

class Logger : public ILogger {
    void log(Severity severity, const char* message) override {
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

class Creator : public IPluginCreator {
public:
    const char* getPluginName() const override { return "ClientPlugin"; }
    const char* getPluginVersion() const override { return "1"; }
    const PluginFieldCollection* getFieldNames() override { return nullptr; }
    IPluginV2* createPlugin(const char*, const PluginFieldCollection*) override { return nullptr; }
    IPluginV2* deserializePlugin(const char*, const void*, size_t) override { return nullptr; }
    void setPluginNamespace(const char*) override {}
    const char* getPluginNamespace() const override { return ""; }
};
REGISTER_TENSORRT_PLUGIN(Creator);

//! y = 2 * x + 1, x of shape [-1, 3].
ICudaEngine* build(std::vector<float> const& two, std::vector<float> const& one) {
    Owned<IBuilder> builder(createInferBuilder(gLogger));
    const auto flag = 1U << static_cast<uint32_t>(NetworkDefinitionCreationFlag::kEXPLICIT_BATCH);
    Owned<INetworkDefinition> network(builder->createNetworkV2(flag));
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2{-1, 3});
    ITensor* scale = network->addConstant(Dims2{1, 3}, Weights{DataType::kFLOAT, two.data(), 3})->getOutput(0);
    ITensor* shift = network->addConstant(Dims2{1, 3}, Weights{DataType::kFLOAT, one.data(), 3})->getOutput(0);
    ITensor* t = network->addElementWise(*x, *scale, ElementWiseOperation::kPROD)->getOutput(0);
    t = network->addElementWise(*t, *shift, ElementWiseOperation::kSUM)->getOutput(0);
    t->setName("y");
    network->markOutput(*t);
    Owned<IBuilderConfig> config(builder->createBuilderConfig());
    config->setMaxWorkspaceSize(1 << 20);
    config->setFlag(BuilderFlag::kSTRICT_TYPES);
    for (int batch = 1; batch <= 16; batch *= 16) {
        IOptimizationProfile* profile = builder->createOptimizationProfile();
        profile->setDimensions("x", OptProfileSelector::kMIN, Dims2{batch, 3});
        profile->setDimensions("x", OptProfileSelector::kOPT, Dims2{batch * 2, 3});
        profile->setDimensions("x", OptProfileSelector::kMAX, Dims2{batch * 4, 3});
        config->addOptimizationProfile(profile);
    }
    return builder->buildEngineWithConfig(*network, *config);
}

bool runProfile(ICudaEngine& engine, int profile, int batch) {
    Owned<IExecutionContext> context(engine.createExecutionContext());
    if (!context->setOptimizationProfile(profile) || context->allInputDimensionsSpecified()) {
        return false;
    }
    const int perProfile = engine.getNbBindings() / engine.getNbOptimizationProfiles();
    const int input = profile * perProfile, output = input + 1;
    if (!context->setBindingDimensions(input, Dims2{batch, 3}) || context->getBindingDimensions(output).d[0] != batch) {
        return false;
    }
    std::vector<float> x(static_cast<size_t>(batch * 3)), y(x.size()), expected;
    for (size_t i = 0; i < x.size(); ++i) {
        x[i] = 0.25F * static_cast<float>(i);
        expected.push_back(2 * x[i] + 1);
    }
    std::vector<void*> bindings(static_cast<size_t>(engine.getNbBindings()), nullptr);
    const size_t bytes = x.size() * sizeof(float);
    cudaMalloc(&bindings[static_cast<size_t>(input)], bytes);
    cudaMalloc(&bindings[static_cast<size_t>(output)], bytes);
    cudaStream_t stream;
    cudaStreamCreate(&stream);
    cudaMemcpyAsync(bindings[static_cast<size_t>(input)], x.data(), bytes, cudaMemcpyHostToDevice, stream);
    bool good = context->enqueueV2(bindings.data(), stream, nullptr);
    cudaMemcpyAsync(y.data(), bindings[static_cast<size_t>(output)], bytes, cudaMemcpyDeviceToHost, stream);
    cudaStreamSynchronize(stream);
    good = client::close(y, expected, 1e-6F) && good;
    good = context->executeV2(bindings.data()) && good;
    cudaStreamDestroy(stream);
    for (void* memory : bindings) {
        cudaFree(memory);
    }
    return good;
}

}  // namespace

int main() {
    std::vector<float> const two(3, 2), one(3, 1);
    Owned<ICudaEngine> engine(build(two, one));
    if (!engine || engine->getNbBindings() != 4 || engine->getNbOptimizationProfiles() != 2) {
        return 1;
    }
    if (std::string(engine->getBindingName(2)) != "x [profile 1]" || engine->getBindingDimensions(0).d[0] != -1 ||
        engine->getProfileDimensions(2, 1, OptProfileSelector::kMAX).d[0] != 64) {
        return 1;
    }
    if (!getPluginRegistry()->getPluginCreator("ClientPlugin", "1")) {
        return 1;
    }
    return runProfile(*engine, 0, 3) && runProfile(*engine, 1, 33) ? 0 : 1;
}
