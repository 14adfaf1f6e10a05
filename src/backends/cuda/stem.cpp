// SPDX-License-Identifier: Apache-2.0
// Convolutions of images with few channels (code/stem.cu), as they stand in front of networks: the image is read plane
// by plane as the program gives it, the result has its channels last. Tested by the conformance cases on a device, by
// tests/cuda without one.
#include "backends/cuda/stem.h"

#include <algorithm>
#include <cstring>

#include "backends/cuda/copied.h"
#include "backends/cuda/emit.h"
#include "backends/cuda/keeps_order.h"
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
    int32_t works = 0;
    int32_t wide = 0;
    int32_t pooled[2] = {};
    int32_t steps = 1, lines = 0;
    Divisor acrossOf{1}, worksOf{1};
};

struct StemParams : ContractionParams {
    DType from = DType::F32;  //!< of the image
    bool pool = false;
    int64_t across = 4, lines = 4;  //!< warps beside each other, lines of a step
    int64_t lead = 0;               //!< zeros in front of each line of the window
    void fields(FieldVisitor& v) override {
        ContractionParams::fields(v);
        v.field("from", from);
        v.field("pool", pool);
        v.field("across", across);
        v.field("lines", lines);
        v.field("lead", lead);
    }
};

constexpr int64_t kMostChannels = 4;  // of pictures
constexpr int64_t kUnitBytes = 4, kStepUnits = 8, kPiece = 8, kPlaces = 16;

//! Sizes that the text works out as well.
struct Sizes {
    int64_t columns, ownColumns;             //!< of a block, of a warp
    int64_t unitH, unitW, lineUnits, lines;  //!< lines: of units, in a group
    int64_t groups, halves, lastHalves, kBytes;
    int64_t tileW, threads, shared;
    Sizes(const StemParams& p)
        : columns(p.columns > 32   ? 64
                  : p.columns > 16 ? 32
                                   : 16),
          ownColumns(std::min<int64_t>(columns, 32)) {
        const int64_t c = p.kernel[1], strideH = p.strideAt(0);
        unitH = p.type == DType::I8 ? 2 : 1;
        unitW = kUnitBytes / bytesOf(p.type) / unitH;
        lineUnits = (p.lead + p.kernel[3] + unitW - 1) / unitW;
        lines = strideH / unitH * c;
        groups = (p.kernel[2] + strideH - 1) / strideH;
        const int64_t lastLines = (p.kernel[2] - (groups - 1) * strideH + unitH - 1) / unitH * c;
        halves = (lines * lineUnits + 3) / 4;
        lastHalves = (lastLines * lineUnits + 3) / 4;
        const int64_t pairs = halves / 2, lastPairs = std::min((lastHalves + 1) / 2, pairs);
        const int64_t singles = halves % 2 ? groups - 1 + (lastHalves == halves ? 1 : 0) : 0;
        kBytes = ((groups - 1) * pairs + lastPairs + (singles + 1) / 2) * kStepUnits * kUnitBytes;
        tileW = p.pool ? kPlaces - 2 : kPlaces;
        threads = p.across * (columns / ownColumns) * 32;
        const int64_t seen = ((p.across - 1) * tileW + kPlaces - 1) * p.strideAt(1) + lineUnits * unitW;
        const int64_t line = (seen + 2 * (kPiece - 1)) / kPiece * kPiece * kUnitBytes / unitW;
        const int64_t chunks = (groups + 2 * p.lines - 2) / p.lines, ring = p.lines % 2 ? chunks : chunks + 1;
        shared = columns * (kBytes + 16) + ring * p.lines * lines * line;
    }
    //! The text's launch bounds.
    int64_t resident() const { return threads >= 512 ? 1 : std::min<int64_t>(512 / threads, 4); }
};

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
    if (std::any_of(kinds.begin(), kinds.end(), differsByRow))
        return "operands that differ from place to place, before pooling";
    return keepsOrder(region) ? "" : "pooling of what may fall where the sum rises";
}

int64_t leadOf(const ops::Convolution& conv, DType type) {
    const bool even = bytesOf(type) == 4 || conv.strideAt(1) % 2 != 0;
    return even || conv.paddingMode != ops::PaddingMode::ExplicitRoundDown ? 0 : conv.preAt(1) % 2;
}

