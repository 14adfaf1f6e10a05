// SPDX-License-Identifier: Apache-2.0
// A Loop node taken apart: every value that passes its border with both ends of the passage, so that passes can turn
// one kind of passage into another without counting positions. rebuild() puts a new node in the place of the old one.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"

namespace opentrt::passes {

struct LoopParts {
    struct Carried {
        ValueId initial;       //!< outside
        ValueId inside, next;  //!< in the body
        ValueId last;          //!< outside
    };
    struct Iterator {
        ValueId whole;  //!< outside
        int64_t axis;
        bool reverse;
        ValueId inside;
    };
    struct Scan {
        ValueId length;  //!< outside; may be left out
        int64_t axis;    //!< not negative
        bool reverse;
        ValueId slice;  //!< in the body
        ValueId whole;  //!< outside
    };
    struct Captured {
        ValueId outside, inside;
    };

    ValueId count, start;  //!< outside; may be left out
    std::unique_ptr<Graph> body;
    ValueId iteration;  //!< in the body
    ValueId condition;  //!< in the body; invalid: the count alone ends the loop
    std::vector<Carried> carried;
    std::vector<Iterator> iterators;
    std::vector<Scan> scans;
    std::vector<Captured> captured;
    //! Results of the loop that something outside takes the place of.
    std::vector<std::pair<ValueId, ValueId>> replaced;

    void dropCarried(size_t index);
    //! In the body, `by` takes the place of `old`, as a result too.
    void replaceInside(ValueId old, ValueId by);
    //! A body input with the fact of a value outside. Inference of the new node sets it again.
    ValueId capture(const Graph& graph, ValueId outside);
};

//! The body is a copy; its results are listed in the parts alone.
LoopParts takeApart(const Graph& graph, NodeId loop);
//! Facts behind the new node are inferred again by the caller.
NodeId rebuild(Graph& graph, NodeId loop, LoopParts parts);

//! The one integer that a value holds, as an expression.
std::optional<Dim> integerIn(const Graph& graph, ValueId value);
//! The number of trips as an expression where nothing but the count decides; not negative.
std::optional<Dim> tripsOf(const Graph& graph, const LoopParts& parts);
//! The value behind operators that hand on what they get.
ValueId throughIdentities(const Graph& graph, ValueId value);

}  // namespace opentrt::passes
