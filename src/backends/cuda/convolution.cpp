// SPDX-License-Identifier: Apache-2.0
// Convolutions of up to three spatial axes with a thread for each result, in linear and channels-last order: transposed
// ones, and those that no other family takes. Tested by the conformance cases.
#include "ops/convolution.h"

#include "backends/cuda/elements.h"
#include "ops/deconvolution.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/convolution.cu; spatial axes are D, H, W.
struct ConvolutionArgs {
    const void *x = nullptr, *w = nullptr, *bias = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Divisor dim[5] = {Divisor(1), Divisor(1), Divisor(1), Divisor(1), Divisor(1)};
    int32_t axis[5] = {0, 1, 2, 3, 4};
    int64_t inStride[5] = {};
    Divisor groupMaps{1};
    int32_t groupChannels = 0, taps = 1;
    int32_t in[3] = {1, 1, 1}, window[3] = {1, 1, 1}, pad[3] = {}, dilation[3] = {1, 1, 1};
    Divisor stride[3] = {Divisor(1), Divisor(1), Divisor(1)};
};

template <class O>
struct ConvolutionDef {
    using Op = O;
    static constexpr bool kTransposed = std::is_same_v<O, ops::Deconvolution>;
    static constexpr const char* kName = kTransposed ? "cuda.deconvolution" : "cuda.convolution";
    static constexpr const char* kKernel = kTransposed ? "deconvolution" : "convolution";
    enum Input { kData, kWeights, kBias };

    static std::string whyNot(const RegionView& region, const Op&) {
        const size_t rank = region.input(0).shape.size();
        if (region.anchorInput(kWeights)->shape.size() != rank || rank > 5)
            return cat("rank ", rank, " with weights of rank ", region.anchorInput(kWeights)->shape.size());
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }
    static std::vector<Format> formats(const RegionView&, const Op&) { return {Format::Nhwc, Format::Linear}; }
    static std::string source(const RegionView& region, const Op&) {
        return cat(codeText("elements"), typeLine("T", region.input(0).type), "#define HAS_BIAS ",
                   region.anchorInput(kBias) ? 1 : 0, "\n#define TRANSPOSED ", kTransposed ? 1 : 0, "\n",
                   codeText("convolution"), "KERNEL ", kKernel,
                   "(const __grid_constant__ Args a) {\n    begin();\n    ready();\n    convolve(a);\n}\n");
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Port &x = call.in[kData], &y = call.out[0];
        const Dims& w = call.in[kWeights].dims;
        const size_t spatial = x.dims.size() - 2;
        ConvolutionArgs args;
        const Dims strides = stridesIn(x.format, x.dims);
        args.inStride[0] = strides[0];
        args.inStride[1] = strides[1];
        // A transposed one has its weights by input channel.
        args.groupMaps = divisor(kTransposed ? w[1] : w[0] / call.op.groups);
        args.groupChannels = static_cast<int32_t>(kTransposed ? w[0] / call.op.groups : w[1]);
        args.taps = static_cast<int32_t>(product(w, 2));
        for (size_t s = 0; s < spatial; ++s) {
            const size_t at = 3 - spatial + s;
            args.in[at] = static_cast<int32_t>(x.dims[s + 2]);
            args.window[at] = static_cast<int32_t>(w[s + 2]);
            const ops::WindowExtent extent = kTransposed ? call.op.extentTransposed(s, x.dims[s + 2], w[s + 2])
                                                         : call.op.extent(s, x.dims[s + 2], w[s + 2]);
            args.pad[at] = static_cast<int32_t>(extent.pre);
            args.dilation[at] = static_cast<int32_t>(call.op.dilationAt(s));
            args.stride[at] = Divisor(call.op.strideAt(s));
            args.inStride[at + 2] = strides[s + 2];
        }
        const std::vector<size_t> order = memoryOrder(y.format, y.dims.size());
        for (size_t i = 0; i < order.size(); ++i) {
            const size_t to = 5 - order.size() + i;
            args.dim[to] = divisor(y.dims[order[i]]);
            args.axis[to] = static_cast<int32_t>(order[i] < 2 ? order[i] : order[i] + 3 - spatial);
        }
        // Slots that no dimension fills count one element of an axis that has none of its own.
        for (size_t i = 0; i + order.size() < 5; ++i) args.axis[i] = static_cast<int32_t>(2 + i);
        return elementLaunch(std::move(code), kKernel, args, volumeOf(y.dims),
                             [bias = call.has(kBias)](ConvolutionArgs& a, const LaunchArgs& launch) {
                                 a.x = launch.inputs[kData];
                                 a.w = launch.inputs[kWeights];
                                 if (bias) a.bias = launch.inputs[kBias];
                                 a.y = launch.outputs[0];
                             });
    }
};

}  // namespace

const Family kDeconvolutionFamily = opFamily<ConvolutionDef<ops::Deconvolution>>();
const Family kConvolutionFamily = lastFamily<ConvolutionDef<ops::Convolution>>();

}  // namespace opentrt::cuda