//! Of a block: warps beside each other, and lines of a step. Strips of odd ones are one step, for few images.
struct BlockShape {
    int64_t across, lines;
};
constexpr BlockShape kPlain[] = {{4, 4}, {7, 4}, {4, 2}, {2, 4}};
constexpr BlockShape kPooled[] = {{4, 4}, {8, 4}, {2, 4}, {4, 2}, {2, 3}, {4, 5}, {8, 5}};
std::span<const BlockShape> shapesFor(const Stem& stem) {
    if (stem.pool) return kPooled;
    return kPlain;
}

StemParams paramsOf(const RegionView& region, const Stem& stem, const BlockShape& shape, CompiledStep& step) {
    StemParams p;
    static_cast<ContractionParams&>(p) = beginContraction(region, step);
    step.inputs[0] = stem.x;
    p.from = region.input(stem.x).type;
    p.pool = stem.pool != nullptr;
    p.across = shape.across;
    p.lines = shape.lines;
    p.lead = leadOf(*convolution(region), p.type);
    return p;
}

//! Sums of whole numbers are kept in the digits of a float.
constexpr int64_t kMostNarrowTaps = 255;

std::string whyNotWindow(const ops::Convolution& conv, const Shape& w, DType type) {
    if (w.size() != 4 || conv.groups != 1) return "groups, or other than two spatial axes";
    if (w[0].constant() % 8 != 0) return cat(w[0].constant(), " columns are not in steps of 8");
    for (size_t s = 0; s < 2; ++s) {
        if (conv.dilationAt(s) != 1 || conv.strideAt(s) > 4) return "dilation, or windows more than 4 places apart";
        if (type == DType::I8 && conv.strideAt(s) % 2 != 0) return "narrow numbers, an odd number of places apart";
    }
    if (type == DType::F8) return "narrow numbers that are floats";
    if (type == DType::I8 && w[1].constant() * w[2].constant() * w[3].constant() > kMostNarrowTaps)
        return "sums of many narrow numbers";
    return {};
}

//! Where these were never faster.
bool isLeftToGroups(const Site& site, const RegionView& region, const Stem& stem, bool rounds) {
    constexpr int64_t kManyBytes = 64;
    const Shape& w = region.anchorInput(1)->shape;
    return !stem.front && !stem.pool && w[2] == Dim(1) && w[3] == Dim(1) &&
           w[1].constant() * bytesOf(region.anchorInput(0)->type) >= kManyBytes &&
           multipliesInGroups(site, region, rounds);
}

std::string whyNot(const RegionView& region, const Stem& stem) {
    if (const std::string reason = whyNotContraction(region); !reason.empty()) return reason;
    const auto& conv = *convolution(region);
    const DType type = region.anchorInput(0)->type;
    const Shape& w = region.anchorInput(1)->shape;
    if (const std::string reason = whyNotWindow(conv, w, type); !reason.empty()) return reason;
    const std::string from = type == DType::I8 && !stem.front
                                 ? std::string()
                                 : whyNotType(region.input(stem.x), {DType::F32, DType::F16, DType::BF16});
    if (!from.empty()) return from;
    if (stem.front && !whyNotEmitted(*stem.front).empty()) return whyNotEmitted(*stem.front);
    if (stem.pool && !whyNotPool(region, *stem.pool).empty()) return whyNotPool(region, *stem.pool);
    CompiledStep unused;
    const StemParams p = paramsOf(region, stem, {1, 1}, unused);
    constexpr int64_t kMostSteps = 24;  // the text of all of them stands one behind the other
    return Sizes(p).kBytes > kMostSteps * 32 ? "more than a few channels" : "";
}

//! "cuda.stem.4x128x64": steps of 4 lines, strips 128 places wide, 64 columns.
std::string nameOf(const RegionView& region, const TacticRequest& request, const StemParams& p) {
    return tacticName(kName, region, request, cat(p.lines, "x", p.across * kPlaces, "x", Sizes(p).columns), 1);
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    const auto stem = stemOf(region);
    if (!stem) return;
    if (const std::string reason = whyNot(region, *stem); !reason.empty()) return list.refuse(kName, reason);
    if (isLeftToGroups(site, region, *stem, request.tf32))
        return list.refuse(kName, "single pixels of many channels, which products of warp groups take");
    Tactic tactic = contractionTactic(region);
    tactic.inputs[static_cast<size_t>(stem->x)] = Format::Linear;
    for (const BlockShape& shape : shapesFor(*stem)) {
        CompiledStep unused;
        const StemParams p = paramsOf(region, *stem, shape, unused);
        if (Sizes(p).shared > site.target.sharedPerBlock) continue;
        tactic.name = nameOf(region, request, p);
        list.tactics.push_back(tactic);
    }
    if (list.tactics.empty()) list.refuse(kName, "windows that need too much shared memory");
}

