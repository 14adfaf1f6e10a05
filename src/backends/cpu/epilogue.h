// SPDX-License-Identifier: Apache-2.0
// What follows a contraction in our own kernels: bias, residual, clamp, or any pointwise program. Described once from
// the region, kept in the plan as text, and bound to shapes as kernels::ConvEpilogue. An output is seen as an image of
// channels and pixels; the rows of a matrix are pixels, its columns channels.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/cpu/kernels/conv.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/region.h"

namespace opentrt::cpu {

//! Part of a step that the epilogue adds.
struct EpilogueStep {
    std::string params;
    std::vector<int> inputs;      //!< behind the inputs of the anchor
    std::vector<Tensor> weights;  //!< behind those of the anchor
};

//! Empty when our kernels can run all that follows the anchor. `matrix`: the last axis holds the channels.
std::string whyNotEpilogue(const RegionView& region, bool matrix);
//! Formats of the tactic's inputs: operands as large as the output come in its format, others stay linear.
void setOperandFormats(const RegionView& region, Format out, Tactic& tactic);
//! `bias` is the constant that the anchor itself adds, or null.
EpilogueStep compileEpilogue(const RegionView& region, const Tensor* bias, Format out, bool matrix);

//! An epilogue bound to shapes; belongs to one launch.
class BoundEpilogue {
public:
    //! With the addresses of this run.
    const kernels::ConvEpilogue& at(const LaunchArgs& args);
    //! The same for one image whose pixels are the rows of a product. at() comes first. Storage is reused.
    const kernels::GemmEpilogue& gemm(int64_t image, const kernels::ImageStrides& out);
    //! Whether one product may cover the pixels of all images: then gemm(0) counts pixels through them.
    bool isUniform(int64_t pixels) const;
    //! The same for a product whose rows are channels from `channel` on and whose columns are pixels from `pixel` on,
    //! of a linear image. Without the bias. `operands` is the caller's storage, so that threads do not share it.
    kernels::GemmEpilogue planes(int64_t image, int64_t channel, int64_t pixel, int64_t pixels, int64_t channels,
                                 kernels::GemmOperand* operands) const;
    const float* bias() const { return conv_.bias; }

    static constexpr size_t kMostOperands = 24;

private:
    friend class Epilogue;
    kernels::ConvEpilogue conv_;
    std::vector<kernels::ConvOperand> operands_;
    std::vector<int> inputs_;  // by operand: step input, or -1 for a weight
    int residual_ = -1;        // step input
    kernels::GemmEpilogue gemm_;
    std::vector<kernels::GemmOperand> gemmOperands_;
};

//! What load() makes of an EpilogueStep; immutable.
class Epilogue {
public:
    Epilogue(const std::string& params, std::vector<Tensor> weights);
    //! `in` are the ports of the step from its input number `first` on.
    BoundEpilogue bind(std::span<const Port> in, int first, const Port& out) const;

private:
    void fitOperands(std::span<const Port> in, const Port& out) const;

    bool bias_ = false, residual_ = false, matrix_ = false;
    std::optional<double> low_, high_;
    std::vector<std::vector<int64_t>> constantDims_;  // by operand; of those that are weights
    std::vector<bool> isConstant_, isAlike_;          // by operand
    std::vector<Tensor> weights_;
    std::shared_ptr<const kernels::PointwiseProgram> program_;
};

}  // namespace opentrt::cpu
