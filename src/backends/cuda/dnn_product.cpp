// SPDX-License-Identifier: Apache-2.0
// Matrix products by cuDNN, where an activation is behind them that cuBLASLt does not have: above all the gelu of erf.
// The library compiles such engines, which takes about a second each. Tested by tests/cuda/cudnn_test.cpp.
#include <algorithm>

#include "backends/cuda/dnn_step.h"
#include "backends/cuda/library_product.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.cudnn_product";
constexpr LibraryActivation kKnown[] = {kGeluErf, kSigmoid, kTanh};

//! What stays of a product in the plan.
struct DnnProduct : HasFields, DnnChoice, LibraryMatrices {
    void fields(FieldVisitor& v) override {
        choiceFields(v);
        matrixFields(v);
    }
};

std::string readRegion(const RegionView& region, const TacticRequest& request, DnnProduct& p,
                       std::vector<int>& inputs) {
    if (std::string reason = readProduct(region, kKnown, p, inputs); !reason.empty()) return reason;
    p.tf32 = p.type == DType::F32 && request.tf32;
    return p.activation == kNoActivation ? "cuBLASLt does the same" : "";
}

//! Addresses are those of a, b, bias and residual when there are such, and result.
DnnGraph graphOf(const DnnProduct& p, const ProductSizes& s) {
    const auto matrix = [&](int64_t rows, int64_t columns, int64_t batchStride, bool transposed) {
        return std::pair{Dims{batchStride == 0 && s.batch > 1 ? 1 : s.batch, rows, columns},
                         transposed ? Dims{batchStride, 1, rows} : Dims{batchStride, columns, 1}};
    };
    const auto [aDims, aStrides] = matrix(s.rows, s.k, s.batch > 1 ? s.aStride : s.rows * s.k, p.aIsTransposed());
    const auto [bDims, bStrides] = matrix(s.k, s.columns, s.batch > 1 ? s.bStride : s.k * s.columns, p.bIsTransposed());
    const Dims y{s.batch, s.rows, s.columns}, bias{1, 1, s.columns};
    DnnGraph graph;
    const int a = graph.memory(p.type, aDims, aStrides), b = graph.memory(p.type, bDims, bStrides);
    const int added = p.bias ? graph.memory(p.type, bias, stridesOf(bias)) : -1,
              residual = p.residual ? graph.memory(p.type, y, stridesOf(y)) : -1,
              result = graph.memory(p.type, y, stridesOf(y));
    graph.finish(graph.product(a, b, y), p, added, residual, result);
    return graph;
}

ProductSizes sizesAtOpt(const RegionView& region, const DnnProduct& p, const TacticRequest& request) {
    const auto dimsOf = [&](const Fact& fact) { return evalShape(fact.shape, request.opt); };
    return sizesOf(p, dimsOf(*region.anchorInput(0)), dimsOf(*region.anchorInput(1)), dimsOf(region.anchorOutput()));
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!product(region)) return;
    DnnProduct p;
    std::vector<int> inputs;
    std::string reason = readRegion(region, request, p, inputs);
    if (reason.empty()) reason = whyNotDnn(site, request);
    if (!reason.empty()) return list.refuse(kName, std::move(reason));
    const ProductSizes sizes = sizesAtOpt(region, p, request);
    if (sizes.volume() == 0 || sizes.k == 0) return list.refuse(kName, "an empty operand");
    addDnnTactics(kName, site, graphOf(p, sizes), p.tf32, request, contractionTactic(region), list);
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    CompiledStep step;
    step.kernel = kName;
    DnnProduct p;
    if (const std::string reason = readRegion(region, request, p, step.inputs); !reason.empty())
        throw Error(ErrorCode::Unsupported, region.node->name, cat("no tactic ", tactic.name, ": ", reason));
    const DnnGraph graph = graphOf(p, sizesAtOpt(region, p, request));
    compileDnn(kName, site, graph, p.tf32, tactic.name, request, p, step);
    step.params = printFields(p);
    return step;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<DnnProduct>();
    parseFields(*p, params);
    const DnnDevice& device = requireDnn(site, *p);
    fit(weights.size() == 1 && !p->image, "a product without a plan of the library");
    return makeKernel([p, &device, text = weights[0]](auto in, auto out) -> std::unique_ptr<Launch> {
        fitPorts(out, 1);
        const ProductSizes sizes = fittedSizes(*p, in, out[0]);
        if (sizes.volume() == 0) return makeLaunch([](const LaunchArgs&) {});
        if (sizes.k == 0) throw Error(ErrorCode::Unsupported, "", "cuDNN sums over no empty axis");
        return bindDnn(device, graphOf(*p, sizes), *p, text, [count = in.size()](const LaunchArgs& launch, auto& at) {
            at.assign(launch.inputs, launch.inputs + count);
            at.push_back(launch.outputs[0]);
        });
    });
}

}  // namespace

const Family kCudnnProductFamily{kName, tactics, compile, load};

}  // namespace opentrt::cuda
