// SPDX-License-Identifier: Apache-2.0
#include "passes/control/affine_forms.h"

#include <algorithm>

#include "ops/concatenation.h"
#include "ops/element_wise.h"
#include "ops/identity.h"
#include "ops/matrix_multiply.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/squeeze.h"
#include "ops/unsqueeze.h"
#include "passes/match.h"

namespace opentrt::passes {

namespace {

//! Products of matrices at build time stay below this many multiplications.
constexpr int64_t kMostWork = int64_t{1} << 31;

int64_t widthOf(const Graph& graph, ValueId value) {
    const Shape& shape = graph.fact(value).shape;
    return !shape.empty() && shape.back().isConstant() ? shape.back().constant() : 0;
}

Shape withoutUnits(const Shape& shape) {
    Shape kept;
    for (const Dim& d : shape) {
        if (d != Dim(1)) kept.push_back(d);
    }
    return kept;
}

bool sameBatch(const Graph& graph, ValueId a, ValueId b) {
    Shape x = graph.fact(a).shape, y = graph.fact(b).shape;
    if (x.empty() || y.empty()) return false;
    x.pop_back();
    y.pop_back();
    return withoutUnits(x) == withoutUnits(y);
}

//! A constant matrix, read as [rows, columns] or as its transpose; dimensions before are 1.
std::optional<std::vector<float>> matrixIn(const Graph& graph, ValueId value, int64_t rows, int64_t columns,
                                           bool transposed) {
    const auto& constant = graph.fact(value).constant;
    if (!constant || !isFloat(constant->type()) || constant->count() != rows * columns || constant->rank() < 2)
        return {};
    const auto& dims = constant->dims();
    if (dims[dims.size() - 2] != (transposed ? columns : rows)) return {};
    const Tensor plain = constant->cast(DType::F32);
    const float* data = plain.as<float>();
    std::vector<float> matrix(data, data + rows * columns);
    if (!transposed) return matrix;
    for (int64_t r = 0; r < rows; ++r) {
        for (int64_t c = 0; c < columns; ++c) matrix[static_cast<size_t>(r * columns + c)] = data[c * rows + r];
    }
    return matrix;
}

}  // namespace

ValueId throughUnitDims(const Graph& graph, ValueId value) {
    for (;;) {
        const NodeId producer = graph[value].producer;
        if (!producer.valid() || graph[producer].inputs.empty()) return value;
        const Op& op = *graph[producer].op;
        const ValueId in = graph[producer].inputs[0];
        if (as<ops::Identity>(op)) {
            value = in;
            continue;
        }
        if (!as<ops::Reshape>(op) && !as<ops::Squeeze>(op) && !as<ops::Unsqueeze>(op)) return value;
        const bool sameWidth = widthOf(graph, in) == widthOf(graph, value) && widthOf(graph, in) > 0;
        if (!sameWidth || !sameBatch(graph, in, value)) return value;
        value = in;
    }
}

std::optional<RowRange> slicedRows(const Graph& graph, ValueId value) {
    const Node* node = nullptr;
    const auto* op = producerAs<ops::Slice>(graph, value, &node);
    if (!op || op->mode != ops::SampleMode::StrictBounds) return {};
    const auto list = [&](size_t input, const std::vector<int64_t>& attribute) -> std::optional<std::vector<int64_t>> {
        if (input >= node->inputs.size() || !node->inputs[input].valid()) return attribute;
        const Fact& fact = graph.fact(node->inputs[input]);
        if (fact.constant) return fact.constant->toInts();
        return std::nullopt;
    };
    const auto starts = list(1, op->start), strides = list(3, op->stride), named = list(5, op->axes);
    const Shape &whole = graph.fact(node->inputs[0]).shape, &part = graph.fact(value).shape;
    const size_t rank = whole.size();
    if (!starts || !strides || !named || rank == 0 || !part.back().isConstant()) return {};
    RowRange range{node->inputs[0], 0, part.back().constant()};
    for (size_t i = 0; i < starts->size(); ++i) {
        const int64_t axis = named->empty() ? static_cast<int64_t>(i) : (*named)[i];
        const auto place = static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis);
        if ((*strides)[i] != 1) return {};
        if (place + 1 == rank) {
            range.first = (*starts)[i];
        } else if ((*starts)[i] != 0 || whole[place] != part[place]) {
            return {};
        }
    }
    return range;
}

