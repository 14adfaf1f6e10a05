// SPDX-License-Identifier: Apache-2.0
// Convolutions by the products of warp groups, whose pixels are brought once for all taps of the
// window (code/shifted.cu). For compute capability 9.0, windows of 3 x 3 one or two pixels apart, and as many channels
// as fit into shared memory. Tested by the conformance cases on a device, by tests/cuda without.
#include <algorithm>

#include "backends/cuda/copied.h"
#include "backends/cuda/group_product.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.shifted";
constexpr int64_t kFront = 1024, kAligned = 1024;

//! Layout of code/shifted.cu.
struct alignas(64) ShiftedArgs {
    TensorMap a, b;
    void* y = nullptr;
    Extras extra;
    int32_t M = 0, N = 0;
    int32_t chunks = 0;
    int32_t outW = 0, outH = 0, lines = 0, stride = 1;
    int32_t boxes = 1, boxBytes = 0, boxRows = 0;
    Divisor pitch{1}, tiles{1};
};

struct Tile {
    int m, n;
    int share;  //!< groups of warps that share k
    bool isTall() const { return m > 64; }
    int threads() const { return share * m * 2; }
    std::string name() const { return cat(m, "x", n, "x", share); }
};
constexpr Tile kTiles[] = {{64, 32, 2}, {64, 64, 2}, {128, 32, 1}, {128, 64, 1}};
constexpr int kSplits[] = {1, 2, 4};
constexpr int64_t kWindow = 3, kPad = kWindow / 2, kTaps = kWindow * kWindow;

//! A convolution as the kernel sees it.
struct Image {
    int64_t channels = 0, columns = 0, images = 1, inH = 1, inW = 1, outH = 1, outW = 1, stride = 1;
};

//! How tiles lie in it; `shared` is 0 when it does not fit the kernel's limits.
struct Fit {
    int64_t chunks = 0, pitch = 0, lines = 0, boxes = 1, boxLines = 0, boxRows = 0, boxBytes = 0, tiles = 0, shared = 0;
};

Fit fitOf(const Tile& tile, int64_t split, const Image& s, int64_t rowBytes, DType type) {
    Fit f;
    const int64_t units = s.channels * bytesOf(type) / rowBytes;
    // One pixel apart, a line takes the zeros of the next one for those behind it.
    f.pitch = s.outW + kPad;
    if (s.outH == 0 || s.columns % 8 != 0 || units % split != 0 || tile.m % split != 0 || f.pitch > tile.m) return f;
    f.chunks = units / split;
    f.lines = std::min(tile.m / f.pitch, s.outH);
    f.tiles = (s.outH + f.lines - 1) / f.lines;
    f.lines = (s.outH + f.tiles - 1) / f.tiles;
    f.boxes = s.stride * s.stride;
    f.boxLines = f.lines + (kWindow - 1) / s.stride;
    constexpr int64_t kMostOfBox = 256;
    if (f.pitch * s.stride > kMostOfBox || f.boxLines * s.stride > kMostOfBox) return f;
    f.boxRows = f.boxLines * f.pitch;
    f.boxBytes = roundUp((f.boxRows + kPad) * rowBytes, kAligned);
    const int64_t a = f.chunks * f.boxes * f.boxBytes, b = f.chunks * kTaps * tile.n * rowBytes;
    const int64_t sums = int64_t{tile.share} * tile.m * (tile.n + 4) * 4;
    f.shared = kFront + (split > 1 ? roundUp(sums, kAligned) : 0) + std::max(a + b, sums);
    return f;
}

std::string whyNotWindow(const RegionView& region, const ops::Convolution& conv) {
    const Shape &x = region.anchorInput(0)->shape, &w = region.anchorInput(1)->shape;
    if (x.size() != 4 || conv.groups != 1) return "groups, or other than two spatial axes";
    for (size_t d = 1; d < 4; ++d) {
        if (!x[d].isConstant()) return "sizes of images that are not known";
    }
    const int64_t stride = conv.strideAt(0);
    if (w[2] != Dim(kWindow) || w[3] != Dim(kWindow) || conv.strideAt(1) != stride || stride > 2)
        return "a window other than 3x3, one or two pixels apart";
    for (size_t s = 0; s < 2; ++s) {
        const auto extent = conv.extent(s, x[s + 2].constant(), kWindow);
        if (conv.dilationAt(s) != 1 || extent.pre != kPad) return "another padding, or dilation";
        if (extent.size != (x[s + 2].constant() + stride - 1) / stride) return "another padding";
    }
    return whyNotWholeSteps(region, kStepBytes / 2);
}

std::string whyNot(const Site& site, const RegionView& region, bool rounds) {
    if (!convolution(region)) return "no convolution";
    if (!site.target.isHopper()) return "the device has no products of warp groups";
    if (const std::string reason = whyNotContraction(region); !reason.empty()) return reason;
    if (region.anchorInput(0)->type == DType::F32 && !rounds) return "floats that must not be rounded";
    return whyNotCopied(region, whyNotWindow);
}

//! Each block brings weights, so many blocks bring much. Tall tiles are for what fills the device once with them, and
//! more than once with others; in clusters of four, whose blocks have a multiprocessor each, they took longer.
bool isWorth(const Tile& tile, int64_t split, int64_t blocks, int64_t processors) {
    if (tile.isTall()) return split <= 2 && blocks <= processors && blocks * 2 > processors;
    return blocks <= (split > 1 ? 2 : 6) * processors;
}

