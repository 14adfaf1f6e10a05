// SPDX-License-Identifier: Apache-2.0
// Quantization that is no plain pointwise operator: a scale for each block of elements, scales that are powers of two
// or found in the data, numbers of 4 bits. Tested by the conformance cases.
#include <bit>

#include "backends/cuda/elements.h"
#include "ops/dequantize.h"
#include "ops/dynamic_quantize.h"
#include "ops/quantize.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.scaled";
enum Input { kData, kScale, kZero };

//! Layout of code/scaled.cu.
struct ScaledArgs {
    const void *x = nullptr, *scale = nullptr, *zero = nullptr;
    void* y = nullptr;
    uint32_t count = 0, elements = 0;
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
    if (!isPacked(y) && elementType(y).empty()) return cat("type ", name(y));
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

//! "DEV float NAME(const T* x, u32 i) {...}"
std::string reader(const char* head, DType type, const char* element) {
    const char* body = type == DType::I4   ? "return packedInteger((const u8*)x, i)"
                       : type == DType::F4 ? "return packedFloat((const u8*)x, i)"
                                           : element;
    return cat("DEV float ", head, " { ", body, "; }\n");
}

std::string elementName(DType type) {
    return isPacked(type) || type == DType::E8M0 ? "u8" : elementType(type);
}

//! Types of data, scale, result, and zero point or second scale, whose input may be left out.
struct ScaledTypes {
    DType x, scale, y;
    std::optional<DType> zero;
};

std::string scaledSource(const ScaledTypes& types, bool quantizes, bool dynamic) {
    const auto& [x, scale, y, zero] = types;
    std::string source = cat(
        codeText("elements"), scalarCode(), "#define QUANTIZES ", quantizes ? 1 : 0, "\n#define DYNAMIC ",
        dynamic ? 1 : 0, "\n#define ROUNDS ", isFloat(y) ? 0 : 1, "\n#define PACKED ", isPacked(y) ? 1 : 0,
        "\n#define HAS_ZERO ", zero ? 1 : 0, "\ntypedef ", elementName(x), " T;\ntypedef ", elementName(scale),
        " S;\ntypedef ", elementName(y), " R;\ntypedef ", elementName(zero.value_or(x)), " Z;\n", codeText("scaled"));
    source += reader("element(const T* x, u32 i)", x, "return (float)num(x[i])");
    source += reader("zeroAt(const void* x, u32 i)", zero.value_or(x), "return (float)num(((const Z*)x)[i])");
    source +=
        cat("DEV float scaleOf(S x) { return ", scale == DType::E8M0 ? "powerScale(x)" : "(float)num(x)", "; }\n");
    if (isPacked(y)) {
        return source + cat("DEV u32 bitsOf(float x) { return ",
                            y == DType::F4 ? "floatBits(x)" : "(u32)int_i4(x) & 15", "; }\n");
    }
    return source + cat("DEV void putResult(R& to, float x) { put(to, ", isFloat(y) ? "x" : cat("int_", name(y), "(x)"),
                        "); }\n");
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic&, const TacticRequest&) {
    const Scaled scaled = *scaledOf(region);
    ScaledParams p;
    p.axis = scaled.axis;
    p.blockShape = scaled.blockShape;
    p.zero = hasZero(region);
    ScaledTypes types{region.input(kData).type, region.input(kScale).type, region.output(0).type, std::nullopt};
    if (p.zero) types.zero = region.input(kZero).type;
    CompiledStep step;
    step.kernel = kName;
    for (size_t i = 0; i <= (p.zero ? kZero : kScale); ++i) step.inputs.push_back(static_cast<int>(i));
    step.params = printFields(p);
    step.weights = {compileCode(site.target, scaledSource(types, scaled.quantizes, false))};
    return step;
}

//! Which scale belongs to which elements, by dimension.
ScaledArgs argsOf(const ScaledParams& p, const Dims& x, const Dims& scale) {
    const auto places = scalePlaces(x, scale, p.axis, p.blockShape);
    fit(places.has_value(), "scales that do not cover the data");
    ScaledArgs args;
    args.places = Places(x);
    args.elements = requireCount(volumeOf(x));
    std::fill(std::begin(args.block.v), std::end(args.block.v), 1);
    std::copy(places->block.begin(), places->block.end(), args.block.v);
    args.stride = PerDim(places->stride);
    return args;
}

//! What a thread stores.
int64_t bytesOrElements(const Port& y) {
    return isPacked(y.type) ? bytesFor(y.type, volumeOf(y.dims)) : volumeOf(y.dims);
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    ScaledParams p;
    parseFields(p, params);
    fit(!weights.empty(), "a kernel without machine code");
    return makeKernel([p, module = loadModule(*site.machine, weights[0])](auto in, auto out) {
        fitPorts(in, p.zero ? 3 : 2);
        fitPorts(out, 1);
        fit(in[kData].dims == out[0].dims, "a result of another shape");
        const ScaledArgs args = argsOf(p, in[kData].dims, in[kScale].dims);
        return elementLaunch(module, "scaled", args, bytesOrElements(out[0]),
                             [zero = p.zero](ScaledArgs& a, const LaunchArgs& launch) {
                                 a.x = launch.inputs[kData];
                                 a.scale = launch.inputs[kScale];
                                 if (zero) a.zero = launch.inputs[kZero];
                                 a.y = launch.outputs[0];
                             });
    });
}

//! Layout of code/dynamic_scales.cu.
struct DynamicArgs {
    const void* x = nullptr;
    void* scale = nullptr;
    const void* second = nullptr;
    uint32_t count = 0, inside = 0;
    Places blocks, within;
    PerDim size, stride;
};

//! Scales found in the data by one kernel, numbers by another one.
struct DynamicQuantizeDef {
    using Op = ops::DynamicQuantize;
    static constexpr const char* kName = "cuda.dynamic_quantize";

