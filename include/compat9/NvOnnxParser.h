// SPDX-License-Identifier: Apache-2.0
//! \file NvOnnxParser.h
//! NvOnnxParser.h in the dialect of TensorRT 9.
#define NV_TENSORRT_COMPAT_MAJOR 9
#include "../NvOnnxParser.h"
