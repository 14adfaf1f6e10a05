// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/importer.h"

#include <new>

#include "model/onnx/bounds.h"
#include "model/onnx/context.h"
#include "model/onnx/fold.h"
#include "model/onnx/operators.h"
#include "model/onnx/schema.h"

namespace opentrt::model {
namespace {

NodeList listOf(const std::vector<onnx::NodeProto>& nodes) {
    NodeList list;
    for (const auto& node : nodes) list.push_back(&node);
    return list;
}

//! The layers of the node around a body are named by that node, not by the first one inside.
class LayersAside {
public:
    explicit LayersAside(Session& session) : session_(session), layers_(session.takeLayers()) {}
    ~LayersAside() { session_.returnLayers(std::move(layers_)); }
    LayersAside(const LayersAside&) = delete;
    LayersAside& operator=(const LayersAside&) = delete;

private:
    Session& session_;
    std::vector<nvinfer1::ILayer*> layers_;
};

class FunctionEntered {
public:
    FunctionEntered(Session& session, const std::string& name) : session_(session) {
        session_.functions.push_back(name);
    }
    ~FunctionEntered() { session_.functions.pop_back(); }
    FunctionEntered(const FunctionEntered&) = delete;
    FunctionEntered& operator=(const FunctionEntered&) = delete;

private:
    Session& session_;
};

bool produces(const nvinfer1::ILayer& layer, const nvinfer1::ITensor* tensor) {
    for (int i = 0; i < layer.getNbOutputs(); ++i) {
        if (layer.getOutput(i) == tensor) return true;
    }
    return false;
}

}  // namespace

void Importer::importBody(const onnx::GraphProto& graph, Scope& scope) {
    if (scope.depth() > kGraphDepth) {
        fail(Code::kUNSUPPORTED_GRAPH, cat("graphs are nested more than ", kGraphDepth, " deep"));
    }
    const LayersAside aside(session_);
    addInitializers(graph, scope);
    importNodes(listOf(graph.node), scope);
}

Value& Importer::bodyOutput(const onnx::GraphProto& graph, int index, Scope& scope) {
    if (index >= static_cast<int>(graph.output.size())) {
        fail(Code::kINVALID_GRAPH,
             cat("graph \"", graph.name, "\" has ", graph.output.size(), " outputs when ", index + 1, " are needed"));
    }
    const std::string& name = graph.output[static_cast<size_t>(index)].name;
    Value* value = scope.find(name);
    if (!value)
        fail(Code::kINVALID_GRAPH, cat("output \"", name, "\" of graph \"", graph.name, "\" is made by no node"));
    if (value->failed) throw Skipped{};
    return *value;
}

void Importer::importFunction(const onnx::FunctionProto& function, Scope& scope) {
    if (session_.functions.size() >= static_cast<size_t>(kGraphDepth)) {
        fail(Code::kUNSUPPORTED_GRAPH, cat("local functions call each other more than ", kGraphDepth, " deep; is \"",
                                           function.name, "\" recursive?"));
    }
    const LayersAside aside(session_);
    const FunctionEntered entered(session_, function.name);
    importNodes(listOf(function.node), scope);
}

int Importer::opsetOf(const std::string& domain, const Scope& scope) const {
    if (scope.function()) {
        for (const auto& import : scope.function()->opset) {
            if (import.domain == domain || (domain.empty() && import.domain == "ai.onnx")) {
                return static_cast<int>(std::min<int64_t>(import.version, 1 << 20));
            }
        }
    }
    return session_.model.opset(domain);
}

void Importer::importNodes(const NodeList& nodes, Scope& scope) {
    const bool main = &scope == &main_;
    std::vector<int> order;
    try {
        order = executionOrder(nodes);
    } catch (const ImportError& error) {
        if (!main) throw;
        session_.errors.add(error, {});
        return;
    }
    if (main) states_.assign(nodes.size(), NodeState::Pending);
    for (const int index : order) {
        const onnx::NodeProto& proto = *nodes[static_cast<size_t>(index)];
        const std::string domain = proto.domain == "ai.onnx" ? "" : proto.domain;
        const Node node(proto, index, opsetOf(domain, scope), scope.caller(), scope.function(), &scope.leftOut());
        const NodeState state = importNode(node, scope);
        if (main) states_[static_cast<size_t>(index)] = state;
    }
    if (main) order_ = std::move(order);
}

NodeState Importer::importNode(const Node& node, Scope& scope) {
    NodeState state = NodeState::Imported;
    session_.titles.push_back(node.title());
    session_.capture.take();
    try {
        if (++session_.nodes > kMostNodes)
            fail(Code::kUNSUPPORTED_GRAPH, cat("the model expands to more than ", kMostNodes, " nodes"));
        runImporter(node, scope);
    } catch (const ImportError& error) {
        report(error, node, scope);
        state = NodeState::Failed;
    } catch (const Skipped&) {
        state = NodeState::Skipped;
    } catch (const Refused&) {
        report(session_.refusal(Place::current()), node, scope);
        state = NodeState::Failed;
    } catch (const std::bad_alloc&) {
        report(ImportError(Code::kMEM_ALLOC_FAILED, "out of memory", Place::current()), node, scope);
        state = NodeState::Failed;
    } catch (const std::exception& error) {
        report(ImportError(Code::kINTERNAL_ERROR, error.what(), Place::current()), node, scope);
        state = NodeState::Failed;
    }
    nameLayers(node, scope);
    session_.titles.pop_back();
    if (state == NodeState::Imported) return state;
    for (int i = 0; i < node.outputCount(); ++i) {
        Value failed;
        failed.failed = true;
        if (node.hasOutput(i) && !scope.define(node.output(i), failed)) scope.find(node.output(i))->failed = true;
    }
    return state;
}

void Importer::runImporter(const Node& node, Scope& scope) {
    if (!knows(node)) {
        const std::string& domain = node.domain();
        fail(Code::kUNSUPPORTED_NODE,
             cat("operator ", domain.empty() ? "" : domain + "::", node.op(),
                 " is not known; load a plugin of this name, or replace the node by operators that are"));
    }
    if (node.opset() < 0 && !session_.model.function(node.proto())) {
        fail(Code::kINVALID_GRAPH, cat("the model imports no version of domain \"", node.domain(), "\""));
    }
    for (int i = 0; i < node.inputCount(); ++i) {
        const Value* value = node.hasInput(i) ? scope.find(node.input(i)) : nullptr;
        if (!value || !value->failed) continue;
        reportUnknown(node, scope, 0);
        throw Skipped{};
    }
    std::vector<ElementsPtr> contents;
    if (foldNode(node, scope, contents)) return;

    Context context(*this, session_, scope, node);
    const bool override = session_.flag(nvonnxparser::OnnxParserFlag::kENABLE_PLUGIN_OVERRIDE) &&
                          hasPlugin(node.op(), node.text("plugin_version", "1"), node.text("plugin_namespace", ""));
    const ImportFunction import = findImporter(node.domain(), node.op());
    if (session_.model.function(node.proto())) {
        importCall(context);
    } else if (import && !override) {
        import(context);
    } else {
        importPlugin(context);
    }
    noteUnread(node);
    for (int i = 0; i < node.outputCount(); ++i) {
        if (!node.hasOutput(i)) continue;
        if (!scope.defines(node.output(i))) {
            fail(Code::kUNSUPPORTED_NODE,
                 cat("output ", i, " \"", node.output(i), "\" of this operator is not supported"));
        }
        Value& value = *scope.find(node.output(i));
        const auto at = static_cast<size_t>(i);
        if (at < contents.size() && !value.elements && !value.constant) value.elements = contents[at];
    }
}

//! An attribute that the importer does not know may change the meaning of the node; mostly it says nothing of interest.
void Importer::noteUnread(const Node& node) {
    for (const std::string& name : node.unreadAttributes()) {
        session_.log(nvinfer1::ILogger::Severity::kVERBOSE, cat("node ", node.index(), " \"", node.title(), "\" (",
                                                                node.op(), "): attribute ", name, " is not used"));
    }
}

bool Importer::foldNode(const Node& node, Scope& scope, std::vector<ElementsPtr>& contents) {
    if (!isFoldable(node)) return false;
    Context context(*this, session_, scope, node);
    std::vector<FoldInput> inputs(static_cast<size_t>(node.inputCount()));
    std::vector<nvinfer1::Dims> dims(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
        const int at = static_cast<int>(i);
        if (!node.hasInput(at)) continue;
        const Value* value = scope.find(node.input(at));
        if (value && value->sequence) return false;
        inputs[i].elements = context.elements(at);
        inputs[i].type = context.type(at);
        dims[i] = context.dims(at);
        inputs[i].dims = &dims[i];
    }
    contents = fold(node, inputs);
    if (contents.empty() || !contents[0]->complete()) return false;
    Value value;
    value.constant = constantOf(*contents[0]);
    value.elements = contents[0];
    context.forward(0, std::move(value));
    return true;
}

bool Importer::knows(const Node& node) const {
    if (session_.model.function(node.proto())) return true;
    if (findImporter(node.domain(), node.op())) return true;
    return hasPlugin(node.op(), node.text("plugin_version", "1"), node.text("plugin_namespace", ""));
}

void Importer::reportUnknown(const Node& node, const Scope& scope, int depth) {
    if (depth > kGraphDepth) return;
    forEachGraph(node.proto(), [&](const onnx::GraphProto& graph) {
        int index = 0;
        for (const auto& proto : graph.node) {
            const std::string domain = proto.domain == "ai.onnx" ? "" : proto.domain;
            const Node inner(proto, index++, opsetOf(domain, scope), scope.caller(), scope.function());
            if (!knows(inner)) {
                report(ImportError(Code::kUNSUPPORTED_NODE, cat("operator ", inner.op(), " is not known"),
                                   Place::current()),
                       inner, scope);
            }
            reportUnknown(inner, scope, depth + 1);
        }
    });
}

void Importer::report(const ImportError& error, const Node& node, const Scope& scope) {
    ModelPlace where{node.index(), node.name(), node.op(), node.opset(), scope.title(), session_.functions};
    session_.errors.add(error, std::move(where));
}

//! The layer that makes the node's first output bears the node's name; its helpers the name with their kind behind.
void Importer::nameLayers(const Node& node, const Scope& scope) {
    const std::vector<nvinfer1::ILayer*> layers = session_.takeLayers();
    if (layers.empty()) return;
    const Value* first = scope.local(node.output(0));
    nvinfer1::ILayer* main = layers.back();
    for (nvinfer1::ILayer* layer : layers) {
        if (first && first->tensor && produces(*layer, first->tensor)) main = layer;
    }
    std::string metadata = "[ONNX Layer: ";
    for (size_t i = 0; i < session_.titles.size(); ++i) metadata += (i ? " | " : "") + session_.titles[i];
    metadata += "]";
    int helper = 0;
    for (nvinfer1::ILayer* layer : layers) {
        const std::string wanted = layer == main ? node.title() : cat(node.title(), "/", ++helper);
        layer->setName(session_.layerName(wanted).c_str());
        layer->setMetadata(metadata.c_str());
    }
}

}  // namespace opentrt::model
