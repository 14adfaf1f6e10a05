// SPDX-License-Identifier: Apache-2.0
// The table of operators (ops.def): how text and plans find an operator by name, and where it may occur. Defines
// makeOp of graph/op.h and allowed of graph/verify.h.
#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "graph/graph.h"

namespace opentrt {

struct OpEntry {
    const OpInfo* info;
    bool imported, canonical, planned;
    std::unique_ptr<Op> (*make)();

    bool in(Stage stage) const {
        return stage == Stage::Imported ? imported : stage == Stage::Canonical ? canonical : planned;
    }
};

//! Every operator, in the order of ops.def.
std::span<const OpEntry> operators();
//! Null for an unknown kind.
const OpEntry* findOperator(std::string_view kind);

}  // namespace opentrt
