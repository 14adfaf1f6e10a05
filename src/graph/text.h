// SPDX-License-Identifier: Apache-2.0
// The text form of a graph. It is the format of tests, dumps, bug reports and timing-cache keys; print -> parse ->
// print is the identity (fuzzed). One statement a line:
//
//   graph net {
//     stage canonical
//     range N [1,8]
//     input %x: f32[N,3,8,8]
//     const %w: f32[4,3,3,3] = random(7)        # or hex"0000803f...", fill(0.5), [1,2,3] for small tensors, stored(0)
//     %y: f32[N,4,6,6] = Convolution(%x, %w, _) {stride=[1,1]} "conv1"
//     %z: f32[N,4,6,6] = Region(%y) {} "relu1" body { input %a: ... ... output %b }
//     output %z
//   }
//
// Types after ':' are checked against inference when present and may be left out in hand-written tests, except those of
// inputs and constants. '_' is an input left out. Value names are quoted when they are not identifiers: %"a b/c:0".
// Several outputs are separated by commas; the node's name is left out when it follows from the outputs'. `input %s:
// i32[4] shape` is an input whose contents size other tensors, `holds [N+1,4]` one of which more is known. Behind the
// name come the node's options: precision f16, types [f16,_], dla, metadata "...". Tested by text_test.cpp.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "graph/graph.h"

namespace opentrt {

struct PrintOptions {
    //! False: constants print as hash(...), good for logs and goldens, not parsed back. Small integer tensors, which
    //! hold sizes and axes, are printed all the same. Of large tensors the hash reads samples only.
    bool weights = true;
    //! With weights = false: whether the hashes are printed; false makes the text independent of trained contents.
    bool hashes = true;
    //! False: values are numbered, names and metadata dropped: the canonical text used in timing-cache keys.
    bool names = true;
    //! The number under which a constant is kept elsewhere: "stored(3)". Nothing, or none at all: it is printed.
    std::function<std::optional<size_t>(const Value&)> store = {};
};
std::string print(const Graph& graph, const PrintOptions& options = {});
//! Throws Error with line and column. `stored`: what is kept elsewhere.
Graph parseGraph(std::string_view text, const std::vector<Tensor>& stored = {});
//! One operator from "Softmax{axis=1}"; throws Error naming an unknown kind or field.
std::unique_ptr<Op> parseOp(std::string_view text);

}  // namespace opentrt
