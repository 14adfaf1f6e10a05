// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_backend.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "plugin/expressions.h"
#include "plugin/plugin_op.h"
#include "plugin/plugin_step.h"

namespace opentrt::plugin {

namespace {

constexpr const char* kKernel = "plugin.layer";
//! TensorRT's limit, which plugins may count on.
constexpr int kMostCombinations = 100;

const PluginOp& opOf(const Graph& graph, NodeId node) {
    return static_cast<const PluginOp&>(*graph[node].op);
}

PluginTensor tensorOf(const Graph& graph, ValueId value, const SymbolValues& opt) {
    const Fact& fact = graph.fact(value);
    PluginTensor t;
    t.type = fact.type;
    for (const Dim& d : fact.shape) {
        const Interval bounds = d.bounds(graph.ranges);
        const auto within = [](int64_t size) { return std::clamp<int64_t>(size, 0, INT32_MAX); };
        t.dims.push_back(d.isConstant() ? d.constant() : -1);
        t.min.push_back(within(bounds.min));
        t.max.push_back(within(bounds.max));
        std::set<std::string> symbols;
        d.collectSymbols(symbols);
        const bool known = std::all_of(symbols.begin(), symbols.end(), [&](auto& s) { return opt.count(s) > 0; });
        t.opt.push_back(known ? d.eval(opt) : t.max.back());
    }
    return t;
}

Signature signatureOf(const Graph& graph, NodeId id, const SymbolValues& opt) {
    const Node& node = graph[id];
    const PluginOp& op = opOf(graph, id);
    Signature s;
    s.inputs = node.inputs.size() - static_cast<size_t>(op.shapeInputs);
    s.implicitBatch = op.implicitBatch;
    for (size_t i = 0; i < s.inputs; ++i) s.tensors.push_back(tensorOf(graph, node.inputs[i], opt));
    for (const ValueId out : node.outputs) s.tensors.push_back(tensorOf(graph, out, opt));
    if (s.implicitBatch) s.maxBatch = static_cast<int32_t>(s.tensors.front().max.front());
    return s;
}

//! Finds types for all tensors, first those of the network; floats may differ from the network's.
class Negotiation {
public:
    Negotiation(Instance& object, Signature& signature) : object_(object), signature_(signature) {}

    bool find(size_t position = 0) {
        if (position == signature_.tensors.size()) return true;
        DType& type = signature_.tensors[position].type;
        const DType network = type;
        for (const DType candidate : {network, DType::F32, DType::F16}) {
            const bool convertible = network == DType::F32 || network == DType::F16;
            if (candidate != network && !convertible) break;
            if (candidate == network && candidate != type) continue;  // was the first
            type = candidate;
            if (++asked_ > kMostCombinations) break;
            if (object_.supports(static_cast<int>(position), signature_) && find(position + 1)) return true;
        }
        type = network;
        return false;
    }

private:
    Instance& object_;
    Signature& signature_;
    int asked_ = 0;
};

//! The signature in types that the plugin takes. Throws Error.
Signature negotiated(const Graph& graph, NodeId id, const SymbolValues& opt) {
    Signature s = signatureOf(graph, id, opt);
    const PluginOp& op = opOf(graph, id);
    if (Negotiation(*op.object, s).find()) return s;
    std::string types;
    for (const PluginTensor& t : s.tensors) types += cat(types.empty() ? "" : ", ", name(t.type));
    throw Error(ErrorCode::Unsupported, graph[id].name,
                cat("the plugin ", op.name, " takes its tensors (", types,
                    ") in no types in row-major format (kLINEAR), the one that this backend offers to plugins"));
}

//! What plugins allocate from when the application gave no allocator.
class HeapAllocator final : public nvinfer1::IGpuAllocator {
public:
    void* allocate(uint64_t size, uint64_t alignment, nvinfer1::AllocatorFlags) override {
        const uint64_t step = std::max<uint64_t>(alignment, alignof(std::max_align_t));
        return std::aligned_alloc(step, (size + step - 1) / step * step);
    }
    bool deallocate(void* memory) override {
        std::free(memory);
        return true;
    }
};

Resources withAllocator(Resources resources) {
    static HeapAllocator heap;
    if (!resources.allocator) resources.allocator = &heap;
    return resources;
}

//! Errors of plugins get the name of the layer.
template <class F>
auto named(const std::string& layer, const F& body) {
    try {
        return body();
    } catch (const Error& error) {
        if (!error.layer().empty()) throw;
        throw Error(error.code(), layer, error.what(), error.where());
    }
}

//! Shapes of the outputs that depend on size tensors, over the inputs' dimensions as symbols.
void describeSizes(const Graph& graph, NodeId id, PluginStep& step) {
    const Node& node = graph[id];
    const PluginOp& op = opOf(graph, id);
    if (!op.object->takesDynamicShapes()) return;
    const size_t tensors = node.inputs.size() - static_cast<size_t>(op.shapeInputs);
    std::vector<Shape> inputs, contents;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const Fact& fact = graph.fact(node.inputs[i]);
        if (i < tensors) {
            Shape shape = fact.shape;
            for (size_t axis = 0; axis < shape.size(); ++axis) {
                if (!shape[axis].isConstant()) shape[axis] = Dim::symbol(inputSymbol(i, axis));
            }
            inputs.push_back(std::move(shape));
        } else if (fact.constant) {
            contents.push_back(shapeOf(fact.constant->toInts()));
        } else {
            contents.push_back(*fact.elements);
        }
    }
    const OutputShapes out = op.object->shapes(inputs, contents);
    for (const auto& [tensor, upper] : out.sizes) {
        step.sizeTensors.push_back(tensor);
        step.sizeBounds.push_back(upper.str());
    }
    for (size_t o = 0; o < out.shapes.size(); ++o) {
        const bool sized = std::any_of(out.shapes[o].begin(), out.shapes[o].end(), [&](const Dim& d) {
            std::set<std::string> symbols;
            d.collectSymbols(symbols);
            return std::any_of(out.sizes.begin(), out.sizes.end(),
                               [&](const auto& size) { return symbols.count(sizeSymbol(size.first)) > 0; });
        });
        if (!sized) continue;
        step.sizedOutputs.push_back(static_cast<int64_t>(o));
        std::string text;
        for (const Dim& d : out.shapes[o]) text += cat(text.empty() ? "" : ";", d);
        step.sizedShapes.push_back(text);
    }
}

}  // namespace

