// SPDX-License-Identifier: Apache-2.0
#include "ops/determinant.h"

#include <cmath>

#include "ops/support/check.h"

namespace opentrt::ops {
namespace {

//! By elimination with the largest pivot of each column; `m` is row-major and is used up.
double determinant(std::vector<double>& m, size_t n) {
    double result = 1;
    for (size_t k = 0; k < n; ++k) {
        size_t pivot = k;
        for (size_t row = k + 1; row < n; ++row) {
            if (std::fabs(m[row * n + k]) > std::fabs(m[pivot * n + k])) pivot = row;
        }
        const double head = m[pivot * n + k];
        if (head == 0) return 0;
        result *= pivot == k ? head : -head;
        for (size_t column = k; column < n && pivot != k; ++column) std::swap(m[k * n + column], m[pivot * n + column]);
        for (size_t row = k + 1; row < n; ++row) {
            const double factor = m[row * n + k] / head;
            for (size_t column = k; column < n; ++column) m[row * n + column] -= factor * m[k * n + column];
        }
    }
    return result;
}

}  // namespace

void Determinant::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireRankAtLeast(c, 0, 2);
    Shape shape = c.shape(0);
    requireSame(c, "number of columns", shape[shape.size() - 1], shape[shape.size() - 2]);
    shape.resize(shape.size() - 2);
    c.output(0, c.type(0), std::move(shape));
}

void Determinant::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    auto dims = x.dims();
    const auto n = static_cast<size_t>(dims.back());
    dims.resize(dims.size() - 2);
    Tensor& out = c.output(0, dims);
    for (int64_t i = 0; i < out.count(); ++i) {
        std::vector<double> m;
        for (size_t k = 0; k < n * n; ++k)
            m.push_back(x.get(i * static_cast<int64_t>(n * n) + static_cast<int64_t>(k)));
        out.set(i, determinant(m, n));
    }
}

}  // namespace opentrt::ops
