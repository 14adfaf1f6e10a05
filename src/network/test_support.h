// SPDX-License-Identifier: Apache-2.0
// What the tests of this room share: a network without a builder behind it, its graph as text, and its values by the
// reference evaluator.
#pragma once
#include <deque>
#include <gtest/gtest.h>

#include "graph/evaluate.h"
#include "network/network.h"

namespace opentrt::network {

inline Dims64 dims(const std::vector<int64_t>& sizes) {
    return api::toDims(sizes);
}
inline std::vector<int64_t> sizes(const Dims64& dims) {
    return dims.nbDims < 0 ? std::vector<int64_t>{-1} : api::toVector(dims);
}

class TestNet : public nvinfer1::ILogger, public nvinfer1::IBuilder {
public:
    explicit TestNet(bool implicitBatch = false, int32_t era = 10, uint32_t flags = 0)
        : reporter_(this, era), shell(reporter_, *this, flags, implicitBatch) {}

    void log(Severity severity, char const* message) noexcept override {
        if (severity <= Severity::kERROR) errors += cat(message, "\n");
    }
    //! Errors since the last call.
    std::string error() { return std::exchange(errors, ""); }

    INetworkDefinition* operator->() { return &shell; }
    ITensor& input(const char* name, const std::vector<int64_t>& size, DataType type = DataType::kFLOAT) {
        return *shell.addInput(name, type, dims(size));
    }
    Weights weights(const std::vector<double>& values, DType type = DType::F32) {
        const auto count = static_cast<int64_t>(values.size());
        const Tensor& tensor = kept_.emplace_back(Tensor::of(type, {count}, values));
        return {api::toDataType(type), tensor.data(), count};
    }
    ITensor& constant(const std::vector<int64_t>& size, const std::vector<double>& values, DType type = DType::F32) {
        ILayer* layer = shell.addConstant(dims(size), weights(values, type));
        layer->setName(cat("c", ++constants_).c_str());
        return *layer->getOutput(0);
    }
    //! Names the layer and makes its first output the network's.
    void output(ILayer* layer, const char* name) {
        ASSERT_NE(layer, nullptr) << errors;
        layer->setName(name);
        shell.markOutput(*layer->getOutput(0));
    }
    Graph graph() { return shell.buildGraph({}); }
    //! The graph without its first and last line, or what is wrong with it.
    std::string text() {
        try {
            return graph().str();
        } catch (const Error& e) {
            return e.what();
        }
    }
    std::vector<double> run(const std::vector<Tensor>& inputs, size_t output = 0) {
        return evaluate(graph(), inputs).at(output).toDoubles();
    }

private:
    std::string errors;
    api::Reporter reporter_;
    std::deque<Tensor> kept_;
    int constants_ = 0;

public:
    Network shell;
};

inline Tensor floats(std::vector<int64_t> size, const std::vector<double>& values) {
    return Tensor::of(DType::F32, std::move(size), values);
}

}  // namespace opentrt::network
