// SPDX-License-Identifier: Apache-2.0
#include "backends/backend.h"

#include <algorithm>
#include <cstring>

namespace opentrt {

bool Backend::sameStep(const Graph& graph, NodeId node, const Tactic& tactic, const TacticRequest& a,
                       const TacticRequest& b) const {
    const CompiledStep here = compile(graph, node, tactic, a);
    const CompiledStep there = compile(graph, node, tactic, b);
    const auto same = [](const Tensor& x, const Tensor& y) {
        return x.type() == y.type() && x.dims() == y.dims() &&
               std::memcmp(x.data(), y.data(), static_cast<size_t>(x.bytes())) == 0;
    };
    return here.kernel == there.kernel && here.params == there.params && here.inputs == there.inputs &&
           std::equal(here.weights.begin(), here.weights.end(), there.weights.begin(), there.weights.end(), same);
}

}  // namespace opentrt
