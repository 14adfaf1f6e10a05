// SPDX-License-Identifier: Apache-2.0
// Scatter of elements and slices, with and without reduction; equal input gives equal output, in the order of the
// updates. Tested by the conformance cases.
#include "ops/scatter.h"

#include "backends/cuda/elements.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/scatter.cu.
struct ScatterArgs {
    const void *index = nullptr, *data = nullptr, *update = nullptr;
    void *y = nullptr, *owner = nullptr;
    uint32_t count = 0, updates = 0;
    Divisor inner{1};
    Places places;
    PerDim size, stride;
    int32_t axis = 0, length = 0;
    uint32_t line = 1, step = 1;
};

//! A copy of the data, then the two kernels.
class ScatterLaunch final : public Launch {
public:
    ScatterLaunch(Code code, const ScatterArgs& args, int64_t dataBytes, int64_t places)
        : code_(std::move(code)), args_(args), dataBytes_(dataBytes), ownerBytes_(places * 4) {
        mark_ = code_->function("mark");
        scatter_ = code_->function("scatter");
    }
    int64_t workspaceBytes() const override { return ownerBytes_; }
    void run(const LaunchArgs& launch) override {
        const Machine& machine = code_->machine();
        machine.copy(launch.outputs[0], launch.inputs[0], dataBytes_, launch.stream);
        if (args_.count == 0 || dataBytes_ == 0) return;
        machine.fill(launch.workspace, 0xff, ownerBytes_, launch.stream);
        args_.data = launch.inputs[0];
        args_.index = launch.inputs[1];
        args_.update = launch.inputs[2];
        args_.y = launch.outputs[0];
        args_.owner = launch.workspace;
        Grid grid;
        grid.x = blocksFor(args_.updates, grid.threads);
        launchKernel(machine, mark_, grid, &args_, launch.stream);
        grid.x = blocksFor(args_.count, grid.threads);
        launchKernel(machine, scatter_, grid, &args_, launch.stream);
    }

private:
    Code code_;
    ScatterArgs args_;
    int64_t dataBytes_, ownerBytes_;
    FunctionHandle mark_ = nullptr, scatter_ = nullptr;
};

struct ScatterDef {
    using Op = ops::Scatter;
    static constexpr const char* kName = "cuda.scatter";

    static std::string whyNot(const RegionView& region, const Op&) {
        if (const std::string bytes = whyNotBytes(region.input(0)); !bytes.empty()) return bytes;
        return whyNotPlaces(region.input(0).shape);
    }
    static std::string source(const RegionView& region, const Op& op) {
        const DType type = region.input(0).type;
        const bool reduces = op.reduction != ops::ScatterReduction::None;
        const char* combine = op.reduction == ops::ScatterReduction::Mul   ? "a * b"
                              : op.reduction == ops::ScatterReduction::Max ? "b > a || b != b ? b : a"
                              : op.reduction == ops::ScatterReduction::Min ? "b < a || b != b ? b : a"
                                                                           : "a + b";
        return cat(codeText("elements"), reduces ? typeLine("T", type) : cat(wordLine(type), "typedef W T;\n"),
                   "typedef ", numberType(type), " N;\n", typeLine("I", region.anchorInput(1)->type), "#define ND ",
                   op.mode == ops::ScatterMode::Nd ? 1 : 0, "\n#define REDUCES ", reduces ? 1 : 0,
                   "\nDEV N combine(N a, N b) { return ", combine, "; }\n", codeText("scatter"));
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims &data = call.in[0].dims, &index = call.in[1].dims;
        const Dims strides = stridesOf(data);
        ScatterArgs args;
        args.count = requireCount(volumeOf(call.in[2].dims));
        int64_t block = 1;
        if (call.op.mode == ops::ScatterMode::Nd) {
            args.length = static_cast<int32_t>(index.back());
            block = product(data, static_cast<size_t>(index.back()));
            args.updates = requireCount(product(index, 0, index.size() - 1));
            for (size_t k = 0; k < static_cast<size_t>(args.length); ++k) {
                args.size.v[k] = data[k];
                args.stride.v[k] = strides[k];
            }
        } else {
            const size_t axis = axisOf(call.op.axis, data.size());
            args.axis = static_cast<int32_t>(axis);
            args.updates = args.count;
            args.places = Places(index);
            args.size = PerDim(data);
            args.stride = PerDim(strides);
            args.line = static_cast<uint32_t>(std::max<int64_t>(index[axis], 1));
            args.step = static_cast<uint32_t>(std::max<int64_t>(product(index, axis + 1), 1));
        }
        args.inner = divisor(block);
        const int64_t elements = requireCount(volumeOf(data));
        return std::make_unique<ScatterLaunch>(std::move(code), args, elements * bytesOf(call.in[0].type),
                                               elements / std::max<int64_t>(block, 1));
    }
};

}  // namespace

const Family kScatterFamily = opFamily<ScatterDef>();

}  // namespace opentrt::cuda
