// SPDX-License-Identifier: Apache-2.0
#include "entry.h"

#include <atomic>
#include <mutex>
#include <new>
#include <pthread.h>
#include <system_error>

namespace opentrt::hostcuda {
namespace {

// Threads do not survive a fork, so neither do streams: a child of a process that used the runtime gets an error from
// every call that would need it, as with the original runtime.
std::atomic<bool> used{false};
std::atomic<bool> orphaned{false};

thread_local cudaError_t threadError = cudaSuccess;
thread_local const Running* threadRunning = nullptr;

void markUsed() {
    static std::once_flag once;
    std::call_once(once, [] {
        pthread_atfork(nullptr, nullptr, [] { orphaned.store(true); });
        used.store(true);
    });
}

}  // namespace

RunningScope::RunningScope(Running running) : running_(running), previous_(threadRunning) {
    threadRunning = &running_;
}

RunningScope::~RunningScope() {
    threadRunning = previous_;
}

const Running* running() {
    return threadRunning;
}

cudaError_t admit() {
    if (threadRunning && !threadRunning->mayUseRuntime) return cudaErrorNotPermitted;
    if (orphaned.load(std::memory_order_relaxed)) return cudaErrorInitializationError;
    if (!used.load(std::memory_order_relaxed)) markUsed();
    return cudaSuccess;
}

cudaError_t settle(cudaError_t status) {
    if (status != cudaSuccess && status != cudaErrorNotReady) threadError = status;
    return status;
}

cudaError_t lastError(bool clear) {
    cudaError_t status = threadError;
    if (clear) threadError = cudaSuccess;
    return status;
}

cudaError_t fromException() {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return cudaErrorMemoryAllocation;
    } catch (const std::system_error&) {
        return cudaErrorOperatingSystem;
    } catch (...) {
        return cudaErrorUnknown;
    }
}

}  // namespace opentrt::hostcuda
