// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/session.h"

#include "model/onnx/dims.h"

namespace opentrt::model {

nvinfer1::Weights Session::weights(std::shared_ptr<const Constant> constant) {
    const nvinfer1::Weights weights = constant->weights();
    if (keptSet_.insert(constant.get()).second) {
        // A view of an initializer under other dimensions shares its name, which is given once.
        const bool named = !constant->name.empty() && constant->count > 0;
        if (named && weightsNames_.insert(constant->name).second)
            network.setWeightsName(weights, constant->name.c_str());
        kept.push_back(std::move(constant));
    }
    return weights;
}

nvinfer1::ITensor& Session::constantLayer(std::shared_ptr<const Constant> constant, const std::string& name) {
    const nvinfer1::Dims dims = toDims(constant->dims);
    nvinfer1::IConstantLayer* layer = network.addConstant(dims, weights(std::move(constant)));
    if (!layer || !layer->getOutput(0)) refused(Place::current());
    layer->setName(layerName(name).c_str());
    return *layer->getOutput(0);
}

std::string Session::unique(Names& names, const std::string& wanted) {
    const auto [found, fresh] = names.emplace(wanted, 0);
    if (fresh) return wanted;
    for (;;) {
        std::string candidate = cat(wanted, "_", ++found->second);
        if (names.emplace(candidate, 0).second) return candidate;
    }
}

void Session::noted(nvinfer1::ILayer& layer) {
    layers_.push_back(&layer);
    // Until the node is done the layer bears its name alone, so that complaints of the network name it.
    if (!titles.empty()) layer.setName(titles.back().c_str());
}

ImportError Session::refusal(Place place) {
    std::string reason = capture.take();
    if (reason.empty()) reason = "the network refuses the layer without giving a reason";
    return {Code::kUNSUPPORTED_NODE, reason, place};
}

}  // namespace opentrt::model
