// SPDX-License-Identifier: Apache-2.0
#include "graph/test_ops.h"

#include "base/error.h"
#include "graph/scalar.h"
#include "graph/verify.h"

namespace opentrt {
namespace testing {

void TestAdd::infer(InferContext& context) const {
    Shape shape = context.shape(0);
    if (context.has(1)) {
        context.require(context.type(0) == context.type(1),
                        cat("input types are ", name(context.type(0)), " and ", name(context.type(1))));
        context.require(context.rank(1) == context.rank(0), "ranks differ");
        for (size_t i = 0; i < shape.size(); ++i) {
            const Dim& other = context.shape(1)[i];
            if (shape[i] == Dim(1)) shape[i] = other;
            context.require(other == Dim(1) || other == shape[i], cat("axis ", i, " is ", shape[i], " and ", other));
        }
    }
    context.output(0, context.type(0), shape);
    const auto a = context.elements(0), b = context.has(1) ? context.elements(1) : std::nullopt;
    if (factor != 1 || !a || !b || a->size() != b->size()) return;
    std::vector<Dim> sums;
    for (size_t i = 0; i < a->size(); ++i) sums.push_back((*a)[i] + (*b)[i]);
    context.outputElements(0, std::move(sums));
}

void TestAdd::emitScalar(ScalarBuilder& builder) const {
    int32_t sum = builder.input(0);
    if (builder.inputCount() > 1 && builder.input(1) >= 0) sum = builder.emit(ScalarOp::Add, sum, builder.input(1));
    builder.output(0, builder.emit(ScalarOp::Mul, sum, builder.constant(builder.type(sum), factor)));
}

void TestHalve::infer(InferContext& context) const {
    Shape shape = context.shape(0);
    auto& size = shape[static_cast<size_t>(context.axis(axis, context.rank(0)))];
    size = Dim::ceilDiv(size, 2);
    context.output(0, context.type(0), shape);
}

void TestHalve::eval(EvalContext& context) const {
    const Tensor& in = context.input(0);
    auto dims = in.dims();
    const auto at = static_cast<size_t>(axis < 0 ? axis + in.rank() : axis);
    const auto strides = stridesOf(dims);
    dims[at] = (dims[at] + 1) / 2;
    const auto small = stridesOf(dims);
    Tensor& out = context.output(0, dims);
    for (int64_t i = 0; i < out.count(); ++i) {
        int64_t from = 0, rest = i;
        for (size_t k = 0; k < dims.size(); ++k) {
            from += rest / small[k] * strides[k] * (k == at ? 2 : 1);
            rest %= small[k];
        }
        out.set(i, in.get(from));
    }
}

void TestPositive::infer(InferContext& context) const {
    context.output(0, context.type(0), {context.dataDependentSize(0, 0, volume(context.shape(0)))});
    context.output(1, DType::I32, {});
}

void TestPositive::eval(EvalContext& context) const {
    std::vector<double> kept;
    for (double value : context.input(0).toDoubles())
        if (value > 0) kept.push_back(value);
    context.setOutput(0, Tensor::of(context.outputType(0), {static_cast<int64_t>(kept.size())}, kept));
    context.output(1, {}).setInt(0, static_cast<int64_t>(kept.size()));
}

void TestZeros::infer(InferContext& context) const {
    const auto sizes = context.elements(0);
    context.require(sizes.has_value(), "the shape must be known");
    context.output(0, DType::F32, *sizes);
}

void TestZeros::eval(EvalContext& context) const {
    context.output(0, context.input(0).toInts());
}

void TestAssert::infer(InferContext& context) const {
    context.require(context.type(0) == DType::Bool,
                    cat("the condition is ", name(context.type(0)), "; it must be bool"));
}

void TestAssert::eval(EvalContext& context) const {
    if (context.input(0).getInt(0) == 0) context.fail(message);
}

void TestRegion::infer(InferContext& context) const {
    context.require(context.bodyCount() == 1, "a region has one body");
    std::vector<Fact> facts;
    for (int i = 0; i < context.inputCount(); ++i) facts.push_back(context.input(i));
    const auto results = context.inferBody(0, facts);
    context.require(results.size() == static_cast<size_t>(context.outputCount()), "outputs differ in number");
    for (int i = 0; i < context.outputCount(); ++i) {
        Shape shape = results[static_cast<size_t>(i)].shape;
        for (size_t axis = 0; axis < shape.size(); ++axis)
            shape[axis] = context.outerSize(i, static_cast<int>(axis), 0, shape[axis]);
        context.output(i, results[static_cast<size_t>(i)].type, shape);
    }
}

void TestRegion::eval(EvalContext& context) const {
    std::vector<Tensor> inputs;
    for (int i = 0; i < context.inputCount(); ++i) inputs.push_back(context.input(i));
    auto outputs = context.runBody(0, std::move(inputs));
    for (size_t i = 0; i < outputs.size(); ++i) context.setOutput(static_cast<int>(i), outputs[i]);
}

}  // namespace testing

std::unique_ptr<Op> makeOp(std::string_view kind) {
    using namespace testing;
    if (kind == "TestAdd") return std::make_unique<TestAdd>();
    if (kind == "TestHalve") return std::make_unique<TestHalve>();
    if (kind == "TestPositive") return std::make_unique<TestPositive>();
    if (kind == "TestZeros") return std::make_unique<TestZeros>();
    if (kind == "TestAssert") return std::make_unique<TestAssert>();
    if (kind == "TestRegion") return std::make_unique<TestRegion>();
    return nullptr;
}

bool allowed(const Op& op, Stage stage) {
    return op.kind() != "TestRegion" || stage == Stage::Planned;
}

}  // namespace opentrt
