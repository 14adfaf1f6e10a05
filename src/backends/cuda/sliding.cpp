// SPDX-License-Identifier: Apache-2.0
// Convolutions of images with windows one place apart, whose weights stay in shared memory, in f16, bf16, i8 and f8
// (code/sliding.cu): lines of the image are brought once, and windows slide over them there. For compute capability 9.0
// and channels in steps of 64 bytes. Tested by the conformance cases on a device, by tests/cuda without.
#include <algorithm>

#include "backends/cuda/copied.h"
#include "backends/cuda/group_product.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.sliding";

//! Layout of code/sliding.cu.
struct alignas(64) SlidingArgs {
    TensorMap a, b;
    void* y = nullptr;
    Extras extra;
    int32_t N = 0;
    int32_t height = 0, width = 0;
    int32_t windowH = 0, windowW = 0, chunks = 0, pad[2] = {};
    int32_t lines = 0, parts = 0;
    int32_t boxBytes = 0, planeBytes = 0, slotBytes = 0;
    Divisor across{1}, tilesOfImage{1}, line{1};
    int32_t tiles = 0;
};

//! Columns of a block, and groups of warps that share a tile.
struct Tile {
    int n, groups;
    std::string name() const { return cat(n, "x", groups); }
};
constexpr Tile kTiles[] = {{64, 4}, {128, 3}};
constexpr int64_t kRows = 64;  // of a product
constexpr int64_t kFront = 1024, kMostSlots = 4, kFewestSlots = 2, kLongestBox = 256;

struct SlidingParams final : ContractionParams {
    int64_t lines = 0, slots = 0;  //!< of an image in a tile; tiles that wait in shared memory
    void fields(FieldVisitor& v) override {
        ContractionParams::fields(v);
        v.field("lines", lines);
        v.field("slots", slots);
    }
};

//! An image and its windows, in places and bytes.
struct Image {
    int64_t height, width, windowH, windowW, rowBytes, chunks;
    int64_t line() const { return width + windowW - 1; }
    int64_t parts(int64_t lines) const { return (lines * line() + kRows - 1) / kRows; }
    int64_t boxBytes(int64_t lines) const { return (lines + windowH - 1) * line() * rowBytes; }
    //! The last product reads beyond the lines.
    int64_t planeBytes(int64_t lines) const {
        const int64_t read = parts(lines) * kRows + (windowH - 1) * line() + windowW - 1;
        const int64_t bytes = std::max(boxBytes(lines), read * rowBytes);
        return (bytes + kFront - 1) / kFront * kFront;
    }
    int64_t weightBytes(int64_t columns) const { return windowH * windowW * chunks * columns * rowBytes; }
};

Image imageOf(const ContractionParams& p, int64_t height, int64_t width, int64_t rowBytes) {
    const int64_t bytes = p.kernel[1] * bytesOf(p.type);
    return {height, width, p.kernel[2], p.kernel[3], rowBytes, bytes / rowBytes};
}

//! Lines and slots with which the least is multiplied for nothing; no slots: there is no room.
std::pair<int64_t, int64_t> fitOf(const Image& image, const Tile& tile, int64_t shared) {
    std::pair<int64_t, int64_t> best{0, 0};
    int64_t least = 0;
    for (int64_t lines = 1; lines <= image.height; ++lines) {
        const int64_t left = shared - kFront - image.weightBytes(tile.n);
        const int64_t slots = std::min(kMostSlots, left / (image.chunks * image.planeBytes(lines)));
        if (left <= 0 || slots < kFewestSlots || lines + image.windowH - 1 > kLongestBox) break;
        const int64_t turns = (image.parts(lines) + tile.groups - 1) / tile.groups;
        const int64_t work = (image.height + lines - 1) / lines * turns;
        if (best.second == 0 || work <= least) best = {lines, slots}, least = work;
    }
    return best;
}

