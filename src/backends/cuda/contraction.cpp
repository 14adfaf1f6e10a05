// SPDX-License-Identifier: Apache-2.0
// Convolutions in channels-last order and matrix products, with the pointwise operators behind them, on tensor cores
// (code/contraction.cu). Weights are packed when the plan is made: one row for each output channel, padded to steps of
// 128 bytes. Floats are multiplied as tf32 where that is allowed, else in three parts that keep their precision. Tested
// by the conformance cases on a device, by tests/cuda without one.
#include "backends/cuda/contraction.h"

#include <algorithm>

#include "backends/cuda/copied.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.contraction";

//! Layout of code/contraction.cu.
struct ContractionArgs {
    const void *a = nullptr, *b = nullptr;
    void* y = nullptr;
    Extras extra;
    int32_t M = 0, N = 0, K = 0;
    int32_t steps = 0;
    int32_t split = 1;
    int32_t vector = 1;
    int64_t aRow = 0, aCol = 1, bRow = 0, bCol = 1, yRow = 0;
    Divisor batch[4] = {Divisor(1), Divisor(1), Divisor(1), Divisor(1)};
    int64_t aBatch[4] = {}, bBatch[4] = {}, yBatch[4] = {}, columnBatch[4] = {};
    Divisor outW{1}, outH{1}, outD{1}, channels{1}, windowW{1}, windowH{1};
    int32_t in[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, pad[3] = {}, dilation[3] = {1, 1, 1};
    int64_t imageStride = 0, placeStride[3] = {};
};

struct Tile {
    int m, n, warpsM, warpsN, stages;
    bool splits = true;  //!< whether blocks may share the sum over k
    int threads() const { return warpsM * warpsN * 32; }
    int64_t shared() const {
        return std::max<int64_t>(int64_t{stages} * (m + n) * kStepBytes, int64_t{m} * (n + 4) * 4);
    }
    std::string name() const { return cat(m, "x", n); }
};
constexpr Tile kTiles[] = {{64, 64, 2, 2, 4},  {32, 32, 2, 2, 8, true}, {64, 32, 2, 2, 6},         {32, 64, 2, 2, 6},
                           {128, 64, 4, 2, 4}, {64, 128, 2, 4, 4},      {128, 128, 2, 4, 3, false}};
constexpr int kSplits[] = {1, 2, 4, 8};

bool isMultiple(const Dim& d, int64_t of) {
    return d.isConstant() && d.constant() % of == 0;
}

//! Whether each line of each window is whole pieces of an image that lies plane by plane.
bool seesWholePieces(const RegionView& region, const ops::Convolution& conv, int64_t piece) {
    const Shape &x = region.anchorInput(0)->shape, &w = region.anchorInput(1)->shape;
    if (x.size() != 4 || conv.groups != 1 || !isMultiple(x[3], piece) || !isMultiple(w[3], piece)) return false;
    const auto extent = conv.extent(1, x[3].constant(), w[3].constant());
    return conv.strideAt(1) % piece == 0 && conv.dilationAt(1) == 1 && extent.pre == 0 && extent.post == 0;
}

AMode modeOf(const RegionView& region) {
    const Fact& x = *region.anchorInput(0);
    const int64_t piece = kPieceBytes / bytesOf(x.type);
    if (const auto* conv = convolution(region)) {
        const Shape& w = region.anchorInput(1)->shape;
        if (w[1].constant() % piece != 0) return seesWholePieces(region, *conv, piece) ? kPlanes : kWindowElements;
        return readsSinglePixels(region) ? kRows : kWindows;
    }
    const bool straight = product(region)->a == ops::MatrixOperation::None;
    return straight && isMultiple(x.shape.back(), piece) ? kRows : kElements;
}

//! B of a product that is not packed: rows along k when it is transposed already.
bool bIsRows(const RegionView& region) {
    if (packsWeights(region)) return true;
    const Fact& b = *region.anchorInput(1);
    return product(region)->b == ops::MatrixOperation::Transpose &&
           isMultiple(b.shape.back(), kPieceBytes / bytesOf(b.type));
}

//! Blocks share a sum when the tiles alone leave most of the device idle and each part keeps some steps.
bool isWorthSplitting(const Target& target, const RegionView& region, const ContractionSizes& sizes, const Tile& tile,
                      int split) {
    const auto* conv = convolution(region);
    if (!tile.splits || !target.launchesEarly() || (conv && conv->groups > 1) || !packsWeights(region)) return false;
    const int64_t blocks = ((sizes.rows + tile.m - 1) / tile.m) * ((sizes.columns + tile.n - 1) / tile.n);
    const int64_t steps = sizes.k * bytesOf(region.anchorInput(0)->type) / kStepBytes;
    return blocks * split <= 4 * target.multiprocessors && steps >= 2 * split;
}

std::string whyNot(const Site& site, const RegionView& region) {
    const Fact* x = region.anchorInput(0);
    if (x && x->type == DType::F8 && site.target.sm < 89) return "the device has no products of 8-bit floats";
    return whyNotContraction(region);
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!convolution(region) && !product(region)) return;
    if (const std::string reason = whyNot(site, region); !reason.empty()) return list.refuse(kName, reason);
    Tactic tactic = contractionTactic(region);
    if (modeOf(region) == kPlanes) tactic.inputs[static_cast<size_t>(region.anchorInputs[0])] = Format::Linear;
    const ContractionSizes sizes = sizesOf(region, request);
    // Beside kernels that are faster with large tiles and long sums.
    const bool onlySmall = multipliesInGroups(site, region, request.tf32);
    for (const Tile& tile : kTiles) {
        if (tile.shared() > site.target.sharedPerBlock || (onlySmall && tile.m > 32)) continue;
        for (const int split : kSplits) {
            if (split > 1 && onlySmall) break;
            if (split > 1 && !isWorthSplitting(site.target, region, sizes, tile, split)) break;
            tactic.name = tacticName(kName, region, request, tile.name(), split);
            list.tactics.push_back(tactic);
        }
    }
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    CompiledStep step;
    step.kernel = kName;
    ContractionParams p = beginContraction(region, step);
    p.aMode = modeOf(region);
    const Tile& tile = takeTile(tactic, kTiles, p);
    const std::string source =
        cat(contractionTypes(region, tactic), "#define BM ", tile.m, "\n#define BN ", tile.n, "\n#define WM ",
            tile.warpsM, "\n#define WN ", tile.warpsN, "\n#define STAGES ", tile.stages, "\n#define SPLIT ",
            p.split > 1 ? 1 : 0, "\n#define B_CONSTANT ", p.packed ? 1 : 0, "\n#define A_MODE ", p.aMode,
            "\n#define B_MODE ", bIsRows(region) ? 0 : 3, "\n", codeText("mma"), codeText("contraction"),
            contractionFinish(region, p), codeText("contraction_body"));
    step.weights = {compileCode(site.target, source)};
    if (p.packed) step.weights.push_back(packWeights(region, p));
    step.params = printFields(p);
    return step;
}

