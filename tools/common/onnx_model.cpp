// SPDX-License-Identifier: Apache-2.0
#include "onnx_model.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "NvOnnxParser.h"

namespace opentrt::tools {
namespace {

using nvinfer1::OptProfileSelector;
constexpr OptProfileSelector kPoints[] = {OptProfileSelector::kMIN, OptProfileSelector::kOPT, OptProfileSelector::kMAX};

std::string errorsOf(const nvonnxparser::IParser& parser) {
    std::string text;
    for (int i = 0; i < parser.getNbErrors(); ++i) {
        const nvonnxparser::IParserError& error = *parser.getError(i);
        text += "\n  ";
        if (const char* node = error.nodeName(); node && *node) text += "node " + std::string(node) + ": ";
        text += error.desc();
    }
    return text;
}

//! The sizes that a profile holds for this tensor.
Sizes profiled(const nvinfer1::ITensor& input, const HostTensor& tensor) {
    if (!input.isShapeTensor()) return tensor.dims;
    Sizes contents;
    for (int64_t i = 0; i < volume(tensor.dims); ++i)
        contents.push_back(getInteger(tensor.type, tensor.bytes.data(), i));
    return contents;
}

void widen(Range& range, const Sizes& sizes, const std::string& name) {
    for (size_t d = 0; d < sizes.size(); ++d) {
        if (range.points[0].size() != sizes.size())
            throw std::runtime_error("input " + name + " has shapes of different rank: " + str(range.points[0]) +
                                     " and " + str(sizes));
        range.points[0][d] = std::min(range.points[0][d], sizes[d]);
        range.points[2][d] = std::max(range.points[2][d], sizes[d]);
    }
}

Sizes withOnes(const nvinfer1::ITensor& input) {
    Sizes sizes = toSizes(input.getDimensions());
    if (input.isShapeTensor()) sizes = Sizes(static_cast<size_t>(volume(sizes)), 1);
    for (int64_t& size : sizes) size = size < 0 ? 1 : size;
    return sizes;
}

}  // namespace

OnnxModel::OnnxModel(Logger& logger, const std::string& file)
    : logger_(logger),
      file_(file),
      builder_(need(nvinfer1::createInferBuilder(logger), logger, "createInferBuilder")),
      network_(need(builder_->createNetworkV2(0), logger, "createNetworkV2")),
      config_(need(builder_->createBuilderConfig(), logger, "createBuilderConfig")) {
    parser_ = need(nvonnxparser::createParser(*network_, logger), logger, "createParser");
    const auto verbosity = static_cast<int>(nvinfer1::ILogger::Severity::kWARNING);
    if (!parser_->parseFromFile(file.c_str(), verbosity))
        throw std::runtime_error("cannot parse " + file + ":" + errorsOf(*parser_));
    setTimingCache({});
}

OnnxModel::OnnxModel(OnnxModel&&) noexcept = default;
OnnxModel::~OnnxModel() = default;

void OnnxModel::addProfile(const Profile& profile) {
    nvinfer1::IOptimizationProfile* target = builder_->createOptimizationProfile();
    need(target != nullptr, logger_, "createOptimizationProfile");
    bool any = false;
    for (int32_t i = 0; i < network_->getNbInputs(); ++i) {
        const nvinfer1::ITensor& input = *network_->getInput(i);
        const auto range = profile.find(input.getName());
        if (range == profile.end() || !isDynamic(input)) continue;
        any = true;
        for (size_t p = 0; p < std::size(kPoints); ++p) {
            const Sizes& sizes = range->second.points[p];
            const bool ok = input.isShapeTensor() ? target->setShapeValuesV2(input.getName(), kPoints[p], sizes.data(),
                                                                             static_cast<int32_t>(sizes.size()))
                                                  : target->setDimensions(input.getName(), kPoints[p], toDims(sizes));
            need(ok, logger_, "setting the profile of " + std::string(input.getName()) + " to " + str(sizes));
        }
    }
    if (any) need(config_->addOptimizationProfile(target) >= 0, logger_, "addOptimizationProfile");
}

void OnnxModel::setTimingCache(const std::vector<char>& bytes) {
    std::unique_ptr<nvinfer1::ITimingCache> cache(config_->createTimingCache(bytes.data(), bytes.size()));
    if (!cache || !config_->setTimingCache(*cache, false)) {
        logger_.log(nvinfer1::ILogger::Severity::kWARNING,
                    "the timing cache does not fit this machine and version; starting an empty one");
        logger_.takeErrors();
        cache = need(config_->createTimingCache(nullptr, 0), logger_, "createTimingCache");
        need(config_->setTimingCache(*cache, false), logger_, "setTimingCache");
    }
    cache_ = std::move(cache);
}

std::unique_ptr<nvinfer1::IHostMemory> OnnxModel::build() {
    return need(builder_->buildSerializedNetwork(*network_, *config_), logger_, "building the engine of " + file_);
}

bool isDynamic(const nvinfer1::ITensor& input) {
    const Sizes sizes = toSizes(input.getDimensions());
    return input.isShapeTensor() || std::any_of(sizes.begin(), sizes.end(), [](int64_t s) { return s < 0; });
}

Profile profileFor(const nvinfer1::INetworkDefinition& network, const std::vector<std::vector<HostTensor>>& sets) {
    Profile profile;
    for (const auto& set : sets) {
        if (set.size() != static_cast<size_t>(network.getNbInputs()))
            throw std::runtime_error("a data set has " + std::to_string(set.size()) + " inputs when the model has " +
                                     std::to_string(network.getNbInputs()));
        for (int32_t i = 0; i < network.getNbInputs(); ++i) {
            const nvinfer1::ITensor& input = *network.getInput(i);
            const Sizes sizes = profiled(input, set[static_cast<size_t>(i)]);
            const auto [at, isNew] = profile.try_emplace(input.getName(), Range{{sizes, sizes, sizes}});
            if (!isNew) widen(at->second, sizes, input.getName());
        }
    }
    return profile;
}

Profile profileFor(const nvinfer1::INetworkDefinition& network, Logger& logger, const ShapeMap& min,
                   const ShapeMap& opt, const ShapeMap& max) {
    Profile profile;
    std::string names;
    for (int32_t i = 0; i < network.getNbInputs(); ++i) {
        const nvinfer1::ITensor& input = *network.getInput(i);
        const std::string name = input.getName();
        names += " " + name;
        const std::array given{findEntry(min, name), findEntry(opt, name), findEntry(max, name)};
        const Sizes* any = given[1] ? given[1] : given[2] ? given[2] : given[0];
        if (!any && !isDynamic(input)) continue;
        Sizes ones;
        if (!any) {
            ones = withOnes(input);
            any = &ones;
            const std::string text = "input " + name + " is dynamic and no shape is given for it; taking " + str(ones);
            logger.log(nvinfer1::ILogger::Severity::kWARNING, text.c_str());
        }
        Range& range = profile[name];
        for (size_t p = 0; p < given.size(); ++p) range.points[p] = given[p] ? *given[p] : *any;
    }
    for (const ShapeMap* shapes : {&min, &opt, &max}) {
        for (const auto& [name, sizes] : *shapes) {
            const auto matched = [&given = name](const auto& entry) { return matches(given, entry.first); };
            if (std::none_of(profile.begin(), profile.end(), matched))
                throw std::runtime_error("no input is named " + name + "; the inputs are" + names);
        }
    }
    return profile;
}

}  // namespace opentrt::tools
