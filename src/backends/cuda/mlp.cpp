// SPDX-License-Identifier: Apache-2.0
// Two products of rows, of which the second multiplies what the first and its operators make, and the normalisation of
// what the second makes, in one kernel (code/mlp.cu): the multilayer perceptrons of transformers. For rows that fill
// the device once, of compute capability 9.0. Tested by the conformance cases on a device, by tests/cuda without.
#include <algorithm>
#include <cstring>

#include "backends/cuda/elements.h"
#include "backends/cuda/group_product.h"
#include "backends/cuda/normed_rows.h"
#include "base/error.h"
#include "ops/normalization.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.mlp";
constexpr int64_t kRows = 128, kColumns = 192, kStages = 5;  // of a tile; of the ring
constexpr int kThreads = 384;
constexpr int64_t kParts = 4;                            // columns of the hidden rows for each of the result
constexpr int64_t kFewestSharers = 2, kMostSharers = 4;  // blocks that have the columns of a row
constexpr int64_t kNeighbours = 32;                      // columns of weights in the order of their sums
constexpr int64_t kFront = 1024;                         // bytes of shared memory for barriers
constexpr int64_t kMostInner = 1 << 16;
constexpr int64_t kShared = kFront + kStages * (kRows + kColumns) * kStepBytes + 2 * kColumns * int64_t{sizeof(float)};

//! Layouts of code/mlp.cu.
struct alignas(64) HiddenArgs {
    TensorMap a, b;
    void* y = nullptr;
    Extras extra;
    int32_t N = 0;
};
struct MlpArgs {
    HiddenArgs hidden;
    NormedArgs rows;
    const void* flags = nullptr;
};

struct MlpParams final : HasFields {
    DType type = DType::F16;
    int64_t inner = 0, columns = 0;       //!< of the first product; of the result
    std::vector<int64_t> counts, extras;  //!< of each product: operands behind it; kinds of all of them
    bool keeps = false;                   //!< the rows themselves, as output 0
    double epsilon = 0;
    void fields(FieldVisitor& v) override {
        v.field("type", type);
        v.field("inner", inner);
        v.field("columns", columns);
        v.field("counts", counts);
        v.field("extras", extras);
        v.field("keeps", keeps);
        v.field("epsilon", epsilon);
    }
    int64_t hidden() const { return kParts * columns; }
    //! Of the weights of the first product, and of the second.
    std::vector<int64_t> weightBytes() const {
        return {hidden() * inner * bytesOf(type), columns * hidden() * bytesOf(type)};
    }
    //! Among all operands behind the products, that which lies like the result; -1: there is none.
    int64_t likeResult() const {
        const auto at = std::find(extras.begin(), extras.end(), kLikeResult);
        return at == extras.end() ? -1 : at - extras.begin();
    }
};

//! The blocks that have the columns of a row; 0: no kernel has so many.
int64_t sharersOf(int64_t columns) {
    const int64_t count = columns / kColumns;
    return columns % kColumns == 0 && count >= kFewestSharers && count <= kMostSharers ? count : 0;
}
int64_t tilesOf(int64_t rows) {
    return (rows + kRows - 1) / kRows;
}

struct Mlp {
    RegionView hidden, rows;
    const Node* norm;
};
//! Nothing for other regions.
std::optional<Mlp> mlpOf(const RegionView& region) {
    const Node* norm = normBehind(region, 2);
    if (!norm || !as<ops::MatrixMultiply>(*region.further[0]->op)) return {};
    std::vector<RegionView> links = linksOf(region);
    const bool follows = links[0].leaves.valid() && links[1].anchor->inputs[0] == links[0].leaves;
    if (!follows || links[1].beside.valid()) return {};
    return Mlp{std::move(links[0]), std::move(links[1]), norm};
}

