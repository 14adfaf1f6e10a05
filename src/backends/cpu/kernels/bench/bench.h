// SPDX-License-Identifier: Apache-2.0
// Micro-benchmark helpers: kernels of ours and of oneDNN take turns in one process, and the medians are compared.
#pragma once
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/test_values.h"
#include "base/parallel.h"
#include "dnnl.hpp"

namespace opentrt::cpu::kernels::bench {

//! On one thread the processor time counts, so that other programs on the machine disturb little.
inline double now() {
    timespec t{};
    clock_gettime(opentrt::threadCount() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

inline double seconds(const std::function<void()>& f, int repeat) {
    const double begin = now();
    for (int i = 0; i < repeat; ++i) f();
    return (now() - begin) / repeat;
}

//! Medians of `rounds` alternating measurements of some 5 ms each.
inline std::vector<double> compare(const std::vector<std::function<void()>>& candidates, int rounds = 9) {
    std::vector<int> repeat;
    for (const auto& f : candidates) {
        f();
        repeat.push_back(std::clamp(static_cast<int>(0.005 / std::max(seconds(f, 2), 1e-9)), 1, 100000));
    }
    std::vector<std::vector<double>> times(candidates.size());
    for (int r = 0; r < rounds; ++r)
        for (size_t i = 0; i < candidates.size(); ++i) times[i].push_back(seconds(candidates[i], repeat[i]));
    std::vector<double> medians;
    for (auto& t : times) {
        std::nth_element(t.begin(), t.begin() + rounds / 2, t.end());
        medians.push_back(t[static_cast<size_t>(rounds / 2)]);
    }
    return medians;
}

//! One line: ours, theirs, ratio (above 1: ours is faster). `amount` is flops or bytes.
inline void report(const std::string& name, double amount, const char* unit, const std::vector<double>& t) {
    std::printf("%-44s %9.1f us %7.1f %s", name.c_str(), t[0] * 1e6, amount / t[0] * 1e-9, unit);
    if (t.size() > 1)
        std::printf("   oneDNN %9.1f us %7.1f %s   ratio %.2f", t[1] * 1e6, amount / t[1] * 1e-9, unit, t[1] / t[0]);
    std::printf("\n");
    std::fflush(stdout);
}

inline dnnl::engine& engine() {
    static dnnl::engine e(dnnl::engine::kind::cpu, 0);
    return e;
}
inline dnnl::stream& stream() {
    static dnnl::stream s(engine());
    return s;
}

//! Memory with ordinary numbers in it: pages never written would all be one page of zeros.
inline dnnl::memory filledMemory(const dnnl::memory::desc& desc) {
    dnnl::memory memory(desc, engine());
    auto* data = static_cast<float*>(memory.get_data_handle());
    for (size_t i = 0; i < desc.get_size() / sizeof(float); ++i) data[i] = static_cast<float>(i % 31) / 31 - 0.5f;
    return memory;
}

void benchGemm();
void benchPointwise();
void benchConvolution();
void benchDepthwiseAndDirect();
void benchRows();
void benchMovement();
void benchAttention();
void benchRecurrent();

}  // namespace opentrt::cpu::kernels::bench
