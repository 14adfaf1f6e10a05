// SPDX-License-Identifier: Apache-2.0
#include "plugin/expressions.h"

#include "base/error.h"

namespace opentrt::plugin {

using namespace nvinfer1;  // NOLINT: this room speaks the API's language

std::string sizeSymbol(int output) {
    return cat("$size", output);
}

class Expressions::Expression final : public IDimensionExpr, public apiv::VDimensionExpr {
public:
    explicit Expression(Dim dim) : dim(std::move(dim)) { mImpl = this; }
    bool isConstant() const override { return dim.isConstant(); }
    int64_t getConstantValue() const override { return dim.isConstant() ? dim.constant() : INT64_MIN; }
    bool isSizeTensor() const override { return dim.isSymbol() && dim.symbolName().rfind("$size", 0) == 0; }
    const Dim dim;
};

Expressions::Expressions() {
    mImpl = this;
}
Expressions::~Expressions() = default;

const IDimensionExpr* Expressions::make(Dim dim) {
    return made_.emplace_back(std::make_unique<Expression>(std::move(dim))).get();
}

DimsExprs Expressions::make(const Shape& shape) {
    DimsExprs result{};
    check(shape.size() <= Dims::MAX_DIMS, "a plugin's tensor has too many dimensions");
    result.nbDims = static_cast<int32_t>(shape.size());
    for (size_t i = 0; i < shape.size(); ++i) result.d[i] = make(shape[i]);
    return result;
}

Shape Expressions::shapeOf(const DimsExprs& dims) {
    if (dims.nbDims < 0 || dims.nbDims > Dims::MAX_DIMS) {
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("the plugin answered an output of rank ", dims.nbDims, " when 0 to 8 are allowed"));
    }
    Shape shape;
    for (int32_t i = 0; i < dims.nbDims; ++i) {
        if (!dims.d[i]) {
            throw Error(ErrorCode::InvalidArgument, "", cat("the plugin left dimension ", i, " of an output null"));
        }
        shape.push_back(static_cast<const Expression*>(dims.d[i])->dim);
    }
    return shape;
}

const IDimensionExpr* Expressions::operation(DimensionOperation op, const IDimensionExpr& first,
                                             const IDimensionExpr& second) {
    const Dim &a = static_cast<const Expression&>(first).dim, &b = static_cast<const Expression&>(second).dim;
    switch (op) {
        case DimensionOperation::kSUM:
            return make(a + b);
        case DimensionOperation::kPROD:
            return make(a * b);
        case DimensionOperation::kMAX:
            return make(Dim::max(a, b));
        case DimensionOperation::kMIN:
            return make(Dim::min(a, b));
        case DimensionOperation::kSUB:
            return make(a - b);
        case DimensionOperation::kEQUAL:
            return make(Dim::equal(a, b));
        case DimensionOperation::kLESS:
            return make(Dim::less(a, b));
        case DimensionOperation::kFLOOR_DIV:
            return make(Dim::floorDiv(a, b));
        case DimensionOperation::kCEIL_DIV:
            return make(Dim::ceilDiv(a, b));
    }
    return nullptr;
}

const IDimensionExpr* Expressions::declareSizeTensor(int32_t outputIndex, const IDimensionExpr&,
                                                     const IDimensionExpr& upper) {
    sizeTensors_[outputIndex] = static_cast<const Expression&>(upper).dim;
    return make(Dim::symbol(sizeSymbol(outputIndex)));
}

}  // namespace opentrt::plugin
