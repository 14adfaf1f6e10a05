// SPDX-License-Identifier: Apache-2.0
#include "onnx_mutate.h"

#include <fstream>
#include <sstream>

#include "model/onnx/wire_reader.h"
#include "model/onnx/wire_writer.h"

namespace opentrt::fuzz {
namespace {

//! Names of all operators that the parser knows.
constexpr const char* kOperators[] = {
#define OPENTRT_ONNX(domain, op, function) #op,
#include "model/onnx/operators.def"
#undef OPENTRT_ONNX
};

//! Every name that some node or graph of the model uses, to wire things wrongly.
std::vector<std::string> namesOf(const onnx::GraphProto& graph) {
    std::vector<std::string> names{"", "no such tensor"};
    for (const auto& tensor : graph.initializer) names.push_back(tensor.name);
    for (const auto& info : graph.input) names.push_back(info.name);
    for (const auto& node : graph.node) names.insert(names.end(), node.output.begin(), node.output.end());
    return names;
}

void mutateDims(std::vector<int64_t>& dims, Random& random) {
    if (dims.empty() || random.below(3) == 0) {
        dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(random.below(dims.size() + 1)), strangeInteger(random));
    } else if (random.below(2) == 0) {
        dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(random.below(dims.size())));
    } else {
        dims[random.below(dims.size())] = strangeInteger(random);
    }
}

void mutateTensor(onnx::TensorProto& tensor, Random& random) {
    switch (random.below(5)) {
        case 0:
            mutateDims(tensor.dims, random);
            break;
        case 1:
            tensor.dataType = static_cast<int32_t>(random.below(30));
            break;
        case 2:
            tensor.dataLocation = 1;
            break;
        case 3:
            if (int64_t* value = random.pick(tensor.int64Data)) *value = strangeInteger(random);
            break;
        default:
            if (tensor.rawData) tensor.rawData = tensor.rawData->substr(0, random.below(tensor.rawData->size() + 1));
    }
}

void mutateAttribute(onnx::AttributeProto& attribute, Random& random) {
    if (random.below(8) == 0) attribute.type = static_cast<onnx::AttributeType>(random.below(16));
    if (attribute.i) attribute.i = strangeInteger(random);
    if (attribute.f) attribute.f = static_cast<float>(strangeInteger(random));
    if (attribute.s) attribute.s = random.below(2) ? "" : "\xFF\"}{";
    if (!attribute.ints.empty()) mutateDims(attribute.ints, random);
    if (attribute.t) mutateTensor(*attribute.t, random);
}

void mutateGraph(onnx::GraphProto& graph, Random& random, int depth);

void mutateNode(onnx::GraphProto& graph, Random& random, int depth) {
    onnx::NodeProto* node = random.pick(graph.node);
    if (!node) return;
    const std::vector<std::string> names = namesOf(graph);
    switch (random.below(8)) {
        case 0:
            node->opType = kOperators[random.below(std::size(kOperators))];
            break;
        case 1:
            if (std::string* input = random.pick(node->input)) *input = names[random.below(names.size())];
            break;
        case 2:
            node->input.push_back(names[random.below(names.size())]);
            break;
        case 3:
            if (!node->input.empty()) node->input.pop_back();
            break;
        case 4:
            node->output.push_back(names[random.below(names.size())]);
            break;
        case 5:
            if (!node->attribute.empty()) node->attribute.erase(node->attribute.begin());
            break;
        default: {
            onnx::AttributeProto* attribute = random.pick(node->attribute);
            if (!attribute) return;
            if (attribute->g && depth < 8) return mutateGraph(*attribute->g, random, depth + 1);
            mutateAttribute(*attribute, random);
        }
    }
}

void mutateGraph(onnx::GraphProto& graph, Random& random, int depth) {
    switch (random.below(6)) {
        case 0:
            if (onnx::TensorProto* tensor = random.pick(graph.initializer)) mutateTensor(*tensor, random);
            break;
        case 1: {
            onnx::ValueInfoProto* info = random.pick(graph.input);
            if (!info || !info->type.tensor) break;
            info->type.tensor->elementType =
                random.below(3) ? info->type.tensor->elementType : static_cast<int32_t>(random.below(30));
            onnx::DimensionProto* dim = info->type.tensor->shape ? random.pick(info->type.tensor->shape->dim) : nullptr;
            if (dim) dim->value = strangeInteger(random);
            break;
        }
        default:
            mutateNode(graph, random, depth);
    }
}

}  // namespace

std::string mutateModel(const std::string& bytes, Random& random) {
    onnx::ModelProto model;
    const std::function<std::string_view(std::string_view)> inPlace = [](std::string_view view) { return view; };
    try {
        onnx::WireReader(bytes, inPlace).read(model);
    } catch (const std::exception&) {
        return bytes;
    }
    if (!model.graph) return bytes;
    const size_t changes = 1 + random.below(3);
    for (size_t i = 0; i < changes; ++i) mutateGraph(*model.graph, random, 0);
    if (random.below(10) == 0 && !model.opset.empty()) model.opset[0].version = static_cast<int64_t>(random.below(30));
    return onnx::WireWriter::write(model);
}

std::string modelBytes(const std::string& name) {
    std::ifstream file(std::string(OPENTRT_MODELS "/") + name + "/model.onnx", std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

std::vector<std::string> seedModels() {
    std::vector<std::string> models;
    for (const char* name : kModels) models.push_back(modelBytes(name));
    return models;
}

}  // namespace opentrt::fuzz
