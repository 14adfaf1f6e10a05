// SPDX-License-Identifier: Apache-2.0
// Convolutions of images with few channels (code/stem.cu), as they stand in front of networks: the image is read plane
// by plane as the program gives it, the result has its channels last. Tested by the conformance cases on a device, by
// tests/cuda without one.
#include <algorithm>
#include <cstring>

#include "backends/cuda/contraction.h"
#include "backends/cuda/emit.h"
#include "backends/cuda/rows.h"
#include "base/error.h"
#include "ops/pooling.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.stem";

//! Layout of code/stem.cu.
struct StemArgs {
    const void *x = nullptr, *w = nullptr;
    void* y = nullptr;
    Extras extra;
    int32_t N = 0;
    int32_t in[2] = {}, out[2] = {}, pad[2] = {};
    int32_t tiles = 0;
    int32_t wide = 0;
    int32_t pooled[2] = {};
    Divisor across{1}, tilesOf{1};
};

struct StemParams : ContractionParams {
    DType from = DType::F32;  //!< of the image
    bool pool = false;
    int64_t warps = 4, rows = 2;  //!< rows of the tile for each warp
    int64_t lead = 0;             //!< zeros in front of each line of the window
    void fields(FieldVisitor& v) override {
        ContractionParams::fields(v);
        v.field("from", from);
        v.field("pool", pool);
        v.field("warps", warps);
        v.field("rows", rows);
        v.field("lead", lead);
    }
};

constexpr int64_t kTileW = 16, kPooledW = (kTileW - 1) / 2, kUnitBytes = 4, kStepUnits = 8, kPiece = 8;

//! Sizes that the text works out as well.
struct Sizes {
    int64_t tileH, pooledH, lineUnits, kBytes, shared;
    Sizes(const StemParams& p, int64_t columns, DType made) {
        const int64_t bytes = bytesOf(p.type), unit = kUnitBytes / bytes, c = p.kernel[1];
        tileH = p.warps * p.rows;
        pooledH = (tileH - 1) / 2;
        lineUnits = (p.lead + p.kernel[3] + unit - 1) / unit;
        const int64_t units = c * p.kernel[2] * lineUnits;
        kBytes = (units + kStepUnits - 1) / kStepUnits * kStepUnits * kUnitBytes;
        const int64_t lines = c * ((tileH - 1) * p.strideAt(0) + p.kernel[2]);
        const int64_t seen = (kTileW - 1) * p.strideAt(1) + lineUnits * unit;
        const int64_t line = (seen + 2 * (kPiece - 1)) / kPiece * kPiece;
        shared = columns * (kBytes + 16) + lines * line * bytes + tileH * kTileW * (columns * bytesOf(made) + 16);
    }
};

int64_t columnsOfBlock(int64_t columns) {
    return columns > 32 ? 64 : columns > 16 ? 32 : 16;
}

//! What stands around the convolution.
struct Stem {
    int x = 0;  //!< input of the region that is the image
    std::optional<ScalarProgram> front;
    const ops::Pooling* pool = nullptr;
};

std::optional<Stem> stemOf(const RegionView& region) {
    if (!region.anchor || !as<ops::Convolution>(region.op()) || region.further.size() > 1) return std::nullopt;
    Stem stem;
    if (!region.further.empty()) stem.pool = as<ops::Pooling>(*region.further[0]->op);
    if (region.further.size() == 1 && !stem.pool) return std::nullopt;
    if (region.front.empty()) {
        stem.x = region.anchorInputs[0];
        return stem.x < 0 ? std::nullopt : std::optional(stem);
    }
    const auto& inputs = region.holder().inputs();
    for (size_t i = 0; i < inputs.size(); ++i) {
        stem.x = static_cast<int>(i);
        if (region.isConstant(stem.x) || region.input(stem.x).shape != region.anchorInput(0)->shape) continue;
        stem.front = programBetween(region, inputs[i], region.anchor->inputs[0]);
        if (stem.front) return stem;
    }
    return std::nullopt;
}

