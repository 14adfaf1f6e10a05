// SPDX-License-Identifier: Apache-2.0
//! \file NvOnnxParserRuntime.h
//! Plugins of engines imported from ONNX, in the way of 5.x and 6.0. Plugins register themselves since.
#ifndef NV_ONNX_PARSER_RUNTIME_H
#define NV_ONNX_PARSER_RUNTIME_H

#include "NvOnnxParser.h"

namespace nvonnxparser {

//! Makes the parser's own plugins when IRuntime::deserializeCudaEngine() meets them. Until 6.0.
class IPluginFactory : public nvinfer1::IPluginFactory {
public:
    //! Deletes the factory.
    virtual void destroy() = 0;

protected:
    virtual ~IPluginFactory() {}
};

}  // namespace nvonnxparser

//! Makes an nvonnxparser::IPluginFactory; called through nvonnxparser::createPluginFactory.
extern "C" TENSORRTAPI void* createNvOnnxParserPluginFactory_INTERNAL(void* logger, int version);

namespace nvonnxparser {
namespace {

//! \return a new factory; release it with destroy().
inline IPluginFactory* createPluginFactory(nvinfer1::ILogger& logger) {
    return static_cast<IPluginFactory*>(createNvOnnxParserPluginFactory_INTERNAL(&logger, NV_ONNX_PARSER_VERSION));
}

}  // namespace
}  // namespace nvonnxparser

#endif  // NV_ONNX_PARSER_RUNTIME_H
