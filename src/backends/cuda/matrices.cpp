// SPDX-License-Identifier: Apache-2.0
// Rows and matrices as wholes: softmax of rows of different lengths, determinants. Tested by the conformance cases.
#include "backends/cuda/elements.h"
#include "ops/determinant.h"
#include "ops/ragged_softmax.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/ragged_softmax.cu.
struct RaggedArgs {
    const void *x = nullptr, *bounds = nullptr;
    void* y = nullptr;
    uint32_t rows = 0, size = 0;
};

struct RaggedDef {
    using Op = ops::RaggedSoftmax;
    static constexpr const char* kName = "cuda.ragged_softmax";

    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }
    static std::string source(const RegionView& region, const Op&) {
        return cat(typeLine("T", region.input(0).type), typeLine("I", region.anchorInput(1)->type),
                   codeText("ragged_softmax"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& x = call.in[0].dims;
        RaggedArgs args;
        args.rows = requireCount(product(x, 0, x.size() - 1));
        args.size = requireCount(x.back());
        if (args.rows == 0 || args.size == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.threads = 128;
        grid.x = (int64_t{args.rows} + 3) / 4;
        return makeKernelLaunch(std::move(code), "ragged_softmax", grid, args,
                                [](RaggedArgs& a, const LaunchArgs& launch) {
                                    a.x = launch.inputs[0];
                                    a.bounds = launch.inputs[1];
                                    a.y = launch.outputs[0];
                                });
    }
};

//! Layout of code/determinant.cu.
struct DeterminantArgs {
    const void* x = nullptr;
    void *y = nullptr, *copy = nullptr;
    uint32_t count = 0, size = 0;
};

struct DeterminantDef {
    using Op = ops::Determinant;
    static constexpr const char* kName = "cuda.determinant";

    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }
    static std::string source(const RegionView& region, const Op&) {
        return cat(codeText("elements"), typeLine("T", region.input(0).type), codeText("determinant"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& x = call.in[0].dims;
        DeterminantArgs args;
        args.count = requireCount(volumeOf(call.out[0].dims));
        args.size = requireCount(x.back());
        if (args.count == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.threads = 32;
        grid.x = blocksFor(args.count, grid.threads);
        return makeKernelLaunch(
            std::move(code), "determinant", grid, args,
            [](DeterminantArgs& a, const LaunchArgs& launch) {
                a.x = launch.inputs[0];
                a.y = launch.outputs[0];
                a.copy = launch.workspace;
            },
            std::max<int64_t>(volumeOf(x), 1) * 8);
    }
};

}  // namespace

const Family kRaggedFamily = opFamily<RaggedDef>();
const Family kDeterminantFamily = opFamily<DeterminantDef>();

}  // namespace opentrt::cuda
