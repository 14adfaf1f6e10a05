// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "opentrt/extension.h"

namespace opentrt::tools {
namespace {

using nvinfer1::DataType;
constexpr size_t kAlignment = 64;
constexpr int kSpoil = 0xA5;

bool isKnown(const Sizes& sizes) {
    return std::all_of(sizes.begin(), sizes.end(), [](int64_t s) { return s >= 0; });
}

}  // namespace

//! Memory of one tensor; grows only. Empty tensors get some as well, because a tensor without address is an error.
struct Session::Buffer : nvinfer1::IOutputAllocator {
    explicit Buffer(const nvinfer1::ICudaEngine& engine) : place(engine) {}
    ~Buffer() override {
        if (device) place.release(device);
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    opentrt::DeviceMemory place;
    void* device = nullptr;  //!< as large as the memory; none where tensors are on the host
    bool onHost = false;     //!< shape tensors are, everywhere
    DataType type = DataType::kFLOAT;
    size_t size = 0;
    std::unique_ptr<void, decltype(&std::free)> memory{nullptr, &std::free};
    Sizes dims;          //!< of an output
    bool given = false;  //!< an input's contents

    void* reserve(size_t bytes) {
        if (memory && size >= bytes) return address();
        size = (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
        memory.reset(std::aligned_alloc(kAlignment, size));
        if (!memory) throw std::runtime_error("no memory for a tensor of " + std::to_string(bytes) + " bytes");
        std::memset(memory.get(), 0, size);
        if (onHost) return address();
        if (device) place.release(device);
        device = place.allocate(static_cast<int64_t>(size));
        if (!device) throw std::runtime_error("no device memory for a tensor of " + std::to_string(bytes) + " bytes");
        return address();
    }
    //! What the engine is given.
    void* address() const { return onHost ? memory.get() : device; }
    void upload() const {
        if (!onHost && !place.upload(device, memory.get(), static_cast<int64_t>(size)))
            throw std::runtime_error("a tensor could not be copied to the device");
    }
    void* reallocateOutput(const char*, void*, uint64_t bytes, uint64_t) noexcept override {
        try {
            return reserve(bytes);
        } catch (const std::exception&) {
            return nullptr;
        }
    }
    void notifyShape(const char*, const nvinfer1::Dims& shape) noexcept override { dims = toSizes(shape); }
};

Session::Session(Logger& logger, const void* plan, size_t size)
    : logger_(logger),
      runtime_(need(nvinfer1::createInferRuntime(logger), logger, "createInferRuntime")),
      engine_(need(runtime_->deserializeCudaEngine(plan, size), logger, "loading the plan")) {
    makeTensors();
}

Session::Session(Logger& logger, const std::string& planFile)
    : logger_(logger), runtime_(need(nvinfer1::createInferRuntime(logger), logger, "createInferRuntime")) {
    engine_ = need(opentrt::deserializeFromFile(*runtime_, planFile.c_str()), logger, "loading " + planFile);
    makeTensors();
}

Session::~Session() = default;

void Session::makeTensors() {
    context_ = need(engine_->createExecutionContext(), logger_, "createExecutionContext");
    for (int32_t i = 0; i < engine_->getNbIOTensors(); ++i) {
        const char* name = engine_->getIOTensorName(i);
        const bool isInput = engine_->getTensorIOMode(name) == nvinfer1::TensorIOMode::kINPUT;
        (isInput ? inputs_ : outputs_).emplace_back(name);
        auto buffer = std::make_unique<Buffer>(*engine_);
        buffer->onHost = buffer->place.isHost() || engine_->getTensorLocation(name) == nvinfer1::TensorLocation::kHOST;
        buffer->type = engine_->getTensorDataType(name);
        buffers_.emplace(name, std::move(buffer));
    }
    // A static input needs no setInputShape; its memory must be there all the same.
    for (const std::string& name : inputs_) {
        const Sizes sizes = toSizes(engine_->getTensorShape(name.c_str()));
        if (isKnown(sizes)) setInputShape(name, sizes);
    }
}

Session::Buffer& Session::bufferOf(const std::string& name) const {
    const auto at = buffers_.find(name);
    if (at == buffers_.end()) throw std::runtime_error("the engine has no tensor named " + name);
    return *at->second;
}

Sizes Session::shapeOf(const std::string& name) const {
    return toSizes(context_->getTensorShape(name.c_str()));
}

void Session::setInputShape(const std::string& name, const Sizes& sizes) {
    if (std::find(inputs_.begin(), inputs_.end(), name) == inputs_.end())
        throw std::runtime_error("the engine has no input named " + name);
    Buffer& buffer = bufferOf(name);
    need(context_->setInputShape(name.c_str(), toDims(sizes)), logger_, "setting input " + name + " to " + str(sizes));
    void* memory = buffer.reserve(static_cast<size_t>(bytesOf(buffer.type, volume(sizes))));
    need(context_->setTensorAddress(name.c_str(), memory), logger_, "setTensorAddress of " + name);
    prepared_ = false;
}

void Session::setInput(const HostTensor& tensor) {
    setInputShape(tensor.name, tensor.dims);
    Buffer& buffer = bufferOf(tensor.name);
    const HostTensor own = converted(tensor, buffer.type);
    if (!own.bytes.empty()) std::memcpy(buffer.memory.get(), own.bytes.data(), own.bytes.size());
    buffer.given = true;
}

void Session::setInputBytes(const std::string& name, const std::vector<char>& bytes) {
    if (std::find(inputs_.begin(), inputs_.end(), name) == inputs_.end())
        throw std::runtime_error("the engine has no input named " + name);
    Buffer& buffer = bufferOf(name);
    const Sizes sizes = shapeOf(name);
    const auto expected = static_cast<size_t>(std::max<int64_t>(bytesOf(buffer.type, volume(sizes)), 0));
    if (!isKnown(sizes) || bytes.size() != expected)
        throw std::runtime_error("input " + name + " got " + std::to_string(bytes.size()) + " bytes when " +
                                 typeName(buffer.type) + " " + str(sizes) + " has " + std::to_string(expected));
    if (expected) std::memcpy(buffer.memory.get(), bytes.data(), expected);
    buffer.given = true;
    prepared_ = false;
}

void Session::completeInputs() {
    constexpr auto kOpt = nvinfer1::OptProfileSelector::kOPT;
    for (const std::string& name : inputs_) {
        if (!isKnown(shapeOf(name))) setInputShape(name, toSizes(engine_->getProfileShape(name.c_str(), 0, kOpt)));
        Buffer& buffer = bufferOf(name);
        if (buffer.given || !engine_->isShapeInferenceIO(name.c_str())) continue;
        const int64_t* values = engine_->getProfileTensorValuesV2(name.c_str(), 0, kOpt);
        need(values != nullptr, logger_, "asking profile 0 for the contents of " + name);
        for (int64_t i = 0; i < volume(shapeOf(name)); ++i)
            setElement(buffer.type, buffer.memory.get(), i, static_cast<double>(values[i]));
    }
    prepared_ = false;
}

void Session::prepare() {
    for (const std::string& name : outputs_) {
        Buffer& buffer = bufferOf(name);
        const Sizes sizes = shapeOf(name);
        const bool known = isKnown(sizes);
        void* memory = known ? buffer.reserve(static_cast<size_t>(bytesOf(buffer.type, volume(sizes)))) : nullptr;
        need(context_->setTensorAddress(name.c_str(), memory), logger_, "setTensorAddress of " + name);
        if (known) {
            buffer.dims = sizes;
        } else {
            need(context_->setOutputAllocator(name.c_str(), &buffer), logger_, "setOutputAllocator of " + name);
        }
    }
    prepared_ = true;
}

void Session::spoilOutputs() {
    for (const std::string& name : outputs_) {
        const Buffer& buffer = bufferOf(name);
        if (!buffer.memory) continue;
        std::memset(buffer.memory.get(), kSpoil, buffer.size);
        buffer.upload();
    }
}

void Session::run() {
    if (!prepared_) prepare();
    for (const std::string& name : inputs_) bufferOf(name).upload();
    need(context_->enqueueV3(nullptr), logger_, "the inference");
    for (const std::string& name : outputs_) fetch(bufferOf(name));
}

void Session::fetch(const Buffer& buffer) const {
    if (buffer.onHost || !buffer.memory) return;
    need(buffer.place.download(buffer.memory.get(), buffer.device, static_cast<int64_t>(buffer.size)), logger_,
         "copying an output from the device");
}

HostTensor Session::output(const std::string& name) const {
    const Buffer& buffer = bufferOf(name);
    HostTensor tensor{name, buffer.type, buffer.dims, {}};
    const auto* data = static_cast<const uint8_t*>(buffer.memory.get());
    tensor.bytes.assign(data, data + bytesOf(buffer.type, volume(buffer.dims)));
    return tensor;
}

const void* Session::outputData(const std::string& name, int64_t& count) const {
    const Buffer& buffer = bufferOf(name);
    count = volume(buffer.dims);
    return buffer.memory.get();
}

}  // namespace opentrt::tools
