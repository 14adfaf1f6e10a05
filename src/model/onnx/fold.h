// SPDX-License-Identifier: Apache-2.0
// Evaluates shape arithmetic while parsing. The graph folds constants too, later and completely; the parser needs the
// values that decide what it emits: axes, counts of outputs, and which branch of an If exists. Tested by fold_test.cpp.
#pragma once
#include <span>
#include <vector>

#include "model/onnx/elements.h"
#include "model/onnx/node.h"

namespace opentrt::model {

//! What is known of one input; both null for an input that is left out.
struct FoldInput {
    ElementsPtr elements;                  //!< null when the contents are not tracked
    const nvinfer1::Dims* dims = nullptr;  //!< -1 where dynamic
    nvinfer1::DataType type = nvinfer1::DataType::kFLOAT;
};

//! True for operators that fold() understands, so that callers need not gather inputs for others.
bool isFoldable(const Node& node);
//! Contents of each output as far as they are known; empty when nothing is. Never throws on bad nodes: it then knows
//! nothing, and the importer reports them.
std::vector<ElementsPtr> fold(const Node& node, std::span<const FoldInput> inputs);

}  // namespace opentrt::model