std::string whyNot(const Site& site, const RegionView& region, const Mlp& mlp) {
    if (const std::string reason = whyNotNormed(site, mlp.rows, *mlp.norm); !reason.empty()) return reason;
    if (!multipliesInGroups(site, mlp.hidden, false)) return "no product of warp groups makes the hidden rows";
    if (const std::string reason = whyNotWholeSteps(mlp.hidden, kStepBytes); !reason.empty()) return reason;
    const DType type = mlp.hidden.anchorInput(0)->type;
    if (mlp.hidden.finished().type != type || region.output(0).type != type || bytesOf(type) != 2)
        return "numbers of several types, or of other than two bytes";
    const PointwisePart behind[] = {pointwisePart(mlp.hidden), pointwisePart(mlp.rows)};
    for (const PointwisePart& part : behind) {
        if (std::any_of(part.operands.begin(), part.operands.end(), [](int i) { return i < 0; }))
            return "operands that are made inside";
    }
    CompiledStep step;
    const ContractionParams p = beginContraction(mlp.hidden, step);
    if (p.dependsOnRow()) return "operands behind the first product that differ by row";
    const Dim &hidden = mlp.hidden.anchorOutput().shape.back(), &columns = region.output(0).shape.back();
    if (!hidden.isConstant() || sharersOf(columns.constant()) == 0 || hidden.constant() != kParts * columns.constant())
        return "columns that tiles do not fit";
    return site.target.sharedPerBlock < kShared ? "too little shared memory" : "";
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    const auto mlp = mlpOf(region);
    if (!mlp) return;
    if (const std::string reason = whyNot(site, region, *mlp); !reason.empty()) return list.refuse(kName, reason);
    const ContractionSizes sizes = sizesOf(mlp->rows, request);
    const int64_t blocks = tilesOf(sizes.rows) * sharersOf(sizes.columns), processors = site.target.multiprocessors;
    if (blocks * 2 < processors || blocks > processors)
        return list.refuse(kName, "rows that do not fill the device once");
    Tactic tactic = contractionTactic(mlp->rows);
    tactic.outputs.assign(region.node->outputs.size(), Format::Linear);
    tactic.name = tacticName(kName, mlp->hidden, request, cat(kRows, "x", kColumns), 1);
    list.tactics.push_back(tactic);
}

//! Also the step's inputs: the rows, then the operands behind the products.
MlpParams begin(const RegionView& region, const Mlp& mlp, CompiledStep& step) {
    MlpParams p;
    p.type = mlp.hidden.anchorInput(0)->type;
    p.inner = mlp.hidden.anchorInput(0)->shape.back().constant();
    p.columns = region.output(0).shape.back().constant();
    p.keeps = region.node->outputs.size() > 1;
    p.epsilon = as<ops::Normalization>(*mlp.norm->op)->epsilon;
    step.inputs = {mlp.hidden.anchorInputs[0]};
    for (const RegionView* product : {&mlp.hidden, &mlp.rows}) {
        CompiledStep own;
        const ContractionParams params = beginContraction(*product, own);
        step.inputs.insert(step.inputs.end(), own.inputs.begin() + 1, own.inputs.end());
        p.counts.push_back(static_cast<int64_t>(params.extras.size()));
        p.extras.insert(p.extras.end(), params.extras.begin(), params.extras.end());
    }
    return p;
}

