// SPDX-License-Identifier: Apache-2.0
// The types of the runtime API, by theme.
#pragma once

#include "host_defines.h"
#include "hostcuda/device_types.h"
#include "hostcuda/errors.h"
#include "hostcuda/graph_types.h"
#include "hostcuda/kernel_types.h"
#include "hostcuda/memory_types.h"
#include "hostcuda/stream_types.h"
#include "vector_types.h"
