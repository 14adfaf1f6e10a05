// SPDX-License-Identifier: Apache-2.0
#include "ops/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/support/check.h"
#include "ops/support/index.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {
namespace {

enum Input { kMask = 3, kScale = 4 };
using Operand = Attention::Operand;

constexpr std::array kQuantized{DType::F8, DType::I8};
constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

//! One attention: sizes of the four-dimensional inputs, their contents, and what the mask says.
struct Problem {
    const Attention& op;
    int64_t batch, heads, keyHeads, rows, columns, depth, width;
    std::vector<double> query, key, value, mask;
    bool boolMask;
    std::vector<int64_t> maskStrides;
    double quantizeScale;  //!< 0: probabilities stay as they are

    //! Scores of one row; -inf where the row may not see.
    void scores(int64_t b, int64_t h, int64_t row, std::vector<double>& out) const;
    //! From scores to what weighs the values.
    void normalize(std::vector<double>& row) const;
    void run(int64_t b, int64_t h, double* out) const;
};

void Problem::scores(int64_t b, int64_t h, int64_t row, std::vector<double>& out) const {
    const double* q = query.data() + ((b * heads + h) * rows + row) * depth;
    const double* keys = key.data() + (b * keyHeads + h / (heads / keyHeads)) * columns * depth;
    const int64_t reach = op.causal == CausalMask::None        ? columns
                          : op.causal == CausalMask::UpperLeft ? row + 1
                                                               : row + 1 + columns - rows;
    for (int64_t column = 0; column < columns; ++column) {
        double score = 0;
        for (int64_t d = 0; d < depth; ++d) score += q[d] * keys[column * depth + d];
        score *= op.scale;
        if (!mask.empty()) {
            const double m = mask[static_cast<size_t>(dot({b, h, row, column}, maskStrides))];
            score = !boolMask ? score + m : m != 0 ? score : kMinusInfinity;
        }
        out[static_cast<size_t>(column)] = column < reach ? score : kMinusInfinity;
    }
}

void Problem::normalize(std::vector<double>& row) const {
    if (op.normalization == AttentionNormalization::Softmax) {
        double most = kMinusInfinity, sum = 0;
        for (double score : row) most = std::max(most, score);
        for (double& score : row) sum += score = most == kMinusInfinity ? 0 : std::exp(score - most);
        for (double& score : row) score = sum == 0 ? 0 : score / sum;
    } else {
        for (double& score : row) score = score == kMinusInfinity ? 0 : score;
    }
    if (quantizeScale == 0) return;
    for (double& p : row) {
        const double quotient = p / quantizeScale;
        p = roundTo(op.quantizeTo, isFloat(op.quantizeTo) ? quotient : std::nearbyint(quotient)) * quantizeScale;
    }
}

void Problem::run(int64_t b, int64_t h, double* out) const {
    const double* values = value.data() + (b * keyHeads + h / (heads / keyHeads)) * columns * width;
    std::vector<double> weights(static_cast<size_t>(columns));
    for (int64_t row = 0; row < rows; ++row) {
        scores(b, h, row, weights);
        normalize(weights);
        for (int64_t column = 0; column < columns; ++column) {
            const double weight = weights[static_cast<size_t>(column)];
            for (int64_t e = 0; e < width; ++e) out[row * width + e] += weight * values[column * width + e];
        }
    }
}

//! Dimensions [batch, heads, rows, columns] of an operand, of the heads that are read.
Shape logicalShape(InferContext& c, const Attention& op, Operand operand, const char* what) {
    const Shape& stored = c.shape(operand);
    const auto axes = op.axesOf(operand);
    Shape shape{stored[axes[0]], stored[axes[1]], stored[axes[2]], stored[axes[3]]};
    const auto [first, count] = op.headsOf(operand, shape[1]);
    if (!op.heads.empty() && shape[1].isConstant() &&
        (first < 0 || count.constant() < 1 || first > shape[1].constant() - count.constant()))
        c.fail(cat("the ", what, " is read from head ", first, " on, ", count, " heads, when it has ", shape[1]));
    shape[1] = count;
    return shape;
}

//! The heads of an operand that are read, in order [batch, heads, rows, columns].
struct Contents {
    std::vector<int64_t> dims;
    std::vector<double> values;

    Contents(const Attention& op, Operand operand, const Tensor& stored) {
        const auto axes = op.axesOf(operand);
        const auto& all = stored.dims();
        const auto strides = stridesOf(all);
        const auto [first, count] = op.headsOf(operand, all[axes[1]]);
        dims = {all[axes[0]], count, all[axes[2]], all[axes[3]]};
        const std::vector<int64_t> steps{strides[axes[0]], strides[axes[1]], strides[axes[2]], strides[axes[3]]};
        values.reserve(static_cast<size_t>(volumeOf(dims)));
        for (int64_t b = 0; b < dims[0]; ++b)
            for (int64_t h = first; h < first + dims[1]; ++h)
                for (int64_t r = 0; r < dims[2]; ++r)
                    for (int64_t d = 0; d < dims[3]; ++d) values.push_back(stored.get(dot({b, h, r, d}, steps)));
    }
};

//! Sums [batch, heads, rows, columns] into the output's own order.
void storeSums(Tensor& out, const Attention& op, const std::vector<double>& sums, const std::vector<int64_t>& dims) {
    const auto axes = op.axesOf(Operand::kOutput);
    const auto strides = stridesOf(out.dims());
    int64_t i = 0;
    for (int64_t b = 0; b < dims[0]; ++b)
        for (int64_t h = 0; h < dims[1]; ++h)
            for (int64_t r = 0; r < dims[2]; ++r)
                for (int64_t d = 0; d < dims[3]; ++d) {
                    const int64_t at =
                        b * strides[axes[0]] + h * strides[axes[1]] + r * strides[axes[2]] + d * strides[axes[3]];
                    out.set(at, sums[static_cast<size_t>(i++)]);
                }
}

template <class Size>
std::vector<Size> storedDims(const Attention& op, const std::array<Size, 4>& logical) {
    const auto axes = op.axesOf(Operand::kOutput);
    std::vector<Size> stored(4);
    for (size_t i = 0; i < 4; ++i) stored[axes[i]] = logical[i];
    return stored;
}

bool isPermutation(std::vector<int64_t> axes) {
    std::sort(axes.begin(), axes.end());
    return axes.empty() || axes == std::vector<int64_t>{0, 1, 2, 3};
}

}  // namespace

