// SPDX-License-Identifier: Apache-2.0
// Maximum and average pooling by our own kernel: up to three spatial axes in every format but chw8.
#include "backends/cpu/kernels/pool.h"

#include "backends/cpu/layouts.h"
#include "backends/cpu/op_family.h"
#include "base/error.h"
#include "ops/pooling.h"

namespace opentrt::cpu {

namespace {

using kernels::PoolArgs;
using ops::PoolingOperation;

struct PoolDef {
    using Op = ops::Pooling;
    static constexpr const char* kName = "cpu.pool";

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (op.operation == PoolingOperation::MaxAverageBlend) return "a blend of maximum and average";
        if (op.window.size() > 3) return cat("a window of ", op.window.size(), " dimensions");
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }

    static std::vector<Format> formats(const RegionView& region, const Op& op) {
        const Shape& x = region.input(0).shape;
        if (x.size() != op.window.size() + 2) return {Format::Linear};  // more than one batch dimension
        return kernelFormats(x);
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const Port& x = call.in[0];
        const size_t rank = call.op.window.size(), leading = x.dims.size() - rank;
        PoolArgs args;
        args.type = x.type;
        args.layout = layoutOf(x.format);
        args.kind = call.op.operation == PoolingOperation::Max ? PoolArgs::Kind::Max
                    : call.op.excludePadding                   ? PoolArgs::Kind::Average
                                                               : PoolArgs::Kind::AverageOfPadding;
        args.channels = leading < 2 ? 1 : x.dims[leading - 1];
        args.batch = volumeOf({x.dims.begin(), x.dims.begin() + static_cast<long>(leading)});
        if (args.channels > 0) args.batch /= args.channels;
        for (size_t i = 0; i < rank; ++i) {
            kernels::PoolAxis& axis = args.axes[3 - rank + i];
            const ops::WindowExtent e = call.op.extent(i, x.dims[leading + i], call.op.window[i]);
            axis = {x.dims[leading + i],
                    e.size,
                    call.op.window[i],
                    call.op.strideAt(i),
                    call.op.dilationAt(i),
                    e.pre,
                    e.post};
        }
        const bool nothing = volumeOf(call.out[0].dims) == 0;
        return makeLaunch([args, nothing](const LaunchArgs& a) mutable {
            args.x = a.inputs[0];
            args.y = a.outputs[0];
            if (!nothing) kernels::pool(args);
        });
    }
};

}  // namespace

const KernelFamily kPoolFamily = opFamily<PoolDef>();

}  // namespace opentrt::cpu
