// SPDX-License-Identifier: Apache-2.0
//! \file NvInferConsistency.h
//! NvInferConsistency.h in the dialect of TensorRT 9.
#define NV_TENSORRT_COMPAT_MAJOR 9
#include "../NvInferConsistency.h"