Image imageOf(const ContractionParams& p, const Dims& x, const Dims& y) {
    Image s;
    s.images = x[0];
    s.channels = x[1];
    s.inH = x[2];
    s.inW = x[3];
    s.columns = y[1];
    s.outH = y[2];
    s.outW = y[3];
    s.stride = p.strideAt(0);
    return s;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!convolution(region)) return;
    if (const std::string reason = whyNot(site, region, request.tf32); !reason.empty()) {
        return list.refuse(kName, reason);
    }
    CompiledStep unused;
    const ContractionParams p = beginContraction(region, unused);
    const Image image = imageOf(p, evalShape(region.anchorInput(0)->shape, request.opt),
                                evalShape(region.anchorOutput().shape, request.opt));
    const int64_t rowBytes = rowBytesInGroups(region), processors = site.target.multiprocessors;
    Tactic tactic = contractionTactic(region);
    for (const Tile& tile : kTiles) {
        const int64_t across = (image.columns + tile.n - 1) / tile.n;
        if (across * tile.n > roundUp(image.columns, 32)) continue;
        for (const int split : kSplits) {
            const Fit fit = fitOf(tile, split, image, rowBytes, p.type);
            if (fit.shared == 0 || fit.shared > site.target.sharedPerBlock) continue;
            const int64_t blocks = image.images * fit.tiles * across * split;
            if (!isWorth(tile, split, blocks, processors)) continue;
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
    p.rowBytes = rowBytesInGroups(region);
    const std::string source =
        cat(contractionTypes(region, tactic), "#define BN ", tile.n, "\n#define BM ", tile.m, "\n#define ROW ",
            p.rowBytes, "\n#define K_GROUPS ", tile.share, "\n#define SPLIT ", p.split > 1 ? 1 : 0, "\n",
            codeText("mma"), codeText("hopper"), groupProductCode("multiplyGroup", tile.n, p.type), codeText("shifted"),
            contractionFinish(region, p), codeText("shifted_body"));
    step.weights = {compileCode(site.target, source)};
    Tensor packed = packWeights(region, p);
    if (p.type == DType::F32) roundToTf32(packed);
    step.weights.push_back(std::move(packed));
    step.params = printFields(p);
    return step;
}

//! Lines of an image; with steps, one plane of every other pixel at a time.
BoxMap mapOfLines(const Image& s, const Fit& fit, DType type, int64_t rowBytes) {
    const auto bytes = static_cast<uint64_t>(bytesOf(type)), c = static_cast<uint64_t>(s.channels);
    const auto w = static_cast<uint64_t>(s.inW), h = static_cast<uint64_t>(s.inH);
    const auto stride = static_cast<uint32_t>(s.stride);
    BoxMap map;
    map.type = type;
    map.rank = 4;
    map.dims = {c, w, h, static_cast<uint64_t>(s.images)};
    map.strides = {c * bytes, c * bytes * w, c * bytes * w * h};
    map.box = {static_cast<uint32_t>(rowBytes / bytesOf(type)), static_cast<uint32_t>(fit.pitch) * stride,
               static_cast<uint32_t>(fit.boxLines) * stride, 1};
    map.steps = {1, stride, stride, 1};
    return map;
}

//! Weights of all taps.
BoxMap mapOfTaps(const Image& s, const Tile& tile, DType type, int64_t rowBytes) {
    BoxMap map = mapOfWeights(type, s.channels * kTaps, s.columns, tile.n, rowBytes);
    map.rank = 3;
    map.dims = {static_cast<uint64_t>(s.channels), map.dims[1], static_cast<uint64_t>(kTaps)};
    map.strides = {map.strides[0], static_cast<uint64_t>(s.channels * bytesOf(type))};
    map.box[2] = static_cast<uint32_t>(kTaps);
    return map;
}

ShiftedArgs argsOf(const Image& s, const Fit& fit) {
    ShiftedArgs args;
    args.M = static_cast<int32_t>(requireCount(s.images * s.outH * s.outW));
    args.N = static_cast<int32_t>(s.columns);
    args.chunks = static_cast<int32_t>(fit.chunks);
    args.outW = static_cast<int32_t>(s.outW);
    args.outH = static_cast<int32_t>(s.outH);
    args.lines = static_cast<int32_t>(fit.lines);
    args.stride = static_cast<int32_t>(s.stride);
    args.boxes = static_cast<int32_t>(fit.boxes);
    args.boxBytes = static_cast<int32_t>(fit.boxBytes);
    args.boxRows = static_cast<int32_t>(fit.boxRows);
    args.pitch = Divisor(fit.pitch);
    args.tiles = Divisor(fit.tiles);
    return args;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    const auto kernel = readCopied(site, params, weights, std::size(kTiles));
    return makeKernel([kernel, target = site.target](auto in, auto out) -> std::unique_ptr<Launch> {
        const ContractionParams& p = *kernel.params;
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        const Tile& tile = kTiles[p.tile];
        const Image image = imageOf(p, in[0].dims, out[0].dims);
        const Fit fit = fitOf(tile, p.split, image, p.rowBytes, p.type);
        if (fit.shared == 0 || fit.shared > target.sharedPerBlock) {
            throw Error(ErrorCode::Unsupported, "", cat("the kernel was chosen for other sizes than ", in[0].dims));
        }
        const ShiftedArgs args = argsOf(image, fit);
        Grid grid;
        grid.x = image.images * fit.tiles;
        grid.y = (image.columns + tile.n - 1) / tile.n;
        grid.z = p.split;
        grid.cluster = static_cast<int>(p.split);
        grid.threads = tile.threads();
        grid.shared = fit.shared;
        return makeCopiedLaunch(kernel, "shifted", grid, args, mapOfLines(image, fit, p.type, p.rowBytes),
                                mapOfTaps(image, tile, p.type, p.rowBytes));
    });
}

}  // namespace

const Family kShiftedFamily{kName, tactics, compile, load, nullptr, 1};

}  // namespace opentrt::cuda
