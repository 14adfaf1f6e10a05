// SPDX-License-Identifier: Apache-2.0
// The inputs and outputs of one context: host and device memory of every tensor, and the copies between them.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "device.h"
#include "options.h"

namespace trtexec {

class Binding : public nvinfer1::IOutputAllocator {
public:
    Binding(std::string name, nvinfer1::DataType type, bool isInput, bool onHost, bool managed);

    const std::string& name() const { return name_; }
    nvinfer1::DataType type() const { return type_; }
    bool isInput() const { return isInput_; }
    const Sizes& sizes() const { return sizes_; }
    int64_t count() const;
    size_t bytes() const;

    //! Makes room in host and device memory.
    void setSizes(const Sizes& sizes);
    void* host() const { return managed_ || onHost_ ? device() : host_.get(); }
    void* device() const { return onHost_ ? host_.get() : device_.get(); }
    //! Through the stream, where the memories differ.
    void upload(const Stream& stream) const;
    void download(const Stream& stream);

    // Of outputs whose size only the run tells.
    void* reallocateOutput(const char*, void*, uint64_t bytes, uint64_t alignment) noexcept override;
    void notifyShape(const char*, const nvinfer1::Dims& shape) noexcept override;

private:
    std::string name_;
    nvinfer1::DataType type_;
    bool isInput_, onHost_, managed_;
    Sizes sizes_;
    Memory host_, device_;
};

class Bindings {
public:
    //! Sets input shapes, makes memory, fills the inputs and gives the addresses to the context. `fallback` holds
    //! shapes that the options leave open. `quiet` leaves out the log lines, for the second and further streams.
    Bindings(nvinfer1::IExecutionContext& context, const InferenceOptions& options, const ShapeMap& fallback,
             bool quiet);

    void upload(const Stream& stream) const;
    void download(const Stream& stream) const;
    //! Replaces contents of inputs. Throws Failure.
    void loadInputs(const std::map<std::string, std::string>& files);

    const std::vector<std::unique_ptr<Binding>>& all() const { return all_; }
    std::vector<const Binding*> outputs() const;

private:
    void addInputs(const ShapeMap& shapes, const ShapeMap& fallback);
    void addOutputs();
    void fill(Binding& binding, const InferenceOptions& options);

    nvinfer1::IExecutionContext& context_;
    std::vector<std::unique_ptr<Binding>> all_;
    std::map<std::string, Sizes> shapeValues_;  //!< contents of inputs that are shapes
    bool managed_, quiet_;
};

//! Reproducible values: the same for every tensor of a type, on every run.
void fillRandom(nvinfer1::DataType type, void* data, int64_t count);

}  // namespace trtexec
