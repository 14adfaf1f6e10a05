// SPDX-License-Identifier: Apache-2.0
// Convolutions by cuDNN, channels last, with a factor, a bias, a residual and an activation behind the sums. Weights
// stay in the plan, channels last. Tested by tests/cuda/cudnn_test.cpp.
#include "backends/cuda/dnn_step.h"
#include "backends/cuda/library_product.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.cudnn_convolution";

//! What stays of a convolution in the plan; the operands are inputs of the step: x, bias, residual.
struct DnnConvolution : HasFields, DnnChoice, LibraryEpilogue, ops::WindowParams {
    DType type = DType::F32;
    std::vector<int64_t> kernel;  //!< K, C / groups, window
    void fields(FieldVisitor& v) override {
        choiceFields(v);
        epilogueFields(v);
        v.field("type", type);
        v.field("kernel", kernel);
        windowFields(v);
    }
};

constexpr LibraryActivation kKnown[] = {kRelu, kGeluTanh, kGeluErf, kSigmoid, kTanh};

//! Fills everything but the choice among engines, and the node inputs of the step.
std::string readConvolution(const RegionView& region, DnnConvolution& p, std::vector<int>& inputs) {
    const auto& conv = *convolution(region);
    const Fact *x = region.anchorInput(0), *w = region.anchorInput(1);
    if (!x || !w || !w->constant) return "the weights are not constant";
    if (std::string reason = whyNotType(*x, {DType::F32, DType::F16, DType::BF16}); !reason.empty()) return reason;
    if (conv.quantized || conv.groups != 1) return "narrow numbers or groups";
    if (x->shape.size() != w->shape.size() || x->shape.size() < 4 || x->shape.size() > 5)
        return cat("rank ", x->shape.size(), " is not 4 or 5");
    p.kernel = evalShape(w->shape, {});
    constexpr int64_t kFewChannels = 8;  // where our own kernels are made for such images
    if (p.kernel[1] < kFewChannels || w->constant->count() == 0) return cat(p.kernel[1], " channels are few");
    if (region.node->outputs.size() != 1) return "several outputs";
    const Fact& y = region.output(0);
    if (y.type != x->type || w->type != x->type) return "operands of several types";
    if (y.shape != region.anchorOutput().shape) return "an output of another shape than the convolution";
    p.type = x->type;
    static_cast<ops::WindowParams&>(p) = conv;
    inputs = {region.anchorInputs[0]};
    return readEpilogue(region, kKnown, p, inputs);
}

//! Addresses are those of x, weights, bias and residual when there are such, and result.
DnnGraph graphOf(const DnnConvolution& p, const Dims& x, const Dims& y) {
    const auto strided = [](const Dims& dims) { return stridesIn(Format::Nhwc, dims); };
    DnnWindow window;
    for (size_t s = 0; s + 2 < x.size(); ++s) {
        const auto extent = p.extent(s, x[s + 2], p.kernel[s + 2]);
        window.pre.push_back(extent.pre);
        window.post.push_back(extent.post);
        window.stride.push_back(p.strideAt(s));
        window.dilation.push_back(p.dilationAt(s));
    }
    DnnGraph graph;
    const int image = graph.memory(p.type, x, strided(x)), weights = graph.memory(p.type, p.kernel, strided(p.kernel));
    Dims columns(y.size(), 1);
    columns[1] = y[1];
    const int bias = p.bias ? graph.memory(p.type, columns, strided(columns)) : -1,
              residual = p.residual ? graph.memory(p.type, y, strided(y)) : -1,
              result = graph.memory(p.type, y, strided(y));
    const int sums = graph.convolution(image, weights, y, strided(y), window);
    graph.finish(sums, p, bias, residual, result);
    return graph;
}

DnnGraph graphAtOpt(const RegionView& region, const DnnConvolution& p, const TacticRequest& request) {
    return graphOf(p, evalShape(region.anchorInput(0)->shape, request.opt),
                   evalShape(region.output(0).shape, request.opt));
}

