// SPDX-License-Identifier: Apache-2.0
// IExprBuilder and IDimensionExpr on symbolic dimensions. Expressions belong to the builder and live as long as it.
#pragma once
#include <deque>
#include <map>

#include "NvInfer.h"
#include "graph/dim.h"

namespace opentrt::plugin {

//! The symbol that stands for what a plugin writes into the size tensor `output`.
std::string sizeSymbol(int output);

class Expressions final : public nvinfer1::IExprBuilder, public nvinfer1::apiv::VExprBuilder {
public:
    Expressions();
    ~Expressions() override;

    const nvinfer1::IDimensionExpr* make(Dim dim);
    nvinfer1::DimsExprs make(const Shape& shape);
    //! Throws Error for what is not of this builder.
    static Shape shapeOf(const nvinfer1::DimsExprs& dims);
    //! Largest values of the declared size tensors, by output.
    const std::map<int, Dim>& sizeTensors() const { return sizeTensors_; }

    const nvinfer1::IDimensionExpr* constant(int64_t value) override { return make(Dim(value)); }
    const nvinfer1::IDimensionExpr* operation(nvinfer1::DimensionOperation op, const nvinfer1::IDimensionExpr& first,
                                              const nvinfer1::IDimensionExpr& second) override;
    const nvinfer1::IDimensionExpr* declareSizeTensor(int32_t outputIndex, const nvinfer1::IDimensionExpr& opt,
                                                      const nvinfer1::IDimensionExpr& upper) override;

private:
    class Expression;
    std::deque<std::unique_ptr<Expression>> made_;
    std::map<int, Dim> sizeTensors_;
};

}  // namespace opentrt::plugin
