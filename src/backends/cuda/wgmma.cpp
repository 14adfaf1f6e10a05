// SPDX-License-Identifier: Apache-2.0
// Convolutions and products of many rows by the products of warp groups (code/wgmma.cu), in f16, bf16 and tf32. Two
// bodies: one tile for each block, whose k a cluster may share (wgmma_body.cu), and a loop over tiles (wgmma_loop.cu).
// In the first a tile may be a small image, of which only the mean over all pixels is stored.
// For compute capability 9.0; windows need channels in steps of 64 bytes. Tested by the conformance cases on a device,
// by tests/cuda without.
#include <algorithm>
#include <cstring>

#include "backends/cuda/copied.h"
#include "backends/cuda/emit.h"
#include "backends/cuda/group_product.h"
#include "backends/cuda/rows.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.wgmma";

//! Layout of code/wgmma.cu.
struct alignas(64) WgmmaArgs {
    TensorMap a, b;
    void* y = nullptr;
    Extras extra;
    int32_t M = 0, N = 0;
    int32_t windows = 0;
    int32_t taps = 1, windowW = 1, chunks = 0;
    int32_t stride[2] = {1, 1}, pad[2] = {0, 0};
    Divisor pixels{1}, width{1}, chunksOf{1}, lineOf{1};
    Divisor lineOfTiles{1};
    int32_t works = 0, rowsFirst = 0;
};

struct WgmmaParams : ContractionParams {
    bool mean = false;  //!< of each image is stored
    void fields(FieldVisitor& v) override {
        ContractionParams::fields(v);
        v.field("mean", mean);
    }
};

//! How blocks take tiles: one each; one after the other, all warps together; two groups of warps in turn.
enum class Way { Once, Loop, Turns };

struct Tile {
    static constexpr int64_t kFront = 1024;  // bytes of shared memory for barriers

    int m, n, stages;
    Way way = Way::Once;
    //! Blocks of a loop that a multiprocessor holds: many where little is multiplied and much stored.
    int resident = 1;
    bool loops() const { return way != Way::Once; }
    //! Columns are the 64 of a product: of few rows a block has little to bring when the predecessor has ended.
    bool isSwapped() const { return m < 64; }
    int groups() const { return way == Way::Turns ? 2 : (isSwapped() ? n : m) / 64; }
    //! Columns of a product.
    int wideness() const { return isSwapped() ? m : n; }
    //! Leaves registers for a bias and few instructions only.
    bool fillsRegisters() const { return way == Way::Turns && m * n > 128 * 128; }
    //! One warp copies; where registers are moved from its group to the others it has three idle ones.
    int threads() const { return groups() * 128 + (loops() && groups() == 1 ? 32 : 128); }
    //! Columns that a warp of a loop finishes at once.
    int wide(int64_t singles) const {
        const bool isNarrow = n % 64 != 0 || fillsRegisters();
        return singles > 0 ? n : isNarrow ? 32 : 64;
    }
    //! Bytes through which results of so many bytes get to where they lie in a loop whose rows begin anywhere
    //! (`singles`, otherwise 0): 8 rows of each warp (code/wgmma_finish_singles.cu).
    int64_t staged(int64_t singles) const { return singles > 0 ? groups() * 4 * 8 * (n * singles + kPieceBytes) : 0; }
    //! Stages of the ring, as many as fit beside these.
    int64_t ringStages(int64_t singles, int64_t rowBytes) const {
        constexpr int64_t kShared = 228 * 1024, kReserved = 1024;  // of a multiprocessor; for each of its blocks
        const int64_t room = kShared / resident - kReserved - kFront - staged(singles);
        return std::min<int64_t>(stages, room / ((m + n) * rowBytes));
    }
    //! Of a block; those of few rows hold no more than their `pieces` of k.
    int64_t shared(int64_t split, int64_t rowBytes, int64_t singles, int64_t pieces = INT64_MAX) const {
        const int64_t held = isSwapped() ? std::min<int64_t>(stages, pieces) : ringStages(singles, rowBytes),
                      ring = held * (m + n) * rowBytes, sums = int64_t{m} * (n + 4) * 4;
        if (loops()) return kFront + ring + staged(singles);
        return kFront + (split > 1 ? (sums + kFront - 1) / kFront * kFront : 0) + std::max(ring, sums);
    }
    std::string name() const {
        const char* what = way == Way::Turns ? "turns" : way == Way::Once ? "" : resident > 2 ? "loops" : "loop";
        return cat(m, "x", n, what);
    }
};
constexpr Tile kTiles[] = {{64, 32, 8},
                           {64, 64, 6},
                           {64, 128, 4},
                           {128, 64, 6},
                           {64, 64, 3, Way::Loop, 4},
                           {64, 128, 3, Way::Loop, 3},
                           {64, 64, 6, Way::Loop, 2},
                           {64, 128, 4, Way::Loop, 2},
                           {64, 96, 8, Way::Loop},
                           {128, 64, 8, Way::Loop},
                           {128, 96, 7, Way::Loop},
                           {128, 128, 7, Way::Loop},
                           {128, 192, 5, Way::Loop},
                           {128, 256, 4, Way::Loop},
                           {192, 192, 4, Way::Loop},
                           {64, 128, 8, Way::Turns},
                           {64, 192, 7, Way::Turns},
                           {128, 64, 8, Way::Turns},
                           {128, 128, 7, Way::Turns},
                           {128, 192, 5, Way::Turns},
                           {192, 128, 5, Way::Turns},
                           {128, 96, 4},
                           {8, 64, 16},
                           {16, 64, 16},
                           {24, 64, 16},
                           {32, 64, 16},
                           {48, 64, 8}};
