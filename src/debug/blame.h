// SPDX-License-Identifier: Apache-2.0
// Who is to blame for a wrong answer. Every layer of an engine is compared twice: with the reference on the layer's own
// inputs, which finds wrong kernels, and with the reference of the whole network as it was imported, which finds wrong
// rewrites. Tested by debug_test.cpp.
#pragma once
#include "debug/explain.h"
#include "graph/departure.h"

namespace opentrt::debug {

struct BlameRequest {
    double tolerance = 1e-3;  //!< largest difference that is right, as a part of the largest value
    bool bisect = false;      //!< find the pass, and the rewrite, that changes the network's outputs
};

//! `inputs` are in the order of the graph's. Throws Error.
Json blame(const Record& record, const std::vector<Tensor>& inputs, const BlameRequest& request);

//! The first pass after which the reference of the graph departs, and the first of its rewrites; null when no pass
//! changes the outputs.
Json bisect(const Record& record, const std::vector<Tensor>& inputs, double tolerance);

}  // namespace opentrt::debug
