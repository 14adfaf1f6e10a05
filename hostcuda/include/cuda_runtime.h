// SPDX-License-Identifier: Apache-2.0
// The runtime API with its C++ conveniences. Kernels cannot be launched: there is no <<< >>> without nvcc.
#pragma once

#include "cuda_runtime_api.h"
#include "driver_functions.h"
#include "library_types.h"
#include "vector_functions.h"

#if defined(__cplusplus)
#include "hostcuda/overloads.h"
#endif
