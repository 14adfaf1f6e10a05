// SPDX-License-Identifier: Apache-2.0
// Softmax, normalisation and reduction. Tested by the conformance cases on a device, by tests/cuda without one.
#include "backends/cuda/rows.h"

#include <algorithm>

#include "backends/cuda/emit.h"
#include "base/error.h"
#include "ops/normalization.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/support/index.h"

namespace opentrt::cuda {

namespace {

constexpr size_t kMostDims = 8;

using Code = std::shared_ptr<const Module>;

std::string whyNotRank(const RegionView& region) {
    // A normalisation splits one dimension in two.
    return region.input(0).shape.size() >= kMostDims ? cat("more than ", kMostDims - 1, " dimensions") : std::string();
}

std::unique_ptr<Launch> emptyLaunch() {
    return makeLaunch([](const LaunchArgs&) {});
}

struct SoftmaxDef {
    using Op = ops::Softmax;
    static constexpr const char* kName = "cuda.softmax";

    static std::string whyNot(const RegionView& region, const Op&) {
        const std::string type = whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
        return type.empty() ? whyNotRank(region) : type;
    }
    static std::string source(const RegionView& region, const Op&) {
        return cat(codeText("rows"), codeText("over_block"), typeLine("T", region.input(0).type), codeText("softmax"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& dims = call.in[0].dims;
        const Dims strides = stridesOf(dims);
        std::vector<bool> isElement(dims.size(), false);
        isElement[axisOf(call.op.axis, dims.size())] = true;
        const RowsArgs args = rowsOf(dims, isElement, {strides, {}, {}, strides});
        if (args.rows == 0 || args.count == 0) return emptyLaunch();
        Grid grid;
        grid.x = args.rows;
        grid.threads = rowThreads(args.count);
        return makeKernelLaunch(std::move(code), "softmax", grid, args, [](RowsArgs& a, const LaunchArgs& launch) {
            a.in[kData] = launch.inputs[0];
            a.out = launch.outputs[0];
        });
    }
};

struct NormDef {
    using Op = ops::Normalization;
    static constexpr const char* kName = "cuda.norm";

    static std::string whyNot(const RegionView& region, const Op&) {
        const auto allowed = {DType::F32, DType::F16, DType::BF16};
        for (size_t i = 0; i < region.anchorInputs.size(); ++i) {
            const Fact* fact = region.anchorInput(i);
            if (!fact) continue;
            if (const std::string reason = whyNotType(*fact, allowed); !reason.empty()) return reason;
        }
        return whyNotRank(region);
    }
    static std::string source(const RegionView& region, const Op& op) {
        const Fact *scale = region.anchorInput(kScale), *bias = region.anchorInput(kBias);
        const DType factor = scale ? scale->type : bias ? bias->type : DType::F32;
        return cat(codeText("rows"), codeText("over_block"), typeLine("T", region.input(0).type), typeLine("P", factor),
                   "#define RMS ", op.rms ? 1 : 0, "\n#define HAS_SCALE ", scale ? 1 : 0, "\n#define HAS_BIAS ",
                   bias ? 1 : 0, "\n", codeText("normalization"));
    }

    //! Dimension 1 as [groups, channels of a group].
    static Dims split(const Dims& dims, int64_t groups, int64_t inner) {
        Dims result = dims;
        result[1] = groups;
        result.insert(result.begin() + 2, inner);
        return result;
    }

    static Dims factorStrides(const Op& op, const Dims& dims, const Dims& data) {
        const Dims strides = broadcast(dims, stridesOf(dims));
        if (op.groups <= 1) return strides;
        const int64_t inner = data[1] / op.groups;
        // Per group: the same for its channels; per channel: dense.
        const bool perGroup = !op.v2;
        Dims result = split(strides, strides[1] * (perGroup ? 1 : inner), perGroup ? 0 : strides[1]);
        return result;
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& data = call.in[0].dims;
        const Dims plain = stridesOf(data);
        Dims dims = data, strides = plain;
        std::vector<bool> isElement(data.size(), false);
        for (const int64_t axis : call.op.axes) isElement[axisOf(axis, data.size())] = true;
        if (call.op.groups > 1) {
            const int64_t inner = data[1] / call.op.groups;
            dims = split(data, call.op.groups, inner);
            strides = split(plain, plain[1] * inner, plain[1]);
            isElement[1] = false;
            isElement.insert(isElement.begin() + 2, true);
        }
        std::vector<Dims> all{strides, {}, {}, strides};
        for (const size_t k : {kScale, kBias}) {
            if (call.has(k)) all[k] = factorStrides(call.op, call.in[k].dims, data);
        }
        RowsArgs args = rowsOf(dims, isElement, all);
        args.epsilon = static_cast<float>(call.op.epsilon);
        if (args.rows == 0 || args.count == 0) return emptyLaunch();
        Grid grid;
        grid.x = args.rows;
        grid.threads = rowThreads(args.count);
        const bool scale = call.has(kScale), bias = call.has(kBias);
        return makeKernelLaunch(std::move(code), "normalization", grid, args,
                                [scale, bias](RowsArgs& a, const LaunchArgs& launch) {
                                    a.in[kData] = launch.inputs[0];
                                    if (scale) a.in[kScale] = launch.inputs[kScale];
                                    if (bias) a.in[kBias] = launch.inputs[kBias];
                                    a.out = launch.outputs[0];
                                });
    }
};

std::string lowest(DType type) {
    return type == DType::I64   ? "(i64)0x8000000000000000ull"
           : type == DType::I32 ? "-2147483648ll"
           : type == DType::I8  ? "-128"
                                : "0";
}
std::string highest(DType type) {
    return type == DType::I64   ? "0x7fffffffffffffffll"
           : type == DType::I32 ? "2147483647ll"
           : type == DType::I8  ? "127"
                                : "255";
}

}  // namespace

std::string foldCode(const ops::Reduce& op, DType type) {
    const bool real = isFloat(type);
    const std::string low = real ? "__int_as_float(0xff800000)" : lowest(type),
                      high = real ? "__int_as_float(0x7f800000)" : highest(type);
    std::string start = "0", combine = "a + b", finish = "x";
    switch (op.operation) {
        case ops::ReduceOperation::Sum:
            break;
        case ops::ReduceOperation::Avg:
            finish = real ? "x / (float)count" : "count ? x / (i64)count : 0";
            break;
        case ops::ReduceOperation::Prod:
            start = "1";
            combine = "a * b";
            break;
        case ops::ReduceOperation::Max:
            start = low;
            combine = "a != a || a > b ? a : b";
            break;
        case ops::ReduceOperation::Min:
            start = high;
            combine = "a != a || a < b ? a : b";
            break;
    }
    return cat("typedef ", numberType(type), " N;\n#define START ((N)", start, ")\nDEV N combine(N a, N b) { return ",
               combine, "; }\nDEV N finish(N x, u32 count) { return ", finish, "; }\n");
}

namespace {

struct ReduceDef {
    using Op = ops::Reduce;
    static constexpr const char* kName = "cuda.reduce";

