// SPDX-License-Identifier: Apache-2.0
// What the tests of the public API share: callbacks that record, a small network, and the way from network to context.
#pragma once
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "NvInfer.h"

namespace apitest {

using namespace nvinfer1;  // NOLINT: these are clients of the API

class Logger final : public ILogger {
public:
    void log(Severity severity, AsciiChar const* message) override {
        const std::lock_guard lock(mutex);
        lines.emplace_back(severity, message);
    }
    //! Whether a message of this severity holds the text.
    bool has(Severity severity, const std::string& text) {
        const std::lock_guard lock(mutex);
        for (const auto& [s, line] : lines) {
            if (s == severity && line.find(text) != std::string::npos) return true;
        }
        return false;
    }
    bool error(const std::string& text) { return has(Severity::kERROR, text); }
    std::string all() {
        std::string text;
        for (const auto& [s, line] : lines) {
            if (s <= Severity::kWARNING) text += line + "\n";
        }
        return text;
    }

    std::mutex mutex;
    std::vector<std::pair<Severity, std::string>> lines;
};

class Recorder final : public IErrorRecorder {
public:
    int32_t getNbErrors() const override { return static_cast<int32_t>(errors.size()); }
    ErrorCode getErrorCode(int32_t i) const override { return errors[static_cast<size_t>(i)].first; }
    ErrorDesc getErrorDesc(int32_t i) const override { return errors[static_cast<size_t>(i)].second.c_str(); }
    bool hasOverflowed() const override { return false; }
    void clear() override { errors.clear(); }
    bool reportError(ErrorCode code, ErrorDesc text) override {
        errors.emplace_back(code, text);
        return true;
    }
    RefCount incRefCount() override { return ++references; }
    RefCount decRefCount() override { return --references; }

    std::vector<std::pair<ErrorCode, std::string>> errors;
    RefCount references = 0;
};

//! Counts what it gave; fails at allocation number `failAt`, counted from 1.
class Allocator final : public IGpuAllocator {
public:
    void* allocate(uint64_t const size, uint64_t const alignment, AllocatorFlags const) override {
        if (++count == failAt) return nullptr;
        void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
        live.insert(memory);
        return memory;
    }
    bool deallocate(void* const memory) override {
        if (live.erase(memory) == 0) return false;
        std::free(memory);
        return true;
    }
    int count = 0;
    int failAt = 0;
    std::set<void*> live;
};

//! y = relu(x * w + b) + x, x of shape [n, 4] with n from `batch` (-1: dynamic).
struct Net {
    std::vector<float> w{1, -2, 3, -4}, b{0.5F, 0.5F, 0.5F, 0.5F};

    void define(INetworkDefinition& network, int64_t batch) const {
        ITensor* x = network.addInput("x", DataType::kFLOAT, Dims2(batch, 4));
        ITensor* wt = network.addConstant(Dims2(1, 4), {DataType::kFLOAT, w.data(), 4})->getOutput(0);
        ITensor* bt = network.addConstant(Dims2(1, 4), {DataType::kFLOAT, b.data(), 4})->getOutput(0);
        ITensor* t = network.addElementWise(*x, *wt, ElementWiseOperation::kPROD)->getOutput(0);
        t = network.addElementWise(*t, *bt, ElementWiseOperation::kSUM)->getOutput(0);
        t = network.addActivation(*t, ActivationType::kRELU)->getOutput(0);
        ILayer* last = network.addElementWise(*t, *x, ElementWiseOperation::kSUM);
        last->setName("last");
        last->getOutput(0)->setName("y");
        network.markOutput(*last->getOutput(0));
    }
    float expected(float x, size_t column) const {
        const float t = x * w[column] + b[column];
        return (t > 0 ? t : 0) + x;
    }
    std::vector<float> expected(const std::vector<float>& x) const {
        std::vector<float> y;
        for (size_t i = 0; i < x.size(); ++i) y.push_back(expected(x[i], i % 4));
        return y;
    }
};

inline std::vector<float> ramp(size_t count, float start = -2.5F) {
    std::vector<float> values;
    for (size_t i = 0; i < count; ++i) values.push_back(start + 0.37F * static_cast<float>(i));
    return values;
}

//! A builder with the small network in it; a profile when it is dynamic.
struct Build {
    explicit Build(Logger& logger, int64_t batch = -1, bool withProfile = true)
        : builder(createInferBuilder(logger)),
          network(builder->createNetworkV2(0)),
          config(builder->createBuilderConfig()) {
        net.define(*network, batch);
        if (batch < 0 && withProfile) addProfile(1, 3, 8);
    }
    void addProfile(int64_t min, int64_t opt, int64_t max) {
        IOptimizationProfile* profile = builder->createOptimizationProfile();
        EXPECT_TRUE(profile->setDimensions("x", OptProfileSelector::kMIN, Dims2(min, 4)));
        EXPECT_TRUE(profile->setDimensions("x", OptProfileSelector::kOPT, Dims2(opt, 4)));
        EXPECT_TRUE(profile->setDimensions("x", OptProfileSelector::kMAX, Dims2(max, 4)));
        EXPECT_GE(config->addOptimizationProfile(profile), 0);
    }
    std::unique_ptr<IHostMemory> plan() {
        return std::unique_ptr<IHostMemory>(builder->buildSerializedNetwork(*network, *config));
    }

    Net net;
    std::unique_ptr<IBuilder> builder;
    std::unique_ptr<INetworkDefinition> network;
    std::unique_ptr<IBuilderConfig> config;
};

//! An engine of the small network, loaded from its plan.
struct Loaded {
    explicit Loaded(Logger& logger, int64_t batch = -1) : runtime(createInferRuntime(logger)) {
        Build build(logger, batch);
        const auto plan = build.plan();
        EXPECT_NE(plan, nullptr) << logger.all();
        if (plan) engine.reset(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    }
    Net net;
    std::unique_ptr<IRuntime> runtime;
    std::unique_ptr<ICudaEngine> engine;
};

//! Runs the small network on `x` and returns y; empty after a failure.
inline std::vector<float> infer(IExecutionContext& context, const std::vector<float>& x) {
    std::vector<float> input = x, output(x.size(), -1);
    if (!context.setInputShape("x", Dims2(static_cast<int64_t>(x.size()) / 4, 4))) return {};
    void* bindings[] = {input.data(), output.data()};
    if (!context.executeV2(bindings)) return {};
    return output;
}

}  // namespace apitest