constexpr int kSplits[] = {1, 2, 4, 8};
constexpr int64_t kNeighbours = 32;  // columns of weights that loops have in the order of their sums
constexpr int64_t kHalfStep = kStepBytes / 2;
constexpr int64_t kMeanRows = 64;  // of a tile, of which a mean is taken

std::string whyNotWindow(const RegionView& region, const ops::Convolution& conv) {
    const Shape &x = region.anchorInput(0)->shape, &w = region.anchorInput(1)->shape;
    if (x.size() != 4 || conv.groups != 1) return "groups, or other than two spatial axes";
    for (size_t d = 1; d < 4; ++d) {
        if (!x[d].isConstant()) return "sizes of images that are not known";
    }
    bool plain = true;
    for (size_t s = 0; s < 2; ++s) {
        plain = plain && w[s + 2] == Dim(1) && conv.strideAt(s) == 1 &&
                conv.extent(s, x[s + 2].constant(), 1).size == x[s + 2].constant();
        // Limits of the copy engine's offsets and steps.
        if (conv.dilationAt(s) != 1 || conv.strideAt(s) > 8 || w[s + 2].constant() > 16)
            return "a dilated or large window";
    }
    return plain ? std::string() : whyNotWholeSteps(region, kHalfStep);
}

//! What is done to the mean over all pixels that stands behind the product; nothing where there is none, or where it is
//! not taken in a tile of each image.
std::optional<ScalarProgram> behindMean(const RegionView& region) {
    const auto* mean = region.further.size() == 1 ? as<ops::Reduce>(*region.further[0]->op) : nullptr;
    if (!mean || mean->operation != ops::ReduceOperation::Avg || !mean->keep || !region.front.empty()) return {};
    const Shape& image = region.finished().shape;
    if (!readsSinglePixels(region) || image.size() != 4 || !image[2].isConstant() || !image[3].isConstant()) return {};
    std::set<size_t> axes;
    for (const int64_t axis : mean->axes) axes.insert(axisOf(axis, image.size()));
    const int64_t pixels = image[2].constant() * image[3].constant();
    if (axes != std::set<size_t>{2, 3} || pixels > kMeanRows || pixels * 2 <= kMeanRows) return {};
    // Whether floats may be rounded is not known when operators are joined.
    if (region.anchorInput(0)->type == DType::F32 || image[1].constant() % 8 != 0) return {};
    if (!whyNotType(region.finished(), {DType::F32, DType::F16, DType::BF16}).empty()) return {};
    auto program = programBetween(region, region.further[0]->outputs[0], region.holder().outputs()[0]);
    if (!program || !whyNotEmitted(*program).empty() || elementType(region.output(0).type).empty()) return {};
    return program;
}

