// SPDX-License-Identifier: Apache-2.0
// Products of few rows with a weight, as they stand at the end of classifiers (code/few_rows.cu): what they take is the
// time to read the weight, which the general kernels read in tiles with too few bytes on their way. Tested by the
// conformance cases on a device and emulated, by tests/cuda without one.
#include "backends/cuda/few_rows.h"

#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.few_rows";
constexpr int64_t kMostRows = 8, kMostDepth = 16, kWarps = 4;

int64_t piecesOf(const RegionView& region) {
    return region.anchorInput(0)->shape.back().constant() * bytesOf(region.anchorInput(0)->type) / kPieceBytes;
}

std::string whyNot(const RegionView& region) {
    if (const std::string reason = whyNotContraction(region); !reason.empty()) return reason;
    const Fact& x = *region.anchorInput(0);
    if (const std::string type = whyNotType(x, {DType::F32, DType::F16, DType::BF16, DType::I8}); !type.empty())
        return type;
    if (!packsWeights(region) || product(region)->a != ops::MatrixOperation::None) return "b is no weight";
    if (region.anchorInput(1)->constant->count() == 0) return "the weights are empty";
    const Dim& inner = x.shape.back();
    if (!inner.isConstant() || inner.constant() * bytesOf(x.type) % kPieceBytes != 0)
        return "an inner size that is not in steps of 16 bytes";
    return piecesOf(region) > kMostDepth * 32 || piecesOf(region) == 0 ? "an inner size too large for registers" : "";
}

void tactics(const Site&, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!product(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse(kName, reason);
    const int64_t rows = sizesOf(region, request).rows;
    if (rows > kMostRows) return list.refuse(kName, cat(rows, " rows are many"));
    Tactic tactic = contractionTactic(region);
    tactic.name = cat(kName, ".", rows > 1 ? 2 : 1);
    list.tactics.push_back(std::move(tactic));
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    CompiledStep step;
    step.kernel = kName;
    const ContractionParams p = beginContraction(region, step);
    const int64_t pieces = piecesOf(region), piece = kPieceBytes / bytesOf(p.type);
    const std::string source =
        cat(typeLine("T", p.type), typeLine("R", region.output(0).type),
            typeLine("Sum", p.type == DType::I8 ? DType::I32 : DType::F32), "#define PIECE ", piece,
            "\n#define PIECES ", pieces, "\n#define DEPTH ", (pieces + 31) / 32, "\n#define STRIDE ",
            paddedK(pieces * piece, p.type), "\n#define ROWS ", tactic.name.substr(tactic.name.rfind('.') + 1), "\n",
            codeText("few_rows"), contractionFinish(region, p), codeText("few_rows_body"));
    step.weights = {compileCode(site.target, source), packWeights(region, p)};
    step.params = printFields(p);
    return step;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<ContractionParams>();
    parseFields(*p, params);
    check(p->columns > 0 && p->extras.size() <= kMostExtras, "the parameters of a product");
    auto module = loadModule(*site.machine, weights.at(0));
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights.at(1));
    return makeKernel([p, module, packed](auto, auto out) -> std::unique_ptr<Launch> {
        const int64_t elements = volumeOf(out[0].dims);
        if (elements == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.threads = kWarps * 32;
        grid.x = (p->columns + kWarps - 1) / kWarps;
        return makeRowsLaunch(module, "few_rows", grid, elements / p->columns, p->columns, packed, p->extras.size());
    });
}

}  // namespace

std::unique_ptr<Launch> makeRowsLaunch(const std::shared_ptr<const Module>& module, const char* kernel,
                                       const Grid& grid, int64_t rows, int64_t columns,
                                       std::shared_ptr<const DeviceWeights> packed, size_t extras) {
    FewRowsArgs args;
    args.M = static_cast<int32_t>(requireCount(rows));
    args.N = static_cast<int32_t>(columns);
    return makeKernelLaunch(module, kernel, grid, args,
                            [packed = std::move(packed), extras](FewRowsArgs& a, const LaunchArgs& launch) {
                                a.a = launch.inputs[0];
                                a.b = packed->data();
                                a.y = launch.outputs[0];
                                a.extra.place(launch, 1, extras);
                                requireAligned({a.a}, "a product");
                            });
}

const Family kFewRowsFamily{kName, tactics, compile, load, nullptr, 1};

}  // namespace opentrt::cuda
