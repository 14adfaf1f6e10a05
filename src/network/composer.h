// SPDX-License-Identifier: Apache-2.0
// Adds the nodes of a layer that several operators express together. Each is called after the layer and its part.
#pragma once
#include "base/error.h"
#include "graph/graph.h"
#include "ops/element_wise.h"

namespace opentrt::network {

class Composer {
public:
    Composer(Graph& graph, const std::string& layer) : graph_(graph), layer_(layer) {}

    const std::string& layer() const { return layer_; }
    const Shape& shape(ValueId value) const { return graph_.fact(value).shape; }
    DType type(ValueId value) const { return graph_.fact(value).type; }
    size_t rank(ValueId value) const { return shape(value).size(); }

    ValueId add(const char* part, std::unique_ptr<Op> op, std::vector<ValueId> inputs);
    //! An operator with several outputs.
    std::vector<ValueId> addAll(const char* part, std::unique_ptr<Op> op, std::vector<ValueId> inputs);
    //! An operator made from `arguments`.
    template <class Operator, class... Arguments>
    ValueId make(const char* part, std::vector<ValueId> inputs, Arguments&&... arguments) {
        return add(part, std::make_unique<Operator>(std::forward<Arguments>(arguments)...), std::move(inputs));
    }
    ValueId constant(const char* part, Tensor tensor);
    ValueId integers(const char* part, const std::vector<int64_t>& values);  //!< i64, 1-D
    ValueId binary(const char* part, ops::ElementWiseOperation operation, ValueId a, ValueId b);
    ValueId cast(ValueId value, DType type);
    ValueId transpose(ValueId value, std::vector<int64_t> order);
    ValueId reshape(ValueId value, std::vector<int64_t> dims);
    ValueId unsqueeze(ValueId value, std::vector<int64_t> axes);
    //! The dimensions of a value, i64; or those at some places.
    ValueId dims(ValueId value);
    ValueId dims(ValueId value, const std::vector<int64_t>& axes);
    //! 0, 1, 2, ... up to a length in a tensor of one element.
    ValueId range(ValueId length);
    //! `size` indices from `start` on along an axis.
    ValueId slice(const char* part, ValueId value, int64_t axis, int64_t start, int64_t size);
    ValueId concatenate(const char* part, std::vector<ValueId> values, int64_t axis);

private:
    Graph& graph_;
    const std::string& layer_;
};

}  // namespace opentrt::network
