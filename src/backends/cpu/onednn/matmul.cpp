// SPDX-License-Identifier: Apache-2.0
// oneDNN matrix product. A constant right-hand side is packed when the step is compiled; then the leading dimensions of
// the left-hand side are rows like any other, so one product [batch*rows, k] x [k, n] runs instead of many small ones,
// as long as the post-operations' operands allow it.
#include <algorithm>

#include "backends/cpu/family.h"
#include "backends/cpu/onednn/common.h"
#include "backends/fit.h"
#include "base/error.h"
#include "ops/matrix_multiply.h"

namespace opentrt::cpu::onednn {

namespace {

using dnnl::memory;
using ops::MatrixOperation;

struct MatmulParams : HasFields {
    bool transposeA = false;
    bool transposeB = false;
    bool packed = false;          //!< weights[0] is the right-hand side, laid out as weightsTag says
    std::vector<int64_t> kernel;  //!< [k, n] when packed
    int64_t weightsTag = 0;
    std::string implementation;
    std::vector<std::string> postOps;

    void fields(FieldVisitor& v) override {
        v.field("transposeA", transposeA);
        v.field("transposeB", transposeB);
        v.field("packed", packed);
        v.field("kernel", kernel);
        v.field("weightsTag", weightsTag);
        v.field("implementation", implementation);
        v.field("postOps", postOps);
    }
};

//! Rows of everything before the last dimension.
std::vector<int64_t> collapsed(const std::vector<int64_t>& dims) {
    const int64_t last = dims.back();
    return {last == 0 ? 0 : volumeOf(dims) / last, last};
}

//! Dims that share the output's rows and columns, or one of them, survive collapsing.
bool collapses(const std::vector<int64_t>& operand, const std::vector<int64_t>& out) {
    const bool whole = std::equal(operand.begin(), operand.end() - 1, out.begin());
    const bool row = volumeOf({operand.begin(), operand.end() - 1}) == 1;
    return whole || row;
}

memory::desc matrixDesc(const Port& port, bool transpose) {
    const auto type = typeOf(port.type);
    if (!transpose) return descOf(port);
    std::vector<int64_t> dims = port.dims;
    memory::dims strides = stridesOf(dims);
    const size_t r = dims.size();
    std::swap(dims[r - 1], dims[r - 2]);
    std::swap(strides[r - 1], strides[r - 2]);
    return memory::desc(dims, *type, strides);
}

//! The operands as oneDNN sees them.
struct Problem {
    memory::desc a, b, c;
    std::vector<Port> operands;
};

Problem problemOf(const MatmulParams& p, std::span<const Port> in, const Port& out) {
    Problem result;
    const size_t firstOperand = p.packed ? 1 : 2;
    result.operands.assign(in.begin() + static_cast<long>(firstOperand), in.end());
    bool collapse = p.packed && !p.transposeA;
    for (const Port& o : result.operands)
        collapse = collapse && o.dims.size() == out.dims.size() && collapses(o.dims, out.dims);
    Port a = in[0], c = out;
    if (collapse) {
        a.dims = collapsed(a.dims);
        c.dims = collapsed(c.dims);
        for (Port& o : result.operands) o.dims = collapsed(o.dims);
    }
    result.a = matrixDesc(a, p.transposeA);
    result.c = descOf(c);
    if (p.packed) {
        std::vector<int64_t> dims = p.kernel;
        if (!collapse) dims.insert(dims.begin(), out.dims.size() - 2, 1);
        const auto type = *typeOf(in[0].type);
        if (p.weightsTag == 0) {
            result.b = memory::desc(dims, type, memory::format_tag::any);
        } else {
            result.b = descOfTag(p.kernel, in[0].type, p.weightsTag);
            if (!collapse) result.b = result.b.reshape(dims);
        }
    } else {
        result.b = matrixDesc(in[1], p.transposeB);
    }
    return result;
}

template <class Visit>
void visitImplementations(const MatmulParams& p, const Problem& problem, const Visit& visit) {
    dnnl::matmul::primitive_desc desc(engine(), problem.a, problem.b, problem.c,
                                      attributeOf(p.postOps, problem.operands), true);
    if (!desc) return;
    do {
        if (!visit(desc)) return;
    } while (desc.next_impl());
}

bool isMatmul(const RegionView& region) {
    return region.anchor && as<ops::MatrixMultiply>(region.op());
}

std::string whyNot(const RegionView& region) {
    const auto& op = *as<ops::MatrixMultiply>(region.op());
    const Fact& a = *region.anchorInput(0);
    const Fact& b = *region.anchorInput(1);
    if (op.a == MatrixOperation::Vector || op.b == MatrixOperation::Vector) return "a vector operand";
    if (a.type != DType::F32) return cat("type ", name(a.type), " has no oneDNN tactic yet");
    if (a.shape.size() < 2 || a.shape.size() > 6) return cat("rank ", a.shape.size(), " is not 2 to 6");
    const Dim& inner = a.shape[a.shape.size() - (op.a == MatrixOperation::Transpose ? 2 : 1)];
    if (inner.bounds(region.graph->ranges).min < 1) return "the sums may be empty";
    for (const Fact* fact : {&a, &b, &region.anchorOutput()}) {
        for (const Dim& d : fact->shape) {
            if (d.isConstant() && d.constant() == 0) return "an operand is empty";
        }
    }
    return {};
}

//! A constant right-hand side without batch can be packed.
bool packs(const RegionView& region) {
    const Fact& b = *region.anchorInput(1);
    if (!b.constant) return false;
    const auto dims = b.constant->dims();
    return volumeOf({dims.begin(), dims.end() - 2}) == 1;
}

MatmulParams paramsOf(const RegionView& region, const PostOps& post) {
    const auto& op = *as<ops::MatrixMultiply>(region.op());
    MatmulParams p;
    p.transposeA = op.a == MatrixOperation::Transpose;
    p.transposeB = op.b == MatrixOperation::Transpose;
    p.packed = packs(region);
    if (p.packed) {
        const auto dims = region.anchorInput(1)->constant->dims();
        p.kernel = {dims.end() - 2, dims.end()};
        if (p.transposeB) std::swap(p.kernel[0], p.kernel[1]);
    }
    p.postOps = post.ops;
    return p;
}

std::vector<int> stepInputs(const RegionView& region, const MatmulParams& p, const PostOps& post) {
    std::vector<int> inputs{region.anchorInputs[0]};
    if (!p.packed) inputs.push_back(region.anchorInputs[1]);
    inputs.insert(inputs.end(), post.operands.begin(), post.operands.end());
    return inputs;
}

Problem problemOf(const RegionView& region, const MatmulParams& p, const PostOps& post, const TacticRequest& request) {
    std::vector<Port> in;
    for (int i : stepInputs(region, p, post)) in.push_back(portOf(region.input(i), Format::Linear, request.opt));
    return problemOf(p, in, portOf(region.output(0), Format::Linear, request.opt));
}

constexpr const char* kStem = "cpu.onednn.matmul.";

void tactics(const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!isMatmul(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse("cpu.onednn.matmul", reason);
    const auto post = postOpsOf(region, false, nullptr);
    if (!post) return list.refuse("cpu.onednn.matmul", "the epilogue has an operator that oneDNN cannot fuse");
    const MatmulParams p = paramsOf(region, *post);
    Tactic tactic;
    tactic.inputs.assign(region.node->inputs.size(), Format::Linear);
    tactic.outputs = {Format::Linear};
    int found = 0;
    visitImplementations(p, problemOf(region, p, *post, request), [&](auto& desc) {
        const std::string implementation = desc.impl_info_str();
        if (p.packed && tagsOf(desc.weights_desc()).empty()) return true;
        tactic.name = kStem + implementation;
        if (!implementation.starts_with("ref") || found == 0) list.tactics.push_back(tactic);
        return ++found < 2;
    });
    if (!found) list.refuse("cpu.onednn.matmul", "oneDNN has no implementation for this configuration");
}

template <class Description>
memory::desc flatWeights(const MatmulParams& p, const Description& desc) {
    const memory::desc full = desc.weights_desc();
    return full.get_ndims() == 2 ? full : full.reshape(p.kernel);
}

int64_t weightsTagOf(const memory::desc& flat) {
    const std::vector<int64_t> tags = tagsOf(flat);
    return tags.empty() ? 0 : tags.front();
}

std::string codeAt(const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    const auto post = postOpsOf(region, false, nullptr);
    check(post.has_value(), "a matmul tactic was chosen for a region it cannot run");
    const MatmulParams p = paramsOf(region, *post);
    std::string code;
    if (!p.packed) return code;
    visitImplementations(p, problemOf(region, p, *post, request), [&](auto& desc) {
        if (kStem + std::string(desc.impl_info_str()) != tactic.name) return true;
        code = std::to_string(weightsTagOf(flatWeights(p, desc)));
        return false;
    });
    return code;
}

CompiledStep compile(const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    const auto post = postOpsOf(region, false, nullptr);
    check(post.has_value(), "a matmul tactic was compiled for a region it cannot run");
    MatmulParams p = paramsOf(region, *post);
    p.implementation = tactic.name.substr(std::string_view(kStem).size());
    CompiledStep step;
    step.kernel = "cpu.onednn.matmul";
    step.inputs = stepInputs(region, p, *post);
    if (p.packed) {
        const Tensor& plain = *region.anchorInput(1)->constant;
        visitImplementations(p, problemOf(region, p, *post, request), [&](auto& desc) {
            if (desc.impl_info_str() != p.implementation) return true;
            const memory::desc flat = flatWeights(p, desc);
            p.weightsTag = weightsTagOf(flat);
            memory::dims strides{p.kernel[1], 1};
            if (p.transposeB) strides = {1, p.kernel[0]};
            memory from(memory::desc(p.kernel, memory::data_type::f32, strides), engine(),
                        const_cast<void*>(plain.data()));
            Tensor packed(DType::U8, {static_cast<int64_t>(flat.get_size())});
            memory to(flat, engine(), packed.mutableData());
            dnnl::stream stream(engine());
            dnnl::reorder(from, to).execute(stream, from, to);
            step.weights.push_back(std::move(packed));
            return false;
        });
        check(!step.weights.empty() && p.weightsTag != 0, "a matmul tactic is gone");
    }
    step.params = printFields(p);
    return step;
}

class MatmulKernel final : public Kernel {
public:
    MatmulKernel(MatmulParams params, std::vector<Tensor> weights)
        : p_(std::move(params)), weights_(std::move(weights)) {}

    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        fitOperands(in, out);
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        const Problem problem = problemOf(p_, in, out[0]);
        std::unique_ptr<Launch> launch;
        for (const bool exact : {true, false}) {
            visitImplementations(p_, problem, [&](auto& desc) {
                if (exact && desc.impl_info_str() != p_.implementation) return true;
                launch = bind(desc, problem);
                return false;
            });
            if (launch) return launch;
        }
        throw Error(ErrorCode::Unsupported, "", cat("oneDNN has no matrix product for left-hand side ", in[0].dims));
    }

private:
    void fitOperands(std::span<const Port> in, std::span<const Port> out) const {
        const auto operands = std::count_if(p_.postOps.begin(), p_.postOps.end(),
                                            [](const std::string& op) { return op.starts_with("binary"); });
        fitPorts(in, (p_.packed ? 1 : 2) + static_cast<size_t>(operands));
        fit(in[0].type == DType::F32 && in[0].dims.size() >= 2 && in[0].dims.size() <= 6, "the first matrix");
        ops::MatrixMultiply op(p_.transposeA ? MatrixOperation::Transpose : MatrixOperation::None);
        std::optional<Fact> second;
        if (p_.packed) {
            fit(p_.kernel.size() == 2 && weights_.size() == 1 && p_.weightsTag != 0, "the second matrix");
            std::vector<int64_t> dims(in[0].dims.size() - 2, 1);
            dims.insert(dims.end(), p_.kernel.begin(), p_.kernel.end());
            second = factOf(DType::F32, dims);
        } else {
            if (p_.transposeB) op.b = MatrixOperation::Transpose;
            second = factOf(in[1]);
        }
        FittedNode(op, {factOf(in[0]), second}, out);
        fit(std::all_of(in.begin(), in.end(), [](const Port& port) { return port.format == Format::Linear; }) &&
                out[0].format == Format::Linear,
            "a format");
    }

    std::unique_ptr<Launch> bind(const dnnl::matmul::primitive_desc& desc, const Problem& problem) const {
        std::vector<PrimitiveLaunch::Argument> arguments;
        int next = 0;
        arguments.push_back({DNNL_ARG_SRC, memory(problem.a, engine(), nullptr), next++, -1});
        if (p_.packed) {
            fitBytes(weights_[0], static_cast<int64_t>(problem.b.get_size()));
            void* weights = const_cast<void*>(weights_[0].data());
            arguments.push_back({DNNL_ARG_WEIGHTS, memory(problem.b, engine(), weights), -1, -1});
        } else {
            arguments.push_back({DNNL_ARG_WEIGHTS, memory(problem.b, engine(), nullptr), next++, -1});
        }
        arguments.push_back({DNNL_ARG_DST, memory(problem.c, engine(), nullptr), -1, 0});
        size_t operand = 0;
        for (size_t i = 0; i < p_.postOps.size(); ++i) {
            if (!p_.postOps[i].starts_with("binary")) continue;
            const int id = DNNL_ARG_ATTR_MULTIPLE_POST_OP(static_cast<int>(i)) | DNNL_ARG_SRC_1;
            arguments.push_back({id, memory(descOf(problem.operands[operand++]), engine(), nullptr), next++, -1});
        }
        return std::make_unique<PrimitiveLaunch>(dnnl::matmul(desc), std::move(arguments), desc.scratchpad_desc());
    }

    MatmulParams p_;
    std::vector<Tensor> weights_;
};

std::shared_ptr<const Kernel> load(const std::string& params, const std::vector<Tensor>& weights) {
    MatmulParams p;
    parseFields(p, params);
    return std::make_shared<MatmulKernel>(std::move(p), weights);
}

}  // namespace

const KernelFamily kMatmulFamily{"cpu.onednn.matmul",
                                 tactics,
                                 compile,
                                 load,
                                 [](const RegionView& region) {
                                     return isMatmul(region) && whyNot(region).empty() &&
                                            postOpsOf(region, false, nullptr).has_value();
                                 },
                                 codeAt};

}  // namespace opentrt::cpu::onednn
