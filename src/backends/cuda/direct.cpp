// SPDX-License-Identifier: Apache-2.0
// Products of rows of few bytes and 1x1 convolutions whose operands go straight from memory into registers
// (code/direct.cu): for sizes at which the time is that of one thing waiting for another. Tested by the conformance
// cases on a device and emulated, by tests/cuda without one.
#include <algorithm>
#include <cstring>

#include "backends/cuda/contraction.h"
#include "backends/cuda/copied.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.direct";

//! Layout of code/direct.cu.
struct DirectArgs {
    const void *a = nullptr, *b = nullptr;
    void* y = nullptr;
    Extras extra;
    int32_t M = 0, N = 0;
    int32_t strided = 0;
    int32_t stride[2] = {1, 1}, in[2] = {1, 1};
    Divisor pixels{1}, width{1};
};

//! Of a warp: columns, and products of 16 rows one after the other; warps of a block.
struct Tile {
    int n, deep, down, across;
    int rows() const { return down * deep * 16; }
    int columns() const { return across * n; }
    int threads() const { return down * across * 32; }
    std::string name() const { return cat(rows(), "x", columns(), "x", down * across, n == 64 ? "" : "half"); }
};
constexpr Tile kTiles[] = {{64, 3, 4, 2}, {64, 2, 3, 4}, {64, 1, 3, 4}, {64, 1, 6, 4}, {64, 1, 6, 2}, {64, 1, 3, 2},
                           {64, 1, 6, 1}, {64, 1, 3, 1}, {32, 1, 3, 2}, {32, 1, 6, 1}, {64, 2, 6, 2}};
constexpr int64_t kChunkBytes = 64;
constexpr int64_t kMostChunks = 8;  //!< of rows that a thread has in registers at once

struct DirectParams final : ContractionParams {
    int64_t chunks = 0;  //!< of a row
    void fields(FieldVisitor& v) override {
        ContractionParams::fields(v);
        v.field("chunks", chunks);
    }
};

int64_t sharedBytes(const Tile& tile, int64_t chunks) {
    return tile.columns() * chunks * kChunkBytes;
}

std::string whyNotWindow(const RegionView& region, const ops::Convolution& conv) {
    const Shape& w = region.anchorInput(1)->shape;
    if (w.size() != 4 || conv.groups != 1) return "groups, or other than two spatial axes";
    for (size_t s = 0; s < 2; ++s) {
        if (w[s + 2] != Dim(1) || conv.paddingMode != ops::PaddingMode::ExplicitRoundDown || conv.preAt(s) != 0 ||
            conv.postAt(s) != 0)
            return "a window of several pixels, or padding";
    }
    return {};
}

std::string whyNot(const RegionView& region) {
    if (const std::string reason = whyNotContraction(region); !reason.empty()) return reason;
    if (const std::string reason = whyNotCopied(region, whyNotWindow); !reason.empty()) return reason;
    if (const std::string reason = whyNotWholeSteps(region, kChunkBytes); !reason.empty()) return reason;
    return usesStatistics(region) ? "statistics of rows" : "";
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if ((!convolution(region) && !product(region))) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse(kName, reason);
    const ContractionSizes sizes = sizesOf(region, request);
    const int64_t chunks = sizes.k * bytesOf(region.anchorInput(0)->type) / kChunkBytes;
    if (chunks > kMostChunks) return list.refuse(kName, "rows too long for registers");
    Tactic tactic = contractionTactic(region);
    for (const Tile& tile : kTiles) {
        if (sizes.columns % tile.columns() != 0 || tile.deep * chunks > kMostChunks) continue;
        const int64_t blocks = (sizes.rows + tile.rows() - 1) / tile.rows() * (sizes.columns / tile.columns());
        // With fewer blocks too much of the device is idle, with more of them other kernels copy less.
        if (blocks * 2 < site.target.multiprocessors || blocks > 3 * site.target.multiprocessors) continue;
        tactic.name = tacticName(kName, region, request, tile.name(), 1);
        list.tactics.push_back(tactic);
    }
    if (list.tactics.empty()) list.refuse(kName, "sizes that fill the device too little or too often");
}

