// SPDX-License-Identifier: Apache-2.0
// 1x1 convolution as one matrix product: pixels are rows, channels columns. In nhwc the pixels of all images are one
// list of rows; in chw16 each image is a product whose columns lie in blocks.
#include "backends/cpu/conv_family.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/layouts.h"
#include "base/error.h"

namespace opentrt::cpu {

namespace {

class GemmConvLaunch final : public Launch {
public:
    GemmConvLaunch(const ConvProblem& p, Tensor packed, BoundEpilogue epilogue)
        : packed_(std::move(packed)), epilogue_(std::move(epilogue)) {
        const int64_t pixels = p.outHeight * p.outWidth;
        in_ = kernels::imageStrides(p.inLayout, p.inChannels, pixels);
        out_ = kernels::imageStrides(p.outLayout, p.outChannels, pixels);
        const bool together = p.inLayout == kernels::ImageLayout::Nhwc && epilogue_.isUniform(pixels);
        images_ = together ? 1 : p.batch;
        args_.m = together ? pixels * p.batch : pixels;
        args_.n = p.outChannels;
        args_.k = p.inChannels;
        args_.aRow = in_.pixel;
        args_.aBlock = in_.block;
        args_.cRow = out_.pixel;
        args_.cBlock = out_.block;
        args_.b = packed_.data();
    }

    void run(const LaunchArgs& args) override {
        epilogue_.at(args);
        for (int64_t image = 0; image < images_; ++image) {
            args_.a = static_cast<const float*>(args.inputs[0]) + image * in_.image;
            args_.c = static_cast<float*>(args.outputs[0]) + image * out_.image;
            args_.epilogue = epilogue_.gemm(image, out_);
            kernels::gemm(args_);
        }
    }

private:
    Tensor packed_;
    BoundEpilogue epilogue_;
    kernels::ImageStrides in_, out_;
    int64_t images_;
    kernels::GemmArgs args_;
};

struct GemmConv {
    static constexpr const char* kName = "cpu.gemm_conv";

    static std::string whyNot(const ConvProblem& p) {
        if (p.kernelH != 1 || p.kernelW != 1) return "not a 1x1 kernel";
        if (p.strideH != 1 || p.strideW != 1 || p.padded) return "a stride or padding";
        if (p.groups != 1) return "more than one group";
        return {};
    }

    static std::vector<ConvVariant> variants(const ConvProblem& p) {
        std::vector<ConvVariant> result{{"nhwc", Format::Nhwc, Format::Nhwc}};
        if (fillsBlocks(p, 16)) result.push_back({"chw16", Format::Chw16, Format::Chw16});
        return result;
    }

    static int64_t packedSize(const ConvProblem& p) { return kernels::packedSize(p.inChannels, p.outChannels); }
    static void pack(const ConvProblem& p, const float* weights, float* packed) {
        kernels::packB(p.inChannels, p.outChannels, weights, 1, p.inChannels, packed);
    }

    static std::unique_ptr<Launch> bind(const ConvProblem& p, const Tensor& packed, BoundEpilogue epilogue) {
        return std::make_unique<GemmConvLaunch>(p, packed, std::move(epilogue));
    }
};

}  // namespace

const KernelFamily kGemmConvFamily = convFamily<GemmConv>();

}  // namespace opentrt::cpu