//! What stands behind a product, in a namespace of its own; `args` is text that defines Args.
std::string finishOf(const char* name, const RegionView& product, const std::string& args, DType result) {
    CompiledStep unused;
    return cat("namespace ", name, " {\n", args, typeLine("R", result),
               contractionFinish(product, beginContraction(product, unused)), codeText("wgmma_columns"));
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& /*tactic*/, const TacticRequest&) {
    const auto mlp = mlpOf(region);
    check(mlp.has_value(), "a region of another family");
    CompiledStep step;
    step.kernel = kName;
    const MlpParams p = begin(region, *mlp, step);
    const std::string source =
        cat(typeLine("T", p.type), typeLine("H", p.type), typeLine("Sum", DType::F32), "#define BM ", kRows,
            "\n#define BN ", kColumns, "\n#define ROW ", kStepBytes, "\n#define STAGES ", kStages, "\n#define THREADS ",
            kThreads, "\n#define SHARERS ", sharersOf(p.columns), "\n#define KEEPS ", p.keeps ? 1 : 0, "\n#define RMS ",
            as<ops::Normalization>(*mlp->norm->op)->rms ? 1 : 0, "\n#define TURNS 1\n#define WIDE ", kColumns,
            "\n#define PIECES ", p.inner * bytesOf(p.type) / kStepBytes, "\n", codeText("mma"), codeText("hopper"),
            groupProductCode("multiplyGroup", kColumns, p.type), codeText("mlp"), codeText("wgmma_ring"),
            finishOf("hidden", mlp->hidden, "typedef HiddenArgs Args;\n", p.type), "}\n",
            finishOf("rows", mlp->rows, std::string(codeText("normed_rows")), DType::F32), codeText("normed_finish"),
            "}\n", codeText("mlp_body"));
    const std::vector<int64_t> bytes = p.weightBytes();
    Tensor all(DType::U8, {bytes[0] + bytes[1]});
    auto* to = static_cast<char*>(all.mutableData());
    for (const RegionView* product : {&mlp->hidden, &mlp->rows}) {
        CompiledStep unused;
        const Tensor packed = inOrderOfSums(packWeights(*product, beginContraction(*product, unused)), kNeighbours);
        check(packed.bytes() == bytes[product == &mlp->rows ? 1 : 0], "the weights of a product");
        std::memcpy(to, packed.data(), static_cast<size_t>(packed.bytes()));
        to += packed.bytes();
    }
    step.weights = {compileCode(site.target, source), std::move(all), packFactors(mlp->rows, *mlp->norm, p.columns)};
    step.params = printFields(p);
    return step;
}

void checkParams(const MlpParams& p) {
    const auto isCount = [](int64_t count) { return count >= 0 && count <= static_cast<int64_t>(kMostExtras); };
    check((p.type == DType::F16 || p.type == DType::BF16) && sharersOf(p.columns) > 0 && p.inner > 0 &&
              p.inner <= kMostInner && p.inner * bytesOf(p.type) % kStepBytes == 0 && p.counts.size() == 2 &&
              std::all_of(p.counts.begin(), p.counts.end(), isCount) &&
              p.counts[0] + p.counts[1] == static_cast<int64_t>(p.extras.size()),
          "the parameters of two products of rows");
}

