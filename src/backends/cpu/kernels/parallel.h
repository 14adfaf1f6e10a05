// SPDX-License-Identifier: Apache-2.0
// Parallel loop of the kernels on top of the house's one thread pool. A loop is cut into tasks by its shape, and no sum
// ever depends on which thread ran what, so results are the same for any number of threads.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <type_traits>

#include "base/parallel.h"

namespace opentrt::cpu::kernels {

//! Work that pays for waking one more thread, in nanoseconds.
inline constexpr int64_t kMinWorkPerThread = 6000;

inline int64_t ceilDiv(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

//! Threads that pay for so many tasks.
inline int usefulThreads(int64_t tasks, int64_t workPerTask) {
    const int64_t work = tasks * std::max<int64_t>(workPerTask, 1);
    return static_cast<int>(
        std::clamp<int64_t>(std::min<int64_t>(work / kMinWorkPerThread, tasks), 1, opentrt::threadCount()));
}

//! Calls body(task) or body(task, thread) for each task in [0, tasks); `workPerTask` is about the nanoseconds one
//! takes. Tasks are handed out in order, one at a time, so that unequal tasks and unequal cores even out.
template <class Body>
void parallelTasks(int64_t tasks, int64_t workPerTask, const Body& body, int limit = 1 << 20) {
    const auto call = [&](int64_t task, int thread) {
        if constexpr (std::is_invocable_v<const Body&, int64_t, int>) {
            body(task, thread);
        } else {
            (void)thread;
            body(task);
        }
    };
    const int threads = std::min(limit, usefulThreads(tasks, workPerTask));
    if (threads <= 1) {
        for (int64_t task = 0; task < tasks; ++task) call(task, 0);
        return;
    }
    std::atomic<int64_t> next{0};
    opentrt::parallelFor(threads, 1, [&](int64_t begin, int64_t end) {
        for (int64_t thread = begin; thread < end; ++thread)
            for (int64_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < tasks;)
                call(task, static_cast<int>(thread));
    });
}

}  // namespace opentrt::cpu::kernels
