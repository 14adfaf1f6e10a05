// SPDX-License-Identifier: Apache-2.0
// Tensors that are made rather than computed: ramps, random numbers, one-hot rows, shapes. Tested by the conformance
// cases.
#include <cmath>

#include "backends/cuda/elements.h"
#include "ops/fill.h"
#include "ops/one_hot.h"
#include "ops/shape_of.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/fill.cu; N is double or uint64_t.
template <class N>
struct FillArgs {
    void* y = nullptr;
    const void *alphaFrom = nullptr, *betaFrom = nullptr;
    uint32_t count = 0;
    Places places;
    N alpha{}, beta{};
    uint64_t seed = 0;
};

struct FillDef {
    using Op = ops::Fill;
    static constexpr const char* kName = "cuda.fill";
    enum Input { kDims, kAlpha, kBeta };

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (elementType(op.type).empty()) return cat("type ", name(op.type));
        return whyNotPlaces(region.output(0).shape);
    }
    static std::string source(const RegionView& region, const Op& op) {
        const Fact* alpha = region.anchorInput(kAlpha);
        return cat(codeText("elements"), typeLine("T", op.type), typeLine("A", alpha ? alpha->type : op.type),
                   "typedef ", isFloat(op.type) ? "double" : "u64", " N;\n#define BOOLEAN ",
                   op.type == DType::Bool ? 1 : 0, "\n#define KIND ", static_cast<int>(op.operation), "\n",
                   codeText("fill"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        if (isFloat(call.op.type)) return launchOf(call, call.op.alpha, call.op.beta, std::move(code));
        return launchOf(call, whole(call.op.alpha), whole(call.op.beta), std::move(code));
    }

private:
    //! A parameter as an integer, cut towards zero.
    static uint64_t whole(double value) {
        return static_cast<uint64_t>(static_cast<int64_t>(roundTo(DType::I64, std::trunc(value))));
    }
    template <class N>
    static std::unique_ptr<Launch> launchOf(const OpCall<Op>& call, N alpha, N beta, Code code) {
        FillArgs<N> args;
        args.places = Places(call.out[0].dims);
        args.alpha = alpha;
        args.beta = beta;
        args.seed = static_cast<uint64_t>(call.op.seed);
        return elementLaunch(std::move(code), "fill", args, volumeOf(call.out[0].dims),
                             [given = call.has(kAlpha)](FillArgs<N>& a, const LaunchArgs& launch) {
                                 a.y = launch.outputs[0];
                                 if (!given) return;
                                 a.alphaFrom = launch.inputs[kAlpha];
                                 a.betaFrom = launch.inputs[kBeta];
                             });
    }
};

//! Layout of code/one_hot.cu.
struct OneHotArgs {
    const void *index = nullptr, *values = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Divisor inner{1}, depth{1};
};

struct OneHotDef {
    using Op = ops::OneHot;
    static constexpr const char* kName = "cuda.one_hot";

    static std::string whyNot(const RegionView& region, const Op&) { return whyNotBytes(region.output(0)); }
    static std::string source(const RegionView& region, const Op&) {
        return cat(codeText("elements"), wordLine(region.output(0).type), typeLine("I", region.input(0).type),
                   codeText("one_hot"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& y = call.out[0].dims;
        const size_t axis = axisOf(call.op.axis, y.size());
        OneHotArgs args;
        args.inner = divisor(product(y, axis + 1));
        args.depth = divisor(y[axis]);
        return elementLaunch(std::move(code), "one_hot", args, volumeOf(y),
                             [](OneHotArgs& a, const LaunchArgs& launch) {
                                 a.index = launch.inputs[0];
                                 a.values = launch.inputs[1];
                                 a.y = launch.outputs[0];
                             });
    }
};

//! Layout of code/numbers.cu.
struct NumbersArgs {
    void* y = nullptr;
    uint32_t count = 0;
    PerDim numbers;
};

struct ShapeOfDef {
    using Op = ops::ShapeOf;
    static constexpr const char* kName = "cuda.shape";

    static std::string whyNot(const RegionView& region, const Op&) { return whyNotPlaces(region.input(0).shape); }
    static std::string source(const RegionView&, const Op& op) {
        return cat(codeText("elements"), typeLine("T", op.type), codeText("numbers"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        NumbersArgs args;
        args.numbers = PerDim(call.in[0].dims);
        return elementLaunch(std::move(code), "numbers", args, static_cast<int64_t>(call.in[0].dims.size()),
                             [](NumbersArgs& a, const LaunchArgs& launch) { a.y = launch.outputs[0]; });
    }
};

}  // namespace

const Family kFillFamily = opFamily<FillDef>();
const Family kOneHotFamily = opFamily<OneHotDef>();
const Family kShapeFamily = opFamily<ShapeOfDef>();

}  // namespace opentrt::cuda
