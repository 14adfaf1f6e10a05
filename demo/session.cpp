// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <chrono>
#include <iostream>
#include <stdexcept>

#include "NvOnnxParser.h"

namespace demo {
namespace {

size_t countOf(const nvinfer1::Dims& dims) {
    size_t n = 1;
    for (int i = 0; i < dims.nbDims; ++i) n *= static_cast<size_t>(dims.d[i]);
    return n;
}

template <typename T>
std::unique_ptr<T> need(T* object, const std::string& what) {
    if (!object) throw std::runtime_error(what + " failed; the lines above say why");
    return std::unique_ptr<T>(object);
}

double between(cudaEvent_t begin, cudaEvent_t end) {
    float ms = 0;
    check(cudaEventElapsedTime(&ms, begin, end), "cudaEventElapsedTime");
    return ms;
}

}  // namespace

void Logger::log(Severity severity, const char* message) noexcept {
    if (severity <= Severity::kWARNING)
        std::cerr << (severity == Severity::kWARNING ? "[W] " : "[E] ") << message << '\n';
}

void check(cudaError_t code, const char* what) {
    if (code != cudaSuccess) throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(code));
}

std::vector<char> buildPlan(Logger& logger, const std::string& onnxFile, const std::vector<ProfileRange>& ranges) {
    auto builder = need(nvinfer1::createInferBuilder(logger), "createInferBuilder");
    auto network = need(builder->createNetworkV2(0), "createNetworkV2");
    auto parser = need(nvonnxparser::createParser(*network, logger), "createParser");
    if (!parser->parseFromFile(onnxFile.c_str(), static_cast<int>(nvinfer1::ILogger::Severity::kWARNING))) {
        std::string message = "cannot parse " + onnxFile;
        for (int i = 0; i < parser->getNbErrors(); ++i) message += std::string("\n  ") + parser->getError(i)->desc();
        throw std::runtime_error(message);
    }
    auto config = need(builder->createBuilderConfig(), "createBuilderConfig");
    if (!ranges.empty()) {
        nvinfer1::IOptimizationProfile* profile = builder->createOptimizationProfile();
        for (const ProfileRange& r : ranges) {
            profile->setDimensions(r.input.c_str(), nvinfer1::OptProfileSelector::kMIN, r.min);
            profile->setDimensions(r.input.c_str(), nvinfer1::OptProfileSelector::kOPT, r.opt);
            profile->setDimensions(r.input.c_str(), nvinfer1::OptProfileSelector::kMAX, r.max);
        }
        config->addOptimizationProfile(profile);
    }
    auto plan = need(builder->buildSerializedNetwork(*network, *config), "building the engine of " + onnxFile);
    const char* bytes = static_cast<const char*>(plan->data());
    return {bytes, bytes + plan->size()};
}

Session::Session(Logger& logger, const std::vector<char>& plan)
    : runtime_(need(nvinfer1::createInferRuntime(logger), "createInferRuntime")),
      engine_(need(runtime_->deserializeCudaEngine(plan.data(), plan.size()), "deserializeCudaEngine")),
      context_(need(engine_->createExecutionContext(), "createExecutionContext")) {
    for (int i = 0; i < engine_->getNbIOTensors(); ++i) {
        const char* name = engine_->getIOTensorName(i);
        if (engine_->getTensorDataType(name) != nvinfer1::DataType::kFLOAT)
            throw std::runtime_error(std::string("tensor ") + name + " is not float; the demo only handles float");
        tensors_[name];
    }
    check(cudaStreamCreate(&stream_), "cudaStreamCreate");
    for (cudaEvent_t& mark : marks_) check(cudaEventCreate(&mark), "cudaEventCreate");
}

Session::~Session() {
    for (auto& [name, tensor] : tensors_) cudaFree(tensor.device);
    for (cudaEvent_t mark : marks_) cudaEventDestroy(mark);
    cudaStreamDestroy(stream_);
}

void Session::reserve(const char* name, Tensor& tensor, size_t count) {
    tensor.host.resize(count);
    if (tensor.capacity < count) {
        check(cudaFree(tensor.device), "cudaFree");
        check(cudaMalloc(&tensor.device, count * sizeof(float)), "cudaMalloc");
        tensor.capacity = count;
    }
    if (!context_->setTensorAddress(name, tensor.device))
        throw std::runtime_error(std::string("setTensorAddress refused ") + name);
}

Times Session::run(const std::string& input, const nvinfer1::Dims& shape, std::span<const float> values) {
    if (!context_->setInputShape(input.c_str(), shape)) throw std::runtime_error("setInputShape refused " + input);
    if (values.size() != countOf(shape))
        throw std::runtime_error(input + " needs " + std::to_string(countOf(shape)) + " values, got " +
                                 std::to_string(values.size()));
    for (auto& [name, tensor] : tensors_)
        reserve(name.c_str(), tensor, countOf(context_->getTensorShape(name.c_str())));

    Times times;
    check(cudaEventRecord(marks_[0], stream_), "cudaEventRecord");
    check(
        cudaMemcpyAsync(tensors_.at(input).device, values.data(), values.size_bytes(), cudaMemcpyHostToDevice, stream_),
        "cudaMemcpyAsync");
    check(cudaEventRecord(marks_[1], stream_), "cudaEventRecord");
    const auto begin = std::chrono::steady_clock::now();
    if (!context_->enqueueV3(stream_)) throw std::runtime_error("enqueueV3 failed; the lines above say why");
    times.enqueue = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    check(cudaEventRecord(marks_[2], stream_), "cudaEventRecord");
    for (auto& [name, tensor] : tensors_) {
        if (engine_->getTensorIOMode(name.c_str()) != nvinfer1::TensorIOMode::kOUTPUT) continue;
        check(cudaMemcpyAsync(tensor.host.data(), tensor.device, tensor.host.size() * sizeof(float),
                              cudaMemcpyDeviceToHost, stream_),
              "cudaMemcpyAsync");
    }
    check(cudaEventRecord(marks_[3], stream_), "cudaEventRecord");
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
    times.upload = between(marks_[0], marks_[1]);
    times.compute = between(marks_[1], marks_[2]);
    times.download = between(marks_[2], marks_[3]);
    return times;
}

std::span<const float> Session::output(const std::string& name) const {
    auto found = tensors_.find(name);
    if (found == tensors_.end()) throw std::runtime_error("the engine has no output " + name);
    return found->second.host;
}

}  // namespace demo
