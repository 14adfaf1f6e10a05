// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/scope.h"

#include <algorithm>

#include "model/onnx/errors.h"

namespace opentrt::model {

Value* Scope::find(const std::string& name) {
    const auto own = values_.find(name);
    if (own != values_.end()) return &own->second;
    Value* found = outer_ ? outer_->find(name) : nullptr;
    if (!found || found->failed) return found;
    if (found->constant) {
        // Each graph makes its own constant layer: a layer belongs to one branch only.
        Value copy = *found;
        copy.tensor = nullptr;
        return &values_.emplace(name, std::move(copy)).first->second;
    }
    if (!conditional_ || found->sequence) return found;
    nvinfer1::IIfConditionalInputLayer* layer = conditional_->addInput(*found->tensor);
    if (!layer || !layer->getOutput(0)) {
        fail(Code::kINTERNAL_ERROR, cat("the network refuses tensor \"", name, "\" as an input of a conditional"));
    }
    layer->setName(cat(title_, "/", name).c_str());
    Value inside = *found;
    inside.tensor = layer->getOutput(0);
    return &values_.emplace(name, std::move(inside)).first->second;
}

const Value* Scope::local(const std::string& name) const {
    const auto own = values_.find(name);
    return own == values_.end() ? nullptr : &own->second;
}

bool Scope::holds(const nvinfer1::ITensor& tensor) const {
    return std::any_of(values_.begin(), values_.end(),
                       [&](const auto& entry) { return entry.second.tensor == &tensor; });
}

}  // namespace opentrt::model
