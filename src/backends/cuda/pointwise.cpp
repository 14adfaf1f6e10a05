// SPDX-License-Identifier: Apache-2.0
// Regions of pointwise operators alone, in linear or channels-last format. Operands may be in another format than the
// outputs, for each has strides of its own. Tested by the conformance cases on a device, by tests/cuda without one.
#include "backends/cuda/pointwise.h"

#include <algorithm>

#include "backends/cuda/emit.h"
#include "backends/cuda/family.h"
#include "base/error.h"
#include "ops/dequantize.h"
#include "ops/quantize.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.pointwise";

//! Layout of code/pointwise.cu.
struct PointwiseArgs {
    const void* in[kMostOperands] = {};
    void* out[kMostResults] = {};
    uint32_t chunks = 0, rank = 0;
    Divisor dim[kMostDims];
    int64_t stride[kMostOperands][kMostDims] = {};
    int32_t inner[kMostOperands] = {};
};

//! Elements that a thread takes at once: 16 bytes of the narrowest type.
int widthFor(const std::vector<int64_t>& bytes) {
    return *std::min_element(bytes.begin(), bytes.end()) >= 4 ? 4 : 8;
}

int widthOf(const ScalarProgram& program) {
    std::vector<int64_t> bytes;
    for (const DType t : program.inputs) bytes.push_back(bytesOf(t));
    for (const int32_t out : program.outputs) bytes.push_back(bytesOf(program.code[static_cast<size_t>(out)].type));
    return widthFor(bytes);
}

//! Whether chunks of `width` neighbours fit the walk.
bool fitsWidth(const Walk& walk, int width) {
    if (walk.dims.empty() || walk.dims.back() % width != 0) return false;
    for (const Dims& strides : walk.strides) {
        if (strides.back() > 1 || strides.back() < 0) return false;
        if (strides.back() == 0) continue;
        for (size_t d = 0; d + 1 < strides.size(); ++d) {
            if (strides[d] % width != 0) return false;
        }
    }
    return true;
}

bool aligned(const void* address, int64_t bytes) {
    return reinterpret_cast<uintptr_t>(address) % static_cast<uintptr_t>(std::min<int64_t>(bytes, 16)) == 0;
}

//! One walk as the arguments of a kernel that takes `width` elements at once.
PointwiseArgs argsOf(const Walk& walk, int width) {
    PointwiseArgs args;
    if (walk.dims.size() > kMostDims) {
        throw Error(ErrorCode::Unsupported, "", cat("a walk over ", walk.dims.size(), " dimensions"));
    }
    args.rank = static_cast<uint32_t>(walk.dims.size());
    args.chunks = requireCount(walk.count()) / static_cast<uint32_t>(width);
    for (size_t d = 0; d < walk.dims.size(); ++d) {
        const bool last = d + 1 == walk.dims.size();
        args.dim[d] = Divisor(last ? walk.dims[d] / width : walk.dims[d]);
        for (size_t k = 0; k < walk.strides.size(); ++k) {
            args.stride[k][d] = walk.strides[k][d] * (last ? width : 1);
        }
    }
    for (size_t k = 0; k < walk.strides.size(); ++k) {
        args.inner[k] = walk.dims.empty() ? 0 : walk.strides[k].back() != 0;
    }
    return args;
}

class PointwiseLaunch final : public Launch {
public:
    PointwiseLaunch(std::shared_ptr<const Module> module, PointwiseCall call)
        : module_(std::move(module)), call_(std::move(call)) {
        std::vector<int64_t> bytes = call_.inBytes;
        bytes.insert(bytes.end(), call_.outBytes.begin(), call_.outBytes.end());
        width_ = widthFor(bytes);
        if (call_.walk.count() == 0) return;
        call_.walk.simplify();
        narrow_ = argsOf(call_.walk, 1);
        narrowFunction_ = module_->function("narrow");
        fits_ = fitsWidth(call_.walk, width_);
        if (!fits_) return;
        wide_ = argsOf(call_.walk, width_);
        wideFunction_ = module_->function("wide");
    }

