// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <omp.h>

namespace opentrt {
namespace {

// What OMP_NUM_THREADS or the machine gave, before anyone called setThreadCount.
const int kInitialThreads = omp_get_max_threads();

}  // namespace

int threadCount() {
    return omp_in_parallel() ? 1 : omp_get_max_threads();
}

void setThreadCount(int threads) {
    omp_set_num_threads(threads > 0 ? threads : kInitialThreads);
}

void parallelFor(int64_t count, int64_t grain, RangeBody body) {
    if (count <= 0) return;
    grain = std::max<int64_t>(grain, 1);
    const int64_t parts = std::min<int64_t>(threadCount(), count / grain + (count % grain != 0));
    if (parts <= 1) return body(0, count);

    std::exception_ptr failure;
    std::atomic_flag failed = ATOMIC_FLAG_INIT;
    const int64_t step = count / parts;
    const int64_t longer = count % parts;  // the first ranges take one more
#pragma omp parallel num_threads(static_cast <int>(parts))
    {
        // The runtime may give fewer threads than asked for, so the parts are shared out rather than owned.
        for (int64_t part = omp_get_thread_num(); part < parts; part += omp_get_num_threads()) {
            const int64_t begin = part * step + std::min(part, longer);
            try {
                body(begin, begin + step + (part < longer ? 1 : 0));
            } catch (...) {
                if (!failed.test_and_set()) failure = std::current_exception();
            }
        }
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace opentrt
