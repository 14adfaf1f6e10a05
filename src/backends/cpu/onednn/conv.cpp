// SPDX-License-Identifier: Apache-2.0
// oneDNN convolution and deconvolution. A tactic is a pair of memory formats and one of oneDNN's implementations for
// them, e.g. "cpu.onednn.conv.chw16.chw16.jit:avx512_core". Weights are packed when the step is compiled and stay
// packed in the plan; the layout's format tag is kept, so other batch and image sizes use the same packed weights, or a
// copy in another layout where their sizes rule this one out.
#include <algorithm>
#include <list>
#include <mutex>

#include "backends/cpu/family.h"
#include "backends/cpu/onednn/common.h"
#include "backends/fit.h"
#include "base/error.h"
#include "graph/limits.h"
#include "ops/support/any_convolution.h"

namespace opentrt::cpu::onednn {

namespace {

using dnnl::memory;

struct ConvParams : HasFields, ops::WindowParams {
    bool transposed = false;
    int64_t groups = 1;
    std::vector<int64_t> kernel;  //!< dims of the weights as oneDNN wants them, groups first when there are any
    int64_t weightsTag = 0;       //!< 0: not packed yet, any layout
    bool hasBias = false;
    std::string implementation;  //!< empty: the first
    std::vector<std::string> postOps;
    DType type = DType::F32;

