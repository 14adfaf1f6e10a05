// SPDX-License-Identifier: Apache-2.0
// The elementwise part of a recurrent cell: 16 hidden units of one item of the batch.
#pragma once
#include "backends/cpu/kernels/recurrent.h"

namespace opentrt::cpu::kernels {

struct UnitUpdate {
    const RecurrentCell* cell;
    const CellActivation* activations;  // of the direction
    const float* gates;                 // [gate][16], ONNX order
    const float* state;                 // 16 units, before the step
    float* next;                        // 16 units, after it
    float* cellState;                   // lstm: updated in place
    const float* peepholes[3];          // lstm: i o f, or null
    // Gru. First pass: gates z and r are given, z goes to `update` and r * state to `scaled`. Second pass: gates[2] is
    // the candidate's sum. With linearBeforeReset one pass: `recurrentCandidate` is the state's part of it.
    float* update;
    float* scaled;
    const float* recurrentCandidate;
};

struct UpdateFunctions {
    void (*rnn)(const UnitUpdate&);
    void (*lstm)(const UnitUpdate&);
    void (*gruGates)(const UnitUpdate&);
    void (*gruState)(const UnitUpdate&);
};
const UpdateFunctions& recurrentUpdates();

}  // namespace opentrt::cpu::kernels