//! The row of a column among the fragments: of their eight columns, each of four threads has two, and all that a
//! thread has are neighbours in the result.
int64_t rowOf(int64_t column, const Sizes& sizes) {
    const int64_t of = column % sizes.ownColumns, each = sizes.ownColumns / 4, v = of % each;
    return column - of + v / 2 * 8 + of / each * 2 + v % 2;
}

//! In the order in which the text takes them: where halves of steps lie, by half and group.
std::vector<std::pair<int64_t, int64_t>> halvesOf(const Sizes& sizes) {
    std::vector<std::pair<int64_t, int64_t>> order;
    for (int64_t half = 0; half + 1 < sizes.halves; half += 2) {
        for (int64_t group = 0; group < sizes.groups; ++group) {
            if (group + 1 == sizes.groups && half >= sizes.lastHalves) continue;
            order.emplace_back(half, group);
            order.emplace_back(half + 1, group);
        }
    }
    if (sizes.halves % 2 == 0) return order;
    for (int64_t group = 0; group < sizes.groups; ++group) {
        if (group + 1 < sizes.groups || sizes.lastHalves == sizes.halves) order.emplace_back(sizes.halves - 1, group);
    }
    return order;
}

//! A row for each column: the units of its halves of steps, with zeros around the window.
Tensor packUnits(const Tensor& w, const StemParams& p, const Sizes& sizes) {
    const auto& dims = w.dims();
    const int64_t bytes = bytesOf(w.type()), blocks = (dims[0] + sizes.columns - 1) / sizes.columns;
    const int64_t places = sizes.unitH * sizes.unitW;
    Tensor packed(DType::U8, {blocks * sizes.columns, sizes.kBytes});
    auto* to = static_cast<char*>(packed.mutableData());
    std::memset(to, 0, static_cast<size_t>(packed.bytes()));
    for (const auto& [half, group] : halvesOf(sizes)) {
        for (int64_t e = 0; e < 4 * places; ++e, to += bytes) {
            const int64_t unit = half * 4 + e / places, line = unit / sizes.lineUnits, c = line % dims[1];
            const int64_t r = group * p.strideAt(0) + line / dims[1] * sizes.unitH + e % places / sizes.unitW;
            const int64_t s = unit % sizes.lineUnits * sizes.unitW + e % sizes.unitW - p.lead;
            if (line >= sizes.lines || r >= dims[2] || s < 0 || s >= dims[3]) continue;
            for (int64_t n = 0; n < dims[0]; ++n) {
                std::memcpy(to + rowOf(n, sizes) * sizes.kBytes,
                            w.as<char>() + (((n * dims[1] + c) * dims[2] + r) * dims[3] + s) * bytes,
                            static_cast<size_t>(bytes));
            }
        }
    }
    return packed;
}

//! The image's numbers in steps of a scale, which are only rounded to be factors.
std::optional<QuotientToRound> stepsOf(const Stem& stem, DType type) {
    std::optional<QuotientToRound> steps;
    if (stem.front && type == DType::I8) steps = quotientToRound(*stem.front);
    return steps && !steps->positive ? steps : std::nullopt;
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    const Stem stem = *stemOf(region);
    const auto shapes = shapesFor(stem);
    const auto shape = std::find_if(shapes.begin(), shapes.end(), [&](const BlockShape& s) {
        CompiledStep unused;
        return nameOf(region, request, paramsOf(region, stem, s, unused)) == tactic.name;
    });
    check(shape != shapes.end(), "a tactic of no known block");
    CompiledStep step;
    step.kernel = kName;
    const StemParams p = paramsOf(region, stem, *shape, step);
    const Sizes sizes(p);
    const std::string finish = contractionFinish(region, p);
    // Scalar code comes with the functions behind the product where there are any.
    const std::optional<QuotientToRound> steps = stepsOf(stem, p.type);
    const std::string before = stem.front ? cat(region.pointwise.empty() ? scalarCode() : "",
                                                emitProgram(steps ? steps->operands : *stem.front, "before"))
                                          : "";
    const std::string source =
        cat(contractionTypes(region, tactic), typeLine("X", p.from), "#define CHANNELS ", p.kernel[1],
            "\n#define WINDOW_H ", p.kernel[2], "\n#define WINDOW_W ", p.kernel[3], "\n#define STRIDE_H ",
            p.strideAt(0), "\n#define STRIDE_W ", p.strideAt(1), "\n#define LEAD ", p.lead, "\n#define BN ",
            sizes.columns, "\n#define COLUMNS ", sizes.ownColumns, "\n#define ACROSS ", p.across, "\n#define ROWS ",
            p.lines, "\n#define POOL ", p.pool ? 1 : 0, "\n#define BEFORE ", stem.front ? 1 : 0, "\n#define ROUNDS ",
            steps ? 1 : 0, "\n", codeText("mma"), codeText("stem"), finish, before, codeText("stem_body"));
    step.weights = {compileCode(site.target, source), packUnits(*region.anchorInput(1)->constant, p, sizes)};
    step.params = printFields(p);
    return step;
}

