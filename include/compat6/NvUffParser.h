// SPDX-License-Identifier: Apache-2.0
//! \file NvUffParser.h
//! NvUffParser.h in the dialect of TensorRT 6.
#define NV_TENSORRT_COMPAT_MAJOR 6
#include "../NvUffParser.h"
