// SPDX-License-Identifier: Apache-2.0
//! \file NvInfer.h
//! NvInfer.h in the dialect of TensorRT 6.
#define NV_TENSORRT_COMPAT_MAJOR 6
#include "../NvInfer.h"
