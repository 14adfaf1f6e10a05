// SPDX-License-Identifier: Apache-2.0
// A program of the 5.x and 6.x era that makes its network by hand: dimensions with names, windows as DimsHW, one batch
// for all. The result is compared with the same arithmetic in loops.
#include <NvInfer.h>
#include <algorithm>
#include <iostream>

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

int const kBatch = 3, kChannels = 2, kSize = 6, kMaps = 3, kClasses = 4;

std::vector<float> ramp(int count, float start, float step) {
    std::vector<float> values(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
        values[static_cast<size_t>(i)] = start + step * static_cast<float>(i % 17);
    }
    return values;
}

struct Parameters {
    std::vector<float> kernel = ramp(kMaps * kChannels * 3 * 3, -0.4F, 0.06F);
    std::vector<float> bias = ramp(kMaps, 0.1F, 0.2F);
    std::vector<float> fully = ramp(kClasses * kMaps * 2 * 2, -0.3F, 0.05F);
    std::vector<float> fullyBias = ramp(kClasses, 0, 0.1F);
};

Weights weights(std::vector<float> const& values) {
    return Weights{DataType::kFLOAT, values.data(), static_cast<int64_t>(values.size())};
}

ICudaEngine* build(Parameters const& p) {
    IBuilder* builder = createInferBuilder(gLogger);
    INetworkDefinition* network = builder->createNetwork();
    ITensor* data = network->addInput("data", DataType::kFLOAT, DimsCHW{kChannels, kSize, kSize});
    IConvolutionLayer* conv = network->addConvolution(*data, kMaps, DimsHW{3, 3}, weights(p.kernel), weights(p.bias));
    conv->setStride(DimsHW{1, 1});
    IActivationLayer* relu = network->addActivation(*conv->getOutput(0), ActivationType::kRELU);
    IPoolingLayer* pool = network->addPooling(*relu->getOutput(0), PoolingType::kMAX, DimsHW{2, 2});
    pool->setStride(DimsHW{2, 2});
    // A classifier as a convolution over all that is left.
    IConvolutionLayer* fully =
        network->addConvolution(*pool->getOutput(0), kClasses, DimsHW{2, 2}, weights(p.fully), weights(p.fullyBias));
    ISoftMaxLayer* soft = network->addSoftMax(*fully->getOutput(0));
    soft->getOutput(0)->setName("prob");
    network->markOutput(*soft->getOutput(0));
    builder->setMaxBatchSize(kBatch);
    builder->setMaxWorkspaceSize(16 << 20);
    ICudaEngine* engine = builder->buildCudaEngine(*network);
    network->destroy();
    builder->destroy();
    return engine;
}

//! One item in loops.
std::vector<float> reference(Parameters const& p, float const* x) {
    int const side = kSize - 2;
    std::vector<float> maps(static_cast<size_t>(kMaps * side * side)), pooled, result;
    for (int m = 0; m < kMaps; ++m) {
        for (int at = 0; at < side * side; ++at) {
            float sum = p.bias[static_cast<size_t>(m)];
            for (int k = 0; k < kChannels * 9; ++k) {
                int const row = at / side + k % 9 / 3, column = at % side + k % 3;
                sum += p.kernel[static_cast<size_t>(m * kChannels * 9 + k)] * x[(k / 9 * kSize + row) * kSize + column];
            }
            maps[static_cast<size_t>(m * side * side + at)] = std::max(sum, 0.0F);
        }
    }
    for (int at = 0; at < kMaps * 4; ++at) {
        float const* corner = &maps[static_cast<size_t>((at / 4 * side + at % 4 / 2 * 2) * side + at % 2 * 2)];
        pooled.push_back(std::max(std::max(corner[0], corner[1]), std::max(corner[side], corner[side + 1])));
    }
    float total = 0;
    for (int c = 0; c < kClasses; ++c) {
        float sum = p.fullyBias[static_cast<size_t>(c)];
        for (size_t i = 0; i < pooled.size(); ++i) {
            sum += p.fully[static_cast<size_t>(c) * pooled.size() + i] * pooled[i];
        }
        result.push_back(std::exp(sum));
        total += result.back();
    }
    for (float& value : result) {
        value /= total;
    }
    return result;
}

}  // namespace

int main() {
    Parameters const parameters;
    ICudaEngine* engine = build(parameters);
    if (!engine) {
        return 1;
    }
    DimsCHW const in = static_cast<DimsCHW&&>(engine->getBindingDimensions(engine->getBindingIndex("data")));
    if (in.nbDims != 3 || in.c() != kChannels || in.h() != kSize || in.w() != kSize) {
        std::cerr << "the input's dimensions are not those of the network" << std::endl;
        return 1;
    }
    std::vector<float> x = ramp(kBatch * kChannels * kSize * kSize, -1, 0.13F), expected;
    for (int item = 0; item < kBatch; ++item) {
        std::vector<float> const one = reference(parameters, &x[static_cast<size_t>(item * kChannels * kSize * kSize)]);
        expected.insert(expected.end(), one.begin(), one.end());
    }
    IExecutionContext* context = engine->createExecutionContext();
    bool good = true;
    for (int batch = 1; batch <= kBatch; ++batch) {
        std::vector<float> y(static_cast<size_t>(batch * kClasses));
        void* bindings[2];
        bindings[engine->getBindingIndex("data")] = x.data();
        bindings[engine->getBindingIndex("prob")] = y.data();
        good = context->execute(batch, bindings) && good;
        std::vector<float> const part(expected.begin(), expected.begin() + batch * kClasses);
        good = client::close(y, part, 1e-5F) && good;
    }
    context->destroy();
    engine->destroy();
    return good ? 0 : 1;
}
