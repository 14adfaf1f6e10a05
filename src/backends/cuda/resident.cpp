// SPDX-License-Identifier: Apache-2.0
// Convolutions and products of few rows, whose operands lie in shared memory as a whole (code/resident.cu). For compute
// capability 9.0, channels in steps of 128 bytes, and windows of 1 x 1 or 3 x 3. Tested by the conformance cases on a
// device, by tests/cuda without one.
#include <algorithm>

#include "backends/cuda/copied.h"
#include "base/error.h"
#include "ops/row_statistics.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.resident";

//! Layout of code/resident.cu.
struct alignas(64) ResidentArgs {
    TensorMap a, b;
    void* y = nullptr;
    Extras extra;
    int32_t M = 0, N = 0;
    int32_t mode = 0;
    int32_t outW = 1, outH = 1, pad = 0;
    int32_t taps = 1, chunks = 0;
    int32_t rowsOfTile = 0, tilesOfImage = 1, boxRows = 0, chunkBytes = 0, channels = 0;
    Divisor pixels{1}, width{1}, tiles{1};
};

struct Tile {
    int m, n, warps;  //!< which share the sum
    int threads() const { return warps * 32; }
    std::string name() const { return cat(m, "x", n, "x", warps); }
};
constexpr Tile kTiles[] = {{32, 32, 8}, {64, 32, 8}, {32, 16, 8}, {48, 32, 8}, {32, 32, 12}};
constexpr int kSplits[] = {1, 2, 4, 8};
constexpr int64_t kMostBoxRows = 256, kMostChunks = 62;

enum Mode { kRows = 0, kShifted = 1, kStrided = 2 };

//! A convolution or product as the kernel sees it.
struct Shape4 {
    Mode mode = kRows;
    int64_t rows = 0, columns = 0, channels = 0;  //!< rows of the result in all, its columns, k of one tap
    int64_t images = 1, inH = 1, inW = 1, outH = 1, outW = 1, pad = 0, taps = 1;
};

//! What one block needs; `shared` is 0 when it does not fit the kernel's limits.
struct Fit {
    int64_t chunks = 0, boxRows = 0, chunkBytes = 0, rowsOfTile = 0, tilesOfImage = 1, tiles = 0, shared = 0;
};

Fit fitOf(const Tile& tile, int64_t split, const Shape4& s, DType type) {
    Fit f;
    const int64_t units = s.channels / (kStepBytes / bytesOf(type));
    if (s.columns % tile.n != 0 || units % split != 0 || tile.m % split != 0 || units / split > kMostChunks) return f;
    f.chunks = units / split;
    f.boxRows = tile.m;
    if (s.mode == kShifted) f.boxRows = tile.m + 2 * s.outW + 2;
    if (s.mode == kStrided) {
        if (s.outW > tile.m) return f;
        f.rowsOfTile = std::min(s.outH, tile.m / s.outW);
        f.tilesOfImage = (s.outH + f.rowsOfTile - 1) / f.rowsOfTile;
        f.boxRows = f.rowsOfTile * s.outW;
    }
    if (f.boxRows > kMostBoxRows) return f;
    f.chunkBytes = (s.mode == kStrided ? tile.m * s.taps : (f.boxRows + 7) / 8 * 8) * kStepBytes;
    f.tiles = s.mode == kStrided ? s.images * f.tilesOfImage : (s.rows + tile.m - 1) / tile.m;
    const int64_t operands = f.chunks * (f.chunkBytes + s.taps * tile.n * kStepBytes);
    const int64_t sums = int64_t{tile.warps} * tile.m * (tile.n + 4) * 4;
    constexpr int64_t kFront = 1024;
    f.shared = kFront + (split > 1 ? tile.m * tile.n * 4 : 0) + std::max(operands, sums);
    return f;
}

