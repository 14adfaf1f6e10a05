// SPDX-License-Identifier: Apache-2.0
// Softmax by the kernel for rows and columns; over the channels of images also in nhwc, where they are rows.
#include "backends/cpu/kernels/softmax.h"

#include "backends/cpu/dispatch.h"
#include "backends/cpu/layouts.h"
#include "backends/cpu/op_family.h"
#include "ops/softmax.h"

namespace opentrt::cpu {

namespace {

struct SoftmaxDef {
    using Op = ops::Softmax;
    static constexpr const char* kName = "cpu.softmax";

    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }

    static std::vector<Format> formats(const RegionView& region, const Op& op) {
        const Shape& x = region.input(0).shape;
        const bool overChannels = x.size() >= 3 && x.size() <= 5 && axisOf(op.axis, x.size()) == 1;
        return overChannels ? std::vector{Format::Linear, Format::Nhwc} : std::vector{Format::Linear};
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const Port& x = call.in[0];
        const std::vector<int64_t> dims = memoryDims(x.format, x.dims);
        const size_t axis = x.format == Format::Nhwc ? dims.size() - 1 : axisOf(call.op.axis, dims.size());
        kernels::SoftmaxArgs args;
        args.type = x.type;
        args.outer[2] = volumeOf({dims.begin(), dims.begin() + static_cast<long>(axis)});
        args.axis = dims[axis];
        args.inner = volumeOf({dims.begin() + static_cast<long>(axis) + 1, dims.end()});
        return makeLaunch([args](const LaunchArgs& a) mutable {
            args.x = a.inputs[0];
            args.y = a.outputs[0];
            if (args.outer[2] * args.axis * args.inner > 0) kernels::softmax(args);
        });
    }
};

}  // namespace

const KernelFamily kSoftmaxFamily = opFamily<SoftmaxDef>();

}  // namespace opentrt::cpu
