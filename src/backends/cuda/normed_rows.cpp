// SPDX-License-Identifier: Apache-2.0
// Products of rows that normalise what they make (code/normed_rows.cu): blocks that share rows tell each other what is
// in them. For rows that fill the device once, of compute capability 9.0. Tested by the conformance cases on a device,
// by tests/cuda without.
#include "backends/cuda/normed_rows.h"

#include <algorithm>

#include "backends/cuda/elements.h"
#include "backends/cuda/group_product.h"
#include "base/error.h"
#include "ops/normalization.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.normed_rows";
constexpr int64_t kFewestSharers = 2, kMostSharers = 4;  // blocks that have the columns of a row
constexpr int64_t kNeighbours = 32;                      // columns of weights in the order of their sums
constexpr int64_t kFront = 1024;                         // bytes of shared memory for barriers

struct Tile {
    int m, n, stages;
    std::string name() const { return cat(m, "x", n); }
    int groups() const { return m / 64; }
    int threads() const { return groups() * 128 + (groups() == 1 ? 32 : 128); }
    int64_t shared() const { return kFront + stages * (m + n) * kStepBytes + 2 * n * int64_t{sizeof(float)}; }
    //! Blocks that have the columns of a row; 0: no kernel has so many.
    int64_t sharers(int64_t columns) const {
        const int64_t count = columns / n;
        return columns % n == 0 && count >= kFewestSharers && count <= kMostSharers ? count : 0;
    }
    int64_t down(int64_t rows) const { return (rows + m - 1) / m; }
};
constexpr Tile kTiles[] = {{192, 192, 4}, {128, 192, 5}, {64, 192, 7}, {128, 256, 4}, {64, 256, 5}, {128, 128, 7}};

struct NormedParams final : ContractionParams {
    bool keeps = false;  //!< the rows themselves, as output 0
    double epsilon = 0;
    void fields(FieldVisitor& v) override {
        ContractionParams::fields(v);
        v.field("keeps", keeps);
        v.field("epsilon", epsilon);
    }
};

//! Scale or bias; null when there is none.
const Tensor* factorOf(const RegionView& region, const Node& norm, size_t k) {
    if (k >= norm.inputs.size() || !norm.inputs[k].valid()) return nullptr;
    const int input = region.indexOf(norm.inputs[k]);
    return input >= 0 && region.isConstant(input) ? &*region.input(input).constant : nullptr;
}

std::string whyNotNormalization(const RegionView& region, const Node& norm) {
    const auto& op = *as<ops::Normalization>(*norm.op);
    const Shape& shape = region.output(0).shape;
    if (op.groups > 1 || op.axes.size() != 1 || axisOf(op.axes[0], shape.size()) != shape.size() - 1)
        return "a normalisation of other than rows";
    if (!shape.back().isConstant()) return "columns that are not known";
    for (size_t k = 1; k < norm.inputs.size(); ++k) {
        if (!norm.inputs[k].valid()) continue;
        const Tensor* factor = factorOf(region, norm, k);
        if (!factor || factor->count() != shape.back().constant()) return "factors that are not known for each column";
    }
    return {};
}

}  // namespace

const Node* normBehind(const RegionView& region, size_t products) {
    if (!product(region) || region.further.size() != products || !region.front.empty()) return nullptr;
    const Node& norm = *region.further.back();
    std::vector<ValueId> made{norm.outputs[0]};
    const auto& outputs = region.holder().outputs();
    if (outputs.size() > 1) made.insert(made.begin(), norm.inputs[0]);
    return as<ops::Normalization>(*norm.op) && outputs == made ? &norm : nullptr;
}

std::string whyNotNormed(const Site& site, const RegionView& region, const Node& norm) {
    if (const std::string reason = whyNotNormalization(region, norm); !reason.empty()) return reason;
    if (usesStatistics(region)) return "statistics of rows";
    if (const std::string reason = whyNotType(region.output(0), {DType::F16, DType::BF16}); !reason.empty())
        return reason;
    if (!multipliesInGroups(site, region, false) || bytesOf(region.anchorInput(0)->type) > 2)
        return "no product of warp groups takes it";
    if (const std::string reason = whyNotWholeSteps(region, kStepBytes); !reason.empty()) return reason;
    CompiledStep step;
    const ContractionParams p = beginContraction(region, step);
    const int64_t like = p.likeResult();
    if (std::count_if(p.extras.begin(), p.extras.end(), differsByRow) > (like >= 0 ? 1 : 0))
        return "operands that differ by row";
    const bool isNarrow = like < 0 || bytesOf(region.input(step.inputs[static_cast<size_t>(like) + 1]).type) == 2;
    return isNarrow ? "" : "an operand like the result of other than two bytes";
}

Tensor packFactors(const RegionView& region, const Node& norm, int64_t columns) {
    Tensor packed(DType::F32, {2, columns});
    for (size_t k = 1; k <= 2; ++k) {
        const Tensor* factor = factorOf(region, norm, k);
        for (int64_t i = 0; i < columns; ++i)
            packed.set(static_cast<int64_t>(k - 1) * columns + i, factor ? factor->get(i) : k == 1 ? 1 : 0);
    }
    return packed;
}

