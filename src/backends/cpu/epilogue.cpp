// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/epilogue.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "backends/cpu/layouts.h"
#include "backends/fit.h"
#include "base/error.h"
#include "graph/extract.h"
#include "graph/text.h"
#include "ops/activation.h"
#include "ops/element_wise.h"

namespace opentrt::cpu {

namespace {

struct EpilogueParams : HasFields {
    bool bias = false, matrix = false;
    bool residual = false;  //!< operand 0 is added
    bool hasLow = false, hasHigh = false;
    double low = 0, high = 0;
    std::string region;  //!< text of the node whose pointwise part runs behind the sum; empty: the above is all
    std::vector<int64_t> constants;  //!< per operand: 1 for a weight
    std::vector<int64_t> alike;      //!< per operand: 1 if it lies in memory as the output does, 0 for row-major
    std::vector<int64_t> dims;       //!< per weight operand: rank, then dimensions
    void fields(FieldVisitor& v) override {
        v.field("bias", bias);
        v.field("matrix", matrix);
        v.field("residual", residual);
        v.field("hasLow", hasLow);
        v.field("hasHigh", hasHigh);
        v.field("low", low);
        v.field("high", high);
        v.field("region", region);
        v.field("constants", constants);
        v.field("alike", alike);
        v.field("dims", dims);
    }
};

//! How an operand covers the output. Size is Dim at build time, int64_t when the kernel is bound.
struct Coverage {
    bool images, channels, pixels;
};
template <class Size>
std::optional<Coverage> coverageOf(const std::vector<Size>& operand, const std::vector<Size>& out, bool matrix) {
    if (operand.size() != out.size()) return std::nullopt;
    const auto whole = [&](size_t first, size_t end) {
        return std::equal(operand.begin() + static_cast<long>(first), operand.begin() + static_cast<long>(end),
                          out.begin() + static_cast<long>(first));
    };
    const auto single = [&](size_t first, size_t end) {
        return std::all_of(operand.begin() + static_cast<long>(first), operand.begin() + static_cast<long>(end),
                           [](const Size& s) { return s == Size(1); });
    };
    const size_t rank = out.size();
    struct Part {
        size_t first, end;
    };
    const Part images{0, matrix ? size_t{0} : size_t{1}};
    const Part channels = matrix ? Part{rank - 1, rank} : Part{1, 2};
    const Part pixels = matrix ? Part{0, rank - 1} : Part{2, rank};
    Coverage result{};
    bool fits = true;
    const auto look = [&](const Part& part) {
        const bool all = whole(part.first, part.end);
        fits = fits && (all || single(part.first, part.end));
        return all;
    };
    result.images = look(images);
    result.channels = look(channels);
    result.pixels = look(pixels);
    if (!fits) return std::nullopt;
    return result;
}

//! Recognises [+ residual] [relu or clip]; anything else needs the program.
bool describeSimple(const RegionView& region, const std::vector<int>& operands, EpilogueParams& p) {
    size_t at = 0;
    const auto& nodes = region.pointwise;
    if (at < nodes.size()) {
        const auto* sum = as<ops::ElementWise>(*nodes[at]->op);
        const bool whole = operands.size() == 1 && !region.isConstant(operands[0]) &&
                           region.input(operands[0]).type == DType::F32 &&
                           region.input(operands[0]).shape == region.output(0).shape;
        if (sum && sum->operation == ops::ElementWiseOperation::Sum && whole) p.residual = true, ++at;
    }
    if (!p.residual && !operands.empty()) return false;
    if (at < nodes.size()) {
        const auto* activation = as<ops::Activation>(*nodes[at]->op);
        if (activation && activation->function == ops::ActivationFunction::Relu) {
            p.hasLow = true;
            ++at;
        } else if (activation && activation->function == ops::ActivationFunction::Clip &&
                   activation->alpha <= activation->beta) {
            p.hasLow = p.hasHigh = true;
            p.low = activation->alpha;
            p.high = activation->beta;
            ++at;
        }
    }
    return at == nodes.size();
}

bool isAlike(const Coverage& coverage, bool matrix) {
    return coverage.channels && coverage.pixels && !matrix;
}

//! With room behind the last element, because kernels read whole blocks of channels.
int64_t paddedBytes(int64_t bytes) {
    return (bytes + 127) / 64 * 64;
}
Tensor padded(const Tensor& tensor) {
    const int64_t bytes = tensor.bytes();
    Tensor result(DType::U8, {paddedBytes(bytes)});
    if (bytes > 0) std::memcpy(result.mutableData(), tensor.data(), static_cast<size_t>(bytes));
    return result;
}

}  // namespace

std::string whyNotEpilogue(const RegionView& region, bool matrix) {
    if (region.node->outputs.size() != 1) return "several outputs";
    if (region.output(0).type != DType::F32) return cat("an output of type ", name(region.output(0).type));
    const std::vector<int> operands = pointwisePart(region).operands;
    if (operands.size() > BoundEpilogue::kMostOperands) return cat(operands.size(), " operands behind the sum");
    for (const int i : operands) {
        const Fact& fact = region.input(i);
        if (bitsOf(fact.type) < 8) return cat("an operand of type ", name(fact.type));
        if (!coverageOf(fact.shape, region.output(0).shape, matrix)) {
            return cat("an operand of shape ", str(fact.shape), " behind an output of shape ",
                       str(region.output(0).shape));
        }
    }
    return {};
}

void setOperandFormats(const RegionView& region, Format out, Tactic& tactic) {
    tactic.inputs.assign(region.node->inputs.size(), Format::Linear);
    if (out == Format::Linear) return;
    const Shape& shape = region.output(0).shape;
    for (const int i : pointwisePart(region).operands) {
        const auto coverage = coverageOf(region.input(i).shape, shape, false);
        if (coverage && isAlike(*coverage, false)) tactic.inputs[static_cast<size_t>(i)] = out;
    }
}

EpilogueStep compileEpilogue(const RegionView& region, const Tensor* bias, Format out, bool matrix) {
    EpilogueParams p;
    EpilogueStep step;
    p.matrix = matrix;
    if (bias) {
        p.bias = true;
        step.weights.push_back(padded(bias->cast(DType::F32)));
    }
    const std::vector<int> operands = pointwisePart(region).operands;
    for (const int i : operands) {
        const Fact& fact = region.input(i);
        const bool alike = isAlike(*coverageOf(fact.shape, region.output(0).shape, matrix), matrix);
        p.constants.push_back(fact.constant ? 1 : 0);
        p.alike.push_back(alike ? 1 : 0);
        if (!fact.constant) {
            step.inputs.push_back(i);
            continue;
        }
        step.weights.push_back(padded(alike ? reformatConstant(*fact.constant, out) : *fact.constant));
        p.dims.push_back(fact.constant->rank());
        p.dims.insert(p.dims.end(), fact.constant->dims().begin(), fact.constant->dims().end());
    }
    EpilogueParams simple = p;
    if (describeSimple(region, operands, simple)) {
        p = simple;
    } else {
        p.region = print(extractNode(*region.graph, region.id, -1), {.weights = false, .names = true});
    }
    step.params = printFields(p);
    return step;
}

Epilogue::Epilogue(const std::string& params, std::vector<Tensor> weights) : weights_(std::move(weights)) {
    EpilogueParams p;
    parseFields(p, params);
    const auto constants =
        static_cast<size_t>(std::count_if(p.constants.begin(), p.constants.end(), [](int64_t c) { return c != 0; }));
    fit(weights_.size() == constants + (p.bias ? 1 : 0) && p.constants.size() <= BoundEpilogue::kMostOperands,
        "the weights of an epilogue");
    fit(p.alike.size() == p.constants.size(), "the operands of an epilogue");
    fit(!p.residual || (p.region.empty() && p.constants.size() == 1 && constants == 0), "the residual of an epilogue");
    fit(p.residual || !p.region.empty() || p.constants.empty(), "the operands of an epilogue");
    bias_ = p.bias;
    residual_ = p.residual;
    matrix_ = p.matrix;
    if (p.hasLow) low_ = p.low;
    if (p.hasHigh) high_ = p.high;
    ShapeList dims(p.dims);
    for (const int64_t constant : p.constants) {
        isConstant_.push_back(constant != 0);
        isAlike_.push_back(p.alike[isAlike_.size()] != 0);
        constantDims_.push_back(constant ? dims.next() : std::vector<int64_t>());
    }
    if (p.region.empty()) return;
    const Graph graph = parseGraph(p.region);
    fit(!graph.order().empty(), "the program of an epilogue");
    const RegionView region = viewRegion(graph, graph.order().front());
    fit(region.anchor, "the program of an epilogue");
    program_ = std::make_shared<kernels::PointwiseProgram>(pointwisePart(region).program);
    const bool real = program_->inputTypes()[0] == DType::F32 && program_->outputTypes() == std::vector{DType::F32};
    fit(real && program_->inputTypes().size() == isConstant_.size() + 1, "the program of an epilogue");
}

void Epilogue::fitOperands(std::span<const Port> in, const Port& out) const {
    const auto given = static_cast<size_t>(std::count(isConstant_.begin(), isConstant_.end(), false));
    fitPorts(in, given);
    fit(out.type == DType::F32 && (matrix_ ? out.dims.size() >= 1 : out.dims.size() >= 3), "the output of an epilogue");
    if (bias_) fitBytes(weights_[0], paddedBytes(bytesFor(DType::F32, matrix_ ? out.dims.back() : out.dims[1])));
    if (residual_) {
        fit(in[0].type == DType::F32 && in[0].dims == out.dims && in[0].format == out.format, "a residual");
    }
}

BoundEpilogue Epilogue::bind(std::span<const Port> in, int first, const Port& out) const {
    fitOperands(in, out);
    BoundEpilogue bound;
    if (bias_) bound.conv_.bias = weights_[0].as<float>();
    if (low_) bound.conv_.clampLow = static_cast<float>(*low_);
    if (high_) bound.conv_.clampHigh = static_cast<float>(*high_);
    if (residual_) bound.residual_ = first;
    if (!program_) return bound;
    bound.conv_.program = program_.get();
    const int64_t channels = matrix_ ? out.dims.back() : out.dims[1];
    const int64_t total = volumeOf(out.dims), images = matrix_ ? 1 : out.dims[0];
    const int64_t pixels = images * channels > 0 ? total / images / channels : 0;
    const kernels::ImageLayout layout = matrix_ ? kernels::ImageLayout::Nhwc : layoutOf(out.format);
    size_t weight = bias_ ? 1 : 0, next = 0;
    for (size_t k = 0; k < isConstant_.size(); ++k) {
        const bool constant = isConstant_[k];
        const auto& dims = constant ? constantDims_[k] : in[next].dims;
        auto coverage = coverageOf(dims, out.dims, matrix_);
        fit(coverage && (!isAlike_[k] || isAlike(*coverage, matrix_)), "the size of an epilogue's operand");
        // Where this run has one pixel or one channel, an operand that broadcasts over them looks as if it covered
        // them.
        if (!isAlike_[k] && isAlike(*coverage, matrix_)) (pixels == 1 ? coverage->pixels : coverage->channels) = false;
        const Format format = isAlike_[k] ? out.format : Format::Linear;
        const DType type = program_->inputTypes()[k + 1];
        if (constant) {
            fitBytes(weights_[weight], paddedBytes(bytesIn(format, type, dims)));
        } else {
            fit(in[next].type == type && in[next].format == format, "an epilogue's operand");
        }
        kernels::ImageStrides strides{0, 0, 0, 0};
        if (coverage->channels && coverage->pixels) {
            strides = kernels::imageStrides(layout, channels, pixels);
        } else if (coverage->channels) {
            strides = {channels, 0, 16, 1};
        } else if (coverage->pixels) {
            strides = {pixels, 1, 0, 0};
        } else {
            strides.image = 1;
        }
        if (!coverage->images || images == 1) strides.image = 0;
        bound.operands_.push_back({constant ? weights_[weight++].data() : nullptr, strides});
        bound.inputs_.push_back(constant ? -1 : first + static_cast<int>(next++));
    }
    return bound;
}

const kernels::ConvEpilogue& BoundEpilogue::at(const LaunchArgs& args) {
    if (residual_ >= 0) conv_.residual = static_cast<const float*>(args.inputs[residual_]);
    for (size_t i = 0; i < operands_.size(); ++i) {
        if (inputs_[i] >= 0) operands_[i].data = args.inputs[inputs_[i]];
    }
    conv_.operands = operands_;
    return conv_;
}

const kernels::GemmEpilogue& BoundEpilogue::gemm(int64_t image, const kernels::ImageStrides& out) {
    gemm_.bias = conv_.bias;
    gemm_.clampLow = conv_.clampLow;
    gemm_.clampHigh = conv_.clampHigh;
    gemm_.residual = conv_.residual ? conv_.residual + image * out.image : nullptr;
    gemm_.residualRow = out.pixel;
    gemm_.residualBlock = out.block;
    gemm_.program = conv_.program;
    gemmOperands_.resize(operands_.size());
    for (size_t i = 0; i < operands_.size(); ++i) {
        const kernels::ImageStrides& s = operands_[i].strides;
        const int64_t size = bitsOf(conv_.program->inputTypes()[i + 1]) / 8;
        gemmOperands_[i] = {static_cast<const char*>(operands_[i].data) + image * s.image * size, s.pixel, s.block,
                            s.channel};
    }
    gemm_.operands = gemmOperands_;
    return gemm_;
}

kernels::GemmEpilogue BoundEpilogue::planes(int64_t image, int64_t channel, int64_t pixel, int64_t pixels,
                                            int64_t channels, kernels::GemmOperand* operands) const {
    kernels::GemmEpilogue e;
    e.clampLow = conv_.clampLow;
    e.clampHigh = conv_.clampHigh;
    if (conv_.residual) e.residual = conv_.residual + (image * channels + channel) * pixels + pixel;
    e.residualRow = pixels;
    e.program = conv_.program;
    for (size_t i = 0; i < operands_.size(); ++i) {
        const kernels::ImageStrides& s = operands_[i].strides;
        const int64_t size = bitsOf(conv_.program->inputTypes()[i + 1]) / 8;
        const int64_t offset = image * s.image + channel * s.channel + pixel * s.pixel;
        operands[i] = {static_cast<const char*>(operands_[i].data) + offset * size, s.channel, s.pixel * 16, s.pixel};
    }
    e.operands = {operands, operands_.size()};
    return e;
}

bool BoundEpilogue::isUniform(int64_t pixels) const {
    return std::all_of(operands_.begin(), operands_.end(),
                       [&](const kernels::ConvOperand& o) { return o.strides.image == o.strides.pixel * pixels; });
}

}  // namespace opentrt::cpu
