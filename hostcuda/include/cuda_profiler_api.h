// SPDX-License-Identifier: Apache-2.0
// Profiler range marks. They succeed and do nothing: no CUDA profiler attaches to the host runtime.
#pragma once

#include "driver_types.h"
#include "hostcuda/declare.h"

#ifdef __cplusplus
extern "C" {
#endif

HOSTCUDA_DECL cudaError_t cudaProfilerStart(void);
HOSTCUDA_DECL cudaError_t cudaProfilerStop(void);

#ifdef __cplusplus
}
#endif