std::string whyNot(const Site& site, const RegionView& region, bool rounds) {
    if (!site.target.isHopper()) return "the device has no products of warp groups";
    if (const std::string reason = whyNotContraction(region); !reason.empty()) return reason;
    const Fact& x = *region.anchorInput(0);
    if (x.type == DType::F32 && !rounds) return "floats that must not be rounded";
    return whyNotCopied(region, whyNotWindow);
}

//! Bytes of a result where rows of a loop's results begin anywhere, otherwise 0.
int64_t singlesOf(int64_t columns, DType result) {
    return columns % 8 != 0 ? bytesOf(result) : 0;
}

//! `tiles` of the result, `units` of k.
bool isWorthTrying(const Target& target, const Tile& tile, int64_t tiles, int64_t split, int64_t units,
                   int64_t rowBytes, int64_t singles) {
    if (tile.shared(split, rowBytes, singles) > target.sharedPerBlock) return false;
    const bool isShallow = units <= 4 && tiles > 4 * target.multiprocessors;
    if (tile.resident > 2 && !isShallow) return false;
    const int64_t blocks = tiles * split;
    if (tile.isSwapped() && (blocks * 3 < target.multiprocessors || blocks > 2 * target.multiprocessors)) return false;
    if (tile.loops()) return split == 1 && tiles >= target.multiprocessors / 2;
    if (split == 1) return units > 1;
    return split * 2 <= units && tiles * split <= 2 * target.multiprocessors;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!convolution(region) && !product(region)) return;
    const bool isMean = behindMean(region).has_value();
    if (!region.isPlain() && !isMean) return;
    if (const std::string reason = whyNot(site, region, request.tf32); !reason.empty()) {
        return list.refuse(kName, reason);
    }
    const ContractionSizes sizes = sizesOf(region, request);
    const int64_t singles = singlesOf(sizes.columns, region.output(0).type);
    CompiledStep step;
    const ContractionParams params = beginContraction(region, step);
    // A bias in single columns takes two for each pair.
    const bool needsRegisters = params.dependsOnRow() || (singles > 0 && !params.extras.empty());
    const int64_t rowBytes = rowBytesInGroups(region);
    const int64_t units = (sizes.k * bytesOf(region.anchorInput(0)->type) + rowBytes - 1) / rowBytes;
    Tactic tactic = contractionTactic(region);
    for (const Tile& tile : kTiles) {
        if (usesStatistics(region) && tile.loops()) continue;  // which finish other columns together
        if (tile.isSwapped() && (usesStatistics(region) || (convolution(region) && !readsSinglePixels(region))))
            continue;
        if (isMean && (tile.loops() || tile.m != kMeanRows)) continue;
        const int64_t across = (sizes.columns + tile.n - 1) / tile.n;
        const bool smallest = tile.n == (tile.loops() || tile.isSwapped() ? 64 : 32);
        const bool wastes = !smallest && across * tile.n > sizes.columns * 5 / 4;
        if (wastes || (tile.m > 64 && sizes.rows <= 64) || (singles > 0 && !tile.loops())) continue;
        if (tile.fillsRegisters() && needsRegisters) continue;
        const int64_t tiles = (sizes.rows + tile.m - 1) / tile.m * across;
        for (const int split : kSplits) {
            if (isMean ? split > 1 || tile.shared(1, rowBytes, 0) > site.target.sharedPerBlock
                       : !isWorthTrying(site.target, tile, tiles, split, units, rowBytes, singles))
                continue;
            tactic.name = tacticName(kName, region, request, tile.name(), split);
            list.tactics.push_back(tactic);
        }
    }
}

//! The tensor cores drop the lower bits of floats, which makes them smaller by this part on average.
constexpr float kDropped = 0x1.7p-12f;

