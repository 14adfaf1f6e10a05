// SPDX-License-Identifier: Apache-2.0
// Two searches backwards: from the inputs that have to be shape tensors, and from the network's outputs. Tested by
// network_test.cpp.
#include "network/tensor_roles.h"

#include <algorithm>

#include "network/network.h"
#include "plugin/plugin_op.h"

namespace opentrt::network {

namespace {

//! Whether input `index` of the layer has to be a shape tensor.
bool needsShape(const LayerBase& layer, size_t index) {
    switch (layer.type) {
        case LayerType::kASSERTION:
        case LayerType::kFILL:
            return index == 0;
        case LayerType::kSHUFFLE:
        case LayerType::kRESIZE:
        case LayerType::kTOPK:
        case LayerType::kSQUEEZE:
        case LayerType::kUNSQUEEZE:
        case LayerType::kCUMULATIVE:
        case LayerType::kLOOP_OUTPUT:
            return index == 1;
        case LayerType::kONE_HOT:
            return index == 2;
        case LayerType::kSLICE:
            return index != 0 && index != 4;
        case LayerType::kPLUGIN_V3: {
            const auto shapes = static_cast<size_t>(layer.peek<plugin::PluginOp>().shapeInputs);
            return index >= layer.inputs.size() - shapes;
        }
        default:
            return false;
    }
}

//! Whether the inputs are shape tensors where the output is one.
bool computesShapes(LayerType type) {
    switch (type) {
        case LayerType::kACTIVATION:
        case LayerType::kCAST:
        case LayerType::kCONCATENATION:
        case LayerType::kELEMENTWISE:
        case LayerType::kFILL:
        case LayerType::kGATHER:
        case LayerType::kIDENTITY:
        case LayerType::kMATRIX_MULTIPLY:
        case LayerType::kREDUCE:
        case LayerType::kSELECT:
        case LayerType::kSHUFFLE:
        case LayerType::kSLICE:
        case LayerType::kSQUEEZE:
        case LayerType::kUNARY:
        case LayerType::kUNSQUEEZE:
            return true;
        default:
            return false;
    }
}

//! Adds tensors, and what `next` gives for each of them, until there is nothing new.
template <class Next>
void spread(std::set<const TensorShell*>& found, std::vector<const TensorShell*> pending, const Next& next) {
    while (!pending.empty()) {
        const TensorShell* tensor = pending.back();
        pending.pop_back();
        if (tensor && found.insert(tensor).second && tensor->producer) next(*tensor->producer, pending);
    }
}

void addInputs(const LayerBase& layer, std::vector<const TensorShell*>& pending) {
    if (layer.type == LayerType::kSHAPE) return;  // reads dimensions, not contents
    for (size_t i = 0; i < layer.inputs.size(); ++i) {
        if (!needsShape(layer, i)) pending.push_back(layer.inputs[i]);
    }
}

}  // namespace

TensorRoles rolesOf(const Network& network) {
    TensorRoles roles;
    std::vector<const TensorShell*> shapes, outputs;
    for (const TensorShell* output : network.outputs()) (output->outputForShapes ? shapes : outputs).push_back(output);
    for (const auto& layer : network.layers()) {
        for (size_t i = 0; i < layer->inputs.size(); ++i) {
            if (needsShape(*layer, i)) shapes.push_back(layer->inputs[i]);
        }
    }
    spread(roles.shape, shapes, [](const LayerBase& layer, auto& pending) {
        if (computesShapes(layer.type)) addInputs(layer, pending);
    });
    spread(roles.execution, outputs, [](const LayerBase& layer, auto& pending) {
        addInputs(layer, pending);
        if (!layer.construct) return;
        for (const LayerBase* driver : layer.construct->drivers()) addInputs(*driver, pending);
    });
    return roles;
}

}  // namespace opentrt::network
