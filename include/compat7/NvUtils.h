// SPDX-License-Identifier: Apache-2.0
//! \file NvUtils.h
//! NvUtils.h in the dialect of TensorRT 7.
#define NV_TENSORRT_COMPAT_MAJOR 7
#include "../NvUtils.h"
