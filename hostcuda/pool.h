// SPDX-License-Identifier: Apache-2.0
// Pools of stream-ordered memory. A pool here keeps books and attributes but no memory: what is freed goes back to the
// process at once, so the reserved amount always equals the used one. Tested by pool_test.cpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "entry.h"

namespace opentrt::hostcuda {

struct Pool {
    void count(size_t size);
    void discount(size_t size) { used.fetch_sub(size); }

    std::atomic<int> reuseFollowEvents{1};
    std::atomic<int> reuseOpportunistic{1};
    std::atomic<int> reuseInternalDependencies{1};
    std::atomic<uint64_t> releaseThreshold{0};
    std::atomic<uint64_t> used{0};
    std::atomic<uint64_t> usedHigh{0};
    std::atomic<uint64_t> reservedHigh{0};
};

const std::shared_ptr<Pool>& defaultPool();
// The pool that cudaMallocAsync takes from.
std::shared_ptr<Pool> currentPool();
// The pool of a handle, or null.
std::shared_ptr<Pool> findPool(cudaMemPool_t handle);

}  // namespace opentrt::hostcuda
