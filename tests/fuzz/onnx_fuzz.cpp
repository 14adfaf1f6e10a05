// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <memory>

#include "NvInfer.h"
#include "NvOnnxParser.h"
#include "onnx_mutate.h"
#include "target.h"

namespace opentrt::fuzz {
namespace {

class Quiet : public nvinfer1::ILogger {
public:
    void log(Severity, const char*) noexcept override {}
};

bool run(std::string_view bytes) {
    static Quiet log;
    static const std::unique_ptr<nvinfer1::IBuilder> builder(nvinfer1::createInferBuilder(log));
    const std::unique_ptr<nvinfer1::INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<nvonnxparser::IParser> parser(nvonnxparser::createParser(*network, log));
    const bool parsed = parser->parse(bytes.data(), bytes.size());
    require(parsed == (parser->getNbErrors() == 0), "parse() and the list of errors contradict each other");
    for (int32_t i = 0; i < parser->getNbErrors(); ++i) {
        require(std::strlen(parser->getError(i)->desc()) > 0, "an error has no text");
    }
    for (int32_t i = 0; parsed && i < network->getNbOutputs(); ++i) {
        require(network->getOutput(i)->getDimensions().nbDims >= 0, "an output of a parsed network has no shape");
    }
    return parsed;
}

}  // namespace

const Target& onnxFuzz() {
    static const Target target{run, mutateModel, seedModels};
    return target;
}

}  // namespace opentrt::fuzz
