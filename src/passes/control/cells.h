// SPDX-License-Identifier: Apache-2.0
// Recurrent cells in the body of a loop: LSTM, GRU and RNN as exporters and programs write them out, with their gates
// as affine forms of the state and of other values. Used by recurrences.cpp.
#pragma once
#include "ops/recurrent.h"
#include "passes/control/affine_forms.h"
#include "passes/control/loop_parts.h"

namespace opentrt::passes {

struct CellFunction {
    const char* name = "";
    double alpha = 0, beta = 0;
    friend bool operator==(const CellFunction& a, const CellFunction& b) {
        return std::string_view(a.name) == b.name && a.alpha == b.alpha && a.beta == b.beta;
    }
};

struct Cell {
    ops::RecurrentCell kind = ops::RecurrentCell::Rnn;
    size_t state = 0;               //!< among the loop's carried values
    std::optional<size_t> memory;   //!< of an LSTM: its cell
    ValueId next;                   //!< the next state, before it is reshaped to be handed on
    std::vector<AffineForm> gates;  //!< in the order of ONNX; a missing one has no rows
    std::vector<CellFunction> functions;
    bool inputForget = false;
    //! Of a GRU: what the reset gate is applied to, a product of state and matrix, or the state itself.
    std::optional<AffineForm> reset;
    ValueId resetState;
};

//! The cell that computes the next value of carried value `state`.
std::optional<Cell> findCell(const LoopParts& parts, size_t state, AffineForms& forms);

}  // namespace opentrt::passes
