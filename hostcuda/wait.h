// SPDX-License-Identifier: Apache-2.0
// Waiting for an atomic word to change: a short spin, so that a hand-over between running threads costs well under a
// microsecond, then sleep, so that an idle process uses no processor time. On a machine with one processor the spin is
// skipped, since it would only keep the other side from running.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <sched.h>

namespace opentrt::hostcuda {

inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield" ::: "memory");
#endif
}

inline bool spinningHelps() {
    static const bool helps = [] {
        cpu_set_t set;
        return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
    }();
    return helps;
}

// Returns once the word differs from `old`.
inline void waitWhile(const std::atomic<uint32_t>& word, uint32_t old) {
    if (word.load(std::memory_order_acquire) != old) return;
    if (spinningHelps()) {
        constexpr std::chrono::microseconds limit{20};
        const auto start = std::chrono::steady_clock::now();
        do {
            for (int i = 0; i < 64; ++i) {
                if (word.load(std::memory_order_acquire) != old) return;
                relax();
            }
            // The one that will change the word may be waiting for this processor.
            sched_yield();
        } while (std::chrono::steady_clock::now() - start < limit);
    }
    word.wait(old, std::memory_order_acquire);
}

}  // namespace opentrt::hostcuda