    void run(const LaunchArgs& launch) override {
        if (narrow_.chunks == 0) return;
        bool wide = fits_;
        const void* in[kMostOperands] = {};
        void* out[kMostResults] = {};
        for (size_t k = 0; k < call_.operands.size(); ++k) {
            const Operand& operand = call_.operands[k];
            const int64_t bytes = call_.inBytes[k];
            const void* base = operand.isOutput ? launch.outputs[operand.index] : launch.inputs[operand.index];
            in[k] = static_cast<const char*>(base) + operand.offset * bytes;
            wide = wide && (wide_.inner[k] == 0 || aligned(in[k], bytes * width_));
        }
        for (size_t o = 0; o < call_.outBytes.size(); ++o) {
            out[o] = launch.outputs[o];
            wide = wide && aligned(out[o], call_.outBytes[o] * width_);
        }
        PointwiseArgs& args = wide ? wide_ : narrow_;
        std::copy(std::begin(in), std::end(in), args.in);
        std::copy(std::begin(out), std::end(out), args.out);
        Grid grid;
        grid.x = blocksFor(args.chunks, grid.threads);
        launchKernel(module_->machine(), wide ? wideFunction_ : narrowFunction_, grid, &args, launch.stream);
    }

private:
    std::shared_ptr<const Module> module_;
    PointwiseCall call_;
    int width_ = 1;
    bool fits_ = false;
    PointwiseArgs narrow_, wide_;
    FunctionHandle narrowFunction_ = nullptr, wideFunction_ = nullptr;
};

struct PointwiseParams : HasFields {
    int64_t axis = 0;  //!< of operands of rank 1 where the output has more
    void fields(FieldVisitor& v) override { v.field("axis", axis); }
};

//! Axis of a lone quantization whose scale has rank 1 or 0; nothing for other operators.
std::optional<int64_t> scaleAxis(const RegionView& region) {
    if (region.pointwise.size() != 1 || region.node->op->kind() == "Region") return std::nullopt;
    const Op& op = *region.pointwise[0]->op;
    if (const auto* q = as<ops::Quantize>(op)) return q->axis;
    if (const auto* q = as<ops::Dequantize>(op)) return q->axis;
    return std::nullopt;
}

bool broadcastsTo(const Shape& shape, const Shape& out) {
    for (size_t i = 0; i < out.size(); ++i) {
        if (shape[i] != Dim(1) && shape[i] != out[i]) return false;
    }
    return true;
}

std::string whyNot(const RegionView& region) {
    const Shape& out = region.output(0).shape;
    const PointwisePart part = pointwisePart(region);
    if (part.operands.size() > kMostOperands) return cat("more than ", kMostOperands, " operands");
    if (region.node->outputs.size() > kMostResults) return cat("more than ", kMostResults, " outputs");
    if (out.size() > kMostDims) return cat("more than ", kMostDims, " dimensions");
    for (const int i : part.operands) {
        const Fact& fact = region.input(i);
        if (elementType(fact.type).empty()) return cat("type ", name(fact.type));
        const bool scale = scaleAxis(region) && i > 0;
        if (fact.shape.size() != out.size() && !scale) return "an operand has another rank than the output";
        // Sizes that nobody knows to be equal are so when they come, or one; those of scales may be blocks.
        if (scaleAxis(region) && fact.shape.size() == out.size() && !broadcastsTo(fact.shape, out))
            return "scales of blocks";
    }
    for (size_t o = 0; o < region.node->outputs.size(); ++o) {
        const Fact& fact = region.output(static_cast<int>(o));
        if (fact.shape != out) return "outputs of different shapes";
        if (elementType(fact.type).empty()) return cat("type ", name(fact.type));
    }
    return whyNotEmitted(part.program);
}

void tactics(const Site&, const RegionView& region, const TacticRequest&, TacticList& list) {
    if (region.anchor) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse(kName, reason);
    const size_t rank = region.output(0).shape.size();
    std::vector<Format> formats{Format::Linear};
    if (rank >= 3 && rank <= 5) formats.push_back(Format::Nhwc);
    for (const Format format : formats) {
        Tactic tactic;
        tactic.name = cat(kName, ".", name(format));
        for (size_t i = 0; i < region.node->inputs.size(); ++i) {
            const bool plain = !region.node->inputs[i].valid() || region.isConstant(static_cast<int>(i)) ||
                               region.input(static_cast<int>(i)).shape.size() != rank;
            tactic.inputs.push_back(plain ? Format::Linear : format);
        }
        tactic.outputs.assign(region.node->outputs.size(), format);
        list.tactics.push_back(std::move(tactic));
    }
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic&, const TacticRequest&) {
    const PointwisePart part = pointwisePart(region);
    PointwiseParams p;
    p.axis = scaleAxis(region).value_or(0);
    CompiledStep step;
    step.kernel = kName;
    step.inputs = part.operands;
    step.params = printFields(p);
    step.weights = {compileCode(site.target, pointwiseSource(part.program))};
    return step;
}

