// SPDX-License-Identifier: Apache-2.0
// Convolutions and products of very many rows, in f16, bf16, i8 and f8, whose weights stay in shared memory
// (code/staying.cu): what is read and written passes each multiprocessor once, in order. For compute capability 9.0;
// windows need channels in steps of 64 bytes. Tested by the conformance cases on a device, by tests/cuda without.
#include <algorithm>

#include "backends/cuda/copied.h"
#include "backends/cuda/group_product.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.staying";

//! Layout of code/staying.cu.
struct alignas(64) StayingArgs {
    TensorMap a, b, like;
    void* y = nullptr;
    Extras extra;
    int32_t M = 0, N = 0;
    int32_t windows = 0;
    int32_t taps = 1, windowW = 1, chunks = 0;
    int32_t stride[2] = {1, 1}, pad[2] = {0, 0};
    Divisor pixels{1}, width{1};
    Divisor across{1};
    int32_t tiles = 0;
};

//! Columns of a block, and groups of warps that take tiles.
struct Tile {
    int n, groups;
    std::string name() const { return cat(n, "x", groups); }
};
constexpr Tile kTiles[] = {{64, 4}, {128, 3}, {256, 2}};
constexpr int64_t kRows = 64;  // of a tile
constexpr int64_t kFront = 1024, kMostStages = 8, kFewestStages = 3;

struct StayingParams final : ContractionParams {
    int64_t stages = 0;  //!< pieces in the ring of a group
    void fields(FieldVisitor& v) override {
        ContractionParams::fields(v);
        v.field("stages", stages);
    }
};

int64_t pieceBytes(int64_t rowBytes) {
    return kRows * rowBytes;
}
//! Pieces that the ring of a group holds; 0: there is no room.
int64_t stagesOf(const Tile& tile, int64_t units, int64_t rowBytes, int64_t shared) {
    const int64_t left = shared - kFront - units * tile.n * rowBytes;
    const int64_t stages = left <= 0 ? 0 : std::min(kMostStages, left / (tile.groups * pieceBytes(rowBytes)));
    return stages < kFewestStages ? 0 : stages;
}

DType likeType(const RegionView& region, const ContractionParams& p, const CompiledStep& step) {
    const int64_t like = p.likeResult();
    return like < 0 ? DType::I8 : region.input(step.inputs[static_cast<size_t>(like) + 1]).type;
}

std::string whyNot(const Site& site, const RegionView& region) {
    const Fact& x = *region.anchorInput(0);
    if (!multipliesInGroups(site, region, false) || bytesOf(x.type) > 2) return "no product of warp groups takes it";
    if (bytesOf(region.output(0).type) > 2) return "a result of more than two bytes";
    if (usesStatistics(region)) return "statistics of rows";
    CompiledStep step;
    const ContractionParams p = beginContraction(region, step);
    const auto count = [&](int64_t kind) { return std::count(p.extras.begin(), p.extras.end(), kind); };
    if (count(kByRow) > 0) return "an operand for each row";
    if (count(kLikeResult) > 1) return "two operands like the result";
    return {};
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!convolution(region) && !product(region)) return;
    if (!region.anchorInput(0) || !region.anchorInput(1)) return;
    if (const std::string reason = whyNot(site, region); !reason.empty()) return list.refuse(kName, reason);
    CompiledStep step;
    const ContractionParams p = beginContraction(region, step);
    const ContractionSizes sizes = sizesOf(region, request);
    const int64_t rowBytes = rowBytesInGroups(region), bytes = bytesOf(region.anchorInput(0)->type);
    const int64_t units = (sizes.k * bytes + rowBytes - 1) / rowBytes, tiles = (sizes.rows + kRows - 1) / kRows;
    const int64_t multiprocessors = site.target.multiprocessors;
    Tactic tactic = contractionTactic(region);
    for (const Tile& tile : kTiles) {
        const int64_t across = sizes.columns / tile.n;
        if (sizes.columns % tile.n != 0 || across > multiprocessors || tiles * across < multiprocessors) continue;
        if (p.likeResult() >= 0 && tile.n * bytesOf(likeType(region, p, step)) % rowBytes != 0) continue;
        if (stagesOf(tile, units, rowBytes, site.target.sharedPerBlock) == 0) continue;
        tactic.name = tacticName(kName, region, request, tile.name(), 1);
        list.tactics.push_back(tactic);
    }
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    CompiledStep step;
    step.kernel = kName;
    StayingParams p;
    static_cast<ContractionParams&>(p) = beginContraction(region, step);
    const Tile& tile = takeTile(tactic, kTiles, p);
    p.rowBytes = rowBytesInGroups(region);
    const int64_t taps = p.image ? p.kernel[2] * p.kernel[3] : 1;
    const int64_t k = region.anchorInput(1)->constant->count() / p.columns * bytesOf(p.type) / taps;
    p.stages = stagesOf(tile, taps * ((k + p.rowBytes - 1) / p.rowBytes), p.rowBytes, site.target.sharedPerBlock);
    const std::string source =
        cat(contractionTypes(region, tactic), "#define BN ", tile.n, "\n#define GROUPS ", tile.groups,
            "\n#define STAGES ", p.stages, "\n#define ROW ", p.rowBytes, "\n", codeText("mma"), codeText("hopper"),
            groupProductCode("multiplyGroup", tile.n, p.type), codeText("staying"), contractionFinish(region, p),
            codeText("staying_finish"), codeText("staying_body"));
    step.weights = {compileCode(site.target, source),
                    inOrderOfSums(packWeights(region, p), spanOfPieces(region.output(0).type))};
    step.params = printFields(p);
    return step;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    const auto kernel = readCopied<StayingParams>(site, params, weights, std::size(kTiles));
    const StayingParams& read = *kernel.params;
    check(read.stages >= kFewestStages && read.stages <= kMostStages, "the parameters of a contraction");
    return makeKernel(
        [kernel, multiprocessors = site.target.multiprocessors](auto in, auto out) -> std::unique_ptr<Launch> {
            const StayingParams& p = *kernel.params;
            if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
            const Tile& tile = kTiles[p.tile];
            StayingArgs args;
            const BoxMap rows = placeRows(p, kRows, in[0].dims, out[0].dims, args);
            const int64_t across = args.N / tile.n, units = int64_t{args.taps} * args.chunks;
            args.tiles = static_cast<int32_t>((args.M + kRows - 1) / kRows);
            args.across = Divisor(across);
            Grid grid;
            grid.threads = (tile.groups + 1) * 128;
            grid.x = std::min<int64_t>(multiprocessors / across, (args.tiles + tile.groups - 1) / tile.groups) * across;
            grid.shared = kFront + units * tile.n * p.rowBytes + p.stages * tile.groups * pieceBytes(p.rowBytes);
            BoxMap like;
            const int64_t at = p.likeResult();
            if (at >= 0) {
                like = mapOfMatrix(in[static_cast<size_t>(at) + 1].type, args.M, args.N, kRows, p.rowBytes);
            }
            const BoxMap b = mapOfWeights(p.type, units * (p.rowBytes / bytesOf(p.type)), args.N, tile.n, p.rowBytes);
            return makeCopiedLaunch(kernel, "staying", grid, args, rows, b, like);
        });
}

}  // namespace

const Family kStayingFamily{kName, tactics, compile, load, nullptr, 1, false, true};

}  // namespace opentrt::cuda
