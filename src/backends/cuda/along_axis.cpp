// SPDX-License-Identifier: Apache-2.0
// What goes through an axis in order: the best elements of it, and running sums and products. Tested by the conformance
// cases.
#include <bit>

#include "backends/cuda/elements.h"
#include "ops/cumulative.h"
#include "ops/top_k.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/top_k.cu.
struct TopKArgs {
    const void* x = nullptr;
    void *y = nullptr, *places = nullptr;
    uint32_t rows = 0, size = 0, k = 0;
    Divisor inner{1};
};

//! Rows up to this long are sorted in shared memory.
constexpr int64_t kSorted = 4096;
//! So few elements are found faster one by one.
constexpr int64_t kFew = 4;

struct TopKDef {
    using Op = ops::TopK;
    static constexpr const char* kName = "cuda.top_k";

    static std::string whyNot(const RegionView& region, const Op&) {
        const std::string type = elementType(region.input(0).type);
        return type.empty() ? cat("type ", name(region.input(0).type)) : std::string();
    }
    //! Elements that the kernel has shared memory for; 0: it looks for one after the other.
    static int64_t sorted(const RegionView& region, const Op& op) {
        const Dim &size = region.input(0).shape[axisOf(op.axis, region.input(0).shape.size())],
                  &k = region.output(0).shape[axisOf(op.axis, region.input(0).shape.size())];
        if (!size.isConstant() || size.constant() > kSorted || (k.isConstant() && k.constant() <= kFew)) return 0;
        return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(std::max<int64_t>(size.constant(), 2))));
    }
    static std::string source(const RegionView& region, const Op& op) {
        return cat(codeText("elements"), typeLine("T", region.input(0).type), typeLine("O", op.indicesType),
                   "#define MAX ", op.operation == ops::TopKOperation::Max ? 1 : 0, "\n#define SORTED ",
                   sorted(region, op), "\n", codeText("top_k"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& x = call.in[0].dims;
        const size_t axis = axisOf(call.op.axis, x.size());
        TopKArgs args;
        const int64_t inner = product(x, axis + 1), rows = product(x, 0, axis) * inner;
        args.rows = requireCount(rows);
        args.size = requireCount(x[axis]);
        args.k = requireCount(call.out[0].dims[axis]);
        args.inner = divisor(inner);
        if (args.rows == 0 || args.k == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.x = rows;
        grid.threads = rowThreads(args.size);
        return makeKernelLaunch(std::move(code), "top_k", grid, args, [](TopKArgs& a, const LaunchArgs& launch) {
            a.x = launch.inputs[0];
            a.y = launch.outputs[0];
            a.places = launch.outputs[1];
        });
    }
};

//! Layout of code/cumulative.cu.
struct CumulativeArgs {
    const void* x = nullptr;
    void* y = nullptr;
    uint32_t count = 0, size = 0;
    Divisor inner{1};
};

struct CumulativeDef {
    using Op = ops::Cumulative;
    static constexpr const char* kName = "cuda.cumulative";

    static std::string whyNot(const RegionView& region, const Op&) {
        const std::string type = elementType(region.input(0).type);
        return type.empty() ? cat("type ", name(region.input(0).type)) : std::string();
    }
    static std::string source(const RegionView& region, const Op& op) {
        const DType type = region.input(0).type;
        const bool product = op.operation == ops::CumulativeOperation::Prod;
        return cat(codeText("elements"), typeLine("T", type), "typedef ", isFloat(type) ? "double" : "i64",
                   " N;\n#define START ", product ? 1 : 0, "\n#define EXCLUSIVE ", op.exclusive ? 1 : 0,
                   "\n#define REVERSE ", op.reverse ? 1 : 0, "\nDEV N combine(N a, N b) { return a ",
                   product ? "*" : "+", " b; }\n", codeText("cumulative"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& x = call.in[0].dims;
        const Tensor* known = call.constant(1);
        check(known, "an axis that nobody knows");
        const size_t axis = axisOf(known->getInt(0), x.size());
        CumulativeArgs args;
        const int64_t inner = product(x, axis + 1);
        args.size = requireCount(x[axis]);
        args.inner = divisor(inner);
        return elementLaunch(std::move(code), "cumulative", args, product(x, 0, axis) * inner,
                             [](CumulativeArgs& a, const LaunchArgs& launch) {
                                 a.x = launch.inputs[0];
                                 a.y = launch.outputs[0];
                             });
    }
};

}  // namespace

const Family kTopKFamily = opFamily<TopKDef>();
const Family kCumulativeFamily = opFamily<CumulativeDef>();

}  // namespace opentrt::cuda
