// SPDX-License-Identifier: Apache-2.0
// `./dev fuzz onnx_fuzz` runs this under libFuzzer; onnx_fuzz_test.cpp runs it on a fixed set of models.
#include "onnx_fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "NvInfer.h"
#include "NvOnnxParser.h"

namespace {

class Quiet : public nvinfer1::ILogger {
public:
    void log(Severity, const char*) noexcept override {}
};

void require(bool ok, const char* what) {
    if (ok) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static Quiet log;
    static const std::unique_ptr<nvinfer1::IBuilder> builder(nvinfer1::createInferBuilder(log));
    const std::unique_ptr<nvinfer1::INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<nvonnxparser::IParser> parser(nvonnxparser::createParser(*network, log));
    const bool parsed = parser->parse(data, size);
    require(parsed == (parser->getNbErrors() == 0), "parse() and the list of errors contradict each other");
    for (int32_t i = 0; i < parser->getNbErrors(); ++i) {
        require(std::strlen(parser->getError(i)->desc()) > 0, "an error has no text");
    }
    for (int32_t i = 0; parsed && i < network->getNbOutputs(); ++i) {
        require(network->getOutput(i)->getDimensions().nbDims >= 0, "an output of a parsed network has no shape");
    }
    return 0;
}

// libFuzzer calls this to change an input; half of the time the change is one of a model, else one of bytes.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t maxSize, unsigned int seed) {
    opentrt::fuzz::Random random(seed);
    std::string bytes(reinterpret_cast<const char*>(data), size);
    bytes = random.below(2) ? opentrt::fuzz::mutateModel(bytes, random) : opentrt::fuzz::mutateBytes(bytes, random);
    const size_t count = std::min(bytes.size(), maxSize);
    std::memcpy(data, bytes.data(), count);
    return count;
}
