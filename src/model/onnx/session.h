// SPDX-License-Identifier: Apache-2.0
// What all nodes of one import share: the network, the model, the errors, the constants that layers point to, and the
// names that are taken.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "model/onnx/error_capture.h"
#include "model/onnx/model_file.h"
#include "model/onnx/parser_error.h"

namespace opentrt::model {

class Session {
public:
    Session(nvinfer1::INetworkDefinition& network, nvinfer1::ILogger& logger, ModelFile& model, ErrorList& errors,
            nvonnxparser::OnnxParserFlags flags)
        : network(network), logger(logger), model(model), errors(errors), flags(flags), capture(network) {}

    nvinfer1::INetworkDefinition& network;
    nvinfer1::ILogger& logger;
    ModelFile& model;
    ErrorList& errors;
    nvonnxparser::OnnxParserFlags flags;
    ErrorCapture capture;

    void log(nvinfer1::ILogger::Severity severity, const std::string& text) { logger.log(severity, text.c_str()); }
    void warn(const std::string& text) { log(nvinfer1::ILogger::Severity::kWARNING, text); }
    bool flag(nvonnxparser::OnnxParserFlag which) const { return (flags >> static_cast<uint32_t>(which)) & 1U; }

    //! Weights for a layer; the constant lives as long as the parser. Named after the initializer, for refit.
    nvinfer1::Weights weights(std::shared_ptr<const Constant> constant);
    //! A constant layer. Fails for more dimensions than a network has.
    nvinfer1::ITensor& constantLayer(std::shared_ptr<const Constant> constant, const std::string& name);
    //! Throws ImportError with the network's own words when `layer` is null; else notes it for naming.
    template <class Layer>
    Layer& added(Layer* layer, Place place = Place::current()) {
        if (!layer) refused(place);
        noted(*layer);
        return *layer;
    }

    //! What the network said last, as an error of the node.
    ImportError refusal(Place place);
    [[noreturn]] void refused(Place place) { throw refusal(place); }

    //! `wanted`, or with a number behind it when taken.
    std::string layerName(const std::string& wanted) { return unique(layerNames_, wanted); }
    std::string tensorName(const std::string& wanted) { return unique(tensorNames_, wanted); }
    void reserveTensorName(const std::string& name) { tensorNames_.emplace(name, 0); }
    //! True the first time: a tensor keeps the first name it gets.
    bool claim(const nvinfer1::ITensor& tensor) { return claimed_.insert(&tensor).second; }

    //! Layers added since the last call, in order.
    std::vector<nvinfer1::ILayer*> takeLayers() { return std::exchange(layers_, {}); }
    void returnLayers(std::vector<nvinfer1::ILayer*> layers) { layers_ = std::move(layers); }

    std::vector<std::string> functions;  //!< local functions being expanded, outermost first
    std::vector<std::string> titles;     //!< nodes being imported, outermost first
    int nodes = 0;                       //!< imported so far
    bool squeezeIsGuarded = false;       //!< a Squeeze may meet other dimensions than 1 at run time

    //! The shared_ptrs that `weights` got; the parser takes them over at the end.
    std::vector<std::shared_ptr<const Constant>> kept;

private:
    using Names = std::unordered_map<std::string, int>;
    static std::string unique(Names& names, const std::string& wanted);
    void noted(nvinfer1::ILayer& layer);

    Names layerNames_;
    Names tensorNames_;
    std::unordered_set<const nvinfer1::ITensor*> claimed_;
    std::unordered_set<const Constant*> keptSet_;
    std::unordered_set<std::string> weightsNames_;
    std::vector<nvinfer1::ILayer*> layers_;
};

}  // namespace opentrt::model