//! Why the largest of 3 x 3 results cannot be taken before they are stored.
std::string whyNotPool(const RegionView& region, const ops::Pooling& pool) {
    const auto all = [](const std::vector<int64_t>& values, int64_t expected) {
        return values.size() == 2 && values[0] == expected && values[1] == expected;
    };
    const bool plain = pool.operation == ops::PoolingOperation::Max && all(pool.window, 3) && all(pool.stride, 2) &&
                       all(pool.pre, 1) && pool.dilationAt(0) == 1 && pool.dilationAt(1) == 1 &&
                       (pool.paddingMode == ops::PaddingMode::ExplicitRoundDown ||
                        pool.paddingMode == ops::PaddingMode::ExplicitRoundUp);
    if (!plain) return "pooling other than the largest of 3x3, two places apart, one place of padding";
    CompiledStep unused;
    const auto kinds = addExtras(region, region.anchorInput(2), 1, unused);
    const bool byRow =
        std::any_of(kinds.begin(), kinds.end(), [](int64_t kind) { return kind == kLikeResult || kind == kByRow; });
    return byRow ? "operands that differ from place to place, before pooling" : "";
}

int64_t leadOf(const ops::Convolution& conv, DType type) {
    const bool even = bytesOf(type) == 4 || conv.strideAt(1) % 2 != 0;
    return even || conv.paddingMode != ops::PaddingMode::ExplicitRoundDown ? 0 : conv.preAt(1) % 2;
}

//! Of a tile: warps, and rows of the result that each of them takes.
struct TileShape {
    int64_t warps, rows;
};
constexpr TileShape kPlain[] = {{4, 2}}, kPooled[] = {{3, 3}, {5, 3}, {5, 2}, {9, 1}};
std::span<const TileShape> shapesFor(const Stem& stem) {
    if (stem.pool) return kPooled;
    return kPlain;
}

StemParams paramsOf(const RegionView& region, const Stem& stem, const TileShape& shape, CompiledStep& step) {
    StemParams p;
    static_cast<ContractionParams&>(p) = beginContraction(region, step);
    step.inputs[0] = stem.x;
    p.from = region.input(stem.x).type;
    p.pool = stem.pool != nullptr;
    p.warps = shape.warps;
    p.rows = shape.rows;
    p.lead = leadOf(*convolution(region), p.type);
    return p;
}

std::string whyNot(const RegionView& region, const Stem& stem) {
    if (const std::string reason = whyNotContraction(region); !reason.empty()) return reason;
    const auto& conv = *convolution(region);
    if (conv.quantized) return "narrow numbers";
    const Shape& w = region.anchorInput(1)->shape;
    if (w.size() != 4 || conv.groups != 1) return "groups, or other than two spatial axes";
    if (w[0].constant() % 8 != 0) return cat(w[0].constant(), " columns are not in steps of 8");
    for (size_t s = 0; s < 2; ++s) {
        if (conv.dilationAt(s) != 1 || conv.strideAt(s) > 4) return "dilation, or windows more than 4 places apart";
    }
    const std::string from = whyNotType(region.input(stem.x), {DType::F32, DType::F16, DType::BF16});
    if (!from.empty()) return from;
    if (stem.front && !whyNotEmitted(*stem.front).empty()) return whyNotEmitted(*stem.front);
    if (stem.pool && !whyNotPool(region, *stem.pool).empty()) return whyNotPool(region, *stem.pool);
    if (stem.pool && w[0].constant() % 16 != 0) return "pooled columns that are not in steps of 16";
    CompiledStep unused;
    const StemParams p = paramsOf(region, stem, {1, 1}, unused);
    constexpr int64_t kMostBytes = 20 * kStepUnits * kUnitBytes;  // each step keeps registers
    return Sizes(p, columnsOfBlock(p.columns), region.output(0).type).kBytes > kMostBytes ? "more than a few channels"
                                                                                          : "";
}

