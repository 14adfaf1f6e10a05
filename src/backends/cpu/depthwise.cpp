// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/depthwise.h"

#include "backends/cpu/conv_family.h"
#include "backends/cpu/layouts.h"
#include "base/error.h"

namespace opentrt::cpu {

namespace {

kernels::DepthwiseConv kernelOf(const ConvProblem& p) {
    auto conv = windowOf<kernels::DepthwiseConv>(p);
    conv.channels = p.outChannels;
    conv.layout = p.inLayout;
    return conv;
}

struct Depthwise {
    static constexpr const char* kName = "cpu.depthwise";

    static std::string whyNot(const ConvProblem& p) {
        if (p.groups != p.inChannels || p.groups != p.outChannels) return "not one input channel per output channel";
        return {};
    }

    static std::vector<ConvVariant> variants(const ConvProblem& p) {
        std::vector<ConvVariant> result;
        if (fillsBlocks(p, 16)) result.push_back({"chw16", Format::Chw16, Format::Chw16});
        result.push_back({"nhwc", Format::Nhwc, Format::Nhwc});
        result.push_back({"linear", Format::Linear, Format::Linear});
        return result;
    }

    static int64_t packedSize(const ConvProblem& p) { return kernels::depthwiseWeightsSize(kernelOf(p)); }
    static void pack(const ConvProblem& p, const float* weights, float* packed) {
        kernels::depthwiseWeights(kernelOf(p), weights, packed);
    }

    static std::unique_ptr<Launch> bind(const ConvProblem& p, const Tensor& packed, BoundEpilogue epilogue) {
        return makeLaunch([conv = kernelOf(p), packed, epilogue = std::move(epilogue)](const LaunchArgs& args) mutable {
            kernels::depthwise(conv, static_cast<const float*>(args.inputs[0]), packed.as<float>(), epilogue.at(args),
                               static_cast<float*>(args.outputs[0]));
        });
    }
};

}  // namespace

const KernelFamily kDepthwiseFamily = convFamily<Depthwise>();

}  // namespace opentrt::cpu
