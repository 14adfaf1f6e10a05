// SPDX-License-Identifier: Apache-2.0
#include "ops/fill.h"

#include <cmath>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/numbers.h"
#include "ops/support/random.h"

namespace opentrt::ops {
namespace {

constexpr std::array kRampTypes{DType::F32, DType::I32, DType::I64, DType::F16, DType::BF16, DType::Bool};

//! A parameter as an integer, cut towards zero.
int64_t whole(double value) {
    return static_cast<int64_t>(roundTo(DType::I64, std::trunc(value)));
}

//! alpha + sum of beta[axis] * position for all elements in order; T is double, uint64_t or Dim.
template <class T>
std::vector<T> ramp(const std::vector<int64_t>& dims, const T& alpha, const std::vector<T>& beta) {
    std::vector<T> out;
    forEachIndex(dims, [&](const std::vector<int64_t>& at) {
        T value = alpha;
        for (size_t i = 0; i < beta.size(); ++i) value = value + beta[i] * T(at[i]);
        out.push_back(value);
    });
    return out;
}

}  // namespace

void Fill::infer(InferContext& c) const {
    const bool random = operation != FillOperation::Linspace;
    if (random)
        requireTypeIn(c, "output type", type, kReals);
    else
        requireTypeIn(c, "output type", type, kRampTypes);
    const Shape shape = c.has(0) ? shapeFromInput(c, 0, 0) : shapeOf(dims);
    for (const Dim& dim : shape) {
        if (dim.isConstant() && dim.constant() < 0)
            c.fail(cat("dimensions are ", str(shape), " when none should be negative"));
    }
    c.output(0, type, shape);
    if (c.has(1) != c.has(2)) c.fail("alpha and beta should both be inputs or both be attributes");
    if (c.has(1)) {
        requireSameType(c, 1, 2);
        if (c.type(1) != type) c.fail(cat("alpha is ", name(c.type(1)), " when the output type is ", name(type)));
        requireSingle(c, 1);
        if (random)
            requireSingle(c, 2);
        else
            requireSame(c, "number of elements of beta", volume(c.shape(2)), static_cast<int64_t>(shape.size()));
    } else if (!random && shape.size() != 1 && beta != 0) {
        c.fail(cat("beta is the number ", beta, " when the output has rank ", shape.size(), "; give beta as an input"));
    }
    if (random || (type != DType::I32 && type != DType::I64) || !trackable(shape)) return;
    const auto alphas = c.has(1) ? c.elements(1) : Elements{whole(alpha)};
    const auto betas = c.has(2) ? c.elements(2) : Elements(shape.size(), whole(beta));
    if (alphas && betas) trackComputed(c, 0, type, ramp<Dim>(staticDims(shape), (*alphas)[0], *betas));
}

void Fill::eval(EvalContext& c) const {
    const auto outDims = c.has(0) ? c.input(0).toInts() : dims;
    Tensor& out = c.output(0, outDims);
    if (operation == FillOperation::Linspace) {
        withArithmetic(type, [&](auto zero) {
            using T = decltype(zero);
            const auto number = [](double value) {
                if constexpr (std::is_same_v<T, double>)
                    return value;
                else
                    return static_cast<uint64_t>(whole(value));
            };
            const T first = c.has(1) ? load<T>(c.input(1))[0] : number(alpha);
            const auto steps = c.has(2) ? load<T>(c.input(2)) : std::vector<T>(outDims.size(), number(beta));
            store(out, ramp<T>(outDims, first, steps));
        });
        return;
    }
    const double a = c.has(1) ? c.input(1).get(0) : alpha, b = c.has(2) ? c.input(2).get(0) : beta;
    const bool isUniform = operation == FillOperation::RandomUniform;
    for (int64_t i = 0; i < out.count(); ++i)
        out.set(i, isUniform ? a + (b - a) * uniform(seed, i) : a + b * normal(seed, i));
}

}  // namespace opentrt::ops