AffineForm rowsOf(const AffineForm& form, int64_t first, int64_t count) {
    AffineForm part{count, {}, {form.bias.begin() + first, form.bias.begin() + first + count}};
    for (const AffineForm::Term& term : form.terms) {
        const int64_t begin = std::max(first, term.firstRow),
                      end = std::min(first + count, term.firstRow + term.rowCount);
        if (begin >= end) continue;
        AffineForm::Term kept{term.source, term.width, begin - first, end - begin, {}};
        const int64_t skipped = begin - term.firstRow;
        if (term.weights.empty() && kept.rowCount != term.width) {
            kept.weights.assign(static_cast<size_t>(kept.rowCount * term.width), 0.0f);
            for (int64_t r = 0; r < kept.rowCount; ++r)
                kept.weights[static_cast<size_t>(r * term.width + skipped + r)] = 1;
        } else if (!term.weights.empty()) {
            const auto from = term.weights.begin() + skipped * term.width;
            kept.weights.assign(from, from + kept.rowCount * term.width);
        }
        part.terms.push_back(std::move(kept));
    }
    return part;
}

AffineForm times(const std::vector<float>& matrix, int64_t rows, const AffineForm& form) {
    AffineForm product{rows, {}, std::vector<float>(static_cast<size_t>(rows), 0.0f)};
    const float* m = matrix.data();
    for (int64_t r = 0; r < rows; ++r) {
        double sum = 0;
        for (int64_t k = 0; k < form.rows; ++k)
            sum += static_cast<double>(m[r * form.rows + k]) * form.bias[static_cast<size_t>(k)];
        product.bias[static_cast<size_t>(r)] = static_cast<float>(sum);
    }
    for (const AffineForm::Term& term : form.terms) {
        AffineForm::Term made{term.source, term.width, 0, rows,
                              std::vector<float>(static_cast<size_t>(rows * term.width), 0.0f)};
        for (int64_t r = 0; r < rows; ++r) {
            const float* factors = m + r * form.rows + term.firstRow;
            float* out = made.weights.data() + r * term.width;
            for (int64_t k = 0; k < term.rowCount; ++k) {
                if (term.weights.empty()) {
                    out[k] += factors[k];
                    continue;
                }
                const float* row = term.weights.data() + k * term.width;
                for (int64_t c = 0; c < term.width; ++c) out[c] += factors[k] * row[c];
            }
        }
        product.terms.push_back(std::move(made));
    }
    return product;
}

const AffineForm& AffineForms::of(ValueId value) {
    value = throughUnitDims(graph_, value);
    const auto at = known_.find(value);
    if (at != known_.end()) return at->second;
    AffineForm form = made(value);
    return known_.emplace(value, std::move(form)).first->second;
}

AffineForm AffineForms::made(ValueId value) {
    const int64_t rows = widthOf(graph_, value);
    if (const auto row = constantRow(value, rows)) return {rows, {}, *row};
    const NodeId producer = graph_[value].producer;
    if (producer.valid() && isFloat(graph_.fact(value).type)) {
        const Node& node = graph_[producer];
        const auto* binary = as<ops::ElementWise>(*node.op);
        std::optional<AffineForm> form;
        if (binary && binary->operation == ops::ElementWiseOperation::Sum) form = fromSum(node, value, 1);
        if (binary && binary->operation == ops::ElementWiseOperation::Sub) form = fromSum(node, value, -1);
        if (binary && binary->operation == ops::ElementWiseOperation::Prod) form = fromScaling(node, value);
        if (as<ops::MatrixMultiply>(*node.op)) form = fromProduct(node, value);
        if (as<ops::Concatenation>(*node.op)) form = fromJoin(node, value);
        if (as<ops::Slice>(*node.op)) form = fromSlice(node, value);
        if (form) return std::move(*form);
    }
    return {rows, {{value, rows, 0, rows, {}}}, std::vector<float>(static_cast<size_t>(rows), 0.0f)};
}

//! A constant that is the same for the whole batch.
std::optional<std::vector<float>> AffineForms::constantRow(ValueId value, int64_t rows) const {
    const auto& constant = graph_.fact(value).constant;
    if (!constant || !isFloat(constant->type()) || constant->count() < 1) return {};
    if (constant->count() != 1 && (constant->count() != rows || constant->dims().back() != rows)) return {};
    std::vector<float> row;
    for (int64_t i = 0; i < rows; ++i) row.push_back(static_cast<float>(constant->get(constant->count() == 1 ? 0 : i)));
    return row;
}

