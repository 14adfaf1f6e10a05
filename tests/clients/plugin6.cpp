// SPDX-License-Identifier: Apache-2.0
// A program of the 6.x era with plugins in an implicit batch network: an IPluginV2IOExt that its creator makes again
// from the plan, and an IPluginExt that a factory makes. Dims are those of the era, with 32-bit extents and kinds.
#include <NvInfer.h>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>

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

int gAlive = 0;

//! y = x + shift for each item; tells that its dimensions are what it was configured with.
class Shift : public IPluginV2IOExt {
public:
    explicit Shift(float shift, int count = 0) : shift_(shift), count_(count) { ++gAlive; }
    ~Shift() override { --gAlive; }
    char const* getPluginType() const override { return "Shift"; }
    char const* getPluginVersion() const override { return "1"; }
    int getNbOutputs() const override { return 1; }
    Dims getOutputDimensions(int, Dims const* inputs, int) override { return inputs[0]; }
    int initialize() override { return 0; }
    void terminate() override {}
    size_t getWorkspaceSize(int) const override { return 0; }
    int enqueue(int batch, void const* const* inputs, void** outputs, void*, cudaStream_t) override {
        for (int i = 0; i < batch * count_; ++i) {
            static_cast<float*>(outputs[0])[i] = static_cast<float const*>(inputs[0])[i] + shift_;
        }
        return 0;
    }
    size_t getSerializationSize() const override { return sizeof shift_ + sizeof count_; }
    void serialize(void* buffer) const override {
        std::memcpy(buffer, &shift_, sizeof shift_);
        std::memcpy(static_cast<char*>(buffer) + sizeof shift_, &count_, sizeof count_);
    }
    void destroy() override { delete this; }
    IPluginV2Ext* clone() const override { return new Shift(shift_, count_); }
    void setPluginNamespace(char const*) override {}
    char const* getPluginNamespace() const override { return ""; }
    DataType getOutputDataType(int, DataType const* types, int) const override { return types[0]; }
    bool isOutputBroadcastAcrossBatch(int, bool const*, int) const override { return false; }
    bool canBroadcastInputAcrossBatch(int) const override { return false; }
    void configurePlugin(PluginTensorDesc const* in, int, PluginTensorDesc const*, int) override {
        count_ = 1;
        for (int i = 0; i < in[0].dims.nbDims; ++i) {
            count_ *= in[0].dims.d[i];
        }
    }
    bool supportsFormatCombination(int pos, PluginTensorDesc const* t, int, int) const override {
        return t[pos].type == DataType::kFLOAT && t[pos].format == TensorFormat::kLINEAR;
    }

private:
    float shift_;
    int count_;
};

class ShiftCreator : public IPluginCreator {
public:
    char const* getPluginName() const override { return "Shift"; }
    char const* getPluginVersion() const override { return "1"; }
    PluginFieldCollection const* getFieldNames() override { return &fields_; }
    IPluginV2* createPlugin(char const*, PluginFieldCollection const*) override { return nullptr; }
    IPluginV2* deserializePlugin(char const*, void const* data, size_t) override {
        float shift = 0;
        int count = 0;
        std::memcpy(&shift, data, sizeof shift);
        std::memcpy(&count, static_cast<char const*>(data) + sizeof shift, sizeof count);
        return new Shift(shift, count);
    }
    void setPluginNamespace(char const*) override {}
    char const* getPluginNamespace() const override { return ""; }

private:
    PluginFieldCollection fields_{};
};

REGISTER_TENSORRT_PLUGIN(ShiftCreator);

//! The first generation: y holds the sum of each item's elements.
class Sum : public IPluginExt {
public:
    explicit Sum(int count = 0) : count_(count) { ++gAlive; }
    ~Sum() override { --gAlive; }
    int getNbOutputs() const override { return 1; }
    Dims getOutputDimensions(int, Dims const*, int) override { return DimsCHW(1, 1, 1); }
    bool supportsFormat(DataType type, PluginFormat format) const override {
        return type == DataType::kFLOAT && format == PluginFormat::kNCHW;
    }
    void configureWithFormat(Dims const* in, int, Dims const*, int, DataType, PluginFormat, int) override {
        count_ = in[0].d[0] * in[0].d[1] * in[0].d[2];
    }
    int initialize() override { return 0; }
    void terminate() override {}
    size_t getWorkspaceSize(int) const override { return 0; }
    int enqueue(int batch, void const* const* inputs, void** outputs, void*, cudaStream_t) override {
        for (int item = 0; item < batch; ++item) {
            float sum = 0;
            for (int i = 0; i < count_; ++i) {
                sum += static_cast<float const*>(inputs[0])[item * count_ + i];
            }
            static_cast<float*>(outputs[0])[item] = sum;
        }
        return 0;
    }
    size_t getSerializationSize() override { return sizeof count_; }
    void serialize(void* buffer) override { std::memcpy(buffer, &count_, sizeof count_); }

private:
    int count_;
};

class Factory : public IPluginFactory {
public:
    IPlugin* createPlugin(char const* layer, void const* data, size_t) override {
        int count = 0;
        std::memcpy(&count, data, sizeof count);
        made.reset(std::string("sum") == layer ? new Sum(count) : nullptr);
        return made.get();
    }
    std::unique_ptr<Sum> made;
};

IHostMemory* build() {
    IBuilder* builder = createInferBuilder(gLogger);
    INetworkDefinition* network = builder->createNetwork();
    ITensor* data = network->addInput("data", DataType::kFLOAT, DimsCHW{2, 1, 3});
    Shift shift(0.5F);
    ILayer* shifted = network->addPluginV2(&data, 1, shift);
    ITensor* tensor = shifted->getOutput(0);
    Sum sum;
    ILayer* summed = network->addPluginExt(&tensor, 1, sum);
    summed->setName("sum");
    summed->getOutput(0)->setName("total");
    network->markOutput(*summed->getOutput(0));
    builder->setMaxBatchSize(4);
    ICudaEngine* engine = builder->buildCudaEngine(*network);
    network->destroy();
    builder->destroy();
    if (!engine) {
        return nullptr;
    }
    IHostMemory* plan = engine->serialize();
    engine->destroy();
    return plan;
}

bool run(IHostMemory* plan) {
    IRuntime* runtime = createInferRuntime(gLogger);
    Factory factory;
    ICudaEngine* engine = runtime->deserializeCudaEngine(plan->data(), plan->size(), &factory);
    if (!engine) {
        return false;
    }
    std::vector<float> x(18), totals(3), expected(3);
    for (size_t i = 0; i < x.size(); ++i) {
        x[i] = 0.25F * static_cast<float>(i);
        expected[i / 6] += x[i] + 0.5F;
    }
    void* bindings[2];
    bindings[engine->getBindingIndex("data")] = x.data();
    bindings[engine->getBindingIndex("total")] = totals.data();
    IExecutionContext* context = engine->createExecutionContext();
    bool const good = context->execute(3, bindings) && client::close(totals, expected, 1e-6F);
    context->destroy();
    engine->destroy();
    runtime->destroy();
    return good;
}

}  // namespace

int main() {
    IHostMemory* plan = build();
    if (!plan || !run(plan)) {
        return 1;
    }
    plan->destroy();
    if (gAlive != 0) {
        std::cerr << gAlive << " plugins are left" << std::endl;
        return 1;
    }
    return 0;
}
