// SPDX-License-Identifier: Apache-2.0
#include "graph/op.h"

#include "base/error.h"
#include "graph/graph.h"
#include "graph/scalar.h"

namespace opentrt {

std::string str(const Op& op) {
    const auto defaults = op.blank();
    return std::string(op.kind()) + printFields(op, defaults.get());
}

bool operator==(const Op& a, const Op& b) {
    return &a.info() == &b.info() && sameFields(a, b);
}

void Op::emitScalar(ScalarBuilder&) const {
    internalError(cat(kind(), " has no scalar form"));
}

double Op::flops(const std::vector<const Fact*>&, const std::vector<const Fact*>& outputs) const {
    double sum = 0;
    for (const Fact* fact : outputs) {
        double elements = 1;
        for (const auto& dim : fact->shape) elements *= static_cast<double>(dim.bounds({}).max);
        sum += elements;
    }
    return opClass() == OpClass::Movement ? 0 : sum;
}

std::optional<std::vector<Dim>> InferContext::elements(int i) const {
    // What is longer is data, not a shape.
    constexpr int64_t limit = 1024;
    const Fact& fact = input(i);
    if (fact.elements) return fact.elements;
    if (!fact.constant || isFloat(fact.type) || fact.constant->count() > limit) return std::nullopt;
    const auto numbers = fact.constant->toInts();
    return std::vector<Dim>(numbers.begin(), numbers.end());
}

std::optional<std::vector<int64_t>> InferContext::integers(int i) const {
    const Fact& fact = input(i);
    if (fact.constant && !isFloat(fact.type)) return fact.constant->toInts();
    if (!fact.elements || !isStatic(*fact.elements)) return std::nullopt;
    return staticDims(*fact.elements);
}

int64_t InferContext::axis(int64_t axis, int64_t rank) const {
    const int64_t positive = axis < 0 ? axis + rank : axis;
    if (positive < 0 || positive >= rank)
        fail(cat("axis ", axis, " is out of range for rank ", rank, "; it must lie in [", -rank, ",", rank - 1, "]"));
    return positive;
}

bool InferContext::isLocal(int index, const Dim& size) const {
    if (size.isConstant()) return false;
    std::set<std::string> symbols;
    size.collectSymbols(symbols);
    const Graph& graph = body(index);
    for (const auto& symbol : symbols)
        if (graph.ownsSymbol(symbol)) return true;
    return false;
}

Dim InferContext::outerSize(int output, int axis, int index, const Dim& size) {
    if (!isLocal(index, size)) return size;
    return dataDependentSize(output, axis, Dim(size.bounds(body(index).ranges).max));
}

Tensor& EvalContext::output(int i, std::vector<int64_t> dims) {
    pending_.resize(static_cast<size_t>(outputCount()));
    auto& tensor = pending_.at(static_cast<size_t>(i));
    tensor = Tensor(outputType(i), std::move(dims));
    return tensor;
}

}  // namespace opentrt
