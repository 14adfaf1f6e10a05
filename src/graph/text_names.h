// SPDX-License-Identifier: Apache-2.0
// Conventions that the printer and the parser of the text form share.
#pragma once
#include <string>
#include <vector>

#include "graph/graph.h"

namespace opentrt {

const char* stageName(Stage stage);
std::string graphNameText(const std::string& graphName);
//! "%x", or %"..." when the name is no word.
std::string valueNameText(const std::string& valueName);
//! The node name that the text leaves out: that of the only output, or the stem of "stem:0".
std::string impliedNodeName(const std::vector<std::string>& outputs);

}  // namespace opentrt
