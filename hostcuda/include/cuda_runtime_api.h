// SPDX-License-Identifier: Apache-2.0
// The CUDA runtime API of the host runtime: same names, values, signatures and layouts as runtime 13.0, implemented on
// the CPU. README.md in this room lists what is there and what is refused.
#pragma once

#define CUDART_VERSION 13000
#define __CUDART_API_VERSION CUDART_VERSION

// Lets a program ask which runtime's headers it is built with.
#define OPENTRT_HOSTCUDA 1

#include "driver_types.h"

#if !defined(HOSTCUDA_BUILD)
#if defined(CUDA_API_PER_THREAD_DEFAULT_STREAM)
#include "hostcuda/per_thread_stream.h"
#endif
#include "hostcuda/renamed.h"
#endif

#include "hostcuda/device_api.h"
#include "hostcuda/graph_api.h"
#include "hostcuda/kernel_api.h"
#include "hostcuda/memory_api.h"
#include "hostcuda/stream_api.h"

#if defined(__cplusplus) && !defined(HOSTCUDA_BUILD)
#include "hostcuda/compatibility.h"
#endif
