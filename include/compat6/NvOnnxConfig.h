// SPDX-License-Identifier: Apache-2.0
//! \file NvOnnxConfig.h
//! NvOnnxConfig.h in the dialect of TensorRT 6.
#define NV_TENSORRT_COMPAT_MAJOR 6
#include "../NvOnnxConfig.h"
