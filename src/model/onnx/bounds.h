// SPDX-License-Identifier: Apache-2.0
// Bounds that keep a hostile model from exhausting stack or memory. Real models stay far below.
#pragma once

namespace opentrt::model {

//! Graphs within graphs and functions within functions.
inline constexpr int kGraphDepth = 64;
//! Nesting of protobuf messages: a graph within a graph takes three levels (graph, node, attribute).
inline constexpr int kMessageDepth = 3 * kGraphDepth + 16;
//! Nodes imported from one model, those of functions counted at each call.
inline constexpr int kMostNodes = 4000000;

}  // namespace opentrt::model
