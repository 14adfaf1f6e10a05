// SPDX-License-Identifier: Apache-2.0
// The parts of a graph: values and nodes, with the ids by which they name each other. Part of graph.h.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/op.h"

namespace opentrt {

template <class Tag>
struct Id {
    int32_t index = -1;
    bool valid() const { return index >= 0; }
    friend bool operator==(Id, Id) = default;
    friend auto operator<=>(Id, Id) = default;
};
using NodeId = Id<struct NodeTag>;
using ValueId = Id<struct ValueTag>;

//! Legal forms of a graph, checked by the verifier (graph/verify.h).
enum class Stage { Imported, Canonical, Planned };

//! Where a node may run and how exactly it must compute; set by the public API.
struct NodeOptions {
    std::optional<DType> precision;                 //!< ILayer::setPrecision
    std::vector<std::optional<DType>> outputTypes;  //!< ILayer::setOutputType
    bool onDla = false;
    std::string metadata;  //!< free text of the user, e.g. the ONNX node
};

struct Use {
    NodeId node;
    int input;
};

//! Which weights of a layer a constant holds; what a refittable plan needs to know.
struct WeightOrigin {
    std::string layer;
    std::string role;          //!< "kernel", "bias", "scale", ...
    DType given = DType::F32;  //!< the type in which the user gave them
    const void* values = nullptr;
};

struct Value {
    std::string name;
    Fact fact;
    NodeId producer;  //!< invalid for graph inputs and constants
    int output = 0;   //!< index among the producer's outputs
    std::vector<Use> uses;
    std::shared_ptr<const WeightOrigin> origin;  //!< null when it holds no weights of the API
};

struct Node {
    std::string name;  //!< layer name; fused nodes join names as TensorRT does: "conv1 + relu1"
    std::unique_ptr<Op> op;
    std::vector<ValueId> inputs;  //!< an invalid id is an optional input left out
    std::vector<ValueId> outputs;
    std::vector<std::unique_ptr<Graph>> bodies;
    NodeOptions options;
    bool dead = false;
};

//! The node, or one in its bodies, has side effects: it stays though nobody reads its results.
bool actsOnTheWorld(const Node& node);

//! A size known only after the node has run: the run binds `symbol` to the size of `axis` of `value`.
struct DataSize {
    ValueId value;
    int axis;
    std::string symbol;
    Dim upperBound;  //!< in terms of other symbols
};

}  // namespace opentrt
