// SPDX-License-Identifier: Apache-2.0
// Operators that only a plugin knows. The creator is looked up by the operator's name and the attributes plugin_version
// and plugin_namespace; the fields that it lists are filled from attributes of the same names.
#include <cstring>

#include "impl/NvInferPythonPlugin.h"
#include "model/onnx/build.h"
#include "model/onnx/lookup.h"
#include "model/onnx/operators.h"
#include "model/onnx/schema.h"

namespace opentrt::model {
namespace {

using nvinfer1::PluginField;
using nvinfer1::PluginFieldType;

//! Fields and the memory they point to.
struct Fields {
    std::vector<PluginField> list;
    std::vector<std::vector<char>> memory;

    template <class T, class Values>
    void add(const char* name, PluginFieldType type, const Values& values) {
        std::vector<char> bytes;
        int32_t count = 0;
        for (const auto value : values) {
            const T element = static_cast<T>(value);
            const auto* begin = reinterpret_cast<const char*>(&element);
            bytes.insert(bytes.end(), begin, begin + sizeof element);
            ++count;
        }
        memory.push_back(std::move(bytes));
        list.emplace_back(name, memory.back().data(), type, count);
    }
};

struct Numbers {
    std::vector<int64_t> integers;
    std::vector<float> reals;
};

Numbers numbersOf(const onnx::AttributeProto& a) {
    Numbers n{a.ints, a.floats};
    if (a.i) n.integers.push_back(*a.i);
    if (a.f) n.reals.push_back(*a.f);
    if (n.reals.empty()) n.reals.assign(n.integers.begin(), n.integers.end());
    return n;
}

//! A creator of unknown types gets what the attribute holds.
PluginFieldType naturalType(const onnx::AttributeProto& a) {
    if (a.s) return PluginFieldType::kCHAR;
    return a.f || !a.floats.empty() ? PluginFieldType::kFLOAT32 : PluginFieldType::kINT32;
}

void addField(Context& c, Fields& fields, const char* name, PluginFieldType type, const onnx::AttributeProto& a) {
    if (a.t) {
        const ConstantPtr constant = c.session.model.read(*a.t);
        const nvinfer1::Weights weights = c.weights(constant);
        fields.memory.emplace_back();
        fields.list.emplace_back(name, weights.values, type, static_cast<int32_t>(weights.count));
        return;
    }
    const Numbers n = numbersOf(a);
    if (type == PluginFieldType::kUNKNOWN) type = naturalType(a);
    switch (type) {
        case PluginFieldType::kCHAR:
            // With the end mark, which plugins of old rely on, beyond the length.
            fields.add<char>(name, type, a.s ? *a.s + '\0' : std::string(n.integers.begin(), n.integers.end()) + '\0');
            --fields.list.back().length;
            return;
        case PluginFieldType::kINT8:
            return fields.add<int8_t>(name, type, n.integers);
        case PluginFieldType::kINT16:
            return fields.add<int16_t>(name, type, n.integers);
        case PluginFieldType::kINT32:
            return fields.add<int32_t>(name, type, n.integers);
        case PluginFieldType::kINT64:
            return fields.add<int64_t>(name, type, n.integers);
        case PluginFieldType::kFLOAT32:
            return fields.add<float>(name, type, n.reals);
        case PluginFieldType::kFLOAT64:
            return fields.add<double>(name, type, n.reals);
        default:
            fail(Code::kUNSUPPORTED_NODE_ATTR, cat("the plugin's field ", name, " is of type ", static_cast<int>(type),
                                                   ", which no attribute can fill"));
    }
}

Fields fieldsFor(Context& c, const nvinfer1::PluginFieldCollection* expected) {
    Fields fields;
    const int32_t count = expected ? expected->nbFields : 0;
    for (int32_t i = 0; i < count; ++i) {
        const PluginField& field = expected->fields[i];
        const onnx::AttributeProto* attribute = field.name ? c.node.find(field.name) : nullptr;
        if (attribute) addField(c, fields, field.name, field.type, *attribute);
    }
    return fields;
}

std::vector<ITensor*> inputsOf(Context& c) {
    std::vector<ITensor*> inputs;
    for (int i = 0; i < c.inputCount(); ++i) {
        if (c.has(i)) inputs.push_back(&c.tensor(i));
    }
    return inputs;
}

void deliver(Context& c, nvinfer1::ILayer& layer) {
    for (int i = 0; i < c.node.outputCount(); ++i) {
        if (!c.wants(i)) continue;
        if (i >= layer.getNbOutputs()) {
            fail(Code::kINVALID_NODE,
                 cat("the plugin has ", layer.getNbOutputs(), " outputs when output ", i, " is used"));
        }
        c.output(i, *layer.getOutput(i));
    }
}

nvinfer1::IPluginCreatorInterface* creatorOf(const std::string& op, const std::string& version,
                                             const std::string& space) {
    nvinfer1::IPluginRegistry* registry = getPluginRegistry();
    return registry ? registry->getCreator(op.c_str(), version.c_str(), space.c_str()) : nullptr;
}

nvinfer1::IPluginV3* made(Context& c, nvinfer1::IPluginCreatorV3One& creator,
                          const nvinfer1::PluginFieldCollection& fields) {
    return creator.createPlugin(c.node.title().c_str(), &fields, nvinfer1::TensorRTPhase::kBUILD);
}
nvinfer1::IPluginV3* made(Context&, nvinfer1::IPluginCreatorV3Quick& creator,
                          const nvinfer1::PluginFieldCollection& fields) {
    return creator.createPlugin(creator.getPluginName(), creator.getPluginNamespace(), &fields,
                                nvinfer1::TensorRTPhase::kBUILD, nvinfer1::QuickPluginCreationRequest::kPREFER_JIT);
}

template <class Creator>
void importV3(Context& c, Creator& creator) {
    const Fields fields = fieldsFor(c, creator.getFieldNames());
    const nvinfer1::PluginFieldCollection collection{static_cast<int32_t>(fields.list.size()), fields.list.data()};
    const std::unique_ptr<nvinfer1::IPluginV3> plugin(made(c, creator, collection));
    if (!plugin) fail(Code::kUNSUPPORTED_NODE, "the plugin creator made no plugin of these attributes");
    std::vector<ITensor*> inputs = inputsOf(c);
    std::vector<ITensor*> shapes;
    for (const int64_t index : c.node.integers("tensorrt_plugin_shape_input_indices")) {
        const int at = checkedAxis(index, static_cast<int>(inputs.size()), "tensorrt_plugin_shape_input_indices");
        shapes.push_back(inputs[static_cast<size_t>(at)]);
    }
    for (ITensor* shape : shapes) inputs.erase(std::find(inputs.begin(), inputs.end(), shape));
    deliver(c, c.add(c.network.addPluginV3(inputs.data(), static_cast<int32_t>(inputs.size()), shapes.data(),
                                           static_cast<int32_t>(shapes.size()), *plugin)));
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
void importV2(Context& c, nvinfer1::IPluginCreatorInterface& found) {
    auto& creator = static_cast<nvinfer1::IPluginCreator&>(found);
    const Fields fields = fieldsFor(c, creator.getFieldNames());
    const nvinfer1::PluginFieldCollection collection{static_cast<int32_t>(fields.list.size()), fields.list.data()};
    const auto destroy = [](nvinfer1::IPluginV2* p) { p->destroy(); };
    const std::unique_ptr<nvinfer1::IPluginV2, decltype(destroy)> plugin(
        creator.createPlugin(c.node.title().c_str(), &collection), destroy);
    if (!plugin) fail(Code::kUNSUPPORTED_NODE, "the plugin creator made no plugin of these attributes");
    const std::vector<ITensor*> inputs = inputsOf(c);
    deliver(c, c.add(c.network.addPluginV2(inputs.data(), static_cast<int32_t>(inputs.size()), *plugin)));
}
#pragma GCC diagnostic pop

}  // namespace

bool hasPlugin(const std::string& op, const std::string& version, const std::string& pluginNamespace) {
    return creatorOf(op, version, pluginNamespace) != nullptr;
}

void importPlugin(Context& c) {
    nvinfer1::IPluginCreatorInterface* creator =
        creatorOf(c.node.op(), c.node.text("plugin_version", "1"), c.node.text("plugin_namespace", ""));
    if (!creator) fail(Code::kUNSUPPORTED_NODE, cat("no plugin creator is registered for operator ", c.node.op()));
    const std::string kind = creator->getInterfaceInfo().kind;
    if (kind == "PLUGIN CREATOR_V3ONE") return importV3(c, static_cast<nvinfer1::IPluginCreatorV3One&>(*creator));
    if (kind == "PLUGIN CREATOR_V3QUICK") return importV3(c, static_cast<nvinfer1::IPluginCreatorV3Quick&>(*creator));
    if (kind == "PLUGIN CREATOR_V1") return importV2(c, *creator);
    fail(Code::kUNSUPPORTED_NODE, cat("plugin creators of kind ", kind, " are not supported by the parser"));
}

}  // namespace opentrt::model
