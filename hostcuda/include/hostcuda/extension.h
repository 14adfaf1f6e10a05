// SPDX-License-Identifier: Apache-2.0
// What the host runtime offers beyond the CUDA runtime API, for libraries that do a stream's work on the host.
#pragma once

#include "../driver_types.h"
#include "declare.h"

#ifdef __cplusplus
extern "C" {
#endif

// Like cudaLaunchHostFunc, but the function may use the runtime, as library code does that calls back into user code
// such as plugins. Work that it submits to its own stream (the stream of this call, also when a graph captured from it
// is replayed elsewhere) is performed at once, on the same thread: the stream's order says that it belongs here.
// Waiting for its own stream returns at once. Waiting for the whole device is refused with cudaErrorNotPermitted.
HOSTCUDA_DECL cudaError_t cudaHostRuntimeLaunch(cudaStream_t stream, cudaHostFn_t fn, void* userData);

#ifdef __cplusplus
}
#endif
