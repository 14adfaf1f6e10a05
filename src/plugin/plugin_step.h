// SPDX-License-Identifier: Apache-2.0
// What a plan says about a plugin layer, and the kernel made of it.
#pragma once
#include "backends/backend.h"
#include "base/fields.h"
#include "plugin/instance.h"

namespace opentrt::plugin {

//! The parameters of a plan's step, as text; the plugin's own bytes are the step's only weight.
struct PluginStep : HasFields {
    Identity id;
    std::string layer;
    int64_t number = 0;  //!< PluginOp::number
    bool implicitBatch = false;
    int64_t maxBatch = 1;
    int64_t workspace = 0;
    int64_t tactic = 0;
    int64_t bytes = 0;
    std::vector<std::string> types;  //!< in which the plugin sees its tensors, inputs first
    //! Of outputs that depend on size tensors: their shapes over sizeSymbol() and "i<input>.<axis>".
    std::vector<int64_t> sizedOutputs;
    std::vector<std::string> sizedShapes;
    std::vector<int64_t> sizeTensors;
    std::vector<std::string> sizeBounds;

    void fields(FieldVisitor& v) override {
        v.field("generation", id.generation);
        v.field("name", id.name);
        v.field("version", id.version);
        v.field("namespace", id.space);
        v.field("layer", layer);
        v.field("number", number);
        v.field("implicitBatch", implicitBatch);
        v.field("maxBatch", maxBatch);
        v.field("workspace", workspace);
        v.field("tactic", tactic);
        v.field("bytes", bytes);
        v.field("types", types);
        v.field("sizedOutputs", sizedOutputs);
        v.field("sizedShapes", sizedShapes);
        v.field("sizeTensors", sizeTensors);
        v.field("sizeBounds", sizeBounds);
    }
};

//! Dimension `axis` of input `input` in PluginStep::sizedShapes.
std::string inputSymbol(size_t input, size_t axis);

//! `object` is initialized.
std::shared_ptr<const Kernel> makeKernel(std::shared_ptr<const PluginStep> step, std::shared_ptr<Instance> object,
                                         std::shared_ptr<const Resources> resources);

}  // namespace opentrt::plugin