//! Of the operands behind the products.
void fitOperands(const MlpParams& p, std::span<const Port> in, const Dims& y) {
    for (size_t i = 0; i < p.extras.size(); ++i) {
        const bool isFirst = static_cast<int64_t>(i) < p.counts[0], isLike = p.extras[i] == kLikeResult;
        const Port& port = in[i + 1];
        const int64_t columns = isFirst ? p.hidden() : p.columns;
        const bool isSmall = (p.extras[i] == kNumber && volumeOf(port.dims) == 1) ||
                             (p.extras[i] == kByColumn && volumeOf(port.dims) == columns);
        fit(isSmall || (isLike && !isFirst && static_cast<int64_t>(i) == p.likeResult() && port.dims == y &&
                        bytesOf(port.type) == 2),
            "an operand of two products of rows");
    }
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<MlpParams>();
    parseFields(*p, params);
    checkParams(*p);
    fit(kShared <= site.target.sharedPerBlock, "the shared memory of two products of rows");
    fitBytes(weights.at(1), p->weightBytes()[0] + p->weightBytes()[1]);
    fitBytes(weights.at(2), 2 * p->columns * int64_t{sizeof(float)});
    auto module = loadModule(*site.machine, weights[0]);
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights[1]);
    auto factors = std::make_shared<const DeviceWeights>(*site.machine, weights[2]);
    return makeKernel([p, module, packed, factors](std::span<const Port> in,
                                                   std::span<const Port> out) -> std::unique_ptr<Launch> {
        const Machine& machine = module->machine();
        const size_t last = p->keeps ? 1 : 0;
        fit(out.size() == last + 1 && in.size() == p->extras.size() + 1 && !in[0].dims.empty() &&
                in[0].dims.back() == p->inner && in[0].type == p->type && !out[0].dims.empty() &&
                out[0].dims.back() == p->columns && out[last].dims == out[0].dims && out[0].type == p->type &&
                volumeOf(in[0].dims) / p->inner == volumeOf(out[0].dims) / p->columns,
            "two products of other rows");
        fitOperands(*p, in, out[0].dims);
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        MlpArgs args;
        const int64_t sharers = sharersOf(p->columns), hidden = p->hidden();
        args.rows.M = static_cast<int32_t>(requireCount(volumeOf(out[0].dims) / p->columns));
        args.rows.N = static_cast<int32_t>(p->columns);
        args.rows.epsilon = static_cast<float>(p->epsilon);
        args.rows.factors = factors->data();
        args.hidden.N = static_cast<int32_t>(hidden);
        const auto* bytes = static_cast<const char*>(packed->data());
        args.hidden.b = makeTensorMap(machine, mapOfWeights(p->type, p->inner, hidden, kColumns), bytes);
        args.rows.b =
            makeTensorMap(machine, mapOfWeights(p->type, hidden, p->columns, kColumns), bytes + p->weightBytes()[0]);
        const int64_t tiles = tilesOf(args.rows.M), words = tiles * kRows * sharers * kWordBytes;
        const std::vector<char> zeros(
            static_cast<size_t>(words + tiles * kParts * sharers * int64_t{sizeof(uint32_t)}));
        const auto told = std::make_shared<const Table>(machine, zeros.data(), zeros.size());
        args.rows.words = told->data();
        args.flags = static_cast<const char*>(told->data()) + words;
        const auto mapOfRows = [&](int64_t columns) {
            return MappedOperand(mapOfMatrix(p->type, args.rows.M, columns, kRows, kStepBytes));
        };
        Grid grid;
        grid.x = tiles * sharers;
        grid.threads = kThreads;
        grid.shared = kShared;
        const auto fill = [&machine, p, packed, factors, told, last, x = mapOfRows(p->inner), h = mapOfRows(hidden),
                           like = mapOfRows(p->columns)](MlpArgs& a, const LaunchArgs& launch) mutable {
            x.place(machine, launch.inputs[0], a.hidden.a);
            h.place(machine, launch.workspace, a.rows.a);
            if (p->likeResult() >= 0) like.place(machine, launch.inputs[p->likeResult() + 1], a.rows.like);
            a.hidden.y = launch.workspace;
            a.rows.y = launch.outputs[0];
            a.rows.normed = launch.outputs[last];
            a.hidden.extra.place(launch, 1, static_cast<size_t>(p->counts[0]));
            a.rows.extra.place(launch, 1 + static_cast<int>(p->counts[0]), static_cast<size_t>(p->counts[1]));
            for (size_t i = 0; i <= p->extras.size(); ++i) requireAligned({launch.inputs[i]}, "two products of rows");
            requireAligned({a.rows.y, a.rows.normed}, "two products of rows");
        };
        return makeKernelLaunch(module, "mlp", grid, args, fill, args.rows.M * hidden * bytesOf(p->type));
    });
}

//! Whether the kernel is one for rows of these sizes.
bool fuses(const Site& site, const RegionView& region) {
    TacticList list;
    if (mlpOf(region) && isStatic(region.output(0).shape)) tactics(site, region, {}, list);
    return !list.tactics.empty();
}

}  // namespace

const Family kMlpFamily{kName, tactics, compile, load, fuses, 1, true};

}  // namespace opentrt::cuda