//! "cuda.stem.15x16x64/3": 15 places down, 16 across, 64 columns, 3 rows for each warp.
std::string nameOf(const RegionView& region, const TacticRequest& request, const TileShape& shape, int64_t columns) {
    return tacticName(kName, region, request, cat(shape.warps * shape.rows, "x16x", columns), shape.rows);
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    const auto stem = stemOf(region);
    if (!stem) return;
    if (const std::string reason = whyNot(region, *stem); !reason.empty()) return list.refuse(kName, reason);
    Tactic tactic = contractionTactic(region);
    tactic.inputs[static_cast<size_t>(stem->x)] = Format::Linear;
    const int64_t columns = columnsOfBlock(region.anchorInput(1)->shape[0].constant());
    for (const TileShape& shape : shapesFor(*stem)) {
        CompiledStep unused;
        const Sizes sizes(paramsOf(region, *stem, shape, unused), columns, region.output(0).type);
        if (sizes.shared > site.target.sharedPerBlock) continue;
        tactic.name = nameOf(region, request, shape, columns);
        list.tactics.push_back(tactic);
    }
    if (list.tactics.empty()) list.refuse(kName, "windows that need too much shared memory");
}

//! A row for each output channel: channels, lines of the window, and zeros around each line up to whole units.
Tensor packLines(const Tensor& w, const StemParams& p, const Sizes& sizes) {
    const auto& dims = w.dims();
    const int64_t bytes = bytesOf(w.type()), lines = dims[1] * dims[2], lineBytes = dims[3] * bytes;
    Tensor packed(DType::U8, {dims[0], sizes.kBytes});
    auto* to = static_cast<char*>(packed.mutableData());
    std::memset(to, 0, static_cast<size_t>(packed.bytes()));
    for (int64_t n = 0; n < dims[0]; ++n) {
        for (int64_t line = 0; line < lines; ++line) {
            std::memcpy(to + n * sizes.kBytes + line * sizes.lineUnits * kUnitBytes + p.lead * bytes,
                        w.as<char>() + (n * lines + line) * lineBytes, static_cast<size_t>(lineBytes));
        }
    }
    return packed;
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    const Stem stem = *stemOf(region);
    CompiledStep step;
    step.kernel = kName;
    const int64_t columns = columnsOfBlock(region.anchorInput(1)->shape[0].constant());
    const auto shapes = shapesFor(stem);
    const auto shape = std::find_if(shapes.begin(), shapes.end(), [&](const TileShape& s) {
        return nameOf(region, request, s, columns) == tactic.name;
    });
    check(shape != shapes.end(), "a tactic of no known tile");
    const StemParams p = paramsOf(region, stem, *shape, step);
    const DType made = region.output(0).type;
    const std::string finish = contractionFinish(region, p);
    // Scalar code comes with the functions behind the product where there are any.
    const std::string before =
        stem.front ? cat(region.pointwise.empty() ? scalarCode() : "", emitProgram(*stem.front, "before")) : "";
    const std::string source =
        cat(contractionTypes(region, tactic), typeLine("X", p.from), "#define CHANNELS ", p.kernel[1],
            "\n#define WINDOW_H ", p.kernel[2], "\n#define WINDOW_W ", p.kernel[3], "\n#define STRIDE_H ",
            p.strideAt(0), "\n#define STRIDE_W ", p.strideAt(1), "\n#define LEAD ", p.lead, "\n#define BN ", columns,
            "\n#define WARPS ", p.warps, "\n#define ROWS ", p.rows, "\n#define POOL ", p.pool ? 1 : 0,
            "\n#define BEFORE ", stem.front ? 1 : 0, "\n", codeText("mma"), codeText("stem"), finish, before,
            p.pool ? pooledCode(made, kPieceBytes / bytesOf(made), true) : "", codeText("stem_body"));
    step.weights = {compileCode(site.target, source),
                    packLines(*region.anchorInput(1)->constant, p, Sizes(p, columns, made))};
    step.params = printFields(p);
    return step;
}

