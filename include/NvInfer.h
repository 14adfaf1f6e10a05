// SPDX-License-Identifier: Apache-2.0
//! \file NvInfer.h
//! The build API: everything needed to describe a network and turn it into an engine. It also brings in the runtime
//! API of NvInferRuntime.h, so most programs include only this file.
#ifndef NV_INFER_H
#define NV_INFER_H

#include "NvInferLegacyDims.h"
#include "NvInferRuntime.h"
#include "impl/NvInferAlgorithm.h"
#include "impl/NvInferBuilder.h"
#include "impl/NvInferBuilderConfig.h"
#include "impl/NvInferCalibration.h"
#include "impl/NvInferLayersAttention.h"
#include "impl/NvInferLayersControl.h"
#include "impl/NvInferLayersConvolution.h"
#include "impl/NvInferLayersData.h"
#include "impl/NvInferLayersElementwise.h"
#include "impl/NvInferLayersPlugin.h"
#include "impl/NvInferLayersPooling.h"
#include "impl/NvInferLayersQuantize.h"
#include "impl/NvInferLayersRecurrent.h"
#include "impl/NvInferLayersReduction.h"
#include "impl/NvInferLayersVision.h"
#include "impl/NvInferNetwork.h"
#include "impl/NvInferTensor.h"

#endif  // NV_INFER_H
