// SPDX-License-Identifier: Apache-2.0
// What a TensorRT program does around the network: parse, build, serialise, deserialise, copy, enqueue. Uses the public
// headers only, so it builds unchanged against the original SDK and a GPU.
#pragma once
#include <cuda_runtime_api.h>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "NvInfer.h"
#include "summary.h"

namespace demo {

class Logger : public nvinfer1::ILogger {
public:
    void log(Severity severity, const char* message) noexcept override;
};

//! Throws std::runtime_error with the name of what failed.
void check(cudaError_t code, const char* what);

struct ProfileRange {
    std::string input;
    nvinfer1::Dims min, opt, max;
};

//! ONNX file to serialised engine. Every parser error is part of the exception's message.
std::vector<char> buildPlan(Logger& logger, const std::string& onnxFile, const std::vector<ProfileRange>& ranges);

//! One engine, one context, one stream, and a buffer for every tensor, sized for the largest shapes of profile 0.
class Session {
public:
    Session(Logger& logger, const std::vector<char>& plan);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    //! Runs on float data of one input and waits for the answers.
    Times run(const std::string& input, const nvinfer1::Dims& shape, std::span<const float> values);

    //! The values of an output after the last run, valid until the next one.
    std::span<const float> output(const std::string& name) const;

private:
    struct Tensor {
        void* device = nullptr;
        size_t capacity = 0;
        std::vector<float> host;
    };
    void reserve(const char* name, Tensor& tensor, size_t count);

    std::unique_ptr<nvinfer1::IRuntime> runtime_;
    std::unique_ptr<nvinfer1::ICudaEngine> engine_;
    std::unique_ptr<nvinfer1::IExecutionContext> context_;
    cudaStream_t stream_ = nullptr;
    cudaEvent_t marks_[4] = {};
    std::map<std::string, Tensor> tensors_;
};

}  // namespace demo
