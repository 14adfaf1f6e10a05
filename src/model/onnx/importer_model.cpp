// SPDX-License-Identifier: Apache-2.0
// The main graph: inputs become network inputs, initializers constants, and outputs network outputs under their names.
#include <unordered_set>

#include "model/onnx/context.h"
#include "model/onnx/importer.h"
#include "model/onnx/operators.h"
#include "model/onnx/schema.h"
#include "opentrt/extension.h"

namespace opentrt::model {
namespace {

//! An optional tensor that enters a network is there: what is left out when it runs is no input of the engine.
const onnx::TensorTypeProto& tensorType(const onnx::ValueInfoProto& info) {
    const auto* optional = info.type.optional.get();
    if (optional && optional->element.tensor) return *optional->element.tensor;
    if (!info.type.tensor) {
        fail(Code::kUNSUPPORTED_GRAPH, cat("\"", info.name,
                                           "\" is not a tensor; sequences, maps and optional values "
                                           "cannot enter or leave a network"));
    }
    return *info.type.tensor;
}

//! Sizes of an input, -1 where the model leaves them open.
std::vector<int64_t> declaredDims(const onnx::ValueInfoProto& info) {
    const auto& type = tensorType(info);
    if (!type.shape) {
        fail(Code::kUNSUPPORTED_GRAPH, cat("input \"", info.name,
                                           "\" has no shape, so its rank is unknown; write the "
                                           "shape into the model"));
    }
    std::vector<int64_t> dims;
    for (const auto& dim : type.shape->dim) {
        // Some exporters write -1 for a size that is open.
        const bool open = !dim.value || *dim.value == -1;
        if (!open && *dim.value < 0) {
            fail(Code::kINVALID_VALUE, cat("input \"", info.name, "\" has the negative dimension ", *dim.value));
        }
        dims.push_back(open ? -1 : *dim.value);
    }
    return dims;
}

}  // namespace

void Importer::importModel() {
    const onnx::GraphProto& graph = *session_.model.proto().graph;
    warnAboutVersions();
    for (const auto& input : graph.input) session_.reserveTensorName(input.name);
    for (const auto& output : graph.output) session_.reserveTensorName(output.name);
    if (!graph.name.empty() && session_.network.getName()[0] == '\0') session_.network.setName(graph.name.c_str());
    addInitializers(graph, main_);
    if (session_.network.getNbInputs() == 0) opentrt::useModelBatch(session_.network);
    addInputs(graph);
    std::vector<const onnx::NodeProto*> nodes;
    for (const auto& node : graph.node) nodes.push_back(&node);
    importNodes(nodes, main_);
    addOutputs(graph);
}

void Importer::warnAboutVersions() {
    const int opset = session_.model.opset("");
    if (opset > kNewestOpset) {
        session_.warn(cat("the model uses opset ", opset, "; the newest known one is ", kNewestOpset,
                          ", so operators whose meaning has changed since would be misread"));
    } else if (opset >= 0 && opset < kOldestOpset) {
        session_.warn(
            cat("the model uses opset ", opset, "; operators are read as opset ", kOldestOpset, " defines them"));
    }
}

void Importer::addInitializers(const onnx::GraphProto& graph, Scope& scope) {
    const auto define = [&](const std::string& name, const auto& read) {
        Value value;
        try {
            value.constant = read();
            if (name.empty()) fail(Code::kINVALID_GRAPH, "an initializer has no name");
            if (scope.defines(name)) fail(Code::kINVALID_GRAPH, cat("initializer \"", name, "\" occurs twice"));
        } catch (const ImportError& error) {
            ModelPlace where;
            where.graph = scope.title();
            session_.errors.add(error, where);
            value = {};
            value.failed = true;
        }
        scope.define(name, std::move(value));
    };
    for (const auto& tensor : graph.initializer) {
        define(tensor.name, [&] { return session_.model.read(tensor); });
    }
    for (const auto& tensor : graph.sparseInitializer) {
        define(tensor.values.name, [&] { return session_.model.readSparse(tensor); });
    }
}

void Importer::addInputs(const onnx::GraphProto& graph) {
    for (const auto& info : graph.input) {
        // Up to IR version 3 every initializer is listed as an input too.
        const Value* known = main_.find(info.name);
        if (known && (known->constant || known->failed)) continue;
        try {
            addInput(info);
        } catch (const ImportError& error) {
            session_.errors.add(error, {});
            Value failed;
            failed.failed = true;
            main_.define(info.name, failed);
        }
    }
}

void Importer::addInput(const onnx::ValueInfoProto& info) {
    if (info.name.empty()) fail(Code::kINVALID_GRAPH, "an input has no name");
    if (main_.defines(info.name)) fail(Code::kINVALID_GRAPH, cat("input \"", info.name, "\" occurs twice"));
    const nvinfer1::Dims dims = toDims(declaredDims(info));
    const nvinfer1::DataType type = networkType(tensorType(info).elementType);
    session_.capture.take();
    nvinfer1::ITensor* tensor = session_.network.addInput(info.name.c_str(), type, dims);
    if (!tensor) {
        fail(Code::kUNSUPPORTED_GRAPH, cat("the network refuses input \"", info.name, "\": ", session_.capture.take()));
    }
    session_.claim(*tensor);
    const onnx::ShapeProto& shape = *tensorType(info).shape;
    for (int i = 0; i < dims.nbDims; ++i) {
        const std::string& symbol = shape.dim[static_cast<size_t>(i)].symbol;
        if (dims.d[i] < 0 && !symbol.empty()) tensor->setDimensionName(i, symbol.c_str());
    }
    Value value;
    value.tensor = tensor;
    value.declaredType = tensorType(info).elementType;
    main_.define(info.name, std::move(value));
}

void Importer::addOutputs(const onnx::GraphProto& graph) {
    if (graph.output.empty()) session_.errors.add(Code::kINVALID_GRAPH, "the graph has no outputs", {});
    std::unordered_set<std::string> seen;
    for (const auto& info : graph.output) {
        if (!seen.insert(info.name).second) continue;
        try {
            addOutput(info);
        } catch (const ImportError& error) {
            session_.errors.add(error, {});
        }
    }
}

void Importer::addOutput(const onnx::ValueInfoProto& info) {
    const std::string& name = info.name;
    Value* value = main_.find(name);
    if (!value) fail(Code::kINVALID_GRAPH, cat("graph output \"", name, "\" is made by no node"));
    if (value->failed) return;
    if (value->sequence)
        fail(Code::kUNSUPPORTED_GRAPH, cat("output \"", name, "\" is a sequence; a network has only tensors"));
    session_.capture.take();
    nvinfer1::INetworkDefinition& network = session_.network;
    const bool constant = value->constant != nullptr;
    nvinfer1::ITensor* tensor = constant ? &session_.constantLayer(value->constant, name + "/constant") : value->tensor;
    // An output is a tensor of its own: not an input, not a constant, not another output.
    const bool shared = tensor->isNetworkInput() || tensor->isNetworkOutput() || constant;
    if (shared) {
        nvinfer1::IIdentityLayer& layer = session_.added(network.addIdentity(*tensor));
        layer.setName(session_.layerName(name + "/output").c_str());
        session_.takeLayers();
        tensor = layer.getOutput(0);
    }
    // A name cannot stand for an input and an output at once.
    const bool taken = value->tensor && value->tensor->isNetworkInput() && name == value->tensor->getName();
    tensor->setName((taken ? "__" + name : name).c_str());
    if (!tensor->isNetworkOutput()) network.markOutput(*tensor);
    if (const std::string reason = session_.capture.take(); !reason.empty()) {
        fail(Code::kUNSUPPORTED_GRAPH, cat("the network refuses output \"", name, "\": ", reason));
    }
}

}  // namespace opentrt::model
