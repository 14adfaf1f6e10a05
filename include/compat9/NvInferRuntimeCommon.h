// SPDX-License-Identifier: Apache-2.0
//! \file NvInferRuntimeCommon.h
//! NvInferRuntimeCommon.h in the dialect of TensorRT 9.
#define NV_TENSORRT_COMPAT_MAJOR 9
#include "../NvInferRuntimeCommon.h"
