// SPDX-License-Identifier: Apache-2.0
//! \file NvInferPlugin.h
//! The plugins that come with the library.
#ifndef NV_INFER_PLUGIN_H
#define NV_INFER_PLUGIN_H

#include "NvInfer.h"
#include "NvInferPluginUtils.h"
#include "impl/NvInferPluginFactories.h"

extern "C" {
//! Registers the plugins that come with the library under namespace `libNamespace`, "" for the usual one. `logger`, an
//! nvinfer1::ILogger, receives messages; null is allowed. Repeating it is harmless. \return Whether all are registered.
TENSORRTAPI bool initLibNvInferPlugins(void* logger, char const* libNamespace);
}

#endif  // NV_INFER_PLUGIN_H