std::string whyNot(const Site& site, const RegionView& region) {
    const auto* conv = convolution(region);
    const Fact& x = *region.anchorInput(0);
    if (!multipliesInGroups(site, region, false) || bytesOf(x.type) > 2) return "no product of warp groups takes it";
    if (bytesOf(region.output(0).type) > 2) return "a result of more than two bytes";
    if (usesStatistics(region)) return "statistics of rows";
    const Shape &w = region.anchorInput(1)->shape, &y = region.anchorOutput().shape;
    for (size_t s = 0; s < 2; ++s) {
        if (!x.shape[s + 2].isConstant() || conv->strideAt(s) != 1 || x.shape[s + 2] != y[s + 2])
            return "windows that are not one place apart, or another size of the result";
        if (x.shape[s + 2].constant() + w[s + 2].constant() > kLongestBox) return "long lines";
    }
    if (w[2] == Dim(1) && w[3] == Dim(1)) return "windows of one place";
    CompiledStep step;
    return beginContraction(region, step).dependsOnRow() ? "an operand for each row" : "";
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!convolution(region) || !region.anchorInput(0) || !region.anchorInput(1)) return;
    if (const std::string reason = whyNot(site, region); !reason.empty()) return list.refuse(kName, reason);
    CompiledStep step;
    const ContractionParams p = beginContraction(region, step);
    const Shape& x = region.anchorInput(0)->shape;
    const Image image = imageOf(p, x[2].constant(), x[3].constant(), rowBytesInGroups(region));
    const int64_t multiprocessors = site.target.multiprocessors, rows = sizesOf(region, request).rows;
    Tactic tactic = contractionTactic(region);
    for (const Tile& tile : kTiles) {
        const int64_t across = p.columns / tile.n;
        if (p.columns % tile.n != 0 || across > multiprocessors || rows * across < kRows * multiprocessors) continue;
        if (fitOf(image, tile, site.target.sharedPerBlock).second == 0) continue;
        tactic.name = tacticName(kName, region, request, tile.name(), 1);
        list.tactics.push_back(tactic);
    }
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    CompiledStep step;
    step.kernel = kName;
    SlidingParams p;
    static_cast<ContractionParams&>(p) = beginContraction(region, step);
    const Tile& tile = takeTile(tactic, kTiles, p);
    p.rowBytes = rowBytesInGroups(region);
    const Shape& x = region.anchorInput(0)->shape;
    std::tie(p.lines, p.slots) =
        fitOf(imageOf(p, x[2].constant(), x[3].constant(), p.rowBytes), tile, site.target.sharedPerBlock);
    const std::string source =
        cat(contractionTypes(region, tactic), "#define BN ", tile.n, "\n#define GROUPS ", tile.groups,
            "\n#define STAGES ", p.slots, "\n#define ROW ", p.rowBytes, "\n", codeText("mma"), codeText("hopper"),
            groupProductCode("multiplyGroup", tile.n, p.type), codeText("sliding"), contractionFinish(region, p),
            codeText("staying_finish"), codeText("sliding_body"));
    step.weights = {compileCode(site.target, source),
                    inOrderOfSums(packWeights(region, p), spanOfPieces(region.output(0).type))};
    step.params = printFields(p);
    return step;
}

//! Whole lines of an image with what the windows need around them.
BoxMap linesOf(const ContractionParams& p, const Image& image, int64_t lines, const Dims& x) {
    const auto c = static_cast<uint64_t>(x[1]), h = static_cast<uint64_t>(x[2]), w = static_cast<uint64_t>(x[3]);
    const auto bytes = static_cast<uint64_t>(bytesOf(p.type));
    BoxMap map;
    map.type = p.type;
    map.rank = 4;
    map.dims = {c, w, h, static_cast<uint64_t>(x[0])};
    map.strides = {c * bytes, c * bytes * w, c * bytes * w * h};
    map.box = {static_cast<uint32_t>(image.rowBytes / bytesOf(p.type)), static_cast<uint32_t>(image.line()),
               static_cast<uint32_t>(lines + image.windowH - 1), 1};
    return map;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    const auto kernel = readCopied<SlidingParams>(site, params, weights, std::size(kTiles));
    const SlidingParams& read = *kernel.params;
    check(read.kernel.size() == 4 && read.lines > 0 && read.slots >= kFewestSlots && read.slots <= kMostSlots,
          "the parameters of a contraction");
    return makeKernel(
        [kernel, multiprocessors = site.target.multiprocessors](auto in, auto out) -> std::unique_ptr<Launch> {
            const SlidingParams& p = *kernel.params;
            if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
            const Tile& tile = kTiles[p.tile];
            const Dims &x = in[0].dims, &y = out[0].dims;
            const Image image = imageOf(p, y[2], y[3], p.rowBytes);
            SlidingArgs args;
            args.N = static_cast<int32_t>(y[1]);
            args.height = static_cast<int32_t>(y[2]);
            args.width = static_cast<int32_t>(y[3]);
            args.windowH = static_cast<int32_t>(image.windowH);
            args.windowW = static_cast<int32_t>(image.windowW);
            args.chunks = static_cast<int32_t>(image.chunks);
            for (size_t s = 0; s < 2; ++s)
                args.pad[s] = static_cast<int32_t>(p.extent(s, x[s + 2], p.kernel[s + 2]).pre);
            args.lines = static_cast<int32_t>(p.lines);
            args.parts = static_cast<int32_t>(image.parts(p.lines));
            args.boxBytes = static_cast<int32_t>(image.boxBytes(p.lines));
            args.planeBytes = static_cast<int32_t>(image.planeBytes(p.lines));
            args.slotBytes = args.planeBytes * args.chunks;
            const int64_t across = args.N / tile.n, tilesOfImage = (y[2] + p.lines - 1) / p.lines;
            args.across = Divisor(across);
            args.tilesOfImage = Divisor(tilesOfImage);
            args.line = Divisor(image.line());
            args.tiles = static_cast<int32_t>(requireCount(x[0] * tilesOfImage));
            Grid grid;
            grid.threads = tile.groups * 128 + 32;
            grid.x = std::min<int64_t>(multiprocessors / across, args.tiles) * across;
            grid.shared = kFront + image.weightBytes(tile.n) + p.slots * args.slotBytes;
            const int64_t k = image.weightBytes(1) / bytesOf(p.type);
            return makeCopiedLaunch(kernel, "sliding", grid, args, linesOf(p, image, p.lines, x),
                                    mapOfWeights(p.type, k, args.N, tile.n, p.rowBytes));
        });
}

}  // namespace

const Family kSlidingFamily{kName, tactics, compile, load, nullptr, 1, false, true};

}  // namespace opentrt::cuda
