// SPDX-License-Identifier: Apache-2.0
// A vector as what it is made of: products of constant matrices with other vectors, plus a constant vector. The vector
// is the last dimension of a value; what lies before it is a batch that all operators treat alike. So sums of products,
// joined operands, and gates that are sliced out of one product look the same, whoever wrote them.
#pragma once
#include <map>
#include <vector>

#include "graph/graph.h"

namespace opentrt::passes {

struct AffineForm {
    //! rows [firstRow, firstRow + rowCount) += weights [rowCount, width] * source
    struct Term {
        ValueId source;
        int64_t width;
        int64_t firstRow, rowCount;
        std::vector<float> weights;  //!< empty: the identity
    };
    int64_t rows = 0;
    std::vector<Term> terms;
    std::vector<float> bias;  //!< [rows]
};

class AffineForms {
public:
    explicit AffineForms(const Graph& graph) : graph_(graph) {}
    //! Of any value whose last dimension is a constant; what is no sum and no product is a source itself.
    const AffineForm& of(ValueId value);

private:
    AffineForm made(ValueId value);
    std::optional<AffineForm> fromSum(const Node& node, ValueId value, float sign);
    std::optional<AffineForm> fromScaling(const Node& node, ValueId value);
    std::optional<AffineForm> fromProduct(const Node& node, ValueId value);
    std::optional<AffineForm> fromJoin(const Node& node, ValueId value);
    std::optional<AffineForm> fromSlice(const Node& node, ValueId value);
    std::optional<std::vector<float>> constantRow(ValueId value, int64_t rows) const;

    const Graph& graph_;
    std::map<ValueId, AffineForm> known_;
};

//! Rows [first, first + count) of a form.
AffineForm rowsOf(const AffineForm& form, int64_t first, int64_t count);
//! matrix [rows, form.rows] * form.
AffineForm times(const std::vector<float>& matrix, int64_t rows, const AffineForm& form);

struct RowRange {
    ValueId of;
    int64_t first, count;
};
//! The part of the last dimension that a slice takes, if it takes everything of the other ones.
std::optional<RowRange> slicedRows(const Graph& graph, ValueId value);
//! The value behind operators that add and remove dimensions of size 1 before the last one.
ValueId throughUnitDims(const Graph& graph, ValueId value);

}  // namespace opentrt::passes
