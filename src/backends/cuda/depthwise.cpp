// SPDX-License-Identifier: Apache-2.0
// Two-dimensional convolution of each channel by itself, with the pointwise operators behind it, in channels-last
// order. Tested by the conformance cases on a device, by tests/cuda without one.
#include <algorithm>
#include <cstring>

#include "backends/cuda/arguments.h"
#include "backends/cuda/epilogue.h"
#include "backends/cuda/rows.h"
#include "base/error.h"
#include "ops/convolution.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.depthwise";

//! Layout of code/depthwise.cu.
struct DepthwiseArgs {
    const void *x = nullptr, *w = nullptr;
    void* y = nullptr;
    Extras extra;
    uint32_t count = 0;
    Divisor chunks{1}, across{1}, outH{1};
    int32_t outW = 0, channels = 0;
    Divisor slices{1}, bands{1}, seenW{1};
    uint32_t bandRows = 0, seenPixels = 0;
    int32_t in[2] = {}, stride[2] = {}, pad[2] = {}, dilation[2] = {};
    Divisor down{1};
};

//! Neighbours of a line that a thread computes.
constexpr int64_t kPlaces[] = {1, 2, 4};
//! Behind their number, in the name of a tactic: the whole window is brought at once.
constexpr const char* kAhead = "ahead";
//! The same: so many pieces of channels of some lines are brought into shared memory.
constexpr const char* kSlice = "slice";
constexpr int64_t kSlices[] = {4, 8};
//! The same, as in "4x2": places of a line, lines that a thread computes together, two channels of each.
struct Block {
    int64_t places, rows;
};
constexpr Block kBlocks[] = {{4, 4}, {7, 2}, {4, 2}, {2, 2}};
constexpr int64_t kBlockWidth = 2;
constexpr int64_t kSliceShared = 48 * 1024;  //!< of a block, so that a multiprocessor holds several

struct Params : HasFields, ops::WindowParams {
    int64_t channels = 0, width = 1, places = 1;
    bool ahead = false;  //!< the whole window is brought at once
    int64_t slice = 0, rows = 0;
    std::vector<int64_t> window, extras;
    void fields(FieldVisitor& v) override {
        v.field("channels", channels);
        v.field("width", width);
        v.field("places", places);
        v.field("ahead", ahead);
        v.field("slice", slice);
        v.field("rows", rows);
        v.field("window", window);
        v.field("extras", extras);
        windowFields(v);
    }
};

const ops::Convolution* depthwise(const RegionView& region) {
    const auto* conv = region.anchor ? as<ops::Convolution>(region.op()) : nullptr;
    const Fact* w = conv ? region.anchorInput(1) : nullptr;
    if (!w || !w->constant || w->shape.size() != 4 || !region.anchorInput(0)) return nullptr;
    if (region.anchorInput(0)->shape.size() != 4) return nullptr;
    return conv->isDepthwise(w->shape) ? conv : nullptr;
}

std::string whyNot(const RegionView& region) {
    const std::string type = whyNotType(*region.anchorInput(0), {DType::F32, DType::F16, DType::BF16});
    return type.empty() ? whyNotEpilogue(region, 1) : type;
}

//! Whether a thread can hold all that its window sees, and the weights. More places were never faster that way.
bool fitsRegisters(const RegionView& region, int64_t places) {
    const Shape& w = region.anchorInput(1)->shape;
    const int64_t high = w[2].constant(), wide = w[3].constant();
    const int64_t seen = (places - 1) * depthwise(region)->strideAt(1) + wide;
    constexpr int64_t kMostPieces = 50, kMostPlaces = 2;
    return places <= kMostPlaces && high * (seen + wide) <= kMostPieces;
}

//! How lines are brought into shared memory; no rows where none fit.
struct Bands {
    int64_t rows = 0, seenRows = 0, seenW = 0, shared = 0;
    Bands(const Params& p, int64_t outH, int64_t across) {
        if (outH < 1 || across < 1 || p.strideAt(0) < 1 || p.strideAt(1) < 1) return;
        seenW = (across * p.places - 1) * p.strideAt(1) + p.window[1];
        const int64_t piece = p.slice * kPieceBytes, weights = p.window[0] * p.window[1] * piece;
        const int64_t fits = (kSliceShared - weights) / (seenW * piece);
        if (fits < p.window[0]) return;
        const int64_t most = std::min(outH, (fits - p.window[0]) / p.strideAt(0) + 1);
        rows = (outH + (outH + most - 1) / most - 1) / ((outH + most - 1) / most);  // bands of one height
        seenRows = (rows - 1) * p.strideAt(0) + p.window[0];
        shared = weights + seenRows * seenW * piece;
    }
};

