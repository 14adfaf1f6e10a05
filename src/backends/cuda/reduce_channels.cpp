// SPDX-License-Identifier: Apache-2.0
// Reductions of images in channels-last order over all their pixels, as global pooling is. Tested by the conformance
// cases on a device, by tests/cuda without one.
#include <algorithm>

#include "backends/cuda/epilogue.h"
#include "backends/cuda/rows.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/reduce_channels.cu.
struct ReduceChannelsArgs {
    const void* x = nullptr;
    void* y = nullptr;
    int32_t channels = 0;
    uint32_t pixels = 0;
    uint32_t pieces = 0;
    Divisor blocks{1};
};

struct ReduceChannelsDef {
    using Op = ops::Reduce;
    static constexpr const char* kName = "cuda.reduce_channels";

    static int64_t widthOf(DType type) { return kPieceBytes / bytesOf(type); }
    //! Neighbouring threads that share a pixel, as a power of two: up to 8, and more where that leaves enough blocks.
    static uint32_t piecesOf(int64_t images, int64_t channels, DType type) {
        constexpr int64_t kEnoughBlocks = 512;
        constexpr uint32_t kFew = 3, kMost = 6;
        const int64_t all = (channels + widthOf(type) - 1) / widthOf(type);
        uint32_t pieces = 0;
        while (pieces < kMost && (int64_t{1} << pieces) < all &&
               (pieces < kFew || images * all >> (pieces + 1) >= kEnoughBlocks)) {
            ++pieces;
        }
        return pieces;
    }

    static std::string whyNot(const RegionView& region, const Op& op) {
        const Fact& x = region.input(0);
        const size_t rank = x.shape.size();
        std::set<size_t> axes;
        for (const int64_t axis : op.axes) axes.insert(axisOf(axis, rank));
        const bool pixels = rank >= 3 && rank <= 5 && axes.size() == rank - 2 && *axes.begin() == 2;
        if (!pixels) return "axes other than all those of the pixels";
        const std::string type = whyNotType(x, {DType::F32, DType::F16, DType::BF16});
        if (!type.empty()) return type;
        const bool fits = x.shape[1].isConstant() && x.shape[1].constant() % widthOf(x.type) == 0;
        return fits ? "" : "channels that are not in steps of 16 bytes";
    }
    static std::vector<Format> formats(const RegionView&, const Op&) { return {Format::Nhwc}; }
    static std::string source(const RegionView& region, const Op& op) {
        const DType type = region.input(0).type;
        return cat(typeLine("T", type), "#define V ", widthOf(type), "\n", foldCode(op, type),
                   codeText("reduce_channels"));
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, std::shared_ptr<const Module> module) {
        const Dims& x = call.in[0].dims;
        const DType type = call.in[0].type;
        ReduceChannelsArgs args;
        args.channels = static_cast<int32_t>(x[1]);
        args.pixels = requireCount(volumeOf(x) / std::max<int64_t>(x[0] * x[1], 1));
        args.pieces = piecesOf(x[0], x[1], type);
        const int64_t ofBlock = widthOf(type) << args.pieces, blocks = (x[1] + ofBlock - 1) / ofBlock;
        args.blocks = Divisor(std::max<int64_t>(blocks, 1));
        Grid grid;
        grid.threads = 256;
        grid.x = blocks * x[0];
        if (grid.x == 0) return makeLaunch([](const LaunchArgs&) {});
        return makeKernelLaunch(std::move(module), "reduce_channels", grid, args,
                                [](ReduceChannelsArgs& a, const LaunchArgs& launch) {
                                    a.x = launch.inputs[0];
                                    a.y = launch.outputs[0];
                                    requireAligned({a.x, a.y}, "a reduction");
                                });
    }
};

}  // namespace

const Family kReduceChannelsFamily = opFamily<ReduceChannelsDef>();

}  // namespace opentrt::cuda
