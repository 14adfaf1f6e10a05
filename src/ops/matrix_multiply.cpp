// SPDX-License-Identifier: Apache-2.0
#include "ops/matrix_multiply.h"

#include "base/error.h"
#include "base/parallel.h"
#include "ops/support/check.h"
#include "ops/support/index.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {
namespace {

size_t matrixRank(MatrixOperation operation) {
    return operation == MatrixOperation::Vector ? 1 : 2;
}

//! Where the parts of an operand's dimensions are, counted from the end.
size_t rowAxis(size_t rank, MatrixOperation a) {
    return rank - (a == MatrixOperation::Transpose ? 1 : 2);
}
size_t columnAxis(size_t rank, MatrixOperation b) {
    return rank - (b == MatrixOperation::Transpose ? 2 : 1);
}
size_t innerAxisOfA(size_t rank, MatrixOperation a) {
    return rank - (a == MatrixOperation::Transpose ? 2 : 1);
}
size_t innerAxisOfB(size_t rank, MatrixOperation b) {
    return rank - (b == MatrixOperation::None ? 2 : 1);
}

//! One product of many: sizes, and strides of the operands along rows, the summed axis, and columns.
struct Product {
    int64_t rows, inner, columns;
    int64_t aRow, aInner, bInner, bColumn;
};

//! One row of the result, in the order that walks over b contiguously; the sum's order is the same.
template <class T>
void multiplyRow(const Product& p, const T* a, const T* b, T* out) {
    if (p.bInner == 1) {
        for (int64_t column = 0; column < p.columns; ++column) {
            T sum = 0;
            for (int64_t k = 0; k < p.inner; ++k) sum += a[k * p.aInner] * b[k + column * p.bColumn];
            out[column] = sum;
        }
        return;
    }
    for (int64_t k = 0; k < p.inner; ++k) {
        const T factor = a[k * p.aInner];
        for (int64_t column = 0; column < p.columns; ++column)
            out[column] += factor * b[k * p.bInner + column * p.bColumn];
    }
}

//! Where the matrices of `t` begin, one per element of the broadcast dimensions `batch`.
std::vector<int64_t> batchStarts(const Tensor& t, const std::vector<int64_t>& batch) {
    auto strides = stridesOf(t.dims());
    strides.resize(batch.size());
    for (size_t i = 0; i < batch.size(); ++i) strides[i] = t.dims()[i] == 1 ? 0 : strides[i];
    std::vector<int64_t> starts;
    forEachIndex(batch, [&](const auto& at) { starts.push_back(dot(at, strides)); });
    return starts;
}

}  // namespace

void MatrixMultiply::infer(InferContext& c) const {
    if (quantized)
        requireTypeIn(c, "input 0", c.type(0), kNarrowFactors);
    else
        requireType(c, 0, kRealsAndInts);
    requireSameType(c, 0, 1);
    requireRankAtLeast(c, 0, static_cast<int64_t>(matrixRank(a)));
    requireRankAtLeast(c, 1, static_cast<int64_t>(matrixRank(b)));
    const Shape &x = c.shape(0), &y = c.shape(1);
    const size_t batchRank = x.size() - matrixRank(a);
    if (batchRank != y.size() - matrixRank(b))
        c.fail(cat("inputs have ", batchRank, " and ", y.size() - matrixRank(b),
                   " dimensions before the matrices when they should have equally many; insert an unsqueeze"));
    Shape out;
    for (size_t i = 0; i < batchRank; ++i) {
        const auto dim = broadcast(x[i], y[i]);
        if (!dim)
            c.fail(cat("inputs have dimensions ", str(x), " and ", str(y), " that do not broadcast at axis ", i, ": ",
                       x[i], " and ", y[i]));
        out.push_back(*dim);
    }
    const Dim &innerA = x[innerAxisOfA(x.size(), a)], &innerB = y[innerAxisOfB(y.size(), b)];
    if (differ(innerA, innerB))
        c.fail(cat("first matrix has ", innerA, " columns when the second has ", innerB, " rows, from dimensions ",
                   str(x), " and ", str(y)));
    if (a != MatrixOperation::Vector) out.push_back(x[rowAxis(x.size(), a)]);
    if (b != MatrixOperation::Vector) out.push_back(y[columnAxis(y.size(), b)]);
    c.output(0, quantized ? DType::F32 : c.type(0), std::move(out));
}

void MatrixMultiply::eval(EvalContext& c) const {
    const Tensor &x = c.input(0), &y = c.input(1);
    const size_t rankA = x.dims().size(), rankB = y.dims().size(), batchRank = rankA - matrixRank(a);
    std::vector<int64_t> dims;
    for (size_t i = 0; i < batchRank; ++i) {
        const int64_t p = x.dims()[i], q = y.dims()[i];
        if (p != q && p != 1 && q != 1) c.fail(cat("dimensions ", p, " and ", q, " do not broadcast at axis ", i));
        dims.push_back(p == 1 ? q : p);
    }
    const auto startsA = batchStarts(x, dims), startsB = batchStarts(y, dims);

    const auto stridesA = stridesOf(x.dims()), stridesB = stridesOf(y.dims());
    const size_t kA = innerAxisOfA(rankA, a), kB = innerAxisOfB(rankB, b);
    Product p{1, x.dims()[kA], 1, 0, stridesA[kA], stridesB[kB], 0};
    if (p.inner != y.dims()[kB])
        c.fail(cat("first matrix has ", p.inner, " columns when the second has ", y.dims()[kB], " rows"));
    if (a != MatrixOperation::Vector) {
        p.rows = x.dims()[rowAxis(rankA, a)];
        p.aRow = stridesA[rowAxis(rankA, a)];
        dims.push_back(p.rows);
    }
    if (b != MatrixOperation::Vector) {
        p.columns = y.dims()[columnAxis(rankB, b)];
        p.bColumn = stridesB[columnAxis(rankB, b)];
        dims.push_back(p.columns);
    }
    Tensor& out = c.output(0, dims);
    withArithmetic(out.type(), [&](auto zero) {
        using T = decltype(zero);
        const auto dataA = load<T>(x), dataB = load<T>(y);
        std::vector<T> sums(static_cast<size_t>(out.count()), zero);
        parallelFor(static_cast<int64_t>(startsA.size()) * p.rows, 1, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) {
                const auto batch = static_cast<size_t>(i / p.rows);
                const T* row = dataA.data() + startsA[batch] + i % p.rows * p.aRow;
                multiplyRow(p, row, dataB.data() + startsB[batch], sums.data() + i * p.columns);
            }
        });
        store(out, sums);
    });
}

double MatrixMultiply::flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const {
    const Shape& x = inputs[0]->shape;
    return 2 * roughVolume(outputs[0]->shape) * roughSize(x[innerAxisOfA(x.size(), a)]);
}

}  // namespace opentrt::ops
