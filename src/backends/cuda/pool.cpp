// SPDX-License-Identifier: Apache-2.0
// Pooling, in linear and channels-last order. Tested by the conformance cases on a device, by tests/cuda without one.
#include <algorithm>

#include "backends/cuda/arguments.h"
#include "backends/cuda/emit.h"
#include "backends/cuda/rows.h"
#include "base/error.h"
#include "ops/pooling.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/pool.cu; spatial axes are D, H, W.
struct PoolArgs {
    const void* x = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Divisor dim[5] = {Divisor(1), Divisor(1), Divisor(1), Divisor(1), Divisor(1)};
    int32_t axis[5] = {0, 1, 2, 3, 4};
    int64_t inStride[5] = {};
    int32_t in[3] = {1, 1, 1}, window[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, pad[3] = {}, post[3] = {},
            dilation[3] = {1, 1, 1};
    int32_t excludePadding = 0;
    float blend = 0;
};

struct PoolDef {
    using Op = ops::Pooling;
    static constexpr const char* kName = "cuda.pool";

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (op.window.size() > 3) return cat(op.window.size(), " spatial axes");
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16, DType::I8, DType::U8});
    }
    static std::vector<Format> formats(const RegionView& region, const Op& op) {
        if (region.input(0).shape.size() != op.window.size() + 2) return {Format::Linear};
        return {Format::Nhwc, Format::Linear};
    }

    static std::string source(const RegionView& region, const Op& op) {
        const DType type = region.input(0).type;
        const bool real = isFloat(type);
        std::string value;
        switch (op.operation) {
            case ops::PoolingOperation::Max:
                value = real ? "top" : cat("inside ? wholeTop : ", type == DType::I8 ? "-128" : "0");
                break;
            case ops::PoolingOperation::Average:
                value = real ? "number ? sum / (float)number : 0.f" : "number ? wholeSum / number : 0";
                break;
            case ops::PoolingOperation::MaxAverageBlend:
                value = "(1.f - a.blend) * top + a.blend * (number ? sum / (float)number : 0.f)";
                break;
        }
        return cat(typeLine("T", type), "#define INTEGER ", real ? 0 : 1,
                   "\n#define finish(to, a, top, sum, wholeTop, wholeSum, inside, number) put(to, ",
                   real ? "(float)(" : "(i64)(", value, "))\n", codeText("pool"));
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, std::shared_ptr<const Module> module) {
        const size_t spatial = call.op.window.size();
        const Port x = imagesOf(call.in[0], spatial), y = imagesOf(call.out[0], spatial);
        PoolArgs args;
        const Dims strides = stridesIn(x.format, x.dims);
        args.inStride[0] = strides[0];
        args.inStride[1] = strides[1];
        for (size_t s = 0; s < spatial; ++s) {
            const size_t at = 3 - spatial + s;
            const auto extent = call.op.extent(s, x.dims[s + 2], call.op.window[s]);
            args.in[at] = static_cast<int32_t>(x.dims[s + 2]);
            args.window[at] = static_cast<int32_t>(call.op.window[s]);
            args.stride[at] = static_cast<int32_t>(call.op.strideAt(s));
            args.pad[at] = static_cast<int32_t>(extent.pre);
            args.post[at] = static_cast<int32_t>(extent.post);
            args.dilation[at] = static_cast<int32_t>(call.op.dilationAt(s));
            args.inStride[at + 2] = strides[s + 2];
        }
        const std::vector<size_t> order = memoryOrder(y.format, y.dims.size());
        for (size_t i = 0; i < order.size(); ++i) {
            const size_t to = 5 - order.size() + i;
            args.dim[to] = Divisor(std::max<int64_t>(y.dims[order[i]], 1));
            args.axis[to] = static_cast<int32_t>(order[i] < 2 ? order[i] : order[i] + 3 - spatial);
        }
        // Slots that no dimension fills count one element of an axis that has none of its own.
        for (size_t i = 0; i + order.size() < 5; ++i) args.axis[i] = static_cast<int32_t>(2 + i);
        args.count = requireCount(volumeOf(y.dims));
        args.excludePadding = call.op.excludePadding;
        args.blend = static_cast<float>(call.op.blend);
        if (args.count == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.x = blocksFor(args.count, grid.threads);
        return makeKernelLaunch(std::move(module), "pool", grid, args, [](PoolArgs& a, const LaunchArgs& launch) {
            a.x = launch.inputs[0];
            a.y = launch.outputs[0];
        });
    }

private:
    //! All dimensions in front of the spatial ones as one, where there are not two.
    static Port imagesOf(Port port, size_t spatial) {
        if (port.dims.size() == spatial + 2) return port;
        const auto first = port.dims.end() - static_cast<long>(spatial);
        Dims dims{volumeOf({port.dims.begin(), first}), 1};
        dims.insert(dims.end(), first, port.dims.end());
        port.dims = std::move(dims);
        return port;
    }
};

}  // namespace

const Family kPoolFamily = opFamily<PoolDef>();

}  // namespace opentrt::cuda
