// SPDX-License-Identifier: Apache-2.0
// libnvinfer_plugin: the plugins that come with the library.
#include "NvInferPlugin.h"

extern "C" TENSORRTAPI bool initLibNvInferPlugins(void* logger, char const*) {
    if (logger) {
        static_cast<nvinfer1::ILogger*>(logger)->log(nvinfer1::ILogger::Severity::kVERBOSE,
                                                     "initLibNvInferPlugins: this version of OpenTRT brings no "
                                                     "plugins; all standard layers are in the network API");
    }
    return true;
}
