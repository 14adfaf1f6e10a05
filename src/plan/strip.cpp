// SPDX-License-Identifier: Apache-2.0
#include "plan/strip.h"

#include <algorithm>
#include <set>

#include "base/error.h"

namespace opentrt {

void strip(Plan& plan) {
    if (!plan.refit) {
        throw Error(ErrorCode::InvalidConfig, plan.name,
                    "weights are to be left out of a plan that is not refittable; build it with BuilderFlag::kREFIT");
    }
    const PlanRefit& refit = *plan.refit;
    const bool named =
        std::any_of(refit.weights.begin(), refit.weights.end(), [](const RefitWeights& w) { return !w.name.empty(); });
    std::set<int32_t> kept(refit.stored.begin(), refit.stored.end());
    int64_t stripped = 0;
    for (const RefitWeights& w : refit.weights) {
        const int32_t blob = refit.stored[static_cast<size_t>(w.stored)];
        if (named && w.name.empty()) continue;
        if (kept.erase(blob) > 0) stripped += plan.blobs[static_cast<size_t>(blob)].bytes();
    }
    if (stripped == 0) return;
    for (size_t b = 0; b < plan.blobs.size(); ++b) {
        if (!kept.count(static_cast<int32_t>(b))) plan.blobs[b] = Tensor(plan.blobs[b].type(), {0});
    }
    plan.strippedBytes = stripped;
}

}  // namespace opentrt
