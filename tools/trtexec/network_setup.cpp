// SPDX-License-Identifier: Apache-2.0
#include "network_setup.h"

#include <algorithm>

#include "common/onnx_model.h"
#include "log.h"

namespace trtexec {
namespace {

using namespace nvinfer1;
using opentrt::tools::findEntry;
using opentrt::tools::isDynamic;
using opentrt::tools::matches;
using opentrt::tools::toDims;
using opentrt::tools::toSizes;

void setTensorFormat(ITensor& tensor, const IoFormat& format, bool stronglyTyped) {
    if (format.type && stronglyTyped && *format.type != tensor.getType())
        throw Failure("tensor " + std::string(tensor.getName()) + " has type " + typeName(tensor.getType()) +
                      " in the strongly typed network when " + format.text + " is asked for");
    if (format.type) tensor.setType(*format.type);
    tensor.setAllowedFormats(format.formats);
}

template <class Get>
void setAllFormats(int32_t count, const Get& get, const std::vector<IoFormat>& formats, const char* kind, bool typed) {
    if (formats.empty()) return;
    if (formats.size() != 1 && formats.size() != static_cast<size_t>(count))
        throw Failure(std::to_string(formats.size()) + " " + kind + " formats are given when the network has " +
                      std::to_string(count) + " " + kind + "s");
    for (int32_t i = 0; i < count; ++i)
        setTensorFormat(*get(i), formats[formats.size() == 1 ? 0 : static_cast<size_t>(i)], typed);
}

//! min, opt and max of one input in one profile.
struct Points {
    Sizes sizes[3];
};

Points pointsOf(const ITensor& input, const ProfileShapes& shapes, const std::string& where) {
    const std::string name = input.getName();
    const ShapeMap* maps[] = {&shapes.min, &shapes.opt, &shapes.max};
    Points points;
    for (size_t p = 0; p < std::size(maps); ++p) {
        if (const Sizes* sizes = findEntry(*maps[p], name)) {
            points.sizes[p] = *sizes;
            continue;
        }
        Sizes sizes = toSizes(input.getDimensions());
        if (input.isShapeTensor()) sizes = Sizes(static_cast<size_t>(opentrt::tools::volume(sizes)), 1);
        for (int64_t& size : sizes) size = size < 0 ? 1 : size;
        points.sizes[p] = sizes;
        if (p == 0)
            warning("input ", name, " has dynamic dimensions and no shapes are given", where, "; taking ",
                    opentrt::tools::str(sizes));
    }
    return points;
}

void setPoints(IOptimizationProfile& profile, const ITensor& input, const Points& points) {
    constexpr OptProfileSelector kPoints[] = {OptProfileSelector::kMIN, OptProfileSelector::kOPT,
                                              OptProfileSelector::kMAX};
    for (size_t p = 0; p < std::size(kPoints); ++p) {
        const Sizes& sizes = points.sizes[p];
        const bool ok = input.isShapeTensor() ? profile.setShapeValuesV2(input.getName(), kPoints[p], sizes.data(),
                                                                         static_cast<int32_t>(sizes.size()))
                                              : profile.setDimensions(input.getName(), kPoints[p], toDims(sizes));
        if (!ok)
            throw Failure("the profile does not take " + opentrt::tools::str(sizes) + " for input " + input.getName());
    }
}

//! A name that matches no input is a typing error.
void checkNames(INetworkDefinition& network, const ProfileShapes& shapes) {
    for (const ShapeMap* map : {&shapes.min, &shapes.opt, &shapes.max}) {
        for (const auto& [name, sizes] : *map) {
            bool found = false;
            for (int32_t i = 0; i < network.getNbInputs(); ++i)
                found = found || matches(name, network.getInput(i)->getName());
            if (!found) throw Failure("shapes are given for " + name + ", which no input of the network is named");
        }
    }
}

//! The entry for a layer, and whether its name was given in full.
template <class T>
std::pair<const T*, bool> entryOf(const std::map<std::string, T>& entries, const std::string& name) {
    return {findEntry(entries, name), entries.count(name) != 0};
}

bool isFloat(DataType type) {
    return !opentrt::tools::isInteger(type);
}

//! Patterns leave alone layers that do not compute with floats.
bool patternSkips(const ILayer& layer) {
    for (int32_t i = 0; i < layer.getNbOutputs(); ++i) {
        const ITensor* output = layer.getOutput(i);
        if (!isFloat(output->getType()) || output->isShapeTensor()) return true;
    }
    return false;
}

void setOutputTypes(ILayer& layer, const std::vector<DataType>& types) {
    const auto count = static_cast<size_t>(layer.getNbOutputs());
    if (types.size() != 1 && types.size() != count)
        throw Failure("--layerOutputTypes gives " + std::to_string(types.size()) + " types when layer " +
                      layer.getName() + " has " + std::to_string(count) + " outputs");
    for (size_t i = 0; i < count; ++i) layer.setOutputType(static_cast<int32_t>(i), types[types.size() == 1 ? 0 : i]);
}

}  // namespace

void setFormats(INetworkDefinition& network, const BuildOptions& build) {
    const auto input = [&](int32_t i) { return network.getInput(i); };
    const auto output = [&](int32_t i) { return network.getOutput(i); };
    setAllFormats(network.getNbInputs(), input, build.inputFormats, "input", build.stronglyTyped);
    setAllFormats(network.getNbOutputs(), output, build.outputFormats, "output", build.stronglyTyped);
}

ShapeMap addProfiles(IBuilder& builder, INetworkDefinition& network, IBuilderConfig& config, const BuildOptions& build,
                     int runProfile) {
    std::vector<const ITensor*> dynamic;
    for (int32_t i = 0; i < network.getNbInputs(); ++i) {
        if (isDynamic(*network.getInput(i))) dynamic.push_back(network.getInput(i));
    }
    ShapeMap runShapes;
    for (size_t p = 0; p < build.profiles.size(); ++p) {
        const ProfileShapes& shapes = build.profiles[p];
        checkNames(network, shapes);
        if (dynamic.empty() && !shapes.opt.empty())
            throw Failure("Static model does not take explicit shapes: every shape is fixed by the model");
        if (dynamic.empty()) continue;
        IOptimizationProfile* profile = builder.createOptimizationProfile();
        if (!profile) throw Failure("the builder makes no optimization profile");
        for (const ITensor* input : dynamic) {
            const Points points =
                pointsOf(*input, shapes, build.profiles.size() > 1 ? " in profile " + std::to_string(p) : "");
            setPoints(*profile, *input, points);
            if (static_cast<int>(p) == runProfile) runShapes[input->getName()] = points.sizes[1];
        }
        if (config.addOptimizationProfile(profile) < 0)
            throw Failure("optimization profile " + std::to_string(p) + " is not valid");
    }
    return runShapes;
}

void setLayers(INetworkDefinition& network, IBuilderConfig& config, const BuildOptions& build) {
    for (int32_t i = 0; i < network.getNbLayers(); ++i) {
        ILayer& layer = *network.getLayer(i);
        if (build.constraints != Constraints::None) {
            const auto [precision, precisionByName] = entryOf(build.layerPrecisions, layer.getName());
            if (precision && (precisionByName || !patternSkips(layer))) layer.setPrecision(*precision);
            const auto [types, typesByName] = entryOf(build.layerOutputTypes, layer.getName());
            if (types && (typesByName || !patternSkips(layer))) setOutputTypes(layer, *types);
        }
        if (const DeviceType* device = findEntry(build.layerDevices, layer.getName()))
            config.setDeviceType(&layer, *device);
        if (layer.getType() == LayerType::kATTENTION_INPUT) {
            IAttention* attention = static_cast<IAttentionInputLayer&>(layer).getAttention();
            const bool wanted =
                std::any_of(build.decomposableAttentions.begin(), build.decomposableAttentions.end(),
                            [&](const std::string& name) { return attention && matches(name, attention->getName()); });
            if (wanted && !attention->setDecomposable(true))
                throw Failure("attention " + std::string(attention->getName()) + " cannot be made decomposable");
        }
    }
}

}  // namespace trtexec
