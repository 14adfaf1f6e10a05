// SPDX-License-Identifier: Apache-2.0
// Products by cuBLASLt: each algorithm that the library recommends is a tactic. The plan keeps the algorithm and the
// library's version, which its name has too: another version's algorithms are other tactics. Loading a plan with
// another version, or binding it to sizes that the algorithm is not for, takes what the library recommends first.
// Library kernels wait for all that is in front of them, and what follows waits for their end, because they neither
// wait nor tell by themselves: launches of ours alone may overlap (machine.cpp). Tested by
// tests/cuda/cublaslt_test.cpp.
#include "backends/cuda/library.h"
#include "backends/cuda/lt_call.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.cublaslt";
constexpr int64_t kMostWorkspace = 32 << 20;
constexpr LibraryActivation kKnown[] = {kRelu, kGeluTanh};

std::string whyNotLibrary(const Site& site, const TacticRequest& request) {
    if (!(request.sources & kFromCublasLt)) return "it is not among the tactic sources";
    if (!site.machine) return "the device is not here";
    return site.machine->keep<LtDevice>().whyNot;
}

//! The product with everything but the algorithm, and the algorithms that the library recommends at the opt sizes.
struct Offer {
    LibraryProduct product;
    std::vector<int> inputs;
    std::vector<std::pair<std::string, lt::Algo>> algorithms;  //!< by name of the tactic
};

std::string readOffer(const Site& site, const RegionView& region, const TacticRequest& request, Offer& offer) {
    if (std::string reason = whyNotLibrary(site, request); !reason.empty()) return reason;
    LibraryProduct& product = offer.product;
    if (std::string reason = readProduct(region, kKnown, product, offer.inputs); !reason.empty()) return reason;
    const LtDevice& device = site.machine->keep<LtDevice>();
    product.tf32 = product.type == DType::F32 && request.tf32;
    product.version = static_cast<int64_t>(device.library->version());
    product.workspaceBytes = std::clamp<int64_t>(request.workspaceBytes, 0, kMostWorkspace);
    const auto dimsOf = [&](const Fact& fact) { return evalShape(fact.shape, request.opt); };
    const ProductSizes sizes =
        sizesOf(product, dimsOf(*region.anchorInput(0)), dimsOf(*region.anchorInput(1)), dimsOf(region.anchorOutput()));
    if (sizes.volume() == 0 || sizes.k == 0) return "an empty operand";
    const LtCall call(device, product, sizes);
    for (const lt::Found& found : call.recommended(product.workspaceBytes)) {
        const std::string name =
            cat(kName, product.tf32 ? ".tf32." : ".", product.version, ".", nameOf(*device.library, found.algo));
        const bool isKnown = std::any_of(offer.algorithms.begin(), offer.algorithms.end(),
                                         [&](const auto& other) { return other.first == name; });
        if (!isKnown) offer.algorithms.emplace_back(name, found.algo);
    }
    return offer.algorithms.empty() ? "the library has no algorithm for these types and sizes" : "";
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!convolution(region) && !product(region)) return;
    Offer offer;
    if (std::string reason = readOffer(site, region, request, offer); !reason.empty())
        return list.refuse(kName, std::move(reason));
    Tactic tactic = contractionTactic(region);
    for (const auto& [name, algo] : offer.algorithms) {
        tactic.name = name;
        list.tactics.push_back(tactic);
    }
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    Offer offer;
    const std::string reason = readOffer(site, region, request, offer);
    const auto at = std::find_if(offer.algorithms.begin(), offer.algorithms.end(),
                                 [&](const auto& known) { return known.first == tactic.name; });
    if (at == offer.algorithms.end()) {
        throw Error(ErrorCode::Unsupported, region.node->name,
                    cat("cuBLASLt does not offer the tactic ", tactic.name, reason.empty() ? "" : ": ", reason));
    }
    offer.product.algorithm = textOf(at->second);
    CompiledStep step;
    step.kernel = kName;
    step.params = printFields(offer.product);
    step.inputs = offer.inputs;
    return step;
}

class LtLaunch final : public Launch {
public:
    LtLaunch(std::shared_ptr<const LibraryProduct> product, LtCall call, const lt::Algo& algo, int64_t workspace)
        : product_(std::move(product)), call_(std::move(call)), algo_(algo), workspace_(workspace) {}
    int64_t workspaceBytes() const override { return workspace_; }
    void run(const LaunchArgs& launch) override {
        LtCall::Addresses at{launch.inputs[0], launch.inputs[1], nullptr, nullptr, launch.outputs[0]};
        size_t next = 2;
        if (product_->bias) at.bias = launch.inputs[next++];
        if (product_->residual) at.residual = launch.inputs[next];
        requireAligned({at.a, at.b, at.bias, at.residual, at.y}, "a product");
        call_.run(algo_, at, launch.workspace, workspace_, launch.stream);
    }

private:
    std::shared_ptr<const LibraryProduct> product_;
    LtCall call_;
    lt::Algo algo_;
    int64_t workspace_;
};

//! What was chosen when the plan was made, or what the library recommends first for these sizes.
std::pair<lt::Algo, int64_t> algorithmFor(const LtDevice& device, const LibraryProduct& product, const LtCall& call) {
    if (product.version == static_cast<int64_t>(device.library->version())) {
        const lt::Algo chosen = algoOf(product.algorithm);
        const auto bytes = call.workspaceOf(chosen);
        if (bytes && *bytes <= product.workspaceBytes) return {chosen, *bytes};
    }
    const std::vector<lt::Found> others = call.recommended(product.workspaceBytes);
    if (others.empty()) {
        throw Error(ErrorCode::Unsupported, "",
                    cat("cuBLASLt ", versionText(static_cast<int64_t>(device.library->version())),
                        " has no algorithm for a product that the plan gives it"));
    }
    return {others[0].algo, static_cast<int64_t>(others[0].workspaceBytes)};
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>&) {
    auto product = std::make_shared<LibraryProduct>();
    parseFields(*product, params);
    const LtDevice& device = site.machine->keep<LtDevice>();
    if (!device.library) {
        throw Error(ErrorCode::Unsupported, "",
                    cat("the plan has steps of cuBLASLt ", versionText(product->version), ": ", device.whyNot));
    }
    return makeKernel([product, &device](auto in, auto out) -> std::unique_ptr<Launch> {
        fitPorts(out, 1);
        const ProductSizes sizes = fittedSizes(*product, in, out[0]);
        if (sizes.volume() == 0) return makeLaunch([](const LaunchArgs&) {});
        if (sizes.k == 0) throw Error(ErrorCode::Unsupported, "", "cuBLASLt sums over no empty axis");
        LtCall call(device, *product, sizes);
        const auto [algo, workspace] = algorithmFor(device, *product, call);
        return std::make_unique<LtLaunch>(product, std::move(call), algo, workspace);
    });
}

}  // namespace

const Family kCublasLtFamily{kName, tactics, compile, load};

}  // namespace opentrt::cuda
