// SPDX-License-Identifier: Apache-2.0
// Gather of slices along an axis and of single elements. Tested by the conformance cases on a device.
#include "ops/gather.h"

#include <algorithm>

#include "backends/cuda/arguments.h"
#include "backends/cuda/emit.h"
#include "backends/cuda/rows.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/gather.cu.
struct GatherArgs {
    const void *x = nullptr, *index = nullptr;
    void* y = nullptr;
    uint32_t count = 0, size = 0;
    Divisor inner{1}, indices{1}, outer{1};
    int64_t xBatch = 0, indexBatch = 0;
    uint32_t rank = 0;
    Divisor dim[8];
    int64_t xStride[8] = {};
    int64_t axisStride = 0;
};

struct GatherDef {
    using Op = ops::Gather;
    static constexpr const char* kName = "cuda.gather";

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (op.mode == ops::GatherMode::Nd) return "indices of several dimensions";
        if (region.output(0).shape.size() > 8) return "more than 8 dimensions";
        return whyNotBytes(region.input(0));
    }
    static std::string source(const RegionView& region, const Op& op) {
        return cat("typedef u", bitsOf(region.input(0).type), " W;\n", typeLine("I", region.anchorInput(1)->type),
                   "#define SLICES ", op.mode == ops::GatherMode::Default ? 1 : 0, "\n", codeText("gather"));
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, std::shared_ptr<const Module> module) {
        const Dims &x = call.in[0].dims, &index = call.in[1].dims, &y = call.out[0].dims;
        const size_t axis = axisOf(call.op.axis, x.size());
        GatherArgs args;
        args.count = requireCount(volumeOf(y));
        if (args.count == 0) return makeLaunch([](const LaunchArgs&) {});
        args.size = requireCount(x[axis]);
        const auto divisor = [](int64_t n) { return Divisor(std::max<int64_t>(n, 1)); };
        const auto product = [](const Dims& dims, size_t from, size_t to) {
            int64_t n = 1;
            for (size_t i = from; i < to; ++i) n *= dims[i];
            return n;
        };
        if (call.op.mode == ops::GatherMode::Default) {
            const auto batch = static_cast<size_t>(call.op.elementwiseDims);
            args.inner = divisor(product(x, axis + 1, x.size()));
            args.indices = divisor(product(index, batch, index.size()));
            args.outer = divisor(product(x, batch, axis));
            if (batch == 1 && x[0] != 1) args.xBatch = product(x, 1, x.size());
            if (batch == 1 && index[0] != 1) args.indexBatch = product(index, 1, index.size());
        } else {
            const Dims strides = stridesOf(x);
            args.rank = static_cast<uint32_t>(y.size());
            for (size_t d = 0; d < y.size(); ++d) {
                args.dim[d] = divisor(y[d]);
                args.xStride[d] = d == axis ? 0 : strides[d];
            }
            args.axisStride = strides[axis];
        }
        Grid grid;
        grid.x = blocksFor(args.count, grid.threads);
        return makeKernelLaunch(std::move(module), "gather", grid, args, [](GatherArgs& a, const LaunchArgs& launch) {
            a.x = launch.inputs[0];
            a.index = launch.inputs[1];
            a.y = launch.outputs[0];
        });
    }
};

}  // namespace

const Family kGatherFamily = opFamily<GatherDef>();

}  // namespace opentrt::cuda
