// SPDX-License-Identifier: Apache-2.0
// Winograd convolution: 3x3, stride 1. The tile decides between speed and accuracy; both are offered.
#include "backends/cpu/kernels/winograd.h"

#include "backends/cpu/conv_family.h"
#include "backends/cpu/layouts.h"
#include "base/error.h"
#include "base/parallel.h"

namespace opentrt::cpu {

namespace {

kernels::WinogradConv kernelOf(const ConvProblem& p) {
    kernels::WinogradConv conv;
    conv.tile = static_cast<int>(p.option);
    conv.batch = p.batch;
    conv.inChannels = p.inChannels;
    conv.outChannels = p.outChannels;
    conv.height = p.height;
    conv.width = p.width;
    conv.outHeight = p.outHeight;
    conv.outWidth = p.outWidth;
    conv.padTop = p.padTop;
    conv.padLeft = p.padLeft;
    conv.inLayout = p.inLayout;
    conv.outLayout = p.outLayout;
    return conv;
}

struct Winograd {
    static constexpr const char* kName = "cpu.winograd";

    static std::string whyNot(const ConvProblem& p) {
        if (p.kernelH != 3 || p.kernelW != 3) return "not a 3x3 kernel";
        if (p.strideH != 1 || p.strideW != 1 || p.dilationH != 1 || p.dilationW != 1) {
            return "a stride or dilation other than 1";
        }
        if (p.groups != 1) return "more than one group";
        if (p.inChannels < 16 || p.outChannels < 16) return "fewer than 16 channels";
        return {};
    }

    static std::vector<ConvVariant> variants(const ConvProblem& p) {
        std::vector<ConvVariant> result;
        for (const Format format : {Format::Chw16, Format::Nhwc}) {
            if (format == Format::Chw16 && !fillsBlocks(p, 16)) continue;
            for (const int64_t tile : {4, 2})
                result.push_back({cat("f", tile, ".", name(format)), format, format, tile});
        }
        return result;
    }

    static int64_t packedSize(const ConvProblem& p) { return kernels::winogradWeightsSize(kernelOf(p)); }
    static void pack(const ConvProblem& p, const float* weights, float* packed) {
        kernels::winogradWeights(kernelOf(p), weights, packed);
    }

    static std::unique_ptr<Launch> bind(const ConvProblem& p, const Tensor& packed, BoundEpilogue epilogue) {
        const kernels::WinogradConv conv = kernelOf(p);
        const int threads = threadCount();
        return makeLaunch(
            [conv, packed, threads, epilogue = std::move(epilogue)](const LaunchArgs& args) mutable {
                kernels::winograd(conv, static_cast<const float*>(args.inputs[0]), packed.as<float>(),
                                  epilogue.at(args), static_cast<float*>(args.outputs[0]),
                                  static_cast<float*>(args.workspace), threads);
            },
            kernels::winogradWorkspace(conv, threads) * static_cast<int64_t>(sizeof(float)));
    }
};

}  // namespace

const KernelFamily kWinogradFamily = convFamily<Winograd>();

}  // namespace opentrt::cpu