//! DEV void putMean(void* y, i64 at, float mean)
std::string codeBehindMean(const RegionView& region) {
    const DType type = region.output(0).type;
    return cat(region.pointwise.empty() ? scalarCode() : "", emitProgram(*behindMean(region), "behindMean"),
               typeLine("Mean", type), "DEV void putMean(void* y, i64 at, float mean) {\n    ", numberType(type),
               " q;\n    behindMean(mean, q);\n    put(((Mean*)y)[at], q);\n}\n");
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    CompiledStep step;
    step.kernel = kName;
    WgmmaParams p;
    static_cast<ContractionParams&>(p) = beginContraction(region, step);
    const Tile& tile = takeTile(tactic, kTiles, p);
    p.rowBytes = rowBytesInGroups(region);
    p.mean = !region.isPlain();
    const bool byRow = p.dependsOnRow();
    std::string finish = contractionFinish(region, p);
    if (p.mean) finish += codeBehindMean(region);
    const int64_t singles = singlesOf(p.columns, region.output(0).type);
    if (tile.loops()) {
        finish += codeText("wgmma_columns");
        finish += codeText(singles > 0 ? "wgmma_finish_singles" : "wgmma_finish");
        finish += codeText("wgmma_ring");
    }
    const std::string source =
        cat(contractionTypes(region, tactic), "#define BM ", tile.m, "\n#define BN ", tile.n, "\n#define ROW ",
            p.rowBytes, "\n#define STAGES ", tile.ringStages(singles, p.rowBytes), "\n#define THREADS ", tile.threads(),
            "\n#define BY_ROW ", byRow ? 1 : 0, "\n#define SWAPPED ", tile.isSwapped() ? 1 : 0, "\n#define TURNS ",
            tile.way == Way::Turns ? 1 : 0, "\n#define SPLIT ", p.split > 1 ? 1 : 0, "\n#define MEAN ", p.mean ? 1 : 0,
            "\n#define RESIDENT ", tile.resident, "\n#define WIDE ", tile.wide(singles), "\n#define WHOLE_COLUMNS ",
            p.columns % tile.n == 0 ? 1 : 0, "\n", codeText("mma"), codeText("hopper"),
            groupProductCode("multiplyGroup", tile.wideness(), p.type), codeText("wgmma"), finish,
            codeText(tile.loops() ? "wgmma_loop" : "wgmma_body"));
    step.weights = {compileCode(site.target, source)};
    Tensor packed = packWeights(region, p);
    if (p.type == DType::F32) roundToTf32(packed);
    if (tile.loops() && singles == 0) packed = inOrderOfSums(packed, kNeighbours);
    step.weights.push_back(std::move(packed));
    step.params = printFields(p);
    return step;
}

//! Checks that a tile takes an image; `y` becomes the size of what the mean is taken of.
int64_t pixelsOfMean(const WgmmaParams& p, const Tile& tile, const Dims& x, Dims& y) {
    fit(p.image && x.size() == 4 && y.size() == 4, "a mean over something else than images");
    fit(x[0] == y[0], "means of other images");
    y[2] = x[2];
    y[3] = x[3];
    fit(x[2] * x[3] <= tile.m && !tile.loops() && !tile.isSwapped() && p.split == 1, "a mean over several tiles");
    return x[2] * x[3];
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    const auto kernel = readCopied<WgmmaParams>(site, params, weights, std::size(kTiles));
    return makeKernel([kernel, multiprocessors = site.target.multiprocessors](auto in,
                                                                              auto out) -> std::unique_ptr<Launch> {
        const WgmmaParams& p = *kernel.params;
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        const Tile& tile = kTiles[p.tile];
        Dims y = out[0].dims;
        const int64_t pixels = p.mean ? pixelsOfMean(p, tile, in[0].dims, y) : 0;
        const int64_t singles = singlesOf(out[0].dims[p.image ? 1 : out[0].dims.size() - 1], out[0].type);
        WgmmaArgs args;
        const BoxMap rows = placeRows(p, tile.m, in[0].dims, y, args);
        if (p.mean) args.pixels = Divisor(pixels);
        args.chunksOf = Divisor(args.chunks);
        args.lineOf = Divisor(args.windowW);
        const int64_t down = p.mean ? y[0] : (args.M + tile.m - 1) / tile.m, across = (args.N + tile.n - 1) / tile.n;
        Grid grid;
        grid.threads = tile.threads();
        grid.x = down;
        grid.y = across;
        grid.z = grid.cluster = static_cast<int>(p.split);
        if (tile.loops()) {
            args.rowsFirst = args.N > args.M;
            args.lineOfTiles = Divisor(args.rowsFirst ? down : across);
            args.works = static_cast<int32_t>(down * across);
            grid.x = std::min(down * across, multiprocessors * tile.resident);
            grid.y = 1;
        }
        const int64_t units = int64_t{args.taps} * args.chunks;
        grid.shared = tile.shared(p.split, p.rowBytes, singles, (units + p.split - 1) / p.split);
        const int64_t k = int64_t{args.chunks} * args.taps * (p.rowBytes / bytesOf(p.type));
        const bool isOrdered = tile.loops() && singles == 0;
        const int64_t columns = isOrdered ? (args.N + kNeighbours - 1) / kNeighbours * kNeighbours : args.N;
        const BoxMap b = mapOfWeights(p.type, k, columns, tile.n, p.rowBytes);
        return makeCopiedLaunch(kernel, "wgmma", grid, args, rows, b);
    });
}