    static std::string whyNot(const RegionView& region, const Op&) {
        const DType type = region.input(0).type;
        if (elementType(type).empty() || type == DType::F8) return cat("type ", name(type));
        return whyNotRank(region);
    }

    static std::string source(const RegionView& region, const Op& op) {
        const DType type = region.input(0).type;
        return cat(codeText("rows"), codeText("over_block"), typeLine("T", type), foldCode(op, type),
                   codeText("reduce"));
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& dims = call.in[0].dims;
        std::vector<bool> isElement(dims.size(), false);
        for (const int64_t axis : call.op.axes) isElement[axisOf(axis, dims.size())] = true;
        const RowsArgs args = rowsOf(dims, isElement, {stridesOf(dims), {}, {}, {}});
        if (args.rows == 0) return emptyLaunch();
        // Rows side by side in memory are read together by neighbouring threads.
        const bool dense = args.elementRank == 0 || args.elementStride[0][args.elementRank - 1] == 1;
        const bool blocks = args.count >= 32 && (dense || args.rows < 4096);
        Grid grid;
        grid.threads = blocks ? rowThreads(args.count) : 128;
        grid.x = blocks ? args.rows : blocksFor(args.rows, grid.threads);
        return makeKernelLaunch(std::move(code), blocks ? "blocks" : "threads", grid, args,
                                [](RowsArgs& a, const LaunchArgs& launch) {
                                    a.in[kData] = launch.inputs[0];
                                    a.out = launch.outputs[0];
                                });
    }
};

}  // namespace

std::string typeLine(const char* name, DType type) {
    return cat("typedef ", elementType(type), " ", name, ";\n");
}

int rowThreads(int64_t count) {
    return static_cast<int>(std::clamp<int64_t>((count + 31) / 32 * 32, 32, 512));
}

RowsArgs rowsOf(const Dims& dims, const std::vector<bool>& isElement, const std::vector<Dims>& strides) {
    Walk rows, elements;
    rows.strides.resize(kRowsOperands);
    elements.strides.resize(kRowsOperands);
    for (size_t d = 0; d < dims.size(); ++d) {
        Walk& walk = isElement[d] ? elements : rows;
        walk.dims.push_back(dims[d]);
        for (size_t k = 0; k < kRowsOperands; ++k)
            walk.strides[k].push_back(strides[k].empty() || dims[d] == 1 ? 0 : strides[k][d]);
    }
    RowsArgs args;
    args.rows = requireCount(rows.count());
    args.count = requireCount(elements.count());
    rows.simplify();
    elements.simplify();
    const auto fill = [](const Walk& walk, uint32_t& rank, Divisor* divisors, int64_t(*to)[8]) {
        rank = static_cast<uint32_t>(walk.dims.size());
        check(walk.dims.size() <= kMostDims, "too many dimensions for a kernel");
        for (size_t d = 0; d < walk.dims.size(); ++d) {
            divisors[d] = Divisor(std::max<int64_t>(walk.dims[d], 1));
            for (size_t k = 0; k < kRowsOperands; ++k) to[k][d] = walk.strides[k][d];
        }
    };
    fill(rows, args.rowRank, args.rowDim, args.rowStride);
    fill(elements, args.elementRank, args.elementDim, args.elementStride);
    return args;
}

const Family kSoftmaxFamily = opFamily<SoftmaxDef>();
const Family kNormFamily = opFamily<NormDef>();
const Family kReduceFamily = opFamily<ReduceDef>();

}  // namespace opentrt::cuda
