// SPDX-License-Identifier: Apache-2.0
//! \file NvInferImpl.h
//! NvInferImpl.h in the dialect of TensorRT 9.
#define NV_TENSORRT_COMPAT_MAJOR 9
#include "../NvInferImpl.h"