Params paramsOf(const RegionView& region, int64_t places, bool ahead, int64_t slice) {
    const ops::Convolution& conv = *depthwise(region);
    Params p;
    static_cast<ops::WindowParams&>(p) = conv;
    p.channels = conv.groups;
    const int64_t piece = kPieceBytes / bytesOf(region.anchorInput(0)->type);
    p.width = conv.groups % piece == 0 ? piece : 1;
    const Shape& w = region.anchorInput(1)->shape;
    p.window = {w[2].constant(), w[3].constant()};
    p.places = places;
    p.ahead = ahead;
    p.slice = slice;
    return p;
}

void addSlices(const RegionView& region, int64_t places, Tactic tactic, TacticList& list) {
    const ops::Convolution& conv = *depthwise(region);
    const Shape& out = region.output(0).shape;
    if (conv.dilationAt(0) != 1 || !out[2].isConstant() || !out[3].isConstant()) return;
    for (const int64_t slice : kSlices) {
        const Params p = paramsOf(region, places, false, slice);
        const Bands bands(p, out[2].constant(), (out[3].constant() + places - 1) / places);
        if (p.width == 1 || bands.rows < std::clamp<int64_t>(out[2].constant(), 1, 4)) continue;
        tactic.name = cat(kName, ".", places, kSlice, slice);
        list.tactics.push_back(tactic);
    }
}

void addBlocks(const RegionView& region, Tactic tactic, TacticList& list) {
    const ops::Convolution& conv = *depthwise(region);
    const Shape& w = region.anchorInput(1)->shape;
    constexpr int64_t kMostTaps = 25;  // whose weights wait in registers
    if (conv.dilationAt(0) != 1 || conv.dilationAt(1) != 1 || w[2].constant() * w[3].constant() > kMostTaps) return;
    if (conv.groups % kBlockWidth != 0 || bytesOf(region.anchorInput(0)->type) > 2) return;
    for (const Block& block : kBlocks) {
        tactic.name = cat(kName, ".", block.places, "x", block.rows);
        list.tactics.push_back(tactic);
    }
}

void tactics(const Site&, const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!depthwise(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse(kName, reason);
    Tactic tactic;
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        const bool image =
            region.node->inputs[i].valid() && (static_cast<int>(i) == region.anchorInputs[0] ||
                                               region.input(static_cast<int>(i)).shape == region.output(0).shape);
        tactic.inputs.push_back(image ? Format::Nhwc : Format::Linear);
    }
    tactic.outputs = {Format::Nhwc};
    for (const int64_t places : kPlaces) {
        constexpr int64_t kMostUnrolled = 8;
        const bool fits =
            depthwise(region)->dilationAt(1) == 1 && region.anchorInput(1)->shape[3].constant() <= kMostUnrolled;
        if (places > 1 && !fits) break;
        tactic.name = cat(kName, ".", places);
        list.tactics.push_back(tactic);
        if (places > 1) addSlices(region, places, tactic, list);
        if (!fitsRegisters(region, places)) continue;
        tactic.name = cat(kName, ".", places, kAhead);
        list.tactics.push_back(tactic);
    }
    addBlocks(region, tactic, list);
}

