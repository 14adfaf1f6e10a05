// SPDX-License-Identifier: Apache-2.0
// A network with conditionals or loops as a graph: every construct becomes one If or Loop node with closed bodies.
#pragma once
#include "network/control.h"

namespace opentrt::network {

//! Adds what `outputs` need to `graph`, whose inputs are the network's inputs, in order, and the layers `effects`,
//! which have no outputs: each into the body whose values it reads. Throws Error for constructs that are incomplete or
//! nested in a way that has no meaning.
std::vector<ValueId> buildStructured(Graph& graph, const std::vector<TensorShell*>& inputs,
                                     const std::vector<TensorShell*>& outputs, const std::vector<LayerBase*>& effects);

}  // namespace opentrt::network