void placeImage(const ContractionParams& p, const Port& x, const Port& y, ContractionArgs& args) {
    fit(x.dims.size() == p.kernel.size() && y.dims.size() == x.dims.size(), "an image of another rank");
    const size_t spatial = x.dims.size() - 2;
    const bool planes = p.aMode == kPlanes;
    const Dims xs = stridesIn(planes ? Format::Linear : Format::Nhwc, x.dims);
    const int64_t perGroup = p.kernel[1], columns = p.kernel[0] / p.groups;
    Divisor* outs[3] = {&args.outD, &args.outH, &args.outW};
    int64_t window[3] = {1, 1, 1}, pixels = x.dims[0];
    for (size_t s = 0; s < spatial; ++s) {
        const size_t at = 3 - spatial + s;
        const auto extent = p.extent(s, x.dims[s + 2], p.kernel[s + 2]);
        window[at] = p.kernel[s + 2];
        args.in[at] = static_cast<int32_t>(x.dims[s + 2]);
        args.stride[at] = static_cast<int32_t>(p.strideAt(s));
        args.pad[at] = static_cast<int32_t>(extent.pre);
        args.dilation[at] = static_cast<int32_t>(p.dilationAt(s));
        args.placeStride[at] = xs[s + 2];
        *outs[at] = Divisor(std::max<int64_t>(y.dims[s + 2], 1));
        pixels *= y.dims[s + 2];
    }
    args.imageStride = xs[0];
    if (planes) args.placeStride[0] = xs[1];  // there is no depth
    args.channels = Divisor(planes ? window[1] * window[2] : perGroup);
    args.windowW = Divisor(window[2]);
    args.windowH = Divisor(window[1]);
    args.M = static_cast<int32_t>(requireCount(pixels));
    args.N = static_cast<int32_t>(columns);
    args.K = static_cast<int32_t>(perGroup * window[0] * window[1] * window[2]);
    args.aRow = x.dims[1];
    args.bRow = paddedK(args.K, p.type);
    args.yRow = p.kernel[0];
    args.batch[3] = Divisor(p.groups);
    args.aBatch[3] = perGroup;
    args.bBatch[3] = columns * args.bRow;
    args.yBatch[3] = args.columnBatch[3] = columns;
}

