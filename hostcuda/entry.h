// SPDX-License-Identifier: Apache-2.0
// What every exported function does on its way in and out: refuse where the API forbids the call (after fork, inside a
// host function), turn exceptions into error codes, and remember the last error of the thread.
// Tested by errors_test.cpp and host_function_test.cpp.
#pragma once

#include <utility>

#ifndef HOSTCUDA_BUILD
#define HOSTCUDA_BUILD
#endif
#include "include/cuda_profiler_api.h"
#include "include/cuda_runtime_api.h"

// Defines an exported function. The code carries the internal name hostcuda_<name>; the exported symbols are versions
// of it, one for each runtime whose programs may load this library (exports.map lists them). Functions whose meaning
// changed between the runtimes export single versions, see older_runtimes.cpp.
#define HOSTCUDA_VERSION(function, version) __asm__(".symver " #function "," version)
#define HOSTCUDA_DECLARE(name) extern "C" __attribute__((visibility("default"))) decltype(name) hostcuda_##name
#define HOSTCUDA_VERSIONS(name)                                   \
    HOSTCUDA_VERSION(hostcuda_##name, #name "@@libcudart.so.13"); \
    HOSTCUDA_VERSION(hostcuda_##name, #name "@libcudart.so.12");  \
    HOSTCUDA_VERSION(hostcuda_##name, #name "@libcudart.so.11.0")
#define HOSTCUDA_API(name)   \
    HOSTCUDA_VERSIONS(name); \
    HOSTCUDA_DECLARE(name);  \
    extern "C" cudaError_t hostcuda_##name
// Further names of a function that the same file defines.
#define HOSTCUDA_ALSO_12(name, alias) HOSTCUDA_VERSION(hostcuda_##name, alias "@libcudart.so.12")
#define HOSTCUDA_ALSO_11_AND_12(name, alias) \
    HOSTCUDA_ALSO_12(name, alias);           \
    HOSTCUDA_VERSION(hostcuda_##name, alias "@libcudart.so.11.0")
// Like HOSTCUDA_API for a function that the headers do not declare.
#define HOSTCUDA_EXPORT(name, result) \
    HOSTCUDA_VERSIONS(name);          \
    extern "C" __attribute__((visibility("default"))) result hostcuda_##name
// Like HOSTCUDA_API for a name that older runtimes export with another meaning, or not at all.
#define HOSTCUDA_API_13(name)                                     \
    HOSTCUDA_VERSION(hostcuda_##name, #name "@@libcudart.so.13"); \
    HOSTCUDA_DECLARE(name);                                       \
    extern "C" cudaError_t hostcuda_##name

namespace opentrt::hostcuda {

class Queue;

// What the current thread is executing on behalf of a stream, if anything.
struct Running {
    const Queue* queue = nullptr;
    unsigned long long declaredStream = 0;  // id of the stream that the work was submitted to
    bool mayUseRuntime = false;
};

// Sets the thread's Running for a scope.
class RunningScope {
public:
    explicit RunningScope(Running running);
    ~RunningScope();
    RunningScope(const RunningScope&) = delete;
    RunningScope& operator=(const RunningScope&) = delete;

private:
    const Running running_;
    const Running* const previous_;
};

const Running* running();

// cudaSuccess where the runtime may be used now; marks the process as a user of it.
cudaError_t admit();
// Remembers an error for cudaGetLastError and returns it. "Not ready" is an answer, not an error.
cudaError_t settle(cudaError_t status);
cudaError_t lastError(bool clear);
// The error code of the exception being handled.
cudaError_t fromException();

// Runs a function that needs neither the device nor its state: allowed anywhere.
template <class Body>
cudaError_t query(Body&& body) noexcept {
    cudaError_t status;
    try {
        status = body();
    } catch (...) {
        status = fromException();
    }
    return settle(status);
}

template <class Body>
cudaError_t enter(Body&& body) noexcept {
    cudaError_t status = admit();
    return status == cudaSuccess ? query(std::forward<Body>(body)) : settle(status);
}

}  // namespace opentrt::hostcuda
