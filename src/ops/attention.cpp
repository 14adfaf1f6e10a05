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

enum Input { kQuery, kKey, kValue, kMask, kScale };

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

}  // namespace

void Attention::infer(InferContext& c) const {
    requireType(c, kQuery, kReals);
    for (int input : {kKey, kValue}) requireSameType(c, kQuery, input);
    for (int input : {kQuery, kKey, kValue}) requireRank(c, input, 4);
    const Shape &q = c.shape(kQuery), &k = c.shape(kKey), &v = c.shape(kValue);
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
    c.output(0, c.type(kQuery), {q[0], q[1], q[2], v[3]});
}

void Attention::eval(EvalContext& c) const {
    const auto &q = c.input(kQuery).dims(), &k = c.input(kKey).dims(), &v = c.input(kValue).dims();
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
                          c.input(kQuery).toDoubles(),
                          c.input(kKey).toDoubles(),
                          c.input(kValue).toDoubles(),
                          masked ? c.input(kMask).toDoubles() : std::vector<double>(),
                          masked && c.input(kMask).type() == DType::Bool,
                          masked ? broadcastStrides(c.input(kMask).dims(), 4) : std::vector<int64_t>(),
                          c.has(kScale) ? c.input(kScale).get(0) : 0};
    Tensor& out = c.output(0, {q[0], q[1], q[2], v[3]});
    std::vector<double> sums(static_cast<size_t>(out.count()), 0.0);
    parallelFor(q[0] * q[1], 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) problem.run(i / q[1], i % q[1], sums.data() + i * q[2] * v[3]);
    });
    store(out, sums);
}

double Attention::flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>&) const {
    const Shape &q = inputs[kQuery]->shape, &v = inputs[kValue]->shape;
    return 2 * roughVolume(q) * roughSize(v[2]) * (1 + roughSize(v[3]) / std::max(1.0, roughSize(q[3])));
}

}  // namespace opentrt::ops
