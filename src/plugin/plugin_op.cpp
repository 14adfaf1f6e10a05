// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_op.h"

#include <set>

#include "base/error.h"
#include "plugin/expressions.h"

namespace opentrt::plugin {

namespace {

using Replacement = std::map<std::string, Dim, std::less<>>;

//! A size tensor's symbol becomes a size of this node, bound where it is a whole dimension of an output.
Replacement dataSizes(InferContext& c, const OutputShapes& out) {
    Replacement sizes;
    for (const auto& [tensor, upper] : out.sizes) {
        const Dim symbol = Dim::symbol(sizeSymbol(tensor));
        for (size_t o = 0; o < out.shapes.size() && !sizes.count(symbol.symbolName()); ++o) {
            for (size_t axis = 0; axis < out.shapes[o].size(); ++axis) {
                if (!(out.shapes[o][axis] == symbol)) continue;
                sizes.emplace(symbol.symbolName(),
                              c.dataDependentSize(static_cast<int>(o), static_cast<int>(axis), upper));
                break;
            }
        }
        c.require(sizes.count(symbol.symbolName()) > 0,
                  cat("output ", tensor,
                      " is a size tensor, but no output has it as a dimension; only sizes that are a dimension by "
                      "themselves are supported"));
    }
    return sizes;
}

}  // namespace

PluginOp::PluginOp(std::shared_ptr<Instance> o, int64_t index, int64_t shapes, bool batch)
    : name(o->identity().name),
      version(o->identity().version),
      space(o->identity().space),
      number(index),
      shapeInputs(shapes),
      implicitBatch(batch),
      object(std::move(o)) {}

OutputShapes PluginOp::shapes(const InferContext& c, int tensors) const {
    std::vector<Shape> inputs, contents;
    for (int i = 0; i < tensors; ++i) {
        Shape shape = c.shape(i);
        if (implicitBatch) shape.erase(shape.begin());
        c.require(object->takesDynamicShapes() || isStatic(shape),
                  cat("input ", i, " has the varying shape ", str(shape), " when the plugin ", name,
                      " takes fixed shapes; use IPluginV2DynamicExt or IPluginV3"));
        inputs.push_back(std::move(shape));
    }
    for (int i = tensors; i < c.inputCount(); ++i) {
        const auto elements = c.elements(i);
        c.require(elements.has_value(), cat("shape input ", i - tensors, " of the plugin ", name,
                                            " holds values that are computed from data; only sizes can be given"));
        contents.push_back(*elements);
    }
    return object->shapes(inputs, contents);
}

void PluginOp::infer(InferContext& c) const {
    c.require(object != nullptr, cat("the plugin ", name, " has no object in this process"));
    const int tensors = c.inputCount() - static_cast<int>(shapeInputs);
    c.require(tensors >= 0 && c.outputCount() == object->outputs(),
              cat("the plugin has ", object->outputs(), " outputs when the layer has ", c.outputCount()));
    c.require(!implicitBatch || tensors > 0, "a plugin without inputs needs an explicit batch dimension");
    OutputShapes out = shapes(c, tensors);
    const Replacement sizes = dataSizes(c, out);
    std::vector<DType> given;
    for (int i = 0; i < tensors; ++i) given.push_back(c.type(i));
    const std::vector<DType> types = object->types(given);
    for (int o = 0; o < c.outputCount(); ++o) {
        Shape& shape = out.shapes[static_cast<size_t>(o)];
        for (Dim& d : shape) d = d.substitute(sizes);
        if (implicitBatch) shape.insert(shape.begin(), c.shape(0).front());
        c.output(o, types[static_cast<size_t>(o)], shape);
        const auto size = sizes.find(sizeSymbol(o));
        if (size != sizes.end()) c.outputElements(o, {size->second});
    }
}

void PluginOp::eval(EvalContext& c) const {
    c.fail(cat("the plugin ", name, " runs in engines only"));
}

}  // namespace opentrt::plugin