    void fields(FieldVisitor& v) override {
        windowFields(v);
        v.field("transposed", transposed);
        v.field("groups", groups);
        v.field("kernel", kernel);
        v.field("weightsTag", weightsTag);
        v.field("hasBias", hasBias);
        v.field("implementation", implementation);
        v.field("postOps", postOps);
        v.field("type", type);
    }
    size_t spatialRank() const { return kernel.size() - (groups > 1 ? 3 : 2); }
};

//! oneDNN's plain loops: "ref:any", "gemm:ref", and of transposed convolutions "conv:any+ref:any".
bool isReference(const std::string& implementation) {
    return implementation.find("ref") != std::string::npos;
}

struct Described {
    std::optional<dnnl::primitive_desc> desc;
    std::string reason;
};

struct Geometry {
    memory::dims stride, dilation, pre, post;
};

Geometry geometryOf(const ConvParams& p, const Port& src) {
    Geometry g;
    const size_t spatial = p.spatialRank();
    for (size_t i = 0; i < spatial; ++i) {
        const int64_t window = p.kernel[p.kernel.size() - spatial + i];
        const int64_t in = src.dims[src.dims.size() - spatial + i];
        const ops::WindowExtent e = p.transposed ? p.extentTransposed(i, in, window) : p.extent(i, in, window);
        g.stride.push_back(p.strideAt(i));
        g.dilation.push_back(p.dilationAt(i) - 1);
        g.pre.push_back(e.pre);
        g.post.push_back(e.post);
    }
    return g;
}

memory::desc weightsDesc(const ConvParams& p) {
    const auto type = typeOf(p.type);
    check(type.has_value(), "convolution weights of a type that oneDNN does not know");
    if (p.weightsTag == 0) return memory::desc(p.kernel, *type, memory::format_tag::any);
    return descOfTag(p.kernel, p.type, p.weightsTag);
}

//! Whether an implementation faults: oneDNN's depthwise one for SSE4.1 adds rows of the result as if all were aligned.
bool faults(const ConvParams& p, const std::string& implementation, int64_t maps) {
    return implementation == "jit_dw:sse41" && maps % 4 != 0 &&
           std::find(p.postOps.begin(), p.postOps.end(), "sum") != p.postOps.end();
}

//! All implementations of one configuration, best first by oneDNN's own order; stops at the one that is asked for.
template <class Visit>
void visitImplementations(const ConvParams& p, const Port& src, const Port& dst, std::span<const Port> operands,
                          const Visit& visit) {
    const Geometry g = geometryOf(p, src);
    const memory::desc s = descOf(src), d = descOf(dst), w = weightsDesc(p);
    const int64_t maps = dst.dims[1];
    const memory::desc b =
        p.hasBias ? memory::desc({maps}, memory::data_type::f32, memory::format_tag::a) : memory::desc();
    const dnnl::primitive_attr attr = attributeOf(p.postOps, operands);
    const auto kind = dnnl::prop_kind::forward_inference;
    const auto each = [&](auto desc, auto makePrimitive) {
        if (!desc) return;
        do {
            if (!faults(p, desc.impl_info_str(), maps) && !visit(desc, makePrimitive)) return;
        } while (desc.next_impl());
    };
    if (p.transposed) {
        each(dnnl::deconvolution_forward::primitive_desc(engine(), kind, dnnl::algorithm::deconvolution_direct, s, w, b,
                                                         d, g.stride, g.dilation, g.pre, g.post, attr, true),
             [](const auto& pd) { return dnnl::primitive(dnnl::deconvolution_forward(pd)); });
    } else {
        each(dnnl::convolution_forward::primitive_desc(engine(), kind, dnnl::algorithm::convolution_direct, s, w, b, d,
                                                       g.stride, g.dilation, g.pre, g.post, attr, true),
             [](const auto& pd) { return dnnl::primitive(dnnl::convolution_forward(pd)); });
    }
}

//! The name by which an implementation takes back the weights that it asked for.
std::optional<int64_t> weightsTagOf(const ConvParams& p, const Port& src, const Port& dst,
                                    std::span<const Port> operands, const memory::desc& weights,
                                    const std::string& implementation) {
    const std::vector<int64_t> tags = tagsOf(weights);
    if (tags.size() == 1) return tags.front();
    for (const int64_t tag : tags) {
        ConvParams named = p;
        named.weightsTag = tag;
        bool found = false;
        visitImplementations(named, src, dst, operands, [&](auto& desc, auto&) {
            found = desc.impl_info_str() == implementation;
            return !found;
        });
        if (found) return tag;
    }
    return std::nullopt;
}

ConvParams paramsOf(const RegionView& region) {
    ConvParams p;
    const ops::AnyConvolution conv = *ops::anyConvolution(region.op());
    static_cast<ops::WindowParams&>(p) = conv.window;
    p.groups = conv.groups;
    p.transposed = conv.transposed;
    p.kernel = staticDims(region.anchorInput(1)->shape);
    p.type = region.anchorInput(1)->type;
    p.hasBias = region.anchorInput(2) != nullptr;
    if (p.transposed) std::swap(p.kernel[0], p.kernel[1]);  // [C, K/g] -> [K/g, C]
    if (p.groups > 1) {
        const size_t split = p.transposed ? 1 : 0;
        p.kernel[split] /= p.groups;
        p.kernel.insert(p.kernel.begin(), p.groups);
    }
    return p;
}

//! Dims of the operator's kernel input, from which paramsOf() makes those for oneDNN.
std::vector<int64_t> plainKernel(const ConvParams& p) {
    std::vector<int64_t> dims = p.kernel;
    fit(dims.size() >= (p.groups > 1 ? 4 : 3), "the weights of a convolution");
    if (p.groups > 1) {
        dims.erase(dims.begin());
        requireBounded({dims[0], dims[1], p.groups}, "");
        dims[p.transposed ? 1 : 0] *= p.groups;
    }
    if (p.transposed) std::swap(dims[0], dims[1]);
    return dims;
}

//! Why this region is not ours, or empty.
std::string whyNot(const RegionView& region) {
    const Fact* x = region.anchorInput(0);
    const Fact* w = region.anchorInput(1);
    if (!x || !w || !w->constant) return "the weights are not constant";
    if (x->shape.size() != w->shape.size() || x->shape.size() < 3 || x->shape.size() > 5) {
        return cat("rank ", x->shape.size(), " is not 3 to 5");
    }
    if (x->type != DType::F32) return cat("type ", name(x->type), " has no oneDNN tactic yet");
    if (const Fact* b = region.anchorInput(2); b && !b->constant) return "the bias is not constant";
    for (const Dim& d : region.anchorOutput().shape) {
        if (d.isConstant() && d.constant() == 0) return "the output is empty";
    }
    if (!x->shape[1].isConstant() || x->shape[1].constant() == 0) return "the number of channels is not a constant";
    return {};
}

struct FormatPair {
    Format in, out;
};
constexpr FormatPair kPairs[] = {{Format::Chw16, Format::Chw16},  {Format::Nhwc, Format::Nhwc},
                                 {Format::Chw8, Format::Chw8},    {Format::Linear, Format::Chw16},
                                 {Format::Linear, Format::Chw8},  {Format::Linear, Format::Nhwc},
                                 {Format::Linear, Format::Linear}};

std::vector<Format> formatsOf(const RegionView& region, FormatPair pair) {
    std::vector<Format> formats(region.node->inputs.size(), Format::Linear);
    for (size_t i = 0; i < formats.size(); ++i) {
        if (!region.node->inputs[i].valid()) continue;  // no bias
        const Fact& fact = region.input(static_cast<int>(i));
        if (!fact.constant && fact.shape.size() == region.output(0).shape.size()) formats[i] = pair.out;
    }
    formats[static_cast<size_t>(region.anchorInputs[0])] = pair.in;
    return formats;
}

std::vector<Port> operandPorts(const RegionView& region, const PostOps& post, const Tactic& tactic,
                               const TacticRequest& request) {
    std::vector<Port> ports;
    for (int i : post.operands) {
        ports.push_back(portOf(region.input(i), tactic.inputs[static_cast<size_t>(i)], request.opt));
    }
    return ports;
}

bool isConvolution(const RegionView& region) {
    return region.anchor && ops::anyConvolution(region.op());
}

void tactics(const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!isConvolution(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse("cpu.onednn.conv", reason);
    ConvParams p = paramsOf(region);
    int sumOperand = -1;
    const auto post = postOpsOf(region, true, &sumOperand);
    if (!post) return list.refuse("cpu.onednn.conv", "the epilogue has an operator that oneDNN cannot fuse");
    p.postOps = post->ops;
    for (const FormatPair pair : kPairs) {
        Tactic tactic;
        tactic.inputs = formatsOf(region, pair);
        tactic.outputs = {pair.out};
        tactic.inPlaceInput = sumOperand;
        const std::string stem = cat("cpu.onednn.conv.", name(pair.in), ".", name(pair.out), ".");
        const Port src = portOf(*region.anchorInput(0), pair.in, request.opt);
        const Port dst = portOf(region.output(0), pair.out, request.opt);
        int found = 0;
        const std::vector<Port> operands = operandPorts(region, *post, tactic, request);
        visitImplementations(p, src, dst, operands, [&](auto& desc, auto&) {
            const std::string implementation = desc.impl_info_str();
            if (isReference(implementation) ||
                !weightsTagOf(p, src, dst, operands, desc.weights_desc(), implementation))
                return found < 3;
            tactic.name = stem + implementation;
            list.tactics.push_back(tactic);
            return ++found < 3;
        });
        if (!found) list.refuse(stem, "oneDNN has no optimised implementation for this configuration");
    }
}

Tensor pack(const Tensor& plain, const ConvParams& p, const memory::desc& packed) {
    // oneDNN's plain deconvolution weights are [K/g, C]: the same bytes as [C, K/g] with two strides exchanged.
    memory::dims strides = stridesOf(p.kernel);
    if (p.transposed) {
        const size_t first = p.groups > 1 ? 1 : 0;
        const int64_t window = volumeOf({p.kernel.begin() + static_cast<long>(first) + 2, p.kernel.end()});
        strides[first] = window;
        strides[first + 1] = window * p.kernel[first];
    }
    const auto type = *typeOf(p.type);
    memory from(memory::desc(p.kernel, type, strides), engine(), const_cast<void*>(plain.data()));
    Tensor result(DType::U8, {static_cast<int64_t>(packed.get_size())});
    memory to(packed, engine(), result.mutableData());
    dnnl::stream stream(engine());
    dnnl::reorder(from, to).execute(stream, from, to);
    return result;
}

//! A tactic with all that decides which implementation it is.
struct Chosen {
    ConvParams params;
    PostOps post;
    Port src, dst;
    std::vector<Port> operands;
};

Chosen chosen(const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    int sumOperand = -1;
    const auto post = postOpsOf(region, tactic.inPlaceInput >= 0, &sumOperand);
    check(post.has_value(), "a convolution tactic was compiled for a region it cannot run");
    const Format in = tactic.inputs[static_cast<size_t>(region.anchorInputs[0])];
    Chosen c{paramsOf(region), *post, portOf(*region.anchorInput(0), in, request.opt),
             portOf(region.output(0), tactic.outputs[0], request.opt), operandPorts(region, *post, tactic, request)};
    c.params.postOps = post->ops;
    c.params.implementation =
        tactic.name.substr(cat("cpu.onednn.conv.", name(in), ".", name(tactic.outputs[0]), ".").size());
    return c;
}

//! Calls visit with the description of the implementation and the name of its weights.
template <class Visit>
void visitChosen(const Chosen& c, const Visit& visit) {
    visitImplementations(c.params, c.src, c.dst, c.operands, [&](auto& desc, auto&) {
        if (desc.impl_info_str() != c.params.implementation) return true;
        const auto tag = weightsTagOf(c.params, c.src, c.dst, c.operands, desc.weights_desc(), c.params.implementation);
        visit(desc, tag.value_or(0));
        return false;
    });
}

std::string codeAt(const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    std::string code;
    visitChosen(chosen(region, tactic, request), [&](auto&, int64_t tag) { code = std::to_string(tag); });
    return code;
}

CompiledStep compile(const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    const Chosen c = chosen(region, tactic, request);
    ConvParams p = c.params;
    CompiledStep step;
    step.kernel = "cpu.onednn.conv";
    step.inputs = {region.anchorInputs[0]};
    step.inputs.insert(step.inputs.end(), c.post.operands.begin(), c.post.operands.end());
    visitChosen(c, [&](auto& desc, int64_t tag) {
        p.weightsTag = tag;
        step.weights.push_back(pack(*region.anchorInput(1)->constant, p, desc.weights_desc()));
    });
    check(!step.weights.empty(), "a convolution tactic is gone");
    if (p.hasBias) step.weights.push_back(region.anchorInput(2)->constant->cast(DType::F32));
    step.params = printFields(p);
    return step;
}

class ConvKernel final : public Kernel {
public:
    ConvKernel(ConvParams params, std::vector<Tensor> weights) : p_(std::move(params)), weights_(std::move(weights)) {}

    //! The implementation of the plan; where other sizes rule it out, the best one that reads the packed weights or a
    //! copy of them in the layout that it wants. Plain loops, a hundred times slower, when there is nothing else.
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        fitOperands(in, out);
        const auto quick = [](const std::string& name) { return !isReference(name); };
        ConvParams repacked = p_;
        repacked.weightsTag = 0;
        std::unique_ptr<Launch> launch =
            find(p_, in, out, [this](const std::string& name) { return name == p_.implementation; });
        if (!launch) launch = find(p_, in, out, quick);
        if (!launch && p_.weightsTag != 0) launch = find(repacked, in, out, quick);
        if (!launch) launch = find(p_, in, out, [](const std::string&) { return true; });
        if (launch) return launch;
        throw Error(
            ErrorCode::Unsupported, "",
            cat("oneDNN has no convolution for input ", in[0].dims, " with weights packed for ", p_.implementation));
    }

private:
    void fitOperands(std::span<const Port> in, std::span<const Port> out) const {
        const auto operands = std::count_if(p_.postOps.begin(), p_.postOps.end(),
                                            [](const std::string& op) { return !op.starts_with("eltwise"); });
        fitPorts(in, 1 + static_cast<size_t>(operands));
        fit(p_.type == DType::F32 && in[0].type == p_.type, "the type of a convolution");
        FittedNode(*ops::makeConvolution(p_, p_.groups, p_.transposed),
                   {factOf(in[0]), factOf(p_.type, plainKernel(p_))}, out);
        fit(in[0].dims.size() == p_.spatialRank() + 2, "the rank of a convolution");
        fit(weights_.size() == (p_.hasBias ? 2 : 1), "the weights of a convolution");
    }

    template <class Fits>
    std::unique_ptr<Launch> find(const ConvParams& p, std::span<const Port> in, std::span<const Port> out,
                                 const Fits& fits) const {
        std::unique_ptr<Launch> launch;
        visitImplementations(p, in[0], out[0], in.subspan(1), [&](auto& desc, auto& makePrimitive) {
            if (!fits(desc.impl_info_str())) return true;
            launch = bind(desc, makePrimitive(desc), in, out);
            return false;
        });
        return launch;
    }

    //! The weights in a layout: those of the plan, or a copy that the kernel keeps.
    void* weightsIn(const memory::desc& layout) const {
        const memory::desc packed = p_.weightsTag == 0 ? layout : descOfTag(p_.kernel, p_.type, p_.weightsTag);
        fitBytes(weights_[0], static_cast<int64_t>(packed.get_size()));
        if (layout == packed) return data(0);
        const std::lock_guard lock(mutex_);
        for (auto& [known, copy] : copies_) {
            if (known == layout) return copy.mutableData();
        }
        Tensor copy(DType::U8, {static_cast<int64_t>(layout.get_size())});
        memory from(packed, engine(), data(0)), to(layout, engine(), copy.mutableData());
        dnnl::stream stream(engine());
        dnnl::reorder(from, to).execute(stream, from, to);
        copies_.emplace_back(layout, std::move(copy));
        return copies_.back().second.mutableData();
    }

    template <class Desc>
    std::unique_ptr<Launch> bind(const Desc& desc, dnnl::primitive primitive, std::span<const Port> in,
                                 std::span<const Port> out) const {
        using Argument = PrimitiveLaunch::Argument;
        if (p_.hasBias) fitBytes(weights_[1], static_cast<int64_t>(desc.bias_desc().get_size()));
        std::vector<Argument> arguments;
        arguments.push_back({DNNL_ARG_SRC, memory(descOf(in[0]), engine(), nullptr), 0, -1});
        arguments.push_back(
            {DNNL_ARG_WEIGHTS, memory(desc.weights_desc(), engine(), weightsIn(desc.weights_desc())), -1, -1});
        if (p_.hasBias) arguments.push_back({DNNL_ARG_BIAS, memory(desc.bias_desc(), engine(), data(1)), -1, -1});
        arguments.push_back({DNNL_ARG_DST, memory(descOf(out[0]), engine(), nullptr), -1, 0});
        int operand = 1;
        for (size_t i = 0; i < p_.postOps.size(); ++i) {
            if (p_.postOps[i].starts_with("eltwise")) continue;
            if (p_.postOps[i].starts_with("binary")) {
                const int id = DNNL_ARG_ATTR_MULTIPLE_POST_OP(static_cast<int>(i)) | DNNL_ARG_SRC_1;
                arguments.push_back(
                    {id, memory(descOf(in[static_cast<size_t>(operand)]), engine(), nullptr), operand, -1});
            }
            ++operand;
        }
        return std::make_unique<PrimitiveLaunch>(std::move(primitive), std::move(arguments), desc.scratchpad_desc());
    }
    void* data(size_t i) const { return const_cast<void*>(weights_[i].data()); }

    ConvParams p_;
    std::vector<Tensor> weights_;
    mutable std::mutex mutex_;
    mutable std::list<std::pair<memory::desc, Tensor>> copies_;  // launches point into them
};

std::shared_ptr<const Kernel> load(const std::string& params, const std::vector<Tensor>& weights) {
    ConvParams p;
    parseFields(p, params);
    return std::make_shared<ConvKernel>(std::move(p), weights);
}

}  // namespace

const KernelFamily kConvFamily{"cpu.onednn.conv",
                               tactics,
                               compile,
                               load,
                               [](const RegionView& region) {
                                   int sum = -1;
                                   return isConvolution(region) && whyNot(region).empty() &&
                                          postOpsOf(region, true, &sum).has_value();
                               },
                               codeAt};

}  // namespace opentrt::cpu::onednn
