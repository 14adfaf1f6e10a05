// SPDX-License-Identifier: Apache-2.0
// The text form of a graph. It is the format of tests, dumps, bug reports and timing-cache keys; print -> parse -> print is
// the identity (fuzzed). One statement a line:
//
//   graph net {
//     stage canonical
//     range N [1,8]
//     input %x: f32[N,3,8,8]
//     const %w: f32[4,3,3,3] = random(7)        # or hex"0000803f...", fill(0.5), [1,2,3] for small tensors
//     %y: f32[N,4,6,6] = Convolution(%x, %w, _) {stride=[1,1]} "conv1"
//     %z: f32[N,4,6,6] = Region(%y) {} "relu1" body { input %a: ... ... output %b }
//     output %z
//   }
//
// Types after ':' are checked against inference when present and may be left out in hand-written tests. '_' is an input
// left out. Value names are quoted when they are not identifiers: %"a b/c:0".
#pragma once
#include <string>
#include <string_view>

#include "graph/graph.h"

namespace opentrt {

struct PrintOptions {
    bool weights = true;  //!< false: constants print as hash(…), good for logs and goldens, not parsed back
    bool names = true;    //!< false: values are numbered, names dropped: the canonical text used in timing-cache keys
};
std::string print(const Graph& graph, const PrintOptions& options = {});
//! Throws Error with line and column.
Graph parseGraph(std::string_view text);
//! One operator from "Softmax{axis=1}"; throws Error naming an unknown kind or field.
std::unique_ptr<Op> parseOp(std::string_view text);

}  // namespace opentrt
