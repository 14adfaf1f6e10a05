// SPDX-License-Identifier: Apache-2.0
// The table of operators.
#pragma once
#include <string>

namespace opentrt::model {

class Context;
using ImportFunction = void (*)(Context&);

//! Importer function of an operator, or null. `domain` is "" for ai.onnx.
ImportFunction findImporter(const std::string& domain, const std::string& op);
//! The oldest opset whose meaning the importers know; what older ones said differently is refused node by node.
inline constexpr int kOldestOpset = 7;
//! The newest opset that existed when the importers were written.
inline constexpr int kNewestOpset = 28;

#define OPENTRT_ONNX(domain, op, function) void function(Context& c);
#include "model/onnx/operators.def"
#undef OPENTRT_ONNX

//! Whatever the plugin registry has under the operator's name (import_plugin.cpp).
bool hasPlugin(const std::string& op, const std::string& version, const std::string& pluginNamespace);
void importPlugin(Context& c);
//! The body of a local function in place of the node (import_control.cpp).
void importCall(Context& c);

}  // namespace opentrt::model
