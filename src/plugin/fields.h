// SPDX-License-Identifier: Apache-2.0
// A PluginFieldCollection as bytes: the state of a generation 3 plugin in a plan. For each field its name, type, length
// and elements, one after another.
#pragma once
#include <memory>
#include <vector>

#include "NvInfer.h"

namespace opentrt::plugin {

std::vector<char> writeFields(const nvinfer1::PluginFieldCollection& fields);

//! The collection and the memory it points to.
class FieldsInMemory {
public:
    //! Throws Error when the bytes are not what writeFields wrote.
    explicit FieldsInMemory(const std::vector<char>& bytes);
    const nvinfer1::PluginFieldCollection& collection() const { return collection_; }

private:
    std::vector<std::unique_ptr<std::string>> names_;
    std::vector<std::vector<char>> data_;
    std::vector<nvinfer1::PluginField> fields_;
    nvinfer1::PluginFieldCollection collection_{};
};

}  // namespace opentrt::plugin
