// SPDX-License-Identifier: Apache-2.0
// Order in which the nodes of a graph can be imported. Tested by graph_order_test.cpp.
#pragma once
#include <string>
#include <vector>

namespace opentrt::onnx {
struct NodeProto;
}  // namespace opentrt::onnx

namespace opentrt::model {

using NodeList = std::vector<const onnx::NodeProto*>;

//! Indices with producers before users, in file order where that is already so. Names that graphs inside a node take
//! from here count as its inputs. Throws ImportError (kINVALID_GRAPH) naming a node on a cycle.
std::vector<int> executionOrder(const NodeList& nodes);

}  // namespace opentrt::model