bool roundsFloats(const DnnConvolution& p, const TacticRequest& request) {
    return p.type == DType::F32 && request.tf32;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!convolution(region)) return;
    DnnConvolution p;
    std::vector<int> inputs;
    std::string reason = readConvolution(region, p, inputs);
    if (reason.empty()) reason = whyNotDnn(site, request);
    const bool isEmpty = reason.empty() && (volumeOf(evalShape(region.output(0).shape, request.opt)) == 0 ||
                                            volumeOf(evalShape(region.anchorInput(0)->shape, request.opt)) == 0);
    if (isEmpty) reason = "an empty operand";
    if (!reason.empty()) return list.refuse(kName, std::move(reason));
    addDnnTactics(kName, site, graphAtOpt(region, p, request), roundsFloats(p, request), request,
                  contractionTactic(region), list);
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    CompiledStep step;
    step.kernel = kName;
    DnnConvolution p;
    if (const std::string reason = readConvolution(region, p, step.inputs); !reason.empty())
        throw Error(ErrorCode::Unsupported, region.node->name, cat("no tactic ", tactic.name, ": ", reason));
    compileDnn(kName, site, graphAtOpt(region, p, request), roundsFloats(p, request), tactic.name, request, p, step);
    step.weights.insert(step.weights.begin(), packChannelsLast(*region.anchorInput(1)->constant));
    step.params = printFields(p);
    return step;
}

void fitOperands(const DnnConvolution& p, std::span<const Port> in, std::span<const Port> out) {
    fitPorts(in, 1 + (p.bias ? 1 : 0) + (p.residual ? 1 : 0));
    fitPorts(out, 1);
    const Dims &x = in[0].dims, &y = out[0].dims;
    const size_t rank = p.kernel.size();
    fit((rank == 4 || rank == 5) && x.size() == rank && y.size() == rank, "the rank of a convolution");
    fit(x[0] == y[0] && x[1] == p.kernel[1] && y[1] == p.kernel[0], "the channels of a convolution");
    for (size_t s = 0; s + 2 < rank; ++s) {
        fit(p.kernel[s + 2] > 0 && p.strideAt(s) > 0 && p.dilationAt(s) > 0, "the window of a convolution");
        fit(p.extent(s, x[s + 2], p.kernel[s + 2]).size == y[s + 2], "the sizes of a convolution");
    }
    for (const Port& port : in) fit(port.type == p.type, "the types of a convolution");
    fit(out[0].type == p.type && in[0].format == Format::Nhwc && out[0].format == Format::Nhwc, "a format");
    if (p.bias) fit(volumeOf(in[1].dims) == y[1], "the bias of a convolution");
    if (p.residual) fit(in.back().dims == y && in.back().format == Format::Nhwc, "an operand behind a convolution");
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<DnnConvolution>();
    parseFields(*p, params);
    const DnnDevice& device = requireDnn(site, *p);
    fit(weights.size() == 2 && !p->kernel.empty(), "the weights of a convolution");
    fitBytes(weights[0], volumeOf(p->kernel) * bytesOf(p->type));
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights[0]);
    return makeKernel([p, packed, &device, text = weights[1]](auto in, auto out) -> std::unique_ptr<Launch> {
        fitOperands(*p, in, out);
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        if (volumeOf(in[0].dims) == 0) throw Error(ErrorCode::Unsupported, "", "cuDNN takes no empty image");
        return bindDnn(device, graphOf(*p, in[0].dims, out[0].dims), *p, text,
                       [packed, extras = in.size() - 1](const LaunchArgs& launch, auto& at) {
                           at = {launch.inputs[0], packed->data()};
                           at.insert(at.end(), launch.inputs + 1, launch.inputs + 1 + extras);
                           at.push_back(launch.outputs[0]);
                       });
    });
}

}  // namespace

const Family kCudnnConvolutionFamily{kName, tactics, compile, load, nullptr, 0};

}  // namespace opentrt::cuda