//! Why the window is none of those that the kernel knows.
std::string whyNotWindow(const RegionView& region, const ops::Convolution& conv) {
    const Shape &x = region.anchorInput(0)->shape, &w = region.anchorInput(1)->shape;
    if (x.size() != 4 || conv.groups != 1) return "groups, or other than two spatial axes";
    for (size_t d = 1; d < 4; ++d) {
        if (!x[d].isConstant()) return "sizes of images that are not known";
    }
    const int64_t window = w[2].constant(), stride = conv.strideAt(0);
    if (w[3] != w[2] || (window != 1 && window != 3) || conv.strideAt(1) != stride || (stride != 1 && stride != 2))
        return "a window other than 1x1 and 3x3, one or two pixels apart";
    for (size_t s = 0; s < 2; ++s) {
        const auto extent = conv.extent(s, x[s + 2].constant(), window);
        if (conv.dilationAt(s) != 1 || extent.pre != (window - 1) / 2) return "another padding, or dilation";
        if (stride == 1 && extent.size != x[s + 2].constant()) return "another padding";
    }
    return {};
}

std::string whyNot(const Site& site, const RegionView& region) {
    if (!site.target.isHopper()) return "the device has no tensor copies of compute capability 9.0";
    if (const std::string reason = whyNotContraction(region); !reason.empty()) return reason;
    if (const std::string reason = whyNotWholeSteps(region, kStepBytes); !reason.empty()) return reason;
    return whyNotCopied(region, whyNotWindow);
}

//! From ports, as the launch will see them.
Shape4 shapeOf(const ContractionParams& p, const Dims& x, const Dims& y) {
    Shape4 s;
    if (!p.image) {
        s.columns = y.back();
        s.channels = x.back();
        s.rows = volumeOf(y) / std::max<int64_t>(s.columns, 1);
        return s;
    }
    s.images = x[0];
    s.channels = x[1];
    s.inH = x[2];
    s.inW = x[3];
    s.columns = y[1];
    s.outH = y[2];
    s.outW = y[3];
    s.rows = s.images * s.outH * s.outW;
    s.taps = p.kernel[2] * p.kernel[3];
    s.pad = (p.kernel[2] - 1) / 2;
    s.mode = p.strideAt(0) == 2 ? kStrided : s.taps == 9 ? kShifted : kRows;
    return s;
}

Shape4 shapeOf(const RegionView& region, const TacticRequest& request) {
    CompiledStep unused;
    return shapeOf(beginContraction(region, unused), evalShape(region.anchorInput(0)->shape, request.opt),
                   evalShape(region.anchorOutput().shape, request.opt));
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!convolution(region) && !product(region)) return;
    if (const std::string reason = whyNot(site, region); !reason.empty()) return list.refuse(kName, reason);
    const Shape4 shape = shapeOf(region, request);
    const DType type = region.anchorInput(0)->type;
    Tactic tactic = contractionTactic(region);
    for (const Tile& tile : kTiles) {
        if (usesStatistics(region) && tile.n < ops::RowStatistics::kColumns) continue;
        for (const int split : kSplits) {
            const Fit fit = fitOf(tile, split, shape, type);
            if (fit.shared == 0 || fit.shared > site.target.sharedPerBlock) continue;
            // Beyond this many blocks the operands are read too often.
            const int64_t blocks = fit.tiles * (shape.columns / tile.n) * split;
            if (blocks > (split > 1 ? 2 : 6) * site.target.multiprocessors) continue;
            tactic.name = tacticName(kName, region, request, tile.name(), split);
            list.tactics.push_back(tactic);
        }
    }
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    CompiledStep step;
    step.kernel = kName;
    ContractionParams p = beginContraction(region, step);
    const Tile& tile = takeTile(tactic, kTiles, p);
    const std::string source =
        cat(contractionTypes(region, tactic), "#define BM ", tile.m, "\n#define BN ", tile.n, "\n#define WARPS ",
            tile.warps, "\n#define SPLIT ", p.split > 1 ? 1 : 0, "\n", codeText("mma"), codeText("hopper"),
            codeText("resident"), contractionFinish(region, p), codeText("resident_body"));
    step.weights = {compileCode(site.target, source), packWeights(region, p)};
    step.params = printFields(p);
    return step;
}

