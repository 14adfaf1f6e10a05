// SPDX-License-Identifier: Apache-2.0
// The entry points of libnvonnxparser.
#include <new>

#include "model/onnx/parser.h"
#include "model/onnx/refitter.h"

namespace {

//! Makes a Made over `object`, or logs why not. Callers cast the result to Interface.
template <class Interface, class Made, class Object>
void* create(void* object, void* logger, const char* what) noexcept {
    if (!logger) return nullptr;
    auto& log = *static_cast<nvinfer1::ILogger*>(logger);
    if (!object) {
        log.log(nvinfer1::ILogger::Severity::kERROR, what);
        return nullptr;
    }
    Interface* made = nullptr;
    try {
        made = new Made(*static_cast<Object*>(object), log);
    } catch (const std::bad_alloc&) {
        log.log(nvinfer1::ILogger::Severity::kERROR, "out of memory");
    }
    return made;
}

}  // namespace

// The version says with which header the program was compiled; all of them share one layout (see NvOnnxParser.h).
extern "C" void* createNvOnnxParser_INTERNAL(void* network, void* logger, int) noexcept {
    return create<nvonnxparser::IParser, opentrt::model::Parser, nvinfer1::INetworkDefinition>(
        network, logger, "createNvOnnxParser: the network is null");
}

extern "C" void* createNvOnnxParserRefitter_INTERNAL(void* refitter, void* logger, int32_t) noexcept {
    return create<nvonnxparser::IParserRefitter, opentrt::model::ParserRefitter, nvinfer1::IRefitter>(
        refitter, logger, "createNvOnnxParserRefitter: the refitter is null");
}

extern "C" int getNvOnnxParserVersion() noexcept {
    return NV_ONNX_PARSER_VERSION;
}
