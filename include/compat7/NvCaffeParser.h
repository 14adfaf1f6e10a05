// SPDX-License-Identifier: Apache-2.0
//! \file NvCaffeParser.h
//! NvCaffeParser.h in the dialect of TensorRT 7.
#define NV_TENSORRT_COMPAT_MAJOR 7
#include "../NvCaffeParser.h"