std::optional<AffineForm> AffineForms::fromSum(const Node& node, ValueId value, float sign) {
    AffineForm sum{widthOf(graph_, value), {}, {}};
    sum.bias.assign(static_cast<size_t>(sum.rows), 0.0f);
    for (size_t side = 0; side < 2; ++side) {
        const float factor = side == 0 ? 1 : sign;
        const ValueId operand = node.inputs[side];
        const auto row = constantRow(operand, sum.rows);
        if (!row && (widthOf(graph_, operand) != sum.rows || !sameBatch(graph_, operand, value))) return {};
        const AffineForm form = row ? AffineForm{sum.rows, {}, *row} : of(operand);
        for (size_t i = 0; i < sum.bias.size(); ++i) sum.bias[i] += factor * form.bias[i];
        for (AffineForm::Term term : form.terms) {
            if (factor < 0 && term.weights.empty()) {
                term.weights.assign(static_cast<size_t>(term.rowCount * term.width), 0.0f);
                for (int64_t r = 0; r < term.rowCount; ++r) term.weights[static_cast<size_t>(r * term.width + r)] = 1;
            }
            for (float& w : term.weights) w *= factor;
            sum.terms.push_back(std::move(term));
        }
    }
    return sum;
}

//! Times one constant for each row, or one for all. A product of sources alone stays a source.
std::optional<AffineForm> AffineForms::fromScaling(const Node& node, ValueId value) {
    const int64_t rows = widthOf(graph_, value);
    for (const size_t side : {size_t{0}, size_t{1}}) {
        const auto factors = constantRow(node.inputs[side], rows);
        const ValueId other = node.inputs[1 - side];
        if (!factors || widthOf(graph_, other) != rows || !sameBatch(graph_, other, value)) continue;
        AffineForm form = of(other);
        for (AffineForm::Term& term : form.terms) {
            if (term.weights.empty()) return {};
            for (size_t i = 0; i < term.weights.size(); ++i) {
                term.weights[i] *= (*factors)[static_cast<size_t>(term.firstRow) + i / static_cast<size_t>(term.width)];
            }
        }
        for (size_t i = 0; i < form.bias.size(); ++i) form.bias[i] *= (*factors)[i];
        return form;
    }
    return {};
}

std::optional<AffineForm> AffineForms::fromProduct(const Node& node, ValueId value) {
    using ops::MatrixOperation;
    const auto& op = *as<ops::MatrixMultiply>(*node.op);
    // x * M, or M * x where x is a vector without a batch.
    const bool reversed = op.b == MatrixOperation::Vector;
    const ValueId x = node.inputs[reversed ? 1 : 0], m = node.inputs[reversed ? 0 : 1];
    const MatrixOperation how = reversed ? op.a : op.b;
    if (how == MatrixOperation::Vector || (!reversed && op.a == MatrixOperation::Transpose)) return {};
    if (!sameBatch(graph_, x, value)) return {};
    const int64_t rows = widthOf(graph_, value), columns = widthOf(graph_, x);
    if (rows < 1 || columns < 1) return {};
    const bool isTransposed = (how == MatrixOperation::None) != reversed;
    const auto matrix = matrixIn(graph_, m, rows, columns, isTransposed);
    if (!matrix) return {};
    const AffineForm& form = of(x);
    int64_t work = 0;
    for (const auto& term : form.terms) work += rows * (term.weights.empty() ? 1 : term.rowCount * term.width);
    if (work > kMostWork) return {};
    return times(*matrix, rows, form);
}

std::optional<AffineForm> AffineForms::fromJoin(const Node& node, ValueId value) {
    const int64_t axis = as<ops::Concatenation>(*node.op)->axis;
    const auto rank = static_cast<int64_t>(graph_.fact(value).shape.size());
    if (axis != rank - 1 && axis != -1) return {};
    AffineForm joined;
    for (const ValueId in : node.inputs) {
        if (widthOf(graph_, in) < 1) return {};
        const AffineForm& form = of(in);
        for (AffineForm::Term term : form.terms) {
            term.firstRow += joined.rows;
            joined.terms.push_back(std::move(term));
        }
        joined.bias.insert(joined.bias.end(), form.bias.begin(), form.bias.end());
        joined.rows += form.rows;
    }
    return joined;
}

std::optional<AffineForm> AffineForms::fromSlice(const Node&, ValueId value) {
    const auto range = slicedRows(graph_, value);
    if (!range || widthOf(graph_, range->of) < range->first + range->count) return {};
    return rowsOf(of(range->of), range->first, range->count);
}

}  // namespace opentrt::passes
