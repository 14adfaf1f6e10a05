// SPDX-License-Identifier: Apache-2.0
//! \file NvInferImpl.h
//! NvInferImpl.h in the dialect of TensorRT 11.
#define NV_TENSORRT_COMPAT_MAJOR 11
#include "../NvInferImpl.h"
