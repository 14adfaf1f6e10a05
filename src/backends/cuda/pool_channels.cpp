// SPDX-License-Identifier: Apache-2.0
// Maximum and average pooling of images in channels-last order, 16 bytes of channels at once. Tested by the conformance
// cases on a device, by tests/cuda without one.
#include <algorithm>

#include "backends/cuda/arguments.h"
#include "backends/cuda/epilogue.h"
#include "backends/cuda/rows.h"
#include "base/error.h"
#include "ops/pooling.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/pool_channels.cu; spatial axes are H, W.
struct PoolArgs {
    const void* x = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Divisor pieces{1}, outW{1}, outH{1};
    int32_t channels = 0;
    int32_t in[2] = {}, stride[2] = {}, pad[2] = {}, post[2] = {};
    int32_t excludePadding = 0;
};

int64_t pieceOf(DType type) {
    return kPieceBytes / bytesOf(type);
}

struct PoolChannelsDef {
    using Op = ops::Pooling;
    static constexpr const char* kName = "cuda.pool_channels";

    static std::string whyNot(const RegionView& region, const Op& op) {
        const Fact& x = region.input(0);
        if (x.shape.size() != 4 || op.window.size() != 2) return "other than two spatial axes";
        if (op.operation == ops::PoolingOperation::MaxAverageBlend) return "a blend of maximum and average";
        if (op.dilationAt(0) != 1 || op.dilationAt(1) != 1) return "dilation";
        const bool maximum = op.operation == ops::PoolingOperation::Max;
        const std::string type = maximum ? whyNotType(x, {DType::F32, DType::F16, DType::BF16, DType::F8, DType::I8})
                                         : whyNotType(x, {DType::F32, DType::F16, DType::BF16});
        if (!type.empty()) return type;
        const bool fits = x.shape[1].isConstant() && x.shape[1].constant() % pieceOf(x.type) == 0;
        return fits ? "" : "channels that are not in steps of 16 bytes";
    }
    static std::vector<Format> formats(const RegionView&, const Op&) { return {Format::Nhwc}; }
    static std::string source(const RegionView& region, const Op& op) {
        const DType type = region.input(0).type;
        return cat(typeLine("T", type), pooledCode(type, pieceOf(type), op.operation == ops::PoolingOperation::Max),
                   "#define WINDOW_H ", op.window[0], "\n#define WINDOW_W ", op.window[1], "\n",
                   codeText("pool_channels"));
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, std::shared_ptr<const Module> module) {
        const Dims &x = call.in[0].dims, &y = call.out[0].dims;
        PoolArgs args;
        for (size_t s = 0; s < 2; ++s) {
            const auto extent = call.op.extent(s, x[s + 2], call.op.window[s]);
            args.in[s] = static_cast<int32_t>(x[s + 2]);
            args.stride[s] = static_cast<int32_t>(call.op.strideAt(s));
            args.pad[s] = static_cast<int32_t>(extent.pre);
            args.post[s] = static_cast<int32_t>(extent.post);
        }
        const int64_t piece = pieceOf(call.in[0].type);
        args.channels = static_cast<int32_t>(x[1]);
        args.pieces = Divisor(std::max<int64_t>(x[1] / piece, 1));
        args.outH = Divisor(std::max<int64_t>(y[2], 1));
        args.outW = Divisor(std::max<int64_t>(y[3], 1));
        args.count = requireCount(volumeOf(y) / piece);
        args.excludePadding = call.op.excludePadding;
        if (args.count == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.threads = 128;
        grid.x = blocksFor(args.count, grid.threads);
        return makeKernelLaunch(std::move(module), "pool_channels", grid, args,
                                [](PoolArgs& a, const LaunchArgs& launch) {
                                    a.x = launch.inputs[0];
                                    a.y = launch.outputs[0];
                                    requireAligned({a.x, a.y}, "a pooling");
                                });
    }
};

}  // namespace

std::string pooledCode(DType type, int64_t width, bool maximum) {
    return cat(typeLine("N", isFloat(type) ? DType::F32 : DType::I32), "#define LOWEST ",
               isFloat(type) ? "-__int_as_float(0x7f800000)" : "-128", "\n#define V ", width, "\n#define MAXIMUM ",
               maximum ? 1 : 0, "\n", codeText("pooled"));
}

const Family kPoolChannelsFamily = opFamily<PoolChannelsDef>();

}  // namespace opentrt::cuda
