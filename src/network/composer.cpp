// SPDX-License-Identifier: Apache-2.0
#include "network/composer.h"

#include "ops/cast.h"
#include "ops/concatenation.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/reshape.h"
#include "ops/shape_of.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "ops/unsqueeze.h"

namespace opentrt::network {

ValueId Composer::add(const char* part, std::unique_ptr<Op> op, std::vector<ValueId> inputs) {
    return graph_.add(std::move(op), std::move(inputs), graph_.uniqueName(cat(layer_, ".", part)));
}

std::vector<ValueId> Composer::addAll(const char* part, std::unique_ptr<Op> op, std::vector<ValueId> inputs) {
    const NodeId node = graph_.addNode(std::move(op), std::move(inputs), graph_.uniqueName(cat(layer_, ".", part)));
    return graph_[node].outputs;
}

ValueId Composer::constant(const char* part, Tensor tensor) {
    return graph_.addConstant(graph_.uniqueName(cat(layer_, ".", part)), std::move(tensor));
}

ValueId Composer::integers(const char* part, const std::vector<int64_t>& values) {
    return constant(part, Tensor::of(DType::I64, {static_cast<int64_t>(values.size())}, values));
}

ValueId Composer::binary(const char* part, ops::ElementWiseOperation operation, ValueId a, ValueId b) {
    return make<ops::ElementWise>(part, {a, b}, operation);
}

ValueId Composer::cast(ValueId value, DType to) {
    return type(value) == to ? value : make<ops::Cast>("cast", {value}, to);
}

ValueId Composer::transpose(ValueId value, std::vector<int64_t> order) {
    return make<ops::Transpose>("transpose", {value}, std::move(order));
}

ValueId Composer::reshape(ValueId value, std::vector<int64_t> to) {
    return make<ops::Reshape>("reshape", {value}, std::move(to));
}

ValueId Composer::unsqueeze(ValueId value, std::vector<int64_t> axes) {
    return make<ops::Unsqueeze>("unsqueeze", {value}, std::move(axes));
}

ValueId Composer::dims(ValueId value) {
    return make<ops::ShapeOf>("dims", {value}, DType::I64);
}

ValueId Composer::dims(ValueId value, const std::vector<int64_t>& axes) {
    return make<ops::Gather>("dims", {dims(value), integers("axes", axes)}, int64_t{0});
}

ValueId Composer::range(ValueId length) {
    auto fill = std::make_unique<ops::Fill>();
    fill->type = DType::I64;
    fill->beta = 1;
    return add("range", std::move(fill), {length});
}

ValueId Composer::slice(const char* part, ValueId value, int64_t axis, int64_t start, int64_t size) {
    using List = std::vector<int64_t>;
    return make<ops::Slice>(part, {value}, List{start}, List{size}, List{1}, List{axis});
}

ValueId Composer::concatenate(const char* part, std::vector<ValueId> values, int64_t axis) {
    return values.size() == 1 ? values[0] : make<ops::Concatenation>(part, std::move(values), axis);
}

}  // namespace opentrt::network