std::string inputSymbol(size_t input, size_t axis) {
    return cat("i", input, ".", axis);
}

PluginBackend::PluginBackend(nvinfer1::IPluginRegistry* registry, Resources resources)
    : registry_(registry), resources_(std::make_shared<const Resources>(withAllocator(resources))) {}

void PluginBackend::setFactory(nvinfer1::IPluginFactory* factory, DimsLayout layout) {
    factory_ = factory;
    factoryLayout_ = layout;
}

TacticList PluginBackend::tactics(const Graph& graph, NodeId id, const TacticRequest& request) const {
    TacticList list;
    const Node& node = graph[id];
    if (!as<PluginOp>(*node.op)) return list;
    named(node.name, [&] { negotiated(graph, id, request.opt); });
    Tactic tactic;
    tactic.name = cat("plugin.", opOf(graph, id).name);
    tactic.inputs.assign(node.inputs.size(), Format::Linear);
    tactic.outputs.assign(node.outputs.size(), Format::Linear);
    list.tactics.push_back(std::move(tactic));
    return list;
}

CompiledStep PluginBackend::compile(const Graph& graph, NodeId id, const Tactic&, const TacticRequest& request) const {
    return named(graph[id].name, [&] { return compileLayer(graph, id, request); });
}

CompiledStep PluginBackend::compileLayer(const Graph& graph, NodeId id, const TacticRequest& request) const {
    const Node& node = graph[id];
    const PluginOp& op = opOf(graph, id);
    const Signature s = negotiated(graph, id, request.opt);
    for (int o = 0; o < op.object->outputs(); ++o) {
        if (op.object->aliasedInput(o) < 0) continue;
        throw Error(ErrorCode::Unsupported, node.name,
                    cat("output ", o, " of the plugin ", op.name, " is aliased to input ", op.object->aliasedInput(o),
                        "; outputs in the memory of inputs are not supported by this version of OpenTRT"));
    }
    const std::shared_ptr<Instance> object = op.object->clone();
    object->configure(s);
    PluginStep step;
    step.id = op.object->identity();
    step.layer = node.name;
    step.number = op.number;
    step.implicitBatch = s.implicitBatch;
    step.maxBatch = s.maxBatch;
    step.workspace = object->workspaceAtBuild(s);
    step.tactic = object->tacticAtBuild();
    for (const PluginTensor& t : s.tensors) step.types.emplace_back(opentrt::name(t.type));
    describeSizes(graph, id, step);
    object->initialize();
    const std::vector<char> state = object->serialize();
    step.bytes = static_cast<int64_t>(state.size());
    CompiledStep compiled;
    compiled.kernel = kKernel;
    compiled.params = printFields(step);
    Tensor bytes(DType::U8, {std::max<int64_t>(step.bytes, 1)});
    std::copy(state.begin(), state.end(), bytes.mutableAs<char>());
    compiled.weights.push_back(std::move(bytes));
    for (size_t i = 0; i < s.inputs; ++i) compiled.inputs.push_back(static_cast<int>(i));
    const std::lock_guard lock(mutex_);
    live_[op.number] = object;
    return compiled;
}

std::shared_ptr<const Kernel> PluginBackend::load(const std::string& kernel, const std::string& params,
                                                  const std::vector<Tensor>& weights) const {
    auto step = std::make_shared<PluginStep>();
    parseFields(*step, params);
    if (kernel != kKernel || weights.size() != 1 || step->bytes > weights[0].bytes() || step->bytes < 0) {
        throw Error(ErrorCode::InvalidArgument, step->layer, "the plan's description of a plugin layer is damaged");
    }
    const auto* begin = static_cast<const char*>(weights[0].data());
    const std::vector<char> state(begin, begin + step->bytes);
    {
        const std::lock_guard lock(mutex_);
        const auto at = live_.find(step->number);
        if (at != live_.end()) return makeKernel(step, at->second, resources_);
    }
    const auto object = restore(step->id, step->layer, state, registry_, factory_, factoryLayout_);
    named(step->layer, [&] { object->initialize(); });
    return makeKernel(step, object, resources_);
}

CompiledStep PluginBackend::compileReformat(DType, Format, Format) const {
    internalError("a reformat is asked of the backend of plugins");
}

}  // namespace opentrt::plugin
