// SPDX-License-Identifier: Apache-2.0
// The one way to use several threads for computing: OpenMP's pool, which oneDNN shares. The number of threads follows
// OMP_NUM_THREADS. Tested by parallel_test.cpp.
#pragma once
#include <cstdint>
#include <type_traits>

namespace opentrt {

//! Threads that the next parallelFor of the calling thread may use; 1 inside of one.
int threadCount();
//! Sets threadCount() for the calling thread; 0 restores what the environment asked for.
void setThreadCount(int threads);

//! A borrowed callable: no allocation, valid during the call only.
class RangeBody {
public:
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, RangeBody>) RangeBody(F&& f)  // NOLINT: implicit from a lambda
        : object_(const_cast<void*>(static_cast<const void*>(&f))), call_([](void* object, int64_t begin, int64_t end) {
              (*static_cast<std::remove_reference_t<F>*>(object))(begin, end);
          }) {}
    void operator()(int64_t begin, int64_t end) const { call_(object_, begin, end); }

private:
    void* object_;
    void (*call_)(void*, int64_t, int64_t);
};

//! Calls body(begin, end) on disjoint ranges that cover [0, count), each at least `grain` long except the last. Serial
//! when there is only one range or one thread, or inside another parallelFor. Rethrows the first exception.
void parallelFor(int64_t count, int64_t grain, RangeBody body);

}  // namespace opentrt
