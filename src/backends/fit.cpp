// SPDX-License-Identifier: Apache-2.0
#include "backends/fit.h"

#include "base/error.h"
#include "graph/limits.h"

namespace opentrt {

namespace {

//! Symbols are sizes that only the run knows.
bool mayBe(const Fact& fact, const Port& port, bool open) {
    if (fact.type != port.type || fact.shape.size() != port.dims.size()) return false;
    for (size_t i = 0; i < port.dims.size(); ++i) {
        const Dim& d = fact.shape[i];
        if (port.dims[i] < 0 && !open) return false;
        if (port.dims[i] >= 0 && d.isConstant() && d.constant() != port.dims[i]) return false;
    }
    return true;
}

}  // namespace

void fit(bool ok, const char* what) {
    if (!ok) throw Error(ErrorCode::InvalidArgument, "", cat("the step does not fit its operands (", what, ")"));
}

void fitFound(const std::vector<int64_t>& found, const Port& out) {
    for (size_t i = 0; i < out.dims.size(); ++i) {
        if (found.size() == out.dims.size() && (out.dims[i] < 0 || found[i] == out.dims[i])) continue;
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("the output has dimensions ", found, " when the engine has ", out.dims, " for it"));
    }
}

void fitPorts(std::span<const Port> ports, size_t count) {
    fit(ports.size() == count, "the number of operands");
    for (const Port& port : ports) requireBounded(shapeOf(port.dims), "");
}

void fitBytes(const Tensor& weight, int64_t bytes) {
    if (weight.bytes() >= bytes) return;
    throw Error(
        ErrorCode::InvalidArgument, "",
        cat("the step does not fit its operands (a weight has ", weight.bytes(), " bytes instead of ", bytes, ")"));
}

std::vector<Tensor> weightsBehind(const std::vector<Tensor>& weights, size_t own) {
    fit(weights.size() >= own, "the number of weights");
    return {weights.begin() + static_cast<long>(own), weights.end()};
}

std::vector<int64_t> ShapeList::next() {
    fit(at_ < numbers_.size(), "a shape that is not there");
    const int64_t rank = numbers_[at_++];
    fit(rank >= 0 && rank <= static_cast<int64_t>(numbers_.size() - at_), "a rank");
    const auto first = numbers_.begin() + static_cast<long>(at_);
    at_ += static_cast<size_t>(rank);
    std::vector<int64_t> dims(first, first + rank);
    requireBounded(shapeOf(dims), "");
    return dims;
}

Fact factOf(DType type, const std::vector<int64_t>& dims) {
    return Fact{type, shapeOf(dims), {}, {}};
}
Fact factOf(const Port& port) {
    return factOf(port.type, port.dims);
}

FittedNode::FittedNode(const Op& op, std::vector<std::optional<Fact>> in, std::span<const Port> out, bool open) {
    std::vector<ValueId> inputs;
    for (std::optional<Fact>& fact : in) {
        inputs.push_back(fact ? graph_.addInput(cat("input ", inputs.size()), std::move(*fact)) : ValueId{});
    }
    NodeId id;
    try {
        id = graph_.addNode(op.clone(), std::move(inputs), "step", {}, static_cast<int>(out.size()));
    } catch (const Error& error) {
        // The caller knows the name of the layer.
        throw Error(error.code(), "", error.what() + (error.layer().empty() ? 0 : error.layer().size() + 2),
                    error.where());
    }
    region_ = viewRegion(graph_, id);
    for (size_t o = 0; o < out.size(); ++o) {
        Fact& fact = graph_[region_.node->outputs[o]].fact;
        if (mayBe(fact, out[o], open)) {
            // The build may have known more than inference sees here.
            for (size_t i = 0; i < out[o].dims.size(); ++i) {
                if (out[o].dims[i] >= 0) fact.shape[i] = out[o].dims[i];
            }
            continue;
        }
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("the step does not fit its operands (output ", o, " is ", name(out[o].type), out[o].dims,
                        " when ", op.kind(), " makes ", name(fact.type), str(fact.shape), ")"));
    }
}

}  // namespace opentrt