//! For each 8 columns and chunk of k, the 16 bytes of each thread of a warp.
Tensor inFragments(const Tensor& ordered, int64_t chunks) {
    constexpr int64_t kColumns = 8, kThreads = 4;
    const int64_t rows = ordered.dims()[0], pitch = ordered.bytes() / std::max<int64_t>(rows, 1);
    Tensor fragments(DType::U8, {rows, chunks * kChunkBytes});
    const auto* from = static_cast<const char*>(ordered.data());
    auto* to = static_cast<char*>(fragments.mutableData());
    for (int64_t n = 0; n < rows; n += kColumns) {
        for (int64_t c = 0; c < chunks; ++c) {
            for (int64_t lane = 0; lane < kColumns * kThreads; ++lane, to += kPieceBytes) {
                const int64_t row = n + lane / kThreads, piece = c * kThreads + lane % kThreads;
                std::memcpy(to, from + row * pitch + piece * kPieceBytes, kPieceBytes);
            }
        }
    }
    return fragments;
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    CompiledStep step;
    step.kernel = kName;
    DirectParams p;
    static_cast<ContractionParams&>(p) = beginContraction(region, step);
    const Tile& tile = takeTile(tactic, kTiles, p);
    const Tensor& w = *region.anchorInput(1)->constant;
    p.chunks = w.count() / p.columns * bytesOf(p.type) / kChunkBytes;
    const std::string source =
        cat(contractionTypes(region, tactic), "#define CHUNKS ", p.chunks, "\n#define NT ", tile.n / 8,
            "\n#define DEEP ", tile.deep, "\n#define DOWN ", tile.down, "\n#define ACROSS ", tile.across,
            "\n#define EARLY ", hasConstantColumns(region, p.extras, step.inputs) ? 1 : 0, "\n", codeText("mma"),
            codeText("direct"), contractionFinish(region, p), codeText("direct_body"));
    step.weights = {compileCode(site.target, source),
                    inFragments(inOrderOfSums(packWeights(region, p), tile.n), p.chunks)};
    step.params = printFields(p);
    return step;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    const auto kernel = readCopied<DirectParams>(site, params, weights, std::size(kTiles));
    const DirectParams& read = *kernel.params;
    check(read.chunks >= 1 && read.chunks <= kMostChunks && read.columns >= 0 &&
              read.columns * read.chunks * kChunkBytes <= weights.at(1).bytes() &&
              sharedBytes(kTiles[read.tile], read.chunks) <= site.target.sharedPerBlock,
          "the parameters of a product");
    return makeKernel([kernel](auto in, auto out) -> std::unique_ptr<Launch> {
        const DirectParams& p = *kernel.params;
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        const Tile& tile = kTiles[p.tile];
        const Dims &x = in[0].dims, &y = out[0].dims;
        const int64_t columns = y[p.image ? 1 : y.size() - 1], k = x[p.image ? 1 : x.size() - 1];
        check(columns == p.columns && columns % tile.columns() == 0 && k * bytesOf(p.type) == p.chunks * kChunkBytes,
              "the sizes of a product");
        DirectArgs args;
        args.N = static_cast<int32_t>(columns);
        args.M = static_cast<int32_t>(requireCount(volumeOf(y) / columns));
        if (p.image) {
            for (size_t s = 0; s < 2; ++s) {
                args.strided = args.strided || p.strideAt(s) != 1;
                args.stride[s] = static_cast<int32_t>(p.strideAt(s));
                args.in[s] = static_cast<int32_t>(x[s + 2]);
            }
            args.pixels = Divisor(y[2] * y[3]);
            args.width = Divisor(y[3]);
        }
        Grid grid;
        grid.threads = tile.threads();
        grid.x = (args.M + tile.rows() - 1) / tile.rows();
        grid.y = columns / tile.columns();
        grid.shared = sharedBytes(tile, p.chunks);
        return makeKernelLaunch(
            kernel.module, "direct", grid, args,
            [packed = kernel.packed, count = p.extras.size()](DirectArgs& a, const LaunchArgs& launch) {
                a.a = launch.inputs[0];
                a.b = packed->data();
                a.y = launch.outputs[0];
                a.extra.place(launch, 1, count);
                for (const void* address : a.extra.address) requireAligned({address}, "a product");
                requireAligned({a.a, a.y}, "a product");
            });
    });
}

}  // namespace

const Family kDirectFamily{kName, tactics, compile, load, nullptr, 1};

}  // namespace opentrt::cuda