std::array<size_t, 4> Attention::axesOf(Operand operand) const {
    const std::vector<int64_t>* const lists[] = {&queryAxes, &keyAxes, &valueAxes, &outputAxes};
    const auto& list = *lists[operand];
    if (list.empty()) return {0, 1, 2, 3};
    check(list.size() == 4 && isPermutation(list), "attention with axes that are no permutation");
    return {static_cast<size_t>(list[0]), static_cast<size_t>(list[1]), static_cast<size_t>(list[2]),
            static_cast<size_t>(list[3])};
}

void Attention::setAxes(Operand operand, const std::array<size_t, 4>& axes) {
    std::vector<int64_t>* const lists[] = {&queryAxes, &keyAxes, &valueAxes, &outputAxes};
    lists[operand]->assign(axes.begin(), axes.end());
    if (axes == std::array<size_t, 4>{0, 1, 2, 3}) lists[operand]->clear();
}

void Attention::infer(InferContext& c) const {
    requireType(c, kQuery, kReals);
    for (int input : {kKey, kValue}) requireSameType(c, kQuery, input);
    for (int input : {kQuery, kKey, kValue}) requireRank(c, input, 4);
    for (const auto* axes : {&queryAxes, &keyAxes, &valueAxes, &outputAxes}) {
        if (!isPermutation(*axes)) c.fail(cat("axes are ", *axes, " when they should be 0, 1, 2, 3 in some order"));
    }
    if (!heads.empty() && heads.size() != 6)
        c.fail(cat("heads has ", heads.size(), " numbers when it should have first and count of query, key and value"));
    const Shape q = logicalShape(c, *this, kQuery, "query"), k = logicalShape(c, *this, kKey, "key"),
                v = logicalShape(c, *this, kValue, "value");
    requireSame(c, "batch size of the key", k[0], q[0]);
    requireSame(c, "head size of the key", k[3], q[3]);
    requireSame(c, "batch size of the value", v[0], k[0]);
    requireSame(c, "number of heads of the value", v[1], k[1]);
    requireSame(c, "sequence length of the value", v[2], k[2]);
    if (q[1].isConstant() && k[1].isConstant() && (k[1].constant() == 0 || q[1].constant() % k[1].constant() != 0))
        c.fail(cat("query has ", q[1], " heads when they should be a multiple of the ", k[1], " key heads"));
    if (c.has(kMask)) {
        if (c.type(kMask) != DType::Bool) requireSameType(c, kQuery, kMask);
        requireBroadcastsTo(c, kMask, {q[0], q[1], q[2], k[2]});
    }
    if (c.has(kScale)) {
        requireType(c, kScale, kReals);
        requireSingle(c, kScale);
        requireTypeIn(c, "quantized type", quantizeTo, kQuantized);
    }
    c.output(0, c.type(kQuery), storedDims<Dim>(*this, {q[0], q[1], q[2], v[3]}));
}

void Attention::eval(EvalContext& c) const {
    const Contents query(*this, kQuery, c.input(kQuery)), key(*this, kKey, c.input(kKey)),
        value(*this, kValue, c.input(kValue));
    const auto &q = query.dims, &k = key.dims, &v = value.dims;
    if (k[0] != q[0] || v[0] != q[0] || k[3] != q[3] || v[1] != k[1] || v[2] != k[2] || k[1] == 0 || q[1] % k[1] != 0)
        c.fail(cat("query, key and value have dimensions ", q, ", ", k, " and ", v));
    const bool masked = c.has(kMask);
    const Problem problem{*this,
                          q[0],
                          q[1],
                          k[1],
                          q[2],
                          k[2],
                          q[3],
                          v[3],
                          query.values,
                          key.values,
                          value.values,
                          masked ? c.input(kMask).toDoubles() : std::vector<double>(),
                          masked && c.input(kMask).type() == DType::Bool,
                          masked ? broadcastStrides(c.input(kMask).dims(), 4) : std::vector<int64_t>(),
                          c.has(kScale) ? c.input(kScale).get(0) : 0};
    const std::vector<int64_t> dims{q[0], q[1], q[2], v[3]};
    Tensor& out = c.output(0, storedDims<int64_t>(*this, {q[0], q[1], q[2], v[3]}));
    std::vector<double> sums(static_cast<size_t>(out.count()), 0.0);
    parallelFor(q[0] * q[1], 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) problem.run(i / q[1], i % q[1], sums.data() + i * q[2] * v[3]);
    });
    storeSums(out, *this, sums, dims);
}

double Attention::flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>&) const {
    const Shape &q = inputs[kQuery]->shape, &v = inputs[kValue]->shape;
    const auto qAxes = axesOf(kQuery), vAxes = axesOf(kValue);
    const double queries =
        roughSize(q[qAxes[0]]) * roughSize(headsOf(kQuery, q[qAxes[1]]).second) * roughSize(q[qAxes[2]]);
    return 2 * queries * roughSize(v[vAxes[2]]) * (roughSize(q[qAxes[3]]) + roughSize(v[vAxes[3]]));
}

}  // namespace opentrt::ops
