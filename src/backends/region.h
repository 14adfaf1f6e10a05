// SPDX-License-Identifier: Apache-2.0
// How backends read a node of the planned graph: a plain operator, or a Region whose body is an anchor (contraction,
// reduction, ...) followed by pointwise operators, or pointwise operators alone. Few families know more: pointwise
// operators in front of the anchor, further anchors, factors of rows that are made of statistics, and statistics that
// are left of the result (passes/fuse/norms.cpp).
#pragma once
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "graph/scalar.h"

namespace opentrt {

struct RegionView {
    const Graph* graph = nullptr;
    NodeId id;
    const Node* node = nullptr;
    const Node* anchor = nullptr;         //!< null when everything is pointwise
    std::vector<int> anchorInputs;        //!< node input read by each input of the anchor; -1: left out
    std::vector<const Node*> front;       //!< pointwise, make what the anchor reads
    std::vector<const Node*> further;     //!< anchors behind the first
    std::vector<const Node*> pointwise;   //!< behind the anchor, in order
    const Node* rowFactors = nullptr;     //!< ops::RowFactors of a node input; null: there is none
    const Node* rowStatistics = nullptr;  //!< ops::RowStatistics of the result, output 1 of the node; likewise
    ValueId leaves;                       //!< of one of several anchors (linksOf()): what it and its operators make
    ValueId beside;                       //!< likewise: what another one leaves that its operators read

    const Op& op() const { return *anchor->op; }
    const Fact& input(int i) const { return graph->fact(node->inputs[static_cast<size_t>(i)]); }
    const Fact& output(int i) const { return graph->fact(node->outputs[static_cast<size_t>(i)]); }
    bool isPlain() const { return front.empty() && further.empty(); }
    //! Fact of the anchor's k-th input; null when left out.
    const Fact* anchorInput(size_t k) const;
    //! What the anchor itself makes, before the epilogue.
    const Fact& anchorOutput() const;
    //! What the pointwise operators behind the anchor make of it, up to the first further anchor.
    const Fact& finished() const;
    //! Which node input a value is that the operators read; -1: it is made inside.
    int indexOf(ValueId value) const;
    bool isConstant(int i) const { return input(i).constant.has_value(); }
    //! The graph that holds the operators: the body, or the outer graph for a plain operator.
    const Graph& holder() const;
};
//! Among the operands of the pointwise part: what rowFactors makes; what RegionView::beside is.
inline constexpr int kRowMean = -2, kRowFactor = -3, kBeside = -4;

RegionView viewRegion(const Graph& graph, NodeId node);
//! A region of anchors that read one another's results, each with the operators behind it as a region of its own; in
//! order. What one makes may be read by the operators behind a later one instead: it leaves the last such value that
//! has the type of its own operand.
std::vector<RegionView> linksOf(const RegionView& region);
//! Whether the run alone knows the size of some output.
bool makesSizes(const RegionView& region);

//! The pointwise part as one scalar program. With an anchor, program input 0 is the anchor's output; the other program
//! inputs are the node inputs listed in `operands` (-1: made inside by something else). Program outputs are the node's
//! outputs, without the statistics; with further anchors, what the first of them reads; of a link, what it leaves.
struct PointwisePart {
    ScalarProgram program;
    std::vector<int> operands;
};
PointwisePart pointwisePart(const RegionView& view);

//! The pointwise operators that make a value of the region, as a program whose inputs are `reads`: values of the holder
//! that no such operator makes. Numbers of constants are in the program.
struct MakingPart {
    ScalarProgram program;
    std::vector<ValueId> reads;
};
MakingPart partThatMakes(const RegionView& view, ValueId made);

//! The pointwise operators that lead from one value of the region to another, as a program with one input that has the
//! numbers of constants in it; nothing when they read anything else.
std::optional<ScalarProgram> programBetween(const RegionView& view, ValueId from, ValueId to);

}  // namespace opentrt
