// SPDX-License-Identifier: Apache-2.0
//! \file NvInferImpl.h
//! Virtual tables behind all public classes, build and runtime. Of interest to the library only.
#ifndef NV_INFER_IMPL_H
#define NV_INFER_IMPL_H

#include "NvInferLegacyDims.h"
#include "NvInferRuntimeCommon.h"
#include "impl/NvInferImplBuild.h"
#include "impl/NvInferImplRuntime.h"

#endif  // NV_INFER_IMPL_H
