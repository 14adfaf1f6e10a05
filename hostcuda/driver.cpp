// SPDX-License-Identifier: Apache-2.0
// Ways to the driver API: there is no driver, so no entry point is found. The question itself succeeds, as it does in
// the original for a name that the driver lacks. Tested by device_test.cpp.
#include "entry.h"

using namespace opentrt::hostcuda;

namespace {

cudaError_t findNothing(const char* symbol, void** function, cudaDriverEntryPointQueryResult* status) {
    return query([&] {
        if (!symbol || !function) return cudaErrorInvalidValue;
        *function = nullptr;
        if (status) *status = cudaDriverEntryPointSymbolNotFound;
        return cudaSuccess;
    });
}

}  // namespace

HOSTCUDA_API(cudaGetDriverEntryPointByVersion)
(const char* symbol, void** funcPtr, unsigned int, unsigned long long, cudaDriverEntryPointQueryResult* driverStatus) {
    return findNothing(symbol, funcPtr, driverStatus);
}

HOSTCUDA_API_13(cudaGetDriverEntryPoint)
(const char* symbol, void** funcPtr, unsigned long long, cudaDriverEntryPointQueryResult* driverStatus) {
    return findNothing(symbol, funcPtr, driverStatus);
}
HOSTCUDA_ALSO_12(cudaGetDriverEntryPoint, "cudaGetDriverEntryPoint");

// There is no null stream in these, so the variants for per-thread streams are the same functions.
HOSTCUDA_VERSION(hostcuda_cudaGetDriverEntryPointByVersion, "cudaGetDriverEntryPointByVersion_ptsz@@libcudart.so.13");
HOSTCUDA_VERSION(hostcuda_cudaGetDriverEntryPoint, "cudaGetDriverEntryPoint_ptsz@@libcudart.so.13");
HOSTCUDA_ALSO_12(cudaGetDriverEntryPointByVersion, "cudaGetDriverEntryPointByVersion_ptsz");
HOSTCUDA_ALSO_12(cudaGetDriverEntryPoint, "cudaGetDriverEntryPoint_ptsz");
