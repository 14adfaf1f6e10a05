// SPDX-License-Identifier: Apache-2.0
// Direct convolution; from linear input, too, which is how a network's first layer finds its image.
#include "backends/cpu/conv_family.h"
#include "backends/cpu/kernels/direct.h"
#include "backends/cpu/layouts.h"
#include "base/error.h"

namespace opentrt::cpu {

namespace {

//! More channels than this in linear format are better moved into another one first.
constexpr int64_t kMostLinearChannels = 8;

kernels::DirectConv kernelOf(const ConvProblem& p) {
    auto conv = windowOf<kernels::DirectConv>(p);
    conv.inChannels = p.inChannels;
    conv.outChannels = p.outChannels;
    conv.inLayout = p.inLayout;
    conv.outLayout = p.outLayout;
    return conv;
}

struct Direct {
    static constexpr const char* kName = "cpu.direct";

    static std::string whyNot(const ConvProblem& p) {
        if (p.groups != 1) return "more than one group";
        return {};
    }

    static std::vector<ConvVariant> variants(const ConvProblem& p) {
        std::vector<ConvVariant> result;
        if (fillsBlocks(p, 16)) result.push_back({"chw16", Format::Chw16, Format::Chw16});
        result.push_back({"nhwc", Format::Nhwc, Format::Nhwc});
        if (p.inChannels <= kMostLinearChannels) {
            if (p.outChannels % 16 == 0) result.push_back({"linear.chw16", Format::Linear, Format::Chw16});
            result.push_back({"linear.nhwc", Format::Linear, Format::Nhwc});
        }
        return result;
    }

    static int64_t packedSize(const ConvProblem& p) { return kernels::directWeightsSize(kernelOf(p)); }
    static void pack(const ConvProblem& p, const float* weights, float* packed) {
        kernels::directWeights(kernelOf(p), weights, packed);
    }

    static std::unique_ptr<Launch> bind(const ConvProblem& p, const Tensor& packed, BoundEpilogue epilogue) {
        auto conv = std::make_shared<kernels::DirectConvolution>(kernelOf(p));
        const int64_t workspace = conv->workspace() * static_cast<int64_t>(sizeof(float));
        return makeLaunch(
            [conv, packed, epilogue = std::move(epilogue)](const LaunchArgs& args) mutable {
                conv->run(static_cast<const float*>(args.inputs[0]), packed.as<float>(), epilogue.at(args),
                          static_cast<float*>(args.outputs[0]), static_cast<float*>(args.workspace));
            },
            workspace);
    }
};

}  // namespace

const KernelFamily kDirectFamily = convFamily<Direct>();

}  // namespace opentrt::cpu