Pace paceOf(const Tile& tile, int64_t split) {
    if (tile.way == Way::Turns) return Pace::Turns;
    if (tile.loops()) return tile.resident > 2 ? Pace::ManyBlocks : Pace::Loop;
    return tile.isSwapped() ? Pace::FewRows : split > 1 ? Pace::Shared : Pace::Once;
}

std::optional<TiledWork> tiled(const Site& site, const RegionView& region, const Tactic& tactic,
                               const TacticRequest& request) {
    if (!region.isPlain()) return {};  // an image in each tile
    const auto [index, split] = readTactic(tactic, kTiles);
    const Tile& tile = kTiles[index];
    const int64_t rowBytes = rowBytesInGroups(region);
    const int64_t pieces = sizesOf(region, request).k * bytesOf(region.anchorInput(0)->type) / rowBytes / split + 1;
    const int64_t held =
        tile.loops() ? tile.resident : blocksHeld(site.target, tile.shared(split, rowBytes, 0, pieces));
    return TiledWork{paceOf(tile, split), tile.m, tile.n, split, held};
}

}  // namespace

void roundToTf32(Tensor& weights) {
    auto* bits = static_cast<uint32_t*>(weights.mutableData());
    for (int64_t i = 0; i < weights.count(); ++i) {
        float value;
        std::memcpy(&value, &bits[i], sizeof value);
        value += value * kDropped;
        uint32_t rounded;
        std::memcpy(&rounded, &value, sizeof rounded);
        const bool finite = (rounded & 0x7f800000u) != 0x7f800000u;
        bits[i] = finite ? (rounded + 0x1000u) & ~0x1fffu : bits[i];
    }
}

int64_t rowBytesInGroups(const RegionView& region) {
    const bool isWhole = whyNotWholeSteps(region, kStepBytes).empty();
    return !isWhole && whyNotWholeSteps(region, kHalfStep).empty() ? kHalfStep : kStepBytes;
}

bool multipliesInGroups(const Site& site, const RegionView& region, bool rounds) {
    return whyNot(site, region, rounds).empty();
}

//! Of what is more than a product and pointwise operators, means over images so few that each block has one: more of
//! them are stored faster by loops over tiles, and read again.
bool fuses(const Site& site, const RegionView& region) {
    if (region.isPlain() || !convolution(region) || !behindMean(region)) return false;
    const Shape& means = region.output(0).shape;
    constexpr int64_t kColumns = 64;  // of a tile of the smallest useful size
    return isStatic(means) && volumeOf(staticDims(means)) <= kColumns * site.target.multiprocessors &&
           multipliesInGroups(site, region, false);
}

const Family kWgmmaFamily{kName, tactics, compile, load, fuses, 1, true, true, false, tiled};

}  // namespace opentrt::cuda
