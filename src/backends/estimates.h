// SPDX-License-Identifier: Apache-2.0
// What a backend can say about the time of its tactics without running them. A backend that can is one of these too.
#pragma once
#include "backends/backend.h"

namespace opentrt {

class Estimates {
public:
    virtual ~Estimates() = default;
    //! Milliseconds of each tactic at the sizes of the request, good enough to tell those that are far slower than the
    //! best; 0: it cannot be told.
    virtual std::vector<double> estimates(const Graph& graph, NodeId node, const std::vector<Tactic>& tactics,
                                          const TacticRequest& request) const = 0;
};

}  // namespace opentrt
