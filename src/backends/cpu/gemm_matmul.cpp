// SPDX-License-Identifier: Apache-2.0
// Matrix product with a constant right-hand side by our own GEMM: all leading dimensions of the left-hand side are rows
// of one product, and any pointwise program may follow.
#include "backends/cpu/epilogue.h"
#include "backends/cpu/family.h"
#include "backends/fit.h"
#include "base/error.h"
#include "graph/limits.h"
#include "ops/matrix_multiply.h"

namespace opentrt::cpu {

namespace {

using ops::MatrixOperation;

struct GemmMatmulParams : HasFields {
    int64_t k = 0, n = 0;
    std::string epilogue;
    void fields(FieldVisitor& v) override {
        v.field("k", k);
        v.field("n", n);
        v.field("epilogue", epilogue);
    }
};

bool isMatmul(const RegionView& region) {
    return region.anchor && as<ops::MatrixMultiply>(region.op());
}

std::string whyNot(const RegionView& region) {
    const auto& op = *as<ops::MatrixMultiply>(region.op());
    const Fact &a = *region.anchorInput(0), &b = *region.anchorInput(1);
    if (op.a != MatrixOperation::None || op.b == MatrixOperation::Vector) return "a vector or transposed operand";
    if (a.type != DType::F32) return cat("type ", name(a.type));
    if (!b.constant) return "the right-hand side is not constant";
    const auto dims = b.constant->dims();
    if (b.constant->count() == 0) return "the sums are empty";
    if (volumeOf({dims.begin(), dims.end() - 2}) != 1) return "several right-hand sides";
    return whyNotEpilogue(region, true);
}

void tactics(const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!isMatmul(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse("cpu.gemm", reason);
    Tactic tactic;
    tactic.name = "cpu.gemm";
    setOperandFormats(region, Format::Linear, tactic);
    tactic.outputs = {Format::Linear};
    list.tactics.push_back(std::move(tactic));
}

CompiledStep compile(const RegionView& region, const Tactic&, const TacticRequest&) {
    const Tensor& b = *region.anchorInput(1)->constant;
    const bool transposed = as<ops::MatrixMultiply>(region.op())->b == MatrixOperation::Transpose;
    const auto& dims = b.dims();
    GemmMatmulParams p;
    p.k = dims[dims.size() - (transposed ? 1 : 2)];
    p.n = dims[dims.size() - (transposed ? 2 : 1)];
    EpilogueStep epilogue = compileEpilogue(region, nullptr, Format::Linear, true);
    p.epilogue = epilogue.params;
    Tensor packed(DType::F32, {kernels::packedSize(p.k, p.n)});
    kernels::packB(p.k, p.n, b.as<float>(), transposed ? 1 : p.n, transposed ? p.k : 1, packed.mutableAs<float>());
    CompiledStep step{"cpu.gemm", printFields(p), {std::move(packed)}, {region.anchorInputs[0]}};
    step.inputs.insert(step.inputs.end(), epilogue.inputs.begin(), epilogue.inputs.end());
    step.weights.insert(step.weights.end(), epilogue.weights.begin(), epilogue.weights.end());
    return step;
}

class GemmMatmulKernel final : public Kernel {
public:
    GemmMatmulKernel(const std::string& params, const std::vector<Tensor>& weights) {
        parseFields(p_, params);
        requireBounded({p_.k, p_.n}, "");
        fit(p_.k > 0 && p_.n > 0, "the second matrix");
        epilogue_ = std::make_unique<Epilogue>(p_.epilogue, weightsBehind(weights, 1));
        packed_ = weights[0];
        fitBytes(packed_, bytesFor(DType::F32, kernels::packedSize(p_.k, p_.n)));
    }

    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        fit(!in.empty() && in[0].dims.size() >= 2 && in[0].type == DType::F32, "the first matrix");
        std::vector<int64_t> second(in[0].dims.size() - 2, 1);
        second.insert(second.end(), {p_.k, p_.n});
        FittedNode(ops::MatrixMultiply(), {factOf(in[0]), factOf(DType::F32, second)}, out);
        fit(in[0].format == Format::Linear && out[0].format == Format::Linear, "a format");
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        kernels::GemmArgs args;
        args.m = volumeOf(out[0].dims) / p_.n;
        args.n = p_.n;
        args.k = p_.k;
        args.aRow = p_.k;
        args.b = packed_.data();
        args.cRow = p_.n;
        const kernels::ImageStrides rows{0, p_.n, 16, 1};
        return makeLaunch(
            [args, rows, epilogue = epilogue_->bind(in.subspan(1), 1, out[0])](const LaunchArgs& a) mutable {
                epilogue.at(a);
                args.a = static_cast<const float*>(a.inputs[0]);
                args.c = static_cast<float*>(a.outputs[0]);
                args.epilogue = epilogue.gemm(0, rows);
                kernels::gemm(args);
            });
    }

private:
    GemmMatmulParams p_;
    Tensor packed_;
    std::unique_ptr<Epilogue> epilogue_;
};

std::shared_ptr<const Kernel> load(const std::string& params, const std::vector<Tensor>& weights) {
    return std::make_shared<GemmMatmulKernel>(params, weights);
}

}  // namespace

const KernelFamily kGemmFamily{"cpu.gemm", tactics, compile, load,
                               [](const RegionView& region) { return isMatmul(region) && whyNot(region).empty(); }};

}  // namespace opentrt::cpu
