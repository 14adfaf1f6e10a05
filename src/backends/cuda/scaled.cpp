// SPDX-License-Identifier: Apache-2.0
// Quantization that is no plain pointwise operator: a scale for each block of elements, scales that are powers of two,
// numbers of 4 bits. Tested by the conformance cases.
#include "backends/cuda/elements.h"
#include "ops/dequantize.h"
#include "ops/quantize.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.scaled";
enum Input { kData, kScale, kZero };

//! Layout of code/scaled.cu.
struct ScaledArgs {
    const void *x = nullptr, *scale = nullptr, *zero = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Places places;
    PerDim block, stride;
};

struct ScaledParams : HasFields {
    int64_t axis = 0;
    std::vector<int64_t> blockShape;
    bool zero = false;
    void fields(FieldVisitor& v) override {
        v.field("axis", axis);
        v.field("blockShape", blockShape);
        v.field("zero", zero);
    }
};

//! Attributes of a lone Quantize or Dequantize.
struct Scaled {
    bool quantizes;
    int64_t axis;
    const std::vector<int64_t>& blockShape;
};
std::optional<Scaled> scaledOf(const RegionView& region) {
    if (region.anchor || region.pointwise.size() != 1 || region.node->op->kind() == "Region") return std::nullopt;
    const Op& op = *region.pointwise[0]->op;
    if (const auto* q = as<ops::Quantize>(op)) return Scaled{true, q->axis, q->blockShape};
    if (const auto* q = as<ops::Dequantize>(op)) return Scaled{false, q->axis, q->blockShape};
    return std::nullopt;
}

bool isPacked(DType type) {
    return type == DType::I4 || type == DType::F4;
}

bool hasZero(const RegionView& region) {
    return region.node->inputs.size() > kZero && region.node->inputs[kZero].valid();
}

std::string whyNot(const RegionView& region) {
    const DType x = region.input(kData).type, scale = region.input(kScale).type, y = region.output(0).type;
    if (!isPacked(x) && elementType(x).empty()) return cat("type ", name(x));
    if (scale != DType::E8M0 && elementType(scale).empty()) return cat("scales of type ", name(scale));
    if (elementType(y).empty()) return cat("type ", name(y));
    return whyNotPlaces(region.input(kData).shape);
}

void tactics(const Site&, const RegionView& region, const TacticRequest&, TacticList& list) {
    // A plain pointwise kernel does it faster.
    if (!scaledOf(region) || !list.tactics.empty()) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse(kName, reason);
    Tactic tactic;
    tactic.name = kName;
    tactic.inputs.assign(region.node->inputs.size(), Format::Linear);
    tactic.outputs = {Format::Linear};
    list.tactics.push_back(std::move(tactic));
}

//! "typedef i8 T;\nDEV float NAME(const T* x, u32 i) {...}"
std::string reader(const char* head, DType type, const char* element) {
    const char* body = type == DType::I4   ? "return packedInteger((const u8*)x, i)"
                       : type == DType::F4 ? "return packedFloat((const u8*)x, i)"
                                           : element;
    return cat("DEV float ", head, " { ", body, "; }\n");
}

std::string elementName(DType type) {
    return isPacked(type) || type == DType::E8M0 ? "u8" : elementType(type);
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic&, const TacticRequest&) {
    const Scaled scaled = *scaledOf(region);
    const DType x = region.input(kData).type, scale = region.input(kScale).type, y = region.output(0).type;
    ScaledParams p;
    p.axis = scaled.axis;
    p.blockShape = scaled.blockShape;
    p.zero = hasZero(region);
    const DType zero = p.zero ? region.input(kZero).type : x;
    std::string source = cat(codeText("elements"), scalarCode(), "#define QUANTIZES ", scaled.quantizes ? 1 : 0,
                             "\n#define ROUNDS ", isFloat(y) ? 0 : 1, "\n#define HAS_ZERO ", p.zero ? 1 : 0,
                             "\ntypedef ", elementName(x), " T;\ntypedef ", elementName(scale), " S;\ntypedef ",
                             elementName(y), " R;\ntypedef ", elementName(zero), " Z;\n", codeText("scaled"));
    source += reader("element(const T* x, u32 i)", x, "return (float)num(x[i])");
    source += reader("zeroAt(const void* x, u32 i)", zero, "return (float)num(((const Z*)x)[i])");
    source +=
        cat("DEV float scaleOf(S x) { return ", scale == DType::E8M0 ? "powerScale(x)" : "(float)num(x)", "; }\n");
    source +=
        cat("DEV void putResult(R& to, float x) { put(to, ", isFloat(y) ? "x" : cat("int_", name(y), "(x)"), "); }\n");
    CompiledStep step;
    step.kernel = kName;
    for (size_t i = 0; i <= (p.zero ? kZero : kScale); ++i) step.inputs.push_back(static_cast<int>(i));
    step.params = printFields(p);
    step.weights = {compileCode(site.target, source)};
    return step;
}

//! Which scale belongs to which elements, by dimension.
void addBlocks(ScaledArgs& args, const ScaledParams& p, const Dims& x, const Dims& scale) {
    std::fill(std::begin(args.block.v), std::end(args.block.v), 1);
    if (volumeOf(scale) == 1) return;
    if (scale.size() != x.size()) {
        args.stride.v[axisOf(p.axis, x.size())] = 1;
        return;
    }
    const Dims strides = stridesOf(scale);
    for (size_t d = 0; d < x.size(); ++d) {
        const int64_t block = !p.blockShape.empty() ? p.blockShape.at(d) : x[d] / std::max<int64_t>(scale[d], 1);
        fit(block > 0 && (x[d] + block - 1) / block <= scale[d], "scales that do not cover the data");
        args.block.v[d] = block;
        args.stride.v[d] = strides[d];
    }
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    ScaledParams p;
    parseFields(p, params);
    fit(!weights.empty(), "a kernel without machine code");
    return makeKernel([p, module = loadModule(*site.machine, weights[0])](auto in, auto out) {
        fitPorts(in, p.zero ? 3 : 2);
        fitPorts(out, 1);
        fit(in[kData].dims == out[0].dims, "a result of another shape");
        ScaledArgs args;
        args.places = Places(in[kData].dims);
        addBlocks(args, p, in[kData].dims, in[kScale].dims);
        return elementLaunch(module, "scaled", args, volumeOf(out[0].dims),
                             [zero = p.zero](ScaledArgs& a, const LaunchArgs& launch) {
                                 a.x = launch.inputs[kData];
                                 a.scale = launch.inputs[kScale];
                                 if (zero) a.zero = launch.inputs[kZero];
                                 a.y = launch.outputs[0];
                             });
    });
}

}  // namespace

const Family kScaledFamily{kName, tactics, compile, load};

}  // namespace opentrt::cuda
