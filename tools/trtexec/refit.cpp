// SPDX-License-Identifier: Apache-2.0
#include "refit.h"

#include "NvOnnxParser.h"
#include "log.h"
#include "network_setup.h"

namespace trtexec {
namespace {

using namespace nvinfer1;

constexpr int kTimedRefits = 10;
constexpr int kThreads = 10;

const char* roleName(WeightsRole role) {
    static constexpr const char* kNames[] = {"Kernel", "Bias", "Shift", "Scale", "Constant", "Any"};
    return kNames[static_cast<size_t>(role)];
}

void dump(IRefitter& refitter) {
    const int32_t count = refitter.getAll(0, nullptr, nullptr);
    std::vector<const char*> layers(static_cast<size_t>(count));
    std::vector<WeightsRole> roles(layers.size());
    refitter.getAll(count, layers.data(), roles.data());
    for (size_t i = 0; i < layers.size(); ++i) info(layers[i], " ", roleName(roles[i]));
}

void refitFrom(IRefitter& refitter, const std::string& onnx) {
    const std::unique_ptr<nvonnxparser::IParserRefitter> parser(nvonnxparser::createParserRefitter(refitter, theLog()));
    if (!parser || !parser->refitFromFile(onnx.c_str()) || !refitter.refitCudaEngine())
        throw Failure("the engine cannot be refitted from " + onnx + "; the lines above say why");
    info("Engine refitted from ", onnx);
}

void time(IRefitter& refitter, const std::string& onnx) {
    if (onnx.empty()) throw Failure("--timeRefit needs a model to take weights from: --onnx or --refitFromOnnx");
    refitFrom(refitter, onnx);
    const int64_t start = nowNs();
    for (int i = 0; i < kTimedRefits; ++i) {
        if (!refitter.refitCudaEngine()) throw Failure("the engine cannot be refitted; the lines above say why");
    }
    info("Engine refitted in ", secondsSince(start) * 1000 / kTimedRefits, " ms on average");
}

}  // namespace

void refit(const Options& options, LoadedEngine& engine) {
    const InferenceOptions& inference = options.inference;
    if (!options.reporting.refit && !inference.timeRefit && inference.refitFromOnnx.empty()) return;
    if (!engine.engine->isRefittable()) throw Failure("the engine is not refittable; build it with --refit");
    const std::unique_ptr<IRefitter> refitter(createInferRefitter(*engine.engine, theLog()));
    if (!refitter) throw Failure("no refitter can be made; the lines above say why");
    if (inference.threads) refitter->setMaxThreads(kThreads);
    if (options.reporting.refit) dump(*refitter);
    if (!inference.refitFromOnnx.empty()) refitFrom(*refitter, inference.refitFromOnnx);
    if (inference.timeRefit)
        time(*refitter, inference.refitFromOnnx.empty() ? options.model.onnx : inference.refitFromOnnx);
}

}  // namespace trtexec