BoxMap mapOfA(const Shape4& s, const Fit& fit, DType type) {
    const auto bytes = static_cast<uint64_t>(bytesOf(type)), c = static_cast<uint64_t>(s.channels);
    BoxMap map;
    map.type = type;
    map.rank = 4;
    const auto step = static_cast<uint32_t>(kStepBytes / bytesOf(type));
    if (s.mode == kStrided) {
        const auto w = static_cast<uint64_t>(s.inW), h = static_cast<uint64_t>(s.inH);
        map.dims = {c, w, h, static_cast<uint64_t>(s.images)};
        map.strides = {c * bytes, c * bytes * w, c * bytes * w * h};
        map.box = {step, static_cast<uint32_t>(2 * s.outW), static_cast<uint32_t>(2 * fit.rowsOfTile), 1};
        map.steps = {1, 2, 2, 1};
        return map;
    }
    const auto rows = static_cast<uint64_t>(s.rows);
    map.dims = {c, rows, 1, 1};
    map.strides = {c * bytes, c * bytes * rows, c * bytes * rows};
    map.box = {step, static_cast<uint32_t>(fit.boxRows), 1, 1};
    return map;
}

ResidentArgs argsOf(const Shape4& s, const Fit& fit) {
    ResidentArgs args;
    args.M = static_cast<int32_t>(requireCount(s.rows));
    args.N = static_cast<int32_t>(s.columns);
    args.mode = s.mode;
    args.outW = static_cast<int32_t>(s.outW);
    args.outH = static_cast<int32_t>(s.outH);
    args.pad = static_cast<int32_t>(s.pad);
    args.taps = static_cast<int32_t>(s.taps);
    args.chunks = static_cast<int32_t>(fit.chunks);
    args.rowsOfTile = static_cast<int32_t>(fit.rowsOfTile);
    args.tilesOfImage = static_cast<int32_t>(fit.tilesOfImage);
    args.boxRows = static_cast<int32_t>(fit.boxRows);
    args.chunkBytes = static_cast<int32_t>(fit.chunkBytes);
    args.channels = static_cast<int32_t>(s.channels);
    args.pixels = Divisor(s.outH * s.outW);
    args.width = Divisor(s.outW);
    args.tiles = Divisor(fit.tilesOfImage);
    return args;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    const auto kernel = readCopied(site, params, weights, std::size(kTiles));
    return makeKernel([kernel, limit = site.target.sharedPerBlock](auto in, auto out) -> std::unique_ptr<Launch> {
        const ContractionParams& p = *kernel.params;
        const Tile& tile = kTiles[p.tile];
        const Shape4 shape = shapeOf(p, in[0].dims, out[0].dims);
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        const Fit fit = fitOf(tile, p.split, shape, p.type);
        if (fit.shared == 0 || fit.shared > limit) {
            throw Error(ErrorCode::Unsupported, "", cat("the kernel was chosen for other sizes than ", in[0].dims));
        }
        ResidentArgs args = argsOf(shape, fit);
        Grid grid;
        grid.x = fit.tiles;
        grid.y = shape.columns / tile.n;
        grid.z = p.split;
        grid.cluster = static_cast<int>(p.split);
        grid.threads = tile.threads();
        grid.shared = fit.shared;
        const BoxMap b = mapOfWeights(p.type, shape.channels * shape.taps, shape.columns, tile.n);
        return makeCopiedLaunch(kernel, "resident", grid, args, mapOfA(shape, fit, p.type), b);
    });
}

std::optional<TiledWork> tiled(const Site& site, const RegionView& region, const Tactic& tactic,
                               const TacticRequest& request) {
    const auto [index, split] = readTactic(tactic, kTiles);
    const Tile& tile = kTiles[index];
    const Fit fit = fitOf(tile, split, shapeOf(region, request), region.anchorInput(0)->type);
    return TiledWork{Pace::Resident, tile.m, tile.n, split, blocksHeld(site.target, fit.shared)};
}

}  // namespace

const Family kResidentFamily{kName, tactics, compile, load, nullptr, 1, false, true, false, tiled};

}  // namespace opentrt::cuda
