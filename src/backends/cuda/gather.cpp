// SPDX-License-Identifier: Apache-2.0
// Gather of slices along an axis, of single elements, and by tuples of indices. Tested by the conformance cases.
#include "ops/gather.h"

#include "backends/cuda/elements.h"
#include "backends/cuda/epilogue.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr int64_t kPiece = 16;  // bytes that a thread takes of a slice, where addresses allow

//! Layout of code/gather.cu.
struct GatherArgs {
    const void *x = nullptr, *index = nullptr;
    void* y = nullptr;
    uint32_t count = 0, size = 0;
    Divisor inner{1}, indices{1}, outer{1};
    int64_t xBatch = 0, indexBatch = 0;
    Places places;
    PerDim xSize, xStride;
    int32_t axis = 0;
};

struct GatherDef {
    using Op = ops::Gather;
    static constexpr const char* kName = "cuda.gather";

    static std::string whyNot(const RegionView& region, const Op& op) {
        const bool slices = op.mode == ops::GatherMode::Default;
        const std::string places = slices ? std::string() : whyNotPlaces(region.input(0).shape);
        return places.empty() ? whyNotBytes(region.input(0)) : places;
    }
    static std::string source(const RegionView& region, const Op& op) {
        return cat(codeText("elements"), wordLine(region.input(0).type), typeLine("I", region.anchorInput(1)->type),
                   "#define MODE ", static_cast<int>(op.mode), "\n", codeText("gather"));
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims &x = call.in[0].dims, &index = call.in[1].dims, &y = call.out[0].dims;
        GatherArgs args;
        if (call.op.mode == ops::GatherMode::Default) {
            addSlices(args, call.op, x, index);
        } else if (call.op.mode == ops::GatherMode::Element) {
            args.axis = static_cast<int32_t>(axisOf(call.op.axis, x.size()));
            args.size = requireCount(x[static_cast<size_t>(args.axis)]);
            args.places = Places(y);
            args.xSize = PerDim(x);
            args.xStride = PerDim(stridesOf(x));
        } else {
            const auto shared = static_cast<size_t>(call.op.elementwiseDims),
                       length = static_cast<size_t>(index.back());
            const Dims strides = stridesOf(x);
            args.size = static_cast<uint32_t>(length);
            args.inner = divisor(product(x, shared + length));
            args.indices = divisor(product(index, shared, index.size() - 1));
            args.xBatch = product(x, shared);
            for (size_t k = 0; k < length; ++k) {
                args.xSize.v[k] = x[shared + k];
                args.xStride.v[k] = strides[shared + k];
            }
        }
        const auto addresses = [](GatherArgs& a, const LaunchArgs& launch) {
            a.x = launch.inputs[0];
            a.index = launch.inputs[1];
            a.y = launch.outputs[0];
        };
        auto words = elementLaunch(code, "gather", args, volumeOf(y), addresses);
        const int64_t inPiece = kPiece / bytesOf(call.in[0].type);
        if (call.op.mode != ops::GatherMode::Default || args.inner.d % inPiece != 0) return words;
        args.inner = Divisor(args.inner.d / inPiece);
        args.xBatch /= inPiece;
        auto pieces = elementLaunch(std::move(code), "gather_pieces", args, volumeOf(y) / inPiece, addresses);
        return makeLaunch([words = std::shared_ptr(std::move(words)),
                           pieces = std::shared_ptr(std::move(pieces))](const LaunchArgs& launch) {
            const bool fits = isAligned(launch.inputs[0]) && isAligned(launch.outputs[0]);
            (fits ? pieces : words)->run(launch);
        });
    }

private:
    static void addSlices(GatherArgs& args, const Op& op, const Dims& x, const Dims& index) {
        const size_t axis = axisOf(op.axis, x.size());
        const auto batch = static_cast<size_t>(op.elementwiseDims);
        args.size = requireCount(x[axis]);
        args.inner = divisor(product(x, axis + 1));
        args.indices = divisor(product(index, batch));
        args.outer = divisor(product(x, batch, axis));
        if (batch == 1 && x[0] != 1) args.xBatch = product(x, 1);
        if (batch == 1 && index[0] != 1) args.indexBatch = product(index, 1);
    }
};

}  // namespace

const Family kGatherFamily = opFamily<GatherDef>();

}  // namespace opentrt::cuda