//! [channels, window] to [window, channels].
Tensor transposed(const Tensor& w) {
    const int64_t channels = w.dims()[0], taps = w.count() / channels, bytes = bytesOf(w.type());
    Tensor result(w.type(), {taps, channels});
    auto* to = static_cast<char*>(result.mutableData());
    for (int64_t t = 0; t < taps; ++t) {
        for (int64_t c = 0; c < channels; ++c) {
            std::memcpy(to + (t * channels + c) * bytes, w.as<char>() + (c * taps + t) * bytes,
                        static_cast<size_t>(bytes));
        }
    }
    return result;
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    const Fact &x = *region.anchorInput(0), &w = *region.anchorInput(1);
    const std::string how = tactic.name.substr(tactic.name.rfind('.') + 1);
    const size_t slice = how.find(kSlice), rows = how.find('x');
    Params p = paramsOf(region, std::stoll(how), how.ends_with(kAhead),
                        slice == std::string::npos ? 0 : std::stoll(how.substr(slice + std::strlen(kSlice))));
    if (rows != std::string::npos) {
        p.rows = std::stoll(how.substr(rows + 1));
        p.width = kBlockWidth;
    }
    CompiledStep step;
    step.kernel = kName;
    step.inputs = {region.anchorInputs[0]};
    const bool hasBias = region.anchorInput(2) != nullptr;
    p.extras = addExtras(region, hasBias, 1, step);
    const std::string source =
        cat(typeLine("T", x.type), typeLine("R", region.output(0).type), "#define WINDOW_H ", p.window[0],
            "\n#define WINDOW_W ", p.window[1], "\n#define AHEAD ", p.ahead ? 1 : 0, "\n#define SLICE ", p.slice,
            "\n#define ROWS ", p.rows, "\n#define CHANNELS ", p.channels, "\n#define STRIDE_H ", p.strideAt(0),
            "\n#define STRIDE_W ", p.strideAt(1), "\n#define PLACES ", p.places, "\n#define V ", p.width, "\n",
            p.slice ? codeText("mma") : "", codeText("depthwise"), "#undef V\n", finishCode(region, hasBias, p.extras),
            "#define V ", p.width, "\n", codeText("depthwise_parts"),
            codeText(p.slice  ? "depthwise_slice"
                     : p.rows ? "depthwise_block"
                              : "depthwise_body"));
    step.weights = {compileCode(site.target, source), transposed(*w.constant)};
    step.params = printFields(p);
    return step;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<Params>();
    parseFields(*p, params);
    check(p->window.size() == 2 && p->width > 0 && p->rows >= 0 && p->places > 0 &&
              (p->slice == 0 || 128 % p->slice == 0) && (p->rows == 0 || p->width == kBlockWidth) &&
              p->channels % p->width == 0,
          "the parameters of a convolution");
    auto module = loadModule(*site.machine, weights.at(0));
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights.at(1));
    return makeKernel([p, module, packed](auto in, auto out) -> std::unique_ptr<Launch> {
        const Port &x = in[0], &y = out[0];
        DepthwiseArgs args;
        args.channels = static_cast<int32_t>(p->channels);
        for (size_t s = 0; s < 2; ++s) {
            args.in[s] = static_cast<int32_t>(x.dims[s + 2]);
            args.stride[s] = static_cast<int32_t>(p->strideAt(s));
            args.pad[s] = static_cast<int32_t>(p->extent(s, x.dims[s + 2], p->window[s]).pre);
            args.dilation[s] = static_cast<int32_t>(p->dilationAt(s));
        }
        args.outH = Divisor(std::max<int64_t>(y.dims[2], 1));
        const int64_t high = std::max<int64_t>(p->rows, 1), down = (y.dims[2] + high - 1) / high;
        args.down = Divisor(std::max<int64_t>(down, 1));
        const int64_t across = (y.dims[3] + p->places - 1) / p->places;
        args.across = Divisor(std::max<int64_t>(across, 1));
        args.outW = static_cast<int32_t>(y.dims[3]);
        args.chunks = Divisor(p->channels / p->width);
        requireCount(volumeOf(y.dims) / p->width);
        args.count = requireCount(y.dims[0] * down * across * (p->channels / p->width));
        if (args.count == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.threads = 128;
        if (p->slice) {
            const Bands bands(*p, y.dims[2], across);
            fit(bands.rows > 0, "lines of another width");
            const int64_t slices = (p->channels / p->width + p->slice - 1) / p->slice,
                          count = (y.dims[2] + bands.rows - 1) / bands.rows;
            args.slices = Divisor(slices);
            args.bands = Divisor(count);
            args.seenW = Divisor(bands.seenW);
            args.bandRows = static_cast<uint32_t>(bands.rows);
            args.seenPixels = static_cast<uint32_t>(bands.seenRows * bands.seenW);
            grid.x = requireCount(y.dims[0] * slices * count);
            grid.shared = bands.shared;
        } else {
            grid.x = p->ahead || p->rows > 0 ? (args.count + grid.threads - 1) / grid.threads
                                             : blocksFor(args.count, grid.threads);
        }
        return makeKernelLaunch(
            module, "depthwise", grid, args,
            [packed, count = p->extras.size(), wide = p->width > 1](DepthwiseArgs& a, const LaunchArgs& launch) {
                a.x = launch.inputs[0];
                a.w = packed->data();
                a.y = launch.outputs[0];
                const bool aligned = a.extra.place(launch, 1, count);
                if (wide && !(aligned && isAligned(a.x) && isAligned(a.y))) {
                    throw Error(ErrorCode::InvalidArgument, "",
                                "an operand of a convolution is not aligned to 16 bytes");
                }
            });
    });
}

}  // namespace

const Family kDepthwiseFamily{
    kName, tactics, compile, load, [](const Site&, const RegionView& r) { return depthwise(r) && whyNot(r).empty(); },
    1};

}  // namespace opentrt::cuda
