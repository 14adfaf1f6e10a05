// SPDX-License-Identifier: Apache-2.0
//! \file NvInferPlugin.h
//! NvInferPlugin.h in the dialect of TensorRT 9.
#define NV_TENSORRT_COMPAT_MAJOR 9
#include "../NvInferPlugin.h"
