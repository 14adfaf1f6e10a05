// SPDX-License-Identifier: Apache-2.0
// Families of our own convolution kernels: constant weights and bias, f32, one or two spatial axes, the epilogue fused.
// A family is described by a struct:
//
//   struct Depthwise {
//       static constexpr const char* kName = "cpu.depthwise";
//       static std::string whyNot(const ConvProblem& p);  // sizes of images are not known yet; empty: it runs
//       static std::vector<ConvVariant> variants(const ConvProblem& p);
//       static int64_t packedSize(const ConvProblem& p);  // floats
//       static void pack(const ConvProblem& p, const float* weights, float* packed);
//       static std::unique_ptr<Launch> bind(const ConvProblem& p, const Tensor& packed, BoundEpilogue epilogue);
//   };
//   const KernelFamily kDepthwiseFamily = convFamily<Depthwise>();
#pragma once
#include "backends/cpu/epilogue.h"
#include "backends/cpu/family.h"
#include "backends/fit.h"

namespace opentrt::cpu {

//! A convolution over images; a single spatial axis is the width. Sizes of batch and images are known when bound.
struct ConvProblem {
    int64_t batch = 0, inChannels = 0, outChannels = 0, height = 1, width = 0, outHeight = 1, outWidth = 0;
    int64_t kernelH = 1, kernelW = 1, strideH = 1, strideW = 1, dilationH = 1, dilationW = 1;
    int64_t padTop = 0, padLeft = 0;
    bool padded = false;  //!< some output may reach into padding
    int64_t groups = 1;
    int64_t option = 0;  //!< of the variant
    kernels::ImageLayout inLayout = kernels::ImageLayout::Nchw, outLayout = kernels::ImageLayout::Nchw;
};

struct ConvVariant {
    std::string name;  //!< behind the family's name
    Format in, out;
    int64_t option = 0;
};

//! Copies the fields that kernels::DirectConv and its like share with ConvProblem.
template <class Kernel>
Kernel windowOf(const ConvProblem& p) {
    Kernel k;
    k.batch = p.batch;
    k.height = p.height;
    k.width = p.width;
    k.outHeight = p.outHeight;
    k.outWidth = p.outWidth;
    k.kernelH = p.kernelH;
    k.kernelW = p.kernelW;
    k.strideH = p.strideH;
    k.strideW = p.strideW;
    k.dilationH = p.dilationH;
    k.dilationW = p.dilationW;
    k.padTop = p.padTop;
    k.padLeft = p.padLeft;
    return k;
}

bool isConvolution(const RegionView& region);
//! What every family of this kind needs; empty when it is there.
std::string whyNotConvolution(const RegionView& region);
ConvProblem convProblem(const RegionView& region);
bool fillsBlocks(const ConvProblem& p, int64_t block);

//! The parts of tactics, compile and load that do not depend on the kernel.
//! Nothing where the image is an operand of the epilogue, too, and would have to lie in memory in two ways.
std::optional<Tactic> convTactic(const char* name, const RegionView& region, const ConvVariant& variant);
struct ConvStep {
    CompiledStep step;  //!< without the packed weights
    ConvProblem problem;
    Tensor weights;  //!< plain, f32
};
ConvStep compileConv(const char* name, const RegionView& region, const ConvVariant& variant);

struct LoadedConv {
    LoadedConv(const std::string& params, const std::vector<Tensor>& weights);
    ~LoadedConv();
    //! Throws unless it is a convolution of these operands with one of the variants.
    ConvProblem problem(std::span<const Port> in, std::span<const Port> out,
                        std::vector<ConvVariant> (*variants)(const ConvProblem&)) const;

    struct Params;
    std::unique_ptr<Params> params;
    Tensor packed;
    std::unique_ptr<Epilogue> epilogue;
};

template <class Def>
class OwnConvKernel final : public Kernel {
public:
    OwnConvKernel(const std::string& params, const std::vector<Tensor>& weights) : loaded_(params, weights) {}
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        const ConvProblem problem = loaded_.problem(in, out, Def::variants);
        fit(Def::whyNot(problem).empty(), "another kernel's convolution");
        fitBytes(loaded_.packed, Def::packedSize(problem) * static_cast<int64_t>(sizeof(float)));
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        return Def::bind(problem, loaded_.packed, loaded_.epilogue->bind(in.subspan(1), 1, out[0]));
    }

private:
    LoadedConv loaded_;
};

template <class Def>
constexpr KernelFamily convFamily() {
    return {Def::kName,
            [](const RegionView& region, const TacticRequest&, TacticList& list) {
                if (!isConvolution(region)) return;
                std::string reason = whyNotConvolution(region);
                if (reason.empty()) reason = Def::whyNot(convProblem(region));
                if (!reason.empty()) return list.refuse(Def::kName, reason);
                for (const ConvVariant& v : Def::variants(convProblem(region))) {
                    if (auto tactic = convTactic(Def::kName, region, v)) list.tactics.push_back(std::move(*tactic));
                }
            },
            [](const RegionView& region, const Tactic& tactic, const TacticRequest&) {
                CompiledStep result;
                for (const ConvVariant& v : Def::variants(convProblem(region))) {
                    const auto known = convTactic(Def::kName, region, v);
                    if (!known || known->name != tactic.name) continue;
                    ConvStep made = compileConv(Def::kName, region, v);
                    Tensor packed(DType::F32, {Def::packedSize(made.problem)});
                    Def::pack(made.problem, made.weights.as<float>(), packed.mutableAs<float>());
                    made.step.weights.insert(made.step.weights.begin(), std::move(packed));
                    result = std::move(made.step);
                }
                return result;
            },
            [](const std::string& params, const std::vector<Tensor>& weights) -> std::shared_ptr<const Kernel> {
                return std::make_shared<OwnConvKernel<Def>>(params, weights);
            },
            [](const RegionView& region) {
                return isConvolution(region) && whyNotConvolution(region).empty() &&
                       Def::whyNot(convProblem(region)).empty() && !Def::variants(convProblem(region)).empty();
            }};
}

}  // namespace opentrt::cpu
