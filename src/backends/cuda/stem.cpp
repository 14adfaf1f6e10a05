// SPDX-License-Identifier: Apache-2.0
// Convolutions of images with few channels (code/stem.cu), as they stand in front of networks: the image is read plane
// by plane as the program gives it, the result has its channels last. Tested by the conformance cases on a device, by
// tests/cuda without one.
#include <algorithm>
#include <cstring>

#include "backends/cuda/contraction.h"
#include "base/error.h"

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
    Divisor across{1}, tilesOf{1};
};

constexpr int64_t kTileH = 8, kTileW = 16, kUnitBytes = 4, kStepUnits = 8;

//! Sizes that the text works out as well.
struct Sizes {
    int64_t lineUnits, kBytes, shared;
};
Sizes sizesOf(const ContractionParams& p, int64_t columns) {
    const int64_t bytes = bytesOf(p.type), unit = kUnitBytes / bytes, c = p.kernel[1];
    Sizes s;
    s.lineUnits = (p.kernel[3] + unit - 1) / unit;
    const int64_t units = c * p.kernel[2] * s.lineUnits;
    s.kBytes = (units + kStepUnits - 1) / kStepUnits * kStepUnits * kUnitBytes;
    const int64_t lines = c * ((kTileH - 1) * p.strideAt(0) + p.kernel[2]);
    const int64_t line = ((kTileW - 1) * p.strideAt(1) + s.lineUnits * unit + 1) / 2 * 2;
    constexpr int64_t kWarps = 4;
    s.shared = columns * (s.kBytes + 16) + (lines * line * bytes + 15) / 16 * 16 + kWarps * 16 * (columns + 4) * 4;
    return s;
}

int64_t columnsOfBlock(int64_t columns) {
    return columns > 32 ? 64 : columns > 16 ? 32 : 16;
}

std::string whyNot(const Site& site, const RegionView& region) {
    if (const std::string reason = whyNotContraction(region); !reason.empty()) return reason;
    const auto& conv = *convolution(region);
    if (conv.quantized) return "narrow numbers";
    const Shape& w = region.anchorInput(1)->shape;
    if (w.size() != 4 || conv.groups != 1) return "groups, or other than two spatial axes";
    if (w[0].constant() % 8 != 0) return cat(w[0].constant(), " columns are not in steps of 8");
    for (size_t s = 0; s < 2; ++s) {
        if (conv.dilationAt(s) != 1 || conv.strideAt(s) > 4) return "dilation, or windows more than 4 places apart";
    }
    CompiledStep unused;
    const ContractionParams p = beginContraction(region, unused);
    const Sizes sizes = sizesOf(p, columnsOfBlock(p.columns));
    constexpr int64_t kMostBytes = 20 * kStepUnits * kUnitBytes;  // each step keeps registers
    if (sizes.kBytes > kMostBytes) return "more than a few channels";
    return sizes.shared > site.target.sharedPerBlock ? "windows that need too much shared memory" : "";
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!convolution(region)) return;
    if (const std::string reason = whyNot(site, region); !reason.empty()) return list.refuse(kName, reason);
    Tactic tactic = contractionTactic(region);
    tactic.inputs[static_cast<size_t>(region.anchorInputs[0])] = Format::Linear;
    const int64_t columns = columnsOfBlock(region.anchorInput(1)->shape[0].constant());
    tactic.name = tacticName(kName, region, request, cat("8x16x", columns), 1);
    list.tactics.push_back(std::move(tactic));
}

//! A row for each output channel: channels, lines of the window, and zeros behind each line up to whole units.
Tensor packLines(const Tensor& w, const Sizes& sizes) {
    const auto& dims = w.dims();
    const int64_t bytes = bytesOf(w.type()), lines = dims[1] * dims[2], lineBytes = dims[3] * bytes;
    Tensor packed(DType::U8, {dims[0], sizes.kBytes});
    auto* to = static_cast<char*>(packed.mutableData());
    std::memset(to, 0, static_cast<size_t>(packed.bytes()));
    for (int64_t n = 0; n < dims[0]; ++n) {
        for (int64_t line = 0; line < lines; ++line) {
            std::memcpy(to + n * sizes.kBytes + line * sizes.lineUnits * kUnitBytes,
                        w.as<char>() + (n * lines + line) * lineBytes, static_cast<size_t>(lineBytes));
        }
    }
    return packed;
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    CompiledStep step;
    step.kernel = kName;
    const ContractionParams p = beginContraction(region, step);
    const int64_t columns = columnsOfBlock(p.columns);
    const std::string source =
        cat(contractionTypes(region, tactic), "#define CHANNELS ", p.kernel[1], "\n#define WINDOW_H ", p.kernel[2],
            "\n#define WINDOW_W ", p.kernel[3], "\n#define STRIDE_H ", p.strideAt(0), "\n#define STRIDE_W ",
            p.strideAt(1), "\n#define BN ", columns, "\n", codeText("mma"), codeText("stem"),
            contractionFinish(region, p), codeText("stem_body"));
    step.weights = {compileCode(site.target, source), packLines(*region.anchorInput(1)->constant, sizesOf(p, columns))};
    step.params = printFields(p);
    return step;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<ContractionParams>();
    parseFields(*p, params);
    check(p->kernel.size() == 4 && p->extras.size() <= kMostExtras, "the parameters of a convolution");
    auto module = loadModule(*site.machine, weights.at(0));
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights.at(1));
    return makeKernel([p, module, packed, multiprocessors = site.target.multiprocessors](
                          auto in, auto out) -> std::unique_ptr<Launch> {
        const Port &x = in[0], &y = out[0];
        if (volumeOf(y.dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        StemArgs args;
        args.N = static_cast<int32_t>(p->columns);
        for (size_t s = 0; s < 2; ++s) {
            args.in[s] = static_cast<int32_t>(x.dims[s + 2]);
            args.out[s] = static_cast<int32_t>(y.dims[s + 2]);
            args.pad[s] = static_cast<int32_t>(p->extent(s, x.dims[s + 2], p->kernel[s + 2]).pre);
        }
        requireCount(volumeOf(y.dims) / p->columns);
        const int64_t across = (y.dims[3] + kTileW - 1) / kTileW, tiles = (y.dims[2] + kTileH - 1) / kTileH * across;
        args.across = Divisor(across);
        args.tilesOf = Divisor(tiles);
        args.tiles = static_cast<int32_t>(requireCount(tiles * y.dims[0]));
        const int64_t columns = columnsOfBlock(p->columns);
        Grid grid;
        constexpr int64_t kResident = 4;  // blocks of a multiprocessor
        grid.x = std::min<int64_t>(args.tiles, kResident * multiprocessors);
        grid.y = (p->columns + columns - 1) / columns;
        grid.threads = 128;
        grid.shared = sizesOf(*p, columns).shared;
        return makeKernelLaunch(module, "stem", grid, args,
                                [packed, count = p->extras.size()](StemArgs& a, const LaunchArgs& launch) {
                                    a.x = launch.inputs[0];
                                    a.w = packed->data();
                                    a.y = launch.outputs[0];
                                    a.extra.place(launch, 1, count);
                                    for (const void* address : a.extra.address) requireAligned({address}, "a stem");
                                    requireAligned({a.y}, "a stem");
                                });
    });
}

}  // namespace

const Family kStemFamily{kName, tactics, compile, load, nullptr, 1};

}  // namespace opentrt::cuda