namespace {

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    const Node* norm = normBehind(region, 1);
    if (!norm) return;
    if (const std::string reason = whyNotNormed(site, region, *norm); !reason.empty())
        return list.refuse(kName, reason);
    const ContractionSizes sizes = sizesOf(region, request);
    Tactic tactic = contractionTactic(region);
    tactic.outputs.assign(region.node->outputs.size(), Format::Linear);
    bool isOffered = false;
    for (const Tile& tile : kTiles) {
        // What a block does when it has multiplied is not hidden by another tile.
        const int64_t blocks = tile.down(sizes.rows) * tile.sharers(sizes.columns);
        if (blocks * 2 < site.target.multiprocessors || blocks > site.target.multiprocessors) continue;
        tactic.name = tacticName(kName, region, request, tile.name(), 1);
        list.tactics.push_back(tactic);
        isOffered = true;
    }
    if (!isOffered) list.refuse(kName, "rows that do not fill the device once");
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    const Node& norm = *normBehind(region, 1);
    const auto& op = *as<ops::Normalization>(*norm.op);
    CompiledStep step;
    step.kernel = kName;
    NormedParams p;
    static_cast<ContractionParams&>(p) = beginContraction(region, step);
    p.keeps = region.node->outputs.size() > 1;
    p.epsilon = op.epsilon;
    const Tile& tile = takeTile(tactic, kTiles, p);
    const std::string source = cat(
        typeLine("T", p.type), typeLine("H", region.output(0).type), typeLine("R", DType::F32),
        typeLine("Sum", p.type == DType::I8 ? DType::I32 : DType::F32), "#define BM ", tile.m, "\n#define BN ", tile.n,
        "\n#define ROW ", kStepBytes, "\n#define STAGES ", tile.stages, "\n#define THREADS ", tile.threads(),
        "\n#define SHARERS ", tile.sharers(p.columns), "\n#define KEEPS ", p.keeps ? 1 : 0, "\n#define RMS ",
        op.rms ? 1 : 0, "\n#define TURNS 0\n#define WIDE ", tile.n, "\n", codeText("mma"), codeText("hopper"),
        groupProductCode("multiplyGroup", tile.n, p.type), codeText("normed_rows"), contractionFinish(region, p),
        codeText("wgmma_columns"), codeText("wgmma_ring"), codeText("normed_finish"), codeText("normed_rows_body"));
    step.weights = {compileCode(site.target, source), inOrderOfSums(packWeights(region, p), kNeighbours),
                    packFactors(region, norm, p.columns)};
    step.params = printFields(p);
    return step;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    const auto kernel = readCopied<NormedParams>(site, params, weights, std::size(kTiles));
    const NormedParams& read = *kernel.params;
    check(kTiles[read.tile].sharers(read.columns) > 0 && read.rowBytes == kStepBytes && !read.image,
          "the parameters of a product that normalises");
    fitBytes(weights.at(2), 2 * read.columns * int64_t{sizeof(float)});
    auto factors = std::make_shared<const DeviceWeights>(*site.machine, weights[2]);
    return makeKernel(
        [kernel, factors, packedBytes = weights[1].bytes()](auto in, auto out) -> std::unique_ptr<Launch> {
            const NormedParams& p = *kernel.params;
            const Dims &x = in[0].dims, &y = out[0].dims;
            const int64_t at = p.likeResult(), step = kStepBytes / bytesOf(p.type);
            fit(out.size() == (p.keeps ? 2 : 1) && in.size() == p.extras.size() + 1 && !x.empty() && !y.empty() &&
                    y.back() == p.columns && out.back().dims == y && x.back() % step == 0 &&
                    p.columns * paddedK(x.back(), p.type) * bytesOf(p.type) <= packedBytes,
                "a product that normalises other rows");
            if (volumeOf(y) == 0) return makeLaunch([](const LaunchArgs&) {});
            const Tile& tile = kTiles[p.tile];
            NormedArgs args;
            args.M = static_cast<int32_t>(requireCount(volumeOf(y) / p.columns));
            args.N = static_cast<int32_t>(p.columns);
            args.chunks = static_cast<int32_t>(x.back() / step);
            args.epsilon = static_cast<float>(p.epsilon);
            args.factors = factors->data();
            Grid grid;
            const int64_t sharers = tile.sharers(p.columns), down = tile.down(args.M);
            grid.x = down * sharers;
            grid.threads = tile.threads();
            grid.shared = tile.shared();
            const std::vector<char> zeros(static_cast<size_t>(grid.x * tile.m * kWordBytes));
            const auto words = std::make_shared<const Table>(kernel.module->machine(), zeros.data(), zeros.size());
            args.words = words->data();
            BoxMap like;
            if (at >= 0) {
                const Port& port = in[static_cast<size_t>(at) + 1];
                fit(port.dims == y && bytesOf(port.type) == 2, "a product that normalises other rows");
                like = mapOfMatrix(port.type, args.M, args.N, tile.m, kStepBytes);
            }
            return makeCopiedLaunch(kernel, "normed_rows", grid, args,
                                    mapOfMatrix(p.type, args.M, x.back(), tile.m, kStepBytes),
                                    mapOfWeights(p.type, x.back(), args.N, tile.n), like,
                                    [factors, words, last = p.keeps ? 1 : 0](NormedArgs* a, const LaunchArgs& launch) {
                                        a->normed = launch.outputs[last];
                                        requireAligned({a->normed}, "a product");
                                    });
        });
}

//! Whether the kernel is one for rows of these sizes.
bool fuses(const Site& site, const RegionView& region) {
    TacticList list;
    if (normBehind(region, 1) && isStatic(region.output(0).shape)) tactics(site, region, {}, list);
    return !list.tactics.empty();
}

}  // namespace

const Family kNormedRowsFamily{kName, tactics, compile, load, fuses, 1, true};

}  // namespace opentrt::cuda
