// SPDX-License-Identifier: Apache-2.0
#include "bindings.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "common/files.h"
#include "common/tensor.h"
#include "log.h"
#include "network_setup.h"

namespace trtexec {
namespace {

using namespace nvinfer1;
using opentrt::tools::bytesOf;
using opentrt::tools::findEntry;
using opentrt::tools::str;
using opentrt::tools::toDims;
using opentrt::tools::toSizes;
using opentrt::tools::volume;

bool isKnown(const Sizes& sizes) {
    return std::all_of(sizes.begin(), sizes.end(), [](int64_t s) { return s >= 0; });
}

//! A shape for an input that nobody gave one: 1 for what is open, within the limits of the profile.
Sizes completed(const ICudaEngine& engine, const std::string& name, int profile) {
    Sizes sizes = toSizes(engine.getTensorShape(name.c_str()));
    const Dims low = engine.getProfileShape(name.c_str(), profile, OptProfileSelector::kMIN);
    for (size_t d = 0; d < sizes.size(); ++d) {
        if (sizes[d] < 0) sizes[d] = std::max<int64_t>(low.d[d], 1);
    }
    return sizes;
}

void checkNames(const ICudaEngine& engine, const std::vector<std::string>& names, const char* what) {
    for (const std::string& name : names) {
        bool found = false;
        for (int32_t i = 0; i < engine.getNbIOTensors(); ++i) {
            const char* tensor = engine.getIOTensorName(i);
            found = found ||
                    (engine.getTensorIOMode(tensor) == TensorIOMode::kINPUT && opentrt::tools::matches(name, tensor));
        }
        if (!found) throw Failure(std::string(what) + " for " + name + ", which no input of the engine is named");
    }
}

template <class Value>
std::vector<std::string> namesOf(const std::map<std::string, Value>& entries) {
    std::vector<std::string> names;
    for (const auto& [name, value] : entries) names.push_back(name);
    return names;
}

}  // namespace

Binding::Binding(std::string name, DataType type, bool isInput, bool onHost, bool managed)
    : name_(std::move(name)),
      type_(type),
      isInput_(isInput),
      onHost_(onHost),
      managed_(managed && !onHost),
      host_(Memory::Kind::Host),
      device_(managed_ ? Memory::Kind::Managed : Memory::Kind::Device) {}

int64_t Binding::count() const {
    return std::max<int64_t>(volume(sizes_), 0);
}

size_t Binding::bytes() const {
    return static_cast<size_t>(bytesOf(type_, count()));
}

void Binding::setSizes(const Sizes& sizes) {
    sizes_ = sizes;
    if (!managed_) host_.reserve(bytes());
    if (!onHost_) device_.reserve(bytes());
}

void Binding::upload(const Stream& stream) const {
    if (managed_ || onHost_) return;
    TRTEXEC_CUDA(cudaMemcpyAsync(device_.get(), host_.get(), bytes(), cudaMemcpyHostToDevice, stream.get()));
}

void Binding::download(const Stream& stream) {
    if (managed_ || onHost_) return;
    host_.reserve(bytes());
    TRTEXEC_CUDA(cudaMemcpyAsync(host_.get(), device_.get(), bytes(), cudaMemcpyDeviceToHost, stream.get()));
}

void* Binding::reallocateOutput(const char*, void*, uint64_t bytes, uint64_t) noexcept {
    try {
        return onHost_ ? host_.reserve(bytes) : device_.reserve(bytes);
    } catch (const std::exception& e) {
        error("no memory for output ", name_, ": ", e.what());
        return nullptr;
    }
}

void Binding::notifyShape(const char*, const Dims& shape) noexcept {
    sizes_ = toSizes(shape);
}

Bindings::Bindings(IExecutionContext& context, const InferenceOptions& options, const ShapeMap& fallback, bool quiet)
    : context_(context), managed_(options.managedMemory), quiet_(quiet) {
    const ICudaEngine& engine = context.getEngine();
    checkNames(engine, namesOf(options.shapes), "a shape is given");
    checkNames(engine, namesOf(options.inputFiles), "a file is given");
    addInputs(options.shapes, fallback);
    for (const auto& binding : all_) fill(*binding, options);
    addOutputs();
}

void Bindings::addInputs(const ShapeMap& shapes, const ShapeMap& fallback) {
    const ICudaEngine& engine = context_.getEngine();
    for (int32_t i = 0; i < engine.getNbIOTensors(); ++i) {
        const char* name = engine.getIOTensorName(i);
        if (engine.getTensorFormat(name) != TensorFormat::kLINEAR)
            throw Failure("tensor " + std::string(name) + " is not linear: " + engine.getTensorFormatDesc(name));
        if (engine.getTensorIOMode(name) != TensorIOMode::kINPUT) continue;
        const Sizes* given = findEntry(shapes, name);
        if (!given) given = findEntry(fallback, name);
        Sizes sizes = toSizes(engine.getTensorShape(name));
        if (engine.isShapeInferenceIO(name)) {
            // What is given for it are its contents.
            shapeValues_[name] = given ? *given : Sizes(static_cast<size_t>(volume(sizes)), 1);
            if (!given && !quiet_)
                warning("input ", name, " holds a shape and none is given; taking ", str(shapeValues_[name]));
        } else if (given) {
            sizes = *given;
        } else if (!isKnown(sizes)) {
            sizes = completed(engine, name, context_.getOptimizationProfile());
            if (!quiet_) warning("input ", name, " has dynamic dimensions and no shape is given; taking ", str(sizes));
        }
        if (!context_.setInputShape(name, toDims(sizes)))
            throw Failure("input " + std::string(name) + " cannot have the shape " + str(sizes));
        const bool onHost = engine.getTensorLocation(name) == TensorLocation::kHOST;
        Binding& binding =
            *all_.emplace_back(std::make_unique<Binding>(name, engine.getTensorDataType(name), true, onHost, managed_));
        binding.setSizes(sizes);
        if (!context_.setTensorAddress(name, binding.device())) throw Failure(binding.name() + " takes no address");
        if (!quiet_)
            info("Input binding for ", name, " with dimensions ", str(sizes), " and type ", typeName(binding.type()),
                 " is created.");
    }
}

void Bindings::addOutputs() {
    const ICudaEngine& engine = context_.getEngine();
    for (int32_t i = 0; i < engine.getNbIOTensors(); ++i) {
        const char* name = engine.getIOTensorName(i);
        if (engine.getTensorIOMode(name) != TensorIOMode::kOUTPUT) continue;
        const bool onHost = engine.getTensorLocation(name) == TensorLocation::kHOST;
        Binding& binding = *all_.emplace_back(
            std::make_unique<Binding>(name, engine.getTensorDataType(name), false, onHost, managed_));
        const Sizes sizes = toSizes(context_.getTensorShape(name));
        if (isKnown(sizes)) {
            binding.setSizes(sizes);
            if (!context_.setTensorAddress(name, binding.device())) throw Failure(binding.name() + " takes no address");
        } else if (!context_.setOutputAllocator(name, &binding)) {
            throw Failure("output " + binding.name() + " takes no allocator");
        }
        if (!quiet_)
            info("Output binding for ", name, " with dimensions ", str(sizes), " and type ", typeName(binding.type()),
                 " is created.");
    }
}

void Bindings::fill(Binding& binding, const InferenceOptions& options) {
    if (const std::string* file = findEntry(options.inputFiles, binding.name())) {
        loadInputs({{binding.name(), *file}});
        return;
    }
    if (const auto values = shapeValues_.find(binding.name()); values != shapeValues_.end()) {
        if (values->second.size() != static_cast<size_t>(binding.count()))
            throw Failure("input " + binding.name() + " holds " + std::to_string(binding.count()) +
                          " values of a shape when " + str(values->second) + " is given");
        for (size_t i = 0; i < values->second.size(); ++i)
            opentrt::tools::setElement(binding.type(), binding.host(), static_cast<int64_t>(i),
                                       static_cast<double>(values->second[i]));
        return;
    }
    if (!quiet_) info("Using random values for input ", binding.name());
    fillRandom(binding.type(), binding.host(), binding.count());
}

void Bindings::loadInputs(const std::map<std::string, std::string>& files) {
    for (const auto& binding : all_) {
        const std::string* file = binding->isInput() ? findEntry(files, binding->name()) : nullptr;
        if (!file) continue;
        if (!quiet_) info("Using values loaded from ", *file, " for input ", binding->name());
        const std::vector<char> bytes = opentrt::tools::readFile(*file);
        if (bytes.size() != binding->bytes())
            throw Failure(*file + " has " + std::to_string(bytes.size()) + " bytes when input " + binding->name() +
                          " (" + typeName(binding->type()) + " " + str(binding->sizes()) + ") needs " +
                          std::to_string(binding->bytes()));
        if (!bytes.empty()) std::memcpy(binding->host(), bytes.data(), bytes.size());
    }
}

void Bindings::upload(const Stream& stream) const {
    for (const auto& binding : all_) {
        if (binding->isInput()) binding->upload(stream);
    }
}

void Bindings::download(const Stream& stream) const {
    for (const auto& binding : all_) {
        if (!binding->isInput()) binding->download(stream);
    }
}

std::vector<const Binding*> Bindings::outputs() const {
    std::vector<const Binding*> outputs;
    for (const auto& binding : all_) {
        if (!binding->isInput()) outputs.push_back(binding.get());
    }
    return outputs;
}

void fillRandom(DataType type, void* data, int64_t count) {
    std::default_random_engine random;  // its default seed makes runs comparable
    if (type == DataType::kUINT8 || opentrt::tools::bitsOf(type) < 8) {
        std::uniform_int_distribution<int> byte(0, 255);
        auto* bytes = static_cast<uint8_t*>(data);
        std::generate_n(bytes, bytesOf(type, count), [&] { return static_cast<uint8_t>(byte(random)); });
        return;
    }
    const bool isBool = type == DataType::kBOOL;
    std::uniform_int_distribution<int> integer(isBool ? 0 : -128, isBool ? 1 : 127);
    std::uniform_real_distribution<float> real(-1, 1);
    const bool isInteger = opentrt::tools::isInteger(type);
    for (int64_t i = 0; i < count; ++i)
        opentrt::tools::setElement(type, data, i, isInteger ? integer(random) : real(random));
}

}  // namespace trtexec
