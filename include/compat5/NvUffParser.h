// SPDX-License-Identifier: Apache-2.0
//! \file NvUffParser.h
//! NvUffParser.h in the dialect of TensorRT 5.
#define NV_TENSORRT_COMPAT_MAJOR 5
#include "../NvUffParser.h"