    static std::string whyNot(const RegionView& region, const Op&) {
        const std::string type = whyNotType(region.input(kData), {DType::F32, DType::F16, DType::BF16});
        return type.empty() ? whyNotPlaces(region.input(kData).shape) : type;
    }
    static std::string source(const RegionView& region, const Op& op) {
        ScaledTypes types{region.input(kData).type, op.scaleType, op.to, std::nullopt};
        if (const Fact* second = region.anchorInput(1)) types.zero = second->type;
        const char* most = op.to == DType::F4 ? "6." : op.to == DType::F8 ? "448." : "127.";
        const bool power = op.scaleType == DType::E8M0;
        const Dims blocks = op.blocks(static_cast<int64_t>(region.input(kData).shape.size()));
        return cat(scaledSource(types, true, true), "#define LANES ", lanesOf(volumeOf(blocks)), "\n#define LARGEST ",
                   most, "\n", codeText("dynamic_scales"), "DEV void putScale(S& to, double x) { ",
                   power ? "to = powerAbove(x)" : "put(to, (float)x)", "; }\n");
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims &x = call.in[0].dims, &scale = call.out[1].dims;
        const Dims blocks = call.op.blocks(static_cast<int64_t>(x.size()));
        DynamicArgs of;
        of.blocks = Places(scale);
        of.within = Places(blocks);
        of.size = PerDim(x);
        of.stride = PerDim(stridesOf(x));
        of.count = requireCount(volumeOf(scale));
        of.inside = requireCount(volumeOf(blocks));
        if (of.count == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.x = blocksFor(of.count * lanesOf(of.inside), grid.threads);
        const bool second = call.has(1);
        auto scales = makeKernelLaunch(code, "scales", grid, of, [second](DynamicArgs& a, const LaunchArgs& launch) {
            a.x = launch.inputs[0];
            a.scale = launch.outputs[1];
            if (second) a.second = launch.inputs[1];
        });
        ScaledParams p;
        p.blockShape = blocks;
        auto numbers = elementLaunch(std::move(code), "scaled", argsOf(p, x, scale), bytesOrElements(call.out[0]),
                                     [second](ScaledArgs& a, const LaunchArgs& launch) {
                                         a.x = launch.inputs[0];
                                         a.scale = launch.outputs[1];
                                         if (second) a.zero = launch.inputs[1];
                                         a.y = launch.outputs[0];
                                     });
        return makeLaunch([scales = std::move(scales), numbers = std::move(numbers)](const LaunchArgs& launch) {
            scales->run(launch);
            numbers->run(launch);
        });
    }

private:
    //! Threads that share a block.
    static int64_t lanesOf(int64_t elements) {
        return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(std::clamp<int64_t>(elements, 1, 32))));
    }
};

}  // namespace

const Family kScaledFamily{kName, tactics, compile, load};
const Family kDynamicQuantizeFamily = opFamily<DynamicQuantizeDef>();

}  // namespace opentrt::cuda
