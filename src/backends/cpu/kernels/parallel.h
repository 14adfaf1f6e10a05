// SPDX-License-Identifier: Apache-2.0
// Parallel loop of the kernels on top of the house's one thread pool. A loop is cut into tasks by its shape, and no sum
// ever depends on which thread ran what, so results are the same for any number of threads.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
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

//! Tasks [next, end) that a thread begins with; others may take from the front of it, too.
struct alignas(64) TaskRange {
    std::atomic<int64_t> next;
    int64_t end;
};
inline constexpr int kMostTaskThreads = 256;

//! Calls body(task) or body(task, thread) for each task in [0, tasks); `workPerTask` is about the nanoseconds one
//! takes. Each thread begins with a part of its own, the same one in each loop of as many tasks, since its cache holds
//! what it wrote there; then it helps the others, so that unequal tasks and unequal cores even out.
template <class Body>
void parallelTasks(int64_t tasks, int64_t workPerTask, const Body& body, int limit = kMostTaskThreads) {
    const auto call = [&](int64_t task, int thread) {
        if constexpr (std::is_invocable_v<const Body&, int64_t, int>) {
            body(task, thread);
        } else {
            (void)thread;
            body(task);
        }
    };
    const int threads = std::min({limit, kMostTaskThreads, usefulThreads(tasks, workPerTask)});
    if (threads <= 1) {
        for (int64_t task = 0; task < tasks; ++task) call(task, 0);
        return;
    }
    alignas(TaskRange) std::byte room[kMostTaskThreads * sizeof(TaskRange)];  // mostly untouched
    auto* ranges = reinterpret_cast<TaskRange*>(room);
    for (int t = 0; t < threads; ++t) new (ranges + t) TaskRange{tasks * t / threads, tasks * (t + 1) / threads};
    opentrt::parallelFor(threads, 1, [&](int64_t begin, int64_t end) {
        for (int64_t thread = begin; thread < end; ++thread) {
            for (int64_t turn = 0; turn < threads; ++turn) {
                TaskRange& range = ranges[(thread + turn) % threads];
                for (int64_t task; (task = range.next.fetch_add(1, std::memory_order_relaxed)) < range.end;)
                    call(task, static_cast<int>(thread));
            }
        }
    });
}

}  // namespace opentrt::cpu::kernels