//! Everything but the addresses.
StemArgs argsOf(const StemParams& p, const Sizes& sizes, const Dims& x, const Dims& y) {
    StemArgs args;
    args.N = static_cast<int32_t>(p.columns);
    int64_t out[2];
    for (size_t s = 0; s < 2; ++s) {
        const auto extent = p.extent(s, x[s + 2], p.kernel[s + 2]);
        out[s] = extent.size;
        args.in[s] = static_cast<int32_t>(x[s + 2]);
        args.out[s] = static_cast<int32_t>(extent.size);
        args.pad[s] = static_cast<int32_t>(extent.pre);
        args.pooled[s] = static_cast<int32_t>(y[s + 2]);
    }
    requireCount(x[0] * out[0] * out[1]);
    const int64_t down = p.pool ? (y[2] + sizes.pooledH - 1) / sizes.pooledH : (out[0] + sizes.tileH - 1) / sizes.tileH;
    const int64_t across = p.pool ? (y[3] + kPooledW - 1) / kPooledW : (out[1] + kTileW - 1) / kTileW;
    args.across = Divisor(across);
    args.tilesOf = Divisor(down * across);
    args.tiles = static_cast<int32_t>(requireCount(down * across * x[0]));
    // Units begin at even places of a line, so an odd start in a piece is none.
    const bool even = bytesOf(p.type) == 4 || p.strideAt(1) % 2 != 0 || (args.pad[1] + p.lead) % 2 == 0;
    args.wide = even && x[3] % kPiece == 0;
    return args;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<StemParams>();
    parseFields(*p, params);
    check(p->kernel.size() == 4 && p->extras.size() <= kMostExtras && p->warps >= 1 && p->warps <= 16 && p->rows >= 1 &&
              (bytesOf(p->type) == 2 || bytesOf(p->type) == 4),
          "the parameters of a convolution");
    auto module = loadModule(*site.machine, weights.at(0));
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights.at(1));
    return makeKernel([p, module, packed, target = site.target](auto in, auto out) -> std::unique_ptr<Launch> {
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        const int64_t columns = columnsOfBlock(p->columns);
        const Sizes sizes(*p, columns, out[0].type);
        const StemArgs args = argsOf(*p, sizes, in[0].dims, out[0].dims);
        Grid grid;
        const int64_t resident = std::clamp<int64_t>(target.sharedPerMultiprocessor / (sizes.shared + 1024), 1, 4);
        grid.x = std::min<int64_t>(args.tiles, resident * target.multiprocessors);
        grid.y = (p->columns + columns - 1) / columns;
        grid.threads = static_cast<int>(p->warps) * 32;
        grid.shared = sizes.shared;
        const bool wide = args.wide != 0;
        return makeKernelLaunch(module, "stem", grid, args,
                                [packed, wide, count = p->extras.size()](StemArgs& a, const LaunchArgs& launch) {
                                    a.x = launch.inputs[0];
                                    a.w = packed->data();
                                    a.y = launch.outputs[0];
                                    a.wide = wide && isAligned(a.x);
                                    a.extra.place(launch, 1, count);
                                    for (const void* address : a.extra.address) requireAligned({address}, "a stem");
                                    requireAligned({a.y}, "a stem");
                                });
    });
}

//! Of regions that are more than a convolution and what is behind it; those, other families take as well. With more
//! channels than a picture has, they are faster.
bool fuses(const RegionView& region) {
    if (region.isPlain()) return false;
    const auto stem = stemOf(region);
    constexpr int64_t kMostChannels = 4;
    return stem && whyNot(region, *stem).empty() && region.anchorInput(1)->shape[1].constant() <= kMostChannels;
}

}  // namespace

const Family kStemFamily{kName, tactics, compile, load, fuses, 1, true};

}  // namespace opentrt::cuda
