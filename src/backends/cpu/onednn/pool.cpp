// SPDX-License-Identifier: Apache-2.0
// oneDNN pooling: maximum and average in every format.
#include "backends/cpu/family.h"
#include "backends/cpu/layouts.h"
#include "backends/cpu/onednn/common.h"
#include "backends/fit.h"
#include "base/error.h"
#include "ops/pooling.h"

namespace opentrt::cpu::onednn {

namespace {

using dnnl::memory;

bool isPooling(const RegionView& region) {
    return region.anchor && region.pointwise.empty() && as<ops::Pooling>(region.op());
}

std::string whyNot(const RegionView& region) {
    const auto& op = *as<ops::Pooling>(region.op());
    const Fact& x = region.input(0);
    if (x.type != DType::F32) return cat("type ", name(x.type));
    if (x.shape.size() != op.window.size() + 2 || x.shape.size() > 5) return "more than one batch dimension";
    if (op.operation == ops::PoolingOperation::MaxAverageBlend) return "a blend of maximum and average";
    // Windows that reach beyond the padding count positions differently from oneDNN's average.
    if (op.operation == ops::PoolingOperation::Average && !op.excludePadding &&
        op.paddingMode != ops::PaddingMode::ExplicitRoundDown) {
        return "an average over padding with a rounded-up size";
    }
    return {};
}

dnnl::pooling_forward::primitive_desc describe(const ops::Pooling& op, const Port& in, const Port& out) {
    memory::dims stride, dilation, pre, post;
    for (size_t i = 0; i < op.window.size(); ++i) {
        const int64_t size = in.dims[i + 2];
        const ops::WindowExtent e = op.extent(i, size, op.window[i]);
        stride.push_back(op.strideAt(i));
        dilation.push_back(op.dilationAt(i) - 1);
        pre.push_back(e.pre);
        // What the last window needs, which may be less or more than the layer's padding.
        const int64_t reach = (out.dims[i + 2] - 1) * op.strideAt(i) + (op.window[i] - 1) * op.dilationAt(i) + 1;
        post.push_back(std::max<int64_t>(0, reach - e.pre - size));
    }
    const bool max = op.operation == ops::PoolingOperation::Max;
    const auto algorithm = max                 ? dnnl::algorithm::pooling_max
                           : op.excludePadding ? dnnl::algorithm::pooling_avg_exclude_padding
                                               : dnnl::algorithm::pooling_avg_include_padding;
    return dnnl::pooling_forward::primitive_desc(engine(), dnnl::prop_kind::forward_inference, algorithm, descOf(in),
                                                 descOf(out), stride, op.window, dilation, pre, post,
                                                 attributeOf({}, {}), true);
}

void tactics(const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!isPooling(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse("cpu.onednn.pool", reason);
    for (const Format format : formatsFor(region.input(0).shape)) {
        const Port in = portOf(region.input(0), format, request.opt),
                   out = portOf(region.output(0), format, request.opt);
        if (volumeOf(out.dims) == 0 || volumeOf(in.dims) == 0) return list.refuse("cpu.onednn.pool", "an empty tensor");
        const auto desc = describe(*as<ops::Pooling>(region.op()), in, out);
        const std::string stem = cat("cpu.onednn.pool.", name(format));
        if (!desc || std::string(desc.impl_info_str()).starts_with("ref")) {
            list.refuse(stem, "oneDNN has no optimised implementation");
            continue;
        }
        list.tactics.push_back({stem, {format}, {format}});
    }
}

CompiledStep compile(const RegionView& region, const Tactic&, const TacticRequest&) {
    ops::Pooling op = *as<ops::Pooling>(region.op());
    return {"cpu.onednn.pool", printFields(op), {}, {0}};
}

class PoolKernel final : public Kernel {
public:
    explicit PoolKernel(ops::Pooling op) : op_(std::move(op)) {}
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        fitPorts(in, 1);
        const FittedNode node(op_, {factOf(in[0])}, out);
        fit(whyNot(node.region()).empty(), "another kernel's pooling");
        const auto desc = describe(op_, in[0], out[0]);
        if (!desc) throw Error(ErrorCode::Unsupported, "", cat("oneDNN has no pooling for input ", in[0].dims));
        return std::make_unique<PrimitiveLaunch>(
            dnnl::pooling_forward(desc),
            std::vector<PrimitiveLaunch::Argument>{{DNNL_ARG_SRC, memory(descOf(in[0]), engine(), nullptr), 0, -1},
                                                   {DNNL_ARG_DST, memory(descOf(out[0]), engine(), nullptr), -1, 0}},
            desc.scratchpad_desc());
    }

private:
    ops::Pooling op_;
};

std::shared_ptr<const Kernel> load(const std::string& params, const std::vector<Tensor>&) {
    ops::Pooling op;
    parseFields(op, params);
    return std::make_shared<PoolKernel>(std::move(op));
}

}  // namespace

const KernelFamily kPoolFamily{"cpu.onednn.pool", tactics, compile, load};

}  // namespace opentrt::cpu::onednn
