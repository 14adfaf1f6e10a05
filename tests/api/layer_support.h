// SPDX-License-Identifier: Apache-2.0
// A network of a few layers on its whole way: built, serialised, loaded, run. Outputs come through an allocator, so
// their sizes may depend on the data.
#pragma once
#include <deque>

#include "support.h"

namespace apitest {

inline Dims64 dimsOf(const std::vector<int64_t>& sizes) {
    Dims64 dims{};
    dims.nbDims = static_cast<int32_t>(sizes.size());
    for (size_t i = 0; i < sizes.size(); ++i) dims.d[i] = sizes[i];
    return dims;
}

template <class T>
constexpr DataType typeOf() {
    if constexpr (std::is_same_v<T, int32_t>) return DataType::kINT32;
    if constexpr (std::is_same_v<T, int64_t>) return DataType::kINT64;
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, char>) return DataType::kBOOL;
    return DataType::kFLOAT;
}

class LayerNet {
public:
    explicit LayerNet(bool stronglyTyped = false)
        : builder(createInferBuilder(logger)),
          network(builder->createNetworkV2(
              stronglyTyped ? 1U << static_cast<uint32_t>(NetworkDefinitionCreationFlag::kSTRONGLY_TYPED) : 0U)),
          config(builder->createBuilderConfig()) {
        config->setBuilderOptimizationLevel(0);
    }

    //! An input with its values; -1 in `dims` makes it dynamic, with `sizes` as minimum, optimum, maximum and value.
    template <class T>
    ITensor& input(const char* name, const std::vector<int64_t>& dims, const std::vector<T>& values,
                   std::vector<int64_t> sizes = {}) {
        ITensor* tensor = network->addInput(name, typeOf<T>(), dimsOf(dims));
        EXPECT_NE(tensor, nullptr) << logger.all();
        Buffer& buffer = buffers_[name];
        buffer.bytes.assign(values.size() * sizeof(T) + 1, 0);
        if (!values.empty()) std::memcpy(buffer.bytes.data(), values.data(), values.size() * sizeof(T));
        buffer.dims = dimsOf(sizes.empty() ? dims : sizes);
        dynamic_ = dynamic_ || !sizes.empty();
        return *tensor;
    }
    template <class T>
    ITensor& constant(const std::vector<int64_t>& dims, const std::vector<T>& values) {
        return *network->addConstant(dimsOf(dims), weights(values))->getOutput(0);
    }
    //! Weights whose values live as long as the network.
    template <class T>
    Weights weights(const std::vector<T>& values) {
        std::vector<char>& bytes = constants_.emplace_back(values.size() * sizeof(T) + 1);
        if (!values.empty()) std::memcpy(bytes.data(), values.data(), values.size() * sizeof(T));
        return {typeOf<T>(), bytes.data(), static_cast<int64_t>(values.size())};
    }
    void output(ITensor* tensor, const char* name) {
        ASSERT_NE(tensor, nullptr);
        tensor->setName(name);
        network->markOutput(*tensor);
        outputs_.push_back(name);
    }

    bool run() {
        if (dynamic_) addProfile();
        const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
        if (!plan) return false;
        const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
        const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
        if (!engine) return false;
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        for (auto& [name, buffer] : buffers_) {
            if (!context->setInputShape(name.c_str(), buffer.dims)) return false;
            if (!context->setTensorAddress(name.c_str(), buffer.bytes.data())) return false;
        }
        for (const std::string& name : outputs_) context->setOutputAllocator(name.c_str(), &results_[name]);
        return context->enqueueV3(nullptr);
    }
    //! What an output holds; empty after a failure.
    template <class T>
    std::vector<T> get(const std::string& name) {
        const Result& result = results_[name];
        size_t count = result.dims.nbDims < 0 ? 0 : 1;
        for (int32_t i = 0; i < result.dims.nbDims; ++i) count *= static_cast<size_t>(result.dims.d[i]);
        std::vector<T> values(count);
        if (result.memory.size() * sizeof(int64_t) < count * sizeof(T)) return {};
        if (count) std::memcpy(values.data(), result.memory.data(), count * sizeof(T));
        return values;
    }
    std::vector<int64_t> shape(const std::string& name) {
        const Dims& dims = results_[name].dims;
        return {dims.d, dims.d + std::max(dims.nbDims, 0)};
    }
    void expect(const std::string& name, const std::vector<float>& values, float tolerance = 1e-5F) {
        const auto got = get<float>(name);
        ASSERT_EQ(got.size(), values.size()) << name << "\n" << logger.all();
        for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(got[i], values[i], tolerance) << name << "[" << i << "]";
    }

    Logger logger;
    std::unique_ptr<IBuilder> builder;
    std::unique_ptr<INetworkDefinition> network;
    std::unique_ptr<IBuilderConfig> config;

private:
    struct Buffer {
        std::vector<char> bytes;
        Dims64 dims;
    };
    struct Result final : IOutputAllocator {
        void* reallocateOutputAsync(char const*, void*, uint64_t size, uint64_t, cudaStream_t) override {
            memory.assign(size / sizeof(int64_t) + 1, -1);
            return memory.data();
        }
        void notifyShape(char const*, Dims const& d) override { dims = d; }
        std::vector<int64_t> memory;
        Dims dims{-1, {}};
    };

    void addProfile() {
        IOptimizationProfile* profile = builder->createOptimizationProfile();
        for (const auto& [name, buffer] : buffers_) {
            for (const auto at : {OptProfileSelector::kMIN, OptProfileSelector::kOPT, OptProfileSelector::kMAX})
                profile->setDimensions(name.c_str(), at, buffer.dims);
        }
        config->addOptimizationProfile(profile);
    }

    std::map<std::string, Buffer> buffers_;
    std::map<std::string, Result> results_;
    std::deque<std::vector<char>> constants_;
    std::vector<std::string> outputs_;
    bool dynamic_ = false;
};

}  // namespace apitest