//! Strides of an operand over the output's dimensions.
Dims operandStrides(const Port& port, const Dims& out, int64_t axis) {
    const size_t rank = out.size();
    if (port.dims.size() == rank) {
        for (size_t d = 0; d < rank; ++d) fit(port.dims[d] == 1 || port.dims[d] == out[d], "operands of other sizes");
        return broadcast(port.dims, stridesIn(port.format, port.dims));
    }
    Dims strides(rank, 0);
    const auto at = static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis);
    if (volumeOf(port.dims) != 1) strides.at(at) = 1;
    return strides;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    PointwiseParams p;
    parseFields(p, params);
    return makeKernel([p, module = loadModule(*site.machine, weights.at(0))](auto in, auto out) {
        PointwiseCall call;
        const std::vector<size_t> order = memoryOrder(out[0].format, out[0].dims.size());
        const auto inOrder = [&](const Dims& list) {
            Dims result;
            for (const size_t d : order) result.push_back(list[d]);
            return result;
        };
        call.walk.dims = inOrder(out[0].dims);
        for (size_t k = 0; k < in.size(); ++k) {
            call.walk.strides.push_back(inOrder(operandStrides(in[k], out[0].dims, p.axis)));
            call.operands.push_back({static_cast<int>(k)});
            call.inBytes.push_back(bytesOf(in[k].type));
        }
        for (const Port& port : out) call.outBytes.push_back(bytesOf(port.type));
        return preparePointwise(module, std::move(call));
    });
}

}  // namespace

std::string pointwiseSource(const ScalarProgram& program) {
    std::string text(scalarCode());
    const size_t inputs = program.inputs.size(), outputs = program.outputs.size();
    text += emitProgram(program, "program");
    text += cat("#define INPUTS ", inputs, "\n#define WIDTH ", widthOf(program), "\n", codeText("pointwise"));
    text += "template <int V>\nDEV void elements(const Args& a, const i64* at, u32 chunk) {\n";
    for (size_t k = 0; k < inputs; ++k) {
        text += cat("    const auto p", k, " = operand<", elementType(program.inputs[k]), ", V>(a, ", k, ", at[", k,
                    "]);\n");
    }
    std::string call, store;
    for (size_t k = 0; k < inputs; ++k) call += cat(k ? ", " : "", "num(p", k, ".v[v])");
    for (size_t o = 0; o < outputs; ++o) {
        const DType type = program.code[static_cast<size_t>(program.outputs[o])].type;
        const std::string element = elementType(type);
        text += cat("    Pack<", element, ", V> q", o, ";\n");
        call += cat(call.empty() ? "" : ", ", "y", o);
        store += cat("        put(q", o, ".v[v], y", o, ");\n");
    }
    text += "#pragma unroll\n    for (int v = 0; v < V; v++) {\n";
    for (size_t o = 0; o < outputs; ++o) {
        text += cat("        ", numberType(program.code[static_cast<size_t>(program.outputs[o])].type), " y", o, ";\n");
    }
    text += cat("        program(", call, ");\n", store, "    }\n");
    for (size_t o = 0; o < outputs; ++o) {
        const std::string element = elementType(program.code[static_cast<size_t>(program.outputs[o])].type);
        text += cat("    ((Pack<", element, ", V>*)a.out[", o, "])[chunk] = q", o, ";\n");
    }
    return text + "}\n";
}

std::string copySource(int64_t bytes) {
    const std::string element = cat("u", 8 * bytes);
    return cat("#define INPUTS 2\n#define WIDTH ", widthFor({bytes}), "\n", codeText("pointwise"),
               "template <int V>\nDEV void elements(const Args& a, const i64* at, u32) {\n    *(Pack<", element,
               ", V>*)((", element, "*)a.in[1] + at[1]) = operand<", element, ", V>(a, 0, at[0]);\n}\n");
}

PointwiseCall copyCall(const Dims& dims, int64_t bytes, Operand from, const Dims& fromStrides, Operand to,
                       const Dims& toStrides) {
    return {{dims, {fromStrides, toStrides}}, {from, to}, {bytes, bytes}, {}};
}

std::unique_ptr<Launch> preparePointwise(std::shared_ptr<const Module> module, PointwiseCall call) {
    return std::make_unique<PointwiseLaunch>(std::move(module), std::move(call));
}

const Family kPointwiseFamily{kName, tactics, compile, load,
                              [](const Site&, const RegionView& r) { return !r.anchor && whyNot(r).empty(); }};

}  // namespace opentrt::cuda
