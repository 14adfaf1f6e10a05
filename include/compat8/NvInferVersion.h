// SPDX-License-Identifier: Apache-2.0
//! \file NvInferVersion.h
//! NvInferVersion.h in the dialect of TensorRT 8.
#define NV_TENSORRT_COMPAT_MAJOR 8
#include "../NvInferVersion.h"