//! Returns how many products there are.
int64_t placeMatrices(const ContractionParams& p, const Port& a, const Port* b, const Port& y, ContractionArgs& args) {
    const bool aTransposed = p.a == static_cast<int64_t>(ops::MatrixOperation::Transpose);
    const bool bTransposed = p.b == static_cast<int64_t>(ops::MatrixOperation::Transpose);
    const size_t rank = y.dims.size();
    const Dims as = broadcast(a.dims, stridesOf(a.dims)), ys = stridesOf(y.dims);
    args.M = static_cast<int32_t>(requireCount(y.dims[rank - 2]));
    args.N = static_cast<int32_t>(requireCount(y.dims[rank - 1]));
    args.K = static_cast<int32_t>(requireCount(a.dims[rank - (aTransposed ? 2 : 1)]));
    args.aRow = aTransposed ? 1 : a.dims[rank - 1];
    args.aCol = aTransposed ? a.dims[rank - 1] : 1;
    args.yRow = y.dims[rank - 1];
    Dims bs(rank, 0);
    if (b) {
        bs = broadcast(b->dims, stridesOf(b->dims));
        args.bRow = bTransposed ? b->dims[rank - 1] : 1;
        args.bCol = bTransposed ? 1 : b->dims[rank - 1];
    } else {
        args.bRow = paddedK(args.K, p.type);
    }
    int64_t count = 1;
    for (size_t d = 0; d + 2 < rank; ++d) count *= y.dims[d];
    const bool sharesB = std::all_of(bs.begin(), bs.end() - 2, [](int64_t s) { return s == 0; });
    const bool denseA = !aTransposed && volumeOf(a.dims) == count * args.M * args.K;
    if (sharesB && denseA) {  // all matrices of a are rows of one
        args.M = static_cast<int32_t>(requireCount(count * args.M));
        return 1;
    }
    for (size_t d = 0; d + 2 < rank; ++d) {
        const size_t at = d + 6 - rank;
        args.batch[at] = Divisor(std::max<int64_t>(y.dims[d], 1));
        args.aBatch[at] = as[d];
        args.bBatch[at] = bs[d];
        args.yBatch[at] = ys[d];
    }
    return count;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<ContractionParams>();
    parseFields(*p, params);
    checkContraction(*p, std::size(kTiles));
    auto module = loadModule(*site.machine, weights.at(0));
    std::shared_ptr<const DeviceWeights> packed;
    if (p->packed) packed = std::make_shared<const DeviceWeights>(*site.machine, weights.at(1));
    return makeKernel([p, module, packed](auto in, auto out) -> std::unique_ptr<Launch> {
        const Tile& tile = kTiles[p->tile];
        ContractionArgs args;
        int64_t batch = p->groups;
        if (p->image) {
            placeImage(*p, in[0], out[0], args);
        } else {
            batch = placeMatrices(*p, in[0], p->packed ? nullptr : &in[1], out[0], args);
        }
        const int64_t step = kStepBytes / bytesOf(p->type);
        args.steps = static_cast<int32_t>((args.K + step - 1) / step);
        args.split = static_cast<int32_t>(p->split);
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.x = (args.M + tile.m - 1) / tile.m;
        grid.y = (args.N + tile.n - 1) / tile.n;
        grid.z = batch * p->split;
        grid.cluster = static_cast<int>(p->split);
        grid.threads = tile.threads();
        grid.shared = tile.shared();
        if (grid.y > 65535 || grid.z > 65535) {
            throw Error(ErrorCode::Unsupported, "", cat(grid.z, " products of ", grid.y, " tiles are too many"));
        }
        const int firstExtra = p->packed ? 1 : 2;
        const bool aligns = p->aMode == kRows || p->aMode == kWindows || p->aMode == kPlanes;
        return makeKernelLaunch(module, "contraction", grid, args,
                                [packed, firstExtra, count = p->extras.size(), aligns, leaves = p->leaves](
                                    ContractionArgs& a, const LaunchArgs& launch) {
                                    a.a = launch.inputs[0];
                                    a.b = packed ? packed->data() : launch.inputs[1];
                                    a.y = launch.outputs[0];
                                    if (aligns) requireAligned({a.a, a.b}, "a product");
                                    a.vector = a.extra.place(launch, firstExtra, count, leaves) && isAligned(a.y);
                                });
    });
}

//! Only beside kernels that are faster where it would have large tiles, whose times nobody has measured.
std::optional<TiledWork> tiled(const Site& site, const RegionView& region, const Tactic& tactic,
                               const TacticRequest& request) {
    if (!multipliesInGroups(site, region, request.tf32)) return {};
    const auto [index, split] = readTactic(tactic, kTiles);
    const Tile& tile = kTiles[index];
    return TiledWork{Pace::Warps, tile.m, tile.n, split, blocksHeld(site.target, tile.shared())};
}

}  // namespace

const Family kContractionFamily{
    kName,
    tactics,
    compile,
    load,
    [](const Site& s, const RegionView& r) { return (convolution(r) || product(r)) && whyNot(s, r).empty(); },
    1,
    false,
    true,
    false,
    tiled};

}  // namespace opentrt::cuda