//! How many steps a strip of an image takes, so that all blocks end at about the same time.
int64_t chooseSteps(int64_t lines, const StemParams& p, int64_t besides, int64_t slots) {
    if (p.lines % 2) return 1;
    constexpr int64_t kStart = 2;  // steps that the begin of a strip costs
    int64_t best = 1, least = INT64_MAX;
    const int64_t most = (p.pool ? 2 * lines + 1 : lines) / p.lines + 1;
    for (int64_t steps = 1; steps <= most; ++steps) {
        const int64_t strip = p.pool ? (steps * p.lines - 1) / 2 : steps * p.lines;
        if (strip == 0) continue;
        const int64_t works = (lines + strip - 1) / strip * besides;
        const int64_t cost = (works + slots - 1) / slots * (steps + kStart);
        if (cost >= least) continue;
        least = cost;
        best = steps;
    }
    return best;
}

//! Everything but the addresses.
StemArgs argsOf(const StemParams& p, const Sizes& sizes, const Dims& x, const Dims& y, int64_t slots) {
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
    const int64_t width = p.across * (p.pool ? sizes.tileW / 2 : sizes.tileW), across = (y[3] + width - 1) / width;
    const int64_t steps = chooseSteps(y[2], p, across * x[0], slots);
    const int64_t lines = p.pool ? (steps * p.lines - 1) / 2 : steps * p.lines, down = (y[2] + lines - 1) / lines;
    args.steps = static_cast<int32_t>(steps);
    args.lines = static_cast<int32_t>(lines);
    args.acrossOf = Divisor(across);
    args.worksOf = Divisor(down * across);
    args.works = static_cast<int32_t>(requireCount(down * across * x[0]));
    // Units begin at even places of a line, so an odd start in a piece is none.
    const bool even = bytesOf(p.type) == 4 || p.strideAt(1) % 2 != 0 || (args.pad[1] + p.lead) % 2 == 0;
    args.wide = even && x[3] % kPiece == 0;
    return args;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<StemParams>();
    parseFields(*p, params);
    check(p->kernel.size() == 4 && p->extras.size() <= kMostExtras && p->across >= 1 && p->across <= 8 &&
              p->lines >= 2 && p->lines <= 16 && bytesOf(p->type) <= 4,
          "the parameters of a convolution");
    auto module = loadModule(*site.machine, weights.at(0));
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights.at(1));
    return makeKernel([p, module, packed, target = site.target](auto in, auto out) -> std::unique_ptr<Launch> {
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        const Sizes sizes(*p);
        const int64_t fitting = target.sharedPerMultiprocessor / (sizes.shared + 1024);
        const int64_t slots = std::clamp<int64_t>(fitting, 1, sizes.resident()) * target.multiprocessors;
        const StemArgs args = argsOf(*p, sizes, in[0].dims, out[0].dims, slots);
        Grid grid;
        grid.x = std::min<int64_t>(args.works, slots);
        grid.y = (p->columns + sizes.columns - 1) / sizes.columns;
        grid.threads = static_cast<int>(sizes.threads);
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
bool fuses(const Site&, const RegionView& region) {
    if (region.isPlain()) return false;
    const auto stem = stemOf(region);
    return stem && whyNot(region, *stem).empty() && region.anchorInput(1)->shape[1].constant() <= kMostChannels;
}

}  // namespace

bool stemMultiplies(const Graph& graph, NodeId node, DType type) {
    const auto* conv = as<ops::Convolution>(*graph[node].op);
    const Shape& w = graph.fact(graph[node].inputs[1]).shape;
    return conv && type == DType::I8 && w.size() == 4 && w[1].constant() <= kMostChannels &&
           whyNotWindow(*conv, w, type).empty();
}

const Family kStemFamily{kName, tactics, compile, load, fuses, 1, true};

}  // namespace opentrt::cuda
