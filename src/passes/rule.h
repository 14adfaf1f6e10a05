// SPDX-License-Identifier: Apache-2.0
// A rewrite rule is a row: name, purpose, the operator where its pattern ends, and a function that looks for the
// pattern and says what would take its place. Looking changes nothing; the driver (rewrite.cpp) asks the budget, logs,
// builds, replaces, removes what became dead and looks again at what may match now. docs/add_a_rule.md tells how to add
// one.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "graph/graph.h"

namespace opentrt {

struct PassContext;

namespace passes {

struct Rewrite {
    ValueId old;       //!< what loses its readers
    std::string text;  //!< what happens, for the log: "GELU in /mlp/Mul_1"
    //! Adds nodes and returns the value that takes the place of `old`.
    std::function<ValueId(Graph&)> build;
};

struct Rule {
    const char* name;     //!< snake_case, the first word of its log lines
    const char* purpose;  //!< one line
    const OpInfo* root;   //!< operator at which `match` is asked
    //! What to do when the pattern ends at this node. The graph is not changed.
    std::optional<Rewrite> (*match)(const Graph& graph, const Node& node, const PassContext& context);
    //! The stage behind the pass cannot do without it: it costs no budget and is not logged.
    bool required = false;
};

//! Applies rules until none matches. True when one did.
bool applyRules(Graph& graph, PassContext& context, std::span<const Rule> rules);

}  // namespace passes
}  // namespace opentrt
