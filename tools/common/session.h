// SPDX-License-Identifier: Apache-2.0
// A loaded engine with one context and host buffers for every tensor, mirrored on the device where there is one; runs
// synchronously on the calling thread.
#pragma once
#include "NvInferRuntime.h"
#include "logger.h"
#include "tensor.h"

namespace opentrt::tools {

class Session {
public:
    Session(Logger& logger, const void* plan, size_t size);
    Session(Logger& logger, const std::string& planFile);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    nvinfer1::ICudaEngine& engine() { return *engine_; }
    nvinfer1::IExecutionContext& context() { return *context_; }
    //! In the order of the engine.
    const std::vector<std::string>& inputs() const { return inputs_; }
    const std::vector<std::string>& outputs() const { return outputs_; }

    //! Sets shape and contents; elements of another type are converted. Throws std::runtime_error naming the input.
    void setInput(const HostTensor& tensor);
    //! Fixes the shape of an input and leaves its contents, zeros at first.
    void setInputShape(const std::string& name, const Sizes& sizes);
    //! Raw elements of the input's own type for its current shape.
    void setInputBytes(const std::string& name, const std::vector<char>& bytes);
    //! Gives every input that has no shape yet the opt shape of profile 0, and shape tensors its contents.
    void completeInputs();

    //! Buffers for all outputs, so that the next run() does nothing but run.
    void prepare();
    //! Fills the outputs' buffers with a pattern, so that what the next run leaves out is noticed.
    void spoilOutputs();
    void run();
    HostTensor output(const std::string& name) const;
    //! Bytes of an output after a run, and their number of elements.
    const void* outputData(const std::string& name, int64_t& count) const;

private:
    struct Buffer;
    void makeTensors();
    Buffer& bufferOf(const std::string& name) const;
    void fetch(const Buffer& buffer) const;
    Sizes shapeOf(const std::string& name) const;

    Logger& logger_;
    std::unique_ptr<nvinfer1::IRuntime> runtime_;
    std::unique_ptr<nvinfer1::ICudaEngine> engine_;
    std::unique_ptr<nvinfer1::IExecutionContext> context_;
    std::vector<std::string> inputs_, outputs_;
    std::map<std::string, std::unique_ptr<Buffer>> buffers_;
    bool prepared_ = false;
};

}  // namespace opentrt::tools
